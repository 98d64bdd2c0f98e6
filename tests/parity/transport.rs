//! The transport of a voice, from frames to the map.

use gss_wgpu::audio::Mel;
use gss_wgpu::model::{Moments, Transport};

use crate::golden::{Array, Golden, assert_close};

/// The library computes in double precision, from frames that are stored in single precision and with
/// results that are, too.
const TOLERANCE: f64 = 1e-6;

/// Frames `[frames, bands]` as a mel.
fn mel(frames: &Array) -> Mel {
    let batch = Array {
        shape: vec![1, frames.extent(0), frames.extent(1)],
        values: frames.values.clone(),
    };
    let (bands, columns) = (frames.extent(1), frames.extent(0));
    Mel::new(batch.channels_first().floats(), bands, columns).unwrap()
}

#[test]
fn the_map_is_the_reference_s() {
    let golden = Golden::open("transport");
    let config = golden.config.transport.as_ref().expect("it transports");
    let moments = |name| {
        let mel = mel(&golden.array(name));
        Moments::of_speech(&[mel], config.speech_range)
    };
    let (model, voice) = (
        moments("input.mean_frames"),
        moments("input.reference_frames"),
    );
    let transport = Transport::between(&model, &voice, config).unwrap();
    for (what, actual) in [("map", transport.map()), ("offset", transport.offset())] {
        let expected = golden.array(&format!("output.{what}"));
        let actual: Vec<_> = actual.iter().copied().map(f64::from).collect();
        assert_close(what, &actual, &expected.values, TOLERANCE);
    }
}
