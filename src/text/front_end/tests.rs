//! The whole way: text of any kind and length.

use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::text::{Origin, Pause, Symbol};

static FRONT_END: LazyLock<FrontEnd> = LazyLock::new(|| FrontEnd::new().unwrap());

fn speak(text: &str) -> Result<Vec<Sentence>, TextError> {
    FRONT_END.sentences(text).collect()
}

fn sources(text: &str) -> Vec<String> {
    speak(text)
        .unwrap()
        .into_iter()
        .map(|sentence| sentence.source)
        .collect()
}

#[test]
fn a_sentence_has_its_source_words_and_symbols() {
    let sentences = speak("  It costs $5, \"Tom\".  ").unwrap();
    assert_eq!(sentences.len(), 1);
    assert_eq!(sentences[0].source, "It costs $5, \"Tom\".");
    assert_eq!(sentences[0].normalised, "it costs five dollars, tom.");
    let symbols = sentences[0]
        .symbols
        .iter()
        .map(|symbol| symbol.name())
        .collect::<Vec<_>>();
    assert_eq!(
        symbols.join("|"),
        "IH1|T| |K|AA1|S|T|S| |F|AY1|V| |D|AA1|L|ER0|Z|,|T|AA1|M|."
    );
}

#[test]
fn sentences_end_where_they_end() {
    for (text, expected) in [
        (
            "One. Two! Three? Four",
            vec!["One.", "Two!", "Three?", "Four"],
        ),
        (
            "He said \"Stop!\" and left. I did not.",
            vec!["He said \"Stop!\" and left.", "I did not."],
        ),
        ("\"Stop.\" He left.", vec!["\"Stop.\"", "He left."]),
        (
            "Mr. Brown met Dr. Green. They talked.",
            vec!["Mr. Brown met Dr. Green.", "They talked."],
        ),
        (
            "It is 3.14 or 2.71. Yes.",
            vec!["It is 3.14 or 2.71.", "Yes."],
        ),
        (
            "Wait... what? Well... Now.",
            vec!["Wait... what?", "Well...", "Now."],
        ),
        (
            "Cats, dogs, etc. Foxes, etc. The end.",
            vec!["Cats, dogs, etc.", "Foxes, etc.", "The end."],
        ),
        ("See No. 5. No. Never.", vec!["See No. 5.", "No.", "Never."]),
        (
            "The U.S. Army came. In the U.S. They stay.",
            vec!["The U.S. Army came.", "In the U.S.", "They stay."],
        ),
        (
            "J. R. R. Tolkien wrote. We read.",
            vec!["J. R. R. Tolkien wrote.", "We read."],
        ),
        (
            "A title\n\nA text\nthat goes on.",
            vec!["A title", "A text\nthat goes on."],
        ),
        (
            "Buy:\n- milk\n- eggs\n1. Go\n2. Come",
            vec!["Buy:", "- milk", "- eggs", "1. Go", "2. Come"],
        ),
        ("Say [[HH AY1]]. Now.", vec!["Say [[HH AY1]].", "Now."]),
        (
            "At 5 p.m. Tom left. He ran.",
            vec!["At 5 p.m. Tom left.", "He ran."],
        ),
        (
            "See example.com. Then go.",
            vec!["See example.com.", "Then go."],
        ),
        ("*** One. --- Two.", vec!["*** One.", "--- Two."]),
    ] {
        assert_eq!(sources(text), expected, "{text}");
    }
}

#[test]
fn inline_phones_are_spoken_as_given() {
    let sentences = speak("Say [[T AH0 M AA1 T OW2]], please.").unwrap();
    assert_eq!(
        sentences[0].normalised,
        "say [[T AH0 M AA1 T OW2]], please."
    );
    let symbols = sentences[0]
        .symbols
        .iter()
        .map(|symbol| symbol.name())
        .collect::<Vec<_>>();
    assert_eq!(symbols.join("|"), "S|EY1| |T|AH0|M|AA1|T|OW2|,|P|L|IY1|Z|.");
    assert_eq!(speak("[[B IY1]]").unwrap().len(), 1);
}

#[test]
fn brackets_without_a_command_are_text() {
    let said = |text: &str| speak(text).unwrap()[0].normalised.clone();
    assert_eq!(
        said("Use [[Daily Note]] for this."),
        "use daily note for this."
    );
    assert_eq!(said("Two [[HH XX]]."), "two H H X X.");
    assert_eq!(said("Say [[HH AY1."), "say, H H A Y one.");
}

