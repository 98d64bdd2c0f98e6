//! Rewriting rules: a pattern, and what a person would say where it matches.

use regex::{Captures, Regex};

/// A number as people write it, with commas between thousands or none.
const NUMBER: &str = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?";
/// A month or its abbreviation.
const MONTH: &str = "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|\
                     Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)";

/// One rewriting rule.
pub(super) struct Rule {
    /// A regular expression in which `<n>` stands for a number and `<month>` for a month.
    pub(super) pattern: &'static str,
    /// The words for a match, or nothing if the rule does not apply after all.
    pub(super) speak: fn(&Match<'_>) -> Option<String>,
}

/// A match of a rule and the text around it.
pub(super) struct Match<'a> {
    captures: &'a Captures<'a>,
    /// The text before the match.
    pub(super) before: &'a str,
    /// The text after the match.
    pub(super) after: &'a str,
}

impl Match<'_> {
    /// The text of a group of the pattern; empty if the group took no part. Group 0 is all.
    pub(super) fn group(&self, index: usize) -> &str {
        self.captures.get(index).map_or("", |group| group.as_str())
    }

    /// Groups 1 and 2 with `between` in the middle.
    pub(super) fn around(&self, between: &str) -> String {
        format!("{}{between}{}", self.group(1), self.group(2))
    }

    /// The last word before the match, in lower case; empty at the start of the text.
    pub(super) fn word_before(&self) -> String {
        let word = self.before.trim_end().rsplit(' ').next();
        word.unwrap_or_default().to_ascii_lowercase()
    }

    /// Whether the text goes on with a space and a word in upper case.
    pub(super) fn before_capital(&self) -> bool {
        let next = self
            .after
            .strip_prefix(' ')
            .and_then(|rest| rest.chars().next());
        next.is_some_and(|c| c.is_ascii_uppercase())
    }
}

/// A rule ready for use.
#[derive(Debug)]
pub(super) struct CompiledRule {
    pattern: Regex,
    speak: fn(&Match<'_>) -> Option<String>,
}

impl CompiledRule {
    pub(super) fn new(rule: &Rule) -> Self {
        let pattern = rule
            .pattern
            .replace("<n>", NUMBER)
            .replace("<month>", MONTH)
            // The text is ASCII and a few signs: classes of Unicode would only cost time.
            .replace(r"\d", "[0-9]")
            .replace(r"\w", "[0-9A-Za-z_]")
            .replace(r"\b", r"(?-u:\b)")
            .replace(r"\s", r"[\t\n\x0b\x0c\r ]");
        let pattern = Regex::new(&pattern).expect("the patterns of rules are constants");
        Self {
            pattern,
            speak: rule.speak,
        }
    }

    /// Rewrites every match from left to right.
    pub(super) fn apply(&self, text: String) -> String {
        if !self.pattern.is_match(&text) {
            return text;
        }
        let rewritten = self.pattern.replace_all(&text, |captures: &Captures<'_>| {
            let all = captures.get(0).expect("group 0 is the match itself");
            let (before, after) = (&text[..all.start()], &text[all.end()..]);
            let spoken = (self.speak)(&Match {
                captures,
                before,
                after,
            });
            spoken.unwrap_or_else(|| all.as_str().to_owned())
        });
        rewritten.into_owned()
    }
}
