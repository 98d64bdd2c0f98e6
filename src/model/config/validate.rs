//! Everything that must hold between the sizes of a configuration.

use std::collections::HashSet;

use super::{
    ConfigError, GUIDANCE_RANGE, HifiGanConfig, INTONATION_RANGE, ModelConfig,
    PitchPredictorConfig, ReferenceEncoderConfig, ScoreNetwork, ScoreTcnConfig, ScoreUnetConfig,
    SourceFilterConfig, StyleInput, TransportConfig, VocoderConfig,
};
use crate::audio::MelSpec;
use crate::diffusion::SolverTable;

/// Most channels of any layer: sixteen times the paper's, so that every product of sizes stays far
/// within `usize`.
const MAX_CHANNELS: usize = 4096;

/// Most layers, levels or blocks of one part.
const MAX_LAYERS: usize = 32;

/// Most outputs of a source-filter vocoder's network: a layer of the most channels for each of sixteen
/// steps a frame; a usual one has 821.
const MAX_CONTROLS: usize = 16 * MAX_CHANNELS;

/// Most taps of a convolution.
const MAX_KERNEL: usize = 63;

/// Most distance between two taps.
const MAX_DILATION: usize = 64;

/// Most frames of a reference that share an entry: a second of them says nothing of a voice's sounds.
const MAX_STRIDE: usize = 64;

/// Most symbols of a text.
const MAX_SYMBOLS: usize = 4096;

/// Temperatures above this drown speech in noise.
const MAX_TEMPERATURE: f32 = 10.0;

/// Log durations are shifted by at most this factor of e: more would be no calibration.
const MAX_DURATION_OFFSET: f32 = 3.0;

/// Collects the sentences about what does not hold.
struct Problems(Vec<String>);

impl Problems {
    fn require(&mut self, condition: bool, sentence: impl FnOnce() -> String) {
        if !condition {
            self.add(sentence());
        }
    }

    /// Two parts may find the same fault; it is said once.
    fn add(&mut self, sentence: String) {
        if !self.0.contains(&sentence) {
            self.0.push(sentence);
        }
    }

    fn within(&mut self, name: &str, value: usize, most: usize) {
        self.require((1..=most).contains(&value), || {
            format!("{name} is {value}, but must lie between 1 and {most}")
        });
    }

    fn odd_kernel(&mut self, name: &str, value: usize) {
        self.within(name, value, MAX_KERNEL);
        self.require(value % 2 == 1, || {
            format!("{name} is {value}, but only an odd number of taps keeps the length")
        });
    }

    fn heads(&mut self, part: &str, heads: usize, hidden: usize) {
        self.require(heads > 0 && hidden.is_multiple_of(heads), || {
            format!("{part}.heads is {heads}, but must divide {part}.hidden, {hidden}")
        });
    }
}

/// Beyond this the phases of the time embedding are rounding errors in single precision.
const MAX_TIME_SCALE: f32 = 1e5;

pub(super) fn validate(config: &ModelConfig) -> Result<(), ConfigError> {
    let mut problems = Problems(Vec::new());
    if let Err(error) = config.audio.validate() {
        problems.add(error.to_string());
    }
    symbols(config, &mut problems);
    encoders(config, &mut problems);
    match config.score_network() {
        Ok(network) => score_network(network, config, &mut problems),
        Err(ConfigError::Invalid(sentences)) => sentences
            .into_iter()
            .for_each(|sentence| problems.add(sentence)),
        Err(other) => problems.add(other.to_string()),
    }
    sampling(config, &mut problems);
    if let Some(transport) = &config.transport {
        self::transport(transport, &mut problems);
    }
    if let Some(vocoder) = &config.vocoder {
        match vocoder {
            VocoderConfig::HifiGan(vocoder) => {
                hifi_gan(vocoder, config.audio.hop_length, &mut problems);
            }
            VocoderConfig::SourceFilter(vocoder) => {
                source_filter(vocoder, &config.audio, &mut problems);
            }
        }
    }
    let default = config.default_vocoder;
    problems.require(config.has_vocoder(default), || {
        format!(
            "default_vocoder is {}, but there is no vocoder section of that kind",
            default.name()
        )
    });
    if problems.0.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::Invalid(problems.0))
    }
}

fn symbols(config: &ModelConfig, problems: &mut Problems) {
    problems.within("the number of symbols", config.symbols.len(), MAX_SYMBOLS);
    let mut seen = HashSet::new();
    for symbol in &config.symbols {
        problems.require(seen.insert(symbol), || {
            format!("the symbol {symbol:?} is listed twice")
        });
    }
}

