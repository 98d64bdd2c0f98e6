use super::{ConfigError, ModelConfig, StyleInput, VocoderChoice, VocoderConfig};

fn small() -> ModelConfig {
    ModelConfig::small(["<pad>", " ", ".", "AH0"].map(str::to_owned).to_vec())
}

#[test]
fn built_in_profiles_are_valid() {
    small().validate().unwrap();
    ModelConfig::base(vec!["<pad>".to_owned()])
        .validate()
        .unwrap();
    for vocoder in [
        VocoderConfig::v1(),
        VocoderConfig::v2(),
        VocoderConfig::v3(),
    ] {
        ModelConfig {
            vocoder: Some(vocoder),
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
    config.score_unet.groups = 7;
    config.score_unet.attention.pop();
    config.score_unet.style = StyleInput::Channel;
    config.score_unet.null_style = true;
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

#[test]
fn absurd_sizes_are_refused_before_anything_is_allocated() {
    let mut config = small();
    config.text_encoder.hidden = usize::MAX;
    config.score_unet.dim = usize::MAX - 1;
    config.style_encoder.heads = 0;
    let vocoder = config.vocoder.as_mut().unwrap();
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
