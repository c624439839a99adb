//! Languages as people name them.

use crate::texts;
use hark_engine::model::tokenizer::{LANGUAGES, language_code};

/// The code that stands for finding out which language is spoken.
pub const AUTO: &str = "auto";

/// A language that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no language {0:?}; write a code such as de, its English name, or auto")]
pub struct UnknownLanguage(String);

/// The code of a language given by code or English name; [`AUTO`] stays as it is, so that it can be
/// chosen where the usual choice is another one.
///
/// # Errors
/// If there is no such language.
pub fn code_of(name: Option<&str>) -> Result<Option<String>, UnknownLanguage> {
    match name.map(str::trim) {
        None => Ok(None),
        Some(name) if name.eq_ignore_ascii_case(AUTO) => Ok(Some(AUTO.into())),
        Some(name) => match language_code(name) {
            Some(code) => Ok(Some(code.into())),
            None => Err(UnknownLanguage(name.into())),
        },
    }
}

/// Every language that a model may know, by code and name, in the order of the names.
pub fn all() -> Vec<(&'static str, String)> {
    let mut all: Vec<_> = LANGUAGES.iter().map(|(code, _)| (*code, name_of(code))).collect();
    all.sort_by(|a, b| a.1.cmp(&b.1));
    all
}

/// What a language is called in the language of the window.
pub fn name_of(code: &str) -> String {
    match LANGUAGES.iter().any(|(known, _)| *known == code) {
        true => texts::language_name(code),
        false => english_name_of(code),
    }
}

/// The English name of a language, for errors.
pub fn english_name_of(code: &str) -> String {
    let name = LANGUAGES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| *name);
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_called_the_same_in_errors_and_in_an_english_window() {
        for (code, _) in LANGUAGES {
            assert_eq!(name_of(code), english_name_of(code));
        }
    }

    #[test]
    fn codes_names_and_auto_are_known() {
        let code = |name| code_of(Some(name)).unwrap().unwrap();
        assert_eq!((code("de"), code("German"), code("AUTO")), ("de".into(), "de".into(), "auto".into()));
        assert_eq!(code_of(None), Ok(None));
        assert_eq!(code_of(Some("xx")), Err(UnknownLanguage("xx".into())));
        assert_eq!((name_of("de"), name_of("xx")), ("German".into(), "Xx".into()));
    }
}
