//! Notifications of the desktop (Desktop Notifications Specification, freedesktop.org) for what happens while Hark's
//! window has not the focus: something went wrong, a recording was found again, the files are done. There is one at
//! a time, and a click on it shows the window.

use crate::own_window::OwnWindow;
use crate::session::{BannerId, Command, FileState, Snapshot, Tone};
use crate::texts;
use crossbeam_channel::{Receiver, Sender};
use futures_lite::StreamExt;
use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use zbus::zvariant::Value;
use zbus::{Connection, MessageStream, block_on, connection::Builder, message::Type};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";
/// What a click on the notification itself is called.
const CLICK: &str = "default";

/// What is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Notice {
    text: String,
    problem: bool,
}

/// What has been seen of the session so far.
#[derive(Default)]
struct Watch {
    /// The newest banner.
    banner: BannerId,
    /// Whether files were waiting or under way.
    working: bool,
}

impl Watch {
    /// What is new in a snapshot, and matters to somebody who does not see the window.
    fn news(&mut self, snapshot: &Snapshot) -> Option<Notice> {
        let matters = |tone, recovered| tone == Tone::Problem || recovered;
        let banners = snapshot.banners.iter().filter(|banner| banner.id > self.banner);
        let recovered = |id| snapshot.recovered_banner == Some(id);
        let banner = banners.filter(|banner| matters(banner.tone, recovered(banner.id))).max_by_key(|b| b.id);
        let banner = banner.map(|b| Notice { text: b.text.clone(), problem: b.tone == Tone::Problem });
        self.banner = snapshot.banners.iter().map(|banner| banner.id).fold(self.banner, BannerId::max);
        let done = self.files(snapshot);
        banner.or(done)
    }

    /// Says what became of the files, once all of them are done.
    fn files(&mut self, snapshot: &Snapshot) -> Option<Notice> {
        let count =
            |fits: fn(&FileState) -> bool| snapshot.files.iter().filter(|file| fits(&file.state)).count();
        let working = count(|state| matches!(state, FileState::Waiting | FileState::Running { .. })) > 0;
        if !std::mem::replace(&mut self.working, working) || working {
            return None;
        }
        let done = count(|state| matches!(state, FileState::Done { .. }));
        let failed = count(|state| matches!(state, FileState::Failed { .. }));
        let text = match (done, failed) {
            (0, 0) => return None,
            (_, 0) => texts::notice_done(done),
            (0, _) => texts::notice_failed(failed),
            _ => texts::notice_some_failed(done, failed),
        };
        Some(Notice { text, problem: failed > 0 })
    }
}

/// Tells what happens as long as snapshots come and the person wants it.
pub fn run(snapshots: &Receiver<Arc<Snapshot>>, commands: &Sender<Command>, own_window: &OwnWindow) {
    run_at(None, snapshots, commands, own_window);
}

fn run_at(
    address: Option<&str>,
    snapshots: &Receiver<Arc<Snapshot>>,
    commands: &Sender<Command>,
    own_window: &OwnWindow,
) {
    let (mut watch, mut desk) = (Watch::default(), None);
    for snapshot in snapshots {
        let news = watch.news(&snapshot).filter(|_| snapshot.anywhere.indicator.notifications);
        let Some(notice) = news.filter(|_| !own_window.is_focused()) else { continue };
        if desk.is_none() {
            desk = block_on(Desk::open(address, commands.clone())).ok();
        }
        // Whatever is wrong with the bus, it may be right the next time.
        desk = desk.and_then(|mut desk| block_on(desk.tell(&notice)).is_ok().then_some(desk));
    }
}

/// Where the desktop takes notifications.
struct Desk {
    bus: Connection,
    /// The one that is there, which the next one takes the place of.
    last: u32,
}

impl Desk {
    async fn open(address: Option<&str>, commands: Sender<Command>) -> zbus::Result<Self> {
        let builder = match address {
            Some(address) => Builder::address(address)?,
            None => Builder::session()?,
        };
        let bus = builder.build().await?;
        let rule = format!("type='signal',interface='{NAME}',member='ActionInvoked'");
        let messages = MessageStream::from(&bus);
        bus.call_method(Some(BUS), BUS_PATH, Some(BUS), "AddMatch", &rule).await?;
        // It ends with the bus or the program. Without a thread, a click does nothing.
        let listen = move || block_on(listen(messages, &commands));
        let _ = thread::Builder::new().name("hark-clicks".into()).spawn(listen);
        Ok(Self { bus, last: 0 })
    }

    async fn tell(&mut self, notice: &Notice) -> zbus::Result<()> {
        let hints: HashMap<&str, Value<'_>> = HashMap::from([
            ("desktop-entry", "hark".into()),
            ("category", if notice.problem { "transfer.error" } else { "transfer.complete" }.into()),
            ("urgency", 1u8.into()),
        ]);
        let (summary, actions, expires) = ("Hark", [CLICK, texts::notice_show()], -1i32);
        let body = ("Hark", self.last, "hark", summary, plain(&notice.text), &actions[..], hints, expires);
        let answer = self.bus.call_method(Some(NAME), PATH, Some(NAME), "Notify", &body).await?;
        self.last = answer.body().deserialize()?;
        Ok(())
    }
}

