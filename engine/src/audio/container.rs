//! The container of an audio file: what tracks it has, and their packets.
use super::mp4_edits::{TrackStart, track_starts};
use super::origin::Origin;
use super::{AudioError, foreign};
use crate::metrics::AudioTime;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::common::Limit;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known::{FORMAT_ID_ISOMP4, FORMAT_ID_MKV};
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::Time;
use symphonia_adapter_libopus::OpusDecoder;

/// One audio track of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackInfo {
    /// Number for `--track`, from 1, counting audio tracks only.
    pub number: usize,
    /// Codec, rate, channels and language for people, as far as the file states them.
    pub label: String,
    /// Whether this is the track that is taken when none is chosen.
    pub default: bool,
}

/// Cover pictures and tags are of no use here; tags above this size are not kept.
const LARGEST_TAG: usize = 64 * 1024;

/// How symphonia begins its message when the bytes look like no format of its list.
const NO_FORMAT: &str = "core (probe)";

/// More channels, or more samples in a packet, than any recording has; decoders make room for them.
const MOST_CHANNELS: usize = 64;
const LONGEST_PACKET: u64 = 1 << 20;

/// An open container.
pub(super) struct Container {
    pub(super) reader: Box<dyn FormatReader>,
    origin: Origin,
    /// Where the tracks of an MP4 file begin, if that is not their first sample.
    starts: Vec<TrackStart>,
}

/// Symphonia's decoders and libopus.
fn codecs() -> &'static CodecRegistry {
    static CODECS: OnceLock<CodecRegistry> = OnceLock::new();
    CODECS.get_or_init(|| {
        let mut codecs = CodecRegistry::new();
        symphonia::default::register_enabled_codecs(&mut codecs);
        codecs.register_audio_decoder::<OpusDecoder>();
        codecs
    })
}

fn probe(media: Box<dyn MediaSource>) -> Result<Box<dyn FormatReader>, Error> {
    let stream = MediaSourceStream::new(media, MediaSourceStreamOptions::default());
    let tags = MetadataOptions::default()
        .limit_tag_bytes(Limit::Maximum(LARGEST_TAG))
        .limit_visual_bytes(Limit::Maximum(LARGEST_TAG));
    guarded(|| symphonia::default::get_probe().probe(&Hint::new(), stream, FormatOptions::default(), tags))
}

/// Runs one of symphonia's calls. Its readers and decoders hold some assertions that a hostile file
/// can break (a Vorbis codebook of 2^24 entries, for one), and a broken file must not end a program
/// that is recording. What panicked is not used again.
pub(super) fn guarded<T>(call: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(Err(Error::Unsupported("its reader gave up")))
}

fn parameters(track: &Track) -> Option<&AudioCodecParameters> {
    match &track.codec_params {
        Some(CodecParameters::Audio(parameters)) => Some(parameters),
        _ => None,
    }
}

