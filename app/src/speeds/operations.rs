//! Operations that a stage takes by its shape, two per product. Normalisations, softmax and GELU are not
//! counted.

use hark_engine::dims::WINDOW_FRAMES;
use hark_engine::model::ModelDims;

/// The encoder over one window.
pub fn encoder(dims: &ModelDims) -> f64 {
    let [positions, state, mels, layers] =
        [dims.n_audio_ctx, dims.n_audio_state, dims.n_mels, dims.n_audio_layer].map(|n| n as f64);
    let taps = 3.0;
    let convolutions =
        2.0 * WINDOW_FRAMES as f64 * mels * taps * state + 2.0 * positions * taps * state * state;
    // Four matrices of attention and two of four times the size.
    let linear = 2.0 * positions * 12.0 * state * state;
    let attention = 4.0 * positions * positions * state;
    convolutions + layers * (linear + attention)
}

/// Keys and values of one window for all layers of the decoder.
pub fn cross_kv(dims: &ModelDims) -> f64 {
    let [positions, state, layers] =
        [dims.n_audio_ctx, dims.n_text_state, dims.n_text_layer].map(|n| n as f64);
    layers * 2.0 * positions * 2.0 * state * state
}

/// The decoder over a prompt of `tokens` tokens, with the logits of the last.
pub fn prefill(dims: &ModelDims, tokens: usize) -> f64 {
    let [positions, state, vocabulary, layers] =
        [dims.n_audio_ctx, dims.n_text_state, dims.n_vocab, dims.n_text_layer].map(|n| n as f64);
    let tokens = tokens as f64;
    // Four matrices of attention, two of cross-attention, and two of four times the size.
    let linear = 2.0 * tokens * 14.0 * state * state;
    let attention = 4.0 * tokens * (tokens + 1.0) / 2.0 * state + 4.0 * tokens * positions * state;
    layers * (linear + attention) + 2.0 * vocabulary * state
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: ModelDims = ModelDims {
        n_mels: 80,
        n_audio_ctx: 1500,
        n_audio_state: 512,
        n_audio_head: 8,
        n_audio_layer: 6,
        n_vocab: 51_864,
        n_text_ctx: 448,
        n_text_state: 512,
        n_text_head: 8,
        n_text_layer: 6,
    };

    #[test]
    fn the_base_model_s_work_is_known() {
        // 0.737 and 2.359 of convolutions, 6 × 9.437 of matrices, 6 × 4.608 of attention.
        assert_eq!(encoder(&BASE), 87_367_680_000.0);
        assert_eq!(cross_kv(&BASE), 9_437_184_000.0);
        // 6 × (1.879 of matrices, 0.067 and 0.786 of attention), 0.053 of logits.
        assert_eq!(prefill(&BASE, 256), 16_450_215_936.0);
    }
}
