//! Models that are fetched and deleted, and how fast they are, as the session tells of them.

use super::stage::*;
use super::*;
use crate::engine_thread::{EngineCommand, EngineEvent, GaugeJob, JobEvent};
use crate::speeds::{Sample, WIDTHS};

const SAMPLE: Sample = Sample { mel: 0.01, encoder: 0.02, cross: 0.001, step: 0.0002 };

fn card(snapshot: &Snapshot, name: &str) -> CardView {
    let library = snapshot.library.as_ref().unwrap();
    library.cards.iter().find(|card| card.name == name).unwrap().clone()
}

impl Stage {
    fn see_card(&self, name: &str, what: &str, fits: impl Fn(&CardView) -> bool) -> CardView {
        let seen = self.see(what, |s| s.library.is_some() && fits(&card(s, name)));
        card(&seen, name)
    }

    fn gauge(&self) -> GaugeJob {
        match self.engine.recv_timeout(PATIENCE).unwrap() {
            EngineCommand::Gauge(job) => job,
            _ => panic!("something else than a layer"),
        }
    }

    fn gauged(&self, job: &GaugeJob) {
        let event = JobEvent::Gauged { width: job.width, precision: job.precision, sample: SAMPLE };
        self.tell(EngineEvent::Job { id: job.id, event });
    }
}

#[test]
fn while_somebody_looks_every_width_is_timed_once_and_gives_way() {
    let stage = stage(false);
    stage.ask(Command::LookAtModels(true));
    let first = stage.gauge();
    assert_eq!(first.width, WIDTHS[0]);
    let _microphone = stage.record(1);
    assert!(first.cancel.is_raised(), "a person comes first");
    stage.tell(EngineEvent::Job { id: first.id, event: JobEvent::Cancelled });
    stage.ask(Command::Cancel);
    loop {
        match stage.engine.recv_timeout(PATIENCE).unwrap() {
            EngineCommand::Follow(job) => {
                stage.tell(EngineEvent::Job { id: job.id, event: JobEvent::Cancelled });
            }
            EngineCommand::Gauge(again) => {
                assert_eq!(again.width, WIDTHS[0]);
                stage.gauged(&again);
                break;
            }
            _ => panic!("neither a layer nor a live job"),
        }
    }
    for width in &WIDTHS[1..] {
        let job = stage.gauge();
        assert_eq!(job.width, *width);
        stage.gauged(&job);
    }
    let seen = stage.see("every estimate", |s| s.library.as_ref().is_some_and(|library| !library.gauging));
    assert!(matches!(card(&seen, "large-v3").speed, Some(Known::Estimated(_))));
    stage.ask(Command::LookAtModels(false));
    stage.see("a closed page", |s| s.library.is_none());
    assert!(stage.engine.is_empty());
}

#[test]
fn a_layer_that_cannot_be_timed_is_not_tried_again() {
    let stage = stage(false);
    stage.ask(Command::LookAtModels(true));
    let job = stage.gauge();
    let event = JobEvent::Failed { message: "no memory".into(), refused: false };
    stage.tell(EngineEvent::Job { id: job.id, event });
    stage.see("an end", |s| s.library.as_ref().is_some_and(|library| !library.gauging));
    assert!(stage.engine.is_empty());
}

#[test]
fn a_model_that_is_deleted_is_gone() {
    let stage = stage(false);
    let folder = stage.folder.path().join("models");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("ggml-tiny.bin.part"), [1; 9]).unwrap();
    stage.ask(Command::LookAtModels(true));
    let begun = stage.see_card("tiny", "a beginning", |card| card.state == CardState::Begun { done: 9 });
    assert!(begun.deletable);
    stage.ask(Command::DeleteModel("tiny".into()));
    stage.see_card("tiny", "nothing", |card| card.state == CardState::Absent);
    assert!(!folder.join("ggml-tiny.bin.part").exists());
    stage.ask(Command::DeleteModel("tiny".into()));
    stage.see_banner("There is no model tiny in");
}

