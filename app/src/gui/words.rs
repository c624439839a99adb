//! Times, speeds and states in plain words.

use crate::models::models_folder;
use crate::precision::Standing;
use crate::session::{DictationView, FileState, Speed};
use crate::text;
use hark_engine::encoder::Precision;
use std::path::Path;
use std::time::Duration;

/// A time as a clock that runs shows it.
pub fn clock(time: Duration) -> String {
    text::clock(time.as_secs())
}

/// The precision that a model runs in, and what there is to say about it.
pub fn precision(precision: Precision, standing: &Standing) -> String {
    match standing {
        Standing::Proven | Standing::Fixed => precision.to_string(),
        Standing::Unproven => format!("{precision}, unproven"),
        Standing::Fallback(why) => format!("{precision}: {why}"),
    }
}

/// A moment of a recording in seconds, as a clock shows it.
pub fn moment(seconds: f64) -> String {
    clock(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// `8 s left`, `3 min left`, `2 h 5 min left`.
pub fn left(time: Duration) -> String {
    let seconds = time.as_secs_f64().ceil() as u64;
    let minutes = seconds.div_ceil(60);
    match seconds {
        0..60 => format!("{seconds} s left"),
        60..3600 => format!("{minutes} min left"),
        _ => format!("{} h {} min left", minutes / 60, minutes % 60),
    }
}

/// A share in [0, 1] as a whole percentage; 100 % only when it is done.
pub fn percent(share: f32) -> String {
    format!("{} %", (share.clamp(0.0, 1.0) * 100.0) as u32)
}

/// `15.6×`, or nothing before anything was measured.
pub fn times(speed: &Speed) -> Option<String> {
    let x = speed.x();
    let measured = x.is_finite() && x > 0.0;
    measured.then(|| if x < 99.95 { format!("{x:.1}×") } else { format!("{x:.0}×") })
}

/// The same for what was measured without a recording.
pub fn times_real_time(x: f64) -> String {
    if x < 99.95 { format!("{x:.1}× real time") } else { format!("{x:.0}× real time") }
}

/// How many dictations.
pub fn dictations(count: usize) -> String {
    if count == 1 { "one dictation".into() } else { format!("{count} dictations") }
}

/// `15.6× real time`, or that it does not keep up with speech.
pub fn speed(speed: &Speed) -> Option<String> {
    let times = times(speed)?;
    Some(if speed.x() < 1.0 {
        format!("slower than real time ({times})")
    } else {
        format!("{times} real time")
    })
}

/// How a speed was come by: `60 s of speech took 3.8 s (RTF 0.064)`.
pub fn speed_detail(speed: &Speed) -> String {
    let Speed { audio_s, processing_s } = *speed;
    let rtf = processing_s / audio_s;
    format!("{} of speech took {} (RTF {rtf:.3})", seconds(audio_s), seconds(processing_s))
}

fn seconds(s: f64) -> String {
    if s < 59.95 && (s - s.round()).abs() >= 0.05 { format!("{s:.1} s") } else { format!("{s:.0} s") }
}

/// What to put where, for somebody who has no model yet.
pub fn where_models_go() -> String {
    let folder = models_folder().map_or_else(|| "its models folder".into(), |folder| from_home(&folder));
    format!(
        "Hark looks for Whisper models in {folder}. Put one of whisper.cpp's files there, for instance \
         ggml-base.en.bin, and it appears in the list of models; or choose a file that lies elsewhere."
    )
}

/// A path as short as people write it: `~` is the home folder.
pub fn from_home(path: &Path) -> String {
    let home = directories::BaseDirs::new();
    match home.as_ref().and_then(|home| path.strip_prefix(home.home_dir()).ok()) {
        Some(inside) => format!("~/{}", inside.display()),
        None => path.display().to_string(),
    }
}

/// The state of the recording, as the big button says it.
pub fn dictation(view: &DictationView) -> String {
    match view {
        DictationView::Idle | DictationView::Delivering => "Record".into(),
        DictationView::Arming => "Opening microphone…".into(),
        DictationView::Recording { elapsed, .. } => format!("Stop · {}", clock(*elapsed)),
        DictationView::Finishing { .. } => "Finishing…".into(),
    }
}

/// How far a file is, in one line.
pub fn file_state(state: &FileState) -> String {
    match state {
        FileState::Waiting => "Waiting".into(),
        FileState::Running { progress, left: time, speed } => {
            let parts = [Some(percent(*progress)), time.map(left), speed.as_ref().and_then(times)];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
        }
        FileState::Done { speed: measured, edited } => {
            let speed = measured.as_ref().and_then(speed).unwrap_or_else(|| "Done".into());
            if *edited { format!("{speed} · edited") } else { speed }
        }
        FileState::Failed { message } => message.to_string(),
        FileState::Cancelled => "Cancelled".into(),
        FileState::Interrupted => "Not transcribed yet".into(),
    }
}
