//! Decoding of recordings: WAV, AIFF, CAF, FLAC, MP3, Ogg Vorbis, AAC and ALAC in MP4, Vorbis in Matroska
//! and WebM through symphonia; Opus in any of these through opus-pure.
//!
//! The content alone decides the format; file names play no part. A recording is decoded piece by piece,
//! and resampled on the way where another rate is wanted, so that memory depends on what is kept of it and
//! not on what it unpacks to. Channels are mixed to mono by their mean, unless they cancel each other.

mod ogg;
mod opus;
mod recording;
mod riff;
mod source;

use std::io::{self, Cursor, ErrorKind};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use opus_pure::OggPacket;
use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_MP3, CODEC_ID_OPUS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known::{FORMAT_ID_MKV, FORMAT_ID_OGG};
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

use self::recording::Recording;
use super::{Audio, AudioError};

/// What is kept of a recording.
#[derive(Debug, Clone, Copy)]
struct Reading {
    /// The rate at which it is kept, in Hz; `None` is its own.
    sample_rate: Option<u32>,
    beyond: Beyond,
}

/// What happens to a recording that is too long.
#[derive(Debug, Clone, Copy)]
enum Beyond {
    /// It is an error to exceed [`MAX_SAMPLES`](super::MAX_SAMPLES).
    IsRefused,
    /// What comes after so many seconds is not even decoded.
    IsIgnored { seconds: f64 },
}

/// Reads a recording and mixes it to mono at its own sample rate.
///
/// # Errors
/// [`AudioError::Read`] where the file cannot be opened, [`AudioError::EndlessPipe`], otherwise as
/// [`decode_bytes`].
pub fn decode_file(path: &Path) -> Result<Audio, AudioError> {
    let reading = Reading {
        sample_rate: None,
        beyond: Beyond::IsRefused,
    };
    decode_path(path, reading)
}

/// [`decode_file`] at a sample rate of one's choice, in less memory than to resample it afterwards.
///
/// # Errors
/// As [`decode_file`].
pub fn decode_file_at(path: &Path, sample_rate: u32) -> Result<Audio, AudioError> {
    let reading = Reading {
        sample_rate: Some(sample_rate),
        beyond: Beyond::IsRefused,
    };
    decode_path(path, reading)
}

/// [`decode_file_at`] of the first so many seconds; what comes later is not looked at.
///
/// # Errors
/// As [`decode_file`].
pub(crate) fn decode_beginning(
    path: &Path,
    sample_rate: u32,
    seconds: f64,
) -> Result<Audio, AudioError> {
    let reading = Reading {
        sample_rate: Some(sample_rate),
        beyond: Beyond::IsIgnored { seconds },
    };
    decode_path(path, reading)
}

fn decode_path(path: &Path, reading: Reading) -> Result<Audio, AudioError> {
    let name = path.display().to_string();
    decode(source::open(path, &name)?, &name, reading)
}

/// Decodes a recording held in memory and mixes it to mono at its own sample rate; `name` is what
/// error messages call it.
///
/// # Errors
/// [`AudioError::EmptyFile`], [`AudioError::NotAudio`], [`AudioError::Corrupt`],
/// [`AudioError::Truncated`], [`AudioError::NoSamples`], [`AudioError::TooLong`],
/// [`AudioError::SampleRate`] or [`AudioError::NotFinite`].
pub fn decode_bytes(bytes: Vec<u8>, name: &str) -> Result<Audio, AudioError> {
    if bytes.is_empty() {
        return Err(AudioError::EmptyFile {
            name: name.to_owned(),
        });
    }
    let reading = Reading {
        sample_rate: None,
        beyond: Beyond::IsRefused,
    };
    decode(Box::new(Cursor::new(bytes)), name, reading)
}

/// Decodes a source that can be read from its start again.
///
/// Symphonia 0.6.1 multiplies sizes out of headers without looking: a WAV of 32,770 channels overflows,
/// which a build with overflow checks makes a panic.
fn decode(source: Box<dyn MediaSource>, name: &str, reading: Reading) -> Result<Audio, AudioError> {
    // Nothing of the decoder outlives a panic.
    catch_unwind(AssertUnwindSafe(|| decode_source(source, name, reading))).unwrap_or_else(|_| {
        Err(AudioError::Corrupt {
            name: name.to_owned(),
            detail: "its sizes contradict each other".into(),
        })
    })
}

