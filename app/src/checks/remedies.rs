//! What to do about whatever the checks find. `packaging/docs/troubleshooting.md` explains each of them.

macro_rules! remedies {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $text;)*

        /// All of them.
        #[cfg(test)]
        const ALL: &[&str] = &[$($name),*];
    };
}

remedies! {
    /// The processor lacks what makes it fast.
    SLOW_CPU = "a CPU with AVX2 and FMA is several times as fast";
    /// Little memory is left.
    MEMORY = "close other programs, or use a small model such as tiny or base";
    /// There is no place for data.
    NO_HOME = "set HARK_DATA_DIR to a folder for Hark's data";
    /// The place for data takes nothing.
    NOT_WRITABLE = "make the folder writable, or set HARK_DATA_DIR to another one";
    /// The disk is nearly full.
    SPACE = "free some space; an hour of recording takes 115 MB";
    /// There is no desktop to show a window on.
    NO_DISPLAY = "start the window from a desktop session; commands work without one";
    /// No key works in other apps.
    NO_KEYS = "let the desktop's settings run `hark toggle`; `hark keys` has the lines";
    /// Some of the chosen keys do not work.
    OTHER_KEYS = "choose other keys in the window, under “Dictate anywhere”";
    /// Text did not arrive in a window of Hark's own.
    INSERTION = "in the app's row under “Dictate anywhere”, choose a way that works, or paste by hand";
    /// Nothing can be shown over other apps.
    NO_INDICATOR = "the icon in the panel shows how dictation stands, and `hark status --follow` tells it";
    /// There is no microphone, or it was refused.
    NO_MICROPHONE = "plug one in and check the system's sound settings; files work without one";
    /// The sound system hangs.
    SOUND_HANGS = "restart the sound system (PipeWire or PulseAudio); files work without it";
    /// Some models are broken.
    BROKEN_MODELS = "`hark models` says what is wrong with them; fetch them again";
    /// Only the demo is there.
    NO_MODEL = "download one: the page Models in the window, or `hark models download base.en`";
    /// Only the demo is there, and nothing can be downloaded.
    NO_MODEL_OFFLINE = "put a whisper.cpp model such as ggml-base.en.bin into the models folder of Hark's data";
    /// What was proved of precisions cannot be read.
    BROKEN_VERDICTS = "it is kept aside as verdicts.json.broken; `hark bench --prove` finds out anew";
    /// A process that used the NPU can't be ended.
    NPU_STUCK = "restart the computer";
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = include_str!("../../../packaging/docs/troubleshooting.md");

    /// Lines broken elsewhere make no difference.
    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The strings of a piece of Rust, each cut where a value is put in.
    fn strings(code: &str) -> Vec<String> {
        let joined = code.replace("\\\n", " ");
        joined.split('"').skip(1).step_by(2).flat_map(|text| text.split("{id}")).map(words).collect()
    }

    #[test]
    fn every_remedy_is_in_the_guide() {
        let guide = words(GUIDE);
        let npu = include_str!("../../../engine/xdna/src/diagnosis/state.rs");
        let npu = npu.split("pub fn remedy").nth(1).unwrap().split("Some(text.to_owned())").next().unwrap();
        let insertion = include_str!("../delivery/readiness.rs");
        let fix = |line: &&str| line.contains("let fix = ") || line.contains("let by_clipboard = ");
        let fixes = insertion.lines().filter(fix);
        let named: Vec<_> = ALL.iter().map(|text| words(text)).collect();
        let all: Vec<_> = named.into_iter().chain(strings(npu)).chain(fixes.flat_map(strings)).collect();
        assert!(all.len() > 40, "{}", all.len());
        let missing: Vec<_> = all.iter().filter(|remedy| !guide.contains(remedy.as_str())).collect();
        assert!(missing.is_empty(), "not in packaging/docs/troubleshooting.md: {missing:#?}");
    }
}
