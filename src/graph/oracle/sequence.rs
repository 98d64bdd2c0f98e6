//! Embedding, positions, length regulation, pooling, and pointwise combinations.

use super::values::{Grid, View};
use crate::graph::tensor::Shape;

pub(super) fn glu(x: View<'_>, residual: View<'_>) -> Grid {
    let channels = residual.shape.c;
    Grid::from_fn(residual.shape, |n, c, h, w| {
        let gate = 1.0 / (1.0 + (-x.at(n, channels + c, h, w)).exp());
        residual.at(n, c, h, w) + x.at(n, c, h, w) * gate
    })
}

pub(super) fn add(a: View<'_>, b: View<'_>, scale: f32) -> Grid {
    Grid::from_fn(a.shape, |n, c, h, w| {
        let b = if b.shape == a.shape {
            b.at(n, c, h, w)
        } else {
            b.at(n, c, 0, 0)
        };
        f64::from(scale) * (a.at(n, c, h, w) + b)
    })
}

pub(super) fn concat(a: View<'_>, b: View<'_>, shape: Shape) -> Grid {
    let channels = a.shape.c;
    Grid::from_fn(shape, |n, c, h, w| {
        if c < channels {
            a.at(n, c, h, w)
        } else {
            b.at(n, c - channels, h, w)
        }
    })
}

pub(super) fn embedding(ids: &[u32], table: View<'_>, shape: Shape) -> Grid {
    Grid::from_fn(shape, |n, c, _, w| {
        let symbol = ids[n * shape.w + w] as usize;
        if symbol < table.shape.n {
            table.at(symbol, c, 0, 0)
        } else {
            f64::NAN
        }
    })
}

pub(super) fn add_positions(x: View<'_>) -> Grid {
    let channels = x.shape.c as f64;
    Grid::from_fn(x.shape, |n, c, h, w| {
        let pair = (c / 2) as f64;
        let angle = w as f64 / 10_000_f64.powf(2.0 * pair / channels);
        let position = if c % 2 == 0 { angle.sin() } else { angle.cos() };
        x.at(n, c, h, w) + position
    })
}

pub(super) fn regulate_length(x: View<'_>, index: &[u32], shape: Shape) -> Grid {
    Grid::from_fn(shape, |n, c, h, w| {
        let token = index[n * shape.w + w] as usize;
        x.row(n, c, h).get(token).copied().unwrap_or(f64::NAN)
    })
}

pub(super) fn transport(x: View<'_>, map: View<'_>, offset: View<'_>, shape: Shape) -> Grid {
    Grid::from_fn(shape, |n, o, h, w| {
        let factors = map.row(n, 0, o).iter().enumerate();
        let sum: f64 = factors.map(|(c, factor)| factor * x.at(n, c, h, w)).sum();
        offset.at(n, o, 0, 0) + sum
    })
}

pub(super) fn masked_mean(x: View<'_>, valid: &[usize]) -> Grid {
    Grid::from_fn(Shape::vector(x.shape.n, x.shape.c), |n, c, _, _| {
        let columns = &x.row(n, c, 0)[..valid[n]];
        columns.iter().sum::<f64>() / columns.len() as f64
    })
}
