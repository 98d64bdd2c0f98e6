//! Words with two pronunciations, where the neighbouring words tell which one is meant.

use super::arpabet::{Phone, parse_phones};

/// The words around a word of the same sentence; empty at its ends and across pauses.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Neighbours<'a> {
    pub(super) previous: &'a str,
    pub(super) next: &'a str,
}

/// Words before a verb in its base form.
const BEFORE_VERB: &[&str] = &[
    "to",
    "I",
    "you",
    "we",
    "they",
    "will",
    "would",
    "can",
    "could",
    "shall",
    "should",
    "may",
    "might",
    "must",
    "do",
    "did",
    "don't",
    "didn't",
    "doesn't",
    "won't",
    "wouldn't",
    "can't",
    "cannot",
    "couldn't",
    "shouldn't",
    "not",
    "never",
    "always",
    "let",
    "let's",
    "please",
    "i'll",
    "you'll",
    "we'll",
    "they'll",
    "he'll",
    "she'll",
    "it'll",
    "who",
    "and",
    "help",
    "us",
    "them",
];
/// Words before a verb in the third person.
const BEFORE_THIRD_PERSON: &[&str] = &[
    "he", "she", "it", "who", "which", "that", "never", "always", "often", "and",
];
/// Words before a past participle.
const BEFORE_PARTICIPLE: &[&str] = &[
    "have", "has", "had", "having", "been", "be", "is", "are", "was", "were", "being", "i've",
    "you've", "we've", "they've", "he'd", "she'd", "i'd", "haven't", "hasn't", "hadn't", "well",
    "widely", "just", "already", "ever",
];
/// Words before a noun.
const BEFORE_NOUN: &[&str] = &[
    "a", "an", "the", "this", "that", "these", "those", "my", "your", "his", "her", "its", "our",
    "their", "no", "any", "some", "every", "each", "of", "in", "with", "for", "from", "whose",
    "another", "many", "new", "old", "own", "first", "last",
];