#[test]
fn phones_that_no_sentence_can_hold_are_refused() {
    let endless = format!("One. [[{}]] Two.", "AH0 ".repeat(MAX_SYMBOLS));
    let outcomes = FRONT_END.sentences(&endless).collect::<Vec<_>>();
    assert_eq!(outcomes.len(), 2);
    assert!(outcomes[0].is_ok());
    assert_eq!(
        outcomes[1],
        Err(TextError::TooManyPhones { limit: MAX_SYMBOLS })
    );
}

#[test]
fn pauses_and_rates_are_kept() {
    let sentences = speak("One [[pause 2s]] two. [[rate 0.5]] Three.\n\nFour.").unwrap();
    let found = sentences
        .iter()
        .map(|sentence| (sentence.normalised.as_str(), sentence.gap, sentence.rate))
        .collect::<Vec<_>>();
    let silence = Gap::Silence(Duration::from_secs(2));
    assert_eq!(
        found,
        [
            ("one,", Gap::Sentence, 1.0),
            ("two.", silence, 1.0),
            ("three.", Gap::Sentence, 0.5),
            ("four.", Gap::Paragraph, 0.5),
        ]
    );
}

#[test]
fn origins_are_told() {
    let lexicon = UserLexicon::parse("sql S IY1 K W AH0 L", "").unwrap();
    let mut front_end = FrontEnd::new().unwrap();
    front_end.set_lexicon(lexicon);
    let sentence = front_end
        .sentences("Read the SQL [[B IY1]] blickling armoured TV.")
        .next()
        .unwrap()
        .unwrap();
    let origins = sentence.words.iter();
    let origins = origins.map(|word| (word.text.as_str(), word.origin.clone()));
    assert_eq!(
        origins.collect::<Vec<_>>(),
        [
            ("read", Origin::Homograph("present")),
            ("the", Origin::Dictionary),
            ("sql", Origin::User),
            ("[[B IY1]]", Origin::Text),
            ("blickling", Origin::Letters),
            ("armoured", Origin::Derivation),
            ("T", Origin::Spelt),
            ("V", Origin::Spelt),
        ]
    );
}

#[test]
fn nothing_to_say() {
    for text in [
        "", "   \n\n ", "***", "... !?", "😀", "[[ ]]", "\"'\"", "\u{200b}",
    ] {
        assert_eq!(speak(text), Err(TextError::NothingToSay), "{text:?}");
    }
    assert_eq!(sources("*** \n\n Hello. ***"), ["Hello."]);
}

/// Every sentence keeps the promises of [`Sentence`].
fn is_well_formed(sentence: &Sentence) -> bool {
    let symbols = &sentence.symbols;
    let ends_well = matches!(symbols.last(), Some(Symbol::Pause(_)));
    let starts_well = matches!(symbols.first(), Some(Symbol::Phone(_)));
    let separated = symbols
        .windows(2)
        .all(|pair| pair.iter().any(|s| matches!(s, Symbol::Phone(_))));
    ends_well && starts_well && separated && symbols.len() <= MAX_SYMBOLS
}

