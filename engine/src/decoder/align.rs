//! When each token was spoken: cross-attention and dynamic time warping (openai-whisper,
//! `timing.py`, `find_alignment`).

use super::cache::CrossKv;
use super::layers::HeadWeights;
use super::network::Decoder;
use crate::cancel::{Cancel, Cancelled};
use crate::dims::{FRAMES_PER_POSITION, SECONDS_PER_TIMESTAMP};
use crate::model::Tokenizer;
use crate::transcript::Token;

/// Width of the median filter along time, in encoder positions.
const MEDIAN: usize = 7;
/// Heads whose scores are held at the same time: 32 × 224 × 1500 values at most.
const HEADS_AT_ONCE: usize = 32;

/// Times and probabilities of a window's text tokens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TokenTimes {
    /// Seconds in the window at which token `i` begins; one more than there are tokens, the last
    /// being where the text ends.
    pub starts: Vec<f64>,
    /// Probability of each token.
    pub probabilities: Vec<f32>,
}

/// Aligns `text` (tokens without timestamps) with a window of `frames` mel frames by the given
/// cross-attention heads (layer, head).
///
/// # Errors
/// [`Cancelled`] within one layer of `cancel` being raised.
#[expect(clippy::too_many_arguments, reason = "each is another thing, and there is one caller")]
pub fn align(
    decoder: &Decoder,
    tokenizer: &Tokenizer,
    cross: &CrossKv,
    sot_sequence: &[Token],
    text: &[Token],
    frames: usize,
    heads: &[(usize, usize)],
    cancel: &Cancel,
) -> Result<TokenTimes, Cancelled> {
    let positions = (frames / FRAMES_PER_POSITION).min(cross.positions);
    let room = decoder.dims().n_text_ctx.saturating_sub(sot_sequence.len() + 2);
    let text = &text[..text.len().min(room)];
    if text.is_empty() || positions == 0 || heads.is_empty() {
        return Ok(TokenTimes::default());
    }
    let special = &tokenizer.special;
    let mut tokens = sot_sequence.to_vec();
    tokens.push(special.no_timestamps);
    tokens.extend(text);
    tokens.push(special.eot);
    // The row of <|notimestamps|> predicts the first token; the end token's is not needed.
    let rows = sot_sequence.len()..tokens.len() - 1;
    let mut matrix = vec![0.0; rows.len() * positions];
    let mut probabilities = Vec::new();
    // Published models have at most 23 such heads; more of them would not fit into memory at once.
    for some in heads.chunks(HEADS_AT_ONCE) {
        let (logits, weights) = decoder.attend(cross, &tokens, some, cancel)?;
        add_attention(&mut matrix, &weights, positions, rows.clone());
        probabilities = text_probabilities(&logits, text, decoder.dims().n_vocab, special.eot, rows.start);
    }
    matrix.iter_mut().for_each(|sum| *sum /= heads.len() as f32);
    Ok(TokenTimes { starts: first_positions(&matrix, positions), probabilities })
}

/// Probability of each text token among the ordinary ones; its logits are in row `first` on.
fn text_probabilities(
    logits: &[f32],
    text: &[Token],
    vocabulary: usize,
    eot: Token,
    first: usize,
) -> Vec<f32> {
    let rows = logits.chunks_exact(vocabulary).skip(first);
    let probability = |(token, row): (&Token, &[f32])| {
        (row[*token as usize] - hark_simd::log_sum_exp(&row[..eot as usize])).exp()
    };
    text.iter().zip(rows).map(probability).collect()
}

/// Adds the attention of each head, normalised per position over the tokens and smoothed along
/// time, to `sum` (`[rows.len(), positions]`).
fn add_attention(sum: &mut [f32], weights: &HeadWeights, positions: usize, rows: std::ops::Range<usize>) {
    for head in &weights.heads {
        let mut matrix: Vec<f32> =
            head.chunks_exact(weights.positions).flat_map(|row| &row[..positions]).copied().collect();
        matrix.chunks_exact_mut(positions).for_each(hark_simd::softmax);
        normalise_columns(&mut matrix, positions);
        for (i, row) in rows.clone().enumerate() {
            let smooth = median_filter(&matrix[row * positions..][..positions]);
            for (sum, value) in sum[i * positions..].iter_mut().zip(smooth) {
                *sum += value;
            }
        }
    }
}