/// Words that are nouns (or adjectives) with one pronunciation and verbs with another.
const NOUNS_AND_VERBS: &[(&str, &str, &str)] = &[
    ("abuse", "AH0 B Y UW1 S", "AH0 B Y UW1 Z"),
    ("address", "AE1 D R EH2 S", "AH0 D R EH1 S"),
    ("advocate", "AE1 D V AH0 K AH0 T", "AE1 D V AH0 K EY2 T"),
    ("alternate", "AO1 L T ER0 N AH0 T", "AO1 L T ER0 N EY2 T"),
    (
        "appropriate",
        "AH0 P R OW1 P R IY0 AH0 T",
        "AH0 P R OW1 P R IY0 EY2 T",
    ),
    (
        "associate",
        "AH0 S OW1 S IY0 AH0 T",
        "AH0 S OW1 S IY0 EY2 T",
    ),
    (
        "attribute",
        "AE1 T R AH0 B Y UW2 T",
        "AH0 T R IH1 B Y UW2 T",
    ),
    ("combine", "K AA1 M B AY0 N", "K AH0 M B AY1 N"),
    ("compound", "K AA1 M P AW0 N D", "K AH0 M P AW1 N D"),
    ("conduct", "K AA1 N D AH0 K T", "K AA0 N D AH1 K T"),
    ("conflict", "K AA1 N F L IH0 K T", "K AH0 N F L IH1 K T"),
    (
        "construct",
        "K AA1 N S T R AH0 K T",
        "K AH0 N S T R AH1 K T",
    ),
    ("content", "K AA1 N T EH0 N T", "K AH0 N T EH1 N T"),
    ("contest", "K AA1 N T EH0 S T", "K AH0 N T EH1 S T"),
    ("contract", "K AA1 N T R AE2 K T", "K AH0 N T R AE1 K T"),
    (
        "contracts",
        "K AA1 N T R AE2 K T S",
        "K AH0 N T R AE1 K T S",
    ),
    ("contrast", "K AA1 N T R AE0 S T", "K AH0 N T R AE1 S T"),
    ("convert", "K AA1 N V ER0 T", "K AH0 N V ER1 T"),
    ("convict", "K AA1 N V IH0 K T", "K AH0 N V IH1 K T"),
    (
        "coordinate",
        "K OW0 AO1 R D AH0 N AH0 T",
        "K OW0 AO1 R D AH0 N EY2 T",
    ),
    ("decrease", "D IY1 K R IY2 S", "D IH0 K R IY1 S"),
    ("delegate", "D EH1 L AH0 G AH0 T", "D EH1 L AH0 G EY2 T"),
    (
        "deliberate",
        "D IH0 L IH1 B ER0 AH0 T",
        "D IH0 L IH1 B ER0 EY2 T",
    ),
    ("desert", "D EH1 Z ER0 T", "D IH0 Z ER1 T"),
    ("discount", "D IH1 S K AW0 N T", "D IH0 S K AW1 N T"),
    (
        "duplicate",
        "D UW1 P L AH0 K AH0 T",
        "D UW1 P L AH0 K EY2 T",
    ),
    ("elaborate", "IH0 L AE1 B R AH0 T", "IH0 L AE1 B ER0 EY2 T"),
    ("estimate", "EH1 S T AH0 M AH0 T", "EH1 S T AH0 M EY2 T"),
    ("excuse", "IH0 K S K Y UW1 S", "IH0 K S K Y UW1 Z"),
    ("extract", "EH1 K S T R AE2 K T", "IH0 K S T R AE1 K T"),
    (
        "graduate",
        "G R AE1 JH AH0 W AH0 T",
        "G R AE1 JH AH0 W EY2 T",
    ),
    ("incline", "IH1 N K L AY0 N", "IH2 N K L AY1 N"),
    ("increase", "IH1 N K R IY2 S", "IH2 N K R IY1 S"),
    ("insert", "IH1 N S ER2 T", "IH2 N S ER1 T"),
    ("insult", "IH1 N S AH2 L T", "IH2 N S AH1 L T"),
    ("moderate", "M AA1 D ER0 AH0 T", "M AA1 D ER0 EY2 T"),
    ("object", "AA1 B JH EH0 K T", "AH0 B JH EH1 K T"),
    ("objects", "AA1 B JH EH0 K T S", "AH0 B JH EH1 K T S"),
    ("perfect", "P ER1 F IH2 K T", "P ER0 F EH1 K T"),
    ("permit", "P ER1 M IH2 T", "P ER0 M IH1 T"),
    ("present", "P R EH1 Z AH0 N T", "P R IY0 Z EH1 N T"),
    ("presents", "P R EH1 Z AH0 N T S", "P R IY0 Z EH1 N T S"),
    ("produce", "P R OW1 D UW0 S", "P R AH0 D UW1 S"),
    ("progress", "P R AA1 G R EH2 S", "P R AH0 G R EH1 S"),
    ("project", "P R AA1 JH EH0 K T", "P R AH0 JH EH1 K T"),
    ("projects", "P R AA1 JH EH0 K T S", "P R AH0 JH EH1 K T S"),
    ("protest", "P R OW1 T EH2 S T", "P R AH0 T EH1 S T"),
    ("rebel", "R EH1 B AH0 L", "R IH0 B EH1 L"),
    ("record", "R EH1 K ER0 D", "R IH0 K AO1 R D"),
    ("records", "R EH1 K ER0 D Z", "R IH0 K AO1 R D Z"),
    ("refuse", "R EH1 F Y UW2 Z", "R IH0 F Y UW1 Z"),
    ("reject", "R IY1 JH EH0 K T", "R IH0 JH EH1 K T"),
    ("separate", "S EH1 P ER0 IH0 T", "S EH1 P ER0 EY2 T"),
    ("subject", "S AH1 B JH IH0 K T", "S AH0 B JH EH1 K T"),
    ("subjects", "S AH1 B JH IH0 K T S", "S AH0 B JH EH1 K T S"),
    ("survey", "S ER1 V EY2", "S ER0 V EY1"),
    ("suspect", "S AH1 S P EH2 K T", "S AH0 S P EH1 K T"),
    ("torment", "T AO1 R M EH2 N T", "T AO0 R M EH1 N T"),
    ("transfer", "T R AE1 N S F ER0", "T R AE0 N S F ER1"),
    (
        "transport",
        "T R AE1 N S P AO0 R T",
        "T R AE0 N S P AO1 R T",
    ),
    ("use", "Y UW1 S", "Y UW1 Z"),
    ("uses", "Y UW1 S IH0 Z", "Y UW1 Z IH0 Z"),
];

/// Words of [`NOUNS_AND_VERBS`] that are mostly verbs: nouns only where the word before says so.
const VERBS_AT_LARGE: &[&str] = &[
    "address",
    "combine",
    "construct",
    "convert",
    "extract",
    "insert",
    "permit",
    "produce",
    "refuse",
    "reject",
    "suspect",
    "transfer",
    "use",
];

