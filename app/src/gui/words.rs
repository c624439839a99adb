//! Times, speeds and states in plain words.

use crate::models::models_folder;
use crate::precision::Standing;
use crate::session::{DictationView, FileState, Speed};
use crate::text;
use crate::texts;
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
        Standing::Unproven => texts::precision_unproven(precision.to_string()),
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
        0..60 => texts::left_seconds(seconds),
        60..3600 => texts::left_minutes(minutes),
        _ => texts::left_hours(minutes / 60, minutes % 60),
    }
}

/// A share in [0, 1] as a whole percentage; 100 % only when it is done.
pub fn percent(share: f32) -> String {
    texts::percent((share.clamp(0.0, 1.0) * 100.0) as u32)
}

/// `15.6×`, or nothing before anything was measured.
pub fn times(speed: &Speed) -> Option<String> {
    let x = speed.x();
    let measured = x.is_finite() && x > 0.0;
    measured.then(|| factor(x))
}

/// The same for what was measured without a recording.
pub fn times_real_time(x: f64) -> String {
    texts::speed_real_time(factor(x))
}

fn factor(x: f64) -> String {
    format!("{}×", texts::decimal(x, usize::from(x < 99.95)))
}

/// `15.6× real time`, or that it does not keep up with speech.
pub fn speed(speed: &Speed) -> Option<String> {
    let times = times(speed)?;
    Some(if speed.x() < 1.0 { texts::speed_slower(times) } else { texts::speed_real_time(times) })
}

/// How a speed was come by: `60 s of speech took 3.8 s (RTF 0.064)`.
pub fn speed_detail(speed: &Speed) -> String {
    let Speed { audio_s, processing_s } = *speed;
    let rtf = processing_s / audio_s;
    texts::speed_detail(seconds(audio_s), brief(processing_s), texts::decimal(rtf, 3))
}

/// Seconds, or milliseconds of what took less than one.
fn brief(s: f64) -> String {
    if s < 0.9995 { texts::milliseconds((s * 1000.0).round().max(1.0) as u64) } else { seconds(s) }
}

fn seconds(s: f64) -> String {
    let digits = usize::from(s < 59.95 && (s - s.round()).abs() >= 0.05);
    texts::seconds(texts::decimal(s, digits))
}

/// What to put where, for somebody who has no model yet.
pub fn where_models_go() -> String {
    let folder =
        models_folder().map_or_else(|| texts::model_folder_unknown().into(), |folder| from_home(&folder));
    texts::model_where(folder)
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
        DictationView::Idle | DictationView::Delivering => texts::record().into(),
        DictationView::Arming => texts::record_opening().into(),
        DictationView::Recording { elapsed, .. } => texts::record_stop(clock(*elapsed)),
        DictationView::Finishing { .. } => texts::record_finishing().into(),
    }
}

/// How far a file is, in one line.
pub fn file_state(state: &FileState) -> String {
    match state {
        FileState::Waiting => texts::file_waiting().into(),
        FileState::Running { progress, left: time, speed } => {
            let parts = [Some(percent(*progress)), time.map(left), speed.as_ref().and_then(times)];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
        }
        FileState::Done { speed: measured, edited } => {
            let speed = measured.as_ref().and_then(speed).unwrap_or_else(|| texts::file_done().into());
            if *edited { texts::file_edited(speed) } else { speed }
        }
        FileState::Failed { message } => message.to_string(),
        FileState::Cancelled => texts::file_cancelled().into(),
        FileState::Interrupted => texts::file_not_yet().into(),
    }
}
