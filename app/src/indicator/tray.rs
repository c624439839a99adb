//! The icon in the desktop's panel, by the StatusNotifierItem protocol: how dictation stands, and a menu.
//!
//! Desktops without such a panel show nothing; one that comes later is noticed.

use crate::desktop;
use crate::look::icon::{Sign, square};
use crate::look::theme;
use crate::own_window::OwnWindow;
use crate::session::{Command, DictationView, Manner, Origin, Outcome, Snapshot, Wish};
use crate::text::sentence;
use crate::texts;
use crossbeam_channel::{Receiver, Sender};
use ksni::blocking::{Handle, TrayMethods};
use ksni::menu::StandardItem;
use ksni::{Category, Icon, MenuItem, OfflineReason, Status, ToolTip};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pixels of a side; the panel takes what fits.
const SIZES: [usize; 4] = [22, 24, 32, 48];
/// Between two attempts to reach a bus that is not there.
const RETRY: Duration = Duration::from_secs(10);

/// What the icon says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Face {
    #[default]
    Idle,
    Recording,
    Finishing,
    Problem(String),
}

impl Face {
    fn of(snapshot: &Snapshot) -> Self {
        match (&snapshot.dictation, &snapshot.outcome) {
            (DictationView::Arming | DictationView::Recording { .. }, _) => Self::Recording,
            (DictationView::Finishing { .. } | DictationView::Delivering, _) => Self::Finishing,
            (DictationView::Idle, Some(Outcome::Failed(why))) => Self::Problem(sentence(why)),
            (DictationView::Idle, _) => Self::Idle,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Idle => texts::tray_ready().into(),
            Self::Recording => texts::tray_recording().into(),
            Self::Finishing => texts::tray_finishing().into(),
            Self::Problem(why) => why.clone(),
        }
    }
}

/// The icon as the bus sees it.
struct Item {
    face: Face,
    has_text: bool,
    commands: Sender<Command>,
    own_window: Arc<OwnWindow>,
}

/// Shows the icon as long as snapshots come and the person wants it.
pub fn run(snapshots: &Receiver<Arc<Snapshot>>, commands: &Sender<Command>, own_window: &Arc<OwnWindow>) {
    let mut handle: Option<Handle<Item>> = None;
    let mut tried: Option<Instant> = None;
    let mut told = None;
    for snapshot in snapshots {
        let wanted = snapshot.anywhere.indicator.tray && !snapshot.quitting;
        if handle.as_ref().is_some_and(|handle| handle.is_closed() || !wanted) {
            handle.take().into_iter().for_each(|handle| drop(handle.shutdown()));
            own_window.set_tray(false);
            (told, tried) = (None, tried.filter(|_| wanted));
        }
        let says = (Face::of(&snapshot), !snapshot.dictated.segments.is_empty());
        let saying = (says.clone(), texts::language());
        if wanted && handle.is_none() && tried.is_none_or(|tried| tried.elapsed() >= RETRY) {
            tried = Some(Instant::now());
            handle = open(says.clone(), commands.clone(), own_window.clone());
            told = Some(saying.clone());
        }
        if let Some(handle) = handle.as_ref().filter(|_| told.as_ref() != Some(&saying)) {
            handle.update(|item| (item.face, item.has_text) = says);
            told = Some(saying);
        }
    }
    own_window.set_tray(false);
    handle.into_iter().for_each(|handle| handle.shutdown().wait());
}

/// The icon, whether or not there is a panel yet; `None` without a session bus.
fn open(
    (face, has_text): (Face, bool),
    commands: Sender<Command>,
    own_window: Arc<OwnWindow>,
) -> Option<Handle<Item>> {
    // Where no panel is there, this is taken back before it is opened.
    own_window.set_tray(true);
    let item = Item { face, has_text, commands, own_window: own_window.clone() };
    let handle = item.assume_sni_available(true).spawn().ok();
    if handle.is_none() {
        own_window.set_tray(false);
    }
    handle
}

impl Item {
    /// Gives the session a command. One that finds no room is asked for again.
    fn send(&self, command: Command) {
        let _ = self.commands.try_send(command);
    }

    fn wish(&self, wish: Wish) {
        let origin = Origin::Key(desktop::focused());
        self.send(Command::Ask { wish, origin, reply: None });
    }
}

