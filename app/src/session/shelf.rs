//! The models that are published and those that are here: what is known of each, for the page that shows them.

use super::snapshot::{CardState, CardView, ModelsView};
use crate::models::published::{self, Published};
use crate::models::{self, FoundModel};
use crate::speeds::{Known, Speeds, WIDTHS};
use hark_engine::Precision;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Slower models are not suggested: live text needs some room.
const SUGGESTED_SPEED: f64 = 4.0;
/// What may be suggested, the most exact first. Nobody has said which language is spoken.
const SUGGESTIONS: [&str; 5] = ["large-v3-turbo-q5_0", "medium-q5_0", "small-q5_1", "base-q5_1", "tiny-q5_1"];

/// What is known of models besides the list to choose from.
pub struct Shelf {
    /// Hark's own folder of models.
    pub(super) folder: Option<PathBuf>,
    pub(super) speeds: Speeds,
    /// Whether somebody looks at the page.
    pub(super) looked_at: bool,
    /// The precision that a layer could not be timed in.
    pub(super) hopeless: Option<Precision>,
    pub(super) under_way: BTreeMap<&'static str, UnderWay>,
    /// Why the last download of a model failed.
    pub(super) troubles: BTreeMap<&'static str, String>,
    here: Stock,
    /// Memory that models may take, in bytes.
    room: Option<u64>,
}

/// What lies on the disk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stock {
    found: Vec<FoundModel>,
    /// Bytes of downloads that are not whole, by model.
    begun: BTreeMap<&'static str, u64>,
    /// Models whose checksums were compared when they were fetched.
    checked: BTreeSet<&'static str>,
    /// About what models take of memory, in bytes: adding it up takes too long for every snapshot.
    memory: BTreeMap<&'static str, u64>,
}

/// A download.
pub(super) struct UnderWay {
    /// Ends it.
    pub stop: Box<dyn Fn() + Send>,
    pub done: u64,
    pub left: Option<Duration>,
}

/// What comes of a download.
#[cfg_attr(not(feature = "download"), allow(dead_code, reason = "nothing is fetched"))]
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// It has come so far.
    Progress { done: u64, left: Option<Duration> },
    /// The file is there, whole.
    Whole,
    /// It was cancelled.
    Cancelled,
    /// Why it ended otherwise.
    Failed(String),
}

impl Shelf {
    /// Models go into `folder`, and what is known of speeds into `data`.
    pub fn new(folder: Option<PathBuf>, data: Option<&Path>, threads: usize) -> Self {
        Self {
            folder,
            speeds: Speeds::open(data, threads),
            looked_at: false,
            hopeless: None,
            under_way: BTreeMap::new(),
            troubles: BTreeMap::new(),
            here: Stock::default(),
            room: crate::machine::memory().map(|(all, _)| all / 2),
        }
    }

    /// Looks at the disk; for a thread that may wait. Memory is that of models in this precision.
    pub fn look(folder: Option<&Path>, precision: Precision) -> Stock {
        let length = |model: &Published| {
            let part = models::unfinished_path(folder?, model);
            fs::metadata(part).ok().map(|part| part.len()).filter(|length| *length > 0)
        };
        let begun = published::ALL.iter().filter_map(|model| Some((model.name, length(model)?))).collect();
        let memory = published::ALL.iter().map(|model| (model.name, model.memory(precision))).collect();
        let is_checked = |model: &&Published| {
            folder.is_some_and(|folder| models::verified(folder, &model.file_name()).is_some())
        };
        let checked = published::ALL.iter().filter(is_checked).map(|model| model.name).collect();
        Stock { found: models::find(), begun, checked, memory }
    }

    /// Takes over what lies on the disk.
    pub fn stock(&mut self, here: Stock) {
        self.here = here;
    }

    /// A width whose layers are to be timed in this precision, if anybody looks.
    pub fn to_gauge(&self, precision: Precision) -> Option<usize> {
        let wanted = self.looked_at && self.hopeless != Some(precision);
        let missing = |width: &usize| !self.speeds.has_sample(precision, *width);
        wanted.then(|| WIDTHS.into_iter().find(missing)).flatten()
    }

