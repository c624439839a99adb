//! How the keys stand, asked from outside of the program that holds them.

use super::probe;
use crate::bindings::{Plan, Report, Way, plan};
use crate::control::{self, Answer, KeysStatus, Request, Status};
use crate::settings::{self, Store};

/// What the settings ask for.
pub fn planned() -> Plan {
    let store = settings::config_folder().map(|folder| Store::open(&folder).0);
    let anywhere = store.map(|store| store.get().anywhere.clone()).unwrap_or_default();
    plan(&anywhere.keys, &anywhere.holding)
}

/// How the keys stand: as the Hark that runs says, or as they would with one.
pub fn standing(plan: &Plan) -> KeysStatus {
    let answer = control::ask(&Request::Status { follow: false }).and_then(|mut answers| answers.next());
    if let Ok(Some(Answer::Status(Status { keys: Some(keys), .. }))) = answer {
        return keys;
    }
    let Report { way, problems } = probe(plan);
    let nowhere = matches!(way, Way::Nowhere(_));
    let way = match way {
        Way::X11 { keys } => format!("{keys} of {} can be grabbed on X11 when Hark runs", plan.keys.len()),
        Way::Portal { .. } => "the desktop's portal is there and is asked when Hark runs".into(),
        way => way.words(),
    };
    KeysStatus { way, nowhere, problems }
}
