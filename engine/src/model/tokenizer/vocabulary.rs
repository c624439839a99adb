use crate::transcript::Token;

/// The ordinary tokens: their bytes by id, and their ids by bytes. An id is also the token's rank
/// in byte-pair merging.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    bytes: Vec<u8>,
    /// End of each token in `bytes`.
    ends: Vec<usize>,
    /// Ids in the order of their bytes; filled by `index`.
    sorted: Vec<Token>,
}

impl Vocabulary {
    /// Appends the token with the next id. Tokens may be empty; such a token is never encoded.
    pub fn push(&mut self, token: &[u8]) {
        self.bytes.extend_from_slice(token);
        self.ends.push(self.bytes.len());
        self.sorted.clear();
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no tokens.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of a token.
    pub fn get(&self, id: Token) -> Option<&[u8]> {
        let k = id as usize;
        let end = *self.ends.get(k)?;
        let start = if k == 0 { 0 } else { self.ends[k - 1] };
        Some(&self.bytes[start..end])
    }

    /// All tokens in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|k| self.get(k as Token))
    }

    /// The id of a token; of tokens with equal bytes the first. `index` must have been called.
    pub(super) fn id(&self, token: &[u8]) -> Option<Token> {
        let at = self.sorted.partition_point(|id| self.get(*id).unwrap_or_default() < token);
        let id = *self.sorted.get(at)?;
        (self.get(id) == Some(token) && !token.is_empty()).then_some(id)
    }

    /// Prepares `id`. The values of all single bytes must be tokens, or some text has no encoding.
    pub(super) fn index(&mut self) -> Result<(), String> {
        let mut sorted: Vec<Token> = (0..self.len() as Token).collect();
        sorted.sort_unstable_by_key(|id| (self.get(*id).unwrap_or_default(), *id));
        self.sorted = sorted;
        match (0..=u8::MAX).find(|byte| self.id(&[*byte]).is_none()) {
            None => Ok(()),
            Some(byte) => Err(format!(
                "the vocabulary has no token for the byte {byte:#04x}; the file is damaged, get it again"
            )),
        }
    }
}
