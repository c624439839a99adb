//! Long forms on their way, piece by piece, each in its own time.
//!
//! Source: Inter-Client Communication Conventions Manual, version 2.0, section 2.7.2 (INCR).

use super::content::Form;
use std::time::{Duration, Instant};
use x11rb::protocol::xproto::{Atom, Window};

/// Text longer than this goes in pieces of this size; every server and toolkit takes them.
pub const PIECE: usize = 128 << 10;
/// A piece that nobody has taken by then is not wanted.
const TAKING: Duration = Duration::from_secs(10);

/// A long form on its way.
struct Transfer {
    requestor: Window,
    property: Atom,
    kind: Atom,
    form: Form,
    time: u32,
    at: usize,
    deadline: Instant,
}

/// What comes next of a transfer. Without data it is the end.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    pub kind: Atom,
    pub bits: u8,
    pub data: Vec<u8>,
    /// When the whole was asked for, by the server's clock.
    pub time: u32,
}

/// All that are under way.
#[derive(Default)]
pub struct Transfers(Vec<Transfer>);

impl Transfers {
    /// Begins one. An earlier one into the same property has ended thereby.
    pub fn begin(&mut self, to: (Window, Atom), kind: Atom, form: Form, time: u32, now: Instant) {
        let (requestor, property) = to;
        self.0.retain(|t| (t.requestor, t.property) != to);
        self.0.push(Transfer { requestor, property, kind, form, time, at: 0, deadline: now + TAKING });
    }

    /// The piece that follows the one that was just taken from this property.
    pub fn next(&mut self, to: (Window, Atom), now: Instant) -> Option<Piece> {
        let number = self.0.iter().position(|t| (t.requestor, t.property) == to)?;
        let transfer = &mut self.0[number];
        let end = (transfer.at + PIECE).min(transfer.form.data.len());
        let data = transfer.form.data[transfer.at..end].to_vec();
        let (kind, bits, time) = (transfer.kind, transfer.form.bits, transfer.time);
        (transfer.at, transfer.deadline) = (end, now + TAKING);
        if data.is_empty() {
            self.0.remove(number);
        }
        Some(Piece { kind, bits, data, time })
    }

    /// Forgets those of which nobody takes anything any more.
    pub fn expire(&mut self, now: Instant) {
        self.0.retain(|transfer| transfer.deadline > now);
    }

    /// When one is to be forgotten.
    pub fn deadline(&self) -> Option<Instant> {
        self.0.iter().map(|transfer| transfer.deadline).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(bytes: usize) -> Form {
        let data = (0..=255).cycle().take(bytes).collect();
        Form { target: "image/png".into(), kind: "image/png".into(), bits: 8, data }
    }

    #[test]
    fn a_transfer_that_stalls_holds_up_no_other_and_ends() {
        let (start, mut transfers) = (Instant::now(), Transfers::default());
        let (stalled, other) = ((1, 7), (2, 7));
        transfers.begin(stalled, 3, form(PIECE + 1), 11, start);
        transfers.begin(other, 4, form(PIECE + 1), 12, start + TAKING / 2);
        let lengths = |transfers: &mut Transfers| -> Vec<usize> {
            std::iter::from_fn(|| transfers.next(other, start + TAKING / 2)).map(|p| p.data.len()).collect()
        };
        assert_eq!(lengths(&mut transfers), [PIECE, 1, 0], "the last one is empty, and then it is over");
        assert_eq!(transfers.deadline(), Some(start + TAKING));
        transfers.expire(start + TAKING);
        assert_eq!(transfers.deadline(), None);
        assert_eq!(transfers.next(stalled, start + TAKING), None);
    }

    #[test]
    fn each_piece_gives_the_next_its_time() {
        let (start, mut transfers) = (Instant::now(), Transfers::default());
        transfers.begin((1, 7), 3, form(2 * PIECE), 11, start);
        let later = start + TAKING / 2;
        assert_eq!(transfers.next((1, 7), later).map(|p| (p.kind, p.bits, p.time)), Some((3, 8, 11)));
        transfers.expire(start + TAKING);
        assert_eq!(transfers.deadline(), Some(later + TAKING));
        transfers.begin((1, 7), 3, form(5), 13, later);
        assert_eq!(transfers.next((1, 7), later).map(|p| p.data.len()), Some(5), "asked for anew");
    }
}