    /// What the page shows; nothing while nobody looks.
    pub fn view(
        &self,
        in_use: Option<&str>,
        precision: Precision,
        mirror: Option<&str>,
    ) -> Option<Arc<ModelsView>> {
        if !self.looked_at {
            return None;
        }
        let mut cards: Vec<CardView> =
            published::ALL.iter().map(|model| self.card(model, in_use, precision)).collect();
        if let Some(name) = self.suggestion(precision)
            && let Some(card) = cards.iter_mut().find(|card| card.name == name)
        {
            card.suggested = true;
        }
        let others = self.here.found.iter().filter(|found| published::by_name(&found.name).is_none());
        cards.extend(others.map(|found| self.other(found, in_use)));
        Some(Arc::new(ModelsView {
            cards,
            can_download: cfg!(feature = "download") && self.folder.is_some(),
            folder: self.folder.clone().unwrap_or_default(),
            mirror: mirror.unwrap_or_default().to_owned(),
            gauging: self.to_gauge(precision).is_some(),
        }))
    }

    fn card(&self, model: &'static Published, in_use: Option<&str>, precision: Precision) -> CardView {
        let found = self.here.found.iter().find(|found| found.name == model.name);
        let begun = self.here.begun.get(model.name).copied();
        let state = match (self.under_way.get(model.name), found, self.troubles.get(model.name)) {
            (Some(download), ..) => CardState::Downloading { done: download.done, left: download.left },
            (None, Some(FoundModel { problem: Some(problem), .. }), _) => CardState::Broken(problem.clone()),
            (None, Some(_), _) => CardState::Here,
            (None, None, Some(message)) => CardState::Failed { message: message.clone() },
            (None, None, None) => begun.map_or(CardState::Absent, |done| CardState::Begun { done }),
        };
        CardView {
            name: model.name.into(),
            published: true,
            english_only: model.is_english_only(),
            weights: model.weights().into(),
            bytes: model.bytes,
            memory: self.here.memory.get(model.name).copied(),
            speed: self.speeds.of(model, precision),
            deletable: found.map_or(begun.is_some(), |found| self.is_own(&found.path)),
            checked: self.here.checked.contains(model.name),
            in_use: in_use == Some(model.name),
            suggested: false,
            state,
        }
    }

    fn other(&self, found: &FoundModel, in_use: Option<&str>) -> CardView {
        CardView {
            name: found.name.clone(),
            published: false,
            english_only: found.name.contains(".en"),
            weights: found.kind.label(),
            bytes: found.bytes,
            memory: None,
            speed: None,
            deletable: self.is_own(&found.path) && is_file_of(found),
            checked: false,
            in_use: in_use == Some(found.name.as_str()),
            suggested: false,
            state: found.problem.clone().map_or(CardState::Here, CardState::Broken),
        }
    }

    fn is_own(&self, path: &Path) -> bool {
        self.folder.as_deref().is_some_and(|folder| models::is_own(folder, path))
    }

    /// The most exact model that is fast enough here and leaves room for other programs.
    fn suggestion(&self, precision: Precision) -> Option<&'static str> {
        SUGGESTIONS.into_iter().find(|name| {
            published::by_name(name).is_some_and(|model| {
                let fast = match self.speeds.of(model, precision) {
                    Some(Known::Estimated(x) | Known::Measured(x)) => x >= SUGGESTED_SPEED,
                    None => false,
                };
                let memory = self.here.memory.get(name).copied().unwrap_or(0);
                fast && self.room.is_none_or(|room| memory <= room)
            })
        })
    }
}

