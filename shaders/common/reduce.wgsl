// Reductions over a workgroup. The kernel declares `const LANES` (invocations, a power of two) and
// `alias Element` (f32 or a vector). Every invocation must call them, and all get the result. The
// order of the additions is fixed: equal inputs give equal bits.
var<workgroup> reduce_scratch: array<Element, LANES>;

fn workgroup_sum(value: Element, lane: u32) -> Element {
    // The result of the reduction before this one has been read by everybody.
    workgroupBarrier();
    reduce_scratch[lane] = value;
    workgroupBarrier();
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        if (lane < half) {
            reduce_scratch[lane] += reduce_scratch[lane + half];
        }
        workgroupBarrier();
    }
    return reduce_scratch[0];
}

fn workgroup_max(value: Element, lane: u32) -> Element {
    workgroupBarrier();
    reduce_scratch[lane] = value;
    workgroupBarrier();
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        if (lane < half) {
            reduce_scratch[lane] = max(reduce_scratch[lane], reduce_scratch[lane + half]);
        }
        workgroupBarrier();
    }
    return reduce_scratch[0];
}
