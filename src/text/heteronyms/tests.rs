//! Each reading in a sentence that calls for it.

use super::*;

#[test]
fn neighbours_decide() {
    for (sentence, word, phones) in [
        ("I have read it", "read", "R EH1 D"),
        ("I want to read it", "read", "R IY1 D"),
        ("read the book", "read", "R IY1 D"),
        ("she read the book", "read", "R EH1 D"),
        ("they live here", "live", "L IH1 V"),
        ("a live show", "live", "L AY1 V"),
        ("he lives there", "lives", "L IH1 V Z"),
        ("their lives changed", "lives", "L AY1 V Z"),
        ("the wind blew", "wind", "W IH1 N D"),
        ("to wind the clock", "wind", "W AY1 N D"),
        ("a deep wound", "wound", "W UW1 N D"),
        ("he wound up", "wound", "W AW1 N D"),
        ("a tear fell", "tear", "T IH1 R"),
        ("do not tear it", "tear", "T EH1 R"),
        ("close the door", "close", "K L OW1 Z"),
        ("close to home", "close", "K L OW1 S"),
        ("we use it", "use", "Y UW1 Z"),
        ("of no use", "use", "Y UW1 S"),
        ("a record player", "record", "R EH1 K ER0 D"),
        ("to record music", "record", "R IH0 K AO1 R D"),
        ("this present moment", "present", "P R EH1 Z AH0 N T"),
        ("I will present it", "present", "P R IY0 Z EH1 N T"),
        ("strange objects", "objects", "AA1 B JH EH0 K T S"),
        ("he objects", "objects", "AH0 B JH EH1 K T S"),
        ("wait a minute", "minute", "M IH1 N AH0 T"),
        ("in minute detail", "minute", "M AY0 N UW1 T"),
        ("the lead pipe", "lead", "L EH1 D"),
        ("you lead us", "lead", "L IY1 D"),
        ("the desert sun", "desert", "D EH1 Z ER0 T"),
        ("I refuse", "refuse", "R IH0 F Y UW1 Z"),
        ("the refuse heap", "refuse", "R EH1 F Y UW2 Z"),
        ("I used to sing", "used", "Y UW1 S T"),
        ("to house the poor", "house", "HH AW1 Z"),
    ] {
        let words = sentence.split(' ').collect::<Vec<_>>();
        let place = words.iter().position(|other| *other == word).unwrap();
        let neighbours = Neighbours {
            previous: if place > 0 { words[place - 1] } else { "" },
            next: words.get(place + 1).copied().unwrap_or_default(),
        };
        assert_eq!(
            pronounce(word, neighbours),
            parse_phones(phones).ok(),
            "{sentence}"
        );
    }
    assert_eq!(pronounce("used", Neighbours::default()), None);
    assert_eq!(pronounce("table", Neighbours::default()), None);
}

#[test]
fn readings_are_well_formed_and_differ() {
    for (word, noun, verb) in NOUNS_AND_VERBS {
        assert!(
            parse_phones(noun).is_ok() && parse_phones(verb).is_ok(),
            "{word}"
        );
        assert_ne!(noun, verb, "{word}");
    }
    assert!(
        READINGS
            .iter()
            .all(|reading| parse_phones(reading.phones).is_ok())
    );
    let listed = |word: &&str| NOUNS_AND_VERBS.iter().any(|(other, ..)| other == word);
    assert!(VERBS_AT_LARGE.iter().all(listed));
}
