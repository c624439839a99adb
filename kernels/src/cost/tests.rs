use super::encoder::{EncoderTimes, LaunchTimes, MODELS};
use super::operation::{Bound, Machine, Operation};
use super::others::{judge, modelled_with};
use super::points::{POINTS, Purpose, What};
use super::{control, draw, table};
use crate::constants::Constants;
use crate::design::encoder::Program;
use crate::plan::Shape;
use crate::txn::Device;
use std::path::Path;

/// How far the model may be off for what it was not calibrated with, per one.
const BAND: f64 = 0.25;

fn base(device: Device) -> EncoderTimes {
    EncoderTimes::new(&Machine::new(device), &MODELS[1].1).unwrap()
}

/// Squares of the logarithms of how far points for calibration are off.
fn misfit(first: &Constants, second: &Constants, of: impl Fn(&What) -> bool) -> f64 {
    let for_it = POINTS.iter().filter(|point| point.purpose == Purpose::Calibration && of(&point.what));
    for_it.map(|point| (modelled_with(&point.what, first, second) / point.measured).ln().powi(2)).sum()
}

#[test]
fn half_of_the_points_is_for_judging() {
    let count = |purpose| judge(purpose).len();
    let (calibration, judging) = (count(Purpose::Calibration), count(Purpose::Judging));
    assert!(judging >= calibration && calibration >= 10, "{calibration} and {judging}");
}

#[test]
fn what_was_not_calibrated_with_is_within_the_band() {
    for judged in judge(Purpose::Judging) {
        // Of that product the clock is not known, which makes a difference where memory does not.
        let band = if matches!(judged.point.what, What::Peak { .. }) { 0.3 } else { BAND };
        assert!(
            judged.error().abs() <= band,
            "{:?}: {:+.0} % ({})",
            judged.point.what,
            judged.error() * 100.0,
            judged.point.source
        );
    }
}

/// Fitted constants are those that suit the points for calibration best, and no others.
#[test]
fn constants_are_fitted_to_the_points_for_calibration() {
    type Set = fn(&mut Constants, &mut Constants, f64);
    type Of = fn(&What) -> bool;
    let fits: [(Set, Of); 4] = [
        (|first, _, by| first.memory.value *= by, |what| matches!(what, What::Product(_))),
        (|_, second, by| second.memory.value *= by, |what| matches!(what, What::Memory)),
        (|first, _, by| first.list.value *= by, |what| matches!(what, What::List { second: false, .. })),
        (|first, _, by| first.listed.value *= by, |what| matches!(what, What::List { second: false, .. })),
    ];
    for (number, (set, of)) in fits.into_iter().enumerate() {
        let at = |by: f64| {
            let (mut first, mut second) = (Constants::XDNA1, Constants::XDNA2);
            set(&mut first, &mut second, by);
            misfit(&first, &second, of)
        };
        assert!(at(1.0) < at(1.01) && at(1.0) < at(0.99), "fit {number}");
    }
}

/// With numbers of columns that are no powers of two there may be less padding, and so less time.
#[test]
fn half_the_columns_are_never_faster() {
    for (name, shape) in MODELS {
        for all in [Device::npu1(4), Device::npu2(8)] {
            let seconds = |columns| {
                EncoderTimes::new(&Machine::new(Device { columns, ..all }), &shape).unwrap().windows(1)
            };
            for columns in [1, 2, 4].into_iter().filter(|&columns| columns < all.columns) {
                assert!(seconds(columns) >= seconds(2 * columns), "{name}: {columns} columns");
            }
        }
    }
}

#[test]
fn more_windows_take_longer_and_each_a_little_less() {
    for device in [Device::npu1(4), Device::npu2(8)] {
        let encoder = base(device);
        for windows in 1..12 {
            assert!(encoder.windows(windows + 1) > encoder.windows(windows));
            assert!(encoder.windows(windows) <= windows as f64 * encoder.windows(1));
        }
    }
}

#[test]
fn an_encoder_is_its_launches_and_they_are_their_operations() {
    let encoder = base(Device::npu1(4));
    assert_eq!(encoder.launches.len(), 8);
    let operations: f64 = encoder.sum(|times| times.total);
    let constants = &encoder.machine.constants;
    let sum = operations + 8.0 * constants.listed.value + constants.list.value;
    assert!((encoder.windows(1) - sum).abs() < 1e-12);
    let by_bounds: f64 = Bound::ALL.iter().map(|&bound| encoder.bound_by(bound)).sum();
    assert!((by_bounds - operations).abs() < 1e-12);
    for (operation, times) in encoder.launches.iter().flat_map(|launch| &launch.operations) {
        let longest = times.busy.iter().copied().fold(0.0, f64::max);
        assert!(times.total >= longest + times.edges - 1e-12, "{}", operation.name);
    }
}

/// The products of the encoder without padding: four projections, two of the MLP, scores and sums.
#[test]
fn products_are_those_of_the_encoder() {
    let layer = 2.0 * (4.0 * 512.0 * 512.0 + 2.0 * 4.0 * 512.0 * 512.0 + 2.0 * 1500.0 * 512.0) * 1500.0;
    let encoder = base(Device::npu1(4));
    let modelled = 2.0 * encoder.layer().unwrap().sum(|times| times.products);
    // 1536 rows instead of 1500, twice for scores, and residuals as products.
    assert!((1.0..1.15).contains(&(modelled / layer)), "{}", modelled / layer);
}

