//! Where sentences end, kind by kind.

use super::*;

fn check(table: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (text, expected) in table {
        let found = Sentences::new(text).map(|(sentence, _)| sentence);
        let found = found.collect::<Vec<_>>();
        if found != *expected {
            wrong.push(format!("{found:?}\n  rather than {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn abbreviations() {
    check(&[
        ("We saw Mt. Rainier today.", &["We saw Mt. Rainier today."]),
        ("Ask J. P. Morgan.", &["Ask J. P. Morgan."]),
        ("See p. 12 for more.", &["See p. 12 for more."]),
        ("Built c. 1850 by monks.", &["Built c. 1850 by monks."]),
        ("It is no. 2 of vol. 3.", &["It is no. 2 of vol. 3."]),
        (
            "I live at 42 Main St. She lives far away.",
            &["I live at 42 Main St.", "She lives far away."],
        ),
        (
            "St. John's is on 5th St. in town.",
            &["St. John's is on 5th St. in town."],
        ),
        (
            "They work for Acme Inc. They like it.",
            &["They work for Acme Inc.", "They like it."],
        ),
        ("MR. SMITH LEFT. HE RAN.", &["MR. SMITH LEFT.", "HE RAN."]),
        ("mr. Darcy bowed.", &["mr. Darcy bowed."]),
        ("See part no. XK-31 here.", &["See part no. XK-31 here."]),
        ("It starts feb. 3 at ten.", &["It starts feb. 3 at ten."]),
        (
            "He hurt his mar. It healed.",
            &["He hurt his mar.", "It healed."],
        ),
        (
            "He is from Salem, Mass. Nobody knew.",
            &["He is from Salem, Mass.", "Nobody knew."],
        ),
        (
            "We met at 9 a.m. on Monday. It rained.",
            &["We met at 9 a.m. on Monday.", "It rained."],
        ),
        (
            "The meeting ended at 6 p.m. Mrs. Hill went home.",
            &["The meeting ended at 6 p.m.", "Mrs. Hill went home."],
        ),
        ("At 6 p.m. Mrs. Hill left.", &["At 6 p.m. Mrs. Hill left."]),
        (
            "It was just you and I. Now go.",
            &["It was just you and I.", "Now go."],
        ),
        (
            "She met Carl I. Berg there.",
            &["She met Carl I. Berg there."],
        ),
        (
            "The room is N°. 12.4. Go in.",
            &["The room is N°. 12.4.", "Go in."],
        ),
    ]);
}

#[test]
fn marks_without_a_sentence_end() {
    check(&[
        ("\"Go!\" she said.", &["\"Go!\" she said."]),
        ("Here 3! = 6. Yes.", &["Here 3! = 6.", "Yes."]),
        (
            "He works at Jeopardy! in the office.",
            &["He works at Jeopardy! in the office."],
        ),
        (
            "He left (It was late.) at last.",
            &["He left (It was late.) at last."],
        ),
        (
            "Well . . . I did not know.",
            &["Well . . . I did not know."],
        ),
        (
            "This is all . . . . Next one.",
            &["This is all . . . .", "Next one."],
        ),
        ("I meant it.... He left.", &["I meant it....", "He left."]),
        (
            "“He [...] used it [...]” (Brown 5).",
            &["“He [...] used it [...]” (Brown 5)."],
        ),
        (
            "What?! Are you sure? Yes!!",
            &["What?!", "Are you sure?", "Yes!!"],
        ),
        (
            "That was the end. . . . The rest is known.",
            &["That was the end.", ". . . The rest is known."],
        ),
    ]);
}

#[test]
fn stops_without_a_space() {
    check(&[
        ("It ended.Then it began.", &["It ended.", "Then it began."]),
        (
            "It cost 1,000.That is a lot.",
            &["It cost 1,000.", "That is a lot."],
        ),
        (
            "See the Readme.Md of Node.Js now.",
            &["See the Readme.Md of Node.Js now."],
        ),
        (
            "Mail jo.Brown@example.com now.",
            &["Mail jo.Brown@example.com now."],
        ),
    ]);
}

#[test]
fn lists_and_lines() {
    check(&[
        (
            "1.) One thing 2.) Another thing",
            &["1.) One thing", "2.) Another thing"],
        ),
        (
            "1) One thing. 2) Another.",
            &["1) One thing.", "2) Another."],
        ),
        ("1. One thing 2. Another", &["1. One thing", "2. Another"]),
        ("• 9. One • 10. Two", &["• 9. One", "• 10. Two"]),
        ("⁃9. One ⁃10. Two", &["⁃9. One", "⁃10. Two"]),
        (
            "a. One thing b. Two things c. Three",
            &["a. One thing", "b. Two things", "c. Three"],
        ),
        (
            "apples\nred pears\nplums\n",
            &["apples", "red pears", "plums"],
        ),
        (
            "This line was cut\nin the middle by a program.",
            &["This line was cut\nin the middle by a program."],
        ),
        (
            "It was a cold \nnight here.",
            &["It was a cold \nnight here."],
        ),
        (
            "A Heading\nThis is the text of the first section, which goes on.",
            &[
                "A Heading",
                "This is the text of the first section, which goes on.",
            ],
        ),
        ("# Title\nText.", &["# Title", "Text."]),
        ("One.\r\n\r\nTwo.", &["One.", "Two."]),
    ]);
}

#[test]
fn paragraphs_are_known() {
    let ends = Sentences::new("One. Two.\n\nThree.").map(|(_, end)| end);
    assert_eq!(
        ends.collect::<Vec<_>>(),
        [End::Sentence, End::Paragraph, End::Sentence]
    );
    let long = "word ".repeat(500);
    assert_eq!(Sentences::new(&long).next().unwrap().1, End::Cut);
}
