//! Styles between others, and how near two of them are.

use super::reference::{MAX_ENTRIES, ReferenceFeatures};
use super::style::{Style, StyleOrigin};
use super::style_error::StyleError;
use super::transport::Transport;

impl Style {
    /// The style between others, each with its weight: the means of their vectors, transports and pitches, and of
    /// each a share of its entries. Its origin names theirs.
    ///
    /// # Errors
    /// [`StyleError::Mixture`] where there is none, a weight is not positive, or they are of different models.
    pub fn mix(parts: &[(f32, &Self)]) -> Result<Self, StyleError> {
        let sum: f32 = parts.iter().map(|(weight, _)| weight).sum();
        let [(_, first), ..] = parts else {
            return Err(StyleError::Mixture("there is nothing to mix"));
        };
        if parts
            .iter()
            .any(|(weight, _)| !weight.is_finite() || *weight <= 0.0)
        {
            return Err(StyleError::Mixture("every weight is a number above 0"));
        }
        let weights: Vec<_> = parts.iter().map(|(weight, _)| weight / sum).collect();
        let of = |part: &dyn Fn(&Self) -> Option<Vec<f32>>| {
            let vectors: Vec<_> = parts.iter().filter_map(|(_, style)| part(style)).collect();
            match vectors.len() {
                0 => Ok(None),
                count if count == parts.len() => mean(&weights, &vectors).map(Some),
                _ => Err(OTHER_MODELS),
            }
        };
        let values = mean(
            &weights,
            &parts
                .iter()
                .map(|(_, style)| style.values().to_vec())
                .collect::<Vec<_>>(),
        )?;
        let map = of(&|style| style.transport().map(|transport| transport.map().to_vec()))?;
        let offset = of(&|style| {
            style
                .transport()
                .map(|transport| transport.offset().to_vec())
        })?;
        let pitch = of(&|style| style.features().map(|features| features.pitch().to_vec()))?;
        let transport = map
            .zip(offset)
            .map(|(map, offset)| Transport::new(map, offset));
        let features = pitch.map(|pitch| {
            let own = parts.iter().filter_map(|(_, style)| style.features());
            let width = first.features().map_or(0, ReferenceFeatures::width);
            let entries: Vec<f32> = own
                .zip(&weights)
                .flat_map(|(own, &weight)| share(own, weight))
                .collect();
            ReferenceFeatures::new(entries, width, pitch)
        });
        Ok(Self::new(values, origin(parts))?
            .with_transport(transport.transpose()?)
            .with_features(features.transpose()?))
    }

    /// How alike two styles of one model are: the cosine between their vectors, at most 1. Of the model `small`,
    /// styles of two recordings of one person are above 0.26, of different people below, but for 1.8 % of either
    /// (`python -m gss.evaluation.identity`).
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f32 {
        let product = |a: &Self, b: &Self| -> f32 {
            let pairs = a.values().iter().zip(b.values());
            pairs.map(|(a, b)| a * b).sum()
        };
        let length = (product(self, self) * product(other, other)).sqrt();
        product(self, other) / length.max(f32::MIN_POSITIVE)
    }
}

const OTHER_MODELS: StyleError = StyleError::Mixture("the styles are of different models");

/// The mean of vectors by weights that add up to 1.
fn mean(weights: &[f32], vectors: &[Vec<f32>]) -> Result<Vec<f32>, StyleError> {
    let length = vectors[0].len();
    if vectors.iter().any(|vector| vector.len() != length) {
        return Err(OTHER_MODELS);
    }
    let value = |i: usize| {
        weights
            .iter()
            .zip(vectors)
            .map(|(weight, vector)| weight * vector[i])
            .sum()
    };
    Ok((0..length).map(value).collect())
}

/// As many of the entries as the weight's share of all that there may be, at least one, evenly.
fn share(own: &ReferenceFeatures, weight: f32) -> Vec<f32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a part of some hundred"
    )]
    let wanted = ((weight * MAX_ENTRIES as f32) as usize).clamp(1, own.count());
    let entries = (0..wanted).map(|i| i * own.count() / wanted);
    entries
        .flat_map(|entry| &own.entries()[entry * own.width()..(entry + 1) * own.width()])
        .copied()
        .collect()
}

fn origin(parts: &[(f32, &Style)]) -> StyleOrigin {
    let all = |field: fn(&StyleOrigin) -> &Option<String>| {
        let mut known: Vec<_> = parts
            .iter()
            .filter_map(|(_, style)| field(&style.origin).clone())
            .collect();
        known.dedup();
        (!known.is_empty()).then(|| known.join(" + "))
    };
    StyleOrigin {
        name: all(|origin| &origin.name),
        source: all(|origin| &origin.source),
        licence: all(|origin| &origin.licence),
        attribution: all(|origin| &origin.attribution),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(value: f32, entries: usize) -> Style {
        let features = ReferenceFeatures::new(vec![value; 2 * entries], 2, vec![value; 3]).unwrap();
        let origin = StyleOrigin {
            source: Some(format!("recording {value}")),
            ..StyleOrigin::default()
        };
        Style::new(vec![value, 1.0], origin)
            .unwrap()
            .with_transport(Some(
                Transport::new(vec![value; 4], vec![value; 2]).unwrap(),
            ))
            .with_features(Some(features))
    }

    #[test]
    fn a_mixture_lies_between_its_parts() {
        let (a, b) = (style(0.0, 100), style(4.0, 256));
        let mixed = Style::mix(&[(3.0, &a), (1.0, &b)]).unwrap();
        assert_eq!(mixed.values(), [1.0, 1.0]);
        let transport = mixed.transport().unwrap();
        assert_eq!((transport.map()[3], transport.offset()[1]), (1.0, 1.0));
        let features = mixed.features().unwrap();
        assert_eq!(features.pitch(), [1.0; 3]);
        let of_b = features
            .entries()
            .iter()
            .filter(|&&value| value == 4.0)
            .count()
            / 2;
        assert_eq!(
            (features.count(), of_b),
            (164, 64),
            "all of a, and a quarter of the room for b"
        );
        assert_eq!(
            mixed.origin.source.as_deref(),
            Some("recording 0 + recording 4")
        );
        assert_eq!(Style::mix(&[(1.0, &b)]).unwrap().values(), b.values());
    }

    #[test]
    fn what_cannot_be_mixed_is_said() {
        let (a, plain) = (
            style(1.0, 4),
            Style::new(vec![1.0, 2.0], StyleOrigin::default()).unwrap(),
        );
        let short = Style::new(vec![1.0], StyleOrigin::default()).unwrap();
        for parts in [
            &[][..],
            &[(0.0, &a)],
            &[(f32::NAN, &a)],
            &[(1.0, &a), (1.0, &plain)],
            &[(1.0, &plain), (1.0, &short)],
        ] {
            assert!(
                matches!(Style::mix(parts), Err(StyleError::Mixture(_))),
                "{parts:?}"
            );
        }
    }

    #[test]
    fn similarity_is_a_cosine() {
        let style = |values: [f32; 2]| Style::new(values.to_vec(), StyleOrigin::default()).unwrap();
        assert!((style([1.0, 0.0]).similarity(&style([3.0, 0.0])) - 1.0).abs() < 1e-6);
        assert!(style([1.0, 0.0]).similarity(&style([0.0, 2.0])).abs() < 1e-6);
    }
}
