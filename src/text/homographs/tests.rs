//! Readings in sentences of everyday life, which the training has not seen: it learns from an
//! encyclopedia and from `everyday.tsv`. The accuracy on held-out sentences of the encyclopedia,
//! per word, is what `examples/train_homographs` prints; `weights/g2p/README.md` records it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::*;
use crate::text::FrontEnd;
use crate::text::Origin;

static FRONT_END: LazyLock<FrontEnd> = LazyLock::new(|| FrontEnd::new().unwrap());

/// Word, name of the reading, sentence.
const SENTENCES: &[(&str, &str, &str)] = &[
    ("use", "verb", "Use the stairs, not the lift."),
    ("use", "verb", "May I use your pen?"),
    ("use", "verb", "We use it at home."),
    ("use", "noun", "This old radio is of no use to me."),
    ("use", "noun", "What's the use?"),
    ("excuse", "verb", "Excuse me, where is the bank?"),
    ("excuse", "noun", "There was no excuse for his behavior."),
    ("close", "verb", "Close the gate behind you."),
    ("close", "verb", "Please close your books."),
    ("close", "adjective", "The hotel is close to the beach."),
    ("close", "adjective", "It was a close race."),
    ("read", "present", "Read the label before you wash it."),
    ("read", "present", "I want to read a book."),
    ("read", "present", "They can read and write."),
    ("read", "present", "You should read this article."),
    ("read", "present", "We read to the children every evening."),
    ("read", "past", "I read it yesterday."),
    ("read", "past", "I have read the whole series."),
    ("read", "past", "She read the note and laughed."),
    ("read", "past", "The book was read by millions."),
    ("read", "past", "He had never read Shakespeare."),
    ("live", "verb", "I live in a small flat."),
    ("live", "verb", "Do they live here?"),
    ("live", "adjective", "We have live music on Saturdays."),
    ("live", "adjective", "The game will be shown live."),
    ("lives", "verb", "He lives with his parents."),
    ("lives", "noun", "Seat belts save lives."),
    ("wind", "verb", "Wind the clock."),
    ("wind", "noun", "The wind was cold and wet."),
    ("wind", "noun", "There is no wind today."),
    ("tear", "rip", "Tear the page out."),
    ("tear", "rip", "Try not to tear the bag."),
    ("tear", "drop", "A single tear fell on the letter."),
    ("lead", "noun or verb", "Lead us to the exit."),
    ("lead", "noun or verb", "These stairs lead to the roof."),
    ("lead", "metal", "The roof was covered with lead."),
    ("polish", "people", "My grandmother was Polish."),
    ("polish", "people", "The Polish team won."),
    ("polish", "shine", "Please polish the glasses."),
    ("polish", "shine", "I bought some floor polish."),
    ("content", "noun", "The content of the bag was stolen."),
    ("content", "satisfied", "He was content to stay at home."),
    ("permit", "noun", "Do you have a permit?"),
    ("permit", "verb", "The law does not permit it."),
    ("refuse", "verb", "I refuse to pay."),
    ("refuse", "noun", "Refuse is collected once a week."),
    ("separate", "verb", "Separate the yolks from the whites."),
    (
        "separate",
        "adjective or noun",
        "We paid on separate bills.",
    ),
    ("minute", "noun", "I'll be back in a minute."),
    ("minute", "noun", "The last minute was the worst."),
    ("minute", "adjective", "They found minute traces of blood."),
    ("record", "verb", "Can you record the show for me?"),
    ("record", "noun", "He holds the record for the mile."),
    ("present", "verb", "She will present the prize."),
    ("present", "adjective", "I bought her a birthday present."),
    ("object", "verb", "Does anybody object?"),
    ("object", "noun", "A dark object lay on the road."),
    ("desert", "noun", "It hardly rains in the desert."),
    ("subject", "adjective or noun", "Math is a hard subject."),
    ("project", "noun", "The project took two years."),
    ("increase", "verb", "They want to increase the rent."),
    ("increase", "noun", "We saw an increase in sales."),
    ("insert", "verb", "Insert a coin."),
    ("estimate", "noun", "That is only an estimate."),
    ("estimate", "verb", "I estimate that it will take a week."),
    ("graduate", "verb", "You will graduate next year."),
    ("house", "adjective or noun", "The house is for sale."),
    ("perfume", "noun", "She wore too much perfume."),
    ("incense", "noun", "The room smelled of incense."),
    ("moped", "noun", "He crashed his moped."),
    ("escort", "noun", "She arrived without an escort."),
    ("impact", "noun", "The impact broke the window."),
    ("implant", "noun", "She has a dental implant."),
    ("buffet", "dining", "The buffet opens at seven."),
    ("bass", "music", "She plays the bass guitar."),
    ("bow", "knot", "She put a bow in her hair."),
    ("row", "line", "They won four games in a row."),
    ("wound", "injury", "The wound was deep."),
    ("wound", "past", "They wound the rope around a tree."),
    ("resume", "verb", "We will resume after lunch."),
    ("compress", "verb", "Compress the image first."),
    ("elaborate", "verb", "Can you elaborate?"),
    ("upset", "adjective or noun", "He was upset about the news."),
    (
        "produce",
        "verb",
        "The factory can produce a thousand a day.",
    ),
    ("contract", "noun", "He signed a contract."),
    ("address", "noun", "I lost your address."),
    ("address", "verb", "You need to address this problem."),
    ("objects", "noun", "Strange objects fell from the sky."),
    ("objects", "verb", "She objects to the plan."),
    ("records", "noun", "He collects old records."),
];

#[test]
fn everyday_sentences() {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (word, name, text) in SENTENCES {
        let sentence = FRONT_END.sentences(text).next().unwrap().unwrap();
        let found = sentence
            .words
            .iter()
            .find(|found| found.text == *word)
            .unwrap();
        let right = found.origin == Origin::Homograph(name);
        let counts = counts.entry(word).or_default();
        counts.0 += 1;
        counts.1 += usize::from(right);
        if !right {
            wrong.push(format!(
                "{word} is not {name} but {:?} in: {text}",
                found.origin
            ));
        }
    }
    for (word, (all, right)) in counts {
        println!("{word:10} {right} of {all}");
    }
    println!("{}", wrong.join("\n"));
    let share = 1.0 - wrong.len() as f64 / SENTENCES.len() as f64;
    println!("{:.1} % of {}", 100.0 * share, SENTENCES.len());
    assert!(share >= 0.95, "{share}");
}

#[test]
fn capitals_decide_for_names() {
    for (text, reading) in [
        ("He speaks Polish.", "people"),
        ("The Celtic languages.", "people"),
        ("It was in August.", "month"),
    ] {
        let sentence = FRONT_END.sentences(text).next().unwrap().unwrap();
        let origins = sentence.words.iter().map(|word| word.origin.clone());
        let origins = origins.collect::<Vec<_>>();
        assert!(
            origins.contains(&Origin::Homograph(reading)),
            "{text} {origins:?}"
        );
    }
}

#[test]
fn plurals_have_the_readings_of_their_base() {
    let homographs = Homographs::new().unwrap();
    let readings = homographs.of("contracts").unwrap();
    let phones = |index: usize| {
        let names = readings[index].phones.iter().map(|phone| phone.name());
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(phones(0), "K AA1 N T R AE2 K T S");
    assert_eq!(phones(1), "K AH0 N T R AE1 K T S");
    assert!(homographs.of("cats").is_none());
    // An adjective has no plural: "appropriates" is a verb alone.
    assert!(homographs.of("appropriates").is_none());
}
