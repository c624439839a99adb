//! The report as text.

use super::changes::Changes;
use super::encoder::{EncoderTimes, LaunchTimes, MODELS};
use super::operation::{Bound, Machine, Times};
use super::others::judge;
use super::points::{Purpose, What};
use super::streams::{STREAMS, most_windows, served};
use crate::constants::Constants;
use crate::design::encoder::{PROFILES, ProgramError};
use crate::plan::Shape;
use crate::txn::{Device, Generation};
use std::fmt::Write as _;

/// What stands above all figures.
pub const SIMULATED: &str = "All figures are simulated: they come from a model of times, made of numbers that others \
measured.\nNone was measured on an NPU, and what the host does is not in them.\n";

/// The devices that are reported, with all of their columns.
pub const DEVICES: [Device; 2] = [Device::npu1(4), Device::npu2(8)];

/// Windows whose times are reported.
const WINDOWS: [usize; 3] = [1, 4, 8];

/// What people call a generation.
pub const fn name(generation: Generation) -> &'static str {
    match generation {
        Generation::Npu1 => "XDNA1",
        Generation::Npu2 => "XDNA2",
    }
}

const SECONDS_PER_POSITION: f64 = 0.02;
const MS: f64 = 1e3;
const MB: f64 = 1e-6;

// Writing to a string cannot fail.

/// All models on both devices, with all and with fewer columns; what the model is made of, and how good it is.
///
/// # Errors
/// If no program can be made for one of them.
pub fn overview() -> Result<String, ProgramError> {
    let mut text = SIMULATED.to_owned();
    let _ = writeln!(
        text,
        "\nEncoder of {} s, simulated: layer and encoder in ms, for 1, 4 and 8 windows in lists of at most 64 runs",
        super::encoder::WINDOW
    );
    let _ = writeln!(
        text,
        "{:<6} {:<6} {:>7} {:>7} {:>8} {:>9} {:>9} {:>8} {:>7} {:>5}  bound by",
        "model", "device", "columns", "layer", "1", "4", "8", "× real", "MB", "use"
    );
    for (model, shape) in MODELS {
        for device in DEVICES {
            summary(&mut text, model, &EncoderTimes::new(&Machine::new(device), &shape)?);
        }
    }
    columns(&mut text)?;
    positions(&mut text)?;
    clocks(&mut text)?;
    streams(&mut text)?;
    changes(&mut text)?;
    judged(&mut text);
    constants(&mut text);
    Ok(text)
}

fn summary(text: &mut String, model: &str, encoder: &EncoderTimes) {
    let device = &encoder.machine.device;
    let [one, four, eight] = WINDOWS.map(|windows| encoder.windows(windows) * MS);
    let _ = writeln!(
        text,
        "{model:<6} {:<6} {:>7} {:>7.2} {one:>8.1} {four:>9.1} {eight:>9.1} {:>8.0} {:>7.0} {:>4.0}%  {}",
        name(device.generation),
        device.columns,
        encoder.layer().map_or(0.0, LaunchTimes::total) * MS,
        encoder.real_time(1),
        encoder.sum(|times| times.read + times.written) * MB,
        encoder.in_use() * 100.0,
        bounds(encoder)
    );
}

/// What a share of the time waits for, the most first.
fn bounds(encoder: &EncoderTimes) -> String {
    let all = encoder.sum(|times| times.total);
    let mut shares: Vec<(f64, Bound)> =
        Bound::ALL.into_iter().map(|bound| (encoder.bound_by(bound) / all, bound)).collect();
    shares.sort_by(|a, b| b.0.total_cmp(&a.0));
    let shown = shares.iter().filter(|(share, _)| *share >= 0.005);
    let shown: Vec<String> =
        shown.map(|(share, bound)| format!("{} {:.0}%", bound.name(), share * 100.0)).collect();
    shown.join(", ")
}

