//! Numbers and states in words.

use super::super::{theme, words};
use crate::precision::Standing;
use crate::session::{DictationView, FileState, Speed};
use hark_engine::encoder::Precision;
use std::time::Duration;

fn speed(audio_s: f64, processing_s: f64) -> Speed {
    Speed { audio_s, processing_s }
}

#[test]
fn clocks() {
    let cases =
        [(0.0, "0:00"), (12.9, "0:12"), (727.0, "12:07"), (3727.0, "1:02:07"), (36_000.0, "10:00:00")];
    for (seconds, expected) in cases {
        assert_eq!(words::moment(seconds), expected);
    }
    assert_eq!(words::moment(f64::NAN), "0:00");
    assert_eq!(words::moment(-1.0), "0:00");
}

#[test]
fn a_precision_says_where_it_stands() {
    let why = || Standing::Fallback("int8 did not come close enough to f32".into());
    let cases = [
        (Precision::Int8, Standing::Proven, "int8"),
        (Precision::Bf16, Standing::Fixed, "bf16"),
        (Precision::Int8, Standing::Unproven, "int8, unproven"),
        (Precision::F32, why(), "f32: int8 did not come close enough to f32"),
    ];
    for (precision, standing, expected) in cases {
        assert_eq!(words::precision(precision, &standing), expected);
    }
}

#[test]
fn time_left_is_never_promised_too_short() {
    let cases = [
        (0.2, "1 s left"),
        (59.0, "59 s left"),
        (59.5, "1 min left"),
        (61.0, "2 min left"),
        (3600.0, "1 h 0 min left"),
        (7500.0, "2 h 5 min left"),
    ];
    for (seconds, expected) in cases {
        assert_eq!(words::left(Duration::from_secs_f64(seconds)), expected);
    }
}

#[test]
fn all_of_it_is_only_said_at_the_end() {
    assert_eq!(words::percent(0.999), "99 %");
    assert_eq!(words::percent(1.0), "100 %");
    assert_eq!(words::percent(f32::NAN), "0 %");
}

#[test]
fn speed_is_times_real_time_and_the_factor_the_other_way_round_stands_in_the_detail() {
    assert_eq!(words::speed(&speed(60.0, 3.846)).as_deref(), Some("15.6× real time"));
    assert_eq!(words::speed_detail(&speed(60.0, 3.846)), "60 s of speech took 3.8 s (RTF 0.064)");
    assert_eq!(words::speed_detail(&speed(3.1, 0.047)), "3.1 s of speech took 47 ms (RTF 0.015)");
    assert_eq!(words::speed_detail(&speed(3.1, 0.9996)), "3.1 s of speech took 1 s (RTF 0.322)");
    assert_eq!(words::speed(&speed(7.0, 10.0)).as_deref(), Some("slower than real time (0.7×)"));
    assert_eq!(words::speed(&speed(600.0, 1.0)).as_deref(), Some("600× real time"));
}

#[test]
fn nothing_is_said_of_a_speed_that_was_not_measured() {
    for unmeasured in [speed(0.0, 0.0), speed(1.0, 0.0), speed(0.0, 1.0)] {
        assert_eq!(words::speed(&unmeasured), None);
    }
}

#[test]
fn the_record_button_says_the_state() {
    let elapsed = Duration::from_secs(12);
    let cases = [
        (DictationView::Idle, "Record"),
        (DictationView::Arming, "Opening microphone…"),
        (DictationView::Recording { elapsed, level: 0.5 }, "Stop · 0:12"),
        (DictationView::Finishing { recorded: elapsed }, "Finishing…"),
        (DictationView::Delivering, "Record"),
    ];
    for (state, expected) in cases {
        assert_eq!(words::dictation(&state), expected);
    }
}

#[test]
fn a_file_says_how_far_it_is() {
    let running = |left, speed| FileState::Running { progress: 0.421, left, speed };
    let cases = [
        (FileState::Waiting, "Waiting"),
        (running(None, None), "42 %"),
        (running(Some(Duration::from_secs(75)), Some(speed(120.0, 9.8))), "42 % · 2 min left · 12.2×"),
        (FileState::Done { speed: None, edited: false }, "Done"),
        (FileState::Done { speed: Some(speed(60.0, 3.846)), edited: false }, "15.6× real time"),
        (FileState::Failed { message: "no audio in it".into() }, "no audio in it"),
        (FileState::Cancelled, "Cancelled"),
    ];
    for (state, expected) in cases {
        assert_eq!(words::file_state(&state), expected);
    }
}

#[test]
fn loudness_runs_from_silence_to_full_scale() {
    assert_eq!(theme::loudness(0.0), 0.0);
    assert_eq!(theme::loudness(1.0), 1.0);
    assert_eq!(theme::loudness(2.0), 1.0);
    assert_eq!(theme::loudness(f32::NAN), 0.0);
    assert!((theme::loudness(0.0447) - 0.5).abs() < 0.001, "-27 dB is in the middle");
}
