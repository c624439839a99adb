//! The sources of a PulseAudio or PipeWire server, by name. ALSA shows such a server as one device; which
//! source that hears is up to the server, and `pactl`, which comes with either, asks and tells it.

use super::Microphone;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{self, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Begins the ids of sources, before the server's name for it.
const ID: &str = "server:";
/// How long the server may take to hand a recording over to another source.
const ROUTING: Duration = Duration::from_secs(1);
const RETRY: Duration = Duration::from_millis(20);
/// Runs a command until the standard input ends, which it does at the latest with the program that holds its other
/// end, however that ends. `pactl` itself would go on until it has something to say.
const UNTIL_INPUT_ENDS: &str = "\"$@\" & exec >/dev/null; read -r _; kill $!";

/// A source of the sound server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    index: u64,
    name: String,
    label: String,
    /// What a loudspeaker plays, as opposed to a microphone.
    is_monitor: bool,
    /// Connected by radio.
    pub is_bluetooth: bool,
}

impl Source {
    /// As a microphone to choose.
    pub fn microphone(&self) -> Microphone {
        let label = match self.is_monitor {
            true => format!("What the computer plays ({})", self.label),
            false => self.label.clone(),
        };
        Microphone { id: format!("{ID}{}", self.name), label }
    }
}

/// Every source, microphones first; none without a server or without `pactl`.
pub fn sources() -> Vec<Source> {
    let mut sources = ask(&["list", "sources"]).as_ref().map_or_else(Vec::new, read_sources);
    sources.sort_by_key(|source| source.is_monitor);
    sources
}

/// The source with this id, or the server's default one. `None` if it is not the server's.
pub fn source(id: Option<&str>) -> Option<Source> {
    let name = match id {
        Some(id) => id.strip_prefix(ID)?.to_owned(),
        None => String::from_utf8(run(&["get-default-source"])?).ok()?.trim().to_owned(),
    };
    sources().into_iter().find(|source| source.name == name)
}

/// Whether an id is one of a source.
pub fn is_source(id: &str) -> bool {
    id.starts_with(ID)
}

/// Makes what this program records come from `source`; gives whether the server did so.
pub fn route_to(source: &Source) -> bool {
    let end = Instant::now() + ROUTING;
    while Instant::now() < end {
        let lists = ask(&["list", "clients"]).zip(ask(&["list", "source-outputs"]));
        let ours = lists.map_or_else(Vec::new, |(clients, outputs)| recordings_of_ours(&clients, &outputs));
        if !ours.is_empty() && ours.iter().all(|(_, from)| *from == source.index) {
            return true;
        }
        for (index, _) in ours.iter().filter(|(_, from)| *from != source.index) {
            run(&["move-source-output", &index.to_string(), &source.name]);
        }
        thread::sleep(RETRY);
    }
    false
}

/// Tells when a source goes away, and when the server's default one may be another. Dropping it ends that, as does the
/// first of its news.
pub struct Watch(Arc<Lifeline>);

/// How the server begins to tell that its default source, among other things, is another.
const CHANGED: &str = "Event 'change' on server";

/// As long as it is held, the watching process lives.
struct Lifeline(Mutex<Option<ChildStdin>>);

