//! A dictation's text on its way: rules, then the app that it is for or the clipboard.

use super::apps;
use super::choices::{Choices, ClipboardMode, Way};
use super::outlet::{Insertion, NotInserted, Outlet};
use crate::desktop::Focus;
use crate::rules::{Applied, Rules};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A text to deliver.
#[derive(Clone, Debug)]
pub struct Order {
    /// Number of the dictation that it is the text of.
    pub generation: u64,
    /// As it was heard, or, to deliver it once more, as it was delivered.
    pub text: String,
    /// Code of the language that was spoken, if it is known.
    pub language: Option<String>,
    /// What is done to it first.
    pub rules: Rules,
    pub choices: Choices,
    pub aim: Aim,
    /// Enter follows it where it is inserted.
    pub enter: bool,
    /// Raised when the person wants nothing delivered any more.
    pub withdrawn: Withdrawal,
}

/// What a text is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The clipboard.
    Clipboard,
    /// The window that had the focus when the dictation was asked for.
    Window(Option<Focus>),
    /// Whatever has the focus now: the person wants it there.
    Here,
}

/// Says that an order is not wanted any more.
#[derive(Clone, Debug, Default)]
pub struct Withdrawal(Arc<AtomicBool>);

impl Withdrawal {
    /// Withdraws the order, as far as it was not carried out yet.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_raised(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    pub generation: u64,
    /// What the rules made of the text.
    pub applied: Applied,
    pub done: Done,
    /// Whether this was the text once more.
    pub again: bool,
    /// What went wrong on the side, for people.
    pub problem: Option<String>,
}

/// Where the text is now, apart from Hark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// In the app that it was for.
    Inserted,
    /// On the clipboard, as was asked for.
    Copied,
    /// On the clipboard only, because of this.
    CopiedInstead(NotInserted),
    /// Nowhere, as was asked for.
    Kept,
    /// Nowhere, because of this.
    KeptOnly(NotInserted),
    /// Nowhere: the clipboard did not take it.
    NotCopied(String),
}

/// Carries out an order.
pub fn carry_out(order: Order, outlet: &mut dyn Outlet) -> Delivered {
    let Order { generation, text, language, rules, choices, aim, enter, withdrawn } = order;
    let again = aim == Aim::Here;
    let applied =
        if again { Applied { text, ..Applied::default() } } else { rules.apply(&text, language.as_deref()) };
    let delivered = |applied, done, problem| Delivered { generation, applied, done, again, problem };
    if withdrawn.is_raised() || applied.text.is_empty() {
        return delivered(applied, Done::Kept, None);
    }
    let wanted = match aim {
        Aim::Clipboard => None,
        Aim::Window(_) if !choices.insert => None,
        Aim::Window(focus) => Some(still_there(focus, outlet)),
        Aim::Here => Some(outlet.focused().ok_or(NotInserted::NotHere)),
    };
    // In Hark's own window the text is there already.
    let wanted = wanted.filter(|focus| !focus.as_ref().is_ok_and(|focus| focus.own));
    let Some(focus) = wanted else {
        let done = match choices.clipboard {
            ClipboardMode::Never => Done::Kept,
            _ => outlet.copy(&applied.text).map_or_else(Done::NotCopied, |()| Done::Copied),
        };
        return delivered(applied, done, None);
    };
    let enter = enter || choices.enter_after;
    let inserted = focus.and_then(|focus| insert(&applied.text, focus, &choices, enter, outlet));
    let (done, problem) = match inserted {
        Ok(problem) => (Done::Inserted, problem),
        // The paste may come yet; then, or when none comes, the clipboard has what it is to have.
        Err(NotInserted::NotTaken) if choices.clipboard == ClipboardMode::Copy => {
            (Done::CopiedInstead(NotInserted::NotTaken), None)
        }
        Err(why) if choices.clipboard == ClipboardMode::Copy || why == NotInserted::NotHere => {
            match choices.clipboard {
                ClipboardMode::Never => (Done::KeptOnly(why), None),
                _ => match outlet.copy(&applied.text) {
                    Ok(()) => (Done::CopiedInstead(why), None),
                    Err(problem) => (Done::KeptOnly(why), Some(problem)),
                },
            }
        }
        Err(why) => (Done::KeptOnly(why), None),
    };
    delivered(applied, done, problem)
}

