//! What is said: words and pauses.

use std::fmt;

use super::arpabet::Phone;
pub(super) use super::symbols::Pause;

/// Longest word that is read from its letters. A longer one is no word: its letters are called by name.
pub(super) const LONGEST_WORD: usize = 60;
/// The same without a vowel: the names of so many letters still fit in a sentence.
pub(super) const LONGEST_WITHOUT_VOWEL: usize = 20;

/// A word as it is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Letters and apostrophes in lower case, or one letter in upper case to be spelt.
    pub(super) text: String,
    /// Whether it was written with a capital letter.
    pub(super) capital: bool,
}

impl Word {
    /// A word that was written in lower case.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            capital: false,
        }
    }
}

/// One element of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    /// A word.
    Word(Word),
    /// A word given by its phones.
    Phones(Vec<Phone>),
    /// A pause.
    Pause(Pause),
}

impl Spoken {
    /// Letters or phones, with what parts it from the next one.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Word(word) => word.text.len() + 1,
            Self::Phones(phones) => phones.len() + 1,
            Self::Pause(_) => 0,
        }
    }
}

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(&word.text),
            Self::Phones(phones) => {
                let names = phones.iter().map(|phone| phone.name()).collect::<Vec<_>>();
                write!(f, "[[{}]]", names.join(" "))
            }
            Self::Pause(pause) => f.write_str(pause.mark()),
        }
    }
}

/// Makes a well-formed sentence: words, at most one pause between two of them (the strongest of
/// those written), and at the end the tone of a statement, an exclamation or a question. Nothing
/// is left of a sentence without words.
pub(super) fn tidy(spoken: impl IntoIterator<Item = Spoken>) -> Vec<Spoken> {
    let mut tidy: Vec<Spoken> = Vec::new();
    for item in spoken {
        match (tidy.last_mut(), item) {
            (None, Spoken::Pause(_)) => {}
            (Some(Spoken::Pause(last)), Spoken::Pause(pause)) => *last = pause.max(*last),
            (_, item) => tidy.push(item),
        }
    }
    match tidy.last_mut() {
        Some(Spoken::Pause(last)) => *last = Pause::Period.max(*last),
        Some(_) => tidy.push(Spoken::Pause(Pause::Period)),
        None => {}
    }
    tidy
}

/// A sentence as text: words with a space between them, pauses as marks behind words.
pub(super) fn render(spoken: &[Spoken]) -> String {
    let mut text = String::new();
    for item in spoken {
        if !text.is_empty() && !matches!(item, Spoken::Pause(_)) {
            text.push(' ');
        }
        text.push_str(&item.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(word: &str) -> Spoken {
        Spoken::Word(Word::new(word))
    }

    #[test]
    fn sentences_are_tidy() {
        let comma = || Spoken::Pause(Pause::Comma);
        let question = || Spoken::Pause(Pause::Question);
        let tidied = |spoken: Vec<Spoken>| render(&tidy(spoken));
        assert_eq!(
            tidied(vec![comma(), word("a"), comma(), question(), comma()]),
            "a?"
        );
        assert_eq!(
            tidied(vec![word("a"), comma(), comma(), word("b"), comma()]),
            "a, b."
        );
        assert_eq!(tidied(vec![word("a")]), "a.");
        assert_eq!(tidied(vec![comma(), question()]), "");
    }
}