#[test]
fn overlong_sentences_are_cut_at_commas_else_between_words() {
    let clause = "it was the best of times for all of the people in the town";
    let text = [clause; 12].join(", ");
    let parts = speak(&text).unwrap();
    assert!(parts.len() > 2 && parts.iter().all(is_well_formed));
    let (last, others) = parts.split_last().unwrap();
    let comma = Some(&Symbol::Pause(Pause::Comma));
    assert!(others.iter().all(|part| part.symbols.last() == comma));
    assert_eq!(last.symbols.last(), Some(&Symbol::Pause(Pause::Period)));
    assert!(parts[1..].iter().all(|part| part.gap == Gap::Phrase));
    assert!(others.iter().all(|part| part.source.ends_with(',')));
    assert!(!last.source.ends_with(','));
    let joined = parts
        .iter()
        .map(|part| part.source.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    assert_eq!(joined, text);

    let text = [clause; 12].join(" ");
    let parts = speak(&text).unwrap();
    assert!(parts.iter().all(is_well_formed));
    let joined = parts
        .iter()
        .map(|part| part.source.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    assert_eq!(joined, text);
}

#[test]
fn endless_words_are_cut() {
    for word in [
        "a".repeat(5000),
        "7".repeat(3000),
        "é".repeat(3000),
        "🙂a".repeat(2000),
    ] {
        assert!(speak(&word).unwrap().iter().all(is_well_formed));
    }
}

#[test]
fn one_long_number_is_read_as_one() {
    let text = "124,444,234,854,823,834,553";
    let parts = speak(text).unwrap();
    assert!(parts.len() > 1 && parts.iter().all(is_well_formed));
    let said = parts
        .iter()
        .map(|part| part.normalised.trim_end_matches([',', '.']));
    let said = said.collect::<Vec<_>>().join(" ");
    assert!(
        said.starts_with("one hundred and twenty four quintillion"),
        "{said}"
    );
    assert!(said.ends_with("five hundred and fifty three"), "{said}");
    let sources = parts.iter().map(|part| part.source.as_str());
    assert_eq!(sources.collect::<String>(), text);
    assert_eq!(parts[0].gap, Gap::Sentence);
    assert!(parts[1..].iter().all(|part| part.gap == Gap::Phrase));
}

#[test]
fn ten_thousand_words_are_read_lazily() {
    let text = "The quick brown fox jumps over the lazy dog, as it did in 1984. ".repeat(770);
    assert!(text.split(' ').count() > 10_000);
    let mut sentences = FRONT_END.sentences(&text);
    assert!(is_well_formed(&sentences.next().unwrap().unwrap()));
    assert_eq!(sentences.by_ref().take(9).filter(Result::is_ok).count(), 9);
    // An error far behind is not met before its turn, so nothing is read ahead.
    let broken = format!("{text} [[{}]]", "AH0 ".repeat(MAX_SYMBOLS));
    assert!(
        FRONT_END
            .sentences(&broken)
            .take(770)
            .all(|sentence| sentence.is_ok())
    );
    assert!(FRONT_END.sentences(&broken).last().unwrap().is_err());
}

/// Texts of one thing over and over, for which something might be searched for again and again.
#[test]
fn what_repeats_itself_is_cut_into_bounded_sentences() {
    for unit in [
        "a",
        "7",
        "'",
        "A.B.C.",
        "a@b.",
        "-",
        "\n",
        "[",
        "[[",
        "(",
        "\u{301}",
        "x ",
        "1,",
        "<",
        "<a ",
        "&",
        "http://a.",
        ". ",
        "a. ",
        "é",
        "/a",
        "Mr. ",
        "a\n",
        "|",
        "*",
        "1-",
        "$1",
        ":",
        "\"",
        "#a",
        "$1$",
        "1/2 ",
        "1,000",
        "@a",
        "read ",
        "IV ",
        "WX",
        "北",
        "🙂",
    ] {
        let text = unit.repeat(16_000 / unit.len());
        for sentence in FRONT_END.sentences(&text).flatten() {
            assert!(sentence.symbols.len() <= MAX_SYMBOLS, "{unit:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_spoken_or_refused(text in "(?s).{0,200}") {
        match speak(&text) {
            Ok(sentences) => prop_assert!(sentences.iter().all(is_well_formed)),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn any_text_can_be_ssml_or_a_lexicon(text in "(?s).{0,100}", inside in "[<>/a-z =\"&;]{0,60}") {
        for ssml in [text.clone(), format!("<speak>{inside}</speak>")] {
            if let Ok(plain) = crate::text::ssml::to_text(&ssml) {
                prop_assert!(speak(&plain).is_ok_and(|said| said.iter().all(is_well_formed)) || speak(&plain).is_err());
            }
        }
        if let Err(error) = UserLexicon::parse(&text, "a") {
            prop_assert!(error.to_string().starts_with("a, line "));
        }
    }

    #[test]
    fn any_plain_signs_are_spoken_or_refused(
        text in r#"([a-zA-Z]{1,6}|[0-9]{1,5}|[-.,:;/$%&'"()#@+=*~<>° \n]|\[\[|\]\]){0,40}"#,
    ) {
        match speak(&text) {
            Ok(sentences) => prop_assert!(sentences.iter().all(is_well_formed)),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn what_is_normalised_stays(text in r"([a-z]{7,9}|[0-9]{1,5}| |, ){1,20}") {
        if let Ok(sentences) = speak(&text) {
            // Parts of a longer one end with a comma, which alone means a full stop.
            for sentence in sentences.iter().filter(|_| sentences.len() == 1) {
                let again = speak(&sentence.normalised).unwrap();
                prop_assert_eq!(&again[0].normalised, &sentence.normalised);
                prop_assert_eq!(&again[0].symbols, &sentence.symbols);
            }
        }
    }

    #[test]
    fn texts_one_after_the_other(first in "[A-Z][a-z ]{1,30}[!?]", second in "[A-Z][a-z ]{1,30}[.!?]") {
        let apart = [speak(&first).unwrap(), speak(&second).unwrap()].concat();
        prop_assert_eq!(speak(&format!("{first} {second}")).unwrap(), apart);
    }
}
