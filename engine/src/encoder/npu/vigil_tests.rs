use super::*;
use crate::cancel::Cancel;
use crate::encoder::npu::report::{Counters, DeviceFacts};
use crate::encoder::npu::self_check::probe;
use crate::encoder::{Backend, CpuBackend, Precision};
use crate::mel::MelWindow;
use crate::model::ModelSpec;

/// The CPU's encoder in a device's place, with one block whose rows may get into the wrong places.
struct StandIn {
    cpu: CpuBackend,
    swaps: Option<usize>,
    asked: Vec<usize>,
}

fn window(data: &[f32]) -> MelWindow {
    MelWindow { n_mels: data.len() / crate::dims::WINDOW_FRAMES, data: data.to_vec() }
}

impl Device for StandIn {
    fn facts(&self) -> DeviceFacts {
        DeviceFacts::default()
    }

    fn encode(&mut self, mel: &[f32], states: &mut [f32]) -> Result<f64, Fault> {
        states.copy_from_slice(&self.cpu.encode(&[window(mel)], &Cancel::new()).unwrap()[0].data);
        Ok(1.0)
    }

    fn first_block(&mut self, _: &[f32], _: &mut [f32]) -> Result<(), Fault> {
        panic!("that is for the beginning")
    }

    fn block(
        &mut self,
        block: usize,
        mel: &[f32],
        before: &mut [f32],
        behind: &mut [f32],
    ) -> Result<(), Fault> {
        self.asked.push(block);
        let first = if block == 0 { "stem".to_owned() } else { format!("block.{}", block - 1) };
        let last = format!("block.{block}");
        let mut keep = |name: &str, states: &[f32]| {
            if name == first {
                before.copy_from_slice(states);
            } else if name == last {
                behind.copy_from_slice(states);
            }
        };
        self.cpu.encode_traced(&window(mel), &mut keep).unwrap();
        if self.swaps == Some(block) {
            let half = behind.len() / 2;
            behind.rotate_left(half);
        }
        Ok(())
    }

    fn counters(&self) -> Counters {
        Counters::default()
    }
}

struct Watched {
    device: StandIn,
    vigil: Vigil,
    windows: usize,
    calls: Vec<Call>,
}

impl Watched {
    fn new(swaps: Option<usize>) -> Self {
        let model = Model::load(&ModelSpec::Demo).unwrap();
        let cpu = CpuBackend::new(&model, &Workers::new(1), Precision::F32).unwrap();
        let device = StandIn { cpu, swaps, asked: Vec::new() };
        Self { device, vigil: Vigil::new(&model, 1).unwrap(), windows: 0, calls: Vec::new() }
    }

    /// Looks at the next window with these states, as if it had taken long: comparisons are no matter of cost then.
    fn look(&mut self, states: &[f32]) -> Result<Option<SpotCheck>, Fault> {
        self.windows += 1;
        let mut mel = probe(80).data;
        mel[0] = self.windows as f32;
        let calls = &mut self.calls;
        let mut entering = |call| {
            calls.push(call);
            Ok(())
        };
        self.vigil.look(&mut self.device, &mel, states, 1e6, &mut entering)
    }
}

#[test]
fn a_comparison_is_due_in_its_turn_and_at_its_price() {
    let (now, long) = (Duration::ZERO, PAUSE);
    let history = |checks, windows, windows_ms, check_ms| History { checks, windows, windows_ms, check_ms };
    for (history, pause, due) in [
        (history(0, 1, 50.0, 0.0), now, false),
        (history(0, 2, 100.0, 0.0), now, true),
        (history(1, 1, 50.0, 10.0), now, false),
        (history(1, 19, 950.0, 10.0), now, false),
        (history(1, 20, 1000.0, 20.0), now, true),
        (history(1, 20, 1000.0, 21.0), now, false),
        (history(7, 40, 2000.0, 30.0), now, true),
        (history(1, 1, 50.0, 1000.0), long, true),
        (history(0, 1, 50.0, 0.0), long, false),
    ] {
        assert_eq!(is_due(&history, pause), due, "{history:?} {pause:?}");
    }
}

#[test]
fn rows_of_a_layer_norm_are_known_by_their_moments() {
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let (norm, state) = (FinalNorm::of(&model).unwrap(), model.dims.n_audio_state);
    let mut cpu = CpuBackend::new(&model, &Workers::new(2), Precision::Int8).unwrap();
    let silence = MelWindow { n_mels: 80, data: vec![-0.6; 80 * crate::dims::WINDOW_FRAMES] };
    let outputs = cpu.encode(&[probe(80), silence], &Cancel::new()).unwrap();
    let right = outputs[0].data.clone();
    for output in &outputs {
        norm.fits(&output.data).unwrap();
        // As a device may give them.
        let rounded =
            output.data.iter().map(|v| f32::from_bits(v.to_bits() & 0xffff_0000)).collect::<Vec<_>>();
        norm.fits(&rounded).unwrap();
    }
    let with = |change: &dyn Fn(&mut [f32])| {
        let mut states = right.clone();
        change(&mut states[17 * state..18 * state]);
        norm.fits(&states).unwrap_err()
    };
    for what in [
        with(&|row| row.fill(0.0)),
        with(&|row| row.fill(1.0)),
        with(&|row| row.iter_mut().for_each(|v| *v *= 1.5)),
        with(&|row| row.iter_mut().for_each(|v| *v = 0.5 - *v)),
        with(&|row| row[3] = f32::NAN),
        with(&|row| row[state - 1] = f32::INFINITY),
        with(&|row| row[..state / 2].fill(0.0)),
    ] {
        assert!(what.starts_with("position 17 of its result"), "{what}");
    }
}

