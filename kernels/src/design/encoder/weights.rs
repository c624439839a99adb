//! The buffer of weights: for each product and each column of cores the tokens of B in the order in which they are sent.

use super::Program;
use super::dense::{Dense, Tensors, fetch};
use super::pieces::{Piece, Recipe};
use crate::design::resident::TOKEN;
use crate::design::tiles::{
    BLOCK_COLUMNS, BLOCK_DEPTH, SIDE, Tiled, VALUES, bfloat16, block_rows, in_tile_of_b, three_terms,
};
use crate::plan::{PlanError, WeightsError};
use crate::txn::Generation;

/// Bytes of a bfloat16, and values of a token.
const HALF: usize = 2;
const VALUES_OF_TOKEN: usize = TOKEN as usize * VALUES;

impl Program {
    /// Writes all weights, an operation after the other; `tensor` is asked for them by openai-whisper's names, for those
    /// of a LayerNorm more than once.
    ///
    /// # Errors
    /// Those of `tensor`, and lengths that are not the program's.
    pub fn weights<E>(
        &self,
        tensor: &mut dyn FnMut(&str) -> Result<Vec<f32>, E>,
        into: &mut [u8],
    ) -> Result<(), WeightsError<E>> {
        if into.len() != self.weights_len {
            let (what, expected, given) = ("bytes for weights", self.weights_len, into.len());
            return Err(PlanError::Length { what, expected, given }.into());
        }
        into.fill(0);
        let (values, _) = into.as_chunks_mut::<HALF>();
        for piece in &self.pieces {
            let values = &mut values[piece.offset as usize * VALUES..];
            match &piece.recipe {
                Recipe::Table { tensor: name, place } => self.table(name, place, tensor, values)?,
                recipe => {
                    let dense = Dense::new(recipe, &self.shape, tensor)?;
                    self.product(piece, &dense, values);
                }
            }
        }
        Ok(())
    }

    /// The first rows of a table, as long as a clip has positions.
    fn table<E>(
        &self,
        name: &str,
        place: &Tiled,
        tensor: Tensors<'_, E>,
        values: &mut [[u8; HALF]],
    ) -> Result<(), WeightsError<E>> {
        let (positions, state) = (self.shape.positions, self.shape.state);
        let mut fetched = tensor(name).map_err(WeightsError::Tensor)?;
        // A model has all of 30 s.
        fetched.truncate(positions * state);
        let fetched = fetch(&mut |_: &str| Ok(std::mem::take(&mut fetched)), name, positions * state)?;
        for (i, v) in fetched.iter().enumerate() {
            let at = place.place(self.device.generation, i / state, i % state);
            values[at] = bfloat16(*v).to_le_bytes();
        }
        Ok(())
    }

    fn product(&self, piece: &Piece, dense: &Dense, values: &mut [[u8; HALF]]) {
        let mut tokens = values.chunks_exact_mut(VALUES_OF_TOKEN);
        let (columns, depth) = (piece.columns as usize, piece.depth as usize);
        for column in 0..columns {
            for out in 0..piece.outs as usize {
                let first = (columns * out + column) * SIDE;
                for (k, token) in tokens.by_ref().take(depth).enumerate() {
                    for output in 0..SIDE {
                        let weights = dense.row(first + output, k * SIDE).iter().take(SIDE);
                        for (row, weight) in weights.enumerate() {
                            token[in_tile_of_b(row, output)] = weight.to_le_bytes();
                        }
                    }
                }
                if let Some(token) = tokens.next() {
                    parameters(token, self.device.generation, dense, first, self.shape.state);
                }
                for token in tokens.by_ref().take(piece.residual.into()) {
                    (0..SIDE).for_each(|at| token[in_tile_of_b(at, at)] = bfloat16(1.0).to_le_bytes());
                }
            }
        }
    }
}

/// Which term of a sum each row of a block has: `normalise.h`.
const ORDER: [usize; 6] = [0, 1, 2, 0, 1, 0];

/// `struct Parameters` of `kernels/cc/tile.h`: the bias as blocks with equal rows, the sums of weights with the sign
/// turned, and 1 / the length of rows.
fn parameters(token: &mut [[u8; HALF]], generation: Generation, dense: &Dense, first: usize, length: usize) {
    let rows = block_rows(generation);
    let mut float = |at: usize, value: f32| {
        let [a, b, c, d] = value.to_le_bytes();
        token[2 * at] = [a, b];
        token[2 * at + 1] = [c, d];
    };
    let place = |column: usize, height: usize, row: usize| {
        (column / BLOCK_COLUMNS * height + row) * BLOCK_COLUMNS + column % BLOCK_COLUMNS
    };
    let biases = dense.bias.get(first..).unwrap_or_default();
    for (column, bias) in biases.iter().take(SIDE).enumerate() {
        (0..rows).for_each(|row| float(place(column, rows, row), *bias));
    }
    let floats = SIDE * rows;
    float(floats + BLOCK_DEPTH * SIDE / VALUES, 1.0 / length as f32);
    let sums = dense.sums.as_deref().and_then(|sums| sums.get(first..)).unwrap_or_default();
    for (column, sum) in sums.iter().take(SIDE).enumerate() {
        let terms = three_terms(-sum);
        for (row, term) in ORDER.iter().enumerate() {
            token[2 * floats + place(column, BLOCK_DEPTH, row)] = terms[*term].to_le_bytes();
        }
    }
}
