//! Layer, style-adaptive and group normalisation: two passes, mean first.

use super::product::activate;
use super::values::{Grid, View};
use crate::graph::op::Activation;
use crate::graph::tensor::Shape;

pub(super) fn layer_norm(x: View<'_>, gamma: View<'_>, beta: View<'_>, eps: f32) -> Grid {
    normalise_columns(x, eps, |_, c| (gamma.at(c, 0, 0, 0), beta.at(c, 0, 0, 0)))
}

pub(super) fn style_adaptive_layer_norm(x: View<'_>, affine: View<'_>, eps: f32) -> Grid {
    let channels = x.shape.c;
    normalise_columns(x, eps, |n, c| {
        (affine.at(n, c, 0, 0), affine.at(n, channels + c, 0, 0))
    })
}

/// `affine(n, c)` gives scale and shift.
fn normalise_columns(x: View<'_>, eps: f32, affine: impl Fn(usize, usize) -> (f64, f64)) -> Grid {
    let shape = x.shape;
    let statistics = Grid::from_fn(Shape::new(shape.n, shape.w, 1, 2), |n, w, _, which| {
        let column = (0..shape.c).map(|c| x.at(n, c, 0, w)).collect::<Vec<_>>();
        Moments::of(&column).statistics(eps)[which]
    });
    let statistics = statistics.view();
    Grid::from_fn(shape, |n, c, h, w| {
        let (gamma, beta) = affine(n, c);
        let [mean, rstd] = [0, 1].map(|which| statistics.at(n, w, 0, which));
        gamma * (x.at(n, c, h, w) - mean) * rstd + beta
    })
}

pub(super) fn group_norm_partial(
    x: View<'_>,
    valid: &[usize],
    groups: usize,
    chunk: usize,
    shape: Shape,
) -> Grid {
    let mut y = Grid::zeros(shape);
    for (n, &valid) in valid.iter().enumerate() {
        for g in 0..groups {
            let elements = group_elements(x, n, g, groups);
            for (k, chunk) in elements.chunks(chunk).enumerate() {
                let chunk = chunk.iter().filter(|(w, _)| *w < valid);
                let moments = Moments::of(&chunk.map(|(_, value)| *value).collect::<Vec<_>>());
                let triple = [moments.mean, moments.squares, moments.count];
                y.row_mut(n, g, k).copy_from_slice(&triple);
            }
        }
    }
    y
}

pub(super) fn group_norm_merge(partial: View<'_>, eps: f32) -> Grid {
    let shape = Shape::new(partial.shape.n, partial.shape.c, 1, 2);
    Grid::from_fn(shape, |n, g, _, which| {
        let chunks = (0..partial.shape.h).map(|k| {
            let chunk = partial.row(n, g, k);
            Moments {
                mean: chunk[0],
                squares: chunk[1],
                count: chunk[2],
            }
        });
        let merged = chunks.fold(Moments::EMPTY, Moments::merge);
        merged.statistics(eps)[which]
    })
}

pub(super) fn group_norm_statistics(x: View<'_>, valid: &[usize], groups: usize, eps: f32) -> Grid {
    let mut y = Grid::zeros(Shape::new(x.shape.n, groups, 1, 2));
    for (n, &valid) in valid.iter().enumerate() {
        for g in 0..groups {
            let elements = group_elements(x, n, g, groups).into_iter();
            let elements = elements.filter(|(w, _)| *w < valid);
            let moments = Moments::of(&elements.map(|(_, value)| value).collect::<Vec<_>>());
            y.row_mut(n, g, 0).copy_from_slice(&moments.statistics(eps));
        }
    }
    y
}

pub(super) fn group_norm_apply(
    x: View<'_>,
    statistics: View<'_>,
    [gamma, beta]: [View<'_>; 2],
    shift: Option<View<'_>>,
    activation: Activation,
) -> Grid {
    let channels_per_group = x.shape.c / statistics.shape.c;
    Grid::from_fn(x.shape, |n, c, h, w| {
        let group = statistics.row(n, c / channels_per_group, 0);
        let normal = (x.at(n, c, h, w) - group[0]) * group[1];
        let y = gamma.at(c, 0, 0, 0) * normal + beta.at(c, 0, 0, 0);
        activate(activation, y) + shift.map_or(0.0, |shift| shift.at(n, c, 0, 0))
    })
}

/// All elements of a group with their columns, in the order channel, row, column.
fn group_elements(x: View<'_>, n: usize, g: usize, groups: usize) -> Vec<(usize, f64)> {
    let channels = x.shape.c / groups;
    let planes = (g * channels..(g + 1) * channels).map(|c| x.plane(n, c));
    let rows = planes.flat_map(|plane| plane.chunks(x.shape.w));
    rows.flat_map(|row| row.iter().copied().enumerate())
        .collect()
}

/// Mean, sum of squared deviations from it, and number of some elements; zeros for none.
#[derive(Debug, Clone, Copy)]
struct Moments {
    mean: f64,
    squares: f64,
    count: f64,
}

impl Moments {
    const EMPTY: Self = Self {
        mean: 0.0,
        squares: 0.0,
        count: 0.0,
    };

    fn of(elements: &[f64]) -> Self {
        if elements.is_empty() {
            return Self::EMPTY;
        }
        let count = elements.len() as f64;
        let mean = elements.iter().sum::<f64>() / count;
        let squares = elements.iter().map(|x| (x - mean).powi(2)).sum();
        Self {
            mean,
            squares,
            count,
        }
    }

    /// Of two sets together (Chan, Golub and `LeVeque`, "Updating formulae and a pairwise algorithm
    /// for computing sample variances", 1979).
    fn merge(self, other: Self) -> Self {
        let count = self.count + other.count;
        if count == 0.0 {
            return Self::EMPTY;
        }
        let delta = other.mean - self.mean;
        let share = other.count / count;
        Self {
            mean: self.mean + delta * share,
            squares: self.squares + other.squares + delta.powi(2) * self.count * share,
            count,
        }
    }

    /// `(mean, 1 / sqrt(variance + eps))`, biased variance.
    fn statistics(self, eps: f32) -> [f64; 2] {
        let variance = self.squares / self.count.max(1.0);
        [self.mean, 1.0 / (variance + f64::from(eps)).sqrt()]
    }
}
