//! Multi-head attention and linear attention.

use super::values::{Grid, View, add_scaled, dot};
use crate::graph::tensor::Shape;

/// `queries` and `keys` are the valid columns of each item.
pub(super) fn weights(
    query: View<'_>,
    key: View<'_>,
    [queries, keys]: [&[usize]; 2],
    heads: usize,
    scale: f32,
) -> Grid {
    let Shape { n, c, w, .. } = query.shape;
    let dim = c / heads;
    let mut y = Grid::zeros(Shape::new(n, heads, w, key.shape.w));
    for (n, (&queries, &keys)) in queries.iter().zip(keys).enumerate() {
        for head in 0..heads {
            for q in 0..queries {
                let row = &mut y.row_mut(n, head, q)[..keys];
                for channel in head * dim..(head + 1) * dim {
                    let factor = f64::from(scale) * query.at(n, channel, 0, q);
                    add_scaled(row, factor, key.row(n, channel, 0));
                }
                softmax(row);
            }
        }
    }
    y
}

fn softmax(row: &mut [f64]) {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for x in row.iter_mut() {
        *x = (*x - largest).exp();
    }
    let sum: f64 = row.iter().sum();
    for x in row {
        *x /= sum;
    }
}

pub(super) fn mix(weights: View<'_>, value: View<'_>) -> Grid {
    let dim = value.shape.c / weights.shape.c;
    let shape = Shape {
        w: weights.shape.h,
        ..value.shape
    };
    Grid::from_fn(shape, |n, c, _, q| {
        dot(weights.row(n, c / dim, q), value.row(n, c, 0))
    })
}

/// `shape` is the output's: `[n, heads * dim, 1, 2]`.
pub(super) fn linear_statistics(qkv: View<'_>, valid: &[usize], shape: Shape) -> Grid {
    let mut y = Grid::zeros(shape);
    for (n, &valid) in valid.iter().enumerate() {
        for d in 0..shape.c {
            let keys = valid_elements(qkv, n, shape.c + d, valid);
            let largest = keys.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = keys.iter().map(|key| (key - largest).exp()).sum();
            y.row_mut(n, d, 0).copy_from_slice(&[largest, 1.0 / sum]);
        }
    }
    y
}

/// `shape` is the output's: `[n, heads, dim, dim]`.
pub(super) fn linear_context(
    qkv: View<'_>,
    statistics: View<'_>,
    valid: &[usize],
    shape: Shape,
) -> Grid {
    let (dim, inner) = (shape.h, statistics.shape.c);
    let mut y = Grid::zeros(shape);
    for (n, &valid) in valid.iter().enumerate() {
        let values: Vec<_> = (0..inner)
            .map(|e| valid_elements(qkv, n, 2 * inner + e, valid))
            .collect();
        for channel in 0..inner {
            let (head, d) = (channel / dim, channel % dim);
            let [largest, reciprocal] = [0, 1].map(|which| statistics.at(n, channel, 0, which));
            let mut keys = valid_elements(qkv, n, inner + channel, valid);
            for key in &mut keys {
                *key = (*key - largest).exp() * reciprocal;
            }
            for (e, y) in y.row_mut(n, head, d).iter_mut().enumerate() {
                *y = dot(&keys, &values[head * dim + e]);
            }
        }
    }
    y
}

pub(super) fn linear_apply(qkv: View<'_>, context: View<'_>) -> Grid {
    let Shape {
        c: heads, h: dim, ..
    } = context.shape;
    let mut y = Grid::zeros(Shape {
        c: heads * dim,
        ..qkv.shape
    });
    for n in 0..qkv.shape.n {
        for channel in 0..heads * dim {
            let (head, e) = (channel / dim, channel % dim);
            for d in 0..dim {
                let query = qkv.plane(n, head * dim + d);
                add_scaled(y.plane_mut(n, channel), context.at(n, head, d, e), query);
            }
        }
    }
    y
}

/// All rows of a channel without their masked columns.
fn valid_elements(x: View<'_>, n: usize, c: usize, valid: usize) -> Vec<f64> {
    let rows = x.plane(n, c).chunks(x.shape.w);
    rows.flat_map(|row| &row[..valid]).copied().collect()
}
