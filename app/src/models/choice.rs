//! From what a person typed, or did not type, to the model that is meant.

use super::found::{FoundModel, find};
use hark_engine::model::ModelSpec;
use std::path::Path;

/// A model to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// For people, and for `--model`.
    pub name: String,
    pub spec: ModelSpec,
    /// It is the demo model, and nobody asked for it: there is no other.
    pub fallback: bool,
}

/// Nothing has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no model named `{name}`")]
pub struct UnknownModel {
    pub name: String,
    /// Names that are spelled alike, likeliest first.
    pub alike: Vec<String>,
}

/// Models that are always there.
const BUILT_IN: [&str; 3] = ["demo", "demo:tiny", "demo:small"];
/// Likeness (Jaro-Winkler) from which a name is worth suggesting.
const ALIKE: f64 = 0.8;

/// The model to use: the one that was asked for, else the one in the settings, else the first one
/// found that is not broken, else the demo model.
///
/// # Errors
/// If the model that was asked for, or the one in the settings, is not there.
pub fn choose(asked: Option<&str>, in_settings: Option<&str>) -> Result<Choice, UnknownModel> {
    choose_among(&find(), asked.or(in_settings))
}

/// The model that a name or path means: `base.en`, `ggml-base.en.bin`, `openai/whisper-base`, a
/// path, `demo`, `demo:tiny`, `demo:small` or `formula:…`.
///
/// # Errors
/// If nothing is found by that name.
pub fn resolve(text: &str) -> Result<Choice, UnknownModel> {
    resolve_among(&find(), text)
}

fn choose_among(found: &[FoundModel], named: Option<&str>) -> Result<Choice, UnknownModel> {
    if let Some(name) = named {
        return resolve_among(found, name);
    }
    Ok(match found.iter().find(|model| model.problem.is_none()) {
        Some(model) => of(model),
        None => Choice { name: "demo".into(), spec: ModelSpec::Demo, fallback: true },
    })
}

fn resolve_among(found: &[FoundModel], text: &str) -> Result<Choice, UnknownModel> {
    if BUILT_IN.contains(&text) || text.starts_with("formula:") {
        return Ok(Choice { name: text.into(), spec: ModelSpec::parse(text), fallback: false });
    }
    let path = Path::new(text);
    let by_path = || {
        path.exists().then(|| Choice {
            name: path
                .file_name()
                .map_or_else(|| text.to_owned(), |name| name.to_string_lossy().into_owned()),
            spec: ModelSpec::Path(path.to_owned()),
            fallback: false,
        })
    };
    // A separator makes it a path first: `openai/whisper-base` may be a folder right here.
    let paths_first = text.contains(std::path::MAIN_SEPARATOR);
    paths_first
        .then(by_path)
        .flatten()
        .or_else(|| by_name(found, text).map(of))
        .or_else(by_path)
        .ok_or_else(|| UnknownModel { name: text.into(), alike: alike(found, text) })
}

/// A whole model by that name before a broken one, so that the broken one does not hide it.
fn by_name<'a>(found: &'a [FoundModel], text: &str) -> Option<&'a FoundModel> {
    let name = text.strip_prefix("ggml-").unwrap_or(text);
    let name = name.strip_suffix(".bin").unwrap_or(name);
    let named = |model: &&FoundModel| model.name == name || model.name.ends_with(&format!("/{name}"));
    found.iter().filter(named).min_by_key(|model| model.problem.is_some())
}

fn of(model: &FoundModel) -> Choice {
    Choice { name: model.name.clone(), spec: ModelSpec::Path(model.path.clone()), fallback: false }
}

fn alike(found: &[FoundModel], text: &str) -> Vec<String> {
    let names = BUILT_IN.into_iter().chain(found.iter().map(|model| model.name.as_str()));
    let mut scored: Vec<_> = names.map(|name| (strsim::jaro_winkler(text, name), name)).collect();
    scored.retain(|(score, _)| *score >= ALIKE);
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.dedup_by_key(|(_, name)| *name);
    scored.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::found::ModelKind;
    use super::*;
    use std::path::PathBuf;

    fn found(names: &[(&str, bool)]) -> Vec<FoundModel> {
        names
            .iter()
            .map(|&(name, whole)| FoundModel {
                name: name.into(),
                kind: ModelKind::HuggingFace,
                bytes: 1,
                path: PathBuf::from("/models").join(name),
                problem: (!whole).then(|| "cut short".into()),
            })
            .collect()
    }

    #[test]
    fn without_a_name_the_first_whole_model_is_taken_and_the_demo_only_without_any() {
        type Row<'a> = (&'a [(&'a str, bool)], &'a str, bool);
        let table: [Row<'_>; 4] = [
            (&[], "demo", true),
            (&[("base", false)], "demo", true),
            (&[("base", false), ("tiny", true)], "tiny", false),
            (&[("small", true), ("tiny", true)], "small", false),
        ];
        for (names, expected, fallback) in table {
            let choice = choose_among(&found(names), None).unwrap();
            assert_eq!((choice.name.as_str(), choice.fallback), (expected, fallback), "{names:?}");
        }
    }

    #[test]
    fn the_demo_by_name_is_no_fallback() {
        let choice = choose_among(&[], Some("demo")).unwrap();
        assert!(!choice.fallback);
    }

    #[test]
    fn a_model_has_several_spellings() {
        let found = found(&[("base.en", true), ("openai/whisper-base", true)]);
        for text in ["base.en", "ggml-base.en", "ggml-base.en.bin", "base.en.bin"] {
            assert_eq!(resolve_among(&found, text).unwrap().name, "base.en", "{text}");
        }
        for text in ["openai/whisper-base", "whisper-base"] {
            assert_eq!(resolve_among(&found, text).unwrap().name, "openai/whisper-base", "{text}");
        }
    }

    #[test]
    fn a_broken_model_is_taken_by_name_only_if_no_whole_one_has_it() {
        let mut models = found(&[("base", false), ("base", true)]);
        models[1].path = "/other/base".into();
        assert_eq!(resolve_among(&models, "base").unwrap().spec, ModelSpec::Path("/other/base".into()));
        assert!(resolve_among(&models[..1], "base").is_ok());
    }

    #[test]
    fn paths_are_taken_as_they_are() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("mine.bin");
        std::fs::write(&path, "").unwrap();
        let choice = resolve_among(&[], path.to_str().unwrap()).unwrap();
        assert_eq!((choice.name.as_str(), choice.spec), ("mine.bin", ModelSpec::Path(path)));
    }

    #[test]
    fn an_unknown_name_gets_suggestions() {
        let found = found(&[("base.en", true), ("tiny.en", true)]);
        let error = resolve_among(&found, "base.e").unwrap_err();
        assert_eq!(error.to_string(), "there is no model named `base.e`");
        assert_eq!(error.alike, ["base.en"]);
        assert_eq!(resolve_among(&found, "demo:tinny").unwrap_err().alike[0], "demo:tiny");
        assert_eq!(resolve_among(&found, "qqq").unwrap_err().alike, Vec::<String>::new());
    }
}
