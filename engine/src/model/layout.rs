//! Every tensor of a model by its openai-whisper name: one list that all readers and writers share.

use super::ModelDims;

/// A tensor's name and its row-major shape.
pub(super) type Entry = (String, Vec<usize>);

/// All tensors of a model of this shape, in the order of the network.
pub(super) fn layout(dims: &ModelDims) -> Vec<Entry> {
    let d = dims.n_audio_state;
    let mut list = List(Vec::new());
    for (conv, inp) in [("conv1", dims.n_mels), ("conv2", d)] {
        list.add(format!("encoder.{conv}.weight"), &[d, inp, 3]);
        list.add(format!("encoder.{conv}.bias"), &[d]);
    }
    list.add("encoder.positional_embedding".into(), &[dims.n_audio_ctx, d]);
    for k in 0..dims.n_audio_layer {
        let block = format!("encoder.blocks.{k}");
        list.attention(&format!("{block}.attn"), d);
        list.mlp(&block, d);
    }
    list.norm("encoder.ln_post", d);
    list.add("decoder.token_embedding.weight".into(), &[dims.n_vocab, d]);
    list.add("decoder.positional_embedding".into(), &[dims.n_text_ctx, d]);
    for k in 0..dims.n_text_layer {
        let block = format!("decoder.blocks.{k}");
        list.attention(&format!("{block}.attn"), d);
        list.attention(&format!("{block}.cross_attn"), d);
        list.mlp(&block, d);
    }
    list.norm("decoder.ln", d);
    list.0
}

/// Number of values of all tensors together.
pub(super) fn values(dims: &ModelDims) -> usize {
    layout(dims).iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
}

struct List(Vec<Entry>);

impl List {
    fn add(&mut self, name: String, shape: &[usize]) {
        self.0.push((name, shape.to_vec()));
    }

    fn norm(&mut self, name: &str, channels: usize) {
        self.add(format!("{name}.weight"), &[channels]);
        self.add(format!("{name}.bias"), &[channels]);
    }

    fn linear(&mut self, name: &str, out: usize, inp: usize) {
        self.add(format!("{name}.weight"), &[out, inp]);
        self.add(format!("{name}.bias"), &[out]);
    }

    /// Attention with the LayerNorm before it; keys have no bias.
    fn attention(&mut self, name: &str, d: usize) {
        self.norm(&format!("{name}_ln"), d);
        self.linear(&format!("{name}.query"), d, d);
        self.add(format!("{name}.key.weight"), &[d, d]);
        self.linear(&format!("{name}.value"), d, d);
        self.linear(&format!("{name}.out"), d, d);
    }

    /// The MLP with the LayerNorm before it.
    fn mlp(&mut self, block: &str, d: usize) {
        self.norm(&format!("{block}.mlp_ln"), d);
        self.linear(&format!("{block}.mlp.0"), 4 * d, d);
        self.linear(&format!("{block}.mlp.2"), d, 4 * d);
    }
}
