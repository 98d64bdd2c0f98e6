//! WAV files, written whole or not at all.
//!
//! Samples go to a temporary file, in the folder of the target or (for a stream) in the system's.
//! Only [`WavWriter::finish`] renames it to its target or copies it to the stream, so that an
//! interrupted run leaves nothing behind and memory stays bounded however long the audio is.
//!
//! The level is never changed: with 16 bits, samples beyond -1..1 are clipped, and the summary
//! says how many.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use super::clip::{check_finite, check_sample_rate};
use super::{Audio, AudioError};
use crate::output_file::OutputFile;

/// Full scale of 16-bit samples, the divisor that decoders use: 16-bit audio survives a round
/// trip unchanged.
const PCM16_SCALE: f32 = 32768.0;

/// How samples are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WavFormat {
    /// Signed 16-bit integers, which every player reads.
    #[default]
    Pcm16,
    /// 32-bit floats, unclipped.
    Float32,
}

/// Texts stored in the file's `INFO` list, for players and for provenance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WavInfo {
    /// The program that made the file (`ISFT`).
    pub software: Option<String>,
    /// Free text, such as the parameters of a synthesis (`ICMT`).
    pub comment: Option<String>,
    /// Whether a model made the sound. It is said as IPTC's digital source type, in an XMP packet (the chunk
    /// `_PMX`, as Adobe's XMP specification, part 3, has it), beside the two texts.
    pub is_synthetic: bool,
}

/// IPTC's term for what a trained model made.
const SYNTHETIC: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WavSummary {
    /// Number of samples.
    pub samples: u64,
    /// Largest absolute value among them.
    pub peak: f32,
    /// How many were clipped to -1..1.
    pub clipped: u64,
}

/// Writes a clip to a file.
///
/// # Errors
/// As [`WavWriter`]'s methods.
pub fn write_wav(
    path: &Path,
    audio: &Audio,
    format: WavFormat,
    info: &WavInfo,
) -> Result<WavSummary, AudioError> {
    let mut writer = WavWriter::create(path, audio.sample_rate, format)?;
    writer.append(&audio.samples)?;
    writer.finish(info)
}

/// Writes mono audio piece by piece.
pub struct WavWriter {
    target: Target,
    hound: hound::WavWriter<BufWriter<File>>,
    format: WavFormat,
    summary: WavSummary,
}

/// Where the finished file goes.
enum Target {
    File(Box<OutputFile>),
    Stream {
        temporary: File,
        stream: Box<dyn Write>,
    },
}

impl std::fmt::Debug for WavWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WavWriter")
            .field("format", &self.format)
            .field("summary", &self.summary)
            .finish_non_exhaustive()
    }
}

impl WavWriter {
    /// Starts a file that will appear at `path` when finished.
    ///
    /// # Errors
    /// [`AudioError::SampleRate`], or [`AudioError::Write`] where the folder does not exist or
    /// does not let itself be written to.
    pub fn create(path: &Path, sample_rate: u32, format: WavFormat) -> Result<Self, AudioError> {
        check_sample_rate(sample_rate)?;
        let failed = |source| AudioError::write(path, source);
        let output = OutputFile::create(path).map_err(failed)?;
        let file = output.handle().map_err(failed)?;
        Self::new(Target::File(Box::new(output)), file, sample_rate, format)
    }

    /// Starts a file that will be copied to `stream`, such as standard output, when finished.
    ///
    /// # Errors
    /// [`AudioError::SampleRate`], or [`AudioError::Stream`] where no temporary file can be made.
    pub fn stream(
        stream: Box<dyn Write>,
        sample_rate: u32,
        format: WavFormat,
    ) -> Result<Self, AudioError> {
        check_sample_rate(sample_rate)?;
        let temporary = tempfile::tempfile().map_err(AudioError::Stream)?;
        let file = temporary.try_clone().map_err(AudioError::Stream)?;
        Self::new(
            Target::Stream { temporary, stream },
            file,
            sample_rate,
            format,
        )
    }

