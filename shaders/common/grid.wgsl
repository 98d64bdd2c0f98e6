// Dispatches are one-dimensional lists of workgroups. A list longer than the limit of 65,535 groups
// a dimension is folded into two dimensions; this is the position in the unfolded list. The last
// rows of a folded list overhang: kernels return when the position is beyond their own end.
fn workgroup_index(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    return group.y * groups.x + group.x;
}