fn encoders(config: &ModelConfig, problems: &mut Problems) {
    let style = &config.style_encoder;
    problems.within("style_encoder.hidden", style.hidden, MAX_CHANNELS);
    problems.within("style_encoder.style", style.style, MAX_CHANNELS);
    problems.heads("style_encoder", style.heads, style.hidden);
    problems.odd_kernel("style_encoder.kernel", style.kernel);

    let text = &config.text_encoder;
    problems.within("text_encoder.hidden", text.hidden, MAX_CHANNELS);
    problems.within("text_encoder.ffn", text.ffn, MAX_CHANNELS);
    problems.heads("text_encoder", text.heads, text.hidden);
    problems.within("text_encoder.layers", text.layers, MAX_LAYERS);
    problems.odd_kernel("text_encoder.ffn_kernel", text.ffn_kernel);
    problems.odd_kernel("text_encoder.prenet_kernel", text.prenet_kernel);

    let duration = &config.duration_predictor;
    problems.within("duration_predictor.hidden", duration.hidden, MAX_CHANNELS);
    problems.odd_kernel("duration_predictor.kernel", duration.kernel);

    let prior = &config.prior_encoder;
    problems.within("prior_encoder.hidden", prior.hidden, MAX_CHANNELS);
    problems.within("prior_encoder.prenet", prior.prenet, MAX_CHANNELS);
    problems.within("prior_encoder.ffn", prior.ffn, MAX_CHANNELS);
    problems.heads("prior_encoder", prior.heads, prior.hidden);
    problems.within("prior_encoder.layers", prior.layers, MAX_LAYERS);
    problems.odd_kernel("prior_encoder.ffn_kernel", prior.ffn_kernel);
}

fn score_network(network: ScoreNetwork<'_>, config: &ModelConfig, problems: &mut Problems) {
    match network {
        ScoreNetwork::Unet(unet) => score_unet(unet, problems),
        ScoreNetwork::Tcn(tcn) => {
            score_tcn(tcn.score, problems);
            reference_encoder(tcn.reference, problems);
            pitch_predictor(tcn.pitch, problems);
        }
    }
    let guidance = config.sampling.guidance;
    problems.require(guidance == 1.0 || network.has_null_style(), || {
        format!("sampling.guidance is {guidance}, but the score network has no null style")
    });
    let Ok(schedule) = config.schedule() else {
        // That is a problem of its own.
        return;
    };
    let sampling = config.own_sampling();
    if let Err(error) = SolverTable::new(&schedule, network.parameterization(), &sampling) {
        problems.add(format!("sampling: {error}"));
    }
}

fn score_tcn(tcn: &ScoreTcnConfig, problems: &mut Problems) {
    problems.within("score_tcn.hidden", tcn.hidden, MAX_CHANNELS);
    problems.within("score_tcn.conditioning", tcn.conditioning, MAX_CHANNELS);
    problems.require(
        tcn.conditioning.is_multiple_of(2) && tcn.conditioning >= 4,
        || {
            format!(
                "score_tcn.conditioning is {}, but a time embedding needs an even number of at least 4",
                tcn.conditioning
            )
        },
    );
    problems.within("score_tcn.layers", tcn.layers, MAX_LAYERS);
    problems.odd_kernel("score_tcn.kernel", tcn.kernel);
    let dilations = &tcn.dilations;
    problems.within(
        "the number of score_tcn.dilations",
        dilations.len(),
        MAX_LAYERS,
    );
    for &dilation in dilations {
        problems.within("a dilation of score_tcn", dilation, MAX_DILATION);
    }
    problems.heads("score_tcn", tcn.heads, tcn.hidden);
    problems.within(
        "score_tcn.attention_every",
        tcn.attention_every,
        tcn.layers.min(MAX_LAYERS),
    );
    time_scale("score_tcn", tcn.time_scale, problems);
}

fn reference_encoder(reference: &ReferenceEncoderConfig, problems: &mut Problems) {
    problems.within("reference_encoder.hidden", reference.hidden, MAX_CHANNELS);
    problems.odd_kernel("reference_encoder.kernel", reference.kernel);
    problems.within("reference_encoder.entry", reference.entry, MAX_CHANNELS);
    problems.within("reference_encoder.stride", reference.stride, MAX_STRIDE);
}

