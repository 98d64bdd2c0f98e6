//! From text to the symbols that the acoustic model reads. No audio, no tensors.
//!
//! 1. `ssml` turns SSML into text with commands.
//! 2. `sentences` splits text of any length, one sentence at a time.
//! 3. `inline` takes out commands in `[[ ]]`: phones, pauses, rates.
//! 4. `normalise` rewrites numbers, dates, abbreviations, addresses and signs as the words
//!    that a person would read (`spoken`).
//! 5. `phonemes` pronounces the words: by their sentence (`homographs`), from a user's lexicon or
//!    CMUdict (`lexicon`), from a related word (`derivation`) or from their letters
//!    (`letter_to_sound`).
//! 6. `phrases` puts pauses where a reader would breathe, and cuts what is too long.
//! 7. `symbols` maps phones, boundaries and pauses to the ids of a model.
//!
//! `FrontEnd` does steps 2 to 6, [`SymbolTable`] the last. Without the feature `english` there is only
//! the last: [`Sentence::from_phones`] reads what somebody else pronounced.

mod arpabet;
#[cfg(feature = "english")]
mod derivation;
mod error;
#[cfg(feature = "english")]
mod excerpt;
#[cfg(feature = "english")]
mod front_end;
#[cfg(feature = "english")]
pub mod homographs;
#[cfg(feature = "english")]
mod inline;
#[cfg(feature = "english")]
mod ipa;
#[cfg(feature = "english")]
pub mod letter_to_sound;
#[cfg(feature = "english")]
mod lexicon;
#[cfg(feature = "english")]
mod list_marker;
#[cfg(feature = "english")]
mod normalise;
#[cfg(feature = "english")]
mod phonemes;
#[cfg(feature = "english")]
mod phrases;
#[cfg(feature = "english")]
mod pronouncer;
mod sentence;
#[cfg(feature = "english")]
mod sentences;
#[cfg(feature = "english")]
mod spoken;
#[cfg(feature = "english")]
pub mod ssml;
mod symbols;

pub use self::arpabet::{Phone, parse_phones};
pub use self::error::TextError;
#[cfg(feature = "english")]
pub use self::front_end::FrontEnd;
#[cfg(feature = "english")]
pub use self::lexicon::UserLexicon;
pub use self::sentence::{Gap, MAX_SYMBOLS, Origin, PronouncedWord, Sentence};
pub use self::symbols::{Pause, Symbol, SymbolTable};
