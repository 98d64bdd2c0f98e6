//! From words and pauses to symbols.

use super::arpabet::Phone;
use super::heteronyms::{self, Neighbours};
use super::pronouncer::Pronouncer;
use super::spoken::Spoken;
use super::symbols::Symbol;

/// The symbols of a tidy sentence: the phones of its words, boundaries between words and pauses.
pub(super) fn symbols(sentence: &[Spoken], pronouncer: &Pronouncer) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    // Backwards, because "the" depends on the sound that follows it.
    let mut before_vowel = false;
    for (place, item) in sentence.iter().enumerate().rev() {
        let phones = match item {
            Spoken::Pause(pause) => {
                symbols.push(Symbol::Pause(*pause));
                before_vowel = false;
                continue;
            }
            Spoken::Word(word) if word == "the" => the(before_vowel),
            Spoken::Word(word) => heteronyms::pronounce(word, neighbours(sentence, place))
                .unwrap_or_else(|| pronouncer.pronounce(word)),
            Spoken::Phones(phones) => phones.clone(),
        };
        if matches!(symbols.last(), Some(Symbol::Phone(_))) {
            symbols.push(Symbol::Boundary);
        }
        before_vowel = phones.first().is_some_and(|phone| phone.is_vowel());
        symbols.extend(phones.into_iter().rev().map(Symbol::Phone));
    }
    symbols.reverse();
    symbols
}

/// "The" is `DH IY0` before a vowel, else `DH AH0`.
fn the(before_vowel: bool) -> Vec<Phone> {
    let names = if before_vowel {
        ["DH", "IY0"]
    } else {
        ["DH", "AH0"]
    };
    names
        .iter()
        .filter_map(|name| Phone::from_name(name))
        .collect()
}

fn neighbours(sentence: &[Spoken], place: usize) -> Neighbours<'_> {
    Neighbours {
        previous: place
            .checked_sub(1)
            .map_or("", |place| word_at(sentence, place)),
        next: word_at(sentence, place + 1),
    }
}

/// The word at a place; empty if there is none.
fn word_at(sentence: &[Spoken], place: usize) -> &str {
    match sentence.get(place) {
        Some(Spoken::Word(word)) => word,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::spoken::{Pause, tidy};

    fn say(words: &str) -> String {
        let pronouncer = Pronouncer::new().unwrap();
        let words = words.split(' ').map(|word| match word {
            "," => Spoken::Pause(Pause::Comma),
            word => Spoken::Word(word.to_owned()),
        });
        let symbols = symbols(&tidy(words), &pronouncer);
        symbols
            .iter()
            .map(|symbol| symbol.name())
            .collect::<Vec<_>>()
            .join("|")
    }

    #[test]
    fn words_boundaries_and_pauses() {
        assert_eq!(
            say("hello , my friend"),
            "HH|AH0|L|OW1|,|M|AY1| |F|R|EH1|N|D|."
        );
        assert_eq!(say("the end"), "DH|IY0| |EH1|N|D|.");
        assert_eq!(say("the man"), "DH|AH0| |M|AE1|N|.");
        assert_eq!(say("the , apple"), "DH|AH0|,|AE1|P|AH0|L|.");
        assert_eq!(say("to read"), "T|UW1| |R|IY1|D|.");
    }
}
