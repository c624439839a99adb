use super::*;
use crate::test_chance::Chance;
use hark_engine::Precision;
use hark_engine::model::ModelSpec;

/// A verdict of which only the outcome matters.
pub fn verdict(precision: Precision, passed: bool) -> Verdict {
    let proof = Proof {
        precision,
        isa: "vnni".into(),
        encoder_worst: if passed { 0.01 } else { 0.5 },
        encoder_mean: 0.005,
        steps: 12,
        disagreements: vec![0.25],
    };
    Verdict { proof, seconds: 1.5, at: 1_700_000_000 }
}

fn open(folder: &Path, isa: &str) -> Verdicts {
    let (verdicts, problem) = Verdicts::open(Some(folder), isa.into());
    assert_eq!(problem, None);
    verdicts
}

fn stamp(name: &str) -> Stamp {
    Stamp::of(&ModelSpec::Formula(name.into())).unwrap()
}

fn unasked() -> String {
    panic!("the fingerprint was asked for")
}

#[test]
fn what_was_found_is_there_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("not yet there");
    let mut verdicts = open(&inside, "vnni");
    assert_eq!(verdicts.about(&stamp("a"), unasked), []);
    verdicts.record("f1", Some(&stamp("a")), verdict(Precision::Int8, false)).unwrap();
    verdicts.record("f1", Some(&stamp("a")), verdict(Precision::Int8Int16, true)).unwrap();
    let both = [verdict(Precision::Int8, false), verdict(Precision::Int8Int16, true)];
    let mut again = open(&inside, "vnni");
    assert_eq!(again.about(&stamp("a"), unasked), both);
    assert_eq!((again.of("f1"), again.of("f2")), (both.into(), vec![]));
    again.record("f1", None, verdict(Precision::Int8, true)).unwrap();
    let newest = [verdict(Precision::Int8Int16, true), verdict(Precision::Int8, true)];
    assert_eq!(open(&inside, "vnni").of("f1"), newest);
}

#[test]
fn another_instruction_set_or_version_knows_nothing() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), "vnni").record("f", Some(&stamp("a")), verdict(Precision::Int8, true)).unwrap();
    assert_eq!(open(folder.path(), "avx2").about(&stamp("a"), unasked), []);
    let path = folder.path().join("verdicts.json");
    let text = fs::read_to_string(&path).unwrap();
    let version = format!("\"hark\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&version), "{text}");
    fs::write(&path, text.replace(&version, "\"hark\": \"0.0.1\"")).unwrap();
    assert_eq!(open(folder.path(), "vnni").about(&stamp("a"), unasked), []);
}

#[test]
fn a_moved_model_is_known_by_its_content_and_then_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        Stamp::of(&ModelSpec::Path(path)).unwrap()
    };
    let (old, new) = (file("old.bin", "weights"), file("new.bin", "weights"));
    let (other, longer) = (file("other.bin", "thgiews"), file("longer.bin", "more weights"));
    let mut verdicts = open(folder.path(), "vnni");
    verdicts.record("f", Some(&old), verdict(Precision::Int8, true)).unwrap();
    assert_eq!(verdicts.about(&longer, unasked), []);
    assert_eq!(verdicts.about(&other, || "g".into()), []);
    assert_eq!(verdicts.about(&new, || "f".into()), [verdict(Precision::Int8, true)]);
    let mut again = open(folder.path(), "vnni");
    for place in [&old, &new] {
        assert_eq!(again.about(place, unasked), [verdict(Precision::Int8, true)]);
    }
}

#[test]
fn a_place_holds_one_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut verdicts = open(folder.path(), "vnni");
    verdicts.record("f", Some(&stamp("a")), verdict(Precision::Int8, true)).unwrap();
    verdicts.record("g", Some(&stamp("a")), verdict(Precision::Int8, false)).unwrap();
    assert_eq!(verdicts.about(&stamp("a"), unasked), [verdict(Precision::Int8, false)]);
    assert_eq!(verdicts.of("f"), [verdict(Precision::Int8, true)]);
}

