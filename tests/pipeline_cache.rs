//! Compiled pipelines are kept for the next process where the backend can, and a file that somebody
//! damaged is replaced, not used.

use std::fs;
use std::path::{Path, PathBuf};

use gss_wgpu::gpu::{Executable, Gpu, GpuOptions, WeightStore};
use gss_wgpu::graph::{DType, Graph, Shape};
use pollster::block_on;

/// Opens a device with this cache folder and adds two numbers on it.
fn compute(folder: &Path) -> Gpu {
    let gpu = block_on(Gpu::open(&GpuOptions {
        cache: Some(folder.to_owned()),
        ..GpuOptions::default()
    }))
    .expect("an adapter");
    let mut graph = Graph::new();
    let x = graph.input("x", Shape::vector(1, 4), DType::F32);
    let y = graph.add("sum", x, x, 1.0).expect("shapes agree");
    graph.output(y);
    let program = gpu.plan(&graph).expect("the graph is sound");
    let executable = Executable::new(&gpu, &graph, &program, &WeightStore::new());
    let executable = executable.expect("the plan is runnable");
    executable.write_f32("x", &[1.0; 4]).expect("x is an input");
    executable.run(1).expect("the device is there");
    let values = block_on(executable.read_f32(y)).expect("an output");
    assert_eq!(values, [2.0; 4]);
    gpu
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

#[test]
fn pipelines_are_kept_and_damage_is_repaired() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = folder.path().join("not/there/yet");
    let gpu = compute(&cache);
    let kept = files(&cache);
    if !gpu
        .device()
        .features()
        .contains(wgpu::Features::PIPELINE_CACHE)
    {
        assert!(kept.is_empty(), "this backend keeps none: {kept:?}");
        return;
    }
    let [file] = kept.as_slice() else {
        panic!("one file for one adapter, found {kept:?}");
    };
    let whole = fs::read(file).expect("the cache");
    compute(&cache);
    assert_eq!(files(&cache), kept);

    for damaged in [&whole[..whole.len() - 1], b"", &[0; 200]] {
        fs::write(file, damaged).expect("the file is ours");
        compute(&cache);
        assert_ne!(fs::read(file).expect("the cache"), damaged);
    }
}
