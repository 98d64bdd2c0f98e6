//! The entry point `in_place` of a kernel, made from its `main`.
//!
//! wgpu refuses one buffer at two bindings of which one writes, so a kernel that overwrites an operand
//! needs an entry point that does not mention it. It reads `y` instead, and is `main` but for that word.

/// `main` as `in_place`, reading `y` for `operand`; none where `main` does not read the operand.
pub(super) fn entry(source: &str, operand: &str) -> Option<String> {
    let name = source.find("fn main(")?;
    let start = source[..name].rfind("@compute")?;
    let end = name + source[name..].find("\n}\n")? + "\n}\n".len();
    let main = source[start..end].replacen("fn main(", "fn in_place(", 1);
    let read = format!("{operand}[");
    let mut entry = String::from("\n");
    let mut rest = main.as_str();
    let mut is_read = false;
    while let Some(at) = rest.find(&read) {
        let (before, after) = rest.split_at(at);
        entry.push_str(before);
        // Another name may end in this one.
        let is_whole = !before.ends_with(|c: char| c == '_' || c.is_ascii_alphanumeric());
        entry.push_str(if is_whole { "y[" } else { &read });
        is_read |= is_whole;
        rest = &after[read.len()..];
    }
    entry.push_str(rest);
    is_read.then_some(entry)
}

#[cfg(test)]
mod tests {
    use super::entry;

    const KERNEL: &str = "\
@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) a: u32,
) {
    y[a] = ba[a] + a[a];
}

fn after() {
}
";

    #[test]
    fn only_reads_of_the_operand_change() {
        let expected = "
@compute @workgroup_size(64)
fn in_place(
    @builtin(local_invocation_index) a: u32,
) {
    y[a] = ba[a] + y[a];
}
";
        assert_eq!(entry(KERNEL, "a").as_deref(), Some(expected));
        assert_eq!(entry(KERNEL, "c"), None);
        assert_eq!(entry("fn other() {\n}\n", "a"), None);
    }
}
