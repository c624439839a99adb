//! Clips inside the binary.

use hark_engine::dims::SAMPLE_RATE_HZ;
use std::io::Cursor;

/// "Please restart the software and check the database."
const RESTART: &[u8] = include_bytes!("../../assets/demo/samples/short04.wav");
/// "The ticket to Rome costs $250."
const TICKET: &[u8] = include_bytes!("../../assets/demo/samples/short18.wav");
/// "The empty laptop from Sydney arrived on August 9th."
const LAPTOP: &[u8] = include_bytes!("../../assets/demo/samples/short10.wav");
/// The clip of the first start, as a file.
pub const DEMO: &[u8] = RESTART;
/// Between two sentences.
const PAUSE: usize = 3 * SAMPLE_RATE_HZ / 10;

/// The clip of the first start, 16 kHz: one sentence.
///
/// # Errors
/// Never, unless the binary is damaged.
pub fn demo_clip() -> Result<Vec<f32>, String> {
    samples(RESTART)
}

/// What precisions are proved with, 16 kHz: words, a sum, a date and pauses, in less than 12 s.
///
/// # Errors
/// As [`demo_clip`].
pub fn proof_clip() -> Result<Vec<f32>, String> {
    let mut clip = Vec::new();
    for sentence in [RESTART, TICKET, LAPTOP] {
        clip.extend(samples(sentence)?);
        clip.resize(clip.len() + PAUSE, 0.0);
    }
    Ok(clip)
}

/// Every clip with what is said in it.
///
/// # Errors
/// As [`demo_clip`].
pub fn clips() -> Result<[(&'static str, Vec<f32>); 3], String> {
    Ok([
        ("Please restart the software and check the database.", samples(RESTART)?),
        ("The ticket to Rome costs $250.", samples(TICKET)?),
        ("The empty laptop from Sydney arrived on August 9th.", samples(LAPTOP)?),
    ])
}

fn samples(wav: &[u8]) -> Result<Vec<f32>, String> {
    let mut reader = hound::WavReader::new(Cursor::new(wav)).map_err(|e| e.to_string())?;
    let values = reader.samples::<i16>().map(|v| v.map(|v| f32::from(v) / 32_768.0));
    values.collect::<Result<_, _>>().map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_clip_is_16_khz_and_not_silent() {
        let clip = demo_clip().unwrap();
        assert_eq!(clip.len(), (98_566 - 44) / 2);
        assert!(clip.iter().any(|s| s.abs() > 0.1));
    }

    #[test]
    fn the_clip_for_proofs_has_all_its_sentences_and_is_short() {
        let clip = proof_clip().unwrap();
        let expected = (98_566 + 126_270 + 116_962 - 3 * 44) / 2 + 3 * PAUSE;
        assert_eq!(clip.len(), expected);
        assert!(clip.len() < 12 * SAMPLE_RATE_HZ);
    }
}
