//! Settings that were damaged by chance, the same chance each time.

use super::Settings;
use super::store::Store;
use crate::test_chance::Chance;
use std::fs;

const WHOLE: &str = "# mine\nmodel = \"tiny\"\nmicrophone = \"alsa:x\"\nlanguages = [\"de\", \"en\"]\nnpu = \"off\"\n\n\
    [channels]\n\"alsa:a\" = 2\n\n[dictation]\nlive_text = \"off\" # trains\ncandidates = [\n  \"de\",\n  \"en\",\n]\n\
    unload_after_min = 10\n\n[window]\ntheme = \"dark\"\nscale_percent = 125\n\n[[keys]]\nkey = \"F9\"\n\
    action = \"toggle\"\n\n[[keys]]\nkey = \"F8\"\naction = \"cancel\"\nlanguage = \"de\"\n\n\
    [text_rules]\ncommands = true\n\n[[text_rules.replacements]]\nheard = [\"one\"]\nwritten = \"\"\"1\n2\"\"\"\n\n\
    [history]\ndays = \"no limit\"\nkeep = \"texts\"\n";

fn damage(bytes: &mut Vec<u8>, chance: &mut Chance) {
    const SIGNS: &[u8] = b"=[]{}\"'#\n,.\\ 0t\xff\0";
    let at = chance.below(bytes.len());
    let end = (at + 1 + chance.below(40)).min(bytes.len());
    match chance.below(5) {
        0 => bytes.truncate(at.max(1)),
        1 => bytes[at] ^= 1 << chance.below(8),
        2 => bytes.insert(at, SIGNS[chance.below(SIGNS.len())]),
        3 => drop(bytes.drain(at..end)),
        _ => bytes[at] = SIGNS[chance.below(SIGNS.len())],
    }
}

/// How many of the choices in [`WHOLE`] are there.
fn kept(read: &Settings) -> usize {
    let a = &read.anywhere;
    let usual = Settings::default();
    [
        read.model.is_some(),
        read.microphone.is_some(),
        read.npu != usual.npu,
        read.channels.len() == 1,
        read.dictation.live_text != usual.dictation.live_text,
        read.dictation.candidates.len() == 2,
        read.dictation.unload_after_min == 10,
        read.window.theme != usual.window.theme,
        read.window.scale_percent == 125,
        a.languages.len() == 2,
        a.keys.len() == 2,
        a.rules.commands,
        a.rules.replacements.len() == 1,
        read.history.days.is_none(),
        read.history.keep != usual.history.keep,
    ]
    .into_iter()
    .filter(|kept| *kept)
    .count()
}

#[test]
fn damage_costs_what_it_hits_and_nothing_is_lost() {
    const RUNS: u64 = 1_500;
    let (mut choices, mut worst) = (0, usize::MAX);
    for seed in 0..RUNS {
        let mut chance = Chance(seed);
        let mut bytes = WHOLE.as_bytes().to_vec();
        let wounds = 1 + chance.below(2);
        (0..wounds).for_each(|_| damage(&mut bytes, &mut chance));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        fs::write(&path, &bytes).unwrap();
        let (mut store, problems) = Store::open(folder.path());
        choices += kept(store.get());
        worst = worst.min(kept(store.get()));
        let before = store.get().clone();
        store.change(|s| s.mirror = Some("https://example.org/".into())).write().unwrap();
        if !problems.is_empty() {
            assert_eq!(fs::read(folder.path().join("settings.toml.broken")).unwrap(), bytes, "seed {seed}");
        }
        let (again, _) = Store::open(folder.path());
        let expected = Settings { mirror: Some("https://example.org/".into()), ..before };
        assert_eq!(again.get(), &expected, "seed {seed}: what was read is not what was written");
    }
    // A cut in the middle costs half of the file, which is a sixth of all runs; all else costs one choice or two.
    let share = choices as f64 / (15.0 * RUNS as f64);
    assert!(share > 0.7, "{share:.3} of the choices survive, at worst {worst} of 15");
}
