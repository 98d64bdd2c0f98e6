//! From text to the symbols that the acoustic model reads. No audio, no tensors.
//!
//! 1. `sentences` splits text of any length, one sentence at a time.
//! 2. `inline` takes out phones that are given in `[[ ]]`.
//! 3. `normalise` rewrites numbers, dates, abbreviations, addresses and signs as the words
//!    that a person would read (`spoken`).
//! 4. `phonemes` pronounces the words: by their neighbours (`heteronyms`), from CMUdict
//!    (`lexicon`), from a related word (`derivation`) or from their letters
//!    (`letter_to_sound`).
//! 5. `symbols` maps phones, boundaries and pauses to the ids of a model.
//!
//! `FrontEnd` does steps 1 to 4, [`SymbolTable`] the last. Without the feature `english` there is only
//! the last: [`Sentence::from_phones`] reads what somebody else pronounced.

mod arpabet;
#[cfg(feature = "english")]
mod derivation;
mod error;
#[cfg(feature = "english")]
mod front_end;
#[cfg(feature = "english")]
mod heteronyms;
#[cfg(feature = "english")]
mod inline;
#[cfg(feature = "english")]
pub mod letter_to_sound;
#[cfg(feature = "english")]
mod lexicon;
#[cfg(feature = "english")]
mod normalise;
#[cfg(feature = "english")]
mod phonemes;
#[cfg(feature = "english")]
mod pronouncer;
mod sentence;
#[cfg(feature = "english")]
mod sentences;
#[cfg(feature = "english")]
mod spoken;
mod symbols;

pub use self::arpabet::{Phone, parse_phones};
pub use self::error::TextError;
#[cfg(feature = "english")]
pub use self::front_end::FrontEnd;
pub use self::sentence::{MAX_SYMBOLS, Sentence};
pub use self::symbols::{Pause, Symbol, SymbolTable};
