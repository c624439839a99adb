//! A model with some of its weights changed, for comparisons that must notice it.

use super::layout::Entry;
use super::source::{Part, Source};
use std::collections::HashMap;
use std::hash::Hasher;
use std::sync::{Arc, Mutex, PoisonError};
use twox_hash::XxHash3_64;

/// Changes a tensor's values, given its openai-whisper name.
pub(super) type Change = dyn Fn(&str, &mut Vec<f32>) + Send + Sync;

/// Another source, with a change applied to every tensor that is fetched.
pub(super) struct Altered {
    inner: Arc<dyn Source>,
    change: Box<Change>,
    layout: Vec<Entry>,
    /// Tensors that were looked at; values only of those that the change touched.
    seen: Mutex<HashMap<String, Option<Arc<Vec<f32>>>>>,
}

impl Altered {
    pub fn new(inner: Arc<dyn Source>, change: Box<Change>, layout: Vec<Entry>) -> Self {
        Self { inner, change, layout, seen: Mutex::default() }
    }

    /// The tensor's values if the change touches them.
    fn changed(&self, part: &Part<'_>) -> Result<Option<Arc<Vec<f32>>>, String> {
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = seen().get(part.name) {
            return Ok(known.clone());
        }
        let whole = Part::whole(part.name, part.shape);
        let mut original = vec![0.0; whole.values()];
        self.inner.read(&whole, &mut original)?;
        let mut values = original.clone();
        (self.change)(part.name, &mut values);
        if values.len() != original.len() {
            return Err(format!(
                "tensor {} has {} values instead of {}",
                part.name,
                values.len(),
                original.len()
            ));
        }
        let same = values.iter().zip(&original).all(|(a, b)| a.to_bits() == b.to_bits());
        let values = (!same).then(|| Arc::new(values));
        seen().insert(part.name.into(), values.clone());
        Ok(values)
    }
}

impl Source for Altered {
    fn read(&self, part: &Part<'_>, out: &mut [f32]) -> Result<(), String> {
        match self.changed(part)? {
            None => self.inner.read(part, out),
            Some(values) => {
                let width = part.width();
                let rows = values.get(part.rows.start * width..part.rows.end * width);
                rows.into_iter().flatten().zip(out).for_each(|(value, out)| *out = *value);
                Ok(())
            }
        }
    }

    fn release(&self, part: &Part<'_>) {
        self.inner.release(part);
    }

    fn fingerprint(&self) -> Result<u64, String> {
        let mut hash = XxHash3_64::with_seed(self.inner.fingerprint()?);
        for (name, shape) in &self.layout {
            // What cannot be read or was left as it is adds nothing.
            if let Ok(Some(values)) = self.changed(&Part::whole(name, shape)) {
                hash.write(name.as_bytes());
                values.iter().for_each(|value| hash.write(&value.to_le_bytes()));
            }
        }
        Ok(hash.finish())
    }
}