/// The text without what would be taken for markup.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Shows the window at each click.
async fn listen(mut messages: MessageStream, commands: &Sender<Command>) {
    while let Some(Ok(message)) = messages.next().await {
        let is_click = message.message_type() == Type::Signal
            && message.header().member().is_some_and(|member| member.as_str() == "ActionInvoked")
            && message.body().deserialize::<(u32, String)>().is_ok_and(|(_, action)| action == CLICK);
        if is_click && commands.try_send(Command::ShowWindow).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Banner, FileView};
    use crate::test_bus::Bus;
    use crossbeam_channel::bounded;
    use std::time::Duration;
    use zbus::interface;

    const HANG: Duration = Duration::from_secs(20);

    fn banner(id: BannerId, tone: Tone, text: &str) -> Banner {
        Banner { id, tone, text: text.into(), action: None }
    }

    fn files(states: &[FileState]) -> Snapshot {
        let view = |(id, state): (usize, &FileState)| FileView {
            id: id as u64,
            path: std::path::Path::new("x.wav").into(),
            name: "x.wav".into(),
            state: state.clone(),
            options: Default::default(),
            about: None,
            changed: false,
        };
        Snapshot { files: states.iter().enumerate().map(view).collect(), ..Snapshot::default() }
    }

    fn text(notice: Option<Notice>) -> Option<String> {
        notice.map(|notice| notice.text)
    }

    #[test]
    fn a_failure_is_told_once_and_what_is_good_is_not() {
        let mut watch = Watch::default();
        let mut snapshot = Snapshot { banners: vec![banner(1, Tone::Info, "Saved.")], ..Snapshot::default() };
        assert_eq!(watch.news(&snapshot), None);
        snapshot.banners.insert(0, banner(2, Tone::Problem, "The microphone is gone."));
        assert_eq!(text(watch.news(&snapshot)).as_deref(), Some("The microphone is gone."));
        assert_eq!(watch.news(&snapshot), None);
        snapshot.banners.insert(0, banner(3, Tone::Info, "A recording was found."));
        snapshot.recovered_banner = Some(3);
        assert_eq!(text(watch.news(&snapshot)).as_deref(), Some("A recording was found."));
    }

    #[test]
    fn files_are_told_of_when_all_are_done() {
        let done = FileState::Done { speed: None, edited: false };
        let failed = FileState::Failed { message: "broken".into() };
        let mut watch = Watch::default();
        let mut news = |states: &[FileState]| text(watch.news(&files(states)));
        assert_eq!(news(std::slice::from_ref(&done)), None, "they were done before");
        assert_eq!(news(&[done.clone(), FileState::Waiting]), None);
        assert_eq!(news(&[done.clone(), done.clone()]).as_deref(), Some("2 files transcribed."));
        assert_eq!(news(&[FileState::Waiting]), None);
        assert_eq!(news(&[FileState::Cancelled]), None, "the person knows that");
        assert_eq!(news(&[FileState::Waiting]), None);
        assert_eq!(
            news(std::slice::from_ref(&failed)).as_deref(),
            Some("One file could not be transcribed.")
        );
        assert_eq!(news(&[FileState::Waiting]), None);
        assert_eq!(news(&[done, failed]).as_deref(), Some("One file transcribed, 1 could not be."));
    }

    struct Desktop(Sender<(u32, String)>);

    #[interface(name = "org.freedesktop.Notifications")]
    impl Desktop {
        #[expect(clippy::too_many_arguments, reason = "that is the method")]
        fn notify(
            &self,
            _app: String,
            replaces: u32,
            _icon: String,
            _summary: String,
            body: String,
            actions: Vec<String>,
            _hints: HashMap<String, zbus::zvariant::OwnedValue>,
            _expires: i32,
        ) -> u32 {
            assert_eq!(actions, [CLICK, "Show"]);
            self.0.send((replaces, body)).unwrap();
            7
        }
    }

    #[test]
    fn the_desktop_shows_it_and_a_click_shows_the_window() {
        let Some(bus) = Bus::start("notifications") else { return };
        let (shown, seen) = bounded(8);
        let desktop = async {
            let builder = Builder::address(bus.address.as_str())?.name(NAME)?;
            builder.serve_at(PATH, Desktop(shown))?.build().await
        };
        let desktop = block_on(desktop).unwrap();
        let (sender, snapshots) = bounded(8);
        let (commands, sent) = bounded(8);
        let (address, own) = (bus.address.clone(), OwnWindow::new());
        let window = own.clone();
        let thread = thread::spawn(move || run_at(Some(&address), &snapshots, &commands, &window));
        let tell = |id, text: &str| {
            let banners = vec![banner(id, Tone::Problem, text)];
            sender.send(Arc::new(Snapshot { banners, ..Snapshot::default() })).unwrap();
        };
        tell(1, "a < b & c");
        assert_eq!(seen.recv_timeout(HANG), Ok((0, "a &lt; b &amp; c".into())));
        block_on(desktop.emit_signal(None::<&str>, PATH, NAME, "ActionInvoked", &(7u32, CLICK))).unwrap();
        assert_eq!(sent.recv_timeout(HANG), Ok(Command::ShowWindow));
        tell(2, "again");
        assert_eq!(seen.recv_timeout(HANG), Ok((7, "again".into())), "it takes the place of the last one");
        drop(sender);
        thread.join().unwrap();
        own.tell(true, false);
        assert!(seen.is_empty());
    }
}
