//! Windows decoded side by side.
//!
//! A step of the decoder reads all its weights, whether for one sequence or for eight, and reading
//! them is what takes the time. So the sequences of several windows take each step together; one
//! that ends leaves at once, and another window may take its place. A sequence's numbers do not
//! depend on its company, so a window becomes the same text as alone. The tokens that a window begins with go along
//! with a step of the others.

use super::cache::CrossKv;
use super::network::Decoder;
use super::search::Search;
use super::window::{DecodeOptions, WindowText};
use crate::cancel::{Cancel, Cancelled};
use crate::model::Tokenizer;
use crate::transcript::Token;
use std::ops::Deref;

/// Up to this many rows a product streams the weights once and computes each row for itself.
pub const MOST_ROWS: usize = 8;

/// Windows on their way through the decoder together, lent (`&CrossKv`) or kept (`Arc<CrossKv>`).
pub struct Lockstep<'a, C> {
    decoder: &'a Decoder,
    tokenizer: &'a Tokenizer,
    /// Each with the name that the caller gave it.
    searches: Vec<(usize, Search<C>)>,
    /// Of the last step: new memory for each would take a twentieth of its time.
    logits: Vec<f32>,
}

impl<'a, C: Deref<Target = CrossKv>> Lockstep<'a, C> {
    /// Nobody yet.
    pub fn new(decoder: &'a Decoder, tokenizer: &'a Tokenizer) -> Self {
        Self { decoder, tokenizer, searches: Vec::new(), logits: Vec::new() }
    }

    /// Whether no window is under way.
    pub fn is_empty(&self) -> bool {
        self.searches.is_empty()
    }

    /// Whether a window would change nobody's numbers: at most 8 sequences, or one window alone.
    pub fn has_room(&self, options: &DecodeOptions<'_>) -> bool {
        self.is_empty() || self.rows() + options.rows() <= MOST_ROWS
    }

    /// Sequences under way.
    pub fn rows(&self) -> usize {
        self.searches.iter().map(|(_, search)| search.rows()).sum()
    }

    /// Lets a window go that nobody waits for any more.
    pub fn dismiss(&mut self, name: usize) {
        self.searches.retain(|(known, _)| *known != name);
    }

    /// Takes in a window under a name of the caller's choice.
    pub fn admit(&mut self, name: usize, cross: C, options: &DecodeOptions<'_>) {
        self.searches.push((name, Search::new(self.decoder, self.tokenizer, cross, options)));
    }

    /// One more token for every sequence; the windows that are done, with their names.
    ///
    /// # Errors
    /// [`Cancelled`] within one layer of `cancel` being raised; the windows are lost then.
    pub fn step(&mut self, cancel: &Cancel) -> Result<Vec<(usize, WindowText)>, Cancelled> {
        // The initial tokens of a window that came in go along with the step of the others, if all that fits.
        if self.searches.iter().map(|(_, search)| search.pass_rows()).sum::<usize>() > MOST_ROWS {
            self.begin(cancel)?;
        }
        let mut searches: Vec<_> = self.searches.iter_mut().map(|(_, search)| search).collect();
        pass(self.decoder, &mut searches, &mut self.logits, cancel)?;
        let ended = self.searches.extract_if(.., |(_, search)| search.ended());
        Ok(ended.map(|(name, search)| (name, search.finish(self.tokenizer))).collect())
    }

    /// Feeds the initial tokens of the windows that came in: together, one token at a time, if that
    /// takes fewer passes than a window at a time, which needs them to be equally long.
    fn begin(&mut self, cancel: &Cancel) -> Result<(), Cancelled> {
        let mut new: Vec<_> =
            self.searches.iter_mut().map(|(_, s)| s).filter(|search| !search.begun()).collect();
        let lengths = || new.iter().map(|search| search.initial().len());
        let (shortest, longest) = (lengths().min(), lengths().max());
        match longest {
            Some(length) if shortest == longest && length < new.len() => {
                begin_together(self.decoder, &mut new, length, cancel)
            }
            _ => new.iter_mut().try_for_each(|search| {
                pass(self.decoder, std::slice::from_mut(search), &mut self.logits, cancel)
            }),
        }
    }
}

/// The next tokens of these windows in one pass over the weights.
fn pass<C: Deref<Target = CrossKv>>(
    decoder: &Decoder,
    searches: &mut [&mut Search<C>],
    logits: &mut Vec<f32>,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let (mut wanted, mut rows) = (Vec::new(), 0);
    for search in searches.iter() {
        wanted.extend(search.wanted().map(|row| rows + row));
        rows += search.pass_rows();
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let (mut sequences, tokens): (Vec<_>, Vec<_>) =
        searches.iter_mut().flat_map(|search| search.sequences()).unzip();
    decoder.next_rows(&mut sequences, &tokens, &wanted, logits, cancel)?;
    let mut rest = logits.as_mut_slice();
    let vocabulary = rest.len() / wanted.len();
    for search in searches.iter_mut().filter(|search| !search.ended()) {
        let (rows, others) = rest.split_at_mut(search.wanted().count() * vocabulary);
        search.take(rows);
        rest = others;
    }
    Ok(())
}

fn begin_together<C: Deref<Target = CrossKv>>(
    decoder: &Decoder,
    searches: &mut [&mut Search<C>],
    length: usize,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let mut starts: Vec<Vec<f32>> = vec![Vec::new(); searches.len()];
    let mut logits = Vec::new();
    for position in 0..length {
        let tokens: Vec<Token> = searches.iter().map(|search| search.initial()[position]).collect();
        let mut sequences: Vec<_> = searches.iter_mut().filter_map(|s| s.first_sequence()).collect();
        decoder.step_many(&mut sequences, &tokens, &mut logits, cancel)?;
        let rows = || logits.chunks_exact(logits.len() / tokens.len());
        for ((search, start), row) in searches.iter().zip(&mut starts).zip(rows()) {
            if search.sot_index() == position {
                *start = row.to_vec();
            }
        }
        if position + 1 == length {
            let all = searches.iter_mut().zip(&mut starts).zip(rows());
            all.for_each(|((search, start), first)| search.begin_with(start, first));
        }
    }
    Ok(())
}
