//! An encoder with hardware of its own works ahead of the decoder, on the next batch, and no text changes by
//! that.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{clip, model};
use hark_engine::audio::Samples;
use hark_engine::encoder::npu::Moment;
use hark_engine::encoder::{Backend, BackendError, BackendInfo, CpuBackend, EncoderOutput, Evidence};
use hark_engine::mel::MelWindow;
use hark_engine::transcribe::{News, Options, Way, transcribe_together};
use hark_engine::transcript::Transcript;
use hark_engine::{Cancel, Precision, Whisper, Workers};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The CPU's encoder, which says what it was told in which order.
struct Ahead {
    cpu: CpuBackend,
    log: Arc<Mutex<Vec<String>>>,
    beside: bool,
}

impl Ahead {
    fn say(&self, what: String) {
        self.log.lock().unwrap().push(what);
    }
}

impl Backend for Ahead {
    fn describe(&self) -> BackendInfo {
        self.cpu.describe()
    }

    fn encode(&mut self, windows: &[MelWindow], cancel: &Cancel) -> Result<Vec<EncoderOutput>, BackendError> {
        self.say(format!("encode {}", windows.len()));
        self.cpu.encode(windows, cancel)
    }

    fn evidence(&self) -> Evidence {
        self.cpu.evidence()
    }

    fn cpu(&mut self) -> &mut dyn Backend {
        &mut self.cpu
    }

    fn begin(&mut self, windows: &[MelWindow]) {
        self.say(format!("begin {}", windows.len()));
    }

    fn works_beside(&self) -> bool {
        self.beside
    }

    fn note(&mut self, moment: Moment) {
        self.say(format!("{moment:?}"));
    }
}

fn whisper(beside: bool) -> (Whisper, Arc<Mutex<Vec<String>>>) {
    let (demo, workers, log) = (model("demo"), Workers::new(2), Arc::default());
    let cpu = CpuBackend::new(&demo, &workers, Precision::Int8).unwrap();
    let backend = Box::new(Ahead { cpu, log: Arc::clone(&log), beside });
    (Whisper::with_backend(demo, backend, &workers, Precision::Int8).unwrap(), log)
}

fn transcripts(beside: bool) -> (Vec<Transcript>, Vec<String>) {
    let (mut whisper, log) = whisper(beside);
    let names =
        ["short01", "short02", "short03", "short04", "short05", "short06", "short07", "short08", "multi01"];
    let options = Options { way: Way::Fast, ..Options::default() };
    let mut supply = names.iter().map(|name| {
        let samples: Box<dyn hark_engine::audio::AudioSource> = Box::new(Samples(clip(name).into()));
        (samples, options.clone())
    });
    let mut ended = BTreeMap::new();
    let mut on_news = |number, news| {
        if let News::Ended(result) = news {
            ended.insert(number, result.unwrap().0);
        }
    };
    transcribe_together(&mut whisper, &mut || supply.next(), &Cancel::new(), &mut on_news).unwrap();
    let log = log.lock().unwrap().clone();
    (ended.into_values().collect(), log)
}

#[test]
fn the_next_batch_is_begun_before_the_decoder_works_on_this_one() {
    let (expected, in_turn) = transcripts(false);
    let (texts, ahead) = transcripts(true);
    assert_eq!(texts, expected);
    assert_eq!(expected.len(), 9);
    assert!(in_turn.iter().all(|what| !what.starts_with("begin")));
    let (begins, ends) = ("DecodingBegins", "DecodingEnds");
    assert_eq!(ahead[..5], ["encode 8", "begin 1", begins, ends, "encode 1"], "{ahead:?}");
}
