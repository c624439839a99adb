//! What the session does with idle time.

use super::stage::*;
use super::*;
use crate::engine_thread::{EngineEvent, JobEvent};
use crate::precision::{Decision, Standing};
use hark_engine::Precision;

fn decision(precision: Precision, standing: Standing) -> Decision {
    Decision { precision, standing }
}

fn runs_in(snapshot: &Snapshot, wanted: Precision, why: &Standing) -> bool {
    matches!(&snapshot.engine, EngineView::Ready { backend, standing, .. }
        if backend.precision == wanted && standing == why)
}

#[test]
fn an_unproven_model_is_proved_in_idle_time_and_then_says_so() {
    let stage = idle_stage();
    stage.see("unproven", |s| runs_in(s, Precision::Int8, &Standing::Unproven));
    let proof = stage.proof();
    assert!(!proof.anew && !proof.cancel.is_raised());
    stage.proved(&proof, Precision::Int8, decision(Precision::Int8, Standing::Proven));
    stage.see("proven", |s| runs_in(s, Precision::Int8, &Standing::Proven));
    stage.add_files(&["a.wav"]);
    stage.finish(&stage.job(), "Nothing is proved twice.");
}

#[test]
fn a_precision_found_wanting_gives_way_to_the_next_until_one_holds() {
    let stage = idle_stage();
    stage.proved(&stage.proof(), Precision::Int8, decision(Precision::Int8Int16, Standing::Unproven));
    assert_eq!(stage.load_asked_for(), "first");
    stage.ready_in("first", Precision::Int8Int16, Standing::Unproven);
    let fallback = Standing::Fallback("nothing holds".into());
    stage.proved(&stage.proof(), Precision::Int8Int16, decision(Precision::F32, fallback.clone()));
    assert_eq!(stage.load_asked_for(), "first");
    stage.ready_in("first", Precision::F32, fallback.clone());
    stage.see("f32", |s| runs_in(s, Precision::F32, &fallback));
    stage.add_files(&["a.wav"]);
    stage.finish(&stage.job(), "f32 needs no proof.");
}

#[test]
fn dictation_ends_a_proof_at_once_and_it_is_tried_again_afterwards() {
    let stage = idle_stage();
    let proof = stage.proof();
    let _microphone = stage.record(1);
    assert!(proof.cancel.is_raised(), "the first sound is not waited for");
    stage.tell(EngineEvent::Job { id: proof.id, event: JobEvent::Cancelled });
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), "Dictated.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Dictated.");
    let again = stage.proof();
    stage.proved(&again, Precision::Int8, decision(Precision::Int8, Standing::Proven));
    stage.see("proven", |s| runs_in(s, Precision::Int8, &Standing::Proven));
}

#[test]
fn files_and_models_end_a_proof_too() {
    let stage = idle_stage();
    let proof = stage.proof();
    stage.add_files(&["a.wav"]);
    stage.see("the file", |s| s.files.len() == 1);
    stage.tell(EngineEvent::Job { id: proof.id, event: JobEvent::Cancelled });
    assert!(proof.cancel.is_raised());
    stage.finish(&stage.job(), "Text.");
    let second = stage.proof();
    stage.ask(Command::ChooseModel("base.en".into()));
    stage.see("another model", |s| matches!(&s.engine, EngineView::Loading { .. }));
    assert!(second.cancel.is_raised());
    // It was done before it heard of it; what is on its way comes all the same, and once.
    stage.proved(&second, Precision::Int8, decision(Precision::F32, Standing::Unproven));
    assert_eq!(stage.load_asked_for(), "base.en");
    stage.ready_in("base.en", Precision::Int8, Standing::Unproven);
    stage.proof();
}

#[test]
fn a_proof_that_fails_is_not_tried_again_with_the_same_model() {
    let stage = idle_stage();
    let proof = stage.proof();
    let message = "the file is gone".into();
    stage.tell(EngineEvent::Job { id: proof.id, event: JobEvent::Failed { message, refused: false } });
    stage.add_files(&["a.wav"]);
    let job = stage.job();
    stage.finish(&job, "Text.");
    let done = stage
        .see("the text", |s| matches!(s.files.first(), Some(f) if matches!(f.state, FileState::Done { .. })));
    assert_eq!(done.banners, [], "nobody had asked for it");
    stage.ask(Command::ChooseModel("base.en".into()));
    assert_eq!(stage.load_asked_for(), "base.en");
    stage.ready_in("base.en", Precision::Int8, Standing::Unproven);
    stage.proof();
}