#[cfg(feature = "download")]
mod fetched {
    use super::*;
    use crate::download::server::{Act, Server};
    use crate::models::published::by_name;
    use std::sync::Arc;

    fn at(stage: &Stage, server: &Server) {
        stage.ask(Command::ChooseMirror(Some(format!("{}/files", server.place))));
        stage.ask(Command::LookAtModels(true));
    }

    #[test]
    fn what_does_not_come_says_why_and_can_be_tried_again() {
        let stage = stage(false);
        let server = Server::new(b"", [Act::Status(404, String::new()), Act::Login]);
        at(&stage, &server);
        for said in ["there is no such file", "offers something else"] {
            stage.ask(Command::Download("tiny".into()));
            stage.see_card(
                "tiny",
                said,
                |card| matches!(&card.state, CardState::Failed { message } if message.contains(said)),
            );
        }
        assert_eq!(server.asked.lock().unwrap()[0].0, "/files/ggml-tiny.bin");
    }

    #[test]
    fn a_download_is_cancelled_at_once_and_keeps_what_came() {
        let stage = stage(false);
        let bytes = by_name("tiny").unwrap().bytes as usize;
        let server = Server::new(&vec![7; bytes], [Act::Stall(500_000)]);
        at(&stage, &server);
        stage.ask(Command::Download("tiny".into()));
        stage.see_card(
            "tiny",
            "progress",
            |card| matches!(card.state, CardState::Downloading { done, .. } if done > 0),
        );
        stage.ask(Command::CancelDownload("tiny".into()));
        let begun =
            stage.see_card("tiny", "a beginning", |card| matches!(card.state, CardState::Begun { .. }));
        assert!(matches!(begun.state, CardState::Begun { done } if done > 0 && done <= 500_000));
    }

    /// The file is there already, as long as it should be.
    fn fetch_tiny(stage: &Stage) {
        let folder = stage.folder.path().join("models");
        std::fs::create_dir_all(&folder).unwrap();
        let file = std::fs::File::create(folder.join("ggml-tiny.bin")).unwrap();
        file.set_len(by_name("tiny").unwrap().bytes).unwrap();
        stage.ask(Command::Download("tiny".into()));
    }

    #[test]
    fn the_first_model_is_used_at_once_and_recordings_have_waited_for_it() {
        let stage = stage(true);
        let _microphone = stage.record(2);
        stage.ask(Command::Stop);
        stage.see_banner("Recording kept (0:02)");
        fetch_tiny(&stage);
        assert_eq!(stage.load_asked_for(), "tiny");
        stage.ready("tiny");
        let banner = stage.see_banner("Recording kept (0:02).");
        assert_eq!(banner.action.as_deref(), Some("Transcribe"));
        stage.ask(Command::BannerAction(banner.id));
        stage.finish(&stage.job(), "At last.");
        stage.see("its text", |s| s.transcript.text() == "At last.");
    }

    #[test]
    fn a_further_model_is_offered() {
        let stage = stage(false);
        fetch_tiny(&stage);
        let banner = stage.see_banner("The model tiny is here.");
        stage.ask(Command::BannerAction(banner.id));
        assert_eq!(stage.load_asked_for(), "tiny");
    }

    #[test]
    fn quitting_ends_a_download() {
        let stage = stage(false);
        let bytes = by_name("tiny").unwrap().bytes as usize;
        let server = Server::new(&vec![7; bytes], [Act::Stall(500_000)]);
        at(&stage, &server);
        stage.ask(Command::Download("tiny".into()));
        stage.see_card(
            "tiny",
            "progress",
            |card| matches!(card.state, CardState::Downloading { done, .. } if done > 0),
        );
        let folder: Arc<_> = stage.quit();
        assert!(folder.path().join("models/ggml-tiny.bin.part").exists());
    }
}
