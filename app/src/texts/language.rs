//! Which language the window speaks.

use serde::{Deserialize, Serialize};

/// A language that all texts are there in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "de")]
    German,
    #[serde(rename = "fr")]
    French,
}

impl Language {
    /// Every language, in the order of its numbers.
    pub const ALL: [Self; 3] = [Self::English, Self::German, Self::French];

    /// Its code as locales write it.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
        }
    }

    /// What it calls itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
        }
    }

    /// The language of the locale that these variables name. The first that says something counts (POSIX,
    /// "Internationalization Variables"); a language that Hark does not speak means English.
    pub fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let mut values = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable);
        let locale = values.find(|value| !value.is_empty()).unwrap_or_default();
        let code = locale.split(['_', '.', '@', '-']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.code() == code).unwrap_or_default()
    }

    /// Its texts, as Fluent writes them.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../../../assets/texts/en.ftl"),
            Self::German => include_str!("../../../assets/texts/de.ftl"),
            Self::French => include_str!("../../../assets/texts/fr.ftl"),
        }
    }
}

/// What a person chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// As the locale says.
    #[default]
    System,
    #[serde(untagged)]
    Only(Language),
}
