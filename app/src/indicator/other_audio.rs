//! Other audio, lowered while somebody dictates: the volume of the loudspeaker, by the sound server's `pactl`.
//!
//! What it was stands in a file from before it is changed until after it is restored, so that the next start
//! restores it if this one cannot. A volume that the person changes meanwhile stays theirs.

use crate::delivery::atomically;
use crate::session::{DictationView, Snapshot};
use crossbeam_channel::Receiver;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The file in the folder of Hark's data.
pub const FILE: &str = "lowered-volume.json";
/// What is left of the volume, in percent of the server's scale.
const LEFT: u32 = 25;
/// How long the sound server may take.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(5);

/// A loudspeaker that was lowered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Lowered {
    sink: String,
    /// Of each channel, on the server's scale.
    before: Vec<u32>,
    now: Vec<u32>,
}

/// Lowers and restores as snapshots come, until there are no more.
pub fn run(snapshots: &Receiver<Arc<Snapshot>>, file: &Path) {
    restore(file);
    let mut lowered = false;
    for snapshot in snapshots {
        let choices = &snapshot.anywhere.indicator;
        let records = match snapshot.dictation {
            // The sound of a beginning comes before the recording, and is to be heard.
            DictationView::Arming => !choices.sounds,
            DictationView::Recording { .. } => true,
            _ => false,
        };
        let wanted = records && choices.lower_other_audio && !snapshot.quitting;
        if wanted && !lowered {
            lower(file);
        } else if lowered && !wanted {
            restore(file);
        }
        lowered = wanted;
    }
    restore(file);
}

fn lower(file: &Path) {
    restore(file);
    if file.exists() {
        // What was lowered before is not to be forgotten, nor lowered twice.
        return;
    }
    let Some(sink) = pactl(&["get-default-sink"]).map(|name| name.trim().to_owned()) else { return };
    let Some(before) = volumes(&sink) else { return };
    let now: Vec<u32> = before.iter().map(|volume| volume * LEFT / 100).collect();
    let lowered = Lowered { sink, before, now };
    // What cannot be remembered is left alone.
    if lowered.write(file) {
        set(&lowered.sink, &lowered.now);
    }
}

/// Makes it as it was, if it is as it was left.
fn restore(file: &Path) {
    let Ok(text) = fs::read(file) else { return };
    if let Ok(lowered) = serde_json::from_slice::<Lowered>(&text) {
        match volumes(&lowered.sink) {
            Some(now) if now == lowered.now => set(&lowered.sink, &lowered.before),
            // The loudspeaker is away, and keeps its volume until it is back.
            None => return,
            Some(_) => {}
        }
    }
    let _ = fs::remove_file(file);
}

impl Lowered {
    fn write(&self, file: &Path) -> bool {
        let text = serde_json::to_vec(self).ok();
        text.is_some_and(|text| atomically(file, &text).is_ok())
    }
}

fn volumes(sink: &str) -> Option<Vec<u32>> {
    let volumes = read_volumes(&pactl(&["get-sink-volume", sink])?);
    (!volumes.is_empty()).then_some(volumes)
}

fn set(sink: &str, volumes: &[u32]) {
    let volumes: Vec<String> = volumes.iter().map(u32::to_string).collect();
    let mut command = vec!["set-sink-volume", sink];
    command.extend(volumes.iter().map(String::as_str));
    pactl(&command);
}

/// The channels' volumes in `Volume: front-left: 65536 / 100% / 0.00 dB,   front-right: …`.
fn read_volumes(answer: &str) -> Vec<u32> {
    let line = answer.lines().find_map(|line| line.trim().strip_prefix("Volume:"));
    let channel = |part: &str| part.split('/').next()?.rsplit(':').next()?.trim().parse().ok();
    line.into_iter().flat_map(|line| line.split(',')).map_while(channel).collect()
}

/// What `pactl` says; `None` where there is none, or no server, or nothing in time.
fn pactl(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("pactl");
    // Its words are translated.
    command.args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).stderr(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).spawn().ok()?;
    let end = Instant::now() + PATIENCE;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                let mut answer = Vec::new();
                // A few lines fit into the pipe.
                child.stdout.take()?.read_to_end(&mut answer).ok()?;
                return status.success().then(|| String::from_utf8_lossy(&answer).into_owned());
            }
            Ok(None) if Instant::now() < end => thread::sleep(LOOK),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_are_read_channel_by_channel() {
        let stereo = "Volume: front-left: 65536 / 100% / 0.00 dB,   front-right: 32768 /  50% / -18.06 dB\n        \
                      balance -0.50\n";
        assert_eq!(read_volumes(stereo), [65536, 32768]);
        assert_eq!(read_volumes("Volume: mono: 20000 /  31% / -30.90 dB"), [20000]);
        assert_eq!(read_volumes("No such entity\n"), [] as [u32; 0]);
        assert_eq!(read_volumes("Volume: mono: loud"), [] as [u32; 0]);
    }

    #[test]
    fn what_was_lowered_is_remembered_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let lowered = Lowered { sink: "speaker".into(), before: vec![65536, 60000], now: vec![16384, 15000] };
        assert!(lowered.write(&file));
        let read: Lowered = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        assert_eq!(read, lowered);
        assert!(!lowered.write(&folder.path().join("none").join(FILE)), "no folder, no change of volume");
    }
}
