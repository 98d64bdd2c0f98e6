use super::{
    ConfigError, HifiGanConfig, ModelConfig, PitchPredictorConfig, ReferenceEncoderConfig,
    ScoreTcnConfig, ScoreUnetConfig, SourceFilterConfig, StyleInput, VocoderChoice, VocoderConfig,
};
use crate::audio::SourceFilterSpec;
use crate::diffusion::Parameterization;

fn small() -> ModelConfig {
    ModelConfig::plain(&["<pad>", " ", ".", "AH0"])
}

fn unet(config: &mut ModelConfig) -> &mut ScoreUnetConfig {
    config.score_unet.as_mut().expect("the profile has a U-Net")
}

/// A model whose score network is one-dimensional, of the sizes that ship.
fn with_tcn() -> ModelConfig {
    ModelConfig {
        score_unet: None,
        reference_encoder: Some(ReferenceEncoderConfig {
            hidden: 192,
            kernel: 5,
            entry: 128,
            stride: 4,
        }),
        pitch_predictor: Some(PitchPredictorConfig {
            hidden: 192,
            ffn: 384,
            ffn_kernel: 5,
            heads: 2,
            layers: 3,
            voice_layers: 2,
            voice_hidden: 128,
            voice: 64,
            kernel: 9,
            frame_layers: 3,
        }),
        score_tcn: Some(ScoreTcnConfig {
            hidden: 256,
            conditioning: 128,
            layers: 12,
            kernel: 5,
            dilations: vec![1, 2, 4],
            heads: 4,
            attention_every: 4,
            time_scale: 1000.0,
            parameterization: Parameterization::Velocity,
        }),
        ..small()
    }
}

#[test]
fn a_model_has_one_score_network_with_what_it_needs() {
    let refused = |change: fn(&mut ModelConfig), expected: &str| {
        let mut config = with_tcn();
        change(&mut config);
        let message = config.validate().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    with_tcn().validate().unwrap();
    refused(
        |config| config.score_tcn = None,
        "neither score_unet nor score_tcn",
    );
    refused(
        |config| config.score_unet = small().score_unet,
        "both score_unet and score_tcn",
    );
    refused(
        |config| config.pitch_predictor = None,
        "score_tcn needs both",
    );
    refused(
        |config| config.reference_encoder = None,
        "score_tcn needs both",
    );
    refused(
        |config| {
            config.score_tcn = None;
            config.score_unet = small().score_unet;
        },
        "serve score_tcn",
    );
    refused(|config| config.sampling.guidance = 2.0, "no null style");
}

#[test]
fn what_two_parts_find_is_said_once() {
    let mut config = small();
    config.audio.hop_length = 0;
    let message = config.validate().unwrap_err().to_string();
    assert_eq!(
        message.matches("invalid mel settings").count(),
        1,
        "{message}"
    );
}

#[test]
fn contradictions_of_a_one_dimensional_network_are_named() {
    let mut config = with_tcn();
    let tcn = config.score_tcn.as_mut().unwrap();
    tcn.conditioning = 7;
    tcn.heads = 3;
    tcn.dilations = vec![1, 1000];
    tcn.attention_every = 0;
    tcn.time_scale = f32::NAN;
    config.reference_encoder.as_mut().unwrap().stride = 0;
    let pitch = config.pitch_predictor.as_mut().unwrap();
    pitch.kernel = 8;
    pitch.voice = 1;
    config.sampling.intonation = -1.0;
    config.sampling.t_end = 0.0;
    let all = config.validate().unwrap_err().to_string();
    for expected in [
        "score_tcn.conditioning is 7",
        "score_tcn.heads is 3",
        "a dilation of score_tcn is 1000",
        "score_tcn.attention_every is 0",
        "score_tcn.time_scale is NaN",
        "reference_encoder.stride is 0",
        "pitch_predictor.kernel is 8",
        "pitch_predictor.voice is 1",
        "sampling.intonation is -1",
        "the last time must lie between 0 and 1",
    ] {
        assert!(all.contains(expected), "{expected} is missing in:\n{all}");
    }
}

#[test]
fn sections_that_older_files_lack_have_their_old_meaning() {
    let mut json = serde_json::to_value(small()).unwrap();
    for section in ["pitch_predictor", "reference_encoder", "score_tcn"] {
        json.as_object_mut().unwrap().remove(section);
    }
    for key in ["t_end", "intonation"] {
        json["sampling"].as_object_mut().unwrap().remove(key);
    }
    assert_eq!(
        serde_json::from_value::<ModelConfig>(json).unwrap(),
        small()
    );
    let json = serde_json::to_string(&with_tcn()).unwrap();
    assert_eq!(
        serde_json::from_str::<ModelConfig>(&json).unwrap(),
        with_tcn()
    );
}

#[test]
fn the_built_in_small_model_is_the_shipped_one() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/small");
    let shipped = ModelConfig::load(&folder.join("config.json")).unwrap();
    assert_eq!(ModelConfig::small(), shipped);
    assert_eq!(shipped.size, "small");
}

