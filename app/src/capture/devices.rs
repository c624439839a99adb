//! Which microphones there are, without the plugins that ALSA lists beside them.

use super::CaptureError;
use cpal::traits::{DeviceTrait, HostTrait};

/// A microphone to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Microphone {
    /// Stable across restarts, such as `alsa:hw:CARD=USB,DEV=0`.
    pub id: String,
    /// For people.
    pub label: String,
}

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

/// Every microphone, the system's default first. Asking can take a while: the sound system probes.
pub fn microphones() -> Vec<Microphone> {
    let host = cpal::default_host();
    let default = host.default_input_device().and_then(|d| describe(&d));
    let others = host.input_devices().into_iter().flatten().filter_map(|d| describe(&d));
    let mut found: Vec<Microphone> = Vec::new();
    for microphone in default.into_iter().chain(others.filter(|m| is_microphone(&m.id))) {
        if !found.iter().any(|m| m.id == microphone.id) {
            found.push(microphone);
        }
    }
    found
}

/// The device with this id, or the default one, and its name.
pub(super) fn find(id: Option<&str>) -> Result<(cpal::Device, String), CaptureError> {
    let host = cpal::default_host();
    let device = match id {
        None => host.default_input_device().ok_or(CaptureError::NoDevice)?,
        Some(id) => {
            let missing = || CaptureError::Missing(id.to_owned());
            let parsed = id.parse().map_err(|_| missing())?;
            host.device_by_id(&parsed).ok_or_else(missing)?
        }
    };
    let name = describe(&device).map_or_else(|| id.unwrap_or("default").to_owned(), |m| m.label);
    Ok((device, name))
}

fn describe(device: &cpal::Device) -> Option<Microphone> {
    let id = device.id().ok()?.to_string();
    let label = device.description().map_or_else(|_| id.clone(), |d| d.name().to_owned());
    Some(Microphone { id, label })
}

/// `id` is `host:name`, where ALSA's names look like `plughw:CARD=USB,DEV=0`.
fn is_microphone(id: &str) -> bool {
    let name = id.split_once(':').map_or(id, |(_, name)| name);
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
    fn a_microphone_that_is_not_there_is_named() {
        let error = find(Some("alsa:hw:CARD=NoSuchCard,DEV=0")).err();
        assert!(matches!(error, Some(CaptureError::Missing(id)) if id.contains("NoSuchCard")));
        assert!(matches!(find(Some("nonsense")), Err(CaptureError::Missing(_))));
    }
}