#[test]
fn what_cannot_be_used_is_set_aside_and_costs_only_itself() {
    let good = {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path(), "vnni").record("f", None, verdict(Precision::Int8, true)).unwrap();
        fs::read_to_string(folder.path().join("verdicts.json")).unwrap()
    };
    let other_version = good.replace("\"version\": 1", "\"version\": 2");
    let half = &good[..good.len() / 2];
    let other_type = good.replace("\"steps\": 12", "\"steps\": \"many\"");
    for text in [half, "[1, 2]", "\0\u{1}", "", &other_version, &other_type] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("verdicts.json"), text).unwrap();
        let (mut verdicts, problem) = Verdicts::open(Some(folder.path()), "vnni".into());
        assert!(problem.unwrap().contains("verdicts.json.broken"), "{text:?}");
        assert_eq!(fs::read_to_string(folder.path().join("verdicts.json.broken")).unwrap(), text);
        assert_eq!(verdicts.of("f"), []);
        verdicts.record("f", None, verdict(Precision::Int8, true)).unwrap();
        assert_eq!(open(folder.path(), "vnni").of("f"), [verdict(Precision::Int8, true)]);
    }
}

#[test]
fn damage_costs_another_proof_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("verdicts.json");
    open(folder.path(), "vnni").record("f", Some(&stamp("a")), verdict(Precision::Int8, true)).unwrap();
    let whole = fs::read(&path).unwrap();
    for bytes in Chance(3).damaged(&whole, 300) {
        fs::write(&path, &bytes).unwrap();
        let (mut verdicts, problem) = Verdicts::open(Some(folder.path()), "vnni".into());
        if problem.is_some() {
            assert_eq!(fs::read(path.with_extension("json.broken")).unwrap(), bytes);
        }
        verdicts.record("g", None, verdict(Precision::Bf16, true)).unwrap();
        assert_eq!(open(folder.path(), "vnni").of("g"), [verdict(Precision::Bf16, true)]);
    }
}

#[test]
fn two_programs_do_not_lose_each_other_s_verdicts() {
    let folder = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (open(folder.path(), "vnni"), open(folder.path(), "vnni"));
    one.record("f", None, verdict(Precision::Int8, true)).unwrap();
    two.record("g", None, verdict(Precision::Int8, true)).unwrap();
    let read = open(folder.path(), "vnni");
    assert_eq!((read.of("f").len(), read.of("g").len()), (1, 1));
}

#[test]
fn the_oldest_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let mut verdicts = open(folder.path(), "vnni");
    for number in 0..MOST_MODELS + 2 {
        let place = stamp(&number.to_string());
        verdicts.record(&number.to_string(), Some(&place), verdict(Precision::Int8, true)).unwrap();
    }
    for number in 0..MOST_PLACES + 2 {
        verdicts.record("2", Some(&stamp(&format!("p{number}"))), verdict(Precision::Int8, true)).unwrap();
    }
    assert_eq!(verdicts.models.len(), MOST_MODELS);
    assert_eq!((verdicts.of("1"), verdicts.of("2").len()), (vec![], 1));
    assert_eq!(verdicts.models.last().unwrap().places.len(), MOST_PLACES);
}

#[test]
fn without_a_folder_or_a_disk_it_is_remembered_until_the_end() {
    let (mut nowhere, problem) = Verdicts::open(None, "vnni".into());
    assert_eq!(problem, None);
    nowhere.record("f", None, verdict(Precision::Int8, true)).unwrap();
    assert_eq!(nowhere.of("f").len(), 1);
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("a file");
    fs::write(&blocked, "").unwrap();
    let (mut verdicts, _) = Verdicts::open(Some(&blocked.join("inside")), "vnni".into());
    assert!(verdicts.record("f", None, verdict(Precision::Int8, true)).is_err());
    assert_eq!(verdicts.of("f").len(), 1);
}

#[test]
fn errors_without_bound_can_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let proof = Proof {
        encoder_worst: f32::NAN,
        encoder_mean: f32::INFINITY,
        ..verdict(Precision::Int8, false).proof
    };
    let verdict = Verdict::new(proof, 1.0);
    assert!(!verdict.proof.passed());
    open(folder.path(), "vnni").record("f", None, verdict.clone()).unwrap();
    assert_eq!(open(folder.path(), "vnni").of("f"), [verdict]);
}