/// What is said of a word by its neighbours alone: the first reading whose condition holds.
struct Reading {
    word: &'static str,
    phones: &'static str,
    applies: fn(Neighbours<'_>) -> bool,
}

const READINGS: &[Reading] = &[
    Reading {
        word: "read",
        phones: "R EH1 D",
        applies: |n| BEFORE_PARTICIPLE.contains(&n.previous),
    },
    Reading {
        word: "read",
        phones: "R IY1 D",
        applies: |n| {
            BEFORE_VERB.contains(&n.previous) && n.previous != "and" || n.previous.is_empty()
        },
    },
    Reading {
        word: "read",
        phones: "R EH1 D",
        applies: always,
    },
    Reading {
        word: "lead",
        phones: "L EH1 D",
        applies: |n| {
            [
                "pipe",
                "pipes",
                "paint",
                "poisoning",
                "bullet",
                "bullets",
                "ore",
                "weight",
                "weights",
            ]
            .contains(&n.next)
                || ["of", "molten", "like"].contains(&n.previous)
        },
    },
    Reading {
        word: "lead",
        phones: "L IY1 D",
        applies: always,
    },
    Reading {
        word: "live",
        phones: "L AY1 V",
        applies: |n| {
            [
                "music",
                "broadcast",
                "show",
                "shows",
                "concert",
                "wire",
                "wires",
                "performance",
                "tv",
                "television",
                "audience",
                "stream",
                "ammunition",
                "bait",
                "coals",
                "animals",
                "on",
            ]
            .contains(&n.next)
                && !BEFORE_VERB.contains(&n.previous)
                || ["a", "the", "broadcast", "streamed", "goes", "went"].contains(&n.previous)
        },
    },
    Reading {
        word: "live",
        phones: "L IH1 V",
        applies: always,
    },
    Reading {
        word: "lives",
        phones: "L IH1 V Z",
        applies: |n| {
            BEFORE_THIRD_PERSON.contains(&n.previous)
                || ["in", "at", "on", "with", "alone", "here", "there", "near"].contains(&n.next)
                    && !BEFORE_NOUN.contains(&n.previous)
        },
    },
    Reading {
        word: "lives",
        phones: "L AY1 V Z",
        applies: always,
    },
    Reading {
        word: "wind",
        phones: "W AY1 N D",
        applies: |n| BEFORE_VERB.contains(&n.previous) && n.previous != "and" || n.next == "up",
    },
    Reading {
        word: "wind",
        phones: "W IH1 N D",
        applies: always,
    },
    Reading {
        word: "wound",
        phones: "W AW1 N D",
        applies: |n| ["up", "down", "around", "round", "through", "its"].contains(&n.next),
    },
    Reading {
        word: "wound",
        phones: "W UW1 N D",
        applies: always,
    },
    Reading {
        word: "tear",
        phones: "T EH1 R",
        applies: |n| {
            [
                "up", "down", "apart", "off", "out", "away", "it", "them", "through",
            ]
            .contains(&n.next)
                || BEFORE_VERB.contains(&n.previous) && n.previous != "and"
        },
    },
    Reading {
        word: "tear",
        phones: "T IH1 R",
        applies: always,
    },
    Reading {
        word: "tears",
        phones: "T EH1 R Z",
        applies: |n| ["up", "down", "apart", "off", "it", "through"].contains(&n.next),
    },
    Reading {
        word: "tears",
        phones: "T IH1 R Z",
        applies: always,
    },
    Reading {
        word: "minute",
        phones: "M AY0 N UW1 T",
        applies: |n| {
            [
                "detail",
                "details",
                "amount",
                "amounts",
                "quantity",
                "quantities",
                "particles",
                "fraction",
                "examination",
                "description",
            ]
            .contains(&n.next)
        },
    },
    Reading {
        word: "minute",
        phones: "M IH1 N AH0 T",
        applies: always,
    },
    Reading {
        word: "bow",
        phones: "B AW1",
        applies: |n| {
            ["to", "down", "before", "his", "her", "their"].contains(&n.next)
                || ["low", "slight", "deep", "ship's", "must", "to", "will"].contains(&n.previous)
        },
    },
    Reading {
        word: "bow",
        phones: "B OW1",
        applies: always,
    },
    Reading {
        word: "dove",
        phones: "D OW1 V",
        applies: |n| ["into", "in", "under", "down", "off", "for"].contains(&n.next),
    },
    Reading {
        word: "dove",
        phones: "D AH1 V",
        applies: always,
    },
    Reading {
        word: "close",
        phones: "K L OW1 Z",
        applies: |n| {
            n.next != "to" && BEFORE_VERB.contains(&n.previous) && n.previous != "and"
                || [
                    "the", "your", "his", "her", "its", "my", "our", "their", "it",
                ]
                .contains(&n.next)
        },
    },
    Reading {
        word: "close",
        phones: "K L OW1 S",
        applies: always,
    },
    // "Used to" is a habit unless something is used for a purpose.
    Reading {
        word: "used",
        phones: "Y UW1 S T",
        applies: |n| {
            n.next == "to" && !["is", "are", "was", "were", "be", "been"].contains(&n.previous)
        },
    },
    Reading {
        word: "house",
        phones: "HH AW1 Z",
        applies: |n| n.previous == "to" && BEFORE_NOUN.contains(&n.next),
    },
];

/// The pronunciation that the neighbours of a word call for; none if it has one pronunciation.
pub(super) fn pronounce(word: &str, neighbours: Neighbours<'_>) -> Option<Vec<Phone>> {
    let by_class = || {
        let (_, noun, verb) = NOUNS_AND_VERBS.iter().find(|(other, ..)| *other == word)?;
        let before_verb = if word.ends_with('s') {
            BEFORE_THIRD_PERSON
        } else {
            BEFORE_VERB
        };
        let is_verb = before_verb.contains(&neighbours.previous)
            || (VERBS_AT_LARGE.contains(&word) && !BEFORE_NOUN.contains(&neighbours.previous));
        Some(if is_verb { *verb } else { *noun })
    };
    let phones = READINGS
        .iter()
        .find(|reading| reading.word == word && (reading.applies)(neighbours))
        .map(|reading| reading.phones)
        .or_else(by_class)?;
    Some(parse_phones(phones).expect("the readings are constants"))
}

fn always(_: Neighbours<'_>) -> bool {
    true
}

#[cfg(test)]
mod tests;
