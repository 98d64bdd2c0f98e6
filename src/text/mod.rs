//! From text to the symbols that the acoustic model reads. No audio, no tensors.
//!
//! 1. `sentences` splits text of any length, one sentence at a time.
//! 2. `inline` takes out phones that are given in `[[ ]]`.
//! 3. `normalise` rewrites numbers, dates, abbreviations, addresses and signs as the words
//!    that a person would read (`spoken`).
//! 4. `phonemes` pronounces the words: by their neighbours (`heteronyms`), from CMUdict
//!    (`lexicon`), from a related word (`derivation`) or from their letters
//!    ([`letter_to_sound`]).
//! 5. `symbols` maps phones, boundaries and pauses to the ids of a model.
//!
//! [`FrontEnd`] does steps 1 to 4, [`SymbolTable`] the last.

mod arpabet;
mod derivation;
mod error;
mod front_end;
mod heteronyms;
mod inline;
pub mod letter_to_sound;
mod lexicon;
mod normalise;
mod phonemes;
mod pronouncer;
mod sentences;
mod spoken;
mod symbols;

pub use self::arpabet::{Phone, parse_phones};
pub use self::error::TextError;
pub use self::front_end::{FrontEnd, MAX_SYMBOLS, Sentence};
pub use self::spoken::Pause;
pub use self::symbols::{Symbol, SymbolTable};
