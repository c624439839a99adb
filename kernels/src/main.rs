//! Looks into the NPU's design, and into instruction streams.

use hark_kernels::design::encoder::Program;
use hark_kernels::plan::Shape;
use hark_kernels::sim::{Speed, Trial};
use hark_kernels::txn::Device;
use hark_kernels::{cost, design, mlir, txn};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

const USAGE: &str = "hark-kernels disasm FILE     shows an instruction stream
hark-kernels compare A B     shows the words in which two streams differ
hark-kernels design DEVICE   shows what the resident design uses of npu1 or npu2
hark-kernels report [SIZE…] [--svg FILE]
                             shows how long an encoder would take by a model of times, and draws the design and a layer
hark-kernels stream SIZE DEVICE LAUNCH [POSITIONS]
                             shows the instructions of a launch of Whisper's encoder, such as base npu1 block.0
hark-kernels simulate SIZE DEVICE [fast]
                             runs Whisper's encoder on the simulated array; fast has rough times
hark-kernels goldens         makes the public streams again: name, words, SHA-256
hark-kernels mlir DEVICE [--columns N]
                             prints the resident design of npu1 or npu2 for the compiler, with a launch
hark-kernels mlir DEVICE --words FILE
                             writes the instructions that the compiler should make of that launch
hark-kernels mlir --check FILE
                             reads such a text as strictly as the compiler, and more so

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
        ["stream", size, device, launch] => stream(size, device, launch, "1500").map(|text| (text, true)),
        ["stream", size, device, launch, positions] => {
            stream(size, device, launch, positions).map(|text| (text, true))
        }
        ["simulate", size, device] => simulate(size, device, Speed::TIMED).map(|text| (text, true)),
        ["simulate", size, device, "fast"] => {
            simulate(size, device, Speed::Functional).map(|text| (text, true))
        }
        ["goldens"] => goldens(),
        ["mlir", "--check", file] => check_text(file),
        ["mlir", name] => device(name).and_then(mlir_text),
        ["mlir", name, "--columns", columns] => {
            device(name).and_then(|device| with_columns(device, columns)).and_then(mlir_text)
        }
        ["mlir", name, "--words", file] => device(name).and_then(|device| reference_words(device, file)),
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
fn device(name: &str) -> Result<Device, String> {
    match name {
        "npu1" => Ok(Device::npu1(4)),
        "npu2" => Ok(Device::npu2(8)),
        other => Err(format!("there is no device {other}: npu1 or npu2")),
    }
}

fn design(name: &str) -> Result<String, String> {
    let report = design::resident(device(name)?).check().map_err(|e| e.to_string())?;
    Ok(report.to_string())
}

/// Whisper's encoders: name, channels, layers, mel bins. Heads have 64 channels each.
const SIZES: [(&str, usize, usize, usize); 7] = [
    ("tiny", 384, 4, 80),
    ("base", 512, 6, 80),
    ("small", 768, 12, 80),
    ("medium", 1024, 24, 80),
    ("large", 1280, 32, 80),
    ("large-v3", 1280, 32, 128),
    ("turbo", 1280, 32, 128),
];

fn shape(size: &str, positions: &str) -> Result<Shape, String> {
    let known = SIZES.iter().find(|known| known.0 == size);
    let names = SIZES.map(|known| known.0).join(", ");
    let &(_, state, layers, mels) = known.ok_or_else(|| format!("there is no size {size}: {names}"))?;
    let positions = positions.parse().map_err(|e| format!("{positions}: {e}"))?;
    Ok(Shape { mels, positions, state, heads: state / 64, layers })
}

/// Of all sizes in short, or of some operation by operation.
fn report(arguments: &[&str]) -> Result<String, String> {
    let (sizes, drawing) = match *arguments {
        [ref sizes @ .., "--svg", file] => (sizes, Some(file)),
        ref sizes => (sizes, None),
    };
    let mut text = String::new();
    if arguments.is_empty() {
        text = cost::table::overview().map_err(|e| e.to_string())?;
    }
    for size in sizes {
        text.push_str(&cost::table::details(size, &shape(size, "1500")?).map_err(|e| e.to_string())?);
    }
    if let Some(file) = drawing {
        let size = sizes.first().unwrap_or(&"base");
        let drawing = cost::draw::report(size, &shape(size, "1500")?).map_err(|e| e.to_string())?;
        std::fs::write(file, drawing).map_err(|e| format!("{file}: {e}"))?;
    }
    Ok(text)
}

fn stream(size: &str, device_name: &str, name: &str, positions: &str) -> Result<String, String> {
    let program =
        Program::encoder(&shape(size, positions)?, device(device_name)?, 1).map_err(|e| e.to_string())?;
    let Some(launch) = program.launches.iter().find(|launch| launch.name == name) else {
        let names: Vec<&str> = program.launches.iter().map(|launch| launch.name.as_str()).collect();
        return Err(format!("there is no launch {name}: {}", names.join(", ")));
    };
    let mut text = String::new();
    for operation in &launch.operations {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<10} {:?}", operation.name, operation.command);
    }
    let stream = launch.stream().map_err(|e| e.to_string())?;
    let _ = writeln!(text, "{} words", txn::encode(&stream).len());
    Ok(text + &txn::disasm(&stream))
}

fn simulate(size: &str, name: &str, speed: Speed) -> Result<String, String> {
    let trial = Trial::run(&shape(size, "1500")?, device(name)?, speed).map_err(|e| e.to_string())?;
    Ok(trial.to_string())
}

fn words(file: &str) -> Result<Vec<u32>, String> {
    let bytes = std::fs::read(file).map_err(|e| format!("{file}: {e}"))?;
    txn::from_file(&bytes).map_err(|e| format!("{file}: {e}"))
}

fn with_columns(device: Device, columns: &str) -> Result<Device, String> {
    let columns = columns.parse().ok().filter(|columns| (1..=device.columns).contains(columns));
    let columns = columns.ok_or_else(|| format!("there are from 1 to {} columns", device.columns))?;
    Ok(Device { columns, ..device })
}

fn mlir_text(device: Device) -> Result<(String, bool), String> {
    let text = mlir::text(&design::resident(device), Some(&mlir::reference(device)));
    text.map(|text| (text, true)).map_err(|e| e.to_string())
}

fn reference_words(device: Device, file: &str) -> Result<(String, bool), String> {
    let stream = mlir::reference(device).emit(&txn::Dialect::OURS).map_err(|e| e.to_string())?;
    let words = txn::encode(&stream);
    std::fs::write(file, txn::to_bytes(&words)).map_err(|e| format!("{file}: {e}"))?;
    Ok((format!("{file}: {} words, sha256 {}\n", words.len(), txn::sha256(&words)), true))
}

/// A text's parts, or what is wrong with it.
fn check_text(file: &str) -> Result<(String, bool), String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
    Ok(match mlir::check::check(&text) {
        Ok(found) => (format!("{file}: {found}\n"), true),
        Err(fault) => (format!("{file}: {fault}\n"), false),
    })
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
