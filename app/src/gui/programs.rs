//! How it stands with the texts for other programs, in words.

use crate::session::{EngineView, NotOffered, ServiceState, ServiceView, Snapshot};
use crate::texts;
use std::net::SocketAddr;

/// How it stands, in one or two sentences.
#[derive(Debug, PartialEq, Eq)]
pub struct Stand {
    pub text: String,
    /// Whether programs get no text although they should.
    pub is_problem: bool,
}

/// How it stands; `None` if this Hark was built without it.
pub fn stand(snapshot: &Snapshot) -> Option<Stand> {
    let ServiceView { choices, state } = snapshot.service.as_ref()?;
    let port = choices.port.to_string();
    let (text, is_problem) = match state {
        ServiceState::Off => (texts::programs_off().to_owned(), false),
        ServiceState::Opening => (texts::programs_opening().to_owned(), false),
        ServiceState::Failed(NotOffered::PortTaken) => (texts::programs_taken(port), true),
        ServiceState::Failed(NotOffered::Refused(why)) => (texts::programs_refused(port, why), true),
        ServiceState::On { .. } if snapshot.demo_only => (texts::programs_demo().to_owned(), true),
        ServiceState::On { .. } => match &snapshot.engine {
            EngineView::Ready { model, .. } => (texts::programs_ready(model), false),
            EngineView::Resting { model } => (texts::programs_resting(model), false),
            EngineView::Loading { model } => (texts::programs_loading(model), false),
            EngineView::Unloaded | EngineView::Failed { .. } => (texts::programs_no_model().to_owned(), true),
        },
    };
    Some(Stand { text, is_problem })
}

/// The address that programs are told, as OpenAI's clients want it.
pub fn base_url(address: SocketAddr) -> String {
    format!("http://{address}/v1")
}