/// The window that a text is for, if it still has the focus.
fn still_there(meant: Option<Focus>, outlet: &mut dyn Outlet) -> Result<Focus, NotInserted> {
    let meant = meant.ok_or(NotInserted::NotHere)?;
    if meant.own {
        return Ok(meant);
    }
    let now = outlet.focused();
    if now.as_ref() == Some(&meant) { Ok(meant) } else { Err(NotInserted::Moved) }
}

fn insert(
    text: &str,
    focus: Focus,
    choices: &Choices,
    enter: bool,
    outlet: &mut dyn Outlet,
) -> Result<Option<String>, NotInserted> {
    let way = match (apps::way(&focus.app, choices), choices.clipboard) {
        (Way::Never, _) => return Err(NotInserted::NotWanted),
        (_, ClipboardMode::Never) => Way::Type,
        (way, _) => way,
    };
    let shaped = apps::shape(text, &focus.app, choices);
    let stays = choices.clipboard == ClipboardMode::Copy;
    if stays && way == Way::Type {
        outlet.copy(text).map_err(NotInserted::Failed)?;
    }
    let afterwards = stays.then(|| text.to_owned());
    let may_paste = way == Way::Type && choices.clipboard != ClipboardMode::Never;
    let instead = may_paste.then(|| apps::usual_way(&focus.app));
    outlet.insert(&Insertion { text: shaped, focus, way, instead, afterwards, enter })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Plays a desktop with one window that has the focus.
    struct Played {
        focus: Option<Focus>,
        inserts: Result<Option<String>, NotInserted>,
        log: Vec<String>,
    }

    impl Outlet for Played {
        fn copy(&mut self, text: &str) -> Result<(), String> {
            self.log.push(format!("copy {text:?}"));
            Ok(())
        }

        fn focused(&mut self) -> Option<Focus> {
            self.focus.clone()
        }

        fn insert(&mut self, insertion: &Insertion) -> Result<Option<String>, NotInserted> {
            let Insertion { text, focus, way, instead, afterwards, enter } = insertion;
            let or = instead.map(|way| format!(" or {way:?}")).unwrap_or_default();
            let enter = if *enter { " and Enter" } else { "" };
            self.log.push(format!("{way:?}{or} {text:?}{enter} into {}, then {afterwards:?}", focus.app));
            self.inserts.clone()
        }
    }

    fn focus(app: &str) -> Focus {
        Focus { window: format!("window of {app}"), app: app.into(), own: app == "hark" }
    }

    fn deliver(
        aim: Aim,
        choices: Choices,
        now: &str,
        inserts: Result<(), NotInserted>,
    ) -> (Done, Vec<String>) {
        let order = Order {
            generation: 1,
            text: "Hello.".into(),
            language: None,
            rules: Rules::default(),
            choices,
            aim,
            enter: false,
            withdrawn: Withdrawal::default(),
        };
        let focus = (!now.is_empty()).then(|| focus(now));
        let mut desktop = Played { focus, inserts: inserts.map(|()| None), log: Vec::new() };
        (carry_out(order, &mut desktop).done, desktop.log)
    }

    /// Aim, choices, what has the focus, what comes of inserting; what is done, and the outlet's log.
    type Row = (Aim, Choices, &'static str, Result<(), NotInserted>, Done, Vec<&'static str>);

    #[test]
    fn the_table_holds() {
        use ClipboardMode::{Copy, Never, Restore};
        use NotInserted::{Moved, NotHere, NotTaken, NotWanted};
        let mode = |clipboard| Choices { insert: true, clipboard, ..Choices::default() };
        let off = Choices::default();
        let apps = |way| Choices { apps: BTreeMap::from([("gedit".into(), way)]), ..mode(Copy) };
        let window = |app: &str| Aim::Window(Some(focus(app)));
        let copied = "copy \"Hello.\"";
        let table: [Row; 18] = [
            (Aim::Clipboard, mode(Copy), "gedit", Ok(()), Done::Copied, vec![copied]),
            (Aim::Clipboard, mode(Restore), "gedit", Ok(()), Done::Copied, vec![copied]),
            (Aim::Clipboard, mode(Never), "gedit", Ok(()), Done::Kept, vec![]),
            (window("gedit"), off.clone(), "gedit", Ok(()), Done::Copied, vec![copied]),
            (window("hark"), mode(Copy), "hark", Ok(()), Done::Copied, vec![copied]),
            (
                window("gedit"),
                mode(Copy),
                "gedit",
                Ok(()),
                Done::Inserted,
                vec!["CtrlV \"Hello.\" into gedit, then Some(\"Hello.\")"],
            ),
            (
                window("xterm"),
                mode(Restore),
                "xterm",
                Ok(()),
                Done::Inserted,
                vec!["ShiftInsert \"Hello.\" into xterm, then None"],
            ),
            (
                window("kitty"),
                mode(Never),
                "kitty",
                Ok(()),
                Done::Inserted,
                vec!["Type \"Hello.\" into kitty, then None"],
            ),
            (window("gedit"), mode(Copy), "xterm", Ok(()), Done::CopiedInstead(Moved), vec![copied]),
            (window("gedit"), mode(Restore), "xterm", Ok(()), Done::KeptOnly(Moved), vec![]),
            (window("gedit"), mode(Never), "", Ok(()), Done::KeptOnly(Moved), vec![]),
            (Aim::Window(None), mode(Restore), "", Ok(()), Done::CopiedInstead(NotHere), vec![copied]),
            (Aim::Window(None), mode(Never), "", Ok(()), Done::KeptOnly(NotHere), vec![]),
            (
                window("gedit"),
                apps(Way::Type),
                "gedit",
                Ok(()),
                Done::Inserted,
                vec![copied, "Type or CtrlV \"Hello.\" into gedit, then Some(\"Hello.\")"],
            ),
            (
                window("gedit"),
                apps(Way::Never),
                "gedit",
                Ok(()),
                Done::CopiedInstead(NotWanted),
                vec![copied],
            ),
            (
                window("gedit"),
                mode(Restore),
                "gedit",
                Err(NotTaken),
                Done::KeptOnly(NotTaken),
                vec!["CtrlV \"Hello.\" into gedit, then None"],
            ),
            (
                Aim::Here,
                off,
                "gedit",
                Ok(()),
                Done::Inserted,
                vec!["CtrlV \"Hello.\" into gedit, then Some(\"Hello.\")"],
            ),
            (Aim::Here, mode(Never), "hark", Ok(()), Done::Kept, vec![]),
        ];
        for (aim, choices, now, inserts, done, log) in table {
            let name = format!("{aim:?} {choices:?} {now}");
            let (is_done, logged) = deliver(aim, choices, now, inserts);
            assert_eq!((is_done, logged.iter().map(String::as_str).collect()), (done, log), "{name}");
        }
    }

    #[test]
    fn what_was_withdrawn_goes_nowhere() {
        let withdrawn = Withdrawal::default();
        withdrawn.raise();
        let order = Order {
            generation: 7,
            text: "Hello.".into(),
            language: None,
            rules: Rules::default(),
            choices: Choices::default(),
            aim: Aim::Clipboard,
            enter: false,
            withdrawn,
        };
        let mut desktop = Played { focus: None, inserts: Ok(None), log: Vec::new() };
        let delivered = carry_out(order, &mut desktop);
        assert_eq!(
            (delivered.done, delivered.generation, delivered.applied.text.as_str()),
            (Done::Kept, 7, "Hello.")
        );
        assert!(desktop.log.is_empty());
    }
}
