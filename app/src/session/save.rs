//! Transcripts as files of the chosen format, one or all of them.

use super::banners::Topic;
use super::lookups::Found;
use super::snapshot::FileId;
use super::state::Session;
use super::transcription::Finished;
use crate::delivery::save_beside;
use crate::export::{self, Details, Format, LineRules};
use crate::kept_files::Folder;
use crate::text::reason;
use crate::texts;
use hark_engine::transcribe::Options;
use std::path::{Path, PathBuf};

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

impl Session {
    /// Writes every text into a folder, on a thread of its own.
    pub(super) fn save_all(&mut self, format: Format, folder: PathBuf) {
        let (texts, kept) = (self.files.texts(), self.setup.kept_files.clone());
        self.outbox.lookups.ask(move || {
            let (mut saved, mut problem) = (0, None);
            for (id, path, here) in texts {
                match save_one(&folder, format, &path, here.map_or_else(|| read(kept.as_ref(), id), Ok)) {
                    Ok(()) => saved += 1,
                    Err(why) => problem = problem.or(Some(format!("{}: {why}", path.display()))),
                }
            }
            Found::SavedAll { folder, saved, problem }
        });
    }

    pub(super) fn has_saved_all(&mut self, folder: &Path, saved: usize, problem: Option<String>) {
        let text = texts::say_saved_all(saved, folder.display().to_string());
        match problem {
            None => self.banners.inform(Topic::File, text),
            Some(problem) => {
                self.banners.warn(Topic::File, [text, texts::say_not_all_saved(problem)].join(" "))
            }
        }
    }
}

fn read(kept: Option<&Folder>, id: FileId) -> Result<Finished, String> {
    kept.ok_or("it was not kept")?.read_text(id).map(Finished::from_kept)
}

fn save_one(
    folder: &Path,
    format: Format,
    path: &Path,
    text: Result<Finished, String>,
) -> Result<(), String> {
    let contents = contents(&text?, Some(path), format)?;
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    save_beside(folder, stem, format.ending(), contents.as_bytes()).map(drop).map_err(|error| reason(&error))
}
