//! The memory that parent and worker share: room for some windows, and behind each for its states.

use crate::dims::WINDOW_FRAMES;
use crate::model::ModelDims;
use hark_xdna::{Error, SharedRegion};

/// Windows on their way to the worker and states on their way back. What is read is a copy, and no value of it
/// is believed: the other side may be broken.
pub struct Exchange {
    region: SharedRegion,
    mel: usize,
    states: usize,
    windows: usize,
}

/// Log-mel values and states of a window.
fn lengths(dims: &ModelDims) -> (usize, usize) {
    (dims.n_mels * WINDOW_FRAMES, dims.n_audio_ctx * dims.n_audio_state)
}

impl Exchange {
    /// Room for `windows` windows of a model, and where the other side finds it.
    ///
    /// # Errors
    /// If the system has no memory to share.
    pub fn create(dims: &ModelDims, windows: usize) -> Result<(Self, String), Error> {
        let (mel, states) = lengths(dims);
        let (region, place) = SharedRegion::create((mel + states).saturating_mul(windows))?;
        Ok((Self { region, mel, states, windows }, place))
    }

    /// The other side's end.
    ///
    /// # Errors
    /// If it is not there, or of another size.
    pub fn open(place: &str, dims: &ModelDims, windows: usize) -> Result<Self, Error> {
        let (mel, states) = lengths(dims);
        let region = SharedRegion::open(place, (mel + states).saturating_mul(windows))?;
        Ok(Self { region, mel, states, windows })
    }

    fn stride(&self) -> usize {
        self.mel + self.states
    }

    /// Windows that there is room for.
    pub fn windows(&self) -> usize {
        self.windows
    }

    /// Log-mel values of a window.
    pub fn mel_len(&self) -> usize {
        self.mel
    }

    /// Values of a window's states.
    pub fn states_len(&self) -> usize {
        self.states
    }

    /// Puts down a window's log-mel values.
    ///
    /// # Errors
    /// If there is no such window, or the number of values is another one.
    pub fn put_mel(&mut self, window: usize, values: &[f32]) -> Result<(), Error> {
        self.region.write(self.place(window, 0, values.len() == self.mel), values)
    }

    /// Takes a window's log-mel values.
    ///
    /// # Errors
    /// As [`Exchange::put_mel`].
    pub fn take_mel(&self, window: usize, values: &mut [f32]) -> Result<(), Error> {
        self.region.read(self.place(window, 0, values.len() == self.mel), values)
    }

    /// Puts down a window's states.
    ///
    /// # Errors
    /// As [`Exchange::put_mel`].
    pub fn put_states(&mut self, window: usize, values: &[f32]) -> Result<(), Error> {
        self.region.write(self.place(window, self.mel, values.len() == self.states), values)
    }

    /// Takes a window's states.
    ///
    /// # Errors
    /// As [`Exchange::put_mel`].
    pub fn take_states(&self, window: usize, values: &mut [f32]) -> Result<(), Error> {
        self.region.read(self.place(window, self.mel, values.len() == self.states), values)
    }

    /// Where the values lie; outside of the region if there is no such place.
    fn place(&self, window: usize, behind: usize, fits: bool) -> usize {
        match window < self.windows && fits {
            true => window * self.stride() + behind,
            false => usize::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Model, ModelSpec};

    #[test]
    fn both_sides_see_the_same_and_nothing_overlaps() {
        let dims = Model::load(&ModelSpec::Demo).unwrap().dims;
        let (mut ours, place) = Exchange::create(&dims, 2).unwrap();
        let mut theirs = Exchange::open(&place, &dims, 2).unwrap();
        let (mel, states) = (ours.mel_len(), ours.states_len());
        for window in 0..2 {
            ours.put_mel(window, &vec![1.0 + window as f32; mel]).unwrap();
            theirs.put_states(window, &vec![-1.0 - window as f32; states]).unwrap();
        }
        for window in 0..2 {
            let (mut a, mut b) = (vec![0.0; mel], vec![0.0; states]);
            theirs.take_mel(window, &mut a).unwrap();
            ours.take_states(window, &mut b).unwrap();
            assert!(a.iter().all(|v| *v == 1.0 + window as f32));
            assert!(b.iter().all(|v| *v == -1.0 - window as f32));
        }
        assert!(ours.put_mel(2, &vec![0.0; mel]).is_err(), "there is no such window");
        assert!(ours.put_mel(0, &vec![0.0; mel + 1]).is_err(), "too many values");
        assert!(Exchange::open("nowhere", &dims, 2).is_err());
    }
}
