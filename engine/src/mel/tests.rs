#![allow(clippy::unwrap_used)]
use super::*;
use crate::dims::{HOP, N_FFT, WINDOW_FRAMES};

/// A chirp with some noise, without any library's random numbers.
fn signal(len: usize) -> Vec<f32> {
    let mut seed = 1_u32;
    (0..len)
        .map(|i| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let t = i as f32 / 16_000.0;
            0.4 * (900.0 * t + 3000.0 * t * t).sin() + 0.01 * (seed as f32 / u32::MAX as f32 - 0.5)
        })
        .collect()
}

#[test]
fn pieces_of_any_size_give_the_same_bits_as_the_whole() {
    let samples = signal(12_345);
    let filters = MelFilters::slaney(80);
    let (expected, expected_max) = whole(&filters, &samples);
    for piece in [1, 7, HOP - 1, HOP, 199, 200, 201, N_FFT, 5000, 12_345] {
        let mut stream = MelStream::new(&filters);
        let mut frames = MelFrames::default();
        for part in samples.chunks(piece) {
            stream.push(part, &mut frames);
        }
        stream.finish(&mut frames);
        assert_eq!(frames, expected, "pieces of {piece}");
        assert_eq!(stream.max(), expected_max);
    }
}

#[test]
fn frames_come_out_as_soon_as_their_samples_are_known() {
    let samples = signal(2000);
    let filters = MelFilters::slaney(80);
    let mut stream = MelStream::new(&filters);
    let mut frames = MelFrames::default();
    for (i, sample) in samples.iter().enumerate() {
        stream.push(&[*sample], &mut frames);
        let expected = if i < 199 { 0 } else { (i - 199) / HOP + 1 };
        assert_eq!(frames.len(), expected, "after sample {i}");
    }
}

#[test]
fn a_recording_has_one_frame_per_whole_hop() {
    let filters = MelFilters::slaney(80);
    for len in [0, 1, 100, 159, 160, 199, 200, 201, 319, 320, 359, 360, 361, 16_000] {
        let (frames, max) = whole(&filters, &signal(len));
        assert_eq!(frames.len(), len / HOP, "{len} samples");
        assert!(max >= -10.0);
    }
}

#[test]
fn a_click_at_the_very_end_counts_for_the_maximum() {
    let mut samples = vec![0.0; 320 + 100];
    samples[419] = 1.0;
    let (frames, max) = whole(&MelFilters::slaney(80), &samples);
    let loudest_content = frames.data.iter().fold(-10.0_f32, |a, b| a.max(*b));
    assert_eq!(frames.len(), 2);
    assert!(max > loudest_content + 1.0, "{max} against {loudest_content}");
}

#[test]
fn silence_is_silent() {
    let (frames, max) = whole(&MelFilters::slaney(128), &[0.0; 16_000]);
    assert_eq!(max, -10.0);
    assert!(frames.data.iter().all(|&x| x == -10.0));
    let window = frames.window(0, 100, max, MelFill::Silence);
    assert!(window.data.iter().all(|&x| x == -1.5));
}

#[test]
fn a_window_is_floored_scaled_transposed_and_filled() {
    let frames = MelFrames { n_mels: 2, data: (0..200).map(|i| i as f32 / 100.0 - 9.0).collect() };
    let max = 2.0;
    let window = frames.window(10, 50, max, MelFill::Zero);
    assert_eq!(window.data.len(), 2 * WINDOW_FRAMES);
    for frame in 0..WINDOW_FRAMES {
        for mel in 0..2 {
            let expected = match frame {
                0..50 => (frames.data[(10 + frame) * 2 + mel].max(-6.0) + 4.0) / 4.0,
                _ => 0.0,
            };
            assert_eq!(window.data[mel * WINDOW_FRAMES + frame], expected, "frame {frame}, mel {mel}");
        }
    }
    let silent = frames.window(98, 50, max, MelFill::Silence);
    assert_eq!(silent.data[1], (frames.data[198].max(-6.0) + 4.0) / 4.0);
    assert_eq!(silent.data[0], (frames.data[196].max(-6.0) + 4.0) / 4.0);
    assert_eq!(silent.data[2], (-6.0 + 4.0) / 4.0);
}

#[test]
fn a_window_from_behind_the_end_is_only_filling() {
    let frames = MelFrames { n_mels: 80, data: vec![-1.0; 80 * 4] };
    assert!(frames.window(9, 3000, 0.0, MelFill::Zero).data.iter().all(|&x| x == 0.0));
    assert!(MelFrames::default().window(0, 3000, 0.0, MelFill::Zero).data.is_empty());
}

#[test]
fn a_part_of_a_window_is_the_window_of_that_part() {
    let (frames, max) = whole(&MelFilters::slaney(80), &signal(16_000));
    let window = frames.window(0, 90, max, MelFill::Zero);
    assert_eq!(window.part(30, 60), frames.window(30, 60, max, MelFill::Zero));
    assert_eq!(window.part(0, WINDOW_FRAMES), window);
    assert!(window.part(WINDOW_FRAMES + 1, 7).data.iter().all(|&x| x == 0.0));
}

#[test]
fn dropped_frames_are_gone_from_the_front() {
    let mut frames = MelFrames { n_mels: 2, data: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0] };
    frames.drop_front(2);
    assert_eq!(frames.data, [4.0, 5.0]);
    frames.drop_front(9);
    assert!(frames.is_empty());
}
