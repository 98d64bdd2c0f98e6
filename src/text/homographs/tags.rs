//! A coarse word class from the word alone: closed classes by list, open ones by ending.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Lists of the closed classes. The first that holds a word gives its tag.
const CLOSED: &[(&str, &str)] = &[
    ("to", " to "),
    ("det", " a an the "),
    ("this", " this that these those "),
    (
        "quant",
        " some any each every no another many much several few all both either neither other such \
         more most less own same enough ",
    ),
    (
        "poss",
        " my your his her its our their whose one's everyone's people's ",
    ),
    (
        "subj",
        " I i you he she it we they who there everyone everybody someone somebody anyone anybody nobody ",
    ),
    (
        "obj",
        " me him us them himself herself itself themselves myself yourself ourselves ",
    ),
    ("which", " which what whatever whichever "),
    (
        "modal",
        " will would can could shall should may might must cannot can't won't wouldn't couldn't \
         shouldn't i'll you'll he'll she'll it'll we'll they'll i'd you'd he'd she'd we'd they'd \
         needn't mustn't that'll ",
    ),
    ("do", " do does did don't doesn't didn't "),
    (
        "be",
        " be is are was were been being am isn't aren't wasn't weren't i'm you're he's she's it's \
         we're they're that's there's ",
    ),
    (
        "have",
        " have has had having haven't hasn't hadn't i've you've we've they've ",
    ),
    (
        "let",
        " let lets let's please help helps helped make makes made making ",
    ),
    ("neg", " not never "),
    (
        "adv",
        " always often also then now just only even still already ever sometimes usually rarely \
         seldom again soon later thus therefore however instead together here very too so quite \
         rather well first once perhaps maybe further far ",
    ),
    ("of", " of "),
    (
        "prep",
        " in on at by for from with into onto upon about over under between among through during \
         after before against within without toward towards across along around behind beyond near \
         above below off out up down per via despite since until like as than ",
    ),
    ("and", " and or nor plus but yet "),
    (
        "sub",
        " if when while because although though whether where why how unless whereas ",
    ),
    (
        "num",
        " zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen \
         fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty \
         ninety hundred thousand million billion oh ",
    ),
];

/// Endings of open classes, longest first within a class.
const ENDINGS: &[(&str, &[&str])] = &[
    ("ly", &["ly"]),
    ("ing", &["ing"]),
    ("ed", &["ed"]),
    (
        "noun",
        &[
            "tion", "sion", "ment", "ness", "ity", "ance", "ence", "ship", "ism", "ist", "age",
            "ure", "dom", "hood",
        ],
    ),
    (
        "adj",
        &[
            "ous", "ful", "less", "able", "ible", "ical", "ial", "ive", "ish", "ary", "ant", "ent",
            "ic", "al", "est",
        ],
    ),
    ("s'", &["'s", "s'"]),
    ("er", &["er", "or"]),
    ("s", &["s"]),
];

/// The tag of a word in lower case; `capital` if it was written with one.
pub(super) fn tag(word: &str, capital: bool, first: bool) -> &'static str {
    if let Some(tag) = TAGS.get(word) {
        return tag;
    }
    if capital && !first {
        return if word.ends_with("'s") {
            "name's"
        } else {
            "name"
        };
    }
    let ending = ENDINGS.iter().find(|(_, endings)| {
        endings
            .iter()
            .any(|ending| word.len() > ending.len() + 2 && word.ends_with(ending))
    });
    ending.map_or("open", |(tag, _)| tag)
}

/// The words of the closed classes with their tags.
static TAGS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let mut tags = HashMap::new();
    for (tag, list) in CLOSED {
        for word in list.split_whitespace() {
            tags.entry(word).or_insert(*tag);
        }
    }
    tags
});

/// Whether a tag belongs to a closed class, whose words say nothing about a topic.
pub(super) fn is_closed(tag: &str) -> bool {
    CLOSED.iter().any(|(closed, _)| *closed == tag)
}
