//! From words and pauses to symbols.

use super::pronouncer::{Pronouncer, Pronunciation};
use super::sentence::{Origin, PronouncedWord};
use super::spoken::Spoken;
use super::symbols::Symbol;

/// The words of a tidy sentence with their pronunciations, in order.
pub(super) fn pronounce(sentence: &[Spoken], pronouncer: &Pronouncer) -> Vec<PronouncedWord> {
    let mut words = Vec::new();
    // Backwards, because "the" depends on the sound that follows it.
    let mut before_vowel = false;
    for (place, item) in sentence.iter().enumerate().rev() {
        let Pronunciation { phones, origin } = match item {
            Spoken::Pause(_) => {
                before_vowel = false;
                continue;
            }
            Spoken::Word(_) => pronouncer.pronounce_in(sentence, place, before_vowel),
            Spoken::Phones(phones) => Pronunciation {
                phones: phones.clone(),
                origin: Origin::Text,
            },
        };
        before_vowel = phones.first().is_some_and(|phone| phone.is_vowel());
        words.push(PronouncedWord {
            text: item.to_string(),
            phones,
            origin,
        });
    }
    words.reverse();
    words
}

/// The symbols of a tidy sentence: the phones of its words, boundaries between words and pauses.
pub(super) fn symbols(sentence: &[Spoken], words: &[PronouncedWord]) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    let mut words = words.iter();
    for item in sentence {
        if let Spoken::Pause(pause) = item {
            symbols.push(Symbol::Pause(*pause));
            continue;
        }
        if matches!(symbols.last(), Some(Symbol::Phone(_))) {
            symbols.push(Symbol::Boundary);
        }
        let phones = words.next().map_or(&[][..], |word| &word.phones);
        symbols.extend(phones.iter().copied().map(Symbol::Phone));
    }
    symbols
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::spoken::{Pause, Word, tidy};

    fn say(words: &str) -> String {
        let pronouncer = Pronouncer::new().unwrap();
        let words = words.split(' ').map(|word| match word {
            "," => Spoken::Pause(Pause::Comma),
            word => Spoken::Word(Word::new(word)),
        });
        let sentence = tidy(words);
        let symbols = symbols(&sentence, &pronounce(&sentence, &pronouncer));
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
