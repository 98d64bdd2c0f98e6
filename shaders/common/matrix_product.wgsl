// An implicit product by cooperative matrices: units that multiply small matrices, each shared by the
// invocations of a subgroup. Needs implicit_product, and of the kernel:
//
//   Factor      element type of the factors, with `fn factors_of(values: vec4<f32>) -> vec4<Factor>`
//   SIZE        rows and columns of a matrix
//   WeightMatrix, ColumnMatrix, SumMatrix   of SIZE x SIZE, in the roles A, B and C; the sums are f32
//
// A workgroup of TEAMS x TEAMS subgroups computes TILE output channels at TILE positions, DEPTH terms of
// the sums at a time, which it loads into workgroup memory; a subgroup computes 2 x 2 matrices. Which
// subgroup an invocation belongs to follows from its number: asking for it takes a feature that crashes
// some drivers beside matrices. So all subgroups must have the same, known size.
const TEAMS: u32 = 2;
const TILE: u32 = TEAMS * 2 * SIZE;
const DEPTH: u32 = 32;
// Fours of channels or positions.
const QUADS: u32 = TILE / 4;

override SUBGROUP: u32 = 32;  // invocations of a subgroup

// [DEPTH][TILE]
var<workgroup> weight_tile: array<Factor, DEPTH * TILE>;
var<workgroup> column_tile: array<Factor, DEPTH * TILE>;
// One matrix of sums for each subgroup, [channel][position].
var<workgroup> staged: array<f32, TEAMS * TEAMS * SIZE * SIZE>;

// Finishes and stores the matrix that a subgroup has staged.
fn store_staged(item: u32, channel: u32, position: u32, team: u32, lane: u32) {
    for (var i = lane; i < SIZE * SIZE / 4u; i += SUBGROUP) {
        let at = team * SIZE * SIZE + 4u * i;
        let sums = vec4(staged[at], staged[at + 1u], staged[at + 2u], staged[at + 3u]);
        let here = positions_from(item, position + 4u * i % SIZE);
        store_channel(item, channel + 4u * i / SIZE, here, sums);
    }
}

@compute @workgroup_size(SUBGROUP, TEAMS * TEAMS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    // Not corner.item >= params.items: control flow around matrices must be the same in all invocations,
    // and naga does not see that it is where a function's arguments decide.
    if (group.y * groups.x + group.x >= params.items * tiles_down() * tiles_across()) {
        return;
    }
    let corner = corner_of(group, groups);
    let depth = depth_of();
    let lane = local.x;
    let team = local.y;
    // Rows of the tiles that the workgroup loads at once, and what of them an invocation does.
    let rows = TEAMS * TEAMS * SUBGROUP / QUADS;
    let row = (team * SUBGROUP + lane) / QUADS;
    let quad = (team * SUBGROUP + lane) % QUADS * 4u;
    let origins = origins_of(corner.position + quad);
    // Where the subgroup's matrices begin in the tile.
    let channel = team / TEAMS * 2u * SIZE;
    let position = team % TEAMS * 2u * SIZE;

    var sum00: SumMatrix;  // of the first channels at the first positions
    var sum01: SumMatrix;
    var sum10: SumMatrix;
    var sum11: SumMatrix;
    for (var start = 0u; start < depth; start += DEPTH) {
        for (var i = row; i < DEPTH; i += rows) {
            let at = i * TILE + quad;
            let weights = factors_of(four_weights(corner.channel + quad, start + i, depth));
            weight_tile[at] = weights.x;
            weight_tile[at + 1u] = weights.y;
            weight_tile[at + 2u] = weights.z;
            weight_tile[at + 3u] = weights.w;
            let columns = factors_of(four_columns(corner.item, origins, start + i, depth));
            column_tile[at] = columns.x;
            column_tile[at + 1u] = columns.y;
            column_tile[at + 2u] = columns.z;
            column_tile[at + 3u] = columns.w;
        }
        workgroupBarrier();
        for (var i = 0u; i < DEPTH; i += SIZE) {
            let weights0 = coopLoad<WeightMatrix>(&weight_tile[i * TILE + channel], TILE);
            let weights1 = coopLoad<WeightMatrix>(&weight_tile[i * TILE + channel + SIZE], TILE);
            let columns0 = coopLoadT<ColumnMatrix>(&column_tile[i * TILE + position], TILE);
            let columns1 = coopLoadT<ColumnMatrix>(&column_tile[i * TILE + position + SIZE], TILE);
            sum00 = coopMultiplyAdd(weights0, columns0, sum00);
            sum01 = coopMultiplyAdd(weights0, columns1, sum01);
            sum10 = coopMultiplyAdd(weights1, columns0, sum10);
            sum11 = coopMultiplyAdd(weights1, columns1, sum11);
        }
        // The tiles have been read by everybody.
        workgroupBarrier();
    }

    let first_channel = corner.channel + channel;
    let first_position = corner.position + position;
    let stage = team * SIZE * SIZE;
    coopStoreT(sum00, &staged[stage], SIZE);
    workgroupBarrier();
    store_staged(corner.item, first_channel, first_position, team, lane);
    workgroupBarrier();
    coopStoreT(sum01, &staged[stage], SIZE);
    workgroupBarrier();
    store_staged(corner.item, first_channel, first_position + SIZE, team, lane);
    workgroupBarrier();
    coopStoreT(sum10, &staged[stage], SIZE);
    workgroupBarrier();
    store_staged(corner.item, first_channel + SIZE, first_position, team, lane);
    workgroupBarrier();
    coopStoreT(sum11, &staged[stage], SIZE);
    workgroupBarrier();
    store_staged(corner.item, first_channel + SIZE, first_position + SIZE, team, lane);
}
