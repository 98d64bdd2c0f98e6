//! Every entry point of every kernel, in every permutation, is a valid program for Vulkan, Metal and
//! Direct3D, and stays within the limits that every WebGPU adapter has. Needs no adapter.

use std::collections::HashSet;

use gss_wgpu::gpu::kernels::{Access, CAPABILITIES, Kernel, Kernels};
use gss_wgpu_measure::bench::micro;
use naga::back::{PipelineConstants, hlsl, msl, pipeline_constants::process_overrides, spv};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ScalarKind, ShaderStage, TypeInner};

/// Codes of `shaders/common/activation.wgsl`.
const ACTIVATIONS: [f64; 5] = [0.0, 1.0, 2.0, 3.0, 4.0];

/// Kernels that need subgroup operations, or 64-bit integers too, which the oldest Metal and Direct3D do
/// not have.
const NEED_SUBGROUPS: [&str; 13] = [
    "attention_weights_subgroups",
    "conv_lanes",
    "conv_pairs",
    "conv_transpose_lanes",
    "group_norm_apply_pairs",
    "group_norm_statistics_pairs",
    "group_norm_statistics_subgroups",
    "linear_attention_apply_lanes",
    "linear_attention_context_pairs",
    "linear_attention_statistics_pairs",
    "linear_attention_statistics_subgroups",
    "masked_mean_subgroups",
    "matmul_pairs",
];

/// Kernels that compute in half precision.
const NEED_HALFS: [&str; 1] = ["conv_tiles_f16"];

/// Kernels that use cooperative matrices of 8 x 8, which Direct3D does not have.
const NEED_MATRICES_OF_8: [&str; 2] = ["conv_matrices_8_f16", "conv_matrices_8_f32"];

/// Kernels that use cooperative matrices of 16 x 16, which Metal does not have either.
const NEED_MATRICES_OF_16: [&str; 1] = ["conv_matrices_16_f16"];

/// What a program needs of an adapter beyond what all have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Subgroups,
    Halfs,
    MatricesOf8,
    MatricesOf16,
}

fn needs(kernel: &str) -> Needs {
    if NEED_SUBGROUPS.contains(&kernel) {
        Needs::Subgroups
    } else if NEED_HALFS.contains(&kernel) {
        Needs::Halfs
    } else if NEED_MATRICES_OF_8.contains(&kernel) {
        Needs::MatricesOf8
    } else if NEED_MATRICES_OF_16.contains(&kernel) {
        Needs::MatricesOf16
    } else {
        Needs::Nothing
    }
}

/// WebGPU's default limits, which the engine does not ask to raise.
const MAX_INVOCATIONS: u32 = 256;
const MAX_WORKGROUP_BYTES: u32 = 16_384;
const MAX_STORAGE_BINDINGS: usize = 8;

fn kernels() -> Kernels {
    Kernels::load().expect("all kernels parse and validate")
}

fn parse(kernel: &Kernel) -> (Module, naga::valid::ModuleInfo) {
    let module = naga::front::wgsl::parse_str(kernel.source()).expect("the registry has parsed it");
    let info = validate(&module);
    (module, info)
}

fn validate(module: &Module) -> naga::valid::ModuleInfo {
    Validator::new(ValidationFlags::all(), CAPABILITIES)
        .validate(module)
        .expect("a module that is valid with its defaults is valid with other constants")
}

/// All combinations of a kernel's switches and activations; other constants keep their defaults.
fn permutations(module: &Module) -> Vec<PipelineConstants> {
    let mut all = vec![PipelineConstants::default()];
    for (_, constant) in module.overrides.iter() {
        let name = constant.name.clone().expect("overrides have names");
        let is_switch = matches!(
            module.types[constant.ty].inner,
            TypeInner::Scalar(scalar) if scalar.kind == ScalarKind::Bool
        );
        let values: &[f64] = if is_switch {
            &[0.0, 1.0]
        } else if ["ACTIVATION", "EPILOGUE", "PROLOGUE"].contains(&name.as_str()) {
            &ACTIVATIONS
        } else {
            continue;
        };
        all = all
            .iter()
            .flat_map(|constants| {
                let name = &name;
                values.iter().map(move |&value| {
                    let mut constants = constants.clone();
                    constants.insert(name.clone(), value);
                    constants
                })
            })
            .collect();
    }
    all
}

#[test]
fn every_permutation_translates_to_every_backend() {
    for kernel in kernels().iter() {
        let (module, info) = parse(kernel);
        for constants in permutations(&module) {
            for entry in kernel.entries() {
                let what = format!("{}, {}, {constants:?}", kernel.name(), entry.name);
                let entry = (ShaderStage::Compute, entry.name.as_str());
                let (module, info) = process_overrides(&module, &info, Some(entry), &constants)
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
                translate(&module, &info, entry.1, needs(kernel.name()))
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
            }
        }
    }
}

