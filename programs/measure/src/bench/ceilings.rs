//! What an adapter can do at best, measured with the kernels of `shaders/ceiling/`.

use serde::Serialize;
use wgpu::Features;

use super::micro::{BANDWIDTH, DISPATCH, FMA, FMA_F16, FMA_F32, LOADS, Micro, params, words};
use super::report::Bound;
use super::timing::samples;
use gss_wgpu::gpu::{Gpu, GpuError};

/// Invocations of a workgroup in the kernels that keep an adapter busy.
const LANES: u32 = 256;

/// Workgroups of the kernels that compute: a quarter of a million invocations fill the largest GPUs.
const WORKGROUPS: u32 = 1024;

/// Links of a chain, and loads, that the kernels write out in each turn of their loops.
const UNROLLED: u32 = 16;

/// Multiply-adds of each invocation, about: 4 GFLOP a dispatch, so that a slow integrated GPU stays far
/// below its watchdog's two seconds.
const MULTIPLY_ADDS: u32 = 1 << 13;

/// Words that each invocation loads.
const LOADED_WORDS: u32 = 1 << 11;

/// Words of the buffer that the loads come from, as in the kernel.
const CACHED_WORDS: u32 = 4096;

/// Words of each of the two buffers that show the bandwidth: 128 MiB, the largest binding that every
/// adapter allows.
const COPIED_WORDS: u32 = 1 << 25;

/// Elements that an invocation copies.
const COPIES: u32 = 8;

/// Samples of each kernel. The fastest counts: a ceiling is what is possible.
const SAMPLES: usize = 3;

/// Entry points of the multiply-add kernel with their chains.
const CHAINS: [(&str, u32); 4] = [
    ("chains_8", 8),
    ("chains_12", 12),
    ("chains_16", 16),
    ("chains_32", 32),
];

/// What an adapter can do at best.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ceilings {
    /// Rate of multiply-adds in single precision, two operations each, in 1e9 operations a second.
    pub fma_f32_gflops: f64,
    /// Independent chains of multiply-adds in an invocation that reached it.
    pub fma_f32_chains: u32,
    /// The same in half precision, where the adapter has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fma_f16_gflops: Option<f64>,
    /// Chains that reached it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fma_f16_chains: Option<u32>,
    /// Rate of loads of 32-bit words from storage that is in the nearest cache, in 1e9 a second.
    pub loads_gops: f64,
    /// Rate at which a copy of 128 MiB reads and writes memory, both counted, in 1e9 bytes a second.
    pub bandwidth_gbs: f64,
    /// Time from one dispatch to the next in one compute pass where each waits for the one before, in
    /// microseconds, encoding included.
    pub dispatch_us: f64,
}

impl Ceilings {
    /// Measures an adapter; takes a few seconds on a slow one.
    ///
    /// # Errors
    /// When the device fails or has no 256 MiB of memory.
    pub async fn measure(gpu: &Gpu) -> Result<Self, GpuError> {
        let (fma_f32_gflops, fma_f32_chains) = fma(gpu, FMA_F32).await?;
        let half = if gpu.device().features().contains(Features::SHADER_F16) {
            Some(fma(gpu, FMA_F16).await?)
        } else {
            None
        };
        Ok(Self {
            fma_f32_gflops,
            fma_f32_chains,
            fma_f16_gflops: half.map(|(rate, _)| rate),
            fma_f16_chains: half.map(|(_, chains)| chains),
            loads_gops: loads(gpu).await?,
            bandwidth_gbs: bandwidth(gpu).await?,
            dispatch_us: dispatch(gpu).await?,
        })
    }
}

impl Ceilings {
    /// The ceiling that binds a dispatch with so many operations on so many bytes, and
    /// the least time in seconds that it leaves.
    #[must_use]
    pub fn binding(&self, flops: f64, bytes: f64) -> (Bound, f64) {
        let others = [
            (Bound::Bandwidth, bytes / self.bandwidth_gbs / 1e9),
            (Bound::Dispatch, self.dispatch_us / 1e6),
        ];
        let arithmetic = (Bound::Arithmetic, flops / self.fma_f32_gflops / 1e9);
        others.into_iter().fold(arithmetic, |longest, other| {
            if other.1 > longest.1 { other } else { longest }
        })
    }
}