impl Container {
    pub(super) fn open(origin: &Origin) -> Result<Self, AudioError> {
        match probe(origin.media()?) {
            Ok(reader) => {
                let mp4 = reader.format_info().format == FORMAT_ID_ISOMP4;
                let starts = if mp4 { track_starts(&mut *origin.seekable()?) } else { Vec::new() };
                Ok(Self { reader, origin: origin.clone(), starts })
            }
            Err(Error::IoError(error)) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
                Err(origin.io(&error))
            }
            Err(error) => {
                let start = origin.start().map_err(|error| origin.io(&error))?;
                let unknown = matches!(error, Error::Unsupported(what) if what.starts_with(NO_FORMAT));
                let found = foreign::describe(&start).unwrap_or(match error {
                    _ if unknown => "no audio format that Hark knows",
                    Error::Unsupported(_) => "the file is incomplete or of an unusual kind",
                    Error::IoError(_) => "the file breaks off in its first part",
                    _ => "its first part is damaged",
                });
                // What the probe says of what it does not know tells nobody anything.
                let details = if unknown { String::new() } else { format!(" ({error})") };
                Err(origin.format(format_args!("cannot be decoded: {found}{details}")))
            }
        }
    }

    pub(super) fn is_matroska(&self) -> bool {
        self.reader.format_info().format == FORMAT_ID_MKV
    }

    fn audio(&self) -> impl Iterator<Item = (usize, &Track, &AudioCodecParameters)> {
        let audio = self.reader.tracks().iter().filter_map(|track| Some((track, parameters(track)?)));
        audio.enumerate().map(|(index, (track, parameters))| (index + 1, track, parameters))
    }

    /// The number of the container's default track if it can be decoded, else of the first that can.
    fn default_number(&self) -> Option<usize> {
        let marked = self.reader.default_track(TrackType::Audio).map(|track| track.id);
        let mut known =
            self.audio().filter(|(_, _, parameters)| codecs().get_audio_decoder(parameters.codec).is_some());
        let first = known.next()?;
        let default = std::iter::once(first).chain(known).find(|(_, track, _)| Some(track.id) == marked);
        Some(default.unwrap_or(first).0)
    }

    pub(super) fn tracks(&self) -> Vec<TrackInfo> {
        let default = self.default_number();
        self.audio()
            .map(|(number, track, parameters)| TrackInfo {
                number,
                label: label(track, parameters),
                default: Some(number) == default,
            })
            .collect()
    }

    /// The number of the wanted track, or of the default one.
    pub(super) fn choose(&self, wanted: Option<usize>) -> Result<usize, AudioError> {
        let count = self.audio().count();
        match wanted {
            _ if count == 0 => Err(self.origin.format("has no audio track")),
            Some(number) if (1..=count).contains(&number) => Ok(number),
            Some(number) => Err(AudioError::Format {
                path: self.origin.path().to_owned(),
                reason: format!("has no audio track {number}; its audio tracks are 1 to {count}"),
            }),
            None => self.default_number().ok_or_else(|| {
                let names: Vec<_> = self.tracks().into_iter().map(|track| track.label).collect();
                self.origin.format(format_args!("no decoder for its audio ({})", names.join("; ")))
            }),
        }
    }

    /// The id of an audio track's packets, and a decoder for them.
    pub(super) fn decoder(&self, number: usize) -> Result<(u32, Box<dyn AudioDecoder>), AudioError> {
        let Some((_, track, parameters)) = self.audio().find(|(n, _, _)| *n == number) else {
            return Err(self.origin.format(format_args!("has lost its audio track {number}")));
        };
        let channels = parameters.channels.as_ref().map_or(1, |channels| channels.count());
        let frames = parameters.max_frames_per_packet.unwrap_or(0);
        if channels > MOST_CHANNELS || frames.saturating_mul(channels as u64) > LONGEST_PACKET {
            return Err(self.origin.format(format_args!(
                "states {channels} channels and packets of {frames} frames, which is no recording"
            )));
        }
        let options = AudioDecoderOptions::default().gapless(true);
        match guarded(|| codecs().make_audio_decoder(parameters, &options)) {
            Ok(decoder) => Ok((track.id, decoder)),
            Err(error) => Err(self
                .origin
                .format(format_args!("cannot be decoded: {} ({error})", label(track, parameters)))),
        }
    }

    /// Seconds at the beginning of a track that are not to be heard and that its decoder does not drop.
    pub(super) fn lead_in(&self, track_id: u32) -> f64 {
        let seconds = || {
            let start = self.starts.iter().find(|start| start.track_id == track_id)?;
            let track = self.reader.tracks().iter().find(|track| track.id == track_id)?;
            let tick = track.time_base?;
            Some(start.media_time as f64 * f64::from(tick.numer.get()) / f64::from(tick.denom.get()))
        };
        seconds().unwrap_or(0.0)
    }

    /// Goes to the packet in which `seconds` from the track's start lie, or to one before it. Seconds between
    /// there and what was wanted; `None` if the container cannot do that.
    pub(super) fn seek(&mut self, track_id: u32, seconds: f64) -> Option<f64> {
        let tick = self.reader.tracks().iter().find(|track| track.id == track_id)?.time_base?;
        let to = SeekTo::Time { time: Time::try_from_secs_f64(seconds)?, track_id: Some(track_id) };
        let reached = guarded(|| self.reader.seek(SeekMode::Accurate, to)).ok()?;
        let short = seconds - tick.calc_time(reached.actual_ts)?.as_secs_f64();
        (short >= 0.0).then_some(short)
    }

    pub(super) fn stated_length(&self, number: usize) -> Option<AudioTime> {
        let (_, track, parameters) = self.audio().find(|(n, _, _)| *n == number)?;
        let by_time = || Some(track.time_base?.calc_duration(track.duration?)?.as_secs_f64());
        let by_frames = || Some(track.num_frames? as f64 / f64::from(parameters.sample_rate?));
        by_time().or_else(by_frames).filter(|seconds| seconds.is_finite()).map(AudioTime)
    }
}

/// Codec, rate, channels and language of a track, as far as they are known.
fn label(track: &Track, parameters: &AudioCodecParameters) -> String {
    let codec = codecs().get_audio_decoder(parameters.codec).map(|decoder| decoder.codec.info.long_name);
    let mut label = codec.unwrap_or("unknown codec").to_owned();
    if let Some(rate) = parameters.sample_rate {
        label += &format!(", {rate} Hz");
    }
    match parameters.channels.as_ref().map(|channels| channels.count()) {
        Some(1) => label += ", mono",
        Some(2) => label += ", stereo",
        Some(count) => label += &format!(", {count} channels"),
        None => {}
    }
    if let Some(language) = track.language.as_deref().filter(|l| !l.is_empty() && *l != "und") {
        label += &format!(", {language}");
    }
    label
}
