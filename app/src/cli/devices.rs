//! `hark devices`: the microphones.

use super::args::DevicesArgs;
use super::exit::{Exit, Failure, note};
use super::stdout;
use cpal::traits::{DeviceTrait, HostTrait};
use serde::Serialize;

/// A microphone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Microphone {
    /// Stable across restarts.
    pub id: String,
    /// For people.
    pub label: String,
    /// Whether the system takes it when none is chosen.
    pub default: bool,
}

/// Lists the microphones.
pub fn run(args: &DevicesArgs) -> Result<Exit, Failure> {
    let microphones = microphones();
    if args.json {
        stdout::put_json(&microphones)?;
        return Ok(Exit::Ok);
    }
    for microphone in &microphones {
        let mark = if microphone.default { '*' } else { ' ' };
        stdout::put(&format!("{mark} {}  ({})\n", microphone.label, microphone.id))?;
    }
    if microphones.is_empty() {
        note("no microphone was found; plug one in and check the system's sound settings");
    }
    Ok(Exit::Ok)
}

/// The microphones that a person would recognise, the default first.
pub fn microphones() -> Vec<Microphone> {
    let host = cpal::default_host();
    let default = host.default_input_device().and_then(|device| device.id().ok());
    let Ok(devices) = host.input_devices() else { return Vec::new() };
    let mut microphones: Vec<_> = devices
        .filter_map(|device| {
            let id = device.id().ok()?;
            let label = device.description().ok()?.name().to_owned();
            let default = default.as_ref() == Some(&id);
            let id = id.to_string();
            (default || !is_plumbing(&id)).then_some(Microphone { id, label, default })
        })
        .collect();
    microphones.sort_by_key(|microphone| !microphone.default);
    microphones
}

/// ALSA lists every card many times over, by plugin and by number. One entry per card is enough:
/// the one by name with conversions; and the sound server's.
fn is_plumbing(id: &str) -> bool {
    let Some(pcm) = id.strip_prefix("alsa:") else { return false };
    let server = matches!(pcm, "default" | "pipewire" | "pulse");
    let card =
        pcm.strip_prefix("plughw:CARD=").is_some_and(|card| !card.starts_with(|c: char| c.is_ascii_digit()));
    !(server || card)
}

#[cfg(test)]
mod tests {
    use super::is_plumbing;

    #[test]
    fn one_entry_per_card_and_the_sound_server_remain() {
        let kept =
            ["alsa:default", "alsa:pipewire", "alsa:plughw:CARD=PCH,DEV=0", "coreaudio:hw:1", "wasapi:x"];
        let dropped = [
            "alsa:null",
            "alsa:hw:CARD=PCH,DEV=0",
            "alsa:hw:CARD=0,DEV=0",
            "alsa:plughw:CARD=0,DEV=0",
            "alsa:sysdefault:CARD=PCH",
            "alsa:front:CARD=PCH,DEV=0",
            "alsa:dsnoop:CARD=PCH,DEV=0",
            "alsa:surround51:CARD=PCH,DEV=0",
            "alsa:speexrate",
        ];
        for id in kept {
            assert!(!is_plumbing(id), "{id}");
        }
        for id in dropped {
            assert!(is_plumbing(id), "{id}");
        }
    }
}
