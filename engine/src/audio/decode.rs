//! From packets to 16 kHz mono samples.
use super::container::{Container, guarded};
use super::origin::Origin;
use super::{AudioError, Damage, Resampler, SampleStream};
use std::io::ErrorKind;
use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error;
use symphonia::core::packet::Packet;

/// After so many packets in a row that cannot be decoded, the rest is taken to be no audio.
const MOST_BAD_PACKETS: usize = 2_000;
/// After so many packets in a row without a sample (of other tracks, or empty), there is no end to come.
const MOST_SILENT_PACKETS: usize = 1_000_000;

/// Float samples may exceed 1 and come back below it when they are resampled, but not from here.
const LOUDEST: f32 = 1_000.0;

/// Reads one track of a file from its start.
pub(super) struct FileStream {
    origin: Origin,
    container: Container,
    /// The track's number among the audio tracks.
    number: usize,
    track_id: u32,
    /// The channel that is heard, from 0; `None` is the average of all.
    channel: Option<usize>,
    /// How many there are, once a packet was decoded.
    channels: usize,
    decoder: Box<dyn AudioDecoder>,
    /// Made for the rate of the first decoded packet, and anew should the rate change.
    resampler: Option<(u32, Resampler)>,
    /// Seconds that are still to be dropped from the start.
    lead_in: f64,
    interleaved: Vec<f32>,
    damage: Damage,
    bad_in_a_row: usize,
    silent_in_a_row: usize,
    /// Whether a sample was decoded, and whether everything was.
    started: bool,
    ended: bool,
}

impl FileStream {
    pub(super) fn new(
        origin: &Origin,
        container: Container,
        number: usize,
        channel: Option<usize>,
    ) -> Result<Self, AudioError> {
        let (track_id, decoder) = container.decoder(number)?;
        Ok(Self {
            origin: origin.clone(),
            lead_in: container.lead_in(track_id),
            container,
            number,
            track_id,
            channel,
            channels: 0,
            decoder,
            resampler: None,
            interleaved: Vec::new(),
            damage: Damage::default(),
            bad_in_a_row: 0,
            silent_in_a_row: 0,
            started: false,
            ended: false,
        })
    }

    /// How many channels the track has, once a packet was decoded.
    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// Begins so many seconds later, before anything was read. `false` if the container cannot jump there; the
    /// stream is of no use then.
    pub(super) fn jump(&mut self, seconds: f64) -> bool {
        let reached = self.container.seek(self.track_id, seconds + self.lead_in);
        self.decoder.reset();
        self.lead_in = reached.unwrap_or(0.0);
        reached.is_some()
    }

    /// Begins so many seconds later by leaving out what comes before.
    pub(super) fn leave_out(&mut self, seconds: f64) {
        self.lead_in += seconds;
    }

