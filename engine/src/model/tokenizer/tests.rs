//! Compared with openai-whisper's tokenizer; `tests/golden/tokenizer.py` wrote the expectations.

use super::split::{Class, class};
use super::words::Words;
use super::*;
use crate::model::{Model, ModelSpec, demo};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Golden {
    classes: BTreeMap<String, CharacterClass>,
    encode: Vec<(String, Vec<Token>)>,
    decode: Vec<(Vec<Token>, String, String)>,
    words: Vec<(Vec<Token>, Words)>,
    multilingual_words: Vec<(String, Vec<Token>, Words)>,
    non_speech: Vec<Token>,
    multilingual_non_speech: Vec<Token>,
    specials: BTreeMap<usize, GoldenSpecials>,
    language_names: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct CharacterClass {
    count: usize,
    fnv1a: String,
}

#[derive(Deserialize)]
struct GoldenSpecials {
    eot: Token,
    sot: Token,
    translate: Token,
    transcribe: Token,
    sot_lm: Token,
    sot_prev: Token,
    no_speech: Token,
    no_timestamps: Token,
    timestamp_begin: Token,
    languages: Vec<(String, Token)>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../tests/data/tokenizer.json")).unwrap()
}

fn dims(n_vocab: usize) -> ModelDims {
    ModelDims {
        n_mels: 80,
        n_audio_ctx: 1500,
        n_audio_state: 8,
        n_audio_head: 1,
        n_audio_layer: 1,
        n_vocab,
        n_text_ctx: 448,
        n_text_state: 8,
        n_text_head: 1,
        n_text_layer: 1,
    }
}

fn english() -> Tokenizer {
    Tokenizer::new(demo::vocabulary().unwrap(), &dims(51_864)).unwrap()
}

/// GPT-2's list with an empty last token, as formula models have it.
fn multilingual(n_vocab: usize) -> Tokenizer {
    let model = Model::from_formula("small", dims(n_vocab), false).unwrap();
    Tokenizer::clone(&model.tokenizer)
}

#[test]
fn every_character_has_tiktokens_class() {
    let golden = golden().classes;
    for (name, kind) in [("letters", Class::Letter), ("numbers", Class::Number), ("spaces", Class::Space)] {
        let found: Vec<u32> = ('\0'..=char::MAX).filter(|c| class(*c) == kind).map(u32::from).collect();
        let hash = found
            .iter()
            .flat_map(|c| c.to_le_bytes())
            .fold(0xcbf2_9ce4_8422_2325_u64, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        assert_eq!(
            (found.len(), format!("{hash:016x}")),
            (golden[name].count, golden[name].fnv1a.clone()),
            "{name}"
        );
    }
}

#[test]
fn texts_encode_as_in_the_reference() {
    let tokenizer = english();
    let cases = golden().encode;
    assert!(cases.len() > 150);
    for (text, tokens) in cases {
        assert_eq!(tokenizer.encode(&text), tokens, "{text:?}");
        assert_eq!(tokenizer.decode(&tokens), text);
    }
}

#[test]
fn tokens_decode_as_in_the_reference() {
    let tokenizer = english();
    let cases = golden().decode;
    assert!(cases.iter().filter(|(_, text, _)| text.contains('\u{fffd}')).count() > 100);
    for (tokens, text, with_timestamps) in cases {
        assert_eq!(tokenizer.decode(&tokens), text, "{tokens:?}");
        assert_eq!(tokenizer.decode_with_timestamps(&tokens), with_timestamps, "{tokens:?}");
    }
    assert_eq!(tokenizer.decode_with_timestamps(&[50_363 + 54, 60_000]), "<|1.08|>");
}

#[test]
fn words_are_the_references() {
    let golden = golden();
    let tokenizer = english();
    assert!(golden.words.len() > 300);
    for (tokens, words) in golden.words {
        assert_eq!(tokenizer.split_to_words(&tokens, "en"), words, "{tokens:?}");
        // An English-only model splits on spaces whatever the language is said to be.
        assert_eq!(tokenizer.split_to_words(&tokens, "ja"), words, "{tokens:?}");
    }
    let tokenizer = multilingual(51_865);
    for (language, tokens, words) in golden.multilingual_words {
        assert_eq!(tokenizer.split_to_words(&tokens, &language), words, "{language} {tokens:?}");
    }
}

#[test]
fn words_lose_no_token_where_the_reference_does() {
    let tokenizer = english();
    for (tokens, _, _) in golden().decode {
        let words = tokenizer.split_to_words(&tokens, "en");
        assert_eq!(words.into_iter().flat_map(|(_, t)| t).collect::<Vec<_>>(), tokens);
    }
}

#[test]
fn special_ids_follow_from_the_vocabularys_size() {
    for (n_vocab, expected) in golden().specials {
        let tokenizer = if n_vocab == 51_864 { english() } else { multilingual(n_vocab) };
        let s = &tokenizer.special;
        assert_eq!((s.eot, s.sot, s.translate), (expected.eot, expected.sot, expected.translate));
        assert_eq!(
            (s.transcribe, s.sot_lm, s.sot_prev),
            (expected.transcribe, expected.sot_lm, expected.sot_prev)
        );
        assert_eq!((s.no_speech, s.no_timestamps), (expected.no_speech, expected.no_timestamps));
        assert_eq!(s.timestamp_begin, expected.timestamp_begin);
        assert_eq!(s.timestamp_begin as usize + 1501, n_vocab);
        assert_eq!(tokenizer.multilingual, n_vocab > 51_864);
        assert_eq!(s.languages, expected.languages.len());
        for (code, token) in expected.languages {
            assert_eq!(tokenizer.language_token(&code), Some(token));
            assert_eq!(tokenizer.language_code(token), Some(code.as_str()));
        }
        assert_eq!(tokenizer.language_code(s.translate), None);
        assert_eq!(tokenizer.language_code(s.sot), None);
        assert_eq!(tokenizer.language_token("yue").is_some(), n_vocab == 51_866);
    }
}

#[test]
fn non_speech_tokens_are_the_references() {
    let golden = golden();
    assert_eq!(english().non_speech_tokens(), golden.non_speech);
    assert_eq!(multilingual(51_865).non_speech_tokens(), golden.multilingual_non_speech);
}

#[test]
fn languages_are_found_by_code_name_and_alias() {
    for (name, code) in golden().language_names {
        assert_eq!(language_code(&name), Some(code.as_str()));
        assert_eq!(language_code(&code.to_uppercase()), Some(code.as_str()));
    }
    assert_eq!(language_code(" German "), Some("de"));
    assert_eq!(language_code("klingon"), None);
}

#[test]
fn a_vocabulary_without_a_byte_is_refused() {
    let mut vocabulary = Vocabulary::default();
    (0..256 + 10).for_each(|k: u32| vocabulary.push(&k.max(1).to_le_bytes()[..if k < 256 { 1 } else { 2 }]));
    let error = Tokenizer::new(vocabulary, &dims(256 + 10 + 1608)).unwrap_err();
    assert!(error.contains("0x00"), "{error}");
}

#[test]
fn a_long_piece_is_encoded_in_reasonable_steps() {
    let tokenizer = english();
    let text = "ab".repeat(50_000);
    assert_eq!(tokenizer.decode(&tokenizer.encode(&text)), text);
}

#[test]
fn the_demo_model_has_the_english_tokenizer() {
    let demo = Model::load(&ModelSpec::Demo).unwrap();
    assert_eq!(demo.tokenizer.special, english().special);
}