/// GFLOP/s and the number of chains that reached them. `precision` is the head of the kernel.
async fn fma(gpu: &Gpu, precision: &str) -> Result<(f64, u32), GpuError> {
    let source = format!("{precision}{FMA}");
    let y = words(gpu, "results", WORKGROUPS * LANES)?;
    let mut best = (0.0, 0);
    for (entry, chains) in CHAINS {
        let rounds = MULTIPLY_ADDS / UNROLLED / chains;
        let multiply_adds = f64::from(WORKGROUPS * LANES) * f64::from(rounds * UNROLLED * chains);
        let half = 0.5_f32.to_bits();
        let params = params(gpu, [rounds, half, half, 0])?;
        let kernel = Micro::new(gpu, &source, entry, &[(0, &params), (1, &y)], WORKGROUPS)?;
        let rate = 2.0 * multiply_adds / fastest(gpu, &kernel).await? / 1e9;
        if rate > best.0 {
            best = (rate, chains);
        }
    }
    Ok(best)
}

/// 1e9 words a second.
async fn loads(gpu: &Gpu) -> Result<f64, GpuError> {
    let y = words(gpu, "results", WORKGROUPS * LANES)?;
    let x = words(gpu, "operands", CACHED_WORDS)?;
    let loaded = f64::from(WORKGROUPS * LANES) * f64::from(LOADED_WORDS);
    let mut best: f64 = 0.0;
    for (entry, binding, width) in [("words", 2, 1), ("vectors", 3, 4)] {
        let params = params(gpu, [LOADED_WORDS / UNROLLED / width, 0, 0, 0])?;
        let buffers = [(0, &params), (1, &y), (binding, &x)];
        let kernel = Micro::new(gpu, LOADS, entry, &buffers, WORKGROUPS)?;
        best = best.max(loaded / fastest(gpu, &kernel).await? / 1e9);
    }
    Ok(best)
}

/// GB/s, reads and writes together.
async fn bandwidth(gpu: &Gpu) -> Result<f64, GpuError> {
    let y = words(gpu, "a copy", COPIED_WORDS)?;
    let x = words(gpu, "its original", COPIED_WORDS)?;
    let moved = 2.0 * 4.0 * f64::from(COPIED_WORDS);
    let mut best: f64 = 0.0;
    for (entry, bindings, width) in [("words", [1, 2], 1), ("vectors", [3, 4], 4)] {
        let workgroups = COPIED_WORDS / width / LANES / COPIES;
        let buffers = [(bindings[0], &y), (bindings[1], &x)];
        let kernel = Micro::new(gpu, BANDWIDTH, entry, &buffers, workgroups)?;
        best = best.max(moved / fastest(gpu, &kernel).await? / 1e9);
    }
    Ok(best)
}

/// Microseconds.
async fn dispatch(gpu: &Gpu) -> Result<f64, GpuError> {
    let y = words(gpu, "results", LANES)?;
    let kernel = Micro::new(gpu, DISPATCH, "main", &[(1, &y)], 1)?;
    Ok(1e6 * fastest(gpu, &kernel).await?)
}

/// Seconds of a dispatch.
async fn fastest(gpu: &Gpu, kernel: &Micro<'_>) -> Result<f64, GpuError> {
    let seconds = samples(gpu, SAMPLES, f64::INFINITY, |times| kernel.run(times)).await?;
    Ok(seconds.into_iter().fold(f64::INFINITY, f64::min))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_that_needs_most_time_binds() {
        let ceilings = Ceilings {
            fma_f32_gflops: 100.0,
            fma_f32_chains: 8,
            fma_f16_gflops: None,
            fma_f16_chains: None,
            loads_gops: 10.0,
            bandwidth_gbs: 10.0,
            dispatch_us: 5.0,
        };
        assert_eq!(ceilings.binding(1e9, 1e6), (Bound::Arithmetic, 0.01));
        assert_eq!(ceilings.binding(1e6, 1e9), (Bound::Bandwidth, 0.1));
        assert_eq!(ceilings.binding(10.0, 40.0), (Bound::Dispatch, 5e-6));
    }
}
