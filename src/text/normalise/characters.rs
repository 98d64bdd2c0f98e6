//! From Unicode to ASCII and the few signs that later rules read.

use deunicode::deunicode_char;

/// Signs outside ASCII that later rules know.
const KEPT: &str = "$€£¥₹₩₽¢§°‰×÷±≈≠≤≥√∞²³µ⊂⊆∈∪∩⋈";

/// Letters that stand alone in formulas, with their names.
const GREEK: [(char, &str); 24] = [
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('ε', "epsilon"),
    ('ζ', "zeta"),
    ('η', "eta"),
    ('θ', "theta"),
    ('ι', "iota"),
    ('κ', "kappa"),
    ('λ', "lambda"),
    ('μ', "mu"),
    ('ν', "nu"),
    ('ξ', "xi"),
    ('ο', "omicron"),
    ('π', "pi"),
    ('ρ', "rho"),
    ('σ', "sigma"),
    ('τ', "tau"),
    ('υ', "upsilon"),
    ('φ', "phi"),
    ('χ', "chi"),
    ('ψ', "psi"),
    ('ω', "omega"),
];

/// Words that are other words without their accents; the dictionary of preferred pronunciations
/// has them.
pub(super) const ACCENTED_WORDS: [&str; 8] = [
    "exposé",
    "lamé",
    "maté",
    "pâté",
    "résumé",
    "résumés",
    "rosé",
    "saké",
];
/// Stands behind a word of [`ACCENTED_WORDS`] in plain text.
pub(super) const ACCENTED: char = '\u{301}';

/// A word without its accents.
pub(super) fn plain(word: &str) -> String {
    word.replace('é', "e").replace('â', "a")
}

/// Marks the words of [`ACCENTED_WORDS`] in text.
fn mark_accents(text: &str) -> Option<String> {
    let has = |text: &str, c: char| text.contains(c);
    if !(has(text, 'é') || has(text, 'É') || has(text, '\u{301}')) {
        return None;
    }
    let text = text.replace("e\u{301}", "é").replace("a\u{302}", "â");
    let mut marked = String::with_capacity(text.len() + 8);
    for run in text.split_inclusive(|c: char| !c.is_alphabetic()) {
        let word = run.trim_end_matches(|c: char| !c.is_alphabetic());
        marked.push_str(word);
        if ACCENTED_WORDS.contains(&word.to_lowercase().as_str()) {
            marked.push(MARK);
        }
        marked.push_str(&run[word.len()..]);
    }
    Some(marked)
}

/// Stands behind accented words until accents have gone; no text has it.
const MARK: char = '\u{f8ff}';

/// Rewrites text in ASCII and the signs in [`KEPT`]: other letters and digits are transliterated,
/// typographic punctuation becomes plain, and everything else, such as emoji, becomes a space.
pub(super) fn to_plain(text: &str) -> String {
    let marked = mark_accents(text);
    let text = marked.as_deref().unwrap_or(text);
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut previous = ' ';
    while let Some(c) = chars.next() {
        let alone = |other: Option<&char>| !other.is_some_and(|c| c.is_alphabetic());
        let greek = GREEK
            .iter()
            .find(|(letter, _)| c.to_lowercase().eq([*letter]));
        match (greek, c) {
            // Behind a number it is a unit.
            (_, 'Ω' | '\u{2126}') if is_number(&plain) => plain.push_str(" ohms"),
            (Some((_, name)), _) if alone(Some(&previous)) && alone(chars.peek()) => {
                plain.push(' ');
                plain.push_str(name);
                plain.push(' ');
            }
            // Between figures an en dash makes a range, elsewhere a pause.
            (None, '–') if previous.is_numeric() => {
                let range = chars
                    .peek()
                    .is_some_and(|c| c.is_numeric() || "$€£".contains(*c));
                plain.push_str(if range { "-" } else { " - " });
            }
            _ => push_plain(c, &mut plain),
        }
        previous = c;
    }
    plain
}

/// Whether a text ends with a number, which may have a "k" or "M" behind it.
fn is_number(plain: &str) -> bool {
    let plain = plain.trim_end().trim_end_matches(['k', 'M']);
    plain.ends_with(|c: char| c.is_ascii_digit())
}

fn push_plain(c: char, plain: &mut String) {
    match c {
        c if c.is_ascii_graphic() || KEPT.contains(c) => plain.push(c),
        '‘' | '’' | 'ʼ' | '´' | '′' => plain.push('\''),
        '“' | '”' | '„' | '«' | '»' | '″' => plain.push('"'),
        '…' => plain.push_str("..."),
        '‐' | '‑' | '‒' | '−' => plain.push('-'),
        '–' | '—' | '―' => plain.push_str(" - "),
        '。' | '．' | '।' => plain.push_str(". "),
        '！' => plain.push_str("! "),
        '？' | '؟' => plain.push_str("? "),
        '，' | '、' | '；' | '：' | '،' => plain.push_str(", "),
        '¿' | '¡' => plain.push(' '),
        '½' => plain.push_str(" 1/2"),
        '⅓' => plain.push_str(" 1/3"),
        '⅔' => plain.push_str(" 2/3"),
        '¼' => plain.push_str(" 1/4"),
        '¾' => plain.push_str(" 3/4"),
        'μ' => plain.push('µ'),
        '№' => plain.push_str("No. "),
        '™' | '®' | '©' => plain.push(' '),
        '⁄' | '∕' => plain.push('/'),
        '％' => plain.push('%'),
        '＆' => plain.push('&'),
        '≦' => plain.push('≤'),
        '≧' => plain.push('≥'),
        '∗' | '∙' | '⋅' | '·' => plain.push('*'),
        'º' => plain.push('°'),
        '→' | '⇒' => plain.push_str(", "),
        '℃' => plain.push_str("°C"),
        '℉' => plain.push_str("°F"),
        MARK => plain.push(ACCENTED),
        // Marks that change or join their neighbours: accents, joiners, soft hyphens.
        '\u{300}'..='\u{36f}'
        | '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2060}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}' => {}
        c if c.is_alphanumeric() => match deunicode_char(c) {
            // A syllable of a script without spaces is a word: "北" is "Bei ".
            Some(latin) => plain.push_str(latin),
            None => plain.push(' '),
        },
        _ => plain.push(' '),
    }
}

#[cfg(test)]
mod tests {
    use super::to_plain;

    #[test]
    fn plain_text() {
        for (written, plain) in [
            ("naïve café", "naive cafe"),
            ("nai\u{308}ve", "naive"),
            ("Größe, Ærø", "Grosse, AEro"),
            ("“It’s”", "\"It's\""),
            ("so…", "so..."),
            ("word—word – word", "word - word  -  word"),
            ("10–20", "10-20"),
            ("2½", "2 1/2"),
            ("Москва", "Moskva"),
            ("the angle α", "the angle  alpha "),
            ("５km", "5km"),
            ("a\u{ad}b", "ab"),
        ] {
            assert_eq!(to_plain(written), plain);
        }
        assert_eq!(to_plain("ok 😀👍🏽!").replace(' ', ""), "ok!");
    }
}
