//! A transcript as a file of the chosen format.

use super::command::SaveFormat;
use super::transcription::Finished;
use crate::export::{self, Details};
use hark_engine::transcribe::Options;
use std::path::Path;

/// What to write. `file` is the recording, if it is one.
///
/// # Errors
/// If the format cannot hold the transcript.
pub fn contents(finished: &Finished, file: Option<&Path>, format: SaveFormat) -> Result<String, String> {
    let Finished { transcript, timings, model, backend, standing, npu, .. } = finished;
    Ok(match format {
        SaveFormat::Txt => export::txt(transcript, false),
        SaveFormat::Srt => export::srt(transcript),
        SaveFormat::Vtt => export::vtt(transcript),
        SaveFormat::Json => {
            let name = file.and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
            let file = name.as_deref().unwrap_or_default();
            let options = &Options::default();
            let npu = npu.as_deref();
            let details = Details { file, model, backend, standing, npu, timings, load: None, options };
            export::json(transcript, &details).map_err(|e| e.to_string())?
        }
    })
}
