//! A mark in the sound, by which made speech is told from recorded speech.
//!
//! The plane of time and frequency up to 3.5 kHz is cut into cells, and each is made a little louder or softer, as a
//! fixed pattern of signs says, which repeats every six seconds: a patchwork (Bender, Gruhl, Morimoto and Lu,
//! "Techniques for data hiding", IBM Systems Journal 35, 1996; in sound: Yeo and Kim, "Modified patchwork
//! algorithm", IEEE Trans. Speech Audio Processing 11(4), 2003). Whoever knows the pattern finds it by correlation:
//! thousands of changes add up, and unmarked sound agrees with random signs by chance alone.
//!
//! [`mark()`] puts it in, [`Verifier`] looks for it. The pattern is in the source, so whoever reads it can take the
//! mark out: it says where speech comes from, it does not prove that other speech is real.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places in a pattern and in pieces of seconds fit any index, and decibels are f32 by design"
)]

mod detect;
mod mark;
mod pattern;
#[cfg(test)]
mod tests;
mod unmarked;
mod verify;

pub use detect::DETECTION_RATE;
pub use mark::mark;
pub(crate) use unmarked::Unmarked;
#[cfg(any(feature = "audio-files", feature = "cloning"))]
pub use verify::verify;
#[cfg(feature = "audio-files")]
pub use verify::verify_file;
pub use verify::{Piece, Verdict, Verifier};