#[test]
fn the_kernels_that_measure_translate_to_every_backend() {
    let single = format!("{}{}", micro::FMA_F32, micro::FMA);
    let half = format!("{}{}", micro::FMA_F16, micro::FMA);
    for (source, needs) in [
        (single.as_str(), Needs::Nothing),
        (&half, Needs::Halfs),
        (micro::LOADS, Needs::Nothing),
        (micro::BANDWIDTH, Needs::Nothing),
        (micro::DISPATCH, Needs::Nothing),
    ] {
        let module = naga::front::wgsl::parse_str(source)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string(source)));
        let info = Validator::new(ValidationFlags::all(), CAPABILITIES)
            .validate(&module)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string(source)));
        for entry in &module.entry_points {
            let [x, y, z] = entry.workgroup_size;
            assert!(x * y * z <= MAX_INVOCATIONS, "{}", entry.name);
            translate(&module, &info, &entry.name, needs)
                .unwrap_or_else(|error| panic!("{}: {error}", entry.name));
        }
    }
}

fn translate(
    module: &Module,
    info: &naga::valid::ModuleInfo,
    entry: &str,
    needs: Needs,
) -> Result<(), String> {
    let stage = ShaderStage::Compute;
    let options = spv::PipelineOptions {
        shader_stage: stage,
        entry_point: entry.to_owned(),
    };
    let language = spv::Options {
        lang_version: match needs {
            // Of Vulkan 1.1, the first with subgroup operations.
            Needs::Subgroups | Needs::MatricesOf8 | Needs::MatricesOf16 => (1, 3),
            Needs::Nothing | Needs::Halfs => (1, 0),
        },
        ..spv::Options::default()
    };
    spv::write_vec(module, info, &language, Some(&options))
        .map_err(|error| format!("SPIR-V: {error}"))?;

    let options = msl::PipelineOptions {
        entry_point: Some((stage, entry.to_owned())),
        ..msl::PipelineOptions::default()
    };
    // Metal 2.0 is what wgpu asks for at least (macOS 10.13).
    let language = msl::Options {
        lang_version: match needs {
            Needs::Subgroups => (2, 4),
            Needs::MatricesOf8 => (2, 3),
            // naga would write a type that there is not.
            Needs::MatricesOf16 => return Ok(()),
            Needs::Nothing | Needs::Halfs => (2, 0),
        },
        ..msl::Options::default()
    };
    let (_, translation) = msl::write_string(module, info, &language, &options)
        .map_err(|error| format!("Metal: {error}"))?;
    for name in translation.entry_point_names {
        name.map_err(|error| format!("Metal: {error}"))?;
    }

    let options = hlsl::PipelineOptions {
        entry_point: Some((stage, entry.to_owned())),
    };
    let mut text = String::new();
    let language = hlsl::Options {
        shader_model: match needs {
            Needs::Subgroups => hlsl::ShaderModel::V6_0,
            Needs::Halfs => hlsl::ShaderModel::V6_2,
            Needs::Nothing => hlsl::ShaderModel::V5_1,
            Needs::MatricesOf8 | Needs::MatricesOf16 => {
                assert_no_direct3d();
                return Ok(());
            }
        },
        ..hlsl::Options::default()
    };
    let reflection = hlsl::Writer::new(&mut text, &language, &options)
        .write(module, info, None)
        .map_err(|error| format!("Direct3D: {error}"))?;
    for name in reflection.entry_point_names {
        name.map_err(|error| format!("Direct3D: {error}"))?;
    }
    Ok(())
}

/// Fails once there is something to translate cooperative matrices to.
fn assert_no_direct3d() {
    let translated = hlsl::supported_capabilities();
    assert!(
        !translated.contains(Capabilities::COOPERATIVE_MATRIX),
        "cooperative matrices can be translated for Direct3D now: test it"
    );
}

#[test]
fn workgroups_fit_every_adapter() {
    for kernel in kernels().iter() {
        for entry in kernel.entries() {
            let invocations = kernel
                .workgroup_invocations(entry, &[])
                .expect("sizes are positive");
            assert!(
                invocations <= MAX_INVOCATIONS,
                "{}: {} has {invocations} invocations",
                kernel.name(),
                entry.name
            );
        }
    }
}

#[test]
fn workgroup_memory_fits_every_adapter() {
    for kernel in kernels().iter() {
        let (module, info) = parse(kernel);
        let (module, _) = process_overrides(&module, &info, None, &PipelineConstants::default())
            .expect("all overrides have defaults");
        let layouter = module.to_ctx();
        let bytes: u32 = module
            .global_variables
            .iter()
            .filter(|(_, variable)| variable.space == AddressSpace::WorkGroup)
            .map(|(_, variable)| module.types[variable.ty].inner.size(layouter))
            .sum();
        assert!(
            bytes <= MAX_WORKGROUP_BYTES,
            "{} has {bytes} bytes of workgroup memory",
            kernel.name()
        );
    }
}

#[test]
fn storage_bindings_fit_every_adapter() {
    for kernel in kernels().iter() {
        for entry in kernel.entries() {
            let storage = entry
                .bindings
                .iter()
                .filter(|binding| binding.access != Access::Uniform)
                .count();
            assert!(
                storage <= MAX_STORAGE_BINDINGS,
                "{}: {} has {storage} storage bindings",
                kernel.name(),
                entry.name
            );
        }
    }
}

#[test]
fn bindings_have_one_name_and_one_number() {
    for kernel in kernels().iter() {
        for entry in kernel.entries() {
            let mut names = HashSet::new();
            let mut numbers = HashSet::new();
            for binding in &entry.bindings {
                assert!(
                    names.insert(&binding.name) && numbers.insert(binding.index),
                    "{}: {} binds {} at {} twice",
                    kernel.name(),
                    entry.name,
                    binding.name,
                    binding.index
                );
            }
        }
    }
}
