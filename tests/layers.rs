//! Who may know whom in the house: reads the `use` lines, and every other path, of the library's sources.

#[path = "support/sources.rs"]
mod sources;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sources::files;

/// Rooms, and the rooms that each may know; `docs/architecture.md` has the same table.
const ROOMS: [(&str, &[&str]); 8] = [
    ("text", &[]),
    ("audio", &[]),
    ("graph", &[]),
    ("diffusion", &[]),
    ("model", &["graph", "diffusion", "audio"]),
    ("gpu", &["graph"]),
    ("watermark", &["audio"]),
    (
        "synth",
        &[
            "text",
            "audio",
            "graph",
            "diffusion",
            "model",
            "gpu",
            "watermark",
        ],
    ),
];

/// Modules above the file within the crate: `src/gpu/mod.rs` and `src/random.rs` are at depth 1.
fn depth(file: &Path) -> usize {
    let parts = file.components().count();
    parts - usize::from(file.ends_with("mod.rs"))
}

/// Names that follow `crate::`, or as many `super::` as lead to the crate, in a source.
fn named(source: &str, depth: usize) -> BTreeSet<String> {
    let code: String = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let to_root = "super::".repeat(depth);
    let mut names = BTreeSet::new();
    for root in ["crate::", &to_root] {
        for (place, _) in code.match_indices(root) {
            let before = code[..place].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
                continue;
            }
            names.extend(first_names(&code[place + root.len()..]));
        }
    }
    names
}

/// The first name of a path, or of each path of a group in braces.
fn first_names(path: &str) -> Vec<String> {
    let name = |path: &str| -> String {
        let path = path.trim_start();
        let end = path.find(|c: char| !c.is_alphanumeric() && c != '_');
        path[..end.unwrap_or(path.len())].to_owned()
    };
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let (mut names, mut level, mut start) = (Vec::new(), 0, 0);
    for (place, c) in group.char_indices() {
        match c {
            '{' => level += 1,
            '}' if level == 0 => {
                names.push(name(&group[start..]));
                break;
            }
            '}' => level -= 1,
            ',' if level == 0 => {
                names.push(name(&group[start..]));
                start = place + 1;
            }
            _ => {}
        }
    }
    names
}

/// What a source in a room names that it may not know.
fn forbidden(room: &str, source: &str, depth: usize) -> Vec<String> {
    let rooms = || ROOMS.iter();
    let may = rooms().find(|(name, _)| *name == room).map(|(_, may)| *may);
    let may = may.expect("a room");
    let known = |name: &String| name == room || may.contains(&name.as_str());
    let is_room = |name: &String| rooms().any(|(room, _)| room == name);
    let names = named(source, depth).into_iter();
    names.filter(|name| is_room(name) && !known(name)).collect()
}

#[test]
fn rooms_know_only_whom_they_may_know() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (room, _) in ROOMS {
        let mut found = Vec::new();
        files(&sources.join(room), &mut found);
        assert!(!found.is_empty(), "src/{room} has no sources");
        for file in found {
            let place = file.strip_prefix(&sources).expect("it was found there");
            let source = fs::read_to_string(&file).expect("a source");
            for name in forbidden(room, &source, depth(place)) {
                wrong.push(format!("src/{} knows {name}", place.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_forbidden_import_is_found_however_it_is_written() {
    for source in [
        "use crate::gpu::Gpu;",
        "use crate::{random, gpu::{self, Gpu}};",
        "fn f(gpu: &crate::gpu::Gpu) {}",
        "use super::super::gpu::Gpu;",
    ] {
        assert_eq!(forbidden("graph", source, 2), ["gpu"], "{source}");
    }
    for source in [
        "/// [`crate::gpu::Gpu`]",
        "use crate::random::unit;",
        "use super::gpu;",
        "use crate::graph::op::Op; // not crate::gpu",
    ] {
        assert!(forbidden("graph", source, 2).is_empty(), "{source}");
    }
}