#[test]
fn channels_that_say_nothing_are_left_out() {
    let norm = FinalNorm::new(&[1.0, 2.0, 0.0, 1e-6, 0.1], &[0.0, 1.0, 3.0, 0.0, 60.0]);
    assert_eq!(norm.counted, 2);
    norm.fits(&[1.0, -1.0, 3.0, 0.0, 60.0]).unwrap();
    assert!(norm.fits(&[9.0, -1.0, 3.0, 0.0, 60.0]).is_err(), "far more than its part");
    FinalNorm::new(&[0.0; 4], &[1.0; 4]).fits(&[5.0; 4]).unwrap();
}

#[test]
fn every_block_is_compared_in_turn_and_a_wrong_one_is_found() {
    for swaps in [None, Some(2)] {
        let mut watched = Watched::new(swaps);
        let model = watched.vigil.model.clone();
        let states: Vec<Vec<f32>> = [0.0, 0.1]
            .map(|by| {
                let window = MelWindow { data: probe(80).data.iter().map(|v| v + by).collect(), n_mels: 80 };
                let output = watched.device.cpu.encode(&[window], &Cancel::new());
                output.unwrap().remove(0).data
            })
            .into();
        let mut spots = Vec::new();
        for n in 0..2 + 20 * model.dims.n_audio_layer {
            if let Some(spot) = watched.look(&states[n % 2]).unwrap() {
                spots.push((watched.windows, spot.block, spot.check.passed()));
                assert!(spot.ms > 0.0);
                assert!(spot.check.relative_l2 < if spot.check.passed() { 1e-5 } else { f64::INFINITY });
            }
        }
        let right = |block| swaps != Some(block);
        let expected: Vec<_> =
            [0, 1, 2, 3, 0].iter().enumerate().map(|(i, b)| (2 + 20 * i, *b, right(*b))).collect();
        assert_eq!(spots, expected);
        assert_eq!(watched.device.asked, [0, 1, 2, 3, 0]);
        assert_eq!(watched.calls, [Call::Run, Call::Check].repeat(5));
    }
}

#[test]
fn a_result_that_is_left_over_is_found_out() {
    let mut watched = Watched::new(None);
    let output = watched.device.cpu.encode(&[probe(80)], &Cancel::new()).unwrap().remove(0);
    watched.look(&output.data).unwrap();
    // The same window again may give the same.
    watched.windows -= 1;
    watched.look(&output.data).unwrap();
    let fault = watched.look(&output.data).unwrap_err();
    assert!(fault.kind == FaultKind::Wrong && fault.message.contains("of the one before"), "{fault}");
}

/// `cargo test --release -p hark-engine -- --ignored --nocapture vigil`: what it costs.
#[test]
#[ignore = "a measurement"]
fn what_it_costs() {
    for name in ["demo", "demo:tiny", "demo:small"] {
        let model = Model::load(&ModelSpec::parse(name)).unwrap();
        let mut cpu = CpuBackend::new(&model, &Workers::new(1), Precision::F32).unwrap();
        let (mut behind, mut before) = (Vec::new(), Vec::new());
        let start = Instant::now();
        let output = cpu
            .encode_traced(&probe(80), &mut |name, states| match name {
                "stem" => before = states.to_vec(),
                "block.0" => behind = states.to_vec(),
                _ => {}
            })
            .unwrap();
        let encode_ms = start.elapsed().as_secs_f64() * 1e3;
        let norm = FinalNorm::of(&model).unwrap();
        let least = |work: &mut dyn FnMut()| {
            let times = (0..7).map(|_| {
                let start = Instant::now();
                work();
                start.elapsed().as_secs_f64() * 1e3
            });
            times.fold(f64::INFINITY, f64::min)
        };
        let looks = least(&mut || norm.fits(&output.data).unwrap());
        let workers = Workers::new(1);
        let block = least(&mut || {
            let (rows, right) = encode_rows_of_block(&model, &workers, 0, &before, 3).unwrap();
            let state = model.dims.n_audio_state;
            assert!(compare(&behind[rows.start * state..rows.end * state], &right, BLOCK_LIMIT).passed());
        });
        println!("{name}: rows {looks:.2} ms, block {block:.1} ms, an encoding in f32 {encode_ms:.0} ms");
    }
}
