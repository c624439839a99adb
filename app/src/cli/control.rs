//! `hark toggle`, `start`, `stop`, `cancel`, `undo` and `status`: what is asked of the running window.

use super::args::{DictateArgs, StatusArgs, StatusFormat};
use super::exit::{Complaint, Exit, Failure, note};
use super::stdout;
use crate::control::{self, Answer, Claim, ControlError, Engine, MOST_FILES, Refusal, RefusalKind};
use crate::control::{Request, State, Status};
use crate::language;
use crate::session::{Manner, Wish};
use crate::text::clock;
use serde_json::json;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// As long as a Hark that is being closed may need to write what it holds, and a little more.
const HANDOVER: Duration = Duration::from_secs(5);
/// Pause between two tries.
const RETRY: Duration = Duration::from_millis(50);

/// Asks for a dictation, and prints how things stand then.
pub fn dictate(args: &DictateArgs, wish: fn(Manner) -> Wish) -> Result<Exit, Failure> {
    let language = language::code_of(args.language.as_deref())
        .map_err(|error| Exit::Usage.with(Complaint::new(error.to_string())))?;
    let DictateArgs { translate, enter, .. } = *args;
    self::wish(wish(Manner { language, translate, enter }))
}

/// Asks for something, and prints how things stand then.
pub fn wish(wish: Wish) -> Result<Exit, Failure> {
    let answer = control::ask(&Request::Wish(wish.clone())).and_then(|mut answers| answers.next());
    let Some(Answer::Taken { changed, status }) = answer.map_err(failure)? else { return Err(no_sense()) };
    stdout::put(&(words(&status) + "\n"))?;
    match in_vain(&wish, changed, status.state) {
        Some((what, hint)) => Err(Exit::Failed.with(Complaint::new(what).hint(hint))),
        None => Ok(Exit::Ok),
    }
}

/// What was not done although it was wished, and what to do about it; `state` is how things stand since then.
fn in_vain(wish: &Wish, changed: bool, state: State) -> Option<(&'static str, &'static str)> {
    match wish {
        Wish::Start(_) if matches!(state, State::Arming | State::Recording) => None,
        Wish::Start(_) | Wish::Toggle(_) if !changed => Some((
            "nothing was started: the last recording is still being finished",
            "wait for its text, or drop that by `hark cancel`",
        )),
        Wish::Undo if !changed => Some((
            "there is nothing to undo",
            "a cancelled recording can be had back for ten seconds, and from a second on later from the history",
        )),
        _ => None,
    }
}

/// Prints how things stand, once or at each change.
pub fn status(args: &StatusArgs) -> Result<Exit, Failure> {
    let mut told = None;
    let ended = tell(args, &mut told);
    if args.format == Some(StatusFormat::Waybar)
        && matches!(&ended, Err(Failure { exit: Exit::NotRunning, .. }))
    {
        // A bar would go on showing the last line.
        stdout::put(&line(&waybar("", "off", "Hark is not running")))?;
    }
    ended
}

fn tell(args: &StatusArgs, told: &mut Option<String>) -> Result<Exit, Failure> {
    let mut answers = control::ask(&Request::Status { follow: args.follow }).map_err(failure)?;
    loop {
        match answers.next().map_err(failure)? {
            Some(Answer::Status(status)) => {
                let text = printed(&status, args.format)?;
                if told.as_ref() != Some(&text) {
                    stdout::put(&text)?;
                    *told = Some(text);
                }
            }
            Some(_) => return Err(no_sense()),
            None if told.is_none() => return Err(no_sense()),
            None => return Err(Exit::NotRunning.with(Complaint::new("Hark has ended"))),
        }
        if !args.follow {
            return Ok(Exit::Ok);
        }
    }
}

fn printed(status: &Status, format: Option<StatusFormat>) -> Result<String, Failure> {
    Ok(match format {
        None => words(status) + "\n",
        Some(StatusFormat::Json) => {
            let json = serde_json::to_string(status)
                .map_err(|error| Exit::Failed.with(Complaint::new(format!("cannot write JSON: {error}"))))?;
            json + "\n"
        }
        Some(StatusFormat::Waybar) => {
            let text = match status.state {
                State::Idle => String::new(),
                State::Recording => format!("● {}", clock(seconds(status))),
                State::Arming | State::Finishing | State::Delivering => "…".into(),
            };
            let tooltip = [Some(words(status)), status.text.clone(), status.problem.clone()];
            let tooltip = tooltip.into_iter().flatten().collect::<Vec<_>>().join("\n");
            line(&waybar(&text, name(status.state), &tooltip))
        }
    })
}

/// What Waybar's custom modules read. They take texts as Pango markup.
fn waybar(text: &str, class: &str, tooltip: &str) -> serde_json::Value {
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    json!({ "text": plain(text), "alt": class, "class": class, "tooltip": plain(tooltip) })
}

fn line(value: &serde_json::Value) -> String {
    value.to_string() + "\n"
}

fn name(state: State) -> &'static str {
    match state {
        State::Idle => "idle",
        State::Arming => "arming",
        State::Recording => "recording",
        State::Finishing => "finishing",
        State::Delivering => "delivering",
    }
}

fn seconds(status: &Status) -> u64 {
    status.elapsed_ms.unwrap_or(0) / 1000
}

