//! The reverse diffusion: time embedding, start, update.

use super::values::{Grid, View};
use crate::graph::builder::diffusion::TABLE_COLUMNS;
use crate::graph::error::GraphError;
use crate::graph::noise::standard_normal;
use crate::graph::tensor::Shape;

/// One row of the solver table, see [`crate::graph::Op::DiffusionUpdate`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) time: f64,
    p: f64,
    q: f64,
    a: f64,
    b: f64,
    c: f64,
    noise: f64,
    clip: f64,
}

pub(super) fn table_row(table: View<'_>, step: u32, node: &str) -> Result<Row, GraphError> {
    let row = table.data.chunks(TABLE_COLUMNS).nth(step as usize);
    let &[time, p, q, a, b, c, noise, clip] = row.unwrap_or_default() else {
        return Err(GraphError::Step {
            node: node.to_owned(),
            step,
            rows: table.shape.h,
        });
    };
    Ok(Row {
        time,
        p,
        q,
        a,
        b,
        c,
        noise,
        clip,
    })
}

pub(super) fn time_embedding(time: f64, items: usize, dim: usize, scale: f32) -> Grid {
    let half = dim / 2;
    Grid::from_fn(Shape::vector(items, dim), |_, k, _, _| {
        let exponent = (k % half) as f64 / (half - 1) as f64;
        let angle = f64::from(scale) * time * (-exponent * 10_000_f64.ln()).exp();
        if k < half { angle.sin() } else { angle.cos() }
    })
}

pub(super) fn start(mean: View<'_>, seeds: &[u32], deviation: f64) -> Grid {
    Grid::from_fn(mean.shape, |n, c, h, w| {
        let z = noise(seeds, mean.shape, 0, [n, c, h, w]);
        mean.at(n, c, h, w) + deviation * z
    })
}

pub(super) fn guide(network: View<'_>, null_network: View<'_>, guidance: f64) -> Grid {
    Grid::from_fn(network.shape, |n, c, h, w| {
        let (with, without) = (network.at(n, c, h, w), null_network.at(n, c, h, w));
        without + guidance * (with - without)
    })
}

/// The new state and the new clean estimate.
pub(super) fn update(
    state: View<'_>,
    clean: View<'_>,
    mean: View<'_>,
    network: View<'_>,
    row: &Row,
    seeds: &[u32],
    stream: u32,
) -> Vec<Grid> {
    let new_clean = Grid::from_fn(state.shape, |n, c, h, w| {
        let offset = state.at(n, c, h, w) - mean.at(n, c, h, w);
        let estimate = row.p * offset + row.q * network.at(n, c, h, w);
        estimate.max(-row.clip).min(row.clip)
    });
    let estimate = new_clean.view();
    let new_state = Grid::from_fn(state.shape, |n, c, h, w| {
        let offset = state.at(n, c, h, w) - mean.at(n, c, h, w);
        let z = noise(seeds, state.shape, stream, [n, c, h, w]);
        let offset = row.a * offset
            + row.b * estimate.at(n, c, h, w)
            + row.c * clean.at(n, c, h, w)
            + row.noise * z;
        mean.at(n, c, h, w) + offset
    });
    vec![new_state, new_clean]
}

/// Standard normal noise of one element.
fn noise(seeds: &[u32], shape: Shape, stream: u32, [n, c, h, w]: [usize; 4]) -> f64 {
    let word = |position| u32::try_from(position).expect("no tensor has 2^32 rows or columns");
    let seed = [seeds[2 * n], seeds[2 * n + 1]];
    standard_normal(seed, word(w), word(c * shape.h + h), stream)
}
