//! Mean and variance.

/// `PyTorch`'s default, used by every norm of this model.
pub(super) const EPS: f32 = 1e-5;

/// Mean and `1 / sqrt(variance + eps)` of some elements, biased variance, in two passes.
pub(super) fn moments(elements: &[f64], eps: f32) -> [f64; 2] {
    let count = elements.len() as f64;
    let mean = elements.iter().sum::<f64>() / count;
    let squares: f64 = elements.iter().map(|x| (x - mean).powi(2)).sum();
    [mean, 1.0 / (squares / count + f64::from(eps)).sqrt()]
}
