// The rate of multiply-adds. Every invocation carries on chains of
//
//   a = a * factor + term
//
// and touches memory only at its end. A chain waits for its own last result: few chains leave the
// adapter waiting, many no longer fit into registers, so there is an entry point for each of several
// numbers of chains. Sixteen links of every chain are written out in each turn of the loop.
//
// Before this text stands `alias Real = f32;`, or `enable f16; alias Real = f16;`.
// Workgroups: as many as y has elements / LANES. Multiply-adds: invocations * rounds * 16 * chains.
struct Params {
    rounds: u32,
    factor: f32,  // below 1, so that the chains stay finite
    term: f32,
}

const LANES: u32 = 256;
alias Four = vec4<Real>;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Link {
    factor: Four,
    term: Four,
}

fn link() -> Link {
    return Link(Four(Real(params.factor)), Four(Real(params.term)));
}

fn four_links(a: Four, l: Link) -> Four {
    let b = fma(fma(a, l.factor, l.term), l.factor, l.term);
    return fma(fma(b, l.factor, l.term), l.factor, l.term);
}

fn sixteen_links(a: Four, l: Link) -> Four {
    return four_links(four_links(four_links(four_links(a, l), l), l), l);
}

// Different in every invocation, so that no driver computes the chains only once.
fn start(index: u32) -> Four {
    return Four(Real(index % 16u), 1.0, 2.0, 3.0);
}

fn store(index: u32, a: Four) {
    y[index] = f32(a.x + a.y + a.z + a.w);
}

@compute @workgroup_size(LANES)
fn chains_4(@builtin(global_invocation_id) id: vec3<u32>) {
    let l = link();
    var a = start(id.x);
    for (var i = 0u; i < params.rounds; i++) {
        a = sixteen_links(a, l);
    }
    store(id.x, a);
}

@compute @workgroup_size(LANES)
fn chains_8(@builtin(global_invocation_id) id: vec3<u32>) {
    let l = link();
    var a = start(id.x);
    var b = a + 1.0;
    for (var i = 0u; i < params.rounds; i++) {
        a = sixteen_links(a, l);
        b = sixteen_links(b, l);
    }
    store(id.x, a + b);
}

@compute @workgroup_size(LANES)
fn chains_16(@builtin(global_invocation_id) id: vec3<u32>) {
    let l = link();
    var a = start(id.x);
    var b = a + 1.0;
    var c = a + 2.0;
    var d = a + 3.0;
    for (var i = 0u; i < params.rounds; i++) {
        a = sixteen_links(a, l);
        b = sixteen_links(b, l);
        c = sixteen_links(c, l);
        d = sixteen_links(d, l);
    }
    store(id.x, a + b + c + d);
}

@compute @workgroup_size(LANES)
fn chains_32(@builtin(global_invocation_id) id: vec3<u32>) {
    let l = link();
    var a = start(id.x);
    var b = a + 1.0;
    var c = a + 2.0;
    var d = a + 3.0;
    var e = a + 4.0;
    var f = a + 5.0;
    var g = a + 6.0;
    var h = a + 7.0;
    for (var i = 0u; i < params.rounds; i++) {
        a = sixteen_links(a, l);
        b = sixteen_links(b, l);
        c = sixteen_links(c, l);
        d = sixteen_links(d, l);
        e = sixteen_links(e, l);
        f = sixteen_links(f, l);
        g = sixteen_links(g, l);
        h = sixteen_links(h, l);
    }
    store(id.x, a + b + c + d + e + f + g + h);
}
