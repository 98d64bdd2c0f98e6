//! The named styles in a model's folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::style::Style;
use super::style_error::StyleError;

/// Subfolder of a model folder with one style file for each voice.
const FOLDER: &str = "voices";

/// All voices of a model, by name in alphabetical order; none if the model comes without. A voice whose
/// file cannot be read is there with the reason.
///
/// # Errors
/// When the folder cannot be read.
#[expect(clippy::type_complexity, reason = "names with what they lead to")]
pub fn list(model: &Path) -> Result<Vec<(String, Result<Style, StyleError>)>, StyleError> {
    let names = names(model)?.into_iter();
    let read = |name: String| {
        let style = Style::read(&path(model, &name));
        (name, style)
    };
    Ok(names.map(read).collect())
}

/// The voice of this name.
///
/// # Errors
/// [`StyleError::UnknownVoice`] naming those that exist, or when its file cannot be read.
pub fn read(model: &Path, name: &str) -> Result<Style, StyleError> {
    let known = names(model)?;
    // Only names from the list become paths: `--voice ../secret` reads nothing.
    if !known.iter().any(|known| known == name) {
        let known = if known.is_empty() {
            "no voices".to_owned()
        } else {
            known.join(", ")
        };
        return Err(StyleError::UnknownVoice {
            name: name.to_owned(),
            known,
        });
    }
    Style::read(&path(model, name))
}

/// Where the style of a voice of this name would lie.
#[must_use]
pub fn path(model: &Path, name: &str) -> PathBuf {
    model.join(FOLDER).join(format!("{name}.safetensors"))
}

fn names(model: &Path) -> Result<Vec<String>, StyleError> {
    let folder = model.join(FOLDER);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |source| StyleError::Read {
        path: folder.clone(),
        source,
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "safetensors")
        {
            names.extend(
                path.file_stem()
                    .and_then(|stem| stem.to_str())
                    .map(str::to_owned),
            );
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StyleOrigin;

    #[test]
    fn voices_are_found_by_name_and_only_by_name() {
        let model = tempfile::tempdir().expect("a temporary folder");
        assert!(
            list(model.path())
                .expect("a model without voices")
                .is_empty()
        );
        fs::create_dir(model.path().join(FOLDER)).expect("a folder");
        let style = Style::new(vec![1.0, 2.0], StyleOrigin::default()).expect("finite values");
        for path in [
            "voices/bob.safetensors",
            "voices/ann.safetensors",
            "outside.safetensors",
        ] {
            style.write(&model.path().join(path)).expect("a style file");
        }
        let names: Vec<_> = list(model.path())
            .expect("voices")
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["ann", "bob"]);
        fs::write(path(model.path(), "ann"), "damaged").expect("a file");
        let styles = list(model.path()).expect("voices");
        assert!(styles[0].1.is_err() && styles[1].1.is_ok());
        assert_eq!(
            read(model.path(), "bob").expect("a voice").values(),
            [1.0, 2.0]
        );
        let error = read(model.path(), "../outside")
            .expect_err("not a voice")
            .to_string();
        assert!(error.contains("ann, bob"), "{error}");
    }
}
