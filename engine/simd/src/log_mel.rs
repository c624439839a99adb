//! Log-mel energies of audio, sixteen frames at a time.
//!
//! A frame's arithmetic is the same in every lane, so each frame is one lane of plain vector
//! arithmetic, from the window to the logarithm: nothing is shuffled, and no frame's numbers depend
//! on the frames beside it or on the instruction set. The transform of 400 real samples is one of 200
//! complex ones (8 · 5 · 5, Stockham's self-sorting order), split by symmetry afterwards.

use crate::isa::dispatched;
use std::f64::consts::TAU;

/// Samples in a frame.
const FRAME: usize = 400;
/// Samples from one frame to the next.
const HOP: usize = 160;
/// Frequency bins of a frame's spectrum.
const BINS: usize = FRAME / 2 + 1;
/// Length of the complex transform.
const HALF: usize = FRAME / 2;
/// Frames side by side.
const LANES: usize = 16;
/// Hops that the frames of a block reach over: the last one's 400 samples end in the third.
const HOPS: usize = LANES + FRAME / HOP;

/// The least energy that a logarithm is taken of, and that logarithm.
const LEAST_ENERGY: f32 = 1e-10;
const LEAST_LOG: f32 = -10.0;

type Lanes = [f32; LANES];

/// Complex numbers for all lanes.
#[derive(Clone)]
struct Complex {
    re: [Lanes; HALF],
    im: [Lanes; HALF],
}

/// One pass of the transform: `radix` numbers at a time, each turned by its twiddle factor.
#[derive(Clone, Debug)]
struct Pass {
    /// Butterflies with different factors.
    groups: usize,
    /// Butterflies with the same ones.
    stride: usize,
    /// `[groups, radix]` factors `(cos, sin)`.
    twiddles: Vec<(f32, f32)>,
}

impl Pass {
    fn new(length: usize, radix: usize, stride: usize) -> Self {
        let groups = length / radix;
        let angle = |i: usize| -TAU * (i / radix * (i % radix)) as f64 / length as f64;
        let twiddles = (0..length).map(|i| (angle(i).cos() as f32, angle(i).sin() as f32)).collect();
        Self { groups, stride, twiddles }
    }
}

/// What is the same for all frames: window, transform, mel filters.
struct Plan {
    /// Periodic Hann window, halved: the split by symmetry leaves out its two halves.
    window: Vec<f32>,
    passes: [Pass; 3],
    /// `e^(-2πik/400)` for the split, as `(cos, sin)`.
    split: Vec<(f32, f32)>,
    /// Per mel bin: its first spectrum bin, and where its weights begin and end.
    filters: Vec<(usize, usize, usize)>,
    weights: Vec<f32>,
}

/// What is made for one block of frames.
struct Scratch {
    /// Sample `160 · hop + i` at `[i][hop]`.
    hops: [[f32; HOPS]; HOP],
    front: Complex,
    back: Complex,
    power: [Lanes; BINS],
}

/// Log10 of the mel energies of frames of 400 samples, 160 apart: periodic Hann window, power
/// spectrum, mel filters, logarithm (openai-whisper, `audio.py`, `log_mel_spectrogram`, before its
/// floor and scale). All in f32.
pub struct LogMel {
    plan: Plan,
    scratch: Box<Scratch>,
}

impl LogMel {
    /// For mel filters of 201 weights each, row-major. Zeros at either end of a filter cost nothing.
    pub fn new(filters: &[f32]) -> Self {
        let circle = |k: usize| TAU * k as f64 / FRAME as f64;
        let mut plan = Plan {
            window: (0..FRAME).map(|i| (0.25 - 0.25 * circle(i).cos()) as f32).collect(),
            passes: [Pass::new(HALF, 8, 1), Pass::new(25, 5, 8), Pass::new(5, 5, 40)],
            split: (0..=HALF / 2).map(|k| (circle(k).cos() as f32, -circle(k).sin() as f32)).collect(),
            filters: Vec::new(),
            weights: Vec::new(),
        };
        for row in filters.chunks_exact(BINS) {
            let first = row.iter().position(|&w| w != 0.0).unwrap_or(0);
            let end = row.iter().rposition(|&w| w != 0.0).map_or(first, |last| last + 1);
            let from = plan.weights.len();
            plan.weights.extend_from_slice(&row[first..end]);
            plan.filters.push((first, from, plan.weights.len()));
        }
        let zeros = || Complex { re: [[0.0; LANES]; HALF], im: [[0.0; LANES]; HALF] };
        let (hops, power) = ([[0.0; HOPS]; HOP], [[0.0; LANES]; BINS]);
        Self { plan, scratch: Box::new(Scratch { hops, front: zeros(), back: zeros(), power }) }
    }

