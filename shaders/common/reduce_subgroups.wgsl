// reduce.wgsl by subgroup operations: two barriers and as many additions as there are subgroups, instead of
// a barrier for every halving. Subgroups may have any size; those of a workgroup have the same, and hold
// neighbouring invocations. Equal inputs give equal bits on a device.
var<workgroup> reduce_scratch: array<Element, LANES>;

// Where a subgroup leaves its result, and whether this invocation is the one to do it.
struct Leader {
    subgroup: u32,
    is_leader: bool,
    subgroups: u32,  // of the workgroup
}

fn leader_of(lane: u32) -> Leader {
    let first = subgroupMin(lane);
    // As large as a subgroup is, or the workgroup, if that is smaller.
    let size = subgroupAdd(1u);
    return Leader(first / size, lane == first, LANES / size);
}

fn workgroup_sum(value: Element, lane: u32) -> Element {
    let leader = leader_of(lane);
    let of_subgroup = subgroupAdd(value);
    // The result of the reduction before this one has been read by everybody.
    workgroupBarrier();
    if (leader.is_leader) {
        reduce_scratch[leader.subgroup] = of_subgroup;
    }
    workgroupBarrier();
    var sum = reduce_scratch[0];
    for (var i = 1u; i < leader.subgroups; i++) {
        sum += reduce_scratch[i];
    }
    return sum;
}

fn workgroup_max(value: Element, lane: u32) -> Element {
    let leader = leader_of(lane);
    let of_subgroup = subgroupMax(value);
    workgroupBarrier();
    if (leader.is_leader) {
        reduce_scratch[leader.subgroup] = of_subgroup;
    }
    workgroupBarrier();
    var highest = reduce_scratch[0];
    for (var i = 1u; i < leader.subgroups; i++) {
        highest = max(highest, reduce_scratch[i]);
    }
    return highest;
}
