//! How the keys stand.

/// How the keys stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub way: Way,
    /// Bindings that do not work, and why, one sentence each.
    pub problems: Vec<String>,
}

/// Who gives the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// Nothing is bound.
    #[default]
    Unneeded,
    /// So many keys are grabbed.
    X11 { keys: usize },
    /// The desktop's portal; what it bound each key to, in its own words.
    Portal { keys: Vec<String> },
    /// The portal asks the person.
    Asking,
    /// Nobody here, and why.
    Nowhere(String),
}

impl Way {
    /// How the keys stand, in a line.
    pub fn words(&self) -> String {
        let count = |keys: usize| if keys == 1 { "one key".to_owned() } else { format!("{keys} keys") };
        match self {
            Self::Unneeded => "no key is bound".into(),
            Self::X11 { keys } => format!("{} grabbed on X11", count(*keys)),
            Self::Portal { keys } if keys.is_empty() => "the desktop's portal has bound no key".into(),
            Self::Portal { keys } => format!("through the desktop's portal: {}", keys.join("; ")),
            Self::Asking => "the desktop asks which keys to bind".into(),
            Self::Nowhere(why) => why.clone(),
        }
    }
}
