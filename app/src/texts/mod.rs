//! Every text that the window, the panel's menu and the notifications show, in the language that is chosen.
//!
//! The texts stand in `assets/texts/`, one file per language in the format of Fluent (projectfluent.org). `build.rs`
//! makes a function of each: `files-save-all` is [`files_save_all`], and what a text has to be told are the arguments.
//! Commands never choose a language, so that whatever the command line shares with the window is English there.

#[cfg(test)]
mod arguments;
mod language;
#[cfg(test)]
mod tests;

pub use language::{Choice, Language};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::borrow::Cow;
use std::sync::LazyLock;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: [LazyLock<Bundle>; Language::ALL.len()] = [
    LazyLock::new(|| bundle(Language::English)),
    LazyLock::new(|| bundle(Language::German)),
    LazyLock::new(|| bundle(Language::French)),
];

fn bundle(language: Language) -> Bundle {
    let mut bundle = Bundle::new_concurrent(language.code().parse().into_iter().collect());
    // Those marks are for texts whose parts run in different directions.
    bundle.set_use_isolating(false);
    // Tests hold that there are no errors; with one, what is right is used.
    let source = FluentResource::try_new(language.source().to_owned()).unwrap_or_else(|(whole, _)| whole);
    bundle.add_resource_overriding(source);
    bundle
}

/// Has every text from now on in the chosen language.
pub fn choose(choice: Choice) {
    current::set(match choice {
        Choice::System => of_system(),
        Choice::Only(language) => language,
    });
}

/// The language of the desktop. Tests have English wherever they run.
pub fn of_system() -> Language {
    Language::of_locale(|name| if cfg!(test) { None } else { std::env::var(name).ok() })
}

/// The language that is in use.
pub fn language() -> Language {
    current::get()
}

/// A number with so many digits behind the mark.
pub fn decimal(value: f64, digits: usize) -> String {
    format!("{value:.digits$}").replace('.', decimal_mark())
}

/// A text that is shown as it stands. Allocates nothing.
fn plain(key: &'static str) -> &'static str {
    match text(key, None) {
        Cow::Borrowed(text) => text,
        Cow::Owned(_) => key,
    }
}

fn filled<'a, const N: usize>(key: &'static str, arguments: [(&'static str, FluentValue<'a>); N]) -> String {
    text(key, Some(&FluentArgs::from_iter(arguments))).into_owned()
}

/// The text of this key, in English where a language lacks it.
fn text(key: &'static str, arguments: Option<&FluentArgs<'_>>) -> Cow<'static, str> {
    let texts = [language(), Language::English].into_iter().find_map(|language| {
        let bundle: &'static Bundle = &BUNDLES[language as usize];
        Some((bundle, bundle.get_message(key)?.value()?))
    });
    texts.map_or(Cow::Borrowed(key), |(bundle, pattern)| {
        bundle.format_pattern(pattern, arguments, &mut Vec::new())
    })
}

#[cfg(not(test))]
mod current {
    use super::Language;
    use std::sync::atomic::{AtomicU8, Ordering};

    static NUMBER: AtomicU8 = AtomicU8::new(Language::English as u8);

    pub fn set(language: Language) {
        NUMBER.store(language as u8, Ordering::Relaxed);
    }

    pub fn get() -> Language {
        Language::ALL.get(usize::from(NUMBER.load(Ordering::Relaxed))).copied().unwrap_or_default()
    }
}

/// Tests run side by side, so each has a language of its own.
#[cfg(test)]
mod current {
    use super::Language;
    use std::cell::Cell;

    thread_local! {
        static LANGUAGE: Cell<Language> = const { Cell::new(Language::English) };
    }

    pub fn set(language: Language) {
        LANGUAGE.set(language);
    }

    pub fn get() -> Language {
        LANGUAGE.get()
    }
}
