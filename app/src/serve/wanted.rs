//! From the fields of a form to what is asked of the engine.

use super::complaint::Complaint;
use super::form::shown;
use axum::http::StatusCode;
use hark_engine::model::tokenizer::language_code;
use hark_engine::transcribe::{Language, Options, Task, Way};

/// What OpenAI calls its model. Programs that know no other name mean whichever is here.
pub const ANY_MODEL: &str = "whisper-1";

/// What is served.
#[derive(Clone, Copy, Debug)]
pub struct Served<'a> {
    /// The model, as clients call it.
    pub model: &'a str,
    /// Tokens of every window, to measure.
    pub forced: Option<usize>,
}

/// What a client wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The model, as the client calls it.
    pub model: String,
    pub options: Options,
    pub format: ReplyFormat,
    /// Whether the text is sent as it comes.
    pub stream: bool,
    /// Whether segments are told, where they are told at all.
    pub segments: bool,
}

/// The shape of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplyFormat {
    #[default]
    Json,
    Text,
    Srt,
    Vtt,
    VerboseJson,
}

impl Wanted {
    /// What the fields say.
    ///
    /// # Errors
    /// The first field that says something that there is not.
    pub fn of(fields: &[(String, String)], task: Task, served: Served<'_>) -> Result<Self, Complaint> {
        let options = Options { task, ..Options::default() };
        let (model, shape) = (String::new(), ReplyFormat::default());
        let mut wanted = Self { model, options, format: shape, stream: false, segments: true };
        let (mut model, mut granularities) = (None, Vec::new());
        for (name, value) in fields {
            let value = value.as_str();
            match name.as_str() {
                "model" => model = Some(value),
                "language" => wanted.options.language = language(value)?,
                "prompt" if value.trim().is_empty() => {}
                "prompt" => wanted.options.initial_prompt = Some(value.to_owned()),
                "temperature" => wanted.options.strategy.temperature = temperature(value)?,
                "response_format" => wanted.format = format(value)?,
                "stream" => wanted.stream = flag(value)?,
                "timestamp_granularities[]" | "timestamp_granularities" => granularities.push(value),
                // How OpenAI's service cuts a recording; here the model's own timestamps say where.
                "chunking_strategy" => {}
                _ => {
                    let message = format!("there is no field `{}`", shown(name));
                    return Err(Complaint::invalid(message).about(shown(name)).code("unknown_parameter"));
                }
            }
        }
        let Some(model) = model.filter(|model| !model.is_empty()) else {
            return Err(Complaint::invalid("the field `model` is missing").about("model"));
        };
        wanted.model = model.to_owned();
        wanted.is_for(served.model)?;
        wanted.time(&granularities)?;
        if wanted.stream && !matches!(wanted.format, ReplyFormat::Json | ReplyFormat::Text) {
            let message = "text is streamed as `json` or `text`; leave out `stream` for other formats";
            return Err(Complaint::invalid(message).about("stream"));
        }
        if let Some(tokens) = served.forced {
            let Self { options: Options { language, task, .. }, .. } = &wanted;
            let (language, task, forced) = (language.clone(), *task, Some(tokens));
            // Nothing is tried again, and no window goes back into another.
            let way = Way::Strict;
            wanted.options = Options { way, language, task, timestamps: false, forced, ..Options::default() };
        }
        Ok(wanted)
    }

    /// Whether this model is meant.
    ///
    /// # Errors
    /// What is told to whoever means another one.
    pub fn is_for(&self, model: &str) -> Result<(), Complaint> {
        if self.model == model || self.model == ANY_MODEL {
            return Ok(());
        }
        let message = format!("there is no model `{}` here, but `{model}`", shown(&self.model));
        Err(Complaint::new(StatusCode::NOT_FOUND, message).about("model").code("model_not_found"))
    }

