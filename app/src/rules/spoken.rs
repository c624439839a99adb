//! Spoken commands in each language: what is said, and what it does.
//!
//! The words are those of the dictation in macOS and Windows where these have one.

/// What a command puts into the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// A mark at the end of what was said before.
    Mark(&'static str),
    /// A mark in front of what follows.
    Open(&'static str),
    /// The other one of a pair.
    Close(&'static str),
    /// A mark with no space on either side.
    Join(&'static str),
    /// A mark with a space on either side.
    Dash(&'static str),
    /// An end of the line, or several.
    Break(&'static str),
}

/// The commands of one language.
#[derive(Debug)]
pub struct Spoken {
    pub code: &'static str,
    /// Words for each thing that can be done.
    pub commands: &'static [(&'static [&'static str], Does)],
    /// After these, the words of a command are a noun: "a comma", "the new line".
    pub articles: &'static str,
    /// Words that have a capital only where a sentence begins.
    pub small: &'static str,
}

use Does::{Break, Close, Dash, Join, Mark, Open};

const ENGLISH: Spoken = Spoken {
    code: "en",
    commands: &[
        (&["new line", "newline", "next line"], Break("\n")),
        (&["new paragraph", "next paragraph"], Break("\n\n")),
        (&["comma"], Mark(",")),
        (&["full stop", "period"], Mark(".")),
        (&["question mark"], Mark("?")),
        (&["exclamation mark", "exclamation point"], Mark("!")),
        (&["colon"], Mark(":")),
        (&["semicolon", "semi colon"], Mark(";")),
        (&["ellipsis", "dot dot dot"], Mark("…")),
        (&["open quote", "open quotes", "open quotation mark", "begin quote"], Open("\"")),
        (&["close quote", "close quotes", "close quotation mark", "end quote", "unquote"], Close("\"")),
        (&["open parenthesis", "open parentheses", "open round bracket", "left parenthesis"], Open("(")),
        (&["close parenthesis", "close parentheses", "close round bracket", "right parenthesis"], Close(")")),
        (&["open bracket", "open square bracket", "left bracket"], Open("[")),
        (&["close bracket", "close square bracket", "right bracket"], Close("]")),
        (&["hyphen"], Join("-")),
        (&["forward slash"], Join("/")),
        (&["dash", "en dash", "em dash"], Dash("–")),
    ],
    articles: "a an the another every each my your our their its",
    small: "a an and are as at because but by can could did do does for from had has have he her his how if in \
            is it its just my no not now of on or our she should so such than that the their them then there \
            these they this those though to too was we were what when where which while who why will with \
            would yet you your",
};

const GERMAN: Spoken = Spoken {
    code: "de",
    commands: &[
        (&["neue zeile", "nächste zeile", "zeilenumbruch"], Break("\n")),
        (&["neuer absatz", "nächster absatz"], Break("\n\n")),
        (&["komma", "beistrich"], Mark(",")),
        (&["punkt"], Mark(".")),
        (&["fragezeichen"], Mark("?")),
        (&["ausrufezeichen", "ausrufungszeichen", "rufzeichen"], Mark("!")),
        (&["doppelpunkt"], Mark(":")),
        (&["semikolon", "strichpunkt"], Mark(";")),
        (&["auslassungspunkte", "punkt punkt punkt"], Mark("…")),
        (&["anführungszeichen auf", "anführungszeichen unten", "anführungsstriche auf"], Open("„")),
        (&["anführungszeichen zu", "anführungszeichen oben", "anführungsstriche zu"], Close("“")),
        (&["klammer auf", "runde klammer auf"], Open("(")),
        (&["klammer zu", "runde klammer zu"], Close(")")),
        (&["eckige klammer auf"], Open("[")),
        (&["eckige klammer zu"], Close("]")),
        (&["bindestrich"], Join("-")),
        (&["schrägstrich"], Join("/")),
        (&["gedankenstrich"], Dash("–")),
    ],
    articles: "der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner \
               mein dein sein unser zum am beim jeder jede jedes jeden jedem",
    small: "aber als am an auch auf aus bei bin bis da dann das dass dein dem den denn der des die doch du durch \
            ein eine einen einem einer er es für hat hatte ich im in ist ja kann kein mein mit nach nicht noch nun \
            nur ob oder schon seit sich sie sind so über um und uns unser vom von vor war warum was weil wenn wer \
            wie wir wird wo zu zum zur",
};

/// Every language that has commands.
pub const LANGUAGES: [&Spoken; 2] = [&ENGLISH, &GERMAN];

/// The commands of the language with this code.
pub fn of(code: &str) -> Option<&'static Spoken> {
    LANGUAGES.into_iter().find(|language| language.code == code)
}