fn decode_source(
    source: Box<dyn MediaSource>,
    name: &str,
    reading: Reading,
) -> Result<Audio, AudioError> {
    let unreadable = |error: io::Error| not_audio(name, &error.into());
    let mut source = riff::mended(source, name).map_err(unreadable)?;
    if !ogg::has_its_end(source.as_mut()).map_err(unreadable)? {
        return Err(truncated(name, "it breaks off before its last page"));
    }
    let stream = MediaSourceStream::new(source, Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(
            &Hint::new(),
            stream,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .map_err(|error| not_audio(name, &error))?;

    let Some(track) = format.default_track(TrackType::Audio).cloned() else {
        let detail = "it has no audio track".into();
        return Err(AudioError::NotAudio {
            name: name.to_owned(),
            detail,
        });
    };
    let Some(params) = track
        .codec_params
        .as_ref()
        .and_then(|params| params.audio())
    else {
        let detail = "its codec is unknown".into();
        return Err(AudioError::NotAudio {
            name: name.to_owned(),
            detail,
        });
    };
    let container = format.format_info().format;
    if container == FORMAT_ID_OGG && params.codec == CODEC_ID_OPUS {
        return opus::decode(format.into_inner(), name, reading);
    }
    let mut decoder = Decoder::new(&track, params, name)?;
    let mut recording = Recording::new(name, reading, decoder.sample_rate(params));
    let end = read_packets(format.as_mut(), &mut decoder, track.id, &mut recording)?;
    // A stream from a browser declares no length, but never breaks off inside a block.
    if end == End::Inside && container == FORMAT_ID_MKV {
        return Err(truncated(name, "it breaks off inside a block"));
    }
    // Without its encoder's tag an MP3's length is a guess from the bit rate of the first frames.
    let declared = track
        .num_frames
        .filter(|_| params.codec != CODEC_ID_MP3 || track.delay.is_some());
    recording.finish(declared.filter(|_| container != FORMAT_ID_MKV))
}

/// What decodes the packets of a track.
enum Decoder {
    Symphonia {
        decoder: Box<dyn AudioDecoder>,
        interleaved: Vec<f32>,
        /// A cut MP3 begins with frames that refer to data before the cut: every player skips them. In
        /// the other codecs a packet that does not decode is damage.
        may_skip: bool,
        skipped: usize,
    },
    Opus(Box<opus::Packets>),
}

impl Decoder {
    fn new(track: &Track, params: &AudioCodecParameters, name: &str) -> Result<Self, AudioError> {
        if params.codec == CODEC_ID_OPUS {
            let channels = params.channels.as_ref().map_or(1, Channels::count);
            let header = params.extra_data.as_deref();
            let packets = opus::Packets::with_header(header, channels, track.delay, name)?;
            return Ok(Self::Opus(Box::new(packets)));
        }
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .map_err(|error| corrupt(name, &error))?;
        Ok(Self::Symphonia {
            decoder,
            interleaved: Vec::new(),
            may_skip: params.codec == CODEC_ID_MP3,
            skipped: 0,
        })
    }

    /// The rate as far as it is known before the first packet.
    fn sample_rate(&self, params: &AudioCodecParameters) -> Option<u32> {
        match self {
            // The decoder of AAC has the last word: extensions double the rate that containers state.
            Self::Symphonia { .. } if params.codec == CODEC_ID_AAC => None,
            Self::Symphonia { .. } => params.sample_rate,
            Self::Opus(_) => Some(opus::SAMPLE_RATE),
        }
    }

    fn push(
        &mut self,
        packet: Packet,
        recording: &mut Recording,
    ) -> Result<ControlFlow<()>, AudioError> {
        match self {
            Self::Opus(packets) => {
                // The time of the last sample is not known here, and nothing is cut at the end.
                let packet = OggPacket::new(packet.data.into_vec(), -1, false);
                let channels = packets.channels;
                recording.push(packets.decode(&packet)?, channels, opus::SAMPLE_RATE)
            }
            Self::Symphonia {
                decoder,
                interleaved,
                may_skip,
                skipped,
            } => match decoder.decode(&packet) {
                Ok(buffer) if buffer.is_empty() => Ok(ControlFlow::Continue(())),
                Ok(buffer) => {
                    buffer.copy_to_vec_interleaved(interleaved);
                    let spec = buffer.spec();
                    recording.push(interleaved, spec.channels().count(), spec.rate())
                }
                Err(SymphoniaError::DecodeError(_)) if *may_skip => {
                    *skipped += 1;
                    Ok(ControlFlow::Continue(()))
                }
                Err(error) => Err(corrupt(recording.name(), &error)),
            },
        }
    }
}

/// Where a stream of packets ended.
#[derive(Debug, PartialEq)]
enum End {
    /// After a packet.
    Between,
    /// Within something that should have been longer.
    Inside,
    /// Before its end: enough was heard.
    Enough,
}

/// Decodes every whole packet of a track, as long as the recording takes them.
fn read_packets(
    format: &mut dyn FormatReader,
    decoder: &mut Decoder,
    track_id: u32,
    recording: &mut Recording,
) -> Result<End, AudioError> {
    let end = loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break End::Between,
            // The declared length tells whether anything is missing.
            Err(SymphoniaError::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                break End::Inside;
            }
            Err(error) => return Err(corrupt(recording.name(), &error)),
        };
        if packet.track_id == track_id && decoder.push(packet, recording)?.is_break() {
            break End::Enough;
        }
    };
    if let Decoder::Symphonia { skipped, .. } = decoder
        && *skipped > 0
    {
        tracing::warn!("{}: skipped {skipped} damaged MP3 frames", recording.name());
    }
    Ok(end)
}

