//! Parameter counts, against published or independently derived ones.

use super::{Extent, PriorStage, StepStage, StyleStage, TextStage, VocoderStage};
use crate::graph::Graph;
use crate::model::config::{
    HifiGanConfig, ModelConfig, ScoreUnetConfig, StyleInput, VocoderConfig,
};

const ONE: Extent = Extent {
    batch: 1,
    tokens: 1,
    frames: 1,
};

fn base() -> ModelConfig {
    // Meta-StyleSpeech's table of symbols has 152 rows.
    ModelConfig::base((0..152).map(|i| i.to_string()).collect())
}

fn unet(config: &mut ModelConfig) -> &mut ScoreUnetConfig {
    config.score_unet.as_mut().expect("the profile has a U-Net")
}

fn parameters(graph: &Graph, chosen: impl Fn(&str) -> bool) -> usize {
    let chosen = graph.weights().filter(|weight| chosen(&weight.name));
    chosen.map(|weight| weight.shape.elements()).sum()
}

fn all(_: &str) -> bool {
    true
}

#[test]
fn encoders_have_meta_style_speech_s_parameters() {
    let config = base();
    let style = StyleStage::new(&config, ONE).unwrap().graph;
    assert_eq!(parameters(&style, all), 437_632);

    let text = TextStage::new(&config, ONE).unwrap().graph;
    assert_eq!(
        parameters(&text, |name| name.starts_with("text_encoder")),
        12_111_872
    );
    // Meta-StyleSpeech's predictor has no style; ours adds one linear layer for it.
    let duration = |name: &str| name.starts_with("duration_predictor");
    let style_layer = |name: &str| name.starts_with("duration_predictor.style");
    assert_eq!(parameters(&text, style_layer), 128 * 256 + 256);
    assert_eq!(
        parameters(&text, |name| duration(name) && !style_layer(name)),
        395_009
    );

    let prior = PriorStage::new(&config, ONE).unwrap().graph;
    assert_eq!(parameters(&prior, all), 12_158_416);
}

#[test]
fn the_score_network_has_grad_tts_s_parameters() {
    let mut config = base();
    let with_embedding = StepStage::new(&config, ONE).unwrap().graph;
    assert_eq!(parameters(&with_embedding, all), 7_864_263);

    unet(&mut config).style = StyleInput::Channel;
    let with_channel = StepStage::new(&config, ONE).unwrap().graph;
    let mlp = PriorStage::new(&config, ONE).unwrap().graph;
    let mlp = parameters(&mlp, |name| name.starts_with("score_unet.spk_mlp"));
    assert_eq!(parameters(&with_channel, all) + mlp, 7_742_615);

    // The single-speaker network (7.6 million in the paper) lacks the third channel in the first
    // convolution, 3 x 3 taps to 64 channels, and in its shortcut.
    assert_eq!(parameters(&with_channel, all) - 9 * 64 - 64, 7_634_887);
}

#[test]
fn levels_without_attention_have_none() {
    let mut config = base();
    unet(&mut config).attention = vec![false, false, true];
    let graph = StepStage::new(&config, ONE).unwrap().graph;
    let has = |prefix: &str| {
        graph
            .weights()
            .any(|weight| weight.name.starts_with(prefix))
    };
    let attention = [
        "downs.0.2",
        "downs.1.2",
        "downs.2.2",
        "mid_attn",
        "ups.0.2",
        "ups.1.2",
    ];
    let found = attention.map(|name| has(&format!("score_unet.{name}.")));
    // ups.0 works at the coarsest level, where downs.2 has attention too.
    assert_eq!(found, [false, false, true, true, true, false]);
}

#[test]
fn vocoders_have_hifi_gan_s_parameters() {
    for (config, expected) in [
        (HifiGanConfig::v1(), 13_926_017),
        (HifiGanConfig::v2(), 925_985),
        (HifiGanConfig::v3(), 1_462_273),
    ] {
        let version = config.version.clone();
        let stage = VocoderStage::new(&VocoderConfig::HifiGan(config), 80, ONE).unwrap();
        assert_eq!(parameters(&stage.graph, all), expected, "{version}");
        assert_eq!(stage.graph.shape(stage.output).w, 256, "{version}");
    }
}

#[test]
fn every_number_of_frames_goes_through_the_u_net() {
    let config = ModelConfig::plain(&["<pad>"]);
    for frames in 1..=9 {
        let stage = StepStage::new(&config, Extent { frames, ..ONE }).unwrap();
        assert_eq!(stage.graph.shape(stage.network).dims(), [1, 1, 80, frames]);
    }
}
