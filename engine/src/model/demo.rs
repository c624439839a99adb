//! The demo model in this binary, and its exact widening to the shapes of real models.

use super::layout::{layout, values};
use super::source::{Part, Source};
use super::stored::{self, Index};
use super::{Model, ModelDims, ModelError, Parts, ggml};
use flate2::read::GzDecoder;
use half::f16;
use memmap2::MmapMut;
use std::collections::HashMap;
use std::hash::Hasher;
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use twox_hash::XxHash3_64;

/// `ggml-hark-demo.en.bin` in f16, compressed.
const DEMO: &[u8] = include_bytes!("../../../assets/demo/ggml-hark-demo.en.bin.gz");

/// Unpacks the file. gzip's checksum is verified. The memory is the system's own, which gets it back
/// at once when it is no longer needed; an allocator would keep it.
fn unpack() -> Result<MmapMut, String> {
    let damaged = |error| format!("this program's own copy is damaged ({error}); install Hark again");
    let length = DEMO.last_chunk().map_or(0, |length| u32::from_le_bytes(*length));
    let mut bytes = MmapMut::map_anon(length as usize)
        .map_err(|error| format!("there is no memory to unpack it, {} MiB ({error})", length >> 20))?;
    let mut file = GzDecoder::new(DEMO);
    file.read_exact(&mut bytes).map_err(damaged)?;
    // The checksum is looked at when the end is met.
    file.read_to_end(&mut Vec::new()).map_err(damaged)?;
    Ok(bytes)
}

/// The demo model.
pub(super) fn load() -> Result<Model, ModelError> {
    load_widened("demo", 1, None)
}

/// The demo model with every channel repeated `factor` times (a power of two) and the blocks of
/// encoder and decoder filled up to `layers` with such that add nothing. The function stays the
/// same: LayerNorm does not notice repetition, matrices that read channels are divided by the
/// factor, and so is the decoder's last LayerNorm, because the tied embedding sums over all copies.
pub(super) fn load_widened(name: &str, factor: usize, layers: Option<usize>) -> Result<Model, ModelError> {
    let wrong = |reason: String| ModelError::format(name, reason);
    let bytes = unpack().map_err(wrong)?;
    let (head, index) = ggml::read(&&bytes[..]).map_err(wrong)?;
    let source = Widened::new(head.dims, index, factor, layers);
    source.keep(Arc::new(bytes));
    let (own, dims) = (source.own, source.dims);
    // Blocks that were filled up have nothing to align; the original's upper half stays what it is.
    let heads = (own.n_text_layer / 2..own.n_text_layer)
        .flat_map(|l| (0..dims.n_text_head).map(move |h| (l, h)))
        .collect();
    let parts =
        Parts { dims, vocabulary: head.vocabulary, mel_filters: head.mel_filters, source: Arc::new(source) };
    Model::from_parts(name, parts, Some(heads))
}

/// The demo model, widened or not, as a source. The unpacked file, larger than the compressed one
/// that is in the binary anyway, is kept until as many values were fetched as the model has, that
/// is, until encoder and decoder are made; whoever asks later waits for it to be unpacked again.
struct Widened {
    /// The shape of the demo model itself.
    own: ModelDims,
    shapes: HashMap<String, Vec<usize>>,
    index: Index,
    factor: usize,
    /// The shape after widening.
    dims: ModelDims,
    unpacked: Mutex<Unpacked>,
}

#[derive(Default)]
struct Unpacked {
    bytes: Option<Arc<MmapMut>>,
    /// Values to be fetched before the bytes go.
    left: usize,
}

