//! Where the library and its programs leave what the compiler checks, and that each place says why it may.

#[path = "support/sources.rs"]
mod sources;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sources::files;

/// Uses of `unsafe` by file. Whoever adds one adds it here, with a `SAFETY:` comment above it.
const UNSAFE: [(&str, usize); 7] = [
    ("programs/cli/src/main.rs", 1),
    ("programs/cli/src/standard_output.rs", 3),
    ("programs/measure/src/bench/micro.rs", 1),
    ("src/gpu/matrices.rs", 1),
    ("src/gpu/pipeline_cache.rs", 1),
    ("src/gpu/pipelines.rs", 1),
    ("src/model/weights/file.rs", 1),
];

/// Lines above a use within which its reason has to begin.
const REACH: usize = 8;

/// Whether a line of code, its comment aside, has the keyword.
fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == "unsafe")
}

#[test]
fn unsafe_code_is_where_it_is_known_to_be_and_says_why() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for folder in [
        "src",
        "programs/cli/src",
        "programs/measure/src",
        "programs/picture/src",
    ] {
        files(&root.join(folder), &mut sources);
    }
    let mut counted = BTreeMap::new();
    for path in sources {
        let text = fs::read_to_string(&path).expect("a source");
        let name = path.strip_prefix(root).expect("below the root");
        let name = name.to_string_lossy().replace('\\', "/");
        let lines: Vec<&str> = text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            if !is_unsafe(line) {
                continue;
            }
            let above = &lines[index.saturating_sub(REACH)..index];
            assert!(
                above.iter().any(|line| line.contains("SAFETY:")),
                "{name}:{} uses `unsafe` without a `SAFETY:` comment above it",
                index + 1
            );
            *counted.entry(name.clone()).or_insert(0_usize) += 1;
        }
    }
    let known: BTreeMap<String, usize> = UNSAFE
        .iter()
        .map(|&(name, count)| (name.to_owned(), count))
        .collect();
    assert_eq!(counted, known, "uses of `unsafe` by file");
}
