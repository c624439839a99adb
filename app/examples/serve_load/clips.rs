//! What is sent: sentences of the demo's samples, cut to 1, 5 and 30 s, and what `hark transcribe` hears in them.

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use std::io::Cursor;
use std::path::Path;
use std::process::Command;

const RATE: u32 = 16_000;
/// Seconds of each class.
pub const CLASSES: [usize; 3] = [1, 5, 30];
/// Different clips of each class.
const OF_EACH: usize = 4;
/// Samples that clips are made of, one after the other from different beginnings.
const NAMES: [&str; 11] = [
    "short01", "short02", "short03", "short04", "short05", "multi01", "short06", "multi02", "short07",
    "short08", "multi03",
];

pub struct Clip {
    /// Seconds.
    pub length: usize,
    /// A WAV file.
    pub wav: Vec<u8>,
    /// The right text, its words with one space between them.
    pub text: String,
}

/// Makes the clips and has them transcribed.
pub fn make(hark: &Path, model: &str) -> Result<Vec<Clip>, String> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/demo/samples");
    let mut all = Vec::new();
    for name in NAMES {
        let path = samples.join(format!("{name}.wav"));
        let mut reader = WavReader::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let values: Result<Vec<i16>, _> = reader.samples().collect();
        all.push(values.map_err(|error| format!("{}: {error}", path.display()))?);
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut clips = Vec::new();
    for length in CLASSES {
        for number in 0..OF_EACH {
            let from = all.iter().cycle().skip(number * 2).take(all.len()).flatten();
            let wav = wav(from.take(length * RATE as usize))?;
            let path = folder.path().join("clip.wav");
            std::fs::write(&path, &wav).map_err(|error| error.to_string())?;
            clips.push(Clip { length, wav, text: transcribed(hark, model, &path)? });
        }
    }
    Ok(clips)
}

fn wav<'a>(samples: impl Iterator<Item = &'a i16>) -> Result<Vec<u8>, String> {
    let spec =
        WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).map_err(|error| error.to_string())?;
    for sample in samples {
        writer.write_sample(*sample).map_err(|error| error.to_string())?;
    }
    writer.finalize().map_err(|error| error.to_string())?;
    Ok(bytes.into_inner())
}

fn transcribed(hark: &Path, model: &str, clip: &Path) -> Result<String, String> {
    let output = Command::new(hark)
        .args(["transcribe", "--model", model])
        .arg(clip)
        .output()
        .map_err(|error| format!("{}: {error}", hark.display()))?;
    if !output.status.success() {
        return Err(format!("hark transcribe failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(words(&String::from_utf8_lossy(&output.stdout)))
}

/// A text's words with one space between them.
pub fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