    fn new(
        target: Target,
        file: File,
        sample_rate: u32,
        format: WavFormat,
    ) -> Result<Self, AudioError> {
        let (bits_per_sample, sample_format) = match format {
            WavFormat::Pcm16 => (16, hound::SampleFormat::Int),
            WavFormat::Float32 => (32, hound::SampleFormat::Float),
        };
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate,
            bits_per_sample,
            sample_format,
        };
        let hound = hound::WavWriter::new(BufWriter::new(file), spec)
            .map_err(|error| target.error(error))?;
        let summary = WavSummary {
            samples: 0,
            peak: 0.0,
            clipped: 0,
        };
        Ok(Self {
            target,
            hound,
            format,
            summary,
        })
    }

    /// Appends samples.
    ///
    /// # Errors
    /// [`AudioError::NotFinite`] (nothing of the piece is written then), [`AudioError::Write`] or
    /// [`AudioError::Stream`].
    pub fn append(&mut self, samples: &[f32]) -> Result<(), AudioError> {
        check_finite(samples)?;
        for &sample in samples {
            let written = match self.format {
                WavFormat::Pcm16 => {
                    // 1.0 itself lies one step above the largest integer: no clipping to speak of.
                    self.summary.clipped += u64::from(sample.abs() > 1.0);
                    let value = (sample * PCM16_SCALE).round();
                    let value = value.clamp(f32::from(i16::MIN), f32::from(i16::MAX));
                    self.hound.write_sample(value as i16)
                }
                WavFormat::Float32 => self.hound.write_sample(sample),
            };
            written.map_err(|error| self.target.error(error))?;
            self.summary.peak = self.summary.peak.max(sample.abs());
        }
        self.summary.samples += samples.len() as u64;
        Ok(())
    }

    /// Completes the file and puts it where it belongs.
    ///
    /// # Errors
    /// [`AudioError::Write`] or [`AudioError::Stream`]; nothing is left behind then.
    pub fn finish(self, info: &WavInfo) -> Result<WavSummary, AudioError> {
        let Self {
            target,
            hound,
            summary,
            ..
        } = self;
        hound.finalize().map_err(|error| target.error(error))?;
        match target {
            Target::File(output) => {
                let path = output.path().to_owned();
                output
                    .handle()
                    .and_then(|mut file| append_info(&mut file, info))
                    .and_then(|()| output.commit())
                    .map_err(|source| AudioError::Write { path, source })?;
            }
            Target::Stream {
                mut temporary,
                mut stream,
            } => {
                append_info(&mut temporary, info)
                    .and_then(|()| temporary.rewind())
                    .and_then(|()| io::copy(&mut temporary, &mut stream))
                    .and_then(|_| stream.flush())
                    .map_err(AudioError::Stream)?;
            }
        }
        Ok(summary)
    }
}

impl Target {
    fn error(&self, error: hound::Error) -> AudioError {
        let source = match error {
            hound::Error::IoError(source) => source,
            other => io::Error::other(other),
        };
        match self {
            Self::File(output) => AudioError::write(output.path(), source),
            Self::Stream { .. } => AudioError::Stream(source),
        }
    }
}

/// Appends a `LIST` chunk of type `INFO`, and one with XMP, to a finished WAV file and corrects the RIFF length.
fn append_info(file: &mut File, info: &WavInfo) -> io::Result<()> {
    let mut list = b"INFO".to_vec();
    for (id, text) in [(b"ISFT", &info.software), (b"ICMT", &info.comment)] {
        if let Some(text) = text {
            push_chunk(&mut list, id, &[text.as_bytes(), b"\0"].concat());
        }
    }
    let mut chunk = Vec::new();
    if list.len() > 4 {
        push_chunk(&mut chunk, b"LIST", &list);
    }
    if info.is_synthetic {
        push_chunk(&mut chunk, b"_PMX", xmp(info).as_bytes());
    }
    if chunk.is_empty() {
        return Ok(());
    }
    let end = file.seek(SeekFrom::End(0))?;
    file.write_all(&chunk)?;
    // The RIFF length leaves out the eight bytes of its own header.
    let length = u32::try_from(end + chunk.len() as u64 - 8).map_err(io::Error::other)?;
    file.seek(SeekFrom::Start(4))?;
    file.write_all(&length.to_le_bytes())
}

/// The XMP packet of a sound that a model made.
fn xmp(info: &WavInfo) -> String {
    let escaped = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        text.replace('>', "&gt;").replace('"', "&quot;")
    };
    let (tool, comment) = (escaped(&info.software), escaped(&info.comment));
    format!(
        r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmp:CreatorTool="{tool}" Iptc4xmpExt:DigitalSourceType="{SYNTHETIC}">
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{comment}</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"#
    )
}

