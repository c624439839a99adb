//! The memory that parent and worker share: room for some windows, and behind each for its states.

use crate::dims::WINDOW_FRAMES;
use crate::model::ModelDims;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Windows on their way to the worker and states on their way back. What is read is a copy, and no value of it
/// is believed: the other side may be broken.
pub struct Exchange {
    file: File,
    mel: usize,
    states: usize,
    windows: usize,
}

impl Exchange {
    /// Room for `windows` windows of a model, and where the other side finds it.
    ///
    /// # Errors
    /// If the system has no memory to share.
    pub fn create(dims: &ModelDims, windows: usize) -> io::Result<(Self, String)> {
        let file = tempfile::tempfile()?;
        let exchange = Self::over(file, dims, windows);
        exchange.file.set_len((exchange.stride() * windows * size_of::<f32>()) as u64)?;
        use std::os::fd::AsRawFd;
        let place = format!("/proc/{}/fd/{}", std::process::id(), exchange.file.as_raw_fd());
        Ok((exchange, place))
    }

    /// The other side's end.
    ///
    /// # Errors
    /// If it is not there, or too small.
    pub fn open(place: &str, dims: &ModelDims, windows: usize) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(place)?;
        Ok(Self::over(file, dims, windows))
    }

    fn over(file: File, dims: &ModelDims, windows: usize) -> Self {
        let (mel, states) = (dims.n_mels * WINDOW_FRAMES, dims.n_audio_ctx * dims.n_audio_state);
        Self { file, mel, states, windows }
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
    pub fn put_mel(&mut self, window: usize, values: &[f32]) -> io::Result<()> {
        let at = self.place(window, 0, values.len() == self.mel)?;
        self.put(at, values)
    }

    /// Takes a window's log-mel values.
    ///
    /// # Errors
    /// As [`Exchange::put_mel`].
    pub fn take_mel(&self, window: usize, values: &mut [f32]) -> io::Result<()> {
        let at = self.place(window, 0, values.len() == self.mel)?;
        self.take(at, values)
    }

    /// Puts down a window's states.
    ///
    /// # Errors
    /// As [`Exchange::put_mel`].
    pub fn put_states(&mut self, window: usize, values: &[f32]) -> io::Result<()> {
        let at = self.place(window, self.mel, values.len() == self.states)?;
        self.put(at, values)
    }

    /// Takes a window's states.
    ///
    /// # Errors
    /// As [`Exchange::put_mel`].
    pub fn take_states(&self, window: usize, values: &mut [f32]) -> io::Result<()> {
        let at = self.place(window, self.mel, values.len() == self.states)?;
        self.take(at, values)
    }

    fn place(&self, window: usize, behind: usize, fits: bool) -> io::Result<usize> {
        match window < self.windows && fits {
            true => Ok(window * self.stride() + behind),
            false => Err(io::Error::from(io::ErrorKind::InvalidInput)),
        }
    }

    fn put(&self, at: usize, values: &[f32]) -> io::Result<()> {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_ne_bytes()).collect();
        self.file.write_all_at(&bytes, (at * size_of::<f32>()) as u64)
    }

    fn take(&self, at: usize, values: &mut [f32]) -> io::Result<()> {
        let mut bytes = vec![0; size_of_val(values)];
        self.file.read_exact_at(&mut bytes, (at * size_of::<f32>()) as u64)?;
        let (whole, _) = bytes.as_chunks();
        values.iter_mut().zip(whole).for_each(|(v, b)| *v = f32::from_ne_bytes(*b));
        Ok(())
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
