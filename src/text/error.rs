//! What can be wrong with a text.

use thiserror::Error;

/// Why a text cannot be spoken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TextError {
    /// The text has no word, number or phone at all.
    #[error(
        "there is nothing to say: the text needs at least one word, number or [[ARPAbet]] phone"
    )]
    NothingToSay,
    /// A phone that is none.
    #[error(
        "\"{phone}\" is no ARPAbet phone: phones are separated by spaces, vowels have a stress \
         digit 0, 1 or 2, as in HH AH0 L OW1"
    )]
    UnknownPhone {
        /// The offending word as written.
        phone: String,
    },
    /// A sign that is no phone of the International Phonetic Alphabet.
    #[error("\"{sign}\" is no sound of American English in IPA, as in həˈloʊ")]
    UnknownIpa {
        /// The offending sign.
        sign: char,
    },
    /// A line of a user's lexicon that cannot be read.
    #[error("{file}, line {line}: {problem}")]
    Lexicon {
        /// Name of the file.
        file: String,
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// SSML that cannot be read.
    #[error("SSML, line {line}: {problem}")]
    Ssml {
        /// Number of the line, from 1.
        line: u32,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// Inline phones are longer than a sentence can be.
    #[error("inline phones take more than {limit} symbols: split them into several [[ ]]")]
    TooManyPhones {
        /// How many symbols a sentence can have.
        limit: usize,
    },
    /// The model was trained without a symbol that the text needs.
    #[error(
        "the model has no symbol \"{symbol}\": the list \"symbols\" of its config.json must hold \
         every phone and pause mark"
    )]
    MissingSymbol {
        /// The symbol as it would stand in the configuration.
        symbol: String,
    },
    /// The list of symbols names one twice.
    #[error(
        "the model's configuration lists the symbol \"{symbol}\" twice: each must be there once"
    )]
    DuplicateSymbol {
        /// The repeated symbol.
        symbol: String,
    },
    /// The pronunciation data that is built into the program is damaged.
    #[error("the built-in {what} is damaged ({problem}): restore weights/g2p and build again")]
    DamagedData {
        /// Which part: the dictionary or the letter-to-sound model.
        what: &'static str,
        /// What was found.
        problem: String,
    },
}
