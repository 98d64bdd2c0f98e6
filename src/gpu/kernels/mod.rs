//! What `shaders/` offers, read from the WGSL itself.
//!
//! The WGSL is the single source of truth: workgroup sizes, bindings, override constants and the
//! layout of the parameters are reflected from the parsed module, and Rust refers to all of them by
//! name only.

mod in_place;
mod reflect;

use std::collections::BTreeMap;

use super::error::GpuError;
use super::lower::{by_subgroups, sources};
pub use reflect::{Access, Binding, CAPABILITIES, Entry, Kernel, Param, ScalarKind};

/// Names and texts of files in a directory of `shaders/`.
macro_rules! files {
    ($directory:literal, $($name:literal),+ $(,)?) => {
        &[$((
            $name,
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"), "/shaders/", $directory, "/", $name, ".wgsl"
            )),
        )),+]
    };
}

/// Functions that kernels share; a kernel names the files it wants in its head: `//!use grid activation`.
const COMMON: &[(&str, &str)] = files![
    "common",
    "activation",
    "context",
    "epilogue",
    "grid",
    "group_map",
    "half",
    "implicit_product",
    "matrix_product",
    "nan",
    "noise",
    "reduce",
    "reduce_subgroups",
    "rows",
    "solver",
    "tile",
    "trigonometry",
    "valid",
    "walk",
    "weight",
];

/// Those that only kernels for software adapters use.
const SOFTWARE_COMMON: &[(&str, &str)] = files![
    "software/common",
    "block",
    "block_weights",
    "epilogue_pairs",
    "pairs",
    "window",
];

/// Before the names of common files, in a kernel's head.
const USE: &str = "//!use";

/// Before the names of WGSL's extensions, in a kernel's head. Their directives must come first in the
/// text, common files included.
const ENABLE: &str = "//!enable";

/// Before the operand in whose place a kernel may write `y`, in its head.
const IN_PLACE: &str = "//!in_place";

/// All kernels, parsed and validated.
#[derive(Debug)]
pub struct Kernels {
    kernels: BTreeMap<&'static str, Kernel>,
}

impl Kernels {
    /// Parses every file of `shaders/`.
    ///
    /// # Errors
    /// When a kernel does not parse, does not validate, or declares something that the executor does
    /// not support. The tests load all kernels, so a released build does not fail here.
    pub fn load() -> Result<Self, GpuError> {
        let mut kernels = BTreeMap::new();
        for source in sources() {
            let (name, source) = (source.name, source.text);
            kernels.insert(
                name,
                Kernel::parse(name, with_common(name, source, "reduce")?)?,
            );
            if let Some(variant) = by_subgroups(name) {
                let text = with_common(variant, source, "reduce_subgroups")?;
                kernels.insert(variant, Kernel::parse(variant, text)?);
            }
        }
        Ok(Self { kernels })
    }

    /// The same with another text for one kernel.
    #[cfg(test)]
    pub(super) fn changed(mut self, name: &str, change: impl Fn(&str) -> String) -> Self {
        let kernel = self.kernels.get_mut(name).expect("the kernel exists");
        let text = change(kernel.source());
        assert_ne!(text, kernel.source(), "nothing was changed");
        *kernel = Kernel::parse(kernel.name(), text).expect("the change parses");
        self
    }

    /// The kernel of the file `shaders/{name}.wgsl`, or a variant of one.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, name: &str) -> Result<&Kernel, GpuError> {
        self.kernels.get(name).ok_or_else(|| GpuError::Kernel {
            kernel: name.to_owned(),
            problem: "no such file in shaders/".to_owned(),
        })
    }

    /// All kernels by name.
    pub fn iter(&self) -> impl Iterator<Item = &Kernel> {
        self.kernels.values()
    }
}

/// The kernel's text after the extensions and the common files that its head asks for, `reduce` being the
/// file of this name, and before the entry points in place.
fn with_common(name: &str, source: &str, reduce: &str) -> Result<String, GpuError> {
    let mut text: String = named(source, ENABLE)
        .map(|extension| format!("enable {extension};\n"))
        .collect();
    for wanted in named(source, USE) {
        let wanted = if wanted == "reduce" { reduce } else { wanted };
        let (_, common) = COMMON
            .iter()
            .chain(SOFTWARE_COMMON)
            .find(|(common, _)| *common == wanted)
            .ok_or_else(|| GpuError::Kernel {
                kernel: name.to_owned(),
                problem: format!("uses {wanted}, which is no common file of shaders/"),
            })?;
        text.push_str(common);
    }
    text.push_str(source);
    for operand in named(source, IN_PLACE) {
        let entry = in_place::entry(source, operand).ok_or_else(|| GpuError::Kernel {
            kernel: name.to_owned(),
            problem: format!("has no entry point main that reads {operand}"),
        })?;
        text.push_str(&entry);
    }
    Ok(text)
}

/// What the lines of a kernel's head with this directive name.
fn named<'a>(source: &'a str, directive: &'static str) -> impl Iterator<Item = &'a str> {
    source
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .filter_map(move |line| line.strip_prefix(directive))
        .flat_map(str::split_whitespace)
}