fn pitch_predictor(pitch: &PitchPredictorConfig, problems: &mut Problems) {
    problems.within("pitch_predictor.hidden", pitch.hidden, MAX_CHANNELS);
    problems.within("pitch_predictor.ffn", pitch.ffn, MAX_CHANNELS);
    problems.odd_kernel("pitch_predictor.ffn_kernel", pitch.ffn_kernel);
    problems.heads("pitch_predictor", pitch.heads, pitch.hidden);
    problems.within("pitch_predictor.layers", pitch.layers, MAX_LAYERS);
    problems.within(
        "pitch_predictor.voice_hidden",
        pitch.voice_hidden,
        MAX_CHANNELS,
    );
    problems.within(
        "pitch_predictor.voice_layers",
        pitch.voice_layers,
        MAX_LAYERS,
    );
    problems.require((2..=MAX_CHANNELS).contains(&pitch.voice), || {
        format!(
            "pitch_predictor.voice is {}, but must lie between 2 and {MAX_CHANNELS}",
            pitch.voice
        )
    });
    problems.odd_kernel("pitch_predictor.kernel", pitch.kernel);
    problems.within(
        "pitch_predictor.frame_layers",
        pitch.frame_layers,
        MAX_LAYERS,
    );
}

/// The factor of the time in a score network's embedding.
fn time_scale(section: &str, scale: f32, problems: &mut Problems) {
    problems.require(scale > 0.0 && scale <= MAX_TIME_SCALE, || {
        format!(
            "{section}.time_scale is {scale}, but must be a positive number up to {MAX_TIME_SCALE}"
        )
    });
}

fn score_unet(unet: &ScoreUnetConfig, problems: &mut Problems) {
    problems.within("score_unet.dim", unet.dim, MAX_CHANNELS);
    problems.require(unet.dim.is_multiple_of(2) && unet.dim >= 4, || {
        format!(
            "score_unet.dim is {}, but a time embedding needs an even number of at least 4",
            unet.dim
        )
    });
    let levels = unet.multipliers.len();
    problems.within("the number of score_unet.multipliers", levels, MAX_LAYERS);
    for &multiplier in &unet.multipliers {
        let channels = unet.dim.saturating_mul(multiplier);
        problems.within(
            "a score_unet level's number of channels",
            channels,
            MAX_CHANNELS,
        );
        problems.require(
            unet.groups > 0 && channels.is_multiple_of(unet.groups),
            || {
                format!(
                    "score_unet.groups is {}, but must divide a level's {channels} channels",
                    unet.groups
                )
            },
        );
    }
    problems.require(unet.multipliers.first() == Some(&1), || {
        "score_unet.multipliers must begin with 1, because the last block has dim channels"
            .to_owned()
    });
    problems.require(unet.attention.len() == levels, || {
        format!(
            "score_unet.attention has {} entries for {levels} multipliers",
            unet.attention.len()
        )
    });
    problems.within("score_unet.heads", unet.heads, MAX_CHANNELS);
    problems.within("score_unet.head_dim", unet.head_dim, MAX_CHANNELS);
    problems.within(
        "score_unet.heads * head_dim",
        unet.heads.saturating_mul(unet.head_dim),
        MAX_CHANNELS,
    );
    time_scale("score_unet", unet.time_scale, problems);
    let vector = unet.style == StyleInput::TimeEmbedding;
    problems.require(vector || !unet.null_style, || {
        "score_unet.null_style is true, which needs score_unet.style to be time_embedding"
            .to_owned()
    });
}

fn sampling(config: &ModelConfig, problems: &mut Problems) {
    match config.schedule() {
        Err(ConfigError::Invalid(sentences)) => sentences
            .into_iter()
            .for_each(|sentence| problems.add(sentence)),
        Err(other) => problems.add(other.to_string()),
        Ok(_) => {}
    }
    let temperature = config.sampling.temperature;
    problems.require((0.0..=MAX_TEMPERATURE).contains(&temperature), || {
        format!(
            "sampling.temperature is {temperature}, but must lie between 0 and {MAX_TEMPERATURE}"
        )
    });
    let guidance = config.sampling.guidance;
    problems.require(GUIDANCE_RANGE.contains(&guidance), || {
        let (low, high) = (GUIDANCE_RANGE.start(), GUIDANCE_RANGE.end());
        format!("sampling.guidance is {guidance}, but must lie between {low} and {high}")
    });
    let intonation = config.sampling.intonation;
    problems.require(INTONATION_RANGE.contains(&intonation), || {
        let (low, high) = (INTONATION_RANGE.start(), INTONATION_RANGE.end());
        format!("sampling.intonation is {intonation}, but must lie between {low} and {high}")
    });
    let offset = config.sampling.duration_offset;
    problems.require(offset.abs() <= MAX_DURATION_OFFSET, || {
        format!("sampling.duration_offset is {offset}, but must lie within +-{MAX_DURATION_OFFSET}")
    });
}