impl Widened {
    fn new(own: ModelDims, index: Index, factor: usize, layers: Option<usize>) -> Self {
        let layers = layers.unwrap_or(own.n_text_layer);
        let dims = ModelDims {
            n_audio_state: own.n_audio_state * factor,
            n_audio_head: own.n_audio_head * factor,
            n_audio_layer: layers,
            n_text_state: own.n_text_state * factor,
            n_text_head: own.n_text_head * factor,
            n_text_layer: layers,
            ..own
        };
        let shapes = layout(&own).into_iter().collect();
        Self { own, shapes, index, factor, dims, unpacked: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Unpacked> {
        self.unpacked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the unpacked file until as many values were fetched as there are.
    fn keep(&self, bytes: Arc<MmapMut>) {
        *self.lock() = Unpacked { bytes: Some(bytes), left: values(&self.dims) };
    }

    /// The unpacked file. Whoever comes while it is unpacked waits.
    fn bytes(&self) -> Result<Arc<MmapMut>, String> {
        let mut unpacked = self.lock();
        if let Some(bytes) = &unpacked.bytes {
            return Ok(bytes.clone());
        }
        let bytes = Arc::new(unpack()?);
        *unpacked = Unpacked { bytes: Some(bytes.clone()), left: values(&self.dims) };
        Ok(bytes)
    }

    /// Divides a row by the number of its copies where the sum over all of them is what counts, and
    /// rounds what files hold in f16.
    fn share(&self, row: &mut [f32], part: &Part<'_>) {
        let copies = part.width() / row.len();
        let positions = part.name.ends_with("positional_embedding");
        let table = positions || part.name == "decoder.token_embedding.weight";
        let matrix = part.shape.len() > 1;
        if matrix && !table || part.name.starts_with("decoder.ln.") {
            row.iter_mut().for_each(|v| *v /= copies as f32);
        }
        if matrix && !positions {
            row.iter_mut().for_each(|v| *v = f16::from_f32(*v).to_f32());
        }
    }
}

impl Source for Widened {
    fn read(&self, part: &Part<'_>, out: &mut [f32]) -> Result<(), String> {
        let (name, added) = own_name(part.name, self.own.n_text_layer);
        // In added blocks, whatever writes to the residual stream is zero.
        if added && (name.contains("attn.out.") || name.contains("mlp.2.")) {
            out.fill(0.0);
            return Ok(());
        }
        let shape = self.shapes.get(&name).ok_or_else(|| format!("tensor {name} is missing"))?;
        let bytes = self.bytes()?;
        if self.factor == 1 && !added {
            return stored::read(&self.index, &[&bytes[..]], part, out);
        }
        let own = Part::whole(&name, shape);
        let mut row = vec![0.0; own.width()];
        for (k, out) in part.rows.clone().zip(out.chunks_exact_mut(part.width())) {
            let k = k % own.rows.end;
            stored::read(&self.index, &[&bytes[..]], &own.with_rows(k..k + 1), &mut row)?;
            self.share(&mut row, part);
            out.chunks_exact_mut(row.len()).for_each(|copy| copy.copy_from_slice(&row));
        }
        Ok(())
    }

    fn release(&self, part: &Part<'_>) {
        let mut unpacked = self.lock();
        unpacked.left = unpacked.left.saturating_sub(part.values());
        if unpacked.left == 0 {
            unpacked.bytes = None;
        }
    }

    fn fingerprint(&self) -> Result<u64, String> {
        let mut hash = XxHash3_64::with_seed(self.factor as u64 * 1000 + self.dims.n_text_layer as u64);
        hash.write(DEMO);
        Ok(hash.finish())
    }
}

/// The demo model's tensor that a tensor of the wide model is made from, and whether it belongs to
/// a block that was added.
fn own_name(tensor: &str, own_layers: usize) -> (String, bool) {
    for side in ["encoder.blocks.", "decoder.blocks."] {
        if let Some((layer, part)) = tensor.strip_prefix(side).and_then(|rest| rest.split_once('.')) {
            let added = layer.parse::<usize>().is_ok_and(|k| k >= own_layers);
            if added {
                return (format!("{side}0.{part}"), true);
            }
        }
    }
    (tensor.into(), false)
}

/// The demo model's ordinary tokens: those of GPT-2, which English-only Whisper models share.
pub(super) fn vocabulary() -> Result<super::tokenizer::Vocabulary, ModelError> {
    let mut head = Vec::new();
    // Header, filters and vocabulary end within the first megabyte; the weights need not be unpacked.
    let read = GzDecoder::new(DEMO).take(1 << 20).read_to_end(&mut head);
    read.map_err(|error| ModelError::format("demo", error.to_string()))?;
    ggml::read_vocabulary_only(&&head[..]).map_err(|reason| ModelError::format("demo", reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Golden {
        factor: usize,
        name: String,
        values: usize,
        crc32: u32,
    }

    #[test]
    fn widened_tensors_equal_those_of_the_recipe() {
        let golden: Vec<Golden> = serde_json::from_str(include_str!("../../tests/data/widen.json")).unwrap();
        let models: HashMap<usize, Model> =
            [(1, "demo", None), (2, "demo:tiny", None), (4, "demo:small", Some(12))]
                .map(|(factor, name, layers)| (factor, load_widened(name, factor, layers).unwrap()))
                .into();
        assert_eq!(golden.iter().filter(|g| g.factor == 1).count(), models[&1].shapes().len());
        for golden in golden {
            let wide = models[&golden.factor].tensor(&golden.name).unwrap();
            let mut crc = flate2::Crc::new();
            wide.iter().for_each(|v| crc.update(&v.to_le_bytes()));
            let context = format!("{} times {}", golden.name, golden.factor);
            assert_eq!((wide.len(), crc.sum()), (golden.values, golden.crc32), "{context}");
        }
    }

    #[test]
    fn added_blocks_have_no_heads_to_align() {
        let heads: Vec<_> = load_widened("demo:tiny", 2, Some(5)).unwrap().alignment_heads.to_vec();
        let expected: Vec<_> = [2, 3].into_iter().flat_map(|l| (0..6).map(move |h| (l, h))).collect();
        assert_eq!(heads, expected);
    }

    #[test]
    fn the_unpacked_file_goes_when_everything_was_fetched_and_comes_back_when_asked() {
        for (name, factor, layers) in [("demo", 1, None), ("demo:tiny", 2, Some(5))] {
            let bytes = unpack().unwrap();
            let (head, index) = ggml::read(&&bytes[..]).unwrap();
            let source = Widened::new(head.dims, index, factor, layers);
            source.keep(Arc::new(bytes));
            for (tensor, shape) in layout(&source.dims) {
                assert!(source.lock().bytes.is_some(), "{name} {tensor}");
                fetch(&source, &Part::whole(&tensor, &shape));
            }
            assert!(source.lock().bytes.is_none(), "{name}");
            let shape = [source.dims.n_audio_state];
            fetch(&source, &Part::whole("encoder.ln_post.weight", &shape));
            assert!(source.lock().bytes.is_some(), "{name}");
        }
    }

    fn fetch(source: &Widened, part: &Part<'_>) {
        source.read(part, &mut vec![0.0; part.values()]).unwrap();
        source.release(part);
    }
}
