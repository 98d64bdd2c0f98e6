//! From a request to speech: the only room where text, audio, model, diffusion and GPU meet.
//!
//! ```no_run
//! use gss_wgpu::gpu::{AdapterChoice, Gpu};
//! use gss_wgpu::model::Style;
//! use gss_wgpu::synth::{Request, Synthesizer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let gpu = pollster::block_on(Gpu::new(&AdapterChoice::Auto))?;
//! let mut synthesizer = Synthesizer::load(&gpu, "weights/small".as_ref())?;
//! let style = Style::read("weights/small/voices/linda.safetensors".as_ref())?;
//! let speech = synthesizer.synthesize_blocking(&Request::new("Hello!", style))?;
//! println!("{:.1} seconds", speech.audio.seconds());
//! # Ok(())
//! # }
//! ```
//!
//! Everything that waits for the device is `async`. On a device of the engine's own a wait polls and
//! blocks the thread; on a host's device ([`crate::gpu::Polling::Host`]) it only awaits, and the host
//! polls as it always does.

mod acoustic;
mod batches;
#[cfg(feature = "cloning")]
mod cloning;
mod error;
mod load;
mod melody;
mod memory;
mod plans;
mod request;
mod settings;
mod speech;
mod stepper;
mod stream;
mod synthesizer;
mod utterances;
mod vocoder;
mod voice;

#[cfg(feature = "cloning")]
pub use cloning::Consent;
pub use error::SynthError;
pub use memory::{StageMemory, activation_memory};
pub use request::{Event, PITCH_RANGE, Progress, Request, SPEED_RANGE, StageName, Text};
pub use settings::Settings;
pub use speech::{SENTENCE_GAP_SECONDS, SentenceTiming, Speech, SpokenSentence, TokenTiming};
pub use stepper::{Stepped, Stepper};
pub use stream::{Ready, SpeechStream};
pub use synthesizer::{MAX_BATCH, Synthesizer, sentence_seed};
#[doc(hidden)] // for this project's programs
pub use utterances::{FRAME_BUCKET, MAX_FRAMES, TOKEN_BUCKET};
