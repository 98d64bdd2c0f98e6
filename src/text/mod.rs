//! From text to the symbols that the acoustic model reads. No audio, no tensors.
//!
//! 1. [`ssml`] turns SSML into text with commands.
//! 2. `sentences` splits text of any length, one sentence at a time.
//! 3. `inline` takes out commands in `[[ ]]`: phones, pauses, rates.
//! 4. `normalise` rewrites numbers, dates, abbreviations, addresses and signs as the words
//!    that a person would read (`spoken`).
//! 5. `phonemes` pronounces the words: by their sentence ([`homographs`]), from a user's lexicon or
//!    CMUdict (`lexicon`), from a related word (`derivation`) or from their letters
//!    ([`letter_to_sound`]).
//! 6. `phrases` puts pauses where a reader would breathe, and cuts what is too long.
//! 7. `symbols` maps phones, boundaries and pauses to the ids of a model.
//!
//! [`FrontEnd`] does steps 2 to 6, [`SymbolTable`] the last.

mod arpabet;
mod derivation;
mod error;
mod front_end;
pub mod homographs;
mod inline;
mod ipa;
pub mod letter_to_sound;
mod lexicon;
mod list_marker;
mod normalise;
mod phonemes;
mod phrases;
mod pronouncer;
mod sentences;
mod spoken;
pub mod ssml;
mod symbols;

pub use self::arpabet::{Phone, parse_phones};
pub use self::error::TextError;
pub use self::front_end::{FrontEnd, Gap, MAX_SYMBOLS, Sentence};
pub use self::lexicon::UserLexicon;
pub use self::phonemes::{Origin, PronouncedWord};
pub use self::spoken::Pause;
pub use self::symbols::{Symbol, SymbolTable};
