//! Messages with at most one thing to do about them; one per topic, the newest first.

use super::machine::Generation;
use super::snapshot::{Banner, BannerId, Tone};
use crate::history::EntryId;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What a banner is about. A new one replaces the old one of its topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topic {
    Model,
    /// A model that was fetched or deleted.
    Download,
    /// Recordings and files that only a real model can transcribe.
    DemoModel,
    Microphone,
    /// Sound that was lost while recording.
    Gaps,
    Silence,
    Disk,
    Recovered,
    /// What an earlier start left and nobody can read.
    Unrepaired,
    /// A recording whose text was not wanted.
    Cancelled,
    /// The text of a recording or what became of it.
    Text,
    Clipboard,
    /// What went wrong beside the delivery of a text.
    Delivery,
    /// Keys of the desktop that do not work.
    Keys,
    /// The language of a dictation.
    Language,
    /// Why nothing was started.
    Start,
    File,
    /// Files that an earlier start left waiting.
    Interrupted,
    /// The list of files on the disk.
    KeptFiles,
    /// What became of earlier dictations.
    History,
    /// Entries of the history that were deleted.
    Deleted,
    Settings,
    /// Writing the settings, as opposed to what they hold.
    SettingsFile,
}

/// A recording whose text can be made after all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AfterAll {
    pub generation: Generation,
    pub path: PathBuf,
    pub length: Duration,
    /// Whether silence in it is left out.
    pub voice_gate: bool,
}

/// What a banner's button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Let the person choose a model.
    ChooseModel,
    /// Use this model.
    UseModel(String),
    /// Make the text of this recording after all.
    AfterAll(AfterAll),
    /// Let the person choose another folder for the recording under way.
    ChooseFolder,
    /// Put these recordings on the list of files.
    Transcribe(Vec<PathBuf>),
    /// Transcribe the files that an earlier start left waiting.
    GoOn,
    /// Open the microphone and record.
    Record,
    /// Put this on the clipboard.
    Copy(String),
    /// Write the settings.
    SaveSettings,
    /// Let these entries of the history stay after all.
    Restore(Vec<EntryId>),
}

/// The banners that are open.
#[derive(Default)]
pub struct Banners {
    open: Vec<(Topic, Banner, Option<Action>)>,
    last: BannerId,
    /// When banners close by themselves.
    ends: Vec<(BannerId, Instant)>,
}

impl Banners {
    /// Says something that is neither good nor bad.
    pub fn inform(&mut self, topic: Topic, text: impl Into<String>) {
        self.show(topic, Tone::Info, text.into(), None);
    }

    /// Says what went wrong.
    pub fn warn(&mut self, topic: Topic, text: impl Into<String>) {
        self.show(topic, Tone::Problem, text.into(), None);
    }

    /// Says something and offers something to do.
    pub fn offer(&mut self, topic: Topic, tone: Tone, text: impl Into<String>, label: &str, action: Action) {
        self.show(topic, tone, text.into(), Some((label.to_owned(), action)));
    }

    /// As [`Banners::inform`], until a moment.
    pub fn inform_until(&mut self, end: Instant, topic: Topic, text: impl Into<String>) {
        self.inform(topic, text);
        self.ends.push((self.last, end));
    }

    /// As [`Banners::offer`], until a moment.
    pub fn offer_until(
        &mut self,
        end: Instant,
        topic: Topic,
        text: impl Into<String>,
        label: &str,
        action: Action,
    ) {
        self.offer(topic, Tone::Info, text, label, action);
        self.ends.push((self.last, end));
    }

    /// Closes what has had its time.
    pub fn expire(&mut self, now: Instant) {
        let open = &mut self.open;
        self.ends.retain(|(id, end)| {
            if *end <= now {
                open.retain(|(_, banner, _)| banner.id != *id);
            }
            *end > now
        });
    }

    /// How long until the next one has had its time.
    pub fn patience(&self, now: Instant) -> Option<Duration> {
        self.ends.iter().map(|(_, end)| end.saturating_duration_since(now)).min()
    }

    fn show(&mut self, topic: Topic, tone: Tone, text: String, button: Option<(String, Action)>) {
        self.close_topic(&topic);
        self.last += 1;
        let (label, action) = button.unzip();
        self.open.insert(0, (topic, Banner { id: self.last, tone, text, action: label }, action));
    }

