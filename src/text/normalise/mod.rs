//! From written to spoken text: numbers, dates, money, units, abbreviations, addresses, acronyms
//! and signs become the words that a person would read.
//!
//! Text becomes plain first ([`characters`]), then tables of [`rule`]s rewrite it one after the
//! other. A rule sees what the rules before it left, so the order below is part of the meaning:
//! special forms before general ones, everything with figures before bare numbers.

mod abbreviations;
mod case;
mod characters;
mod codes;
mod dates;
mod markup;
mod mathematics;
mod measures;
mod money;
mod numbers;
mod places;
mod ranges;
mod roman;
mod rule;
mod say_as;
mod signs;
mod telephone;
mod times;
mod web;
mod words;

pub(super) use self::abbreviations::{Kind, is_number, kind, needs_number};
use self::rule::CompiledRule;
pub(super) use self::say_as::say_as;
use super::lexicon::Lexicon;
use super::spoken::Spoken;

/// Rewrites written text as words and pauses.
#[derive(Debug)]
pub(super) struct Normaliser {
    rules: Vec<CompiledRule>,
}

impl Normaliser {
    /// Prepares all rules.
    pub(super) fn new() -> Self {
        let tables = [
            markup::RULES,
            web::ADDRESSES,
            codes::RULES,
            web::RULES,
            places::RULES,
            dates::RULES,
            telephone::RULES,
            ranges::RULES,
            signs::BEFORE_NUMBERS,
            times::RULES,
            mathematics::RULES,
            money::RULES,
            measures::RULES,
            abbreviations::RULES,
            numbers::RULES,
            roman::RULES,
            signs::RULES,
        ];
        Self {
            rules: tables
                .iter()
                .copied()
                .flatten()
                .map(CompiledRule::new)
                .collect(),
        }
    }

    /// The words and pauses of a piece of text, as many and in such order as they are written.
    pub(super) fn speak(&self, text: &str, lexicon: &Lexicon) -> Vec<Spoken> {
        let raised = mathematics::superscripts(text);
        let plain = characters::to_plain(raised.as_deref().unwrap_or(text));
        let plain = case::calm(plain, lexicon);
        let rewritten = self.rules.iter().fold(plain, |text, rule| rule.apply(text));
        words::collect(&rewritten, lexicon)
    }
}

#[cfg(test)]
mod tests;