    /// Mel bins.
    pub fn n_mels(&self) -> usize {
        self.plan.filters.len()
    }

    /// Appends the log10 mel energies of every whole frame in `samples`, `n_mels` per frame, at least
    /// -10 each. A frame's numbers do not depend on the samples before and behind it. Samples must
    /// be finite.
    pub fn frames(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let frames = if samples.len() < FRAME { 0 } else { (samples.len() - FRAME) / HOP + 1 };
        let n_mels = self.n_mels();
        let from = out.len();
        out.resize(from + frames * n_mels, 0.0);
        if n_mels == 0 {
            return;
        }
        let blocks = out[from..].chunks_mut(LANES * n_mels).zip(samples.chunks(LANES * HOP).enumerate());
        for (rows, (block, _)) in blocks {
            block_run(
                crate::isa::Isa::best(),
                &self.plan,
                &mut self.scratch,
                &samples[block * LANES * HOP..],
                rows,
            );
        }
    }
}

#[inline(always)]
fn block_body<const FMA: bool>(plan: &Plan, scratch: &mut Scratch, samples: &[f32], rows: &mut [f32]) {
    let Scratch { hops, front, back, power } = scratch;
    spread(hops, samples);
    apply_window(front, hops, &plan.window);
    let [first, second, third] = &plan.passes;
    pass(front, back, first, dft8);
    pass(back, front, second, dft5);
    pass(front, back, third, dft5);
    split(power, back, &plan.split);
    let n_mels = plan.filters.len();
    for (mel, &(bin, from, end)) in plan.filters.iter().enumerate() {
        let mut energy = [0.0; LANES];
        for (weight, power) in plan.weights[from..end].iter().zip(&power[bin..]) {
            for l in 0..LANES {
                energy[l] += weight * power[l];
            }
        }
        let mut logs = [0.0; LANES];
        for l in 0..LANES {
            logs[l] = if energy[l] > LEAST_ENERGY { log10(energy[l]) } else { LEAST_LOG };
        }
        for (row, log) in rows.chunks_exact_mut(n_mels).zip(&logs) {
            row[mel] = *log;
        }
    }
}

dispatched! { fn block_run(plan: &Plan, scratch: &mut Scratch, samples: &[f32], rows: &mut [f32]) = block_body<FMA> }

/// Lays the hops side by side; what is not there is silent.
#[inline(always)]
fn spread(hops: &mut [[f32; HOPS]; HOP], samples: &[f32]) {
    for hop in 0..HOPS {
        let known = samples.get(hop * HOP..).unwrap_or_default();
        let (known, missing) = hops.split_at_mut(known.len().min(HOP));
        known.iter_mut().zip(&samples[(hop * HOP).min(samples.len())..]).for_each(|(row, s)| row[hop] = *s);
        missing.iter_mut().for_each(|row| row[hop] = 0.0);
    }
}

/// Even samples become real parts, odd ones imaginary parts.
#[inline(always)]
fn apply_window(out: &mut Complex, hops: &[[f32; HOPS]; HOP], window: &[f32]) {
    for (n, (re, im)) in out.re.iter_mut().zip(&mut out.im).enumerate() {
        let (even, odd) = (2 * n, 2 * n + 1);
        let evens = &hops[even % HOP][even / HOP..][..LANES];
        let odds = &hops[odd % HOP][odd / HOP..][..LANES];
        let (even, odd) = (window[even], window[odd]);
        for l in 0..LANES {
            re[l] = evens[l] * even;
            im[l] = odds[l] * odd;
        }
    }
}