fn columns(text: &mut String) -> Result<(), ProgramError> {
    let _ = writeln!(text, "\nWith fewer columns, simulated: ms of an encoder for one window");
    for device in DEVICES {
        let _ = write!(text, "{:<6} columns", name(device.generation));
        (1..=device.columns).for_each(|columns| {
            let _ = write!(text, " {columns:>8}");
        });
        text.push('\n');
        for (model, shape) in MODELS {
            let _ = write!(text, "       {model:<7}");
            for columns in 1..=device.columns {
                let machine = Machine::new(Device { columns, ..device });
                let _ = write!(text, " {:>8.1}", EncoderTimes::new(&machine, &shape)?.windows(1) * MS);
            }
            text.push('\n');
        }
    }
    Ok(())
}

fn positions(text: &mut String) -> Result<(), ProgramError> {
    let _ = writeln!(text, "\nOf shorter clips, simulated: ms of an encoder for one window");
    for device in DEVICES {
        let _ = write!(text, "{:<6} seconds", name(device.generation));
        PROFILES.iter().for_each(|&positions| {
            let _ = write!(text, " {:>8.2}", positions as f64 * SECONDS_PER_POSITION);
        });
        text.push('\n');
        for (model, shape) in MODELS {
            let _ = write!(text, "       {model:<7}");
            for positions in PROFILES {
                let encoder = EncoderTimes::new(&Machine::new(device), &Shape { positions, ..shape })?;
                let _ = write!(text, " {:>8.1}", encoder.windows(1) * MS);
            }
            text.push('\n');
        }
    }
    Ok(())
}

/// Cycles per second that drivers' tables have.
const CLOCKS: [(Device, [f64; 4]); 2] =
    [(DEVICES[0], [0.8e9, 1.0e9, 1.3e9, 1.6e9]), (DEVICES[1], [0.8e9, 1.3e9, 1.6e9, 1.8e9])];

fn clocks(text: &mut String) -> Result<(), ProgramError> {
    let _ = writeln!(text, "\nAt other clocks, simulated: ms of an encoder for one window");
    for (device, clocks) in CLOCKS {
        let _ = write!(text, "{:<6} GHz    ", name(device.generation));
        clocks.iter().for_each(|clock| {
            let _ = write!(text, " {:>8.1}", clock / 1e9);
        });
        text.push('\n');
        for (model, shape) in MODELS {
            let _ = write!(text, "       {model:<7}");
            for clock in clocks {
                let mut machine = Machine::new(device);
                machine.constants.clock.value = clock;
                let _ = write!(text, " {:>8.1}", EncoderTimes::new(&machine, &shape)?.windows(1) * MS);
            }
            text.push('\n');
        }
    }
    Ok(())
}

/// Several at once: in lists as long as can be, and each in a list of its own.
fn streams(text: &mut String) -> Result<(), ProgramError> {
    let _ = writeln!(
        text,
        "\nMany streams, simulated: each has a window of 30 s at once and sends its next when it has this one's states;\n\
         ms until states come, the first, in the mean, the last; 'in turn' with a list of runs for each window"
    );
    for device in DEVICES {
        for (model, shape) in MODELS {
            let encoder = EncoderTimes::new(&Machine::new(device), &shape)?;
            let most = most_windows(&encoder);
            let _ = writeln!(
                text,
                "{:<6} {model:<6} {:>7} {:>9} {:>8} {:>9} {:>9} {:>9} {:>9} {:>14} {:>12}",
                name(device.generation),
                "streams",
                "per list",
                "× real",
                "windows/s",
                "first",
                "mean",
                "last",
                "mean in turn",
                "busy at 1×"
            );
            for streams in STREAMS {
                let (these, apart) = (served(&encoder, streams, most), served(&encoder, streams, 1));
                let [first, mean, last] = these.waits.map(|seconds| seconds * MS);
                let _ = writeln!(
                    text,
                    "              {streams:>7} {:>9} {:>8.0} {:>9.1} {first:>9.1} {mean:>9.1} {last:>9.1} \
                     {:>14.1} {:>11.1}%",
                    these.windows,
                    these.rate * super::encoder::WINDOW,
                    these.rate,
                    apart.waits[1] * MS,
                    these.busy * 100.0
                );
            }
        }
    }
    Ok(())
}

