//! The symbols that the acoustic model reads, and their ids.

use std::collections::HashMap;
use std::fmt;

use super::TextError;
use super::arpabet::Phone;
use super::sentence::Sentence;

/// A pause with the tone of voice before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pause {
    /// A short pause inside a sentence.
    Comma,
    /// The end of a statement.
    Period,
    /// The end of an exclamation.
    Exclamation,
    /// The end of a question.
    Question,
}

impl Pause {
    /// Every pause.
    pub const ALL: [Self; 4] = [Self::Comma, Self::Period, Self::Exclamation, Self::Question];

    /// The mark that stands for the pause: `,` `.` `!` `?`.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Comma => ",",
            Self::Period => ".",
            Self::Exclamation => "!",
            Self::Question => "?",
        }
    }
}

/// One symbol of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symbol {
    /// The boundary between two words without a pause.
    Boundary,
    /// A pause between words, or the end of the sentence.
    Pause(Pause),
    /// A phone.
    Phone(Phone),
}

impl Symbol {
    /// The symbol as a model's configuration names it: a space, a punctuation mark or a phone.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boundary => " ",
            Self::Pause(pause) => pause.mark(),
            Self::Phone(phone) => phone.name(),
        }
    }

    /// Every symbol.
    pub fn all() -> impl Iterator<Item = Self> {
        let pauses = Pause::ALL.into_iter().map(Self::Pause);
        [Self::Boundary]
            .into_iter()
            .chain(pauses)
            .chain(Phone::all().map(Self::Phone))
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Maps symbols to the rows of a model's embedding.
#[derive(Clone, Debug)]
pub struct SymbolTable {
    ids: HashMap<Symbol, u32>,
}

impl SymbolTable {
    /// Makes the table from the list `symbols` of a model's configuration, in which the id of a
    /// symbol is its place. Names that the front end never says, such as `<pad>`, are passed over.
    ///
    /// # Errors
    /// [`TextError::MissingSymbol`] if the list lacks a symbol that a text can need,
    /// [`TextError::DuplicateSymbol`] if it has one twice.
    pub fn new(names: &[String]) -> Result<Self, TextError> {
        let mut by_name = HashMap::new();
        for (id, name) in (0..).zip(names) {
            if by_name.insert(name.as_str(), id).is_some() {
                return Err(TextError::DuplicateSymbol {
                    symbol: name.clone(),
                });
            }
        }
        let id = |symbol: Symbol| {
            let missing = || TextError::MissingSymbol {
                symbol: symbol.name().to_owned(),
            };
            by_name
                .get(symbol.name())
                .map(|&id| (symbol, id))
                .ok_or_else(missing)
        };
        Ok(Self {
            ids: Symbol::all().map(id).collect::<Result<_, _>>()?,
        })
    }

    /// The ids of a sentence's symbols.
    #[must_use]
    pub fn encode(&self, sentence: &Sentence) -> Vec<u32> {
        // `new` has refused tables that lack a symbol.
        sentence
            .symbols
            .iter()
            .map(|symbol| self.ids[symbol])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Gap;

    fn names() -> Vec<String> {
        let all = Symbol::all().map(|symbol| symbol.name().to_owned());
        ["<pad>".to_owned()].into_iter().chain(all).collect()
    }

    #[test]
    fn ids_are_places_in_the_list() {
        let sentence = Sentence {
            source: "B.".to_owned(),
            normalised: "B.".to_owned(),
            symbols: vec![
                Symbol::Phone(Phone::from_name("B").unwrap()),
                Symbol::Phone(Phone::from_name("IY1").unwrap()),
                Symbol::Pause(Pause::Period),
            ],
            words: Vec::new(),
            gap: Gap::Sentence,
            rate: 1.0,
        };
        let names = names();
        let ids = SymbolTable::new(&names).unwrap().encode(&sentence);
        let back = ids
            .iter()
            .map(|&id| names[id as usize].as_str())
            .collect::<Vec<_>>();
        assert_eq!(back, ["B", "IY1", "."]);
    }

    #[test]
    fn incomplete_and_ambiguous_lists_are_refused() {
        let mut short = names();
        short.retain(|name| name != "ZH");
        assert_eq!(
            SymbolTable::new(&short).unwrap_err(),
            TextError::MissingSymbol {
                symbol: "ZH".to_owned()
            }
        );
        let mut long = names();
        long.push("AA1".to_owned());
        assert_eq!(
            SymbolTable::new(&long).unwrap_err(),
            TextError::DuplicateSymbol {
                symbol: "AA1".to_owned()
            }
        );
    }
}