impl Lifeline {
    fn cut(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Watch {
    /// Calls `gone` when `source` goes away, and `changed` when the default may be another. `None` if the server cannot
    /// be watched.
    pub fn start(
        source: &Source,
        gone: impl Fn() + Send + 'static,
        changed: impl Fn() + Send + 'static,
    ) -> Option<Self> {
        let removed = format!("Event 'remove' on source #{}", source.index);
        Self::on(&["pactl", "subscribe"], move |line| {
            if line.starts_with(CHANGED) {
                changed();
            }
            let is_gone = line == removed;
            if is_gone {
                gone();
            }
            is_gone
        })
    }

    /// Calls `hear` with each line that the command writes, until that wants no more.
    fn on(command: &[&str], mut hear: impl FnMut(&str) -> bool + Send + 'static) -> Option<Self> {
        let mut shell = quiet("sh");
        shell.args(["-c", UNTIL_INPUT_ENDS, "sh"]).args(command);
        let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let lifeline = Arc::new(Lifeline(Mutex::new(child.stdin.take())));
        let (watch, news) = (Self(Arc::clone(&lifeline)), BufReader::new(child.stdout.take()?));
        let listen = move || {
            let _ = news.lines().map_while(Result::ok).any(|line| hear(&line));
            lifeline.cut();
            let _ = child.wait();
        };
        thread::Builder::new().name("hark-source".into()).spawn(listen).ok()?;
        Some(watch)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.cut();
    }
}

fn ask(command: &[&str]) -> Option<Value> {
    let answer = run(&[&["--format=json"], command].concat())?;
    // Names need not be UTF-8.
    serde_json::from_str(&String::from_utf8_lossy(&answer)).ok()
}

fn run(arguments: &[&str]) -> Option<Vec<u8>> {
    let output = pactl(arguments).output().ok()?;
    output.status.success().then_some(output.stdout)
}

fn pactl(arguments: &[&str]) -> Command {
    let mut pactl = quiet("pactl");
    pactl.args(arguments);
    pactl
}

fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    // Some versions of `pactl` speak the person's language, and in some languages write numbers that are not JSON.
    command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).stderr(Stdio::null());
    command
}

fn read_sources(list: &Value) -> Vec<Source> {
    let source = |entry: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (name, properties) = (text(&entry["name"]), &entry["properties"]);
        let label = text(&entry["description"]);
        let is_monitor = properties["device.class"] == "monitor" || name.ends_with(".monitor");
        let is_bluetooth = properties["device.bus"] == "bluetooth" || name.starts_with("bluez");
        let label = label.strip_prefix("Monitor of ").map(str::to_owned).unwrap_or(label);
        Some(Source { index: entry["index"].as_u64()?, name, label, is_monitor, is_bluetooth })
    };
    list.as_array().into_iter().flatten().filter_map(source).collect()
}

