//! A transcript as a file of the chosen format.

use super::transcription::Finished;
use crate::export::{self, Details, Format, LineRules};
use hark_engine::transcribe::Options;
use std::path::Path;

/// What to write. `file` is the recording, if it is one.
///
/// # Errors
/// If the format cannot hold the transcript.
pub fn contents(finished: &Finished, file: Option<&Path>, format: Format) -> Result<String, String> {
    let Finished { timings, model, backend, standing, npu, .. } = finished;
    let transcript = &finished.as_edited();
    Ok(match format {
        Format::Txt => export::txt(transcript, false),
        Format::Srt => export::srt(transcript, &LineRules::default()),
        Format::Vtt => export::vtt(transcript, &LineRules::default()),
        Format::Csv => export::csv(transcript),
        Format::Md => {
            let title = file.and_then(Path::file_stem).map(|stem| stem.to_string_lossy());
            export::md(transcript, title.as_deref().unwrap_or_default())
        }
        Format::Json => {
            let name = file.and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
            let file = name.as_deref().unwrap_or_default();
            let options = &Options::default();
            let npu = npu.as_deref();
            let details = Details { file, model, backend, standing, npu, timings, load: None, options };
            export::json(transcript, &details).map_err(|e| e.to_string())?
        }
    })
}
