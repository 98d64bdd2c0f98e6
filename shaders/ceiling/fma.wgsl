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

// One link of two, three or four fours of chains. Links of different chains alternate, so that one is
// computed while another waits.
fn link_2(a: ptr<function, Four>, b: ptr<function, Four>, l: Link) {
    *a = fma(*a, l.factor, l.term);
    *b = fma(*b, l.factor, l.term);
}

fn link_3(a: ptr<function, Four>, b: ptr<function, Four>, c: ptr<function, Four>, l: Link) {
    link_2(a, b, l);
    *c = fma(*c, l.factor, l.term);
}

fn link_4(
    a: ptr<function, Four>,
    b: ptr<function, Four>,
    c: ptr<function, Four>,
    d: ptr<function, Four>,
    l: Link,
) {
    link_2(a, b, l);
    link_2(c, d, l);
}

// Different in every invocation, so that no driver computes the chains only once.
fn start(index: u32) -> Four {
    return Four(Real(index % 16u), 1.0, 2.0, 3.0);
}

fn store(index: u32, a: Four) {
    y[index] = f32(a.x + a.y + a.z + a.w);
}

@compute @workgroup_size(LANES)
fn chains_8(@builtin(global_invocation_id) id: vec3<u32>) {
    let l = link();
    var a = start(id.x);
    var b = a + 1.0;
    for (var i = 0u; i < params.rounds; i++) {
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
        link_2(&a, &b, l);
    }
    store(id.x, a + b);
}

@compute @workgroup_size(LANES)
fn chains_12(@builtin(global_invocation_id) id: vec3<u32>) {
    let l = link();
    var a = start(id.x);
    var b = a + 1.0;
    var c = a + 2.0;
    for (var i = 0u; i < params.rounds; i++) {
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
        link_3(&a, &b, &c, l);
    }
    store(id.x, a + b + c);
}

@compute @workgroup_size(LANES)
fn chains_16(@builtin(global_invocation_id) id: vec3<u32>) {
    let l = link();
    var a = start(id.x);
    var b = a + 1.0;
    var c = a + 2.0;
    var d = a + 3.0;
    for (var i = 0u; i < params.rounds; i++) {
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&a, &b, &c, &d, l);
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
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
        link_4(&a, &b, &c, &d, l);
        link_4(&e, &f, &g, &h, l);
    }
    store(id.x, a + b + c + d + e + f + g + h);
}