/// One pass of Stockham's order: reads numbers `groups · stride` apart, writes them `stride` apart.
#[inline(always)]
fn pass<const R: usize>(
    from: &Complex,
    to: &mut Complex,
    pass: &Pass,
    dft: impl Fn([f32; R], [f32; R]) -> ([f32; R], [f32; R]),
) {
    let Pass { groups, stride, twiddles } = pass;
    for (group, twiddles) in twiddles.chunks_exact(R).enumerate() {
        for q in 0..*stride {
            let at = |k: usize| q + stride * (group + groups * k);
            let re: [&Lanes; R] = std::array::from_fn(|k| &from.re[at(k)]);
            let im: [&Lanes; R] = std::array::from_fn(|k| &from.im[at(k)]);
            let mut out_re = [[0.0; LANES]; R];
            let mut out_im = [[0.0; LANES]; R];
            for l in 0..LANES {
                let (re, im) = dft(re.map(|v| v[l]), im.map(|v| v[l]));
                for j in 0..R {
                    let (cos, sin) = twiddles[j];
                    out_re[j][l] = re[j] * cos - im[j] * sin;
                    out_im[j][l] = re[j] * sin + im[j] * cos;
                }
            }
            for j in 0..R {
                to.re[q + stride * (R * group + j)] = out_re[j];
                to.im[q + stride * (R * group + j)] = out_im[j];
            }
        }
    }
}

#[inline(always)]
fn dft4(re: [f32; 4], im: [f32; 4]) -> ([f32; 4], [f32; 4]) {
    let (a_re, a_im) = (re[0] + re[2], im[0] + im[2]);
    let (b_re, b_im) = (re[0] - re[2], im[0] - im[2]);
    let (c_re, c_im) = (re[1] + re[3], im[1] + im[3]);
    let (d_re, d_im) = (re[1] - re[3], im[1] - im[3]);
    (
        [a_re + c_re, b_re + d_im, a_re - c_re, b_re - d_im],
        [a_im + c_im, b_im - d_re, a_im - c_im, b_im + d_re],
    )
}

#[inline(always)]
fn dft8(re: [f32; 8], im: [f32; 8]) -> ([f32; 8], [f32; 8]) {
    const H: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let (e_re, e_im) = dft4([re[0], re[2], re[4], re[6]], [im[0], im[2], im[4], im[6]]);
    let (o_re, o_im) = dft4([re[1], re[3], re[5], re[7]], [im[1], im[3], im[5], im[7]]);
    // The odd half, turned by 0, 1, 2 and 3 eighths of a circle.
    let t_re = [o_re[0], H * (o_re[1] + o_im[1]), o_im[2], H * (o_im[3] - o_re[3])];
    let t_im = [o_im[0], H * (o_im[1] - o_re[1]), -o_re[2], -H * (o_re[3] + o_im[3])];
    let (mut out_re, mut out_im) = ([0.0; 8], [0.0; 8]);
    for j in 0..4 {
        (out_re[j], out_im[j]) = (e_re[j] + t_re[j], e_im[j] + t_im[j]);
        (out_re[j + 4], out_im[j + 4]) = (e_re[j] - t_re[j], e_im[j] - t_im[j]);
    }
    (out_re, out_im)
}

