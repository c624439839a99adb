//! Verdicts on measurements that were made up: no clock has a part in them.

use super::super::file::Identity;
use super::super::measured::Best;
use super::*;
use hark_engine::encoder::{BackendKind, Precision};

const NAMES: [&str; 3] = ["peak_rss_mb", "encoder_ms", "window_total_ms"];

/// Measurements with these shares, on a machine that is `speed` times as fast.
fn measured(shares: [f64; 3], wrong: usize, speed: f64) -> Measured {
    let best = |(name, share): (&str, f64)| {
        let value = Figure { median: 10.0 / share / speed, spread: 0.1, n: 5 };
        (name.to_owned(), Best { value, share, spread: 0.0 })
    };
    Measured {
        backend: BackendKind::Cpu,
        cpu: Some("a CPU".into()),
        features: vec!["avx2".into(), "fma".into()],
        rounds: 3,
        others: Some(0.01),
        peaks: [("int8_peak_gops".into(), 100.0 * speed)].into(),
        figures: NAMES.into_iter().zip(shares).map(best).collect(),
        accuracy: Accuracy { wrong, words: 69 },
    }
}

const SHARES: [f64; 3] = [0.9, 0.5, 0.4];

fn identity() -> Identity {
    Identity { model: "demo".into(), precision: Precision::Int8, threads: 2, tokens: 64 }
}

fn kept() -> Baseline {
    Baseline::new(identity(), measured(SHARES, 3, 1.0))
}

#[test]
fn the_same_again_is_no_regression_on_a_faster_machine_either() {
    for speed in [0.1, 1.0, 7.0] {
        let comparison = Comparison::of(&kept(), &measured([0.86, 0.46, 0.37], 4, speed));
        assert!(!comparison.is_worse(), "{comparison:?}");
        assert!(comparison.figures.iter().all(|line| line.verdict == Verdict::Same));
        assert_eq!(comparison.figures.len(), 3);
    }
}

#[test]
fn each_figure_raises_the_alarm_by_itself() {
    for place in 0..3 {
        let mut shares = SHARES;
        shares[place] *= 0.7;
        let comparison = Comparison::of(&kept(), &measured(shares, 3, 1.0));
        let worse: Vec<_> = comparison.figures.iter().filter(|line| line.verdict == Verdict::Worse).collect();
        assert!(comparison.is_worse() && worse.len() == 1, "{comparison:?}");
        assert_eq!(worse[0].name, NAMES[place]);
        assert!(comparison.table().contains("WORSE"));
    }
    let comparison = Comparison::of(&kept(), &measured(SHARES, 5, 1.0));
    assert_eq!((comparison.words_are, comparison.is_worse()), (Verdict::Worse, true));
    assert!(!Comparison::of(&kept(), &measured(SHARES, 4, 1.0)).is_worse(), "one word");
}

#[test]
fn what_differed_all_along_is_noise_up_to_a_half() {
    let mut old = kept();
    old.measured.figures.get_mut("encoder_ms").unwrap().spread = 0.4;
    let verdict = |share| {
        let lines = Comparison::of(&old, &measured([0.9, share, 0.4], 3, 1.0)).figures;
        lines.into_iter().find(|line| line.name == "encoder_ms").unwrap().verdict
    };
    let verdicts = [0.45, 0.3, 0.24, 0.7].map(verdict);
    assert_eq!(verdicts, [Verdict::Same, Verdict::WithinNoise, Verdict::Worse, Verdict::Better]);
}

#[test]
fn other_instructions_say_nothing_of_speeds_and_all_of_memory_and_words() {
    let compare = |backend, features: &[&str], measured: Measured| {
        let features = features.iter().map(|feature| (*feature).to_owned()).collect();
        Comparison::of(&kept(), &Measured { backend, features, ..measured })
    };
    let slow = || measured([0.9, 0.1, 0.1], 3, 1.0);
    let (cpu, same, other) = (BackendKind::Cpu, ["avx2", "fma"], ["avx512"]);
    let comparison = compare(cpu, &other, slow());
    assert!(!comparison.is_worse() && comparison.table().contains("not judged: the CPU has other"));
    assert!(!compare(BackendKind::Npu, &same, slow()).is_worse());
    assert!(compare(cpu, &other, measured([0.5, 0.5, 0.4], 3, 1.0)).is_worse());
    assert!(compare(BackendKind::Npu, &same, measured(SHARES, 9, 1.0)).is_worse());
}

#[test]
fn a_busy_computer_says_nothing_of_speeds() {
    let slow = || measured([0.9, 0.1, 0.1], 3, 1.0);
    let busy = |measured| Measured { others: Some(0.4), ..measured };
    assert!(Comparison::of(&kept(), &slow()).is_worse());
    assert!(Comparison::of(&kept(), &Measured { others: None, ..slow() }).is_worse());
    let comparison = Comparison::of(&kept(), &busy(slow()));
    assert!(!comparison.is_worse() && comparison.table().contains("not judged: the computer is busy"));
    let old = Baseline::new(identity(), busy(measured(SHARES, 3, 1.0)));
    assert!(!Comparison::of(&old, &slow()).is_worse());
    assert!(Comparison::of(&old, &measured(SHARES, 9, 1.0)).is_worse(), "words stay the same");
}

#[test]
fn a_file_comes_back_as_it_was_and_a_table_fits_a_terminal() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("kept.json");
    kept().write(&path).unwrap();
    kept().write(&path).unwrap();
    assert_eq!(Baseline::read(&path, &identity()).unwrap(), kept());
    let table = Comparison::of(&kept(), &measured([0.86, 0.46, 0.37], 4, 1.0)).table();
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
}
