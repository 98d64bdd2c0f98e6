//! The n-gram model in its file format, a trie.
//!
//! All numbers are little endian:
//! - the magic `G2PNGRAM`;
//! - `u16` graphone count, then 4 bytes for each: letter, number of phones (0 to 2), the phones'
//!   indices (0 where there is none). Tokens 0 and 1 are the start and the end of a word, token
//!   2 + i is graphone i;
//! - `u8` order, then for each order from 1: `u32` node count n, and arrays over the nodes:
//!   `u16` token, `u8` cost, and except for the highest order `i8` back-off cost and (n + 1)
//!   times `u32` index of the first child in the next order.
//!
//! A node is a sequence of tokens; its children are the sequences with one more token, sorted by
//! it. Order 1 holds every token at its own index. Costs are -ln(probability) in steps of
//! a sixteenth. With every sequence its suffixes are there too.

use crate::text::arpabet::Phone;

/// Start of the file.
const MAGIC: &[u8; 8] = b"G2PNGRAM";
/// Orders above this are refused: a context has a fixed size.
const MAX_ORDER: usize = 9;
/// Token for the start of a word.
const START: u16 = 0;
/// Token for the end of a word.
const END: u16 = 1;
/// Token of the first graphone.
const FIRST_GRAPHONE: u16 = 2;

/// A letter and the phones it stands for.
#[derive(Debug)]
struct Graphone {
    letter: u8,
    phones: Vec<Phone>,
}

/// All sequences of one length.
#[derive(Debug)]
struct Level {
    tokens: Vec<u16>,
    costs: Vec<u8>,
    /// Empty in the highest order.
    back_offs: Vec<i8>,
    /// One more than nodes; empty in the highest order.
    first_children: Vec<u32>,
}

/// A back-off n-gram model over graphones.
#[derive(Debug)]
pub(super) struct Model {
    graphones: Vec<Graphone>,
    levels: Vec<Level>,
    /// Tokens of the graphones of each byte value.
    by_letter: Vec<Vec<u16>>,
}

/// What the model remembers of the tokens so far: for each length from 1 the node of the last
/// tokens of that length, up to the longest that the model knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Context {
    nodes: [u32; MAX_ORDER - 1],
    length: u8,
}

impl Model {
    /// Reads and checks a model file; the error says what is wrong.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let mut reader = Reader(bytes);
        if reader.take(MAGIC.len())? != MAGIC {
            return Err("not a letter-to-sound model");
        }
        let count = u16::from_le_bytes(reader.array()?);
        let graphones = (0..count)
            .map(|_| Graphone::parse(reader.array()?))
            .collect::<Result<Vec<_>, _>>()?;
        let order = usize::from(u8::from_le_bytes(reader.array()?));
        if !(2..=MAX_ORDER).contains(&order) {
            return Err("order out of range");
        }
        let levels = (1..=order)
            .map(|length| Level::parse(&mut reader, length < order))
            .collect::<Result<Vec<_>, _>>()?;
        if !reader.0.is_empty() {
            return Err("trailing bytes");
        }
        let tokens = usize::from(FIRST_GRAPHONE) + graphones.len();
        check_levels(&levels, tokens)?;

