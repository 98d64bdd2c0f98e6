//! Values for a stage's inputs: full length, ordinary sizes.

use gss_wgpu::diffusion::{COLUMNS, MAX_STEPS, SolverTable};
use gss_wgpu::gpu::{Executable, GpuError};
use gss_wgpu::graph::{DType, Graph, Place, Plan, Shape};
use gss_wgpu::model::MAX_ENTRIES;
use gss_wgpu::model::stages::{Extent, input};

/// Writes all inputs that the plan uses.
pub(super) fn write(
    graph: &Graph,
    plan: &Plan,
    executable: &Executable,
    extent: Extent,
    table: &SolverTable,
) -> Result<(), GpuError> {
    for id in graph.inputs().filter(|&id| plan.place(id) != Place::Unused) {
        let tensor = graph.tensor(id);
        let elements = tensor.shape.elements();
        match tensor.dtype {
            DType::U32 => {
                let values = integers(&tensor.name, tensor.shape, extent);
                executable.write_u32(&tensor.name, &values)?;
            }
            DType::F32 if tensor.name == input::TABLE => {
                let mut rows = table.to_f32();
                rows.resize(MAX_STEPS * COLUMNS, 0.0);
                executable.write_f32(&tensor.name, &rows)?;
            }
            DType::F32 => executable.write_f32(&tensor.name, &wave(elements))?,
        }
    }
    Ok(())
}

/// Lengths are full, indices rise over the tokens, the first step is next; ids, seeds and zeros can be
/// zero.
fn integers(name: &str, shape: Shape, extent: Extent) -> Vec<u32> {
    let count = |value: usize| u32::try_from(value).expect("lengths of minutes fit");
    match name {
        input::FRAME_LENGTHS => vec![count(extent.frames); shape.elements()],
        input::TOKEN_LENGTHS => vec![count(extent.tokens); shape.elements()],
        input::ENTRY_LENGTHS => vec![count(MAX_ENTRIES); shape.elements()],
        input::INDEX => (0..shape.n)
            .flat_map(|_| (0..shape.w).map(|frame| count(frame * extent.tokens / shape.w)))
            .collect(),
        _ => vec![0; shape.elements()],
    }
}

/// Values between -1 and 1 of all signs and sizes.
fn wave(elements: usize) -> Vec<f32> {
    (0..elements).map(|i| (0.7 * i as f32).sin()).collect()
}
