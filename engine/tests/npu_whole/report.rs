//! The figures, each said to be simulated, and what they must be.

use serde::Serialize;

/// Relative L2 that states may be from the CPU's in the worst position.
const WORST: f64 = 0.03;

/// All that was measured.
#[derive(Default, Serialize)]
pub struct Report {
    /// Whole windows.
    pub states: Vec<Entry<Distances>>,
    /// Samples.
    pub texts: Vec<Entry<Texts>>,
    /// Shorter windows, one by one and two side by side, against a CPU that is cut to them.
    pub cut: Vec<Entry<Distances>>,
}

/// What was measured of a model on a device.
#[derive(Serialize)]
pub struct Entry<T> {
    pub model: String,
    pub device: &'static str,
    /// Positions of a window, and clips that were encoded at once.
    pub positions: usize,
    pub clips_at_once: usize,
    pub simulated: T,
}

/// Relative L2 of positions' states, those of the CPU in f32 being right.
#[derive(Clone, Copy, Default, Serialize)]
pub struct Distances {
    pub windows: usize,
    pub mean: f64,
    pub worst: f64,
}

/// Transcripts, and every choice of a token when the golden's are fed. A choice is clear where the golden's gap to the
/// second best is more than four times the error of the window's logits (root of the mean square, over the
/// vocabulary and all steps); else it is close.
#[derive(Clone, Default, Serialize)]
pub struct Texts {
    pub clips: usize,
    pub identical_clips: usize,
    pub other_clips: Vec<String>,
    /// Of clips in which every choice is clear.
    pub clear_clips: usize,
    pub identical_clear_clips: usize,
    pub clear_choices: usize,
    pub same_clear_choices: usize,
    pub close_choices: usize,
    pub same_close_choices: usize,
    /// Of the window with the largest, and of any token.
    pub logit_error: f64,
    pub largest_logit_error: f64,
}

impl Distances {
    /// Takes a window in.
    pub fn add(&mut self, positions: &[f64]) {
        let mean = positions.iter().sum::<f64>() / positions.len() as f64;
        self.windows += 1;
        self.mean += (mean - self.mean) / self.windows as f64;
        self.worst = positions.iter().copied().fold(self.worst, f64::max);
    }
}

/// What stands above the figures.
const WHAT: [&str; 4] = [
    "Whisper's encoder on the simulated array against the CPU's in f32. No device was there: every figure is simulated, and says how exact the encoder is, not how fast.",
    "Simulated cores of both devices round alike, so that equal figures show that neither device's streams, layouts or routes lose a bit; how a core rounds is compared elsewhere, with the kernels compiled for this machine.",
    "States: relative L2 of a position, mean and worst. Cut: the same for shorter windows, against the CPU cut to them.",
    "Texts: samples transcribed freely, and every choice of a token when the golden's are fed. A choice is clear where the golden's gap to the second best is more than 4 times the error of its window's logits (root of the mean square), else close.",
];

/// The report with where it is from.
#[derive(Serialize)]
struct Kept<'a> {
    what: [&'static str; 4],
    made_by: &'static str,
    date: String,
    commit: String,
    #[serde(flatten)]
    report: &'a Report,
}

impl Report {
    /// Adds another's figures behind its own.
    pub fn append(&mut self, other: Self) {
        self.states.extend(other.states);
        self.texts.extend(other.texts);
        self.cut.extend(other.cut);
    }

    /// With where it is from, as far as the environment says it.
    pub fn text(&self) -> String {
        let said = |name| std::env::var(name).unwrap_or_default();
        let kept = Kept {
            what: WHAT,
            made_by: "./test long npu",
            date: said("HARK_REPORT_DATE"),
            commit: said("HARK_REPORT_COMMIT"),
            report: self,
        };
        serde_json::to_string_pretty(&kept).unwrap() + "\n"
    }

    /// Writes it to the file that `HARK_REPORT` names.
    pub fn keep(&self) {
        if let Ok(path) = std::env::var("HARK_REPORT") {
            std::fs::write(super::common::repository(&path), self.text()).unwrap();
        }
    }

    /// What is not as it must be.
    pub fn wrong(&self) -> Vec<String> {
        let far = |entry: &&Entry<Distances>| entry.simulated.worst > WORST || entry.simulated.windows == 0;
        let far = self.states.iter().chain(&self.cut).filter(far).map(Entry::title);
        let others = |entry: &&Entry<Texts>| {
            let texts = &entry.simulated;
            (texts.clear_clips, texts.clear_choices)
                != (texts.identical_clear_clips, texts.same_clear_choices)
                || texts.clear_choices == 0
        };
        let others = self.texts.iter().filter(others).map(Entry::title);
        let far = far.map(|title| format!("{title}: a position is too far from the CPU's"));
        far.chain(others.map(|title| format!("{title}: another clear choice"))).collect()
    }
}

impl<T> Entry<T> {
    pub fn new(model: &str, device: &'static str, positions: usize, clips: usize, simulated: T) -> Self {
        Self { model: model.to_owned(), device, positions, clips_at_once: clips, simulated }
    }

    fn title(&self) -> String {
        let Self { model, device, positions, clips_at_once, .. } = self;
        format!("{model} on {device}, {positions} positions, {clips_at_once} at once")
    }
}

#[test]
fn what_is_too_far_another_or_missing_is_wrong() {
    let report = |distances: &[f64], change: fn(&mut Texts)| {
        let (mut simulated, mut texts) = (Distances::default(), Texts::default());
        distances.chunks(2).for_each(|positions| simulated.add(positions));
        (texts.clear_clips, texts.identical_clear_clips) = (2, 2);
        (texts.clear_choices, texts.same_clear_choices, texts.close_choices) = (9, 9, 3);
        change(&mut texts);
        let states = vec![Entry::new("demo", "npu1", 1500, 1, simulated)];
        Report { states, texts: vec![Entry::new("demo", "npu1", 1500, 1, texts)], cut: Vec::new() }
    };
    let near = report(&[0.01, 0.03, 0.02, 0.02], |_| ());
    assert_eq!(near.wrong(), [] as [&str; 0]);
    let Distances { windows, mean, worst } = near.states[0].simulated;
    assert!(windows == 2 && (mean - 0.02).abs() < 1e-12 && worst == 0.03);
    let place = "demo on npu1, 1500 positions, 1 at once";
    let far = format!("{place}: a position is too far from the CPU's");
    assert_eq!(report(&[0.01, 0.0301], |_| ()).wrong(), [&*far]);
    assert_eq!(report(&[], |_| ()).wrong(), [&*far], "nothing was compared");
    let other = format!("{place}: another clear choice");
    let changes: [fn(&mut Texts); 3] = [
        |texts| texts.same_clear_choices -= 1,
        |texts| texts.identical_clear_clips -= 1,
        |texts| (texts.clear_choices, texts.same_clear_choices) = (0, 0),
    ];
    for change in changes {
        assert_eq!(report(&[0.01], change).wrong(), [&*other]);
    }
}
