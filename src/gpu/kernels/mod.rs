//! What `shaders/` offers, read from the WGSL itself.
//!
//! The WGSL is the single source of truth: workgroup sizes, bindings, override constants and the
//! layout of the parameters are reflected from the parsed module, and Rust refers to all of them by
//! name only.

mod reflect;

use std::collections::BTreeMap;

use super::error::GpuError;
pub use reflect::{Access, Binding, Entry, Kernel, Param, ScalarKind};

/// Functions that kernels share; a kernel names the files it wants in its first line:
/// `//!use grid activation`.
const COMMON: &[(&str, &str)] = &[
    (
        "activation",
        include_str!("../../../shaders/common/activation.wgsl"),
    ),
    (
        "epilogue",
        include_str!("../../../shaders/common/epilogue.wgsl"),
    ),
    ("grid", include_str!("../../../shaders/common/grid.wgsl")),
    ("nan", include_str!("../../../shaders/common/nan.wgsl")),
    ("noise", include_str!("../../../shaders/common/noise.wgsl")),
    (
        "reduce",
        include_str!("../../../shaders/common/reduce.wgsl"),
    ),
    ("rows", include_str!("../../../shaders/common/rows.wgsl")),
    (
        "solver",
        include_str!("../../../shaders/common/solver.wgsl"),
    ),
    (
        "trigonometry",
        include_str!("../../../shaders/common/trigonometry.wgsl"),
    ),
    ("valid", include_str!("../../../shaders/common/valid.wgsl")),
    (
        "weight",
        include_str!("../../../shaders/common/weight.wgsl"),
    ),
];

/// The kernels, one file each.
const SOURCES: &[(&str, &str)] = &[
    ("add", include_str!("../../../shaders/add.wgsl")),
    (
        "add_positions",
        include_str!("../../../shaders/add_positions.wgsl"),
    ),
    (
        "advance_step",
        include_str!("../../../shaders/advance_step.wgsl"),
    ),
    (
        "attention_mix",
        include_str!("../../../shaders/attention_mix.wgsl"),
    ),
    (
        "attention_weights",
        include_str!("../../../shaders/attention_weights.wgsl"),
    ),
    ("concat", include_str!("../../../shaders/concat.wgsl")),
    ("conv", include_str!("../../../shaders/conv.wgsl")),
    (
        "conv_transpose",
        include_str!("../../../shaders/conv_transpose.wgsl"),
    ),
    (
        "diffusion_start",
        include_str!("../../../shaders/diffusion_start.wgsl"),
    ),
    (
        "diffusion_update",
        include_str!("../../../shaders/diffusion_update.wgsl"),
    ),
    ("embedding", include_str!("../../../shaders/embedding.wgsl")),
    ("glu", include_str!("../../../shaders/glu.wgsl")),
    (
        "group_norm_apply",
        include_str!("../../../shaders/group_norm_apply.wgsl"),
    ),
    (
        "group_norm_merge",
        include_str!("../../../shaders/group_norm_merge.wgsl"),
    ),
    (
        "group_norm_statistics",
        include_str!("../../../shaders/group_norm_statistics.wgsl"),
    ),
    (
        "layer_norm",
        include_str!("../../../shaders/layer_norm.wgsl"),
    ),
    (
        "linear_attention_apply",
        include_str!("../../../shaders/linear_attention_apply.wgsl"),
    ),
    (
        "linear_attention_context",
        include_str!("../../../shaders/linear_attention_context.wgsl"),
    ),
    (
        "linear_attention_statistics",
        include_str!("../../../shaders/linear_attention_statistics.wgsl"),
    ),
    (
        "masked_mean",
        include_str!("../../../shaders/masked_mean.wgsl"),
    ),
    (
        "regulate_length",
        include_str!("../../../shaders/regulate_length.wgsl"),
    ),
    (
        "time_embedding",
        include_str!("../../../shaders/time_embedding.wgsl"),
    ),
];

const USE_DIRECTIVE: &str = "//!use";

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
        let kernels = SOURCES
            .iter()
            .map(|&(name, source)| Ok((name, Kernel::parse(name, with_common(name, source)?)?)))
            .collect::<Result<_, GpuError>>()?;
        Ok(Self { kernels })
    }

    /// The kernel of the file `shaders/{name}.wgsl`.
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

/// The kernel's text after the common files that its first line asks for.
fn with_common(name: &str, source: &str) -> Result<String, GpuError> {
    let Some(uses) = source
        .lines()
        .next()
        .and_then(|line| line.strip_prefix(USE_DIRECTIVE))
    else {
        return Ok(source.to_owned());
    };
    let mut text = String::new();
    for wanted in uses.split_whitespace() {
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