fn item(label: &str, enabled: bool, does: impl Fn(&mut Item) + Send + 'static) -> MenuItem<Item> {
    StandardItem { label: label.into(), enabled, activate: Box::new(does), ..StandardItem::default() }.into()
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "hark".into()
    }

    fn title(&self) -> String {
        "Hark".into()
    }

    fn category(&self) -> Category {
        Category::ApplicationStatus
    }

    fn status(&self) -> Status {
        match self.face {
            Face::Problem(_) => Status::NeedsAttention,
            _ => Status::Active,
        }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        SIZES.map(|size| icon(&self.face, size)).into()
    }

    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        self.icon_pixmap()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: self.face.words(), ..ToolTip::default() }
    }

    fn activate(&mut self, _: i32, _: i32) {
        self.send(Command::ShowWindow);
    }

    fn secondary_activate(&mut self, _: i32, _: i32) {
        self.wish(Wish::Toggle(Manner::default()));
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let (label, enabled) = match self.face {
            Face::Idle | Face::Problem(_) => (texts::tray_start(), true),
            Face::Recording => (texts::tray_stop(), true),
            Face::Finishing => (texts::tray_stop(), false),
        };
        let busy = matches!(self.face, Face::Recording | Face::Finishing);
        vec![
            item(label, enabled, |item| item.wish(Wish::Toggle(Manner::default()))),
            item(texts::cancel(), busy, |item| item.wish(Wish::Cancel)),
            item(texts::tray_paste(), self.has_text && !busy, |item| item.wish(Wish::PasteLast)),
            MenuItem::Separator,
            item(texts::tray_show(), true, |item| item.send(Command::ShowWindow)),
            item(texts::tray_quit(), true, |item| item.send(Command::Quit)),
        ]
    }

    fn watcher_online(&self) {
        self.own_window.set_tray(true);
    }

    fn watcher_offline(&self, _: OfflineReason) -> bool {
        self.own_window.set_tray(false);
        true
    }
}

fn icon(face: &Face, size: usize) -> Icon {
    let colours = theme::colours(false);
    let (ground, sign) = match face {
        Face::Idle => (colours.accent, Sign::Wave),
        Face::Recording => (colours.recording, Sign::Dot),
        Face::Finishing => (colours.accent, Sign::Dots),
        Face::Problem(_) => (colours.problem, Sign::Exclamation),
    };
    let mut data = square(size, ground, sign);
    // The bus wants alpha first.
    data.chunks_exact_mut(4).for_each(|pixel| pixel.rotate_right(1));
    Icon { width: size as i32, height: size as i32, data }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;
    use ksni::Tray;

    fn with(face: Face, has_text: bool) -> (Item, Receiver<Command>) {
        let (commands, sent) = bounded(4);
        (Item { face, has_text, commands, own_window: OwnWindow::new() }, sent)
    }

    /// The labels of what can be chosen.
    fn choices(item: &Item) -> Vec<String> {
        let label = |entry| match entry {
            MenuItem::Standard(item) if item.enabled => Some(item.label),
            _ => None,
        };
        item.menu().into_iter().filter_map(label).collect()
    }

    #[test]
    fn the_menu_offers_what_can_be_done() {
        let table = [
            (Face::Idle, false, vec!["Start dictation", "Show window", "Quit"]),
            (Face::Idle, true, vec!["Start dictation", "Paste last text", "Show window", "Quit"]),
            (Face::Recording, true, vec!["Stop dictation", "Cancel", "Show window", "Quit"]),
            (Face::Finishing, false, vec!["Cancel", "Show window", "Quit"]),
            (Face::Problem("x".into()), false, vec!["Start dictation", "Show window", "Quit"]),
        ];
        for (face, has_text, expected) in table {
            assert_eq!(choices(&with(face.clone(), has_text).0), expected, "{face:?}");
        }
    }

    #[test]
    fn what_is_chosen_reaches_the_session() {
        let (mut item, sent) = with(Face::Idle, true);
        for entry in item.menu() {
            if let MenuItem::Standard(entry) = entry {
                (entry.activate)(&mut item);
            }
        }
        assert_eq!(sent.len(), 4, "the channel is full, and nothing waits");
        let first = sent.recv().unwrap();
        assert!(matches!(first, Command::Ask { wish: Wish::Toggle(_), .. }), "{first:?}");
    }

    #[test]
    fn a_failure_asks_for_attention_until_the_next_dictation() {
        let failed =
            Snapshot { outcome: Some(Outcome::Failed("no microphone".into())), ..Snapshot::default() };
        let (item, _sent) = with(Face::of(&failed), false);
        assert_eq!(
            (item.status(), item.tool_tip().title.as_str()),
            (Status::NeedsAttention, "No microphone.")
        );
        let (item, _sent) = with(Face::of(&Snapshot::default()), false);
        assert_eq!(item.status(), Status::Active);
    }

    #[test]
    fn the_faces_differ_at_every_size() {
        let faces = [Face::Idle, Face::Recording, Face::Finishing, Face::Problem(String::new())];
        for size in SIZES {
            let icons: Vec<_> = faces.iter().map(|face| icon(face, size).data).collect();
            for (index, one) in icons.iter().enumerate() {
                assert_eq!(one.len(), 4 * size * size);
                assert!(!icons[index + 1..].contains(one));
            }
        }
    }
}
