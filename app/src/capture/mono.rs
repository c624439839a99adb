//! Several channels to one.

/// Averages the channels that carry signal. A channel is left out until its first sample that is
/// not zero: an interface with one microphone on two channels should not be half as loud.
pub struct Mono {
    heard: Vec<bool>,
}

impl Mono {
    /// For interleaved samples of `channels` channels.
    pub fn new(channels: usize) -> Self {
        Self { heard: vec![false; channels.max(1)] }
    }

    /// Appends one sample per frame of `interleaved`.
    pub fn push(&mut self, interleaved: &[f32], out: &mut Vec<f32>) {
        let channels = self.heard.len();
        for frame in interleaved.chunks_exact(channels) {
            for (heard, sample) in self.heard.iter_mut().zip(frame) {
                *heard |= *sample != 0.0;
            }
            let loud = self.heard.iter().filter(|h| **h).count().max(1);
            // Channels that were never heard are zero and add nothing to the sum.
            out.push(frame.iter().sum::<f32>() / loud as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mono(channels: usize, interleaved: &[f32]) -> Vec<f32> {
        let mut out = Vec::new();
        Mono::new(channels).push(interleaved, &mut out);
        out
    }

    #[test]
    fn channels_that_carry_signal_are_averaged() {
        assert_eq!(mono(1, &[0.5, -0.25]), [0.5, -0.25]);
        assert_eq!(mono(2, &[0.5, 0.25, -1.0, 0.0]), [0.375, -0.5]);
    }

    #[test]
    fn a_dead_channel_is_left_out() {
        assert_eq!(mono(2, &[0.5, 0.0, -0.25, 0.0]), [0.5, -0.25]);
        assert_eq!(mono(3, &[0.0, 0.6, 0.0, 0.0, 0.0, 0.0]), [0.6, 0.0]);
    }

    #[test]
    fn blocks_do_not_matter() {
        let samples: Vec<f32> =
            (0..600).map(|i| if i < 200 && i % 2 == 1 { 0.0 } else { i as f32 }).collect();
        let mut piecewise = Vec::new();
        let mut mixer = Mono::new(2);
        samples.chunks(34).for_each(|block| mixer.push(block, &mut piecewise));
        assert_eq!(piecewise, mono(2, &samples));
    }
}
