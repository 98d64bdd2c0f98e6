//! Opus in Ogg, which symphonia recognises but does not decode.

use std::io::{BufReader, Read, Seek};

use opus_pure::{Error as OpusError, MAX_PACKET_SAMPLES, OggOpusReader, OggPacket, Trim};

use super::super::{Audio, AudioError};
use super::recording::Recording;

/// The rate at which Opus is decoded, its own highest: any other would filter twice.
const SAMPLE_RATE: u32 = 48_000;

/// Decodes a stream from its start.
pub(super) fn decode(mut stream: impl Read + Seek, name: &str) -> Result<Audio, AudioError> {
    let corrupt = |error: OpusError| AudioError::Corrupt {
        name: name.to_owned(),
        detail: error.to_string(),
    };
    stream.rewind().map_err(|error| corrupt(error.into()))?;
    let mut reader = OggOpusReader::new(BufReader::new(stream)).map_err(corrupt)?;
    let channels = usize::from(reader.head().channel_count);
    let mut decoder = reader.head().decoder(SAMPLE_RATE as i32).map_err(corrupt)?;
    // Cuts what the encoder added at both ends.
    let mut trim = Trim::new(reader.head(), SAMPLE_RATE as i32, channels).map_err(corrupt)?;

    let mut recording = Recording::new(name, Some(SAMPLE_RATE));
    let mut packet = OggPacket::default();
    let mut block = vec![0.0; MAX_PACKET_SAMPLES * channels];
    while reader.read_packet_into(&mut packet).map_err(corrupt)? {
        let frames = decoder
            .decode(&packet.data, MAX_PACKET_SAMPLES, &mut block)
            .map_err(corrupt)?;
        recording.push(
            trim.keep(&packet, &block[..frames * channels]),
            channels,
            SAMPLE_RATE,
        )?;
    }
    if !packet.end_of_stream {
        let detail = "it breaks off before its last packet".into();
        return Err(AudioError::Truncated {
            name: name.to_owned(),
            detail,
        });
    }
    recording.finish(None)
}