fn truncated(name: &str, detail: &str) -> AudioError {
    AudioError::Truncated {
        name: name.to_owned(),
        detail: detail.to_owned(),
    }
}

fn not_audio(name: &str, error: &SymphoniaError) -> AudioError {
    let detail = match error {
        SymphoniaError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            "it ends before its audio begins".into()
        }
        SymphoniaError::Unsupported(_) => "its format was not recognised".into(),
        other => other.to_string(),
    };
    AudioError::NotAudio {
        name: name.to_owned(),
        detail,
    }
}

fn corrupt(name: &str, error: &SymphoniaError) -> AudioError {
    let detail = match error {
        SymphoniaError::ResetRequired => "it chains several streams".into(),
        other => other.to_string(),
    };
    AudioError::Corrupt {
        name: name.to_owned(),
        detail,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::super::resample;
    use super::super::test_signals::{sdr, tone};
    use super::*;

    const FLAC: &[u8] = include_bytes!("../../../tests/data/tones.flac");
    const MP3: &[u8] = include_bytes!("../../../tests/data/tones.mp3");
    const OGG: &[u8] = include_bytes!("../../../tests/data/tones.ogg");
    const OPUS: &[u8] = include_bytes!("../../../tests/data/tones.opus");

    /// What the files in `tests/data` hold: 440 Hz on the left, 1000 Hz on the right.
    fn tones() -> Vec<f32> {
        let left = tone(440.0, 0.5, 0.5, 16_000).samples;
        let right = tone(1000.0, 0.25, 0.5, 16_000).samples;
        left.iter().zip(right).map(|(l, r)| 0.5 * (l + r)).collect()
    }

    fn wav(
        spec: hound::WavSpec,
        write: impl Fn(&mut hound::WavWriter<&mut Cursor<Vec<u8>>>),
    ) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        write(&mut writer);
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    fn wav_spec(channels: u16, bits_per_sample: u16) -> hound::WavSpec {
        let sample_format = if bits_per_sample == 32 {
            hound::SampleFormat::Float
        } else {
            hound::SampleFormat::Int
        };
        hound::WavSpec {
            channels,
            sample_rate: 8_000,
            bits_per_sample,
            sample_format,
        }
    }

    fn message(bytes: &[u8]) -> String {
        decode_bytes(bytes.to_vec(), "clip")
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn compressed_formats_give_the_mix_of_both_channels() {
        // Lossless to half a 16-bit step; lossy, small files: the shape of the wave, in place.
        for (format, bytes, least_db) in
            [("FLAC", FLAC, 70.0), ("MP3", MP3, 12.0), ("Ogg", OGG, 12.0)]
        {
            let audio = decode_bytes(bytes.to_vec(), format).unwrap();
            assert_eq!(audio.sample_rate, 16_000, "{format}");
            let db = sdr(&tones(), &audio.samples);
            assert!(
                db > least_db,
                "{format}: {db:.1} dB from the signal that was encoded"
            );
        }
    }

    #[test]
    fn wav_sample_formats_agree() {
        let values = [0.0, 0.25, -0.5, 0.75];
        for bits in [8, 16, 24, 32] {
            let bytes = wav(wav_spec(1, bits), |writer| {
                for value in values {
                    if bits == 32 {
                        writer.write_sample(value).unwrap();
                    } else {
                        let scale = (1i64 << (bits - 1)) as f32;
                        writer.write_sample((value * scale) as i32).unwrap();
                    }
                }
            });
            let audio = decode_bytes(bytes, "clip").unwrap();
            assert_eq!(audio.samples, values, "{bits} bits");
            assert_eq!(audio.sample_rate, 8_000);
        }
    }

    #[test]
    fn opus_is_decoded_at_its_own_rate() {
        let audio = decode_bytes(OPUS.to_vec(), "Opus").unwrap();
        assert_eq!(audio.sample_rate, 48_000);
        let audio = resample(&audio, 16_000).unwrap();
        let db = sdr(&tones(), &audio.samples);
        assert!(db > 12.0, "{db:.1} dB from the signal that was encoded");
    }

    #[test]
    fn channels_are_mixed_by_their_mean() {
        let bytes = wav(wav_spec(3, 32), |writer| {
            for value in [0.9, -0.3, 0.0, 0.3, 0.3, 0.3f32] {
                writer.write_sample(value).unwrap();
            }
        });
        let samples = decode_bytes(bytes, "clip").unwrap().samples;
        assert!(
            (samples[0] - 0.2).abs() < 1e-6 && (samples[1] - 0.3).abs() < 1e-6,
            "{samples:?}"
        );
    }

    #[test]
    fn channels_that_cancel_or_are_dead_do_not_silence_the_other() {
        let speech = tone(300.0, 0.5, 1.0, 8_000).samples;
        for (left, right) in [(1.0, -1.0), (0.3, -0.32), (1.0, 0.0), (0.0, 1.0)] {
            let bytes = wav(wav_spec(2, 32), |writer| {
                for sample in &speech {
                    writer.write_sample(left * sample).unwrap();
                    writer.write_sample(right * sample + 0.1).unwrap();
                }
            });
            let found = decode_bytes(bytes, "clip").unwrap().samples;
            let louder = f32::abs(left).max(f32::abs(right));
            let deviation = found.iter().fold(0f32, |most, s| most.max(s.abs()));
            assert!(deviation > 0.45 * louder, "{left}, {right}: {deviation}");
        }
    }

    #[test]
    fn the_beginning_is_enough_where_only_that_is_wanted() {
        let bytes = wav(wav_spec(1, 16), |writer| {
            for i in 0..40_000 {
                writer.write_sample((i % 1000) as i16).unwrap();
            }
        });
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        let audio = decode_beginning(file.path(), 16_000, 2.0).unwrap();
        assert_eq!((audio.samples.len(), audio.sample_rate), (32_000, 16_000));
        let whole = decode_file_at(file.path(), 16_000).unwrap();
        let apart = resample(&decode_file(file.path()).unwrap(), 16_000).unwrap();
        assert_eq!(whole, apart);
    }

    #[test]
    fn what_is_not_audio_is_named_so() {
        assert!(message(b"").contains("clip is empty"));
        let text = "The quick brown fox jumps over the lazy dog. ".repeat(100);
        assert!(message(text.as_bytes()).contains("clip is not audio"));
        assert!(message(b"RIFF").contains("clip is not audio"));
        let empty = wav(wav_spec(1, 16), |_| ());
        assert!(message(&empty).contains("no samples"));
    }

    #[test]
    fn truncated_files_are_refused() {
        let whole = wav(wav_spec(1, 16), |writer| {
            for i in 0..8_000 {
                writer.write_sample(i as i16).unwrap();
            }
        });
        // A WAV file that ends early is whole as far as it goes.
        assert_eq!(
            decode_bytes(whole[..4_000].to_vec(), "WAV")
                .unwrap()
                .samples
                .len(),
            1_978
        );
        for (format, bytes) in [("FLAC", &FLAC[..4_000]), ("MP3", &MP3[..2_000])] {
            let message = message(bytes);
            assert!(message.contains("truncated"), "{format}: {message}");
        }
        for length in (200..OGG.len()).step_by(701) {
            assert!(
                decode_bytes(OGG[..length].to_vec(), "clip").is_err(),
                "{length}"
            );
        }
        assert!(decode_bytes(OPUS[..1_000].to_vec(), "clip").is_err());
    }

    #[test]
    fn a_wav_of_unknown_length_is_read_to_its_end() {
        let mut bytes = wav(wav_spec(1, 16), |writer| {
            for i in 0..100 {
                writer.write_sample(i as i16).unwrap();
            }
        });
        // The lengths in the header of a WAV that was written to a pipe.
        bytes[4..8].fill(0xff);
        bytes[40..44].fill(0xff);
        assert_eq!(decode_bytes(bytes, "clip").unwrap().samples.len(), 100);
    }

    #[test]
    fn impossible_values_are_refused() {
        let bytes = wav(wav_spec(1, 32), |writer| {
            writer.write_sample(0.5).unwrap();
            writer.write_sample(f32::NAN).unwrap();
        });
        assert!(message(&bytes).contains("sample 1 is not a finite number"));

        let slow = hound::WavSpec {
            sample_rate: 7,
            ..wav_spec(1, 16)
        };
        let bytes = wav(slow, |writer| writer.write_sample(1i16).unwrap());
        assert!(message(&bytes).contains("7 Hz is out of range"));
    }

    #[test]
    fn a_header_without_channels_is_refused() {
        let mut bytes = wav(wav_spec(1, 16), |writer| writer.write_sample(1i16).unwrap());
        bytes[22..24].fill(0);
        assert!(decode_bytes(bytes, "clip").is_err());
    }

    #[test]
    fn files_are_read_by_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("misnamed.wav");
        fs::write(&path, FLAC).unwrap();
        assert_eq!(decode_file(&path).unwrap().samples.len(), 8_000);

        let missing = folder.path().join("missing.wav");
        assert!(matches!(
            decode_file(&missing),
            Err(AudioError::Read { .. })
        ));
        assert!(matches!(
            decode_file(folder.path()),
            Err(AudioError::Read { .. })
        ));
        let empty = folder.path().join("empty.wav");
        File::create(&empty).unwrap().flush().unwrap();
        assert!(matches!(
            decode_file(&empty),
            Err(AudioError::EmptyFile { .. })
        ));
    }

    #[test]
    fn absurd_numbers_of_channels_are_an_error() {
        let mut bytes = wav(wav_spec(2, 16), |writer| {
            for i in 0..400 {
                writer.write_sample(i as i16).unwrap();
            }
        });
        // The number of channels follows the format's tag.
        bytes[22..24].copy_from_slice(&32_770u16.to_le_bytes());
        let error = decode_bytes(bytes, "clip").unwrap_err();
        assert!(
            matches!(
                error,
                AudioError::Corrupt { .. } | AudioError::NotAudio { .. }
            ),
            "{error}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Damage gives audio or an error, never a panic.
        #[test]
        fn damaged_files_never_panic(
            file in 0usize..5,
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..16),
            keep in any::<prop::sample::Index>(),
        ) {
            let plain = wav(wav_spec(2, 16), |writer| {
                for i in 0..400 {
                    writer.write_sample(i as i16).unwrap();
                }
            });
            let mut bytes = [FLAC, MP3, OGG, OPUS, &plain][file].to_vec();
            for (place, value) in damage {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            bytes.truncate(keep.index(bytes.len()) + 1);
            if let Ok(audio) = decode_bytes(bytes, "clip") {
                prop_assert!(audio.samples.iter().all(|sample| sample.is_finite()));
            }
        }
    }
}