    /// Whether there is a banner about `topic`.
    pub fn is_open(&self, topic: &Topic) -> bool {
        self.about(topic).is_some()
    }

    /// The banner about `topic`, if there is one.
    pub fn about(&self, topic: &Topic) -> Option<BannerId> {
        self.open.iter().find(|(t, ..)| t == topic).map(|(_, banner, _)| banner.id)
    }

    /// Closes the banner about `topic`, if there is one.
    pub fn close_topic(&mut self, topic: &Topic) {
        self.open.retain(|(t, ..)| t != topic);
    }

    /// Closes a banner and says what it was about and what it offered.
    pub fn dismiss(&mut self, id: BannerId) -> Option<(Topic, Option<Action>)> {
        let at = self.open.iter().position(|(_, banner, _)| banner.id == id)?;
        let (topic, _, action) = self.open.remove(at);
        Some((topic, action))
    }

    /// The button of a banner was pressed: closes it and says what to do.
    pub fn press(&mut self, id: BannerId) -> Option<Action> {
        let at = self.open.iter().position(|(_, banner, _)| banner.id == id)?;
        self.open[at].2.is_some().then(|| self.open.remove(at).2).flatten()
    }

    /// As [`Banners::press`], of the newest banner whose button does what fits.
    pub fn press_newest(&mut self, fits: impl Fn(&Action) -> bool) -> Option<Action> {
        let at = self.open.iter().position(|(.., action)| action.as_ref().is_some_and(&fits))?;
        self.open.remove(at).2
    }

    /// The banners as the window shows them.
    pub fn views(&self) -> Vec<Banner> {
        self.open.iter().map(|(_, banner, _)| banner.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_banner_per_topic_and_the_newest_first() {
        let mut banners = Banners::default();
        banners.warn(Topic::Disk, "full");
        banners.inform(Topic::File, "saved");
        banners.warn(Topic::Disk, "still full");
        let texts: Vec<_> = banners.views().into_iter().map(|b| b.text).collect();
        assert_eq!(texts, ["still full", "saved"]);
        banners.close_topic(&Topic::Disk);
        assert_eq!(banners.views().len(), 1);
    }

    #[test]
    fn an_offer_can_have_an_end() {
        let now = Instant::now();
        let later = now + Duration::from_secs(10);
        let mut banners = Banners::default();
        assert_eq!(banners.patience(now), None);
        banners.offer_until(later, Topic::Cancelled, "discarded", "Undo", Action::Record);
        banners.inform(Topic::File, "saved");
        banners.expire(now);
        assert_eq!((banners.views().len(), banners.patience(now)), (2, Some(Duration::from_secs(10))));
        banners.expire(later);
        assert_eq!(banners.views()[0].text, "saved");
        assert_eq!((banners.views().len(), banners.patience(later)), (1, None));
    }

    #[test]
    fn the_newest_button_of_a_kind_is_pressed() {
        let mut banners = Banners::default();
        banners.offer(Topic::Cancelled, Tone::Info, "discarded", "Undo", Action::Copy("old".into()));
        banners.offer(Topic::Text, Tone::Info, "sound", "Anyway", Action::Copy("new".into()));
        banners.offer(Topic::Model, Tone::Info, "none", "Choose a model", Action::ChooseModel);
        let mut press = || banners.press_newest(|action| matches!(action, Action::Copy(_)));
        let copy = |text: &str| Some(Action::Copy(text.into()));
        assert_eq!([press(), press(), press()], [copy("new"), copy("old"), None]);
        assert_eq!(banners.views().len(), 1);
    }

    #[test]
    fn a_button_works_once() {
        let mut banners = Banners::default();
        banners.offer(Topic::Model, Tone::Problem, "none", "Choose a model", Action::ChooseModel);
        banners.inform(Topic::File, "saved");
        let [saved, none] = &banners.views()[..] else { panic!("two banners") };
        assert_eq!(none.action.as_deref(), Some("Choose a model"));
        assert_eq!(banners.press(none.id), Some(Action::ChooseModel));
        assert_eq!(banners.press(none.id), None);
        assert_eq!(banners.press(saved.id), None, "it has no button");
        assert_eq!(banners.views().len(), 1);
        assert_eq!(banners.dismiss(saved.id), Some((Topic::File, None)));
        assert_eq!(banners.views(), []);
    }
}