/// Appends a RIFF chunk, padded to an even length.
fn push_chunk(out: &mut Vec<u8>, id: &[u8; 4], body: &[u8]) {
    let length = u32::try_from(body.len()).expect("texts of a header are short");
    out.extend_from_slice(id);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::{Arc, Mutex};

    use super::super::decode_file;
    use super::super::test_signals::voice;
    use super::*;

    fn info() -> WavInfo {
        // One text of odd, one of even length: chunks are padded.
        WavInfo {
            software: Some("gss-wgpu".into()),
            comment: Some("seed 7, 6 steps".into()),
            is_synthetic: true,
        }
    }

    #[test]
    fn sixteen_bits_survive_a_round_trip() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.wav");
        let samples: Vec<f32> = [i16::MIN, -12_345, -1, 0, 1, 99, i16::MAX]
            .map(|s| f32::from(s) / 32768.0)
            .to_vec();
        let audio = Audio {
            samples,
            sample_rate: 16_000,
        };
        let summary = write_wav(&path, &audio, WavFormat::Pcm16, &info()).unwrap();
        assert_eq!(
            summary,
            WavSummary {
                samples: 7,
                peak: 1.0,
                clipped: 0
            }
        );
        assert_eq!(decode_file(&path).unwrap(), audio);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "only the result is left"
        );
    }

    #[test]
    fn the_header_tells_the_true_lengths_and_texts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.wav");
        write_wav(&path, &voice(0.1, 16_000), WavFormat::Pcm16, &info()).unwrap();
        let bytes = fs::read(&path).unwrap();
        let riff = u32::from_le_bytes(bytes[4..8].try_into().unwrap());
        assert_eq!(riff as usize + 8, bytes.len());
        let list = bytes
            .windows(4)
            .position(|window| window == b"LIST")
            .unwrap();
        let text = String::from_utf8_lossy(&bytes[list..]);
        assert!(
            text.contains("ISFT") && text.contains("gss-wgpu\0"),
            "{text}"
        );
        assert!(
            text.contains("ICMT") && text.contains("seed 7, 6 steps\0"),
            "{text}"
        );
        assert!(text.contains("_PMX") && text.contains(SYNTHETIC), "{text}");
        assert!(text.contains(r#"xmp:CreatorTool="gss-wgpu""#), "{text}");
        let plain = WavInfo::default();
        write_wav(&path, &voice(0.1, 16_000), WavFormat::Pcm16, &plain).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(4).any(|window| window == b"_PMX"));
    }

    #[test]
    fn clipping_is_counted_and_floats_are_not_clipped() {
        let folder = tempfile::tempdir().unwrap();
        let audio = Audio {
            samples: vec![0.5, 1.5, -2.0, 1.0],
            sample_rate: 16_000,
        };
        let path = folder.path().join("out.wav");
        let summary = write_wav(&path, &audio, WavFormat::Pcm16, &WavInfo::default()).unwrap();
        assert_eq!(
            summary,
            WavSummary {
                samples: 4,
                peak: 2.0,
                clipped: 2
            }
        );
        let limit = 32767.0 / 32768.0;
        assert_eq!(
            decode_file(&path).unwrap().samples,
            [0.5, limit, -1.0, limit]
        );
        let summary = write_wav(&path, &audio, WavFormat::Float32, &WavInfo::default()).unwrap();
        assert_eq!(summary.clipped, 0);
        assert_eq!(decode_file(&path).unwrap(), audio);
    }

    /// A stream whose content the test can see.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stream_receives_the_bytes_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.wav");
        let audio = voice(0.2, 16_000);
        write_wav(&path, &audio, WavFormat::Pcm16, &info()).unwrap();
        let stream = Shared::default();
        let mut writer =
            WavWriter::stream(Box::new(stream.clone()), 16_000, WavFormat::Pcm16).unwrap();
        for piece in audio.samples.chunks(1000) {
            writer.append(piece).unwrap();
        }
        assert!(
            stream.0.lock().unwrap().is_empty(),
            "nothing leaves before the end"
        );
        writer.finish(&info()).unwrap();
        assert_eq!(*stream.0.lock().unwrap(), fs::read(&path).unwrap());
    }

    #[test]
    fn nothing_is_left_of_what_was_not_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.wav");
        fs::write(&path, "before").unwrap();
        let mut writer = WavWriter::create(&path, 16_000, WavFormat::Pcm16).unwrap();
        writer.append(&[0.5; 100]).unwrap();
        assert!(matches!(
            writer.append(&[f32::NAN]),
            Err(AudioError::NotFinite { index: 0 })
        ));
        drop(writer);
        assert_eq!(fs::read(&path).unwrap(), b"before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("out.wav");
        let error = WavWriter::create(&path, 16_000, WavFormat::Pcm16)
            .unwrap_err()
            .to_string();
        assert!(error.contains("missing does not exist"), "{error}");
        assert!(WavWriter::create(folder.path(), 16_000, WavFormat::Pcm16).is_err());
        assert!(WavWriter::create(&folder.path().join("a.wav"), 0, WavFormat::Pcm16).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn results_are_as_readable_as_any_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("out.wav"), folder.path().join("plain"));
        write_wav(
            &ours,
            &voice(0.1, 16_000),
            WavFormat::Pcm16,
            &WavInfo::default(),
        )
        .unwrap();
        fs::write(&plain, "").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}