#[test]
fn built_in_sizes_are_valid() {
    small().validate().unwrap();
    ModelConfig::base(vec!["<pad>".to_owned()])
        .validate()
        .unwrap();
    for vocoder in [
        HifiGanConfig::v1(),
        HifiGanConfig::v2(),
        HifiGanConfig::v3(),
    ] {
        ModelConfig {
            vocoder: Some(VocoderConfig::HifiGan(vocoder)),
            ..small()
        }
        .validate()
        .unwrap();
    }
}

#[test]
fn a_configuration_survives_its_own_json() {
    let json = serde_json::to_string(&small()).unwrap();
    assert!(
        json.contains(r#""parameterization":"v""#) && json.contains(r#""resblock":"1""#),
        "{json}"
    );
    assert!(
        json.contains(r#""style":"time_embedding""#) && json.contains(r#""solver":"dpm++2m""#),
        "{json}"
    );
    assert_eq!(serde_json::from_str::<ModelConfig>(&json).unwrap(), small());
}

#[test]
fn a_key_that_nobody_knows_is_refused_by_name() {
    let mut json = serde_json::to_value(small()).unwrap();
    json["text_encoder"]["dropout"] = 0.1.into();
    let error = serde_json::from_value::<ModelConfig>(json)
        .unwrap_err()
        .to_string();
    assert!(error.contains("dropout"), "{error}");
}

#[test]
fn every_contradiction_is_named_at_once() {
    let mut config = small();
    config.text_encoder.heads = 3;
    config.prior_encoder.ffn_kernel = 4;
    unet(&mut config).groups = 7;
    unet(&mut config).attention.pop();
    unet(&mut config).style = StyleInput::Channel;
    unet(&mut config).null_style = true;
    config.sampling.steps = 0;
    config.sampling.temperature = f32::NAN;
    config.sampling.guidance = -1.0;
    config.schedule.beta_max = 0.01;
    config.audio.hop_length = 128;
    config.symbols.push(" ".to_owned());
    let Err(ConfigError::Invalid(problems)) = config.validate() else {
        panic!("accepted")
    };
    let all = problems.join("\n");
    for expected in [
        "text_encoder.heads is 3",
        "prior_encoder.ffn_kernel is 4",
        "score_unet.groups is 7",
        "score_unet.attention has 2 entries for 3",
        "score_unet.null_style is true, which needs",
        "sampling.temperature is NaN",
        "sampling.guidance is -1, but must lie between 0 and 10",
        "beta_max",
        "audio.hop_length is 128",
        "\" \" is listed twice",
    ] {
        assert!(all.contains(expected), "{expected} is missing in:\n{all}");
    }
}

#[test]
fn a_default_vocoder_must_exist() {
    let config = ModelConfig {
        vocoder: None,
        ..small()
    };
    assert!(
        config
            .validate()
            .unwrap_err()
            .to_string()
            .contains("there is no vocoder section")
    );
    ModelConfig {
        default_vocoder: VocoderChoice::GriffinLim,
        ..config
    }
    .validate()
    .unwrap();
}

fn with_source_filter() -> ModelConfig {
    ModelConfig {
        vocoder: Some(VocoderConfig::SourceFilter(SourceFilterConfig {
            channels: 64,
            kernel: 3,
            dilations: vec![1, 2],
            source: SourceFilterSpec {
                steps_per_frame: 2,
                pitch_bins: 180,
                lowest_pitch: 55.0,
                pitch_cents: 24.0,
            },
        })),
        default_vocoder: VocoderChoice::SourceFilter,
        ..small()
    }
}

#[test]
fn a_source_filter_vocoder_survives_its_own_json() {
    let config = with_source_filter();
    config.validate().unwrap();
    let mut json = serde_json::to_value(&config).unwrap();
    assert_eq!(json["vocoder"]["kind"], "source-filter");
    assert_eq!(
        serde_json::from_value::<ModelConfig>(json.clone()).unwrap(),
        config
    );
    json["vocoder"]["upsample_rates"] = vec![8].into();
    let error = serde_json::from_value::<ModelConfig>(json)
        .unwrap_err()
        .to_string();
    assert!(error.contains("upsample_rates"), "{error}");
}

#[test]
fn a_vocoder_of_the_other_kind_is_not_there() {
    let mut config = with_source_filter();
    assert!(config.has_vocoder(VocoderChoice::GriffinLim));
    assert!(!config.has_vocoder(VocoderChoice::HifiGan));
    config.default_vocoder = VocoderChoice::HifiGan;
    let error = config.validate().unwrap_err().to_string();
    assert!(error.contains("default_vocoder is hifi-gan"), "{error}");
}

#[test]
fn contradictions_of_a_source_filter_vocoder_are_named() {
    let mut config = with_source_filter();
    let Some(VocoderConfig::SourceFilter(vocoder)) = &mut config.vocoder else {
        panic!("it was just made")
    };
    vocoder.channels = 0;
    vocoder.kernel = 4;
    vocoder.dilations = vec![1, 1000];
    vocoder.source.steps_per_frame = 3;
    let Err(ConfigError::Invalid(problems)) = config.validate() else {
        panic!("accepted")
    };
    let all = problems.join("\n");
    for expected in [
        "vocoder.channels is 0",
        "vocoder.kernel is 4",
        "a dilation of the vocoder is 1000",
        "twice steps_per_frame 3",
    ] {
        assert!(all.contains(expected), "{expected} is missing in:\n{all}");
    }
}

#[test]
fn absurd_sizes_are_refused_before_anything_is_allocated() {
    let mut config = small();
    config.text_encoder.hidden = usize::MAX;
    unet(&mut config).dim = usize::MAX - 1;
    config.style_encoder.heads = 0;
    let Some(VocoderConfig::HifiGan(vocoder)) = &mut config.vocoder else {
        panic!("it has HiFi-GAN")
    };
    vocoder.upsample_rates = vec![usize::MAX; 40];
    vocoder.upsample_initial_channel = 0;
    vocoder.resblock_dilation_sizes = vec![vec![]; 2];
    let Err(ConfigError::Invalid(problems)) = config.validate() else {
        panic!("accepted")
    };
    assert!(problems.len() >= 7, "{problems:?}");
}

#[test]
fn a_missing_file_and_foreign_json_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    assert!(matches!(
        ModelConfig::load(&path),
        Err(ConfigError::Read { .. })
    ));
    std::fs::write(&path, "{\"model_type\": \"bert\"}").unwrap();
    let error = ModelConfig::load(&path).unwrap_err();
    assert!(matches!(error, ConfigError::Syntax { .. }), "{error}");
    assert!(error.to_string().contains("model_type"), "{error}");
}
