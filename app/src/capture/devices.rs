//! Which microphones there are, without the plugins that ALSA lists beside them.

use super::{CaptureError, Microphone, sound_server};
use cpal::InterfaceType;
use cpal::traits::{DeviceTrait, HostTrait};

/// ALSA plugins and servers that are no microphone of their own, by the first part of their name.
const NOT_MICROPHONES: [&str; 14] = [
    "null",
    "lavrate",
    "samplerate",
    "speexrate",
    "speex",
    "jack",
    "oss",
    "upmix",
    "vdownmix",
    "usbstream",
    "dsnoop",
    "sysdefault",
    "front",
    "surround",
];

/// ALSA's names for a sound server as a whole.
const SERVERS: [&str; 2] = ["alsa:pipewire", "alsa:pulse"];

/// Every microphone, the system's default first. Asking can take a while: the sound system probes.
///
/// Where a sound server runs, these are its sources: it holds the cards, and what ALSA lists beside it is
/// the same or busy.
pub fn microphones() -> Vec<Microphone> {
    let host = cpal::default_host();
    let default = host.default_input_device().and_then(|d| describe(&d));
    let sources = sound_server::sources();
    if !sources.is_empty() {
        return default.into_iter().chain(sources.iter().map(|s| s.microphone())).collect();
    }
    let others = host.input_devices().into_iter().flatten().filter_map(|d| describe(&d));
    let mut found: Vec<Microphone> = Vec::new();
    for microphone in default.into_iter().chain(others.filter(|m| is_microphone(&m.id))) {
        if !found.iter().any(|m| m.id == microphone.id) {
            found.push(microphone);
        }
    }
    one_per_card(&mut found);
    found
}

/// ALSA lists a card as `hw:` and `plughw:` (which converts formats), by name and by number. Where
/// the better name is there, the others go.
fn one_per_card(found: &mut Vec<Microphone>) {
    let by_number = |name: &str| {
        let card = name.split_once(':').map_or("", |(_, card)| card.trim_start_matches("CARD="));
        card.starts_with(|c: char| c.is_ascii_digit())
    };
    let converts = |m: &Microphone| alsa_name(&m.id).starts_with("plughw:");
    let named = |m: &Microphone| converts(m) && !by_number(alsa_name(&m.id));
    let (any_converts, any_named) = (found.iter().any(converts), found.iter().any(named));
    found.retain(|m| {
        let name = alsa_name(&m.id);
        !(any_converts && name.starts_with("hw:") || any_named && converts(m) && by_number(name))
    });
}

/// An id without the name of the sound system before it.
fn alsa_name(id: &str) -> &str {
    id.split_once(':').map_or(id, |(_, name)| name)
}

/// The device with this id, or the default one.
pub(super) fn find(id: Option<&str>) -> Result<(cpal::Device, Microphone), CaptureError> {
    let host = cpal::default_host();
    let device = match id {
        None => host.default_input_device().ok_or(CaptureError::NoDevice)?,
        Some(id) if sound_server::is_source(id) => {
            let mut devices = host.input_devices().into_iter().flatten();
            let server = devices.find(|d| d.id().is_ok_and(|id| SERVERS.contains(&id.to_string().as_str())));
            server.or_else(|| host.default_input_device()).ok_or(CaptureError::NoDevice)?
        }
        Some(id) => {
            let missing = || CaptureError::Missing(id.to_owned());
            let parsed = id.parse().map_err(|_| missing())?;
            host.device_by_id(&parsed).ok_or_else(missing)?
        }
    };
    let nameless = || id.unwrap_or("default").to_owned();
    let microphone = describe(&device).unwrap_or_else(|| Microphone { id: nameless(), label: nameless() });
    Ok((device, microphone))
}

/// Whether a device is connected by radio, as far as its name or the system tells.
pub(super) fn is_bluetooth(device: &cpal::Device, id: &str) -> bool {
    let told = device.description().is_ok_and(|d| d.interface_type() == InterfaceType::Bluetooth);
    told || ["bluealsa", "bluez", "bluetooth"].iter().any(|name| id.to_lowercase().contains(name))
}

fn describe(device: &cpal::Device) -> Option<Microphone> {
    let id = device.id().ok()?.to_string();
    let label = device.description().map_or_else(|_| id.clone(), |d| d.name().to_owned());
    Some(Microphone { id, label })
}

/// `id` is `host:name`, where ALSA's names look like `plughw:CARD=USB,DEV=0`.
fn is_microphone(id: &str) -> bool {
    let name = alsa_name(id);
    let plugin = name.split(':').next().unwrap_or(name);
    !NOT_MICROPHONES.iter().any(|junk| plugin == *junk || plugin.starts_with("surround"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_are_not_microphones() {
        for junk in [
            "alsa:null",
            "alsa:lavrate",
            "alsa:speexrate",
            "alsa:usbstream:CARD=USB",
            "alsa:surround51:CARD=0",
        ] {
            assert!(!is_microphone(junk), "{junk}");
        }
        for real in [
            "alsa:default",
            "alsa:pulse",
            "alsa:pipewire",
            "alsa:hw:CARD=USB,DEV=0",
            "alsa:plughw:CARD=USB,DEV=0",
        ] {
            assert!(is_microphone(real), "{real}");
        }
    }

    #[test]
    fn a_card_is_listed_once() {
        let microphone = |id: &&str| Microphone { id: format!("alsa:{id}"), label: String::new() };
        let kept = |ids: &[&str]| {
            let mut found: Vec<_> = ids.iter().map(microphone).collect();
            one_per_card(&mut found);
            found.into_iter().map(|m| alsa_name(&m.id).to_owned()).collect::<Vec<_>>()
        };
        let all = ["default", "hw:CARD=USB,DEV=0", "plughw:CARD=USB,DEV=0", "hw:1,0", "plughw:1,0"];
        assert_eq!(kept(&all), ["default", "plughw:CARD=USB,DEV=0"]);
        assert_eq!(kept(&["default", "hw:1,0", "plughw:1,0"]), ["default", "plughw:1,0"]);
        assert_eq!(kept(&["pulse", "hw:CARD=USB,DEV=0"]), ["pulse", "hw:CARD=USB,DEV=0"]);
    }

    #[test]
    fn a_microphone_that_is_not_there_is_named() {
        let error = find(Some("alsa:hw:CARD=NoSuchCard,DEV=0")).err();
        assert!(matches!(error, Some(CaptureError::Missing(id)) if id.contains("NoSuchCard")));
        assert!(matches!(find(Some("nonsense")), Err(CaptureError::Missing(_))));
    }
}
