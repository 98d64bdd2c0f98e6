//! What a run costs the host's memory: wgpu's own bookkeeping for each submission, and nothing of ours
//! that grows with the number of dispatches.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use gss_wgpu::gpu::{Executable, WeightStore};
use gss_wgpu::graph::{DType, Graph, Shape};
use pollster::block_on;
use support::gpu;
use wgpu::{ErrorFilter, PollType};

/// The system's allocator, counting what this thread asks of it.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that is being torn down has no counter any more.
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(action: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    action();
    ALLOCATIONS.get() - before
}

/// A chain of so many dispatches.
fn chain(nodes: usize) -> Executable {
    let mut graph = Graph::new();
    let shape = Shape::sequence(1, 2, 3);
    let x = graph.input("x", shape, DType::F32);
    let mut y = x;
    for node in 0..nodes {
        y = graph
            .add(&format!("node.{node}"), y, x, 0.5)
            .expect("shapes agree");
    }
    graph.output(y);
    let program = gpu().plan(&graph).expect("the graph is sound");
    let executable = Executable::new(gpu(), &graph, &program, &WeightStore::new());
    let executable = executable.expect("the plan is runnable");
    executable.write_f32("x", &[1.0; 6]).expect("x is an input");
    executable.run(1).expect("the device is there");
    block_on(executable.read_f32(y)).expect("an output");
    executable
}

/// What wgpu itself allocates for the same commands, submitted under the same error scopes.
fn by_hand(executable: &Executable) {
    let device = gpu().device();
    let scopes = [
        ErrorFilter::Internal,
        ErrorFilter::OutOfMemory,
        ErrorFilter::Validation,
    ]
    .map(|filter| device.push_error_scope(filter));
    let mut encoder = device.create_command_encoder(&Default::default());
    executable.encode(&mut encoder);
    gpu().queue().submit([encoder.finish()]);
    for scope in scopes.into_iter().rev() {
        assert!(block_on(scope.pop()).is_none());
    }
}

#[test]
fn a_run_allocates_nothing_of_its_own() {
    let executable = chain(100);
    let settle = || {
        let polled = gpu().device().poll(PollType::wait_indefinitely());
        assert!(polled.is_ok());
    };
    for _ in 0..3 {
        settle();
        let bare = allocations(|| by_hand(&executable));
        settle();
        let run = allocations(|| executable.run(1).expect("the device is there"));
        assert!(run <= bare, "{run} allocations, {bare} by hand");
        // wgpu 30 keeps about one allocation for each dispatch, and some forty for a submission.
        assert!(run <= 2 * 100 + 100, "{run} allocations for 100 dispatches");
    }
}
