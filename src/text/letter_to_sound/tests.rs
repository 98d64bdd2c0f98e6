//! Error rate on words that the model never saw, and behaviour on odd words.

use std::collections::BTreeMap;

use super::*;
use crate::text::arpabet::parse_phones;
use crate::text::lexicon::DICTIONARY;

/// Levenshtein distance.
fn distance<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let mut row = (0..=b.len()).collect::<Vec<_>>();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

/// Held-out words with all their pronunciations.
fn held_out_words() -> BTreeMap<&'static str, Vec<Vec<Phone>>> {
    let mut words = BTreeMap::<_, Vec<_>>::new();
    for line in DICTIONARY.lines() {
        let (label, phones) = line
            .split_once(' ')
            .expect("the dictionary has phones in each line");
        let word = label.split('(').next().unwrap_or(label);
        let spelt = word
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'\'');
        if spelt && is_held_out(word) {
            let phones = phones.split('#').next().unwrap_or(phones);
            words
                .entry(word)
                .or_default()
                .push(parse_phones(phones).expect("known phones"));
        }
    }
    words
}

/// The promise of the module: at most 15 % of the phones are wrong, stress included.
#[test]
fn error_rate_on_held_out_words() {
    let model = LetterToSound::new().unwrap();
    let words = held_out_words();
    let (mut errors, mut base_errors, mut phones, mut wrong_words) = (0, 0, 0, 0);
    let mut first_errors = 0;
    let mut first_phones = 0;
    for (word, pronunciations) in &words {
        let guess = model.pronounce(word);
        let base = |phones: &[Phone]| phones.iter().map(|phone| phone.base()).collect::<Vec<_>>();
        let closest = pronunciations
            .iter()
            .min_by_key(|reference| distance(&guess, reference))
            .expect("each word has a pronunciation");
        errors += distance(&guess, closest);
        base_errors += distance(&base(&guess), &base(closest));
        phones += closest.len();
        wrong_words += usize::from(guess != *closest);
        first_errors += distance(&guess, &pronunciations[0]);
        first_phones += pronunciations[0].len();
    }
    let percent = |errors: usize, total: usize| 100.0 * errors as f64 / total as f64;
    println!(
        "letter to sound on {} held-out words: phone error rate {:.2} % ({:.2} % without stress, \
         {:.2} % against first pronunciations), word error rate {:.1} %",
        words.len(),
        percent(errors, phones),
        percent(base_errors, phones),
        percent(first_errors, first_phones),
        percent(wrong_words, words.len()),
    );
    assert!(
        words.len() > 6000,
        "a twentieth of the dictionary is held out"
    );
    assert!(percent(first_errors, first_phones) <= 15.0);
}

#[test]
fn plain_words_sound_right() {
    let model = LetterToSound::new().unwrap();
    for (word, phones) in [
        ("blick", "B L IH1 K"),
        ("Zapping", "Z AE1 P IH0 NG"),
        ("tobber", "T AA1 B ER0"),
        ("shring", "SH R IH1 NG"),
    ] {
        assert_eq!(
            model.pronounce(word),
            parse_phones(phones).unwrap(),
            "{word}"
        );
    }
}

#[test]
fn any_letters_speak_and_other_signs_are_passed_over() {
    let model = LetterToSound::new().unwrap();
    for letter in 'a'..='z' {
        assert!(!model.pronounce(&letter.to_string()).is_empty(), "{letter}");
        assert!(
            !model.pronounce(&letter.to_string().repeat(300)).is_empty(),
            "{letter}"
        );
    }
    assert_eq!(model.pronounce("bl4i-ck"), model.pronounce("blick"));
    assert_eq!(model.pronounce("42 %"), vec![]);
}

#[test]
fn damaged_models_are_refused() {
    assert!(Model::parse(MODEL).is_ok());
    for length in [0, 7, 9, 100, 5000, MODEL.len() / 2, MODEL.len() - 1] {
        assert!(Model::parse(&MODEL[..length]).is_err(), "{length}");
    }
    let mut longer = MODEL.to_vec();
    longer.push(0);
    assert!(Model::parse(&longer).is_err());
}
