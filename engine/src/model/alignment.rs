//! Cross-attention heads that follow the audio in time (openai-whisper, `_ALIGNMENT_HEADS`).

use super::ModelDims;

type Heads = &'static [(usize, usize)];

/// (layer, head) pairs of the published models.
#[rustfmt::skip]
const PUBLISHED: &[(&str, Heads)] = &[
    ("tiny.en", &[
        (1, 0), (2, 0), (2, 5), (3, 0), (3, 1), (3, 2), (3, 3), (3, 4),
    ]),
    ("tiny", &[
        (2, 2), (3, 0), (3, 2), (3, 3), (3, 4), (3, 5),
    ]),
    ("base.en", &[
        (3, 3), (4, 7), (5, 1), (5, 5), (5, 7),
    ]),
    ("base", &[
        (3, 1), (4, 2), (4, 3), (4, 7), (5, 1), (5, 2), (5, 4), (5, 6),
    ]),
    ("small.en", &[
        (6, 6), (7, 0), (7, 3), (7, 8), (8, 2), (8, 5), (8, 7), (9, 0), (9, 4), (9, 8), (9, 10),
        (10, 0), (10, 1), (10, 2), (10, 3), (10, 6), (10, 11), (11, 2), (11, 4),
    ]),
    ("small", &[
        (5, 3), (5, 9), (8, 0), (8, 4), (8, 7), (8, 8), (9, 0), (9, 7), (9, 9), (10, 5),
    ]),
    ("medium.en", &[
        (11, 4), (14, 1), (14, 12), (14, 14), (15, 4), (16, 0), (16, 4), (16, 9), (17, 12), (17, 14),
        (18, 7), (18, 10), (18, 15), (20, 0), (20, 3), (20, 9), (20, 14), (21, 12),
    ]),
    ("medium", &[
        (13, 15), (15, 4), (15, 15), (16, 1), (20, 0), (23, 4),
    ]),
    ("large-v1", &[
        (9, 19), (11, 2), (11, 4), (11, 17), (22, 7), (22, 11), (22, 17), (23, 2), (23, 15),
    ]),
    ("large-v2", &[
        (10, 12), (13, 17), (16, 11), (16, 12), (16, 13), (17, 15), (17, 16), (18, 4), (18, 11),
        (18, 19), (19, 11), (21, 2), (21, 3), (22, 3), (22, 9), (22, 12), (23, 5), (23, 7), (23, 13),
        (25, 5), (26, 1), (26, 12), (27, 15),
    ]),
    ("large-v3", &[
        (7, 0), (10, 17), (12, 18), (13, 12), (16, 1), (17, 14), (19, 11), (21, 4), (24, 1), (25, 6),
    ]),
    ("large-v3-turbo", &[
        (2, 4), (2, 11), (3, 3), (3, 6), (3, 11), (3, 14),
    ]),
];

/// The (layer, head) pairs that word timestamps are read from: the published ones for a model of a
/// published shape, otherwise all heads of the decoder's upper half, as in the reference.
///
/// large-v1 and large-v2 have the same shape; `name` decides, and without a word from it v2.
pub(super) fn alignment_heads(dims: &ModelDims, name: &str) -> Vec<(usize, usize)> {
    let published = published_name(dims, name).and_then(|p| PUBLISHED.iter().find(|(model, _)| *model == p));
    match published {
        Some((_, heads)) => heads.to_vec(),
        None => upper_half(dims),
    }
}

/// All heads of the upper half of the decoder's layers.
pub(super) fn upper_half(dims: &ModelDims) -> Vec<(usize, usize)> {
    let layers = dims.n_text_layer / 2..dims.n_text_layer;
    layers.flat_map(|layer| (0..dims.n_text_head).map(move |head| (layer, head))).collect()
}

fn published_name(dims: &ModelDims, name: &str) -> Option<&'static str> {
    let shape = (dims.n_audio_state, dims.n_audio_layer, dims.n_text_layer, dims.n_text_head);
    Some(match (shape, dims.is_multilingual(), dims.n_mels) {
        ((384, 4, 4, 6), false, 80) => "tiny.en",
        ((384, 4, 4, 6), true, 80) => "tiny",
        ((512, 6, 6, 8), false, 80) => "base.en",
        ((512, 6, 6, 8), true, 80) => "base",
        ((768, 12, 12, 12), false, 80) => "small.en",
        ((768, 12, 12, 12), true, 80) => "small",
        ((1024, 24, 24, 16), false, 80) => "medium.en",
        ((1024, 24, 24, 16), true, 80) => "medium",
        ((1280, 32, 32, 20), true, 80) if name.contains("large-v1") => "large-v1",
        ((1280, 32, 32, 20), true, 80) => "large-v2",
        ((1280, 32, 32, 20), true, 128) => "large-v3",
        ((1280, 32, 4, 20), true, 128) => "large-v3-turbo",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::formula;

    #[test]
    fn published_shapes_have_their_heads_and_others_the_upper_half() {
        for (size, multilingual, file, first, count) in [
            ("tiny", false, "ggml-tiny.en.bin", (1, 0), 8),
            ("tiny", true, "ggml-tiny.bin", (2, 2), 6),
            ("base", false, "x", (3, 3), 5),
            ("base", true, "x", (3, 1), 8),
            ("small", false, "x", (6, 6), 19),
            ("small", true, "x", (5, 3), 10),
            ("medium", false, "x", (11, 4), 18),
            ("medium", true, "x", (13, 15), 6),
            ("large", true, "ggml-large-v1.bin", (9, 19), 9),
            ("large", true, "ggml-large-v2-q5_0.bin", (10, 12), 23),
            ("large", true, "ggml-large.bin", (10, 12), 23),
            ("large-v3", true, "x", (7, 0), 10),
            ("large-v3-turbo", true, "x", (2, 4), 6),
            ("tiny-128", true, "x", (2, 0), 12),
        ] {
            let dims = formula::dims(size, multilingual).unwrap();
            let heads = alignment_heads(&dims, file);
            assert_eq!((heads[0], heads.len()), (first, count), "{size} {multilingual} {file}");
            assert!(heads.iter().all(|(layer, head)| *layer < dims.n_text_layer && *head < dims.n_text_head));
        }
    }
}
