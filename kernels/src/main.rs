//! Looks into the NPU's design, and into instruction streams.

use hark_kernels::{cost, design, txn};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

const USAGE: &str = "hark-kernels disasm FILE     shows an instruction stream
hark-kernels compare A B     shows the words in which two streams differ
hark-kernels design DEVICE   shows what the resident design uses of npu1 or npu2
hark-kernels report [MODEL…] [--svg FILE]
                             shows how long an encoder would take, simulated, and draws the design and a layer
hark-kernels goldens         makes the public streams again: name, words, SHA-256

A file has a stream's words as little-endian bytes, or as text, one word of hex digits a line.
";

/// Lines of a comparison that are shown.
const SHOWN: usize = 40;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match *arguments {
        ["disasm", file] => disasm(file).map(|text| (text, true)),
        ["compare", first, second] => compare(first, second),
        ["design", device] => design(device).map(|text| (text, true)),
        ["report", ref rest @ ..] => report(rest).map(|text| (text, true)),
        ["goldens"] => goldens(),
        ["help" | "--help" | "-h"] => Ok((USAGE.to_owned(), true)),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok((text, well)) => {
            // Whoever reads may have stopped, as `head` does.
            let _ = std::io::stdout().write_all(text.as_bytes());
            if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "{}", message.trim_end());
            ExitCode::from(2)
        }
    }
}

/// All columns of a device, by its name.
fn device(name: &str) -> Result<txn::Device, String> {
    match name {
        "npu1" => Ok(txn::Device::npu1(4)),
        "npu2" => Ok(txn::Device::npu2(8)),
        other => Err(format!("there is no device {other}: npu1 or npu2")),
    }
}

fn design(name: &str) -> Result<String, String> {
    let report = design::resident(device(name)?).check().map_err(|e| e.to_string())?;
    Ok(report.to_string())
}

/// Of all models in short, or of some operation by operation.
fn report(arguments: &[&str]) -> Result<String, String> {
    let (models, drawing) = match *arguments {
        [ref models @ .., "--svg", file] => (models, Some(file)),
        [] => return cost::table::overview().map_err(|e| e.to_string()),
        ref models => (models, None),
    };
    let mut text = String::new();
    let mut shown = Vec::new();
    for name in models {
        let known = cost::encoder::MODELS.iter().find(|(known, _)| known == name);
        let (name, shape) =
            known.ok_or_else(|| format!("there is no model {name}: tiny, base, small, turbo"))?;
        text.push_str(&cost::table::details(name, shape).map_err(|e| e.to_string())?);
        shown.push((*name, *shape));
    }
    if let Some(file) = drawing {
        // Without a model, the one that most people use.
        let (name, shape) = shown.first().copied().unwrap_or(cost::encoder::MODELS[1]);
        let drawing = cost::draw::report(name, &shape).map_err(|e| e.to_string())?;
        std::fs::write(file, drawing).map_err(|e| format!("{file}: {e}"))?;
    }
    Ok(text)
}

fn words(file: &str) -> Result<Vec<u32>, String> {
    let bytes = std::fs::read(file).map_err(|e| format!("{file}: {e}"))?;
    txn::from_file(&bytes).map_err(|e| format!("{file}: {e}"))
}

fn disasm(file: &str) -> Result<String, String> {
    let stream = txn::decode(&words(file)?).map_err(|e| format!("{file}: {e}"))?;
    Ok(txn::disasm(&stream))
}

fn compare(first: &str, second: &str) -> Result<(String, bool), String> {
    let (first, second) = (words(first)?, words(second)?);
    let differences = txn::compare(&first, &second);
    let mut text = String::new();
    let word = |word: Option<u32>| word.map_or("        ".into(), |word| format!("{word:08x}"));
    for difference in differences.iter().take(SHOWN) {
        let of = difference.instruction.as_deref().unwrap_or_default().trim_start();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "word {}: {} {}  in {of}",
            difference.at,
            word(difference.first),
            word(difference.second)
        );
    }
    let (lengths, count) = (format!("{} and {} words", first.len(), second.len()), differences.len());
    let _ = match count {
        0 => writeln!(text, "identical: {lengths}, sha256 {}", txn::sha256(&first)),
        _ => writeln!(text, "{count} words differ: {lengths}"),
    };
    Ok((text, count == 0))
}

fn goldens() -> Result<(String, bool), String> {
    let (mut text, mut well) = (String::new(), true);
    for golden in &txn::GOLDENS {
        let stream = golden.stream().map_err(|e| format!("{}: {e}", golden.name))?;
        let words = txn::encode(&stream);
        let hash = txn::sha256(&words);
        let same = words.len() == golden.words && hash == golden.sha256;
        well &= same;
        let verdict = if same { "identical to" } else { "DIFFERS from" };
        let _ = writeln!(
            text,
            "{:<10} {:5} words  {hash}  {verdict} {}",
            golden.name,
            words.len(),
            golden.source
        );
    }
    Ok((text, well))
}