/// Mean 0 and standard deviation 1 down each column.
fn normalise_columns(matrix: &mut [f32], columns: usize) {
    let rows = (matrix.len() / columns) as f64;
    for column in 0..columns {
        let values = || matrix.iter().skip(column).step_by(columns).map(|v| f64::from(*v));
        let mean = values().sum::<f64>() / rows;
        let deviation = (values().map(|v| (v - mean).powi(2)).sum::<f64>() / rows).sqrt();
        for value in matrix.iter_mut().skip(column).step_by(columns) {
            *value = ((f64::from(*value) - mean) / deviation) as f32;
        }
    }
}

/// Median of seven neighbours, reflected at the ends.
fn median_filter(row: &[f32]) -> Vec<f32> {
    const HALF: usize = MEDIAN / 2;
    if row.len() <= HALF {
        return row.to_vec();
    }
    let last = row.len() - 1;
    // Place `i` of the padded row is `HALF` before place `i` of the row, mirrored at both ends.
    let at = |i: usize| {
        let i = i.abs_diff(HALF);
        row[if i > last { 2 * last - i } else { i }]
    };
    (0..row.len())
        .map(|i| {
            let mut neighbours: [f32; MEDIAN] = std::array::from_fn(|j| at(i + j));
            neighbours.sort_by(f32::total_cmp);
            neighbours[HALF]
        })
        .collect()
}

/// Dynamic time warping of `-matrix`; seconds at which the path first reaches each row.
fn first_positions(matrix: &[f32], columns: usize) -> Vec<f64> {
    #[derive(Clone, Copy)]
    enum From {
        Both,
        Row,
        Column,
    }
    let rows = matrix.len() / columns;
    let width = columns + 1;
    let mut cost = vec![f32::INFINITY; (rows + 1) * width];
    let mut from = vec![From::Column; (rows + 1) * width];
    cost[0] = 0.0;
    for row in 1..=rows {
        from[row * width] = From::Row;
        for column in 1..=columns {
            let at = row * width + column;
            let (both, up, left) = (cost[at - width - 1], cost[at - width], cost[at - 1]);
            let (least, step) = if both < up && both < left {
                (both, From::Both)
            } else if up < both && up < left {
                (up, From::Row)
            } else {
                (left, From::Column)
            };
            // The reference keeps the sums in f32, and near-ties follow from that.
            let here = f64::from(matrix[(row - 1) * columns + column - 1]);
            cost[at] = (f64::from(least) - here) as f32;
            from[at] = step;
        }
    }
    let mut first = vec![0usize; rows];
    let (mut row, mut column) = (rows, columns);
    while row > 0 || column > 0 {
        if row > 0 {
            first[row - 1] = column.saturating_sub(1);
        }
        match from[row * width + column] {
            From::Both => (row, column) = (row - 1, column - 1),
            From::Row => row -= 1,
            From::Column => column -= 1,
        }
    }
    first.into_iter().map(|position| position as f64 * SECONDS_PER_TIMESTAMP).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_reflects_at_the_ends() {
        // torch: F.pad(x, (3, 3), mode="reflect").unfold(-1, 7, 1).sort()[0][..., 3]
        let row = [5.0, 1.0, 4.0, 2.0, 8.0, 3.0, 9.0, 7.0];
        assert_eq!(median_filter(&row), [2.0, 4.0, 3.0, 4.0, 4.0, 7.0, 7.0, 8.0]);
        assert_eq!(median_filter(&[3.0, 1.0, 2.0]), [3.0, 1.0, 2.0]);
    }

    #[test]
    fn the_path_follows_the_bright_diagonal() {
        let (rows, columns) = (3, 9);
        let bright = |i: usize| i % columns / 3 == i / columns;
        let matrix: Vec<f32> = (0..rows * columns).map(|i| if bright(i) { 1.0 } else { -1.0 }).collect();
        let starts = first_positions(&matrix, columns);
        assert_eq!(starts.iter().map(|s| (s / 0.02).round() as usize).collect::<Vec<_>>(), [0, 3, 6]);
    }
}