        let mut by_letter = vec![Vec::new(); 256];
        for (token, graphone) in (FIRST_GRAPHONE..).zip(&graphones) {
            by_letter[usize::from(graphone.letter)].push(token);
        }
        Ok(Self {
            graphones,
            levels,
            by_letter,
        })
    }

    /// Tokens of all graphones of a letter in lower case.
    pub(super) fn graphones(&self, letter: u8) -> &[u16] {
        &self.by_letter[usize::from(letter)]
    }

    /// Phones of a graphone.
    pub(super) fn phones(&self, token: u16) -> &[Phone] {
        &self.graphones[usize::from(token - FIRST_GRAPHONE)].phones
    }

    /// The context at the start of a word.
    pub(super) fn start(&self) -> Context {
        let mut nodes = [0; MAX_ORDER - 1];
        nodes[0] = u32::from(START);
        Context { nodes, length: 1 }
    }

    /// Cost of the word ending after this context.
    pub(super) fn end(&self, context: &Context) -> i32 {
        self.steps(context, &[END])
            .next()
            .map_or(0, |(cost, _)| cost)
    }

    /// For each of these tokens, in rising order, its cost after this context, and the context with it.
    pub(super) fn steps(
        &self,
        context: &Context,
        tokens: &[u16],
    ) -> impl Iterator<Item = (i32, Context)> + use<> {
        let mut steps = tokens
            .iter()
            .map(|&token| {
                let mut nodes = [0; MAX_ORDER - 1];
                nodes[0] = u32::from(token);
                let cost = i32::from(self.levels[0].costs[usize::from(token)]);
                (cost, Context { nodes, length: 1 })
            })
            .collect::<Vec<_>>();
        let (Some(&least), Some(&most)) = (tokens.first(), tokens.last()) else {
            return steps.into_iter();
        };
        for known in 1..=context.length {
            let length = usize::from(known);
            let node = context.nodes[length - 1] as usize;
            let back_off = i32::from(self.levels[length - 1].back_offs[node]);
            for (cost, _) in &mut steps {
                *cost += back_off;
            }
            // Of the continuations that the model has seen, few are among the tokens.
            let first_children = &self.levels[length - 1].first_children;
            let (first, end) = (first_children[node], first_children[node + 1]);
            let siblings = &self.levels[length].tokens[first as usize..end as usize];
            let start = siblings.partition_point(|&sibling| sibling < least);
            let seen = (first..end).zip(siblings).skip(start);
            for (child, sibling) in seen.take_while(|(_, sibling)| **sibling <= most) {
                let Ok(place) = tokens.binary_search(sibling) else {
                    continue;
                };
                let (cost, next) = &mut steps[place];
                *cost = i32::from(self.levels[length].costs[child as usize]);
                if length < self.levels.len() - 1 {
                    next.nodes[length] = child;
                    next.length = known + 1;
                }
            }
        }
        steps.into_iter()
    }
}

impl Graphone {
    fn parse([letter, count, first, second]: [u8; 4]) -> Result<Self, &'static str> {
        let indices = [first, second];
        let phones = indices.get(..usize::from(count)).and_then(|indices| {
            indices
                .iter()
                .map(|&index| Phone::from_index(index))
                .collect::<Option<Vec<_>>>()
        });
        Ok(Self {
            letter,
            phones: phones.ok_or("unknown phone")?,
        })
    }
}

impl Level {
    fn parse(reader: &mut Reader<'_>, has_children: bool) -> Result<Self, &'static str> {
        let count = u32::from_le_bytes(reader.array()?) as usize;
        let tokens = reader.take(count.saturating_mul(2))?;
        let costs = reader.take(count)?.to_vec();
        let mut level = Self {
            tokens: tokens
                .as_chunks()
                .0
                .iter()
                .map(|&pair| u16::from_le_bytes(pair))
                .collect(),
            costs,
            back_offs: Vec::new(),
            first_children: Vec::new(),
        };
        if has_children {
            level.back_offs = reader
                .take(count)?
                .iter()
                .map(|&byte| byte.cast_signed())
                .collect();
            let children = reader.take((count + 1).saturating_mul(4))?;
            level.first_children = children
                .as_chunks()
                .0
                .iter()
                .map(|&quad| u32::from_le_bytes(quad))
                .collect();
        }
        Ok(level)
    }
}

/// Checks what [`Model::steps`] relies on when it follows indices without looking.
fn check_levels(levels: &[Level], tokens: usize) -> Result<(), &'static str> {
    if !levels[0]
        .tokens
        .iter()
        .copied()
        .map(usize::from)
        .eq(0..tokens)
    {
        return Err("order 1 does not hold every token");
    }
    for (level, next) in levels.iter().zip(&levels[1..]) {
        let last = level.first_children.last().map(|&last| last as usize);
        let in_order = level.first_children.first() == Some(&0) && level.first_children.is_sorted();
        if !in_order || last != Some(next.tokens.len()) {
            return Err("children out of order");
        }
        if next
            .tokens
            .iter()
            .any(|&token| usize::from(token) >= tokens)
        {
            return Err("unknown token");
        }
    }
    Ok(())
}

/// The rest of the file.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], &'static str> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or("file too short")?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        let (taken, rest) = self.0.split_first_chunk().ok_or("file too short")?;
        self.0 = rest;
        Ok(*taken)
    }
}
