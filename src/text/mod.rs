//! From text to the symbols that the acoustic model reads. No audio, no tensors.

mod arpabet;
mod derivation;
mod error;
pub mod letter_to_sound;
mod lexicon;
mod pronouncer;

pub use self::arpabet::{Phone, parse_phones};
pub use self::error::TextError;
pub use self::pronouncer::Pronouncer;
