use super::{Moments, Transport};
use crate::audio::Mel;
use crate::graph::noise::standard_normal;
use crate::model::config::TransportConfig;

const BANDS: usize = 5;

fn config(shrinkage: f64) -> TransportConfig {
    TransportConfig {
        text: "Any text.".to_owned(),
        speech_range: 50.0,
        shrinkage,
    }
}

/// Correlated frames: `mean + factor * (z + 0.5 z of the band before)`.
fn frames(seed: u32, count: u16, mean: f32, factor: f32) -> Mel {
    let mut data = vec![0.0; BANDS * usize::from(count)];
    for frame in 0..count {
        let mut before = 0.0;
        for band in 0..BANDS {
            #[expect(clippy::cast_possible_truncation, reason = "made-up numbers")]
            let z = standard_normal([seed, 0], u32::from(frame), band as u32, 0) as f32;
            data[band * usize::from(count) + usize::from(frame)] =
                mean + factor * (1.0 + band as f32) * (z + 0.5 * before);
            before = z;
        }
    }
    Mel::new(data, BANDS, usize::from(count)).unwrap()
}

fn moved(transport: &Transport, mel: &Mel) -> Mel {
    let frames = mel.frames();
    let mut data = Vec::new();
    for (row, offset) in transport.map().chunks(BANDS).zip(transport.offset()) {
        for frame in 0..frames {
            let bands = row.iter().enumerate();
            let sum: f32 = bands.map(|(c, m)| m * mel.data()[c * frames + frame]).sum();
            data.push(offset + sum);
        }
    }
    Mel::new(data, BANDS, frames).unwrap()
}

#[test]
fn transported_frames_have_the_moments_of_the_voice() {
    let (model, voice) = (frames(1, 400, -6.0, 0.3), frames(2, 300, -5.0, 0.8));
    let of = |mel: &Mel| Moments::of_speech(std::slice::from_ref(mel), 50.0);
    let transport = Transport::between(&of(&model), &of(&voice), &config(0.0)).unwrap();
    let (result, expected) = (of(&moved(&transport, &model)), of(&voice));
    assert!((&result.mean - &expected.mean).norm() < 1e-3 * expected.mean.norm());
    // The ridge keeps the variances apart by a thousandth of a squared nat.
    let error = (&result.covariance - &expected.covariance).norm();
    assert!(error < 1e-2 * expected.covariance.norm(), "{error}");
}

#[test]
fn bands_that_a_voice_lacks_stay_the_models() {
    let (model, voice) = (frames(1, 400, -6.0, 0.3), frames(2, 300, -5.0, 0.8));
    let of = |mel: &Mel| Moments::of_speech(std::slice::from_ref(mel), 50.0);
    let transport = Transport::below(3, &of(&model), &of(&voice), &config(0.0)).unwrap();
    let (result, expected) = (of(&moved(&transport, &model)), of(&voice));
    for band in 0..3 {
        assert!((result.mean[band] - expected.mean[band]).abs() < 1e-2);
        let (found, wanted) = (
            result.covariance[(band, band)],
            expected.covariance[(band, band)],
        );
        assert!((found / wanted - 1.0).abs() < 0.02, "{found} for {wanted}");
    }
    for band in 3..BANDS {
        let (found, own) = (
            result.covariance[(band, band)],
            of(&model).covariance[(band, band)],
        );
        assert!((found / own - 1.0).abs() < 1e-3, "{found} for {own}");
        assert!((result.mean[band] - of(&model).mean[band]).abs() <= 1.001);
    }
}

#[test]
fn equal_moments_need_no_map() {
    let voice = frames(3, 200, -6.0, 0.5);
    let moments = Moments::of_speech(&[voice], 50.0);
    let transport = Transport::between(&moments, &moments, &config(0.3)).unwrap();
    let identity = Transport::identity(BANDS);
    let pairs = transport.map().iter().zip(identity.map());
    assert!(pairs.clone().all(|(a, b)| (a - b).abs() < 1e-5));
    assert!(transport.offset().iter().all(|offset| offset.abs() < 1e-4));
}

#[test]
fn silence_counts_for_nothing() {
    let speech = frames(4, 50, -5.0, 0.1);
    let silence = frames(5, 50, -11.0, 0.1);
    let rows = speech.data().chunks(50).zip(silence.data().chunks(50));
    let both = rows.flat_map(|(a, b)| [a, b].concat()).collect();
    let both = Mel::new(both, BANDS, 100).unwrap();
    let expected = Moments::of_speech(&[speech], 4.0);
    assert_eq!(Moments::of_speech(&[both], 4.0), expected);
}

#[test]
fn several_recordings_are_pooled_each_with_its_own_loudest_frame() {
    let (loud, quiet) = (frames(6, 20, -3.0, 0.1), frames(7, 60, -9.0, 0.1));
    let pooled = Moments::of_speech(&[loud, quiet], 4.0);
    assert!((pooled.mean.mean() + 7.5).abs() < 0.1, "{}", pooled.mean);
}

#[test]
fn the_loudest_frame_is_speech_however_small_the_range() {
    let moments = Moments::of_speech(&[frames(9, 10, -6.0, 0.5)], 1e-300);
    assert!(moments.mean.iter().all(|mean| mean.is_finite()));
}

#[test]
fn a_single_frame_and_one_that_never_changes_stay_finite() {
    let flat = Mel::new(vec![-6.0; 3 * BANDS], BANDS, 3).unwrap();
    let one = frames(8, 1, -4.0, 1.0);
    let (flat, one) = (
        Moments::of_speech(&[flat], 4.0),
        Moments::of_speech(&[one], 4.0),
    );
    for (a, b) in [(&flat, &one), (&one, &flat)] {
        Transport::between(a, b, &config(0.3)).unwrap();
    }
}

#[test]
fn what_is_no_map_is_refused() {
    assert!(Transport::new(vec![1.0; 4], vec![0.0; 2]).is_ok());
    assert!(Transport::new(vec![1.0; 3], vec![0.0; 2]).is_err());
    assert!(Transport::new(vec![], vec![]).is_err());
    let error = Transport::new(vec![f32::NAN; 4], vec![0.0; 2]).unwrap_err();
    assert!(error.to_string().contains("finite"), "{error}");
}
