//! Trains the letter-to-sound model on the dictionary, without the held-out words:
//!
//! ```text
//! cargo run --example train_letter_to_sound
//! ```
//!
//! reads `weights/g2p/cmudict.dict` and writes `weights/g2p/letter_to_sound.bin`, always the same
//! bytes. `cargo test letter_to_sound -- --nocapture` then prints the error rate.

mod align;
mod ngram;

use std::error::Error;
use std::path::Path;

use gss_wgpu::text::Phone;
use gss_wgpu::text::letter_to_sound::is_held_out;

/// A word of the dictionary with one of its pronunciations.
struct Entry {
    letters: Vec<u8>,
    phones: Vec<Phone>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/g2p");
    let dictionary = std::fs::read_to_string(folder.join("cmudict.dict"))?;
    let entries = dictionary.lines().filter_map(parse).collect::<Vec<_>>();
    println!("{} pronunciations", entries.len());

    let (graphones, words) = align::align(&entries);
    println!("{} aligned with {} graphones", words.len(), graphones.len());

    let bytes = ngram::train(&graphones, &words);
    std::fs::write(folder.join("letter_to_sound.bin"), &bytes)?;
    println!("{} bytes written", bytes.len());
    Ok(())
}

/// A line of the dictionary, unless its word is held out or spelt with other signs than letters
/// and apostrophes.
fn parse(line: &str) -> Option<Entry> {
    let line = line.split('#').next()?;
    let (label, phones) = line.split_once(' ')?;
    let word = label.split('(').next()?;
    let spelt = word
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'\'');
    if !spelt || is_held_out(word) {
        return None;
    }
    let phones = phones
        .split_whitespace()
        .map(Phone::from_name)
        .collect::<Option<_>>()?;
    Some(Entry {
        letters: word.bytes().collect(),
        phones,
    })
}