/// Whether the model is a file of the name that is deleted by.
fn is_file_of(found: &FoundModel) -> bool {
    found.path.file_name().is_some_and(|name| name == format!("ggml-{}.bin", found.name).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speeds::Sample;

    fn shelf() -> Shelf {
        Shelf { looked_at: true, room: None, ..Shelf::new(Some("/models".into()), None, 1) }
    }

    fn found(name: &str, path: &str) -> FoundModel {
        let kind = crate::models::ModelKind::Ggml(Some("f16"));
        FoundModel { name: name.into(), kind, bytes: 1, path: path.into(), problem: None }
    }

    fn card(shelf: &Shelf, name: &str) -> CardView {
        let view = shelf.view(Some("base"), Precision::Int8, None).unwrap();
        view.cards.iter().find(|card| card.name == name).unwrap().clone()
    }

    #[test]
    fn a_card_says_what_became_of_its_model() {
        let mut shelf = shelf();
        assert_eq!((card(&shelf, "base").state, card(&shelf, "base").in_use), (CardState::Absent, true));
        shelf.stock(Stock {
            found: vec![found("base", "/models/ggml-base.bin"), found("tiny", "/elsewhere/ggml-tiny.bin")],
            begun: BTreeMap::from([("small", 7)]),
            checked: BTreeSet::from(["base"]),
            memory: BTreeMap::from([("base", 99)]),
        });
        assert_eq!((card(&shelf, "base").state, card(&shelf, "base").deletable), (CardState::Here, true));
        assert_eq!((card(&shelf, "base").memory, card(&shelf, "base").checked), (Some(99), true));
        assert!(!card(&shelf, "tiny").deletable, "it lies elsewhere");
        assert_eq!(
            (card(&shelf, "small").state, card(&shelf, "small").deletable),
            (CardState::Begun { done: 7 }, true)
        );
        shelf.troubles.insert("small", "no".into());
        assert_eq!(card(&shelf, "small").state, CardState::Failed { message: "no".into() });
        shelf.under_way.insert("small", UnderWay { stop: Box::new(|| {}), done: 9, left: None });
        assert_eq!(card(&shelf, "small").state, CardState::Downloading { done: 9, left: None });
    }

    #[test]
    fn models_of_another_name_have_cards_too() {
        let mut shelf = shelf();
        shelf.stock(Stock { found: vec![found("mine", "/models/ggml-mine.bin")], ..Stock::default() });
        let mine = card(&shelf, "mine");
        assert!(!mine.published && mine.deletable && mine.memory.is_none() && mine.state == CardState::Here);
    }

    #[test]
    fn the_most_exact_model_that_is_fast_enough_is_suggested() {
        let suggested = |slowness: f64, room| {
            let mut shelf = Shelf { room, ..shelf() };
            shelf.stock(Shelf::look(None, Precision::Int8));
            for (width, seconds) in WIDTHS.into_iter().zip([0.02, 0.03, 0.05, 0.1, 0.2]) {
                let time = slowness * seconds;
                let sample = Sample { mel: 0.01, encoder: time, cross: time / 10.0, step: time / 100.0 };
                shelf.speeds.sampled(Precision::Int8, width, sample);
            }
            shelf.suggestion(Precision::Int8)
        };
        assert_eq!(shelf().suggestion(Precision::Int8), None, "nothing is known");
        assert_eq!(suggested(0.1, None), Some("large-v3-turbo-q5_0"));
        assert_eq!(suggested(0.1, Some(300_000_000)), Some("base-q5_1"));
        assert!(matches!(suggested(5.0, None), Some("small-q5_1" | "base-q5_1")));
        assert_eq!(suggested(1000.0, None), None);
    }

    #[test]
    fn nothing_is_timed_or_shown_while_nobody_looks() {
        let mut shelf = shelf();
        assert_eq!(shelf.to_gauge(Precision::Int8), Some(WIDTHS[0]));
        shelf.hopeless = Some(Precision::Int8);
        assert_eq!(shelf.to_gauge(Precision::Int8), None);
        shelf.looked_at = false;
        assert!(shelf.to_gauge(Precision::F32).is_none() && shelf.view(None, Precision::F32, None).is_none());
    }
}