/// What each change to the design would bring, one by one and all together.
pub const CHANGES: [(&str, Changes); 9] = [
    ("products reach 0.8 of the peak", Changes { slow_products: true, ..Changes::NONE }),
    ("A's panels stay in memory tiles", Changes { resident_a: true, ..Changes::NONE }),
    ("B's tiles stay in memory tiles", Changes { resident_b: true, ..Changes::NONE }),
    ("residuals are added in the cores", Changes { added_residual: true, ..Changes::NONE }),
    ("what goes out is taken late", Changes { late_c: true, ..Changes::NONE }),
    ("orders while tiles still go out", Changes { early_orders: true, ..Changes::NONE }),
    ("exponentials in half the cycles", Changes { fast_exponentials: true, ..Changes::NONE }),
    ("norm and GELU in half the cycles", Changes { fast_epilogue: true, ..Changes::NONE }),
    (
        "all but the first",
        Changes {
            resident_a: true,
            resident_b: true,
            added_residual: true,
            late_c: true,
            early_orders: true,
            slow_products: false,
            fast_exponentials: true,
            fast_epilogue: true,
        },
    ),
];

fn changes(text: &mut String) -> Result<(), ProgramError> {
    let _ = writeln!(
        text,
        "\nWhat changes to the design would bring, simulated: ms of an encoder for one window"
    );
    let _ = write!(text, "{:<34}", "");
    let machines = DEVICES.map(Machine::new);
    for (model, _) in MODELS {
        for device in DEVICES {
            let _ = write!(text, " {:>12}", format!("{model} {}", name(device.generation)));
        }
    }
    text.push('\n');
    let as_is = [("as it is", Changes::NONE)];
    for (what, changes) in as_is.iter().chain(&CHANGES) {
        let _ = write!(text, "{what:<34}");
        for (_, shape) in MODELS {
            for machine in machines {
                let encoder = EncoderTimes::new(&machine.with(*changes), &shape)?;
                let _ = write!(text, " {:>12.1}", encoder.windows(1) * MS);
            }
        }
        text.push('\n');
    }
    Ok(())
}

fn judged(text: &mut String) {
    let _ = writeln!(text, "\nWhat the model says of what others measured");
    for (purpose, title) in [
        (Purpose::Judging, "for judging, not looked at when constants were chosen"),
        (Purpose::Calibration, "for calibration"),
    ] {
        let _ = writeln!(
            text,
            " {title}\n  {:<40} {:>10} {:>10} {:>6}  source",
            "", "measured", "model", "error"
        );
        for judged in judge(purpose) {
            let point = judged.point;
            let (what, factor) = described(&point.what);
            let _ = writeln!(
                text,
                "  {what:<40} {:>10.4} {:>10.4} {:>+5.0}%  {}",
                point.measured * factor,
                judged.modelled * factor,
                judged.error() * 100.0,
                point.source
            );
        }
    }
}

/// What ran and the unit, and how many of the unit are one of the point's.
fn described(what: &What) -> (String, f64) {
    let device = |second: bool| name(if second { Generation::Npu2 } else { Generation::Npu1 });
    let times = |sides: [u32; 3]| sides.map(|side| side.to_string()).join("×");
    match *what {
        What::Product(product) => {
            (format!("product {} in {}, ms", times(product.shape), times(product.tile)), 1e3)
        }
        What::Peak { tile, .. } => (format!("peak with tiles of {}, %", times(tile)), 1e2),
        What::Core { tile } => (format!("core's product of {}, cycles", times(tile)), 1.0),
        What::Best => ("peak of the best product, %".into(), 1e2),
        What::Launch { second } => (format!("launch on {}, µs", device(second)), 1e6),
        What::List { second, runs: 0 } => (format!("one of many runs on {}, µs", device(second)), 1e6),
        What::List { second, runs } => (format!("run in lists of {runs} on {}, µs", device(second)), 1e6),
        What::Memory => ("memory on XDNA2, GB/s".into(), 1e-9),
        What::Gap { reads: true } => ("between tasks that read, cycles".into(), 1.0),
        What::Gap { reads: false } => ("between tasks that write, cycles".into(), 1.0),
    }
}

