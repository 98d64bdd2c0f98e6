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
    /// Inline phones hold something that is no phone.
    #[error(
        "\"{phone}\" is no ARPAbet phone: phones stand in [[ ]] separated by spaces, vowels with a \
         stress digit 0, 1 or 2, as in [[HH AH0 L OW1]]"
    )]
    UnknownPhone {
        /// The offending word as written.
        phone: String,
    },
    /// `[[` without `]]`, or the reverse.
    #[error("unbalanced brackets near \"{near}\": inline phones open with [[ and close with ]]")]
    UnbalancedBrackets {
        /// The text around the bracket without its partner.
        near: String,
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
