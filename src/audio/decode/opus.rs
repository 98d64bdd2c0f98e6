//! Opus, which symphonia recognises but does not decode.

use std::io::{BufReader, Read, Seek};

use opus_pure::{
    Error as OpusError, MAX_PACKET_SAMPLES, OggOpusReader, OggPacket, OpusDecoder, OpusHead, Trim,
};

use super::super::{Audio, AudioError};
use super::Reading;
use super::recording::Recording;

/// The rate at which Opus is decoded, its own highest: any other would filter twice.
pub(super) const SAMPLE_RATE: u32 = 48_000;

fn corrupt(name: &str, error: &OpusError) -> AudioError {
    AudioError::Corrupt {
        name: name.to_owned(),
        detail: error.to_string(),
    }
}

/// Decodes an Ogg stream from its start.
pub(super) fn decode(
    mut stream: impl Read + Seek,
    name: &str,
    reading: Reading,
) -> Result<Audio, AudioError> {
    let corrupt = |error: OpusError| corrupt(name, &error);
    stream.rewind().map_err(|error| corrupt(error.into()))?;
    let mut reader = OggOpusReader::new(BufReader::new(stream)).map_err(corrupt)?;
    let mut packets = Packets::new(reader.head(), name)?;
    let mut recording = Recording::new(name, reading, Some(SAMPLE_RATE));
    let mut packet = OggPacket::default();
    while reader.read_packet_into(&mut packet).map_err(corrupt)? {
        let channels = packets.channels;
        let flow = recording.push(packets.decode(&packet)?, channels, SAMPLE_RATE)?;
        if flow.is_break() {
            return recording.finish(None);
        }
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

/// A decoder of packets, wherever they come from.
pub(super) struct Packets {
    name: String,
    decoder: OpusDecoder,
    /// Cuts what the encoder added at both ends.
    trim: Trim,
    pub(super) channels: usize,
    block: Vec<f32>,
}

impl Packets {
    fn new(head: &OpusHead, name: &str) -> Result<Self, AudioError> {
        let corrupt = |error: OpusError| corrupt(name, &error);
        let channels = usize::from(head.channel_count);
        let rate = SAMPLE_RATE.cast_signed();
        Ok(Self {
            name: name.to_owned(),
            decoder: head.decoder(rate).map_err(corrupt)?,
            trim: Trim::new(head, rate, channels).map_err(corrupt)?,
            channels,
            block: vec![0.0; MAX_PACKET_SAMPLES * channels],
        })
    }

    /// By the identification header that containers other than Ogg keep with the track (RFC 7845, section
    /// 5.1), or by the number of channels and the delay alone.
    pub(super) fn with_header(
        header: Option<&[u8]>,
        channels: usize,
        delay: Option<u32>,
        name: &str,
    ) -> Result<Self, AudioError> {
        let corrupt = |error: OpusError| corrupt(name, &error);
        let channels = u8::try_from(channels).unwrap_or(u8::MAX);
        let mut head = OpusHead::new(channels.max(1), SAMPLE_RATE).map_err(corrupt)?;
        if let Some(delay) = delay.and_then(|delay| u16::try_from(delay).ok()) {
            head.pre_skip = delay;
        }
        if let Some(header) = header.and_then(|header| header.strip_prefix(b"OpusHead"))
            && let &[
                _,
                channels,
                skip_low,
                skip_high,
                _,
                _,
                _,
                _,
                gain_low,
                gain_high,
                family,
                ..,
            ] = header
        {
            head.channel_count = channels;
            head.pre_skip = u16::from_le_bytes([skip_low, skip_high]);
            head.output_gain_q8 = i16::from_le_bytes([gain_low, gain_high]);
            head.mapping_family = family;
        }
        Self::new(&head, name)
    }

    /// The interleaved samples of a packet.
    pub(super) fn decode(&mut self, packet: &OggPacket) -> Result<&[f32], AudioError> {
        let frames = self
            .decoder
            .decode(&packet.data, MAX_PACKET_SAMPLES, &mut self.block)
            .map_err(|error| corrupt(&self.name, &error))?;
        Ok(self
            .trim
            .keep(packet, &self.block[..frames * self.channels]))
    }
}
