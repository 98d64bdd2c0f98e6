//! The public face of the library, as the sources spell it, against `docs/public-api.txt`: a change of it
//! is seen in review. `UPDATE_PUBLIC_API=1 cargo test --test public_api` writes the file anew.
//!
//! The lint `unreachable_pub` sees to it that what says `pub` is public. What is hidden from the
//! documentation is for this project's own programs, and not listed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The lines of the file for a module and the modules in it.
fn face(folder: &Path, module: &str, hidden: &mut BTreeSet<String>, lines: &mut Vec<String>) {
    let file = [folder.join("mod.rs"), folder.with_extension("rs")]
        .into_iter()
        .chain((module == "gss_wgpu").then(|| folder.join("lib.rs")))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("{module} has a source"));
    let source = fs::read_to_string(file).expect("a source");
    let items = items(&source);
    for item in items.iter().filter(|item| item.is_hidden) {
        hidden.extend(names(&item.head));
    }
    let mut inner = Vec::new();
    for item in items {
        if let Some(name) = item.module()
            && !item.is_hidden
            && !name.starts_with("test")
        {
            inner.push(name.to_owned());
        }
        if item.is_hidden || item.names_any(hidden) {
            continue;
        }
        lines.extend(item.public().map(|line| format!("{module}: {line}")));
    }
    for name in inner {
        face(
            &folder.join(&name),
            &format!("{module}::{name}"),
            hidden,
            lines,
        );
    }
}

/// An item at the top of a file, with its members.
struct Item {
    head: String,
    members: Vec<(String, bool)>,
    is_hidden: bool,
}

impl Item {
    fn module(&self) -> Option<&str> {
        let declared = self.head.trim_start_matches("pub ").strip_prefix("mod ")?;
        declared.strip_suffix(';')
    }

    fn has_members(&self) -> bool {
        let kinds = ["struct ", "enum ", "trait ", "impl"];
        self.head.ends_with('{')
            && kinds.iter().any(|kind| self.head.contains(kind))
            && !self.head.contains("fn ")
    }

    /// Whether it is, or implements something for, one of these.
    fn names_any(&self, hidden: &BTreeSet<String>) -> bool {
        let head = self.head.split(['{', '(', ';']).next().unwrap_or_default();
        let declares = ["struct ", "enum ", "fn ", "const ", "trait ", "impl"];
        declares.iter().any(|word| head.contains(word)) && !names(head).is_disjoint(hidden)
    }

    /// Its lines, as far as they are public.
    fn public(&self) -> impl Iterator<Item = String> + '_ {
        let head = self.head.trim_end_matches(" {");
        let is_public = head.starts_with("pub ");
        let is_trait = head.starts_with("impl") && head.contains(" for ");
        let all = is_public && (head.contains("enum ") || head.contains("trait "));
        let shown = (is_public || is_trait).then(|| head.to_owned());
        let subject = head.split(['<', '(']).next().unwrap_or(head).to_owned();
        let subject = if head.starts_with("impl") {
            head.to_owned()
        } else {
            subject
        };
        let members = self.members.iter().filter(move |(member, is_hidden)| {
            !is_hidden && !is_trait && (all || member.starts_with("pub "))
        });
        let members = members.map(move |(member, _)| format!("{subject} :: {member}"));
        shown.into_iter().chain(members)
    }
}

/// Words that begin with a letter.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let keywords = [
        "pub", "mod", "use", "fn", "struct", "enum", "const", "impl", "for", "self",
    ];
    let words = words.filter(|word| !word.is_empty() && !keywords.contains(word));
    words.map(str::to_owned).collect()
}

/// The items of a file, whose layout is rustfmt's: items at the margin, members indented by four.
fn items(source: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let (mut hidden, mut skipped, mut in_attribute) = (false, false, false);
    let mut open: Option<(usize, String)> = None;
    for line in source.lines() {
        let text = line.split(" // ").next().unwrap_or_default().trim_end();
        let (indent, text) = (text.len() - text.trim_start().len(), text.trim_start());
        if let Some((at, head)) = &mut open {
            // A head of several lines ends where its braces or its semicolon come.
            head.push(' ');
            head.push_str(text);
            if indent == *at && (text.ends_with('{') || text.ends_with(';') || text.ends_with(','))
            {
                let (at, head) = open.take().expect("it is open");
                add(&mut items, at, &head, std::mem::take(&mut hidden));
            }
            continue;
        }
        if in_attribute {
            in_attribute = !text.ends_with(")]");
            continue;
        }
        if text.is_empty() || text.starts_with("//") || indent > 4 {
            continue;
        }
        if text == "#[cfg(test)]" && indent == 0 {
            skipped = true;
        } else if text.starts_with("#[") || text.starts_with("#!") {
            hidden |= text.contains("doc(hidden)");
            in_attribute = !text.ends_with(']');
        } else if skipped {
            // A module of tests, or what only tests have.
            skipped = !(text == "}" || text.ends_with(';'));
        } else if indent > 0 && !items.last().is_some_and(Item::has_members) {
            // The body of a function.
        } else if !text.starts_with('}') && !text.starts_with(')') {
            let ends = [";", "{", ",", "}", "]"]
                .iter()
                .any(|end| text.ends_with(end));
            let is_group = text.contains("use ") && text.ends_with('{');
            if !is_group && (ends || indent == 0 && !text.ends_with('(')) {
                add(&mut items, indent, text, std::mem::take(&mut hidden));
            } else {
                open = Some((indent, text.to_owned()));
            }
        }
    }
    items
}

fn add(items: &mut Vec<Item>, indent: usize, head: &str, is_hidden: bool) {
    let head = head.split_whitespace().collect::<Vec<_>>().join(" ");
    match items.last_mut() {
        Some(item) if indent > 0 => {
            let body = head.find(" {").filter(|_| head.contains("fn "));
            let member = head[..body.unwrap_or(head.len())].trim_end_matches([',', ';']);
            item.members.push((member.to_owned(), is_hidden));
        }
        _ => items.push(Item {
            head,
            members: Vec::new(),
            is_hidden,
        }),
    }
}

#[test]
fn the_public_face_is_the_one_in_the_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut lines = Vec::new();
    face(
        &root.join("src"),
        "gss_wgpu",
        &mut BTreeSet::new(),
        &mut lines,
    );
    lines.sort();
    let found = lines.join("\n") + "\n";
    let file = root.join("docs/public-api.txt");
    if std::env::var_os("UPDATE_PUBLIC_API").is_some() {
        fs::write(&file, found).expect("the file can be written");
        return;
    }
    let known = fs::read_to_string(&file).unwrap_or_default();
    let differs = |a: &str, b: &str, sign| -> Vec<String> {
        let there: BTreeSet<_> = b.lines().collect();
        let only = a.lines().filter(|line| !there.contains(line));
        only.map(|line| format!("{sign} {line}")).collect()
    };
    let mut changes = differs(&known, &found, '-');
    changes.extend(differs(&found, &known, '+'));
    assert!(
        changes.is_empty(),
        "the public face has changed; UPDATE_PUBLIC_API=1 writes docs/public-api.txt anew:\n{}",
        changes.join("\n")
    );
}