#[inline(always)]
fn dft5(re: [f32; 5], im: [f32; 5]) -> ([f32; 5], [f32; 5]) {
    /// Cosine and sine of one and two fifths of a circle.
    const C1: f32 = 0.309_017;
    const C2: f32 = -0.809_017;
    const S1: f32 = 0.951_056_5;
    const S2: f32 = 0.587_785_24;
    let (a_re, a_im) = (re[1] + re[4], im[1] + im[4]);
    let (b_re, b_im) = (re[2] + re[3], im[2] + im[3]);
    let (c_re, c_im) = (re[1] - re[4], im[1] - im[4]);
    let (d_re, d_im) = (re[2] - re[3], im[2] - im[3]);
    let (p_re, p_im) = (re[0] + (C1 * a_re + C2 * b_re), im[0] + (C1 * a_im + C2 * b_im));
    let (q_re, q_im) = (re[0] + (C2 * a_re + C1 * b_re), im[0] + (C2 * a_im + C1 * b_im));
    let (r_re, r_im) = (S1 * c_re + S2 * d_re, S1 * c_im + S2 * d_im);
    let (s_re, s_im) = (S2 * c_re - S1 * d_re, S2 * c_im - S1 * d_im);
    (
        [re[0] + (a_re + b_re), p_re + r_im, q_re + s_im, q_re - s_im, p_re - r_im],
        [im[0] + (a_im + b_im), p_im - r_re, q_im - s_re, q_im + s_re, p_im + r_re],
    )
}

/// The power spectrum of the real samples from the transform `z` of their pairs.
#[inline(always)]
fn split(power: &mut [Lanes; BINS], z: &Complex, turns: &[(f32, f32)]) {
    for (k, (cos, sin)) in turns.iter().enumerate() {
        let mirror = (HALF - k) % HALF;
        let (a_re, a_im, b_re, b_im) = (&z.re[k], &z.im[k], &z.re[mirror], &z.im[mirror]);
        let (mut low, mut high) = ([0.0; LANES], [0.0; LANES]);
        for l in 0..LANES {
            // The spectra of the even samples and of the odd ones.
            let (e_re, e_im) = (a_re[l] + b_re[l], a_im[l] - b_im[l]);
            let (o_re, o_im) = (a_im[l] + b_im[l], b_re[l] - a_re[l]);
            let (t_re, t_im) = (o_re * cos - o_im * sin, o_re * sin + o_im * cos);
            let (p_re, p_im, m_re, m_im) = (e_re + t_re, e_im + t_im, e_re - t_re, e_im - t_im);
            low[l] = p_re * p_re + p_im * p_im;
            high[l] = m_re * m_re + m_im * m_im;
        }
        power[k] = low;
        power[HALF - k] = high;
    }
}

