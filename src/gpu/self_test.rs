//! Whether a device's driver computes long sums right in the kernels that do not round as single
//! precision does.
//!
//! Drivers have been seen to get half precision wrong, and long inputs first. So a product with thousands
//! of terms is computed both ways on the device, and what lies further from single precision than its
//! roundings explain is not used.

use super::capabilities::Capabilities;
use super::context::Gpu;
use super::error::GpuError;
use super::executor::Executable;
use super::weights::WeightStore;
use crate::graph::{
    Activation, Conv1d, DType, Epilogue, Graph, Shape, TensorId, WeightData, WeightFormat,
};
use crate::random::{SplitMix64, unit};

/// Input channels: with three taps, 4,101 terms, no multiple of any tile's depth.
const INPUTS: usize = 1367;
/// Output channels and columns: one tile of 64 and the beginning of another.
const OUTPUTS: usize = 70;
const COLUMNS: usize = 67;

/// What of `wanted` the device computes right; the log tells of the rest.
///
/// # Errors
/// When the device is lost, or cannot compute a product in single precision either.
pub(super) async fn passed(gpu: &Gpu, wanted: Capabilities) -> Result<Capabilities, GpuError> {
    let single = wanted.single_precision();
    let half = Capabilities {
        f16_arithmetic: wanted.f16_arithmetic,
        ..single
    };
    let matrices = Capabilities {
        matrices: wanted.matrices,
        ..single
    };
    let kinds = [("half precision", half), ("cooperative matrices", matrices)];
    // Collected: a filter that waits between its items would tie the future to a thread.
    let untested: Vec<_> = kinds
        .into_iter()
        .filter(|&(_, kind)| kind != single)
        .collect();
    if untested.is_empty() {
        return Ok(single);
    }
    let product = Product::new();
    let expected = product.run(gpu, single).await?;
    let mut passed = single;
    for (what, kind) in untested {
        let problem = match product.run(gpu, kind).await {
            Ok(actual) => {
                let (error, bound) = (nmse(&expected, &actual), kind.product_nmse());
                // An error that is not a number is not below the bound either.
                if error <= bound {
                    passed = passed.union(kind);
                    continue;
                }
                format!("a normalised mean squared error of {error:.1e} where {bound:.0e} is right")
            }
            Err(error) => {
                gpu.check()?;
                error.to_string()
            }
        };
        let adapter = &gpu.adapter_info().name;
        tracing::warn!(
            adapter,
            problem,
            "{what} failed the self-test and will not be used"
        );
    }
    Ok(passed)
}

/// A convolution of long sums.
struct Product {
    graph: Graph,
    y: TensorId,
}

impl Product {
    fn new() -> Self {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::sequence(1, INPUTS, COLUMNS), DType::F32);
        let conv = Conv1d {
            channels: OUTPUTS,
            kernel: 3,
            dilation: 1,
        };
        let y = graph
            .conv1d("conv", x, conv, Activation::Identity, Epilogue::NONE)
            .expect("the kernel is odd");
        graph.output(y);
        Self { graph, y }
    }

    async fn run(&self, gpu: &Gpu, capabilities: Capabilities) -> Result<Vec<f32>, GpuError> {
        let gpu = gpu.planning_for(capabilities);
        // Weights below one and columns below 2^12: no half holds the sums, but one of sixteen products it
        // does.
        let (weight, bias) = (values(OUTPUTS * INPUTS * 3, 0), values(OUTPUTS, 0));
        let mut weights = WeightStore::new();
        weights.upload(&gpu, &self.graph, &|name| {
            Some(WeightData {
                format: WeightFormat::F32,
                bytes: bytemuck::cast_slice(if name == "conv.bias" { &bias } else { &weight }),
            })
        })?;
        let executable = Executable::new(&gpu, &self.graph, &gpu.plan(&self.graph)?, &weights)?;
        executable.write_f32("x", &values(INPUTS * COLUMNS, 12))?;
        executable.run(1)?;
        executable.read_f32(self.y).await
    }
}