    /// What is to have times.
    fn time(&mut self, granularities: &[&str]) -> Result<(), Complaint> {
        const NAME: &str = "timestamp_granularities[]";
        if granularities.is_empty() {
            return Ok(());
        }
        if self.format != ReplyFormat::VerboseJson {
            let message = "times of words and segments are told in `verbose_json` alone";
            return Err(Complaint::invalid(message).about(NAME));
        }
        if let Some(other) = granularities.iter().find(|name| !["word", "segment"].contains(name)) {
            let message = format!("there is no `{}`, but `word` and `segment`", shown(other));
            return Err(Complaint::invalid(message).about(NAME));
        }
        self.options.word_timestamps = granularities.contains(&"word");
        self.segments = granularities.contains(&"segment");
        Ok(())
    }
}

fn language(value: &str) -> Result<Language, Complaint> {
    if value.is_empty() || value.eq_ignore_ascii_case("auto") {
        return Ok(Language::Detect);
    }
    let code = language_code(value).ok_or_else(|| {
        Complaint::invalid(format!("there is no language `{}`", shown(value))).about("language")
    })?;
    Ok(Language::Code(code.to_owned()))
}

fn temperature(value: &str) -> Result<f32, Complaint> {
    let number = value.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| {
        Complaint::invalid("the temperature is no number between 0 and 1").about("temperature")
    })
}

fn format(value: &str) -> Result<ReplyFormat, Complaint> {
    Ok(match value {
        "json" => ReplyFormat::Json,
        "text" => ReplyFormat::Text,
        "srt" => ReplyFormat::Srt,
        "vtt" => ReplyFormat::Vtt,
        "verbose_json" => ReplyFormat::VerboseJson,
        _ => {
            let message =
                format!("there is no format `{}`, but json, text, srt, vtt and verbose_json", shown(value));
            return Err(Complaint::invalid(message).about("response_format"));
        }
    })
}

fn flag(value: &str) -> Result<bool, Complaint> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Complaint::invalid("`stream` is `true` or `false`").about("stream")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(fields: &[(&str, &str)]) -> Result<Wanted, Complaint> {
        let fields: Vec<_> = fields.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let served = Served { model: "demo", forced: None };
        Wanted::of(&fields, Task::Transcribe, served)
    }

    #[test]
    fn fields_mean_what_they_mean_elsewhere() {
        let all = wanted(&[
            ("model", "whisper-1"),
            ("language", "German"),
            ("prompt", "Hark"),
            ("temperature", "0.2"),
            ("response_format", "verbose_json"),
            ("timestamp_granularities[]", "word"),
        ]);
        let all = all.unwrap();
        assert_eq!(all.options.language, Language::Code("de".into()));
        assert_eq!(all.options.initial_prompt.as_deref(), Some("Hark"));
        assert!((all.options.strategy.temperature - 0.2).abs() < 1e-6);
        assert!(all.options.word_timestamps && !all.segments && !all.stream);
        assert_eq!(all.format, ReplyFormat::VerboseJson);
        let least = wanted(&[("model", "demo"), ("prompt", ""), ("language", "")]).unwrap();
        assert_eq!(least.options, Options::default());
        assert!(
            wanted(&[("model", "demo"), ("stream", "True"), ("response_format", "text")]).unwrap().stream
        );
    }

    #[test]
    fn what_there_is_not_is_refused() {
        let bad: [&[(&str, &str)]; 14] = [
            &[],
            &[("model", "")],
            &[("model", "gpt-4o-transcribe")],
            &[("model", "demo"), ("language", "klingon")],
            &[("model", "demo"), ("temperature", "2")],
            &[("model", "demo"), ("temperature", "nan")],
            &[("model", "demo"), ("temperature", "")],
            &[("model", "demo"), ("response_format", "docx")],
            &[("model", "demo"), ("stream", "maybe")],
            &[("model", "demo"), ("stream", "true"), ("response_format", "srt")],
            &[("model", "demo"), ("timestamp_granularities[]", "word")],
            &[("model", "demo"), ("response_format", "verbose_json"), ("timestamp_granularities[]", "page")],
            &[("model", "demo"), ("include[]", "logprobs")],
            &[("model", "demo"), ("temprature", "0")],
        ];
        for fields in bad {
            assert!(wanted(fields).is_err(), "{fields:?}");
        }
    }
}