fn constants(text: &mut String) {
    for (device, constants) in [("XDNA1", Constants::XDNA1), ("XDNA2", Constants::XDNA2)] {
        let _ = writeln!(text, "\nWhat the model of {device} is made of");
        for (what, known, unit, of) in constants.table() {
            let value = known.value / unit;
            let _ = writeln!(
                text,
                "  {what:<26} {value:>8.2} {of:<12} {:<9} {}",
                known.evidence.name(),
                known.source
            );
        }
    }
}

/// One model on both devices, operation by operation.
///
/// # Errors
/// If no program can be made for it.
pub fn details(model: &str, shape: &Shape) -> Result<String, ProgramError> {
    let mut text = SIMULATED.to_owned();
    for device in DEVICES {
        let encoder = EncoderTimes::new(&Machine::new(device), shape)?;
        detail(&mut text, model, &encoder);
    }
    Ok(text)
}

fn detail(text: &mut String, model: &str, encoder: &EncoderTimes) {
    let machine = &encoder.machine;
    let _ = writeln!(
        text,
        "\n{model} on {}, {} columns at {:.1} GHz, one window, simulated: ms",
        name(machine.device.generation),
        machine.device.columns,
        machine.constants.clock.value / 1e9
    );
    let _ = write!(text, "{:<12} {:>8} {:>7}", "", "total", "edges");
    for bound in Bound::ALL {
        let _ = write!(text, " {:>9}", bound.name());
    }
    let _ = writeln!(text, " {:>8} {:>5}  bound", "MB", "use");
    let shown = encoder.launches.first().into_iter().chain(encoder.layer()).chain(encoder.launches.last());
    for launch in shown {
        for (operation, times) in &launch.operations {
            line(text, &format!("  {}", operation.name), times, machine);
        }
        launch_line(text, launch, encoder);
    }
    let _ =
        writeln!(text, "{:<12} {:>8.3} {} runs", "encoder", encoder.windows(1) * MS, encoder.launches.len());
    for windows in WINDOWS {
        let _ = writeln!(
            text,
            "  {windows} window{}: {:.1} ms, {:.0} × real time",
            if windows == 1 { "" } else { "s" },
            encoder.windows(windows) * MS,
            encoder.real_time(windows)
        );
    }
}

fn line(text: &mut String, what: &str, times: &Times, machine: &Machine) {
    let _ = write!(text, "{what:<12} {:>8.3} {:>7.3}", times.total * MS, times.edges * MS);
    for busy in times.busy {
        let _ = write!(text, " {:>9.3}", busy * MS);
    }
    let in_use = times.products / (machine.peak() * times.total);
    let _ = writeln!(
        text,
        " {:>8.1} {:>4.0}%  {}",
        (times.read + times.written) * MB,
        in_use * 100.0,
        times.bound().name()
    );
}

fn launch_line(text: &mut String, launch: &LaunchTimes, encoder: &EncoderTimes) {
    let alike = encoder.launches.iter().filter(|other| other.operations == launch.operations).count();
    let _ = write!(
        text,
        "{:<12} {:>8.3} {:>7.3}",
        launch.name,
        launch.total() * MS,
        launch.sum(|t| t.edges) * MS
    );
    for index in 0..Bound::ALL.len() {
        let _ = write!(text, " {:>9.3}", launch.sum(|times| times.busy[index]) * MS);
    }
    let bytes = launch.sum(|times| times.read + times.written) * MB;
    let _ = writeln!(
        text,
        " {bytes:>8.1}        of it {:.3} to be a run{}",
        launch.listed * MS,
        if alike > 1 { format!("; there are {alike}") } else { String::new() }
    );
}