/// Numbers between -0.5 and 1 times powers of two from `2^-octaves` to `2^octaves`: a mean other than zero,
/// so that sums grow with their length, and magnitudes that differ widely.
fn values(count: usize, octaves: i32) -> Vec<f32> {
    let mut random = SplitMix64(count as u64);
    (0..count)
        .map(|_| {
            let word = random.next();
            let octave = i32::try_from(word % 64).expect("below 64") % (2 * octaves + 1) - octaves;
            (1.5 * unit(word) - 0.5) * 2.0_f32.powi(octave)
        })
        .collect()
}

/// Normalised mean squared error.
fn nmse(expected: &[f32], actual: &[f32]) -> f64 {
    let square = |value: f64| value * value;
    let pairs = expected.iter().zip(actual);
    let error: f64 = pairs
        .map(|(&a, &b)| square(f64::from(a) - f64::from(b)))
        .sum();
    let power: f64 = expected.iter().map(|&value| square(value.into())).sum();
    error / power
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::gpu::adapters::AdapterChoice;
    use crate::gpu::kernels::Kernels;

    const TILED: Capabilities = Capabilities {
        shared_tiles: true,
        ..Capabilities::PORTABLE
    };

    fn gpu() -> Gpu {
        block_on(Gpu::new(&AdapterChoice::Auto)).expect("there is an adapter")
    }

    /// Fails where `change` to the kernel that the device has for `kind` goes unnoticed.
    fn notices(gpu: &Gpu, kind: Capabilities, kernel: &str, (right, wrong): (&str, &str)) {
        if kind == TILED || gpu.planning_for(kind).capabilities() != kind {
            eprintln!("not run: {} cannot run {kernel}", gpu.adapter_info().name);
            return;
        }
        let passes = |gpu: &Gpu| block_on(passed(gpu, kind)).expect("the device is there");
        assert_eq!(passes(gpu), kind);
        let kernels = Kernels::load().expect("all kernels parse");
        let broken = kernels.changed(kernel, |source| source.replace(right, wrong));
        let broken = gpu.with_kernels(broken).expect("the device is there");
        assert_eq!(passes(&broken), TILED);
    }

    /// As on a driver that sums in half precision what was to be summed in single.
    #[test]
    fn sums_in_half_precision_are_noticed() {
        let half = Capabilities {
            f16_arithmetic: true,
            ..TILED
        };
        let change = (
            "sum3 += vec4<f32>(part3)",
            "sum3 = vec4<f32>(vec4<f16>(sum3) + part3)",
        );
        notices(&gpu(), half, "conv_tiles_f16", change);
    }

    /// As on a driver that mistakes one matrix for another.
    #[test]
    fn mistaken_matrices_are_noticed() {
        let gpu = gpu();
        let matrices = Capabilities {
            matrices: gpu.runnable().matrices,
            ..TILED
        };
        let kernel = matrices
            .matrices
            .map_or("cooperative matrices", |found| found.kind.kernel());
        let change = ("(weights1, columns1, sum11)", "(weights1, columns0, sum11)");
        notices(&gpu, matrices, kernel, change);
    }

    #[test]
    fn single_precision_needs_no_test() {
        let gpu = gpu();
        let before = gpu.activity();
        assert_eq!(block_on(passed(&gpu, TILED)), Ok(TILED));
        assert_eq!(gpu.activity(), before);
    }

    #[test]
    fn numbers_are_awkward_and_reproducible() {
        let numbers = values(10_000, 12);
        assert_eq!(numbers, values(10_000, 12));
        let smallest = numbers.iter().fold(f32::MAX, |least, x| least.min(x.abs()));
        let largest = numbers.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        assert!(smallest < 1e-4 && (2000.0..=4096.0).contains(&largest));
    }
}
