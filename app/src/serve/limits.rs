//! What clients may take of the service.

use hark_engine::metrics::AudioTime;
use std::time::Duration;

/// Bounds of everything that a client decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Connections that are open at once. More wait for one to close.
    pub connections: usize,
    /// Requests for a text that are in hand at once, from the first byte to the last. The engine's channel holds
    /// more, so that no request ever keeps the window waiting there.
    pub requests: usize,
    /// Bytes of a request.
    pub upload: u64,
    /// Bytes of all uploads that are kept at once.
    pub spooled: u64,
    /// Bytes of a field of text.
    pub text: usize,
    /// Fields of a form.
    pub fields: usize,
    /// How long a client may neither send nor take anything that it is expected to.
    pub silence: Duration,
    /// Bytes a second that an upload must reach once it has lasted longer than that.
    pub rate: u64,
    /// Audio of a recording.
    pub audio: AudioTime,
    /// How long requests in hand may go on once the service is told to stop, or the model leaves.
    pub farewell: Duration,
    /// How long a model may take to come that is not loaded.
    pub loading: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            requests: 48,
            upload: 1 << 30,
            spooled: 4 << 30,
            text: 64 << 10,
            fields: 32,
            silence: Duration::from_secs(30),
            rate: 1000,
            audio: AudioTime(24.0 * 3600.0),
            farewell: Duration::from_secs(5),
            loading: Duration::from_secs(120),
        }
    }
}