    /// The next packet of the track, `None` at the end of what can be read.
    fn next_packet(&mut self) -> Result<Option<Packet>, AudioError> {
        loop {
            let reader = &mut self.container.reader;
            match guarded(|| reader.next_packet()) {
                // libopus invents sound for an empty packet.
                Ok(Some(packet)) if packet.track_id == self.track_id && !packet.data.is_empty() => {
                    return Ok(Some(packet));
                }
                Ok(Some(_)) => {
                    self.silent_in_a_row += 1;
                    if self.silent_in_a_row > MOST_SILENT_PACKETS {
                        return self.broken_off(&"endless packets without sound");
                    }
                }
                Ok(None) => return Ok(None),
                // Another stream follows in the same file.
                Err(Error::ResetRequired) => {
                    (self.track_id, self.decoder) = self.container.decoder(self.number)?;
                }
                // A live Matroska recording has no stated length, and this is its regular end.
                Err(Error::IoError(error))
                    if error.kind() == ErrorKind::UnexpectedEof
                        && self.container.is_matroska()
                        && self.started =>
                {
                    return Ok(None);
                }
                Err(Error::IoError(error))
                    if !matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData) =>
                {
                    return Err(self.origin.io(&error));
                }
                Err(error) => return self.broken_off(&error),
            }
        }
    }

    /// Ends the recording here; an error if nothing came before.
    fn broken_off<T>(&mut self, reason: &dyn std::fmt::Display) -> Result<Option<T>, AudioError> {
        self.damage.broken_off = true;
        if self.started { Ok(None) } else { Err(self.nothing(reason)) }
    }

    fn nothing(&self, reason: &dyn std::fmt::Display) -> AudioError {
        self.origin.format(format_args!("nothing in it can be decoded: {reason}"))
    }

    /// Decodes a packet into mono samples at the front of `interleaved`: their rate and number,
    /// `None` if the packet had to be left out.
    fn decode(&mut self, packet: &Packet) -> Result<Option<(u32, usize)>, AudioError> {
        let (decoder, interleaved) = (&mut self.decoder, &mut self.interleaved);
        let decoded = guarded(|| {
            let buffer = decoder.decode(packet)?;
            buffer.copy_to_vec_interleaved(interleaved);
            Ok((buffer.spec().rate(), buffer.num_planes()))
        });
        match decoded {
            Ok((rate, channels)) => {
                self.bad_in_a_row = 0;
                self.channels = channels;
                Ok(Some((rate, mix_down(&mut self.interleaved, channels, self.channel))))
            }
            Err(Error::IoError(error)) if error.kind() != ErrorKind::UnexpectedEof => {
                Err(self.origin.io(&error))
            }
            Err(error) => {
                self.damage.skipped_packets += 1;
                self.bad_in_a_row += 1;
                match error {
                    Error::ResetRequired => self.decoder.reset(),
                    // Not of this packet but of all; it may have panicked, and is not asked again.
                    Error::Unsupported(_) => self.bad_in_a_row = MOST_BAD_PACKETS,
                    _ => {}
                }
                if self.bad_in_a_row >= MOST_BAD_PACKETS && !self.started {
                    return Err(self.nothing(&error));
                }
                Ok(None)
            }
        }
    }

    /// Resamples the first `count` samples of `interleaved`, without what belongs to the lead-in.
    fn resample(&mut self, rate: u32, count: usize, out: &mut Vec<f32>) -> Result<(), AudioError> {
        let dropped = ((self.lead_in * f64::from(rate)).round() as usize).min(count);
        if dropped > 0 {
            self.lead_in -= dropped as f64 / f64::from(rate);
        }
        if self.resampler.as_ref().is_none_or(|(old, _)| *old != rate) {
            let new = Resampler::new(rate).map_err(|error| match error {
                AudioError::Resample(reason) => self.origin.format(reason),
                other => other,
            })?;
            if let Some((_, mut old)) = self.resampler.replace((rate, new)) {
                old.finish(out)?;
            }
        }
        if let Some((_, resampler)) = &mut self.resampler {
            resampler.push(&self.interleaved[dropped..count], out)?;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), AudioError> {
        self.ended = true;
        if !self.started && self.damage.skipped_packets > 0 {
            return Err(self.nothing(&"all of its packets are damaged"));
        }
        match &mut self.resampler {
            Some((_, resampler)) => resampler.finish(out),
            None => Ok(()),
        }
    }
}

impl SampleStream for FileStream {
    fn next_block(&mut self, out: &mut Vec<f32>) -> Result<bool, AudioError> {
        let before = out.len();
        while out.len() == before && !self.ended {
            let packet = if self.bad_in_a_row < MOST_BAD_PACKETS { self.next_packet()? } else { None };
            let Some(packet) = packet else {
                self.damage.broken_off |= self.bad_in_a_row >= MOST_BAD_PACKETS;
                self.finish(out)?;
                break;
            };
            match self.decode(&packet)? {
                Some((rate, count)) if count > 0 => {
                    self.started = true;
                    self.silent_in_a_row = 0;
                    self.resample(rate, count, out)?;
                }
                _ => self.silent_in_a_row += 1,
            }
        }
        for sample in &mut out[before..] {
            *sample = sample.clamp(-1.0, 1.0);
        }
        Ok(out.len() > before)
    }

    fn damage(&self) -> Damage {
        self.damage
    }
}

/// Averages the channels of each instant, or takes one of them, in place; how many samples there are then.
fn mix_down(interleaved: &mut [f32], channels: usize, only: Option<usize>) -> usize {
    let channels = channels.max(1);
    let frames = interleaved.len() / channels;
    let share = 1.0 / channels as f32;
    for frame in 0..frames {
        let all = &interleaved[frame * channels..(frame + 1) * channels];
        let mean = match only {
            Some(channel) => all.get(channel).copied().unwrap_or(0.0),
            None if channels == 1 => all[0],
            None => all.iter().sum::<f32>() * share,
        };
        // Files with float samples may hold anything; the resampler must not overflow.
        interleaved[frame] = if mean.is_finite() { mean.clamp(-LOUDEST, LOUDEST) } else { 0.0 };
    }
    frames
}