#[test]
fn reports_say_that_they_are_simulated() {
    let (name, shape) = MODELS[1];
    let drawing = draw::report(name, &shape).unwrap();
    for text in [table::overview().unwrap(), table::details(name, &shape).unwrap()] {
        assert!(text.starts_with("All figures are simulated"));
    }
    assert_eq!(drawing.matches("(simulated)").count(), 2);
}

/// Boxes of a drawing are inside it, and what is opened is closed.
#[test]
fn a_drawing_is_well_formed() {
    for (name, shape) in MODELS {
        let drawing = draw::report(name, &shape).unwrap();
        let number = |text: &str, of: &str| -> f64 {
            let from = text.split(&format!(" {of}=\"")).nth(1).unwrap();
            from.split('"').next().unwrap().parse().unwrap()
        };
        let (width, height) = (number(&drawing, "width"), number(&drawing, "height"));
        let boxes: Vec<&str> =
            drawing.lines().filter(|line| line.starts_with("<rect") && line.contains(" x=")).collect();
        assert!(boxes.len() > 150, "{}", boxes.len());
        for line in boxes {
            let [x, y, w, h] = ["x", "y", "width", "height"].map(|of| number(line, of));
            assert!(x >= 0.0 && y >= 0.0 && w >= 0.0 && x + w <= width && y + h <= height, "{line}");
        }
        for tag in ["text", "title", "style", "svg"] {
            let count = |text: &str| drawing.matches(text).count();
            assert_eq!(
                count(&format!("<{tag}>")) + count(&format!("<{tag} ")),
                count(&format!("</{tag}>")),
                "{tag}"
            );
        }
    }
}

#[test]
fn layers_differ_in_weights_only() {
    for device in [Device::npu1(4), Device::npu2(8)] {
        let program = Program::encoder(&MODELS[1].1, device, 1).unwrap();
        let machine = Machine::new(device);
        let layers: Vec<LaunchTimes> =
            program.launches[1..7].iter().map(|launch| LaunchTimes::new(&machine, launch)).collect();
        assert!(layers.iter().all(|layer| layer.operations == layers[0].operations));
        let encoder = base(device);
        assert_eq!(encoder.launches.len(), program.launches.len());
        assert_eq!(encoder.layer().unwrap(), &layers[0]);
    }
}

/// What commands say that cores take and give is what tasks move.
#[test]
fn bytes_are_those_of_the_tasks() {
    for (_, shape) in MODELS {
        for columns in 1..=4 {
            let program =
                Program::encoder(&Shape { layers: 1, ..shape }, Device { columns, ..Device::npu1(4) }, 1);
            for launch in program.unwrap().launches {
                assert_eq!(control::bytes(&launch), control::bytes_of_commands(&launch), "{}", launch.name);
            }
        }
    }
}

/// Of a layer's operations, those that read what the one before did not make are under way before it ends.
#[test]
fn some_operations_begin_early() {
    let encoder = base(Device::npu1(4));
    let is_early = |operation: &Operation| operation.control.is_early;
    let layer = encoder.layer().unwrap();
    let early: Vec<&str> =
        layer.operations.iter().filter(|(one, _)| is_early(one)).map(|(one, _)| one.name).collect();
    assert_eq!(early, ["key", "value"]);
}

/// Lines of a table are the sums of the lines above them, to the digits that are shown.
#[test]
fn the_lines_of_a_table_add_up() {
    let (name, shape) = MODELS[0];
    let text = table::details(name, &shape).unwrap();
    let columns = |line: &str| -> Vec<f64> {
        line.split_whitespace().skip(1).map_while(|word| word.parse().ok()).collect()
    };
    let (mut sums, mut launches) = (vec![0.0; 9], 0);
    for line in text.lines() {
        let is_launch = ["stem", "block", "ln_post"].iter().any(|launch| line.starts_with(launch));
        let of_it = line.split("of it ").nth(1).map_or(0.0, |rest| columns(&format!("- {rest}"))[0]);
        let numbers = columns(line);
        if is_launch {
            sums[0] += of_it;
            // Half of the last digit for each line, which is the third, and for bytes the first.
            let is_sum = |at: usize| (numbers[at] - sums[at]).abs() < if at < 8 { 0.0045 } else { 0.45 };
            assert!((0..9).all(is_sum), "{line}: {sums:?}");
            (sums, launches) = (vec![0.0; 9], launches + 1);
        } else if line.starts_with("  ") && numbers.len() == 9 {
            sums.iter_mut().zip(&numbers).for_each(|(sum, number)| *sum += number);
        }
    }
    assert_eq!(launches, 6);
}

/// What is kept in `reports/` is what the program says. With `HARK_WRITE_REPORTS` it is written.
#[test]
fn reports_that_are_kept_are_those_of_today() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports");
    let mut reports = vec![("overview.txt".to_owned(), table::overview().unwrap())];
    for (name, shape) in MODELS {
        reports.push((format!("{name}.txt"), table::details(name, &shape).unwrap()));
        reports.push((format!("{name}.svg"), draw::report(name, &shape).unwrap()));
    }
    for (name, text) in reports {
        let file = folder.join(&name);
        if std::env::var_os("HARK_WRITE_REPORTS").is_some() {
            std::fs::write(file, text).unwrap();
        } else {
            let kept = std::fs::read_to_string(file).unwrap();
            assert!(kept == text, "{name}: write it anew with HARK_WRITE_REPORTS=1");
        }
    }
}