/// The server's numbers for what this program records, and for where it comes from.
fn recordings_of_ours(clients: &Value, recordings: &Value) -> Vec<(u64, u64)> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    // Numbers of clients are texts where they are referred to.
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let own = process::id().to_string();
    let is_own = |entry: &Value| entry["properties"]["application.process.id"] == own.as_str();
    let clients: Vec<_> =
        list(clients).iter().filter(|c| is_own(c)).filter_map(|c| number(&c["index"])).collect();
    let of_ours =
        |entry: &&Value| is_own(entry) || number(&entry["client"]).is_some_and(|c| clients.contains(&c));
    let numbers = |entry: &Value| Some((number(&entry["index"])?, number(&entry["source"])?));
    list(recordings).iter().filter(of_ours).filter_map(numbers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::{Receiver, bounded};
    use serde_json::json;
    use std::fs;
    use std::path::Path;

    /// Only a test that fails waits that long.
    const PATIENCE: Duration = Duration::from_secs(60);
    /// Where a process of the test's own is to say which one it watches with.
    const TOLD_IN: &str = "HARK_TEST_WATCH";

    /// A watch on a process that writes its number into `file`, then says that a source went away if it is to, and
    /// then nothing any more.
    fn watch(file: &Path, speaks: bool) -> (Watch, Receiver<()>) {
        let (told, gone) = bounded(1);
        let script = "echo $$ >\"$0.new\"; mv \"$0.new\" \"$0\"; echo \"$1\"; exec sleep 3600";
        let line = if speaks { "it is gone" } else { "it is there" };
        let command = ["sh", "-c", script, file.to_str().unwrap(), line];
        let watch = Watch::on(&command, move |line| {
            let is_gone = line == "it is gone";
            if is_gone {
                told.send(()).unwrap();
            }
            is_gone
        });
        (watch.unwrap(), gone)
    }

    fn wait_until(what: &str, holds: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds() {
            assert!(Instant::now() < end, "never: {what}");
            thread::sleep(RETRY);
        }
    }

    /// The process that is watched with, once it runs.
    fn process(file: &Path) -> String {
        wait_until("the process runs", || file.exists());
        fs::read_to_string(file).unwrap().trim().to_owned()
    }

    fn runs(process: &str) -> bool {
        let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // One that ended may still wait for whoever asks how.
        state.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
    }

    #[test]
    fn a_watch_ends_with_its_news_and_when_nobody_wants_it() {
        let folder = tempfile::tempdir().unwrap();
        let (speaks, silent) = (folder.path().join("speaks"), folder.path().join("silent"));
        let (_watch, gone) = watch(&speaks, true);
        gone.recv_timeout(PATIENCE).unwrap();
        wait_until("it has ended", || !runs(&process(&speaks)));
        let (unwanted, gone) = watch(&silent, false);
        assert!(runs(&process(&silent)) && gone.is_empty());
        drop(unwanted);
        wait_until("it has ended", || !runs(&process(&silent)));
        assert!(gone.recv_timeout(PATIENCE).is_err(), "nothing went away");
    }

    #[test]
    fn a_watch_does_not_outlive_a_program_that_is_killed() {
        if let Some(file) = std::env::var_os(TOLD_IN) {
            let _watch = watch(Path::new(&file), false);
            thread::sleep(PATIENCE * 2);
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("watched with");
        let this = concat!(module_path!(), "::a_watch_does_not_outlive_a_program_that_is_killed");
        let this = this.split_once("::").unwrap().1;
        let mut program = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", this])
            .env(TOLD_IN, &file)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let watching = process(&file);
        assert!(runs(&watching));
        program.kill().unwrap();
        program.wait().unwrap();
        wait_until("it has ended", || !runs(&watching));
    }

    #[test]
    fn sources_are_named_for_people() {
        let list = json!([
            {"index": 1, "name": "alsa_output.pci.monitor", "description": "Monitor of Built-in Audio",
             "properties": {"device.class": "monitor"}},
            {"index": 2, "name": "alsa_input.usb-Desk", "description": "Desk Microphone",
             "properties": {"device.class": "sound", "device.bus": "usb"}},
            {"index": 3, "name": "bluez_input.00_11", "description": "Headset", "properties": {}},
            {"name": "without a number"}
        ]);
        let seen = |s: &Source| (s.microphone().id, s.microphone().label, s.is_bluetooth);
        let seen: Vec<_> = read_sources(&list).iter().map(seen).collect();
        let expected = [
            ("server:alsa_output.pci.monitor", "What the computer plays (Built-in Audio)", false),
            ("server:alsa_input.usb-Desk", "Desk Microphone", false),
            ("server:bluez_input.00_11", "Headset", true),
        ];
        assert_eq!(seen, expected.map(|(id, label, radio)| (id.to_owned(), label.to_owned(), radio)));
        assert_eq!(read_sources(&json!({"no": "list"})), []);
    }

    #[test]
    fn only_recordings_of_this_program_are_its_own() {
        let own = process::id().to_string();
        let clients = json!([
            {"index": 30, "properties": {"application.process.id": own}},
            {"index": 31, "properties": {"application.process.id": "1"}}
        ]);
        let list = json!([
            {"index": 6, "source": 2, "client": "30", "properties": {}},
            {"index": 7, "source": 3, "properties": {"application.process.id": own}},
            {"index": 8, "source": 2, "client": "31", "properties": {"application.process.id": "1"}},
            {"index": 9, "source": 2, "client": null, "properties": {}}
        ]);
        assert_eq!(recordings_of_ours(&clients, &list), [(6, 2), (7, 3)]);
    }
}
