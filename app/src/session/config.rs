//! What a session is made of besides its own state.

use super::shelf::Shelf;
use super::snapshot::ModelView;
use crate::autostart;
use crate::capture::Microphones;
use crate::delivery::{self, Nowhere, Outlet};
use crate::kept_files::Folder;
use crate::machine;
use crate::models::{self, Choice};
use crate::npu::NpuWay;
use crate::precision::PrecisionChoice;
use crate::settings::{self, Store};
use crate::sounds::Sounds;
use crate::texts;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Long enough that nobody is about to say something.
const IDLE: Duration = Duration::from_secs(30);

const MINUTE: Duration = Duration::from_secs(60);

/// Everything that a session needs from outside.
pub struct Config {
    /// Where recordings are kept.
    pub recordings: PathBuf,
    /// Where earlier dictations are kept; `None` keeps none.
    pub history: Option<PathBuf>,
    /// Where the list of files is kept; `None` keeps none.
    pub kept_files: Option<Folder>,
    /// The model to begin with.
    pub model: Choice,
    /// CPU threads for the engine.
    pub threads: usize,
    /// Precision for every model.
    pub precision: PrecisionChoice,
    /// The folder where it is remembered which precisions have proved themselves.
    pub verdicts: Option<PathBuf>,
    /// How long nothing must happen before precisions are proved.
    pub idle: Duration,
    /// What the time until the model is taken out of memory is counted in: a minute, but for tests.
    pub minute: Duration,
    /// How the NPU is reached.
    pub npu: NpuWay,
    /// What is known of models.
    pub models: ModelKnowledge,
    /// What is known of those that can be fetched.
    pub shelf: Shelf,
    /// What the person chose earlier.
    pub settings: Store,
    /// What of the settings could not be read.
    pub settings_problems: Vec<String>,
    /// Where sound comes from.
    pub microphones: Microphones,
    /// Where finished dictation goes.
    pub outlet: Box<dyn Outlet>,
    /// What plays when dictations begin and end.
    pub sounds: Sounds,
    /// Where the desktop looks for what starts by itself, if it does.
    pub autostart: Option<PathBuf>,
    /// Whether recordings can be heard again.
    pub plays: bool,
    /// Where the system tells of what gives power.
    pub supplies: PathBuf,
}

/// Why no session can be started. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no home for recordings and settings.
    #[error("there is no home folder to keep recordings in; set HARK_DATA_DIR and HARK_CONFIG_DIR")]
    Homeless,
    /// The model that was asked for is not there.
    #[error("{0}")]
    Model(String),
}

impl Config {
    /// A session apart from the person's: all that it writes is in `folder`, it has the usual settings, plays
    /// nothing, and hands its text to nobody.
    pub fn apart(folder: &Path, model: Choice, microphones: Microphones) -> Self {
        let (settings, settings_problems) = Store::open(&folder.join("config"));
        Self {
            recordings: folder.join("recordings"),
            history: None,
            kept_files: None,
            model,
            threads: 1,
            precision: PrecisionChoice::Auto,
            verdicts: None,
            idle: Duration::MAX,
            minute: MINUTE,
            npu: NpuWay::none(),
            models: ModelKnowledge::of_this_machine(),
            shelf: Shelf::new(Some(folder.join("models")), Some(folder), 1),
            settings,
            settings_problems,
            microphones,
            outlet: Box::new(Nowhere),
            sounds: Sounds::default(),
            autostart: None,
            plays: false,
            supplies: machine::POWER_SUPPLIES.into(),
        }
    }

    /// A session for this machine and person, with the model `asked` for or else the usual choice.
    ///
    /// # Errors
    /// If the model that was asked for is not there, or the person has no home folder. A model in
    /// the settings that is gone is only reported.
    pub fn of_this_machine(
        asked: Option<&str>,
        threads: usize,
        precision: PrecisionChoice,
    ) -> Result<Self, ConfigError> {
        let data = models::data_folder().ok_or(ConfigError::Homeless)?;
        let folder = settings::config_folder().ok_or(ConfigError::Homeless)?;
        let (settings, mut settings_problems) = Store::open(&folder);
        let model = match asked {
            Some(name) => resolve(name).map_err(ConfigError::Model)?,
            None => models::choose(None, settings.get().model.as_deref()).or_else(|error| {
                settings_problems.push(error.to_string());
                models::choose(None, None).map_err(|error| ConfigError::Model(error.to_string()))
            })?,
        };
        Ok(Self {
            recordings: data.join("recordings"),
            history: Some(data.join("history")),
            kept_files: Some(Folder::new(data.join("files"))),
            model,
            threads,
            precision,
            npu: NpuWay::of_this_machine(Some(data.clone())),
            shelf: Shelf::new(models::models_folder(), Some(&data), threads),
            verdicts: Some(data),
            idle: IDLE,
            minute: MINUTE,
            models: ModelKnowledge::of_this_machine(),
            settings,
            settings_problems,
            microphones: Microphones::system(),
            outlet: delivery::outlet_of_this_machine(),
            sounds: Sounds::of_this_machine(),
            autostart: autostart::folder(),
            plays: true,
            supplies: machine::POWER_SUPPLIES.into(),
        })
    }
}

/// How the session finds out about models. All of it reads the disk, and is not called by the
/// session's own thread.
#[derive(Clone, Copy)]
pub struct ModelKnowledge {
    /// The models that are there.
    pub list: fn() -> Vec<ModelView>,
    /// The model that a name or path means; the error says what to do.
    pub resolve: fn(&str) -> Result<Choice, String>,
    /// Whether a file has the content of a bundled clip.
    pub is_bundled_clip: fn(&Path) -> io::Result<bool>,
}

impl ModelKnowledge {
    /// What is known of the models on this machine.
    pub fn of_this_machine() -> Self {
        Self { list, resolve, is_bundled_clip: models::demo_rule::is_bundled_clip }
    }
}

fn list() -> Vec<ModelView> {
    let whole = models::find().into_iter().filter(|model| model.problem.is_none());
    let found = whole.map(|model| {
        let megabytes = texts::size_mb(model.bytes.div_ceil(1_000_000));
        ModelView { label: texts::model_with_size(&model.name, megabytes), name: model.name }
    });
    let demo = ModelView { name: "demo".into(), label: texts::model_demo().into() };
    found.chain([demo]).collect()
}

fn resolve(name: &str) -> Result<Choice, String> {
    models::resolve(name).map_err(|error| match error.alike.as_slice() {
        [] => error.to_string(),
        alike => format!("{error}; did you mean {}?", alike.join(" or ")),
    })
}