/// How things stand in one line for people.
fn words(status: &Status) -> String {
    let state = match status.state {
        State::Idle => "Idle".to_owned(),
        State::Arming => "Opening the microphone".into(),
        State::Recording => format!("Recording · {}", clock(seconds(status))),
        State::Finishing => "Finishing the last recording".into(),
        State::Delivering => "Handing the text over".into(),
    };
    let model = status.model.as_deref().unwrap_or("no model");
    let engine = match (status.engine, &status.backend, status.precision) {
        (Engine::Ready, Some(backend), Some(precision)) => format!("{model} on {backend}, {precision}"),
        (Engine::Loading, ..) => format!("loading {model}"),
        (Engine::Resting, ..) => format!("{model}, out of memory until it is needed"),
        (Engine::Failed, ..) => format!("{model} cannot be used"),
        _ => model.to_owned(),
    };
    let language = status.language.as_deref().map(|code| format!(" · {}", language::name_of(code)));
    format!("{state} · {engine}{}", language.unwrap_or_default())
}

fn failure(error: ControlError) -> Failure {
    match error {
        ControlError::NotRunning => {
            Exit::NotRunning.with(Complaint::new(error.to_string()).hint("start it with `hark`"))
        }
        error => Exit::Failed.with(Complaint::new(error.to_string())),
    }
}

fn no_sense() -> Failure {
    failure(ControlError::NoAnswer("its answer makes no sense".into()))
}

/// Whose turn it is.
pub enum Turn {
    /// This program's; the claim is missing where there can be no socket.
    Ours(Option<Claim>),
    /// Another one runs, which has taken the files and shows itself.
    Theirs,
}

/// Hands the files, which are absolute paths, to the Hark that runs, or takes its place if there is none.
pub fn take_turn(files: &[PathBuf]) -> Turn {
    let deadline = Instant::now() + HANDOVER;
    loop {
        let problem = match control::claim() {
            Ok(Some(claim)) => return Turn::Ours(Some(claim)),
            Ok(None) => match hand_over(files) {
                Ok(()) => return Turn::Theirs,
                // It opens, or is being closed.
                Err(ControlError::NotRunning) if Instant::now() < deadline => None,
                Err(ControlError::Refused(Refusal { kind: RefusalKind::Session, .. }))
                    if Instant::now() < deadline =>
                {
                    None
                }
                Err(error) => Some(error),
            },
            Err(error) => Some(error),
        };
        match problem {
            Some(error) => {
                note(&format!("`hark toggle` and its like do not reach this window: {error}"));
                return Turn::Ours(None);
            }
            None => sleep(RETRY),
        }
    }
}

fn hand_over(files: &[PathBuf]) -> Result<(), ControlError> {
    let mut parts: Vec<_> = files.chunks(MOST_FILES).map(<[_]>::to_vec).collect();
    if parts.is_empty() {
        parts.push(Vec::new());
    }
    for files in parts {
        control::ask(&Request::Show { files })?.next()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hark_engine::encoder::Precision;

    fn recording() -> Status {
        Status {
            state: State::Recording,
            elapsed_ms: Some(72_900),
            engine: Engine::Ready,
            backend: Some("CPU".into()),
            precision: Some(Precision::Int8),
            model: Some("small.en".into()),
            ..Status::default()
        }
    }

    #[test]
    fn plain_words_say_state_and_engine() {
        let table = [
            (recording(), "Recording · 1:12 · small.en on CPU, int8"),
            (Status::default(), "Idle · no model"),
            (Status { engine: Engine::Loading, state: State::Arming, ..recording() }, {
                "Opening the microphone · loading small.en"
            }),
            (Status { engine: Engine::Failed, state: State::Finishing, ..recording() }, {
                "Finishing the last recording · small.en cannot be used"
            }),
        ];
        for (status, expected) in table {
            assert_eq!(words(&status), expected);
        }
    }

    #[test]
    fn what_is_wished_in_vain_is_complained_about() {
        let manner = Manner::default;
        let table = [
            (Wish::Start(manner()), false, State::Recording, false),
            (Wish::Start(manner()), false, State::Finishing, true),
            (Wish::Toggle(manner()), false, State::Finishing, true),
            (Wish::Toggle(manner()), true, State::Arming, false),
            (Wish::Undo, true, State::Recording, false),
            (Wish::Undo, false, State::Idle, true),
            (Wish::Cancel, false, State::Idle, false),
        ];
        for (wish, changed, state, expected) in table {
            assert_eq!(in_vain(&wish, changed, state).is_some(), expected, "{wish:?} {state:?}");
        }
    }

    #[test]
    fn a_bar_gets_its_four_fields_without_markup() {
        let status = Status { text: Some("a < b & c".into()), ..recording() };
        let printed = printed(&status, Some(StatusFormat::Waybar)).unwrap();
        let expected = json!({
            "text": "● 1:12", "alt": "recording", "class": "recording",
            "tooltip": "Recording · 1:12 · small.en on CPU, int8\na &lt; b &amp; c",
        });
        assert_eq!(printed.matches('\n').count(), 1);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).unwrap(), expected);
    }

    #[test]
    fn json_is_one_line() {
        let status = Status { text: Some("one\ntwo".into()), ..recording() };
        let printed = printed(&status, Some(StatusFormat::Json)).unwrap();
        assert_eq!(printed.matches('\n').count(), 1);
        assert_eq!(serde_json::from_str::<Status>(&printed).unwrap(), status);
    }
}
