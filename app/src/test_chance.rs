//! Chance that is the same each time, for tests with damaged files.

/// splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
pub struct Chance(pub u64);

impl Chance {
    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Damages something in some place: what a disk, an editor or a crash leaves.
    pub fn damage(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len().max(1)).min(bytes.len());
        let end = (at + 1 + self.below(30)).min(bytes.len());
        match self.below(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => bytes[at..end].fill(0),
            3 => bytes[at..end].iter_mut().for_each(|byte| *byte = self.next() as u8),
            _ => bytes[at..end].iter_mut().for_each(|byte| *byte = b"[]{}\"09e-,.:"[self.below(12)]),
        }
    }

    /// So many times: the same bytes with one to three wounds.
    pub fn damaged<'a>(&'a mut self, whole: &'a [u8], times: usize) -> impl Iterator<Item = Vec<u8>> + 'a {
        (0..times).map(|_| {
            let mut bytes = whole.to_vec();
            (0..=self.below(3)).for_each(|_| self.damage(&mut bytes));
            bytes
        })
    }
}