/// Decimal logarithm of a normal positive number, within 0.6 units in the last place and 5e-8:
/// ln((1 + s) / (1 - s)) is a short series in s.
#[inline(always)]
fn log10(x: f32) -> f32 {
    const SQRT_HALF: u32 = std::f32::consts::FRAC_1_SQRT_2.to_bits();
    /// log10 2 in two parts, so that the exponent's share is exact enough.
    const HIGH: f32 = 1233.0 / 4096.0;
    const LOW: f32 = 4.605_039e-6;
    let exponent = (x.to_bits().wrapping_sub(SQRT_HALF) as i32) >> 23;
    let m = f32::from_bits(x.to_bits().wrapping_sub((exponent << 23) as u32));
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let p = 1.0 / 9.0;
    let p = p * z + 1.0 / 7.0;
    let p = p * z + 1.0 / 5.0;
    let p = p * z + 1.0 / 3.0;
    let series = s + s * (z * p);
    let e = exponent as f32;
    e * HIGH + (e * LOW + series * (2.0 * std::f32::consts::LOG10_E))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tones, noise and a quiet stretch.
    fn signal(len: usize) -> Vec<f32> {
        let mut seed = 1_u32;
        (0..len)
            .map(|i| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = seed as f32 / u32::MAX as f32 - 0.5;
                let loud = if i % 3000 < 1500 { 1.0 } else { 1e-3 };
                loud * (0.3 * (i as f32 * 0.37).sin() + 0.2 * (i as f32 * 1.9).cos() + 0.1 * noise)
            })
            .collect()
    }

    /// One filter per bin, so that the output is the whole spectrum.
    fn all_bins() -> Vec<f32> {
        (0..BINS * BINS).map(|i| if i % BINS == i / BINS { 1.0 } else { 0.0 }).collect()
    }

    #[test]
    fn spectra_agree_with_the_definition_in_f64() {
        let samples = signal(40 * HOP);
        let (mut log_mel, mut out) = (LogMel::new(&all_bins()), Vec::new());
        log_mel.frames(&samples, &mut out);
        assert_eq!(out.len(), 38 * BINS);
        for (frame, row) in out.chunks_exact(BINS).enumerate() {
            let windowed: Vec<f64> = (0..FRAME)
                .map(|i| {
                    let window = 0.5 - 0.5 * (TAU * i as f64 / FRAME as f64).cos();
                    f64::from(samples[frame * HOP + i]) * window
                })
                .collect();
            let total: f64 = windowed.iter().map(|x| x * x).sum::<f64>() * FRAME as f64;
            for (k, log) in row.iter().enumerate() {
                let angle = |i: usize| -TAU * (i * k % FRAME) as f64 / FRAME as f64;
                let re: f64 = windowed.iter().enumerate().map(|(i, x)| x * angle(i).cos()).sum();
                let im: f64 = windowed.iter().enumerate().map(|(i, x)| x * angle(i).sin()).sum();
                let (power, ours) = (re * re + im * im, 10f64.powf(f64::from(*log)));
                // The error of a bin's amplitude is a few roundings of the whole frame's.
                let error = (power.max(1e-10).sqrt() - ours.sqrt()).abs();
                assert!(
                    error <= 4e-7 * total.sqrt() + 2e-6 * power.sqrt(),
                    "frame {frame}, bin {k}: {ours} not {power}"
                );
            }
        }
    }

    #[test]
    fn a_frame_is_the_same_alone_in_company_and_in_every_instruction_set() {
        let samples = signal(50 * HOP + 77);
        let (mut log_mel, mut together) = (LogMel::new(&all_bins()), Vec::new());
        log_mel.frames(&samples, &mut together);
        assert_eq!(together.len(), 48 * BINS);
        for (frame, row) in together.chunks_exact(BINS).enumerate() {
            let (mut alone, mut scalar) = (Vec::new(), vec![0.0; BINS]);
            let samples = &samples[frame * HOP..][..FRAME];
            log_mel.frames(samples, &mut alone);
            block_body::<false>(&log_mel.plan, &mut log_mel.scratch, samples, &mut scalar);
            assert_eq!((row, row), (alone.as_slice(), scalar.as_slice()), "frame {frame}");
        }
    }

    #[test]
    fn filters_add_up_what_they_cover() {
        let mut filters = vec![0.0; 3 * BINS];
        (filters[10], filters[12], filters[2 * BINS + 200]) = (2.0, 0.5, 1.0);
        let samples = signal(FRAME);
        let (mut bins, mut mels) = (Vec::new(), Vec::new());
        LogMel::new(&all_bins()).frames(&samples, &mut bins);
        LogMel::new(&filters).frames(&samples, &mut mels);
        let expected = (2.0 * 10f32.powf(bins[10]) + 0.5 * 10f32.powf(bins[12])).log10();
        assert!((mels[0] - expected).abs() < 1e-5);
        assert_eq!((mels[1], mels[2]), (LEAST_LOG, bins[200]));
    }

    #[test]
    fn too_few_samples_give_nothing() {
        let mut out = Vec::new();
        LogMel::new(&all_bins()).frames(&[0.1; FRAME - 1], &mut out);
        LogMel::new(&[]).frames(&[0.1; FRAME], &mut out);
        assert!(out.is_empty());
    }

    #[test]
    fn logarithms_stay_within_their_bound() {
        for i in 0..2_000_000_u32 {
            let x = f32::from_bits(LEAST_ENERGY.to_bits() + i * 193);
            let expected = f64::from(x).log10();
            let bound = 0.6 * f64::from(f32::EPSILON) * expected.abs().max(0.01) + 5e-8;
            assert!((f64::from(log10(x)) - expected).abs() <= bound, "log10({x}) = {}", log10(x));
        }
        assert_eq!(log10(1.0), 0.0);
    }
}