fn transport(transport: &TransportConfig, problems: &mut Problems) {
    problems.require(transport.text.chars().any(char::is_alphabetic), || {
        format!(
            "transport.text is {:?}, but must be a text to speak",
            transport.text
        )
    });
    let range = transport.speech_range;
    problems.require(range.is_finite() && range > 0.0, || {
        format!("transport.speech_range is {range}, but must be a positive number")
    });
    let shrinkage = transport.shrinkage;
    problems.require((0.0..=1.0).contains(&shrinkage), || {
        format!("transport.shrinkage is {shrinkage}, but must lie between 0 and 1")
    });
}

fn hifi_gan(vocoder: &HifiGanConfig, hop_length: usize, problems: &mut Problems) {
    let rates = &vocoder.upsample_rates;
    let kernels = &vocoder.upsample_kernel_sizes;
    problems.within(
        "the number of vocoder.upsample_rates",
        rates.len(),
        MAX_LAYERS,
    );
    problems.require(rates.len() == kernels.len(), || {
        format!(
            "vocoder.upsample_kernel_sizes has {} entries for {} upsample_rates",
            kernels.len(),
            rates.len()
        )
    });
    for (&rate, &kernel) in rates.iter().zip(kernels) {
        problems.within("a vocoder upsampling's kernel", kernel, MAX_KERNEL);
        let fits = rate > 0 && kernel >= rate && (kernel - rate).is_multiple_of(2);
        problems.require(fits, || {
            format!("a vocoder upsampling by {rate} cannot have a kernel of {kernel}: the difference must be even and not negative")
        });
    }
    let product = rates
        .iter()
        .try_fold(1_usize, |product, &rate| product.checked_mul(rate));
    problems.require(product == Some(hop_length), || {
        format!("the vocoder upsamples by the product of {rates:?}, but audio.hop_length is {hop_length}")
    });
    let channels = vocoder.upsample_initial_channel;
    problems.within("vocoder.upsample_initial_channel", channels, MAX_CHANNELS);
    let last = u32::try_from(rates.len())
        .ok()
        .and_then(|halvings| channels.checked_shr(halvings));
    problems.require(last.is_some_and(|last| last > 0), || {
        format!(
            "vocoder.upsample_initial_channel is {channels}, which {} halvings make 0",
            rates.len()
        )
    });
    let (kernels, dilations) = (
        &vocoder.resblock_kernel_sizes,
        &vocoder.resblock_dilation_sizes,
    );
    problems.within(
        "the number of vocoder.resblock_kernel_sizes",
        kernels.len(),
        MAX_LAYERS,
    );
    problems.require(kernels.len() == dilations.len(), || {
        format!(
            "vocoder.resblock_dilation_sizes has {} entries for {} kernels",
            dilations.len(),
            kernels.len()
        )
    });
    for &kernel in kernels {
        problems.odd_kernel("a vocoder residual block's kernel", kernel);
    }
    for block in dilations {
        problems.within(
            "the number of a vocoder residual block's dilations",
            block.len(),
            MAX_LAYERS,
        );
        for &dilation in block {
            problems.within(
                "a vocoder residual block's dilation",
                dilation,
                MAX_DILATION,
            );
        }
    }
}

fn source_filter(vocoder: &SourceFilterConfig, mel: &MelSpec, problems: &mut Problems) {
    problems.within("vocoder.channels", vocoder.channels, MAX_CHANNELS);
    problems.odd_kernel("vocoder.kernel", vocoder.kernel);
    let dilations = &vocoder.dilations;
    problems.within(
        "the number of vocoder.dilations",
        dilations.len(),
        MAX_LAYERS,
    );
    for &dilation in dilations {
        problems.within("a dilation of the vocoder", dilation, MAX_DILATION);
    }
    match vocoder.source.validate(mel) {
        Err(error) => problems.add(error.to_string()),
        Ok(()) => problems.within(
            "the number of the vocoder's controls",
            vocoder.source.channels(mel.n_mels),
            MAX_CONTROLS,
        ),
    }
}
