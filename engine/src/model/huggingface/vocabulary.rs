//! Ordinary tokens from vocab.json or tokenizer.json, in GPT-2's spelling of bytes as characters.

use super::read_json;
use crate::model::tokenizer::Vocabulary;
use crate::model::{ModelDims, ModelError};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

type Ids = HashMap<String, usize>;

#[derive(Deserialize)]
struct TokenizerJson {
    model: BpeModel,
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
}

#[derive(Deserialize)]
struct BpeModel {
    vocab: Ids,
}

#[derive(Deserialize)]
struct AddedToken {
    id: usize,
    content: String,
}

pub(super) fn read(folder: &Path, dims: &ModelDims) -> Result<Vocabulary, ModelError> {
    let vocab_json = folder.join("vocab.json");
    let (path, ids, added) = match read_json::<Ids>(&vocab_json)? {
        Some(ids) => {
            (vocab_json, ids, read_json::<Ids>(&folder.join("added_tokens.json"))?.unwrap_or_default())
        }
        None => {
            let path = folder.join("tokenizer.json");
            let file: TokenizerJson = read_json(&path)?.ok_or_else(|| {
                let reason = "it has neither vocab.json nor tokenizer.json; one of them belongs into it";
                ModelError::format(folder.display().to_string(), reason)
            })?;
            (path, file.model.vocab, file.added_tokens.into_iter().map(|t| (t.content, t.id)).collect())
        }
    };
    check_specials(&ids, &added, dims)
        .and_then(|()| ordinary(&ids, dims))
        .map_err(|reason| ModelError::format(path.display().to_string(), reason))
}

/// Special tokens that the files name stand where this model's shape puts them.
fn check_specials(ids: &Ids, added: &Ids, dims: &ModelDims) -> Result<(), String> {
    let eot = dims.ordinary_tokens();
    let no_timestamps = eot + 2 + dims.languages() + 5;
    for (name, id) in
        [("<|endoftext|>", eot), ("<|startoftranscript|>", eot + 1), ("<|notimestamps|>", no_timestamps)]
    {
        if let Some(found) = added.get(name).or_else(|| ids.get(name)).filter(|found| **found != id) {
            return Err(format!(
                "{name} has id {found} and this model {id}; the tokenizer belongs to another model"
            ));
        }
    }
    Ok(())
}

fn ordinary(ids: &Ids, dims: &ModelDims) -> Result<Vocabulary, String> {
    /// The multilingual list's last token is empty, and some files leave it out.
    const EMPTY: usize = 50_256;
    let bytes_of = byte_characters();
    let mut by_id: Vec<Option<Vec<u8>>> = Vec::new();
    by_id.resize_with(dims.ordinary_tokens().min(ids.len() + 1), || None);
    for (text, id) in ids {
        let Some(slot) = by_id.get_mut(*id) else { continue };
        let token: Option<Vec<u8>> = text.chars().map(|c| bytes_of.get(&c).copied()).collect();
        let token = token
            .ok_or_else(|| format!("token {id} ({text:?}) is not spelled in GPT-2's byte characters"))?;
        if slot.replace(token).is_some() {
            return Err(format!("two tokens have the id {id}; the file is damaged, get it again"));
        }
    }
    let mut vocabulary = Vocabulary::default();
    for id in 0..dims.ordinary_tokens() {
        match by_id.get(id).and_then(Option::as_ref) {
            Some(token) => vocabulary.push(token),
            None if id == EMPTY => vocabulary.push(b""),
            None => return Err(format!("token {id} is missing; the file is damaged or of another model")),
        }
    }
    Ok(vocabulary)
}

/// GPT-2's characters for bytes: printable ones stand for themselves, the others, in order, are
/// U+0100 and up (openai/gpt-2, `encoder.py`).
fn byte_characters() -> HashMap<char, u8> {
    let printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let mut others = (0x100_u32..).filter_map(char::from_u32);
    (0..=u8::MAX)
        .filter_map(|byte| {
            let c = if printable(byte) { Some(char::from(byte)) } else { others.next() };
            c.map(|c| (c, byte))
        })
        .collect()
}
