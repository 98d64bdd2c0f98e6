//! What `shaders/` offers, read from the WGSL itself.
//!
//! The WGSL is the single source of truth: workgroup sizes, bindings, override constants and the
//! layout of the parameters are reflected from the parsed module, and Rust refers to all of them by
//! name only.

mod reflect;

use std::collections::BTreeMap;

use super::error::GpuError;
pub use reflect::{Access, Binding, CAPABILITIES, Entry, Kernel, Param, ScalarKind};

/// Names and texts of files in a directory of `shaders/`.
macro_rules! files {
    ($directory:literal, $($name:literal),+ $(,)?) => {
        &[$((
            $name,
            include_str!(concat!("../../../shaders/", $directory, $name, ".wgsl")),
        )),+]
    };
}

/// Functions that kernels share; a kernel names the files it wants in its head: `//!use grid activation`.
const COMMON: &[(&str, &str)] = files![
    "common/",
    "activation",
    "block",
    "block_weights",
    "context",
    "epilogue",
    "epilogue_pairs",
    "grid",
    "half",
    "implicit_product",
    "matrix_product",
    "nan",
    "noise",
    "pairs",
    "reduce",
    "reduce_subgroups",
    "rows",
    "solver",
    "tile",
    "trigonometry",
    "valid",
    "walk",
    "weight",
    "window",
];

/// The kernels, one file each.
const SOURCES: &[(&str, &str)] = files![
    "",
    "add",
    "add_positions",
    "advance_step",
    "attention_mix",
    "attention_weights",
    "concat",
    "conv",
    "conv_lanes",
    "conv_matrices_16_f16",
    "conv_matrices_8_f16",
    "conv_matrices_8_f32",
    "conv_pairs",
    "conv_tiles",
    "conv_tiles_f16",
    "conv_transpose",
    "conv_transpose_lanes",
    "diffusion_start",
    "diffusion_update",
    "embedding",
    "glu",
    "group_norm_apply",
    "group_norm_apply_pairs",
    "group_norm_merge",
    "group_norm_statistics",
    "group_norm_statistics_pairs",
    "guide",
    "layer_norm",
    "linear_attention_apply",
    "linear_attention_apply_lanes",
    "linear_attention_context",
    "linear_attention_context_pairs",
    "linear_attention_statistics",
    "linear_attention_statistics_pairs",
    "masked_mean",
    "matmul",
    "matmul_pairs",
    "regulate_length",
    "time_embedding",
    "transport",
];

/// Kernels that reduce over a workgroup, and under which names they do it by subgroup operations: with
/// `reduce_subgroups` for `reduce`.
const REDUCING: [(&str, &str); 4] = [
    ("attention_weights", "attention_weights_subgroups"),
    ("group_norm_statistics", "group_norm_statistics_subgroups"),
    (
        "linear_attention_statistics",
        "linear_attention_statistics_subgroups",
    ),
    ("masked_mean", "masked_mean_subgroups"),
];

/// Before the names of common files, in a kernel's head.
const USE: &str = "//!use";

/// Before the names of WGSL's extensions, in a kernel's head. Their directives must come first in the
/// text, common files included.
const ENABLE: &str = "//!enable";

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
        for &(name, source) in SOURCES {
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

/// The kernel that does the same as this one with subgroup operations of any size, if there is one.
pub(super) fn by_subgroups(kernel: &str) -> Option<&'static str> {
    let mut reducing = REDUCING.into_iter();
    reducing.find_map(|(name, variant)| (name == kernel).then_some(variant))
}

/// The kernel's text after the extensions and the common files that its head asks for, `reduce` being the
/// file of this name.
fn with_common(name: &str, source: &str, reduce: &str) -> Result<String, GpuError> {
    let mut text: String = named(source, ENABLE)
        .map(|extension| format!("enable {extension};\n"))
        .collect();
    for wanted in named(source, USE) {
        let wanted = if wanted == "reduce" { reduce } else { wanted };
        let (_, common) = COMMON
            .iter()
            .find(|(common, _)| *common == wanted)
            .ok_or_else(|| GpuError::Kernel {
                kernel: name.to_owned(),
                problem: format!("uses {wanted}, which is not in shaders/common/"),
            })?;
        text.push_str(common);
    }
    text.push_str(source);
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
