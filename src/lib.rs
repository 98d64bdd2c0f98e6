//! Zero-shot voice synthesis on any GPU, without CUDA: a text and a style, or a few seconds of
//! somebody's voice, go in; speech in that voice comes out.
//!
//! A [`Synthesizer`] is a model on a [`Gpu`]; a [`Request`] says what it should speak, in which [`Style`],
//! and how; [`Speech`] is what comes out.
//!
//! ```no_run
//! use gss_wgpu::{AdapterChoice, Gpu, Request, Style, Synthesizer};
//!
//! # fn main() -> Result<(), gss_wgpu::Error> {
//! let gpu = pollster::block_on(Gpu::new(&AdapterChoice::Auto))?;
//! let mut synthesizer = Synthesizer::load(&gpu, "weights/small".as_ref())?;
//! let style = Style::read("me.safetensors".as_ref())?;
//! # #[cfg(feature = "english")]
//! let speech = synthesizer.synthesize_blocking(&Request::new("It speaks.", style))?;
//! # Ok(())
//! # }
//! ```
//!
//! # On a device of your own
//!
//! [`Gpu::from_host`] takes the device and the queue of a wgpu application; the crate `wgpu` that it is made
//! of is this one's [`wgpu`]. Open the device
//!
//! - with [`required_features`] and [`required_limits`], without which `from_host` refuses it;
//! - with [`useful_features`], without which everything works, slower;
//!
//! and call [`Gpu::self_tested`] once: only then do kernels in half precision take part, on devices whose
//! driver gets long sums right with them. Without it a host's device computes in single precision.
//!
//! Somebody must poll the device. With [`Polling::Host`] the engine only awaits: futures resolve when the
//! application polls, each frame or in a thread of its own, and work is submitted in pieces that leave room
//! for frames. With [`Polling::Owned`] the engine polls, and blocks the thread that awaits meanwhile.
//! [`Synthesizer::synthesize_blocking`] blocks in either case; with `Polling::Host` another thread must poll.
//! `examples/embed.rs` draws frames while a thread speaks.
//!
//! A future never waits for the device, but what the host's processor computes (the text front end, plans for a new length,
//! the vocoder's filters) is computed in its `poll`: up to some hundred milliseconds at a time. In a render
//! loop use a [`Stepper`]: a thread of its own does that, and the loop grants the device's time in milliseconds a
//! frame. `examples/frame_loop.rs` shows it and counts the frames that are missed: on a software adapter, two cores at
//! 60 frames a second, the longest took 33 ms with 4 ms granted, where pieces of the usual size block
//! a frame for 200. One dispatch is the least that is submitted.
//!
//! # While it speaks
//!
//! [`Synthesizer::speak`] hands over every sentence as soon as it is ready, so that a long text is heard
//! after its first sentence and needs no more memory than its longest. Its futures are `Send`, and `'static`
//! where they own the synthesizer, so that any executor runs them. To cancel, drop the future, or break from
//! the listener: what was submitted still runs to its end, at most a few steps of the diffusion, and the
//! synthesizer can be used again at once.
//!
//! [`Synthesizer::into_stream`] does the same as an iterator, with a thread that works a few sentences ahead.
//! [`Synthesizer::sibling`] is a second voice at the same time, on the same weights.
//!
//! A device that is lost, even one that its host destroyed, is
//! [`GpuError::DeviceLost`](gpu::GpuError::DeviceLost) wherever it happens. Open another, load the
//! model there, and the same request gives the same samples.
//!
//! # Memory
//!
//! [`Synthesizer::device_bytes`] is what the weights and the activations take on the device. The model
//! `small` has 24 MB of weights; activations grow with the longest sentence
//! ([`synth::activation_memory`] tells before) and with
//! [`with_sentences_at_once`](Synthesizer::with_sentences_at_once). Buffers of sentences of other lengths are
//! kept for the next such sentence, up to 128 MiB for each stage.
//!
//! # Features
//!
//! | feature | brings | costs |
//! |---|---|---|
//! | `audio-files` (default) | reading of WAV, AIFF, CAF, FLAC, MP3, M4A, Ogg and WebM, writing of WAV | symphonia, opus-pure, rubato, hound |
//! | `cloning` (default) | styles from recordings ([`Synthesizer`]`::style_from_audio`) | `english`, nalgebra, rubato |
//! | `english` (default) | text in English ([`Text`]`::Written`) | 6.8 MB of data, deunicode, regex, roxmltree |
//! | `oracle` | graphs on the CPU in `f64`, for tests | nothing |
//! | `profiling` | the time of every dispatch | wgpu-profiler |
//!
//! With none of them it is an engine that speaks phones ([`text::Sentence::from_phones`]) in a style.
//!
//! # Where things are
//!
//! The modules stand in the order in which data passes through them. Most of a host's needs are named here
//! at the root; what only this project's own programs and tests use is hidden from the documentation and may
//! change in any version.

pub mod audio;
pub mod diffusion;
pub mod gpu;
#[doc(hidden)] // for this project's programs and tests
pub mod graph;
#[doc(hidden)] // for this project's programs
pub mod input_file;
pub mod model;
#[doc(hidden)] // for this project's programs
pub mod output_file;
mod random;
pub mod synth;
pub mod text;
pub mod watermark;

pub use audio::Audio;
pub use gpu::{
    AdapterChoice, Gpu, GpuOptions, Polling, required_features, required_limits, useful_features,
};
pub use model::{Adaptation, ModelConfig, Style, VocoderChoice};
#[cfg(feature = "cloning")]
pub use synth::Consent;
pub use synth::SynthError as Error;
pub use synth::{
    Event, Progress, Ready, Request, Speech, SpeechStream, SpokenSentence, Stepped, Stepper,
    Synthesizer, Text,
};
pub use wgpu;

/// The examples of the README, compiled.
#[cfg(all(doctest, feature = "english"))]
#[doc = include_str!("../README.md")]
struct Readme;
