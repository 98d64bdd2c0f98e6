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
//! 1 / [`COST_STEPS`]. With every sequence its suffixes are there too.

use crate::text::arpabet::Phone;

/// Start of the file.
const MAGIC: &[u8; 8] = b"G2PNGRAM";
/// Quantisation of costs: steps for one nat.
const COST_STEPS: f32 = 16.0;
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
    nodes: [usize; MAX_ORDER - 1],
    length: usize,
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
        nodes[0] = usize::from(START);
        Context { nodes, length: 1 }
    }

    /// Cost in nats of the word ending after this context.
    pub(super) fn end(&self, context: &Context) -> f32 {
        self.step(context, END).0
    }

    /// Cost in nats of a token after this context, and the context with the token.
    pub(super) fn step(&self, context: &Context, token: u16) -> (f32, Context) {
        let mut next = Context {
            nodes: [0; MAX_ORDER - 1],
            length: 1,
        };
        next.nodes[0] = usize::from(token);
        let mut cost = f32::from(self.levels[0].costs[usize::from(token)]);
        for length in 1..=context.length {
            let node = context.nodes[length - 1];
            match self.child(length, node, token) {
                Some(child) => {
                    cost = f32::from(self.levels[length].costs[child]);
                    if length < self.levels.len() - 1 {
                        next.nodes[length] = child;
                        next.length = length + 1;
                    }
                }
                None => cost += f32::from(self.levels[length - 1].back_offs[node]),
            }
        }
        (cost / COST_STEPS, next)
    }

    /// The node that continues a node of `length` tokens with this token.
    fn child(&self, length: usize, node: usize, token: u16) -> Option<usize> {
        let first_children = &self.levels[length - 1].first_children;
        let (first, end) = (
            first_children[node] as usize,
            first_children[node + 1] as usize,
        );
        let siblings = &self.levels[length].tokens[first..end];
        siblings
            .binary_search(&token)
            .ok()
            .map(|place| first + place)
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

/// Checks what [`Model::step`] relies on when it follows indices without looking.
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
