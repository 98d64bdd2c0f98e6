//! The synthesizer: a model on a device.

use std::ops::ControlFlow;
use std::path::Path;

use tracing::Instrument;

use super::SynthError;
use super::acoustic::{Acoustic, Diffusion, Model, SpokenMel, Utterance};
use super::batches::{self, batches};
use super::load::{beside_the_dictionary, compile, upload};
use super::request::{Event, Progress, Request, SPEED_RANGE, StageName};
use super::speech::{SentenceTiming, Speech, SpokenSentence, gap_frames, token_timings};
use super::vocoder::Vocoder;
use super::voice::transport_fits;
use crate::audio::{Audio, Mel, MelExtractor, level};
use crate::diffusion::{Solver, SolverTable};
use crate::gpu::{Gpu, WeightData, WeightStore};
use crate::model::config::GUIDANCE_RANGE;
use crate::model::weights::NULL_STYLE;
use crate::model::{Adapter, ModelConfig, ModelWeights, VocoderChoice};
use crate::text::{FrontEnd, Gap, Sentence, SymbolTable, UserLexicon};

/// Name of the configuration's file in a model folder.
const CONFIG_FILE: &str = "config.json";

/// Most sentences in one batch of [`Synthesizer::synthesize_batch`]: bounds the memory for
/// activations. Sentences too long to share the device's largest buffer go one by one.
pub const MAX_BATCH: usize = 8;

/// A model on a device, with the text front end and both vocoders.
///
/// It works on one thing at a time, hence `&mut self`; several of them may share a [`Gpu`].
#[derive(Debug)]
pub struct Synthesizer {
    gpu: Gpu,
    config: ModelConfig,
    pub(super) front_end: FrontEnd,
    pub(super) symbols: SymbolTable,
    weights: WeightStore,
    null_style: Option<Vec<f32>>,
    pub(super) mel: MelExtractor,
    acoustic: Acoustic,
    vocoder: Vocoder,
    sentences_at_once: usize,
}

/// A sentence of a request, in line to be spoken.
#[derive(Debug)]
struct Job<'a> {
    request: &'a Request,
    /// Place of the request in its batch, and of the sentence in its request.
    place: (usize, usize),
    sentence: Sentence,
}

impl Job<'_> {
    fn utterance(&self, symbols: &SymbolTable) -> Utterance<'_> {
        Utterance {
            text: &self.sentence.source,
            ids: symbols.encode(&self.sentence),
            style: &self.request.style,
            speed: (self.request.speed * self.sentence.rate)
                .clamp(*SPEED_RANGE.start(), *SPEED_RANGE.end()),
            seed: sentence_seed(self.request.seed, self.place.1 as u64),
        }
    }
}

/// The seed of a sentence's noise: the request's for the first one, and for the others scattered over
/// all 64-bit numbers by `SplitMix64`'s function (Steele et al., OOPSLA 2014).
#[must_use]
pub const fn sentence_seed(seed: u64, sentence: u64) -> u64 {
    if sentence == 0 {
        return seed;
    }
    let mut z = seed.wrapping_add(sentence.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Synthesizer {
    /// Reads a model folder (`config.json`, `model.safetensors`, and `vocoder.safetensors` if the
    /// configuration has a neural vocoder) and uploads the weights.
    ///
    /// # Errors
    /// When a file is missing, broken or contradicts another, or the device has no room.
    pub fn load(gpu: &Gpu, folder: &Path) -> Result<Self, SynthError> {
        Self::load_with(gpu, folder, None)
    }

    /// [`Self::load`] with weights changed by an adapter, whose style is the voice to use.
    ///
    /// # Errors
    /// As [`Self::load`], and when the adapter does not belong to this model.
    pub fn load_adapted(gpu: &Gpu, folder: &Path, adapter: &Adapter) -> Result<Self, SynthError> {
        Self::load_with(gpu, folder, Some(adapter))
    }

    fn load_with(gpu: &Gpu, folder: &Path, adapter: Option<&Adapter>) -> Result<Self, SynthError> {
        let _span = tracing::debug_span!("load model").entered();
        let config = ModelConfig::load(&folder.join(CONFIG_FILE))?;
        let mut files = ModelWeights::load(folder, &config)?;
        if let Some(adapter) = adapter {
            files.adapt(adapter)?;
        }
        let source = |name: &str| files.get(name).map(|tensor| tensor.data);
        Self::with_weights(gpu, config, &source)
    }

    /// Uploads weights from anywhere: `source` finds them by name. They can go afterwards.
    ///
    /// # Errors
    /// When the configuration contradicts itself, a weight is missing or has another size, or the
    /// device has no room.
    pub fn with_weights<'a>(
        gpu: &Gpu,
        config: ModelConfig,
        source: &dyn Fn(&str) -> Option<WeightData<'a>>,
    ) -> Result<Self, SynthError> {
        config.validate()?;
        let symbols = SymbolTable::new(&config.symbols)?;
        let (front_end, weights) = beside_the_dictionary(|| upload(gpu, &config, source));
        let (front_end, weights) = (front_end?, weights?);
        compile(gpu, &config, &weights)?;
        Ok(Self {
            gpu: gpu.clone(),
            front_end,
            symbols,
            weights,
            null_style: source(NULL_STYLE).map(|weight| weight.to_f32()),
            mel: MelExtractor::new(&config.audio)?,
            acoustic: Acoustic::default(),
            vocoder: Vocoder::new(&config)?,
            config,
            sentences_at_once: if gpu.is_software() {
                batches::ON_A_CPU
            } else {
                batches::ON_A_GPU
            },
        })
    }

    /// The most sentences of a text that are computed together, at least one: more may be faster, need
    /// more memory, and come later. The sentences stay the same, up to rounding. Otherwise four on a
    /// GPU and one on a software adapter.
    #[must_use]
    pub fn with_sentences_at_once(self, most: usize) -> Self {
        Self {
            sentences_at_once: most.clamp(1, MAX_BATCH),
            ..self
        }
    }

    /// The model's configuration.
    #[must_use]
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The device.
    #[must_use]
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Bytes on the device: the weights, and the activations of all plans that are kept.
    #[must_use]
    pub fn device_bytes(&self) -> u64 {
        self.weights.bytes() + self.acoustic.bytes() + self.vocoder.bytes()
    }

    /// Pronounces the words of a user's lexicon as it says, from now on.
    pub fn set_lexicon(&mut self, lexicon: UserLexicon) {
        self.front_end.set_lexicon(lexicon);
    }

    #[doc(hidden)] // for this project's programs
    pub fn weights(&self) -> &WeightStore {
        &self.weights
    }

    /// Symbols of a text.
    #[doc(hidden)] // for this project's programs
    pub fn symbols(&self, text: &str) -> Result<usize, SynthError> {
        self.front_end
            .sentences(text)
            .try_fold(0, |sum, sentence| Ok(sum + sentence?.symbols.len()))
    }

    /// Speaks a request. Sentences come in order through `listen`, as soon as each is ready, so the
    /// memory does not grow with the text; on a GPU, those after the first are computed a few at a
    /// time. `listen` may break to cancel.
    ///
    /// # Errors
    /// When the request cannot be spoken as it is, the device fails, or `listen` breaks.
    pub async fn speak(
        &mut self,
        request: &Request,
        mut listen: impl FnMut(Event) -> ControlFlow<()>,
    ) -> Result<(), SynthError> {
        let jobs = self.jobs(0, request)?;
        let (diffusion, sentences) = (self.diffusion(request)?, jobs.len());
        let symbols: Vec<_> = jobs.iter().map(|job| job.sentence.symbols.len()).collect();
        let mut first_frame = 0;
        for batch in batches(&symbols, self.sentences_at_once) {
            let sentence = batch.start;
            let batch: Vec<_> = jobs[batch].iter().collect();
            let mut tell = |stage, done, total| {
                listen(Event::Progress(Progress {
                    sentence,
                    sentences,
                    stage,
                    done,
                    total,
                }))
            };
            let mels = self.mels(&batch, &diffusion, &mut tell).await?;
            for (job, mel) in batch.into_iter().zip(mels) {
                let sentence = job.place.1;
                let mut tell = |done, total| {
                    listen(Event::Progress(Progress {
                        sentence,
                        sentences,
                        stage: StageName::Vocoder,
                        done,
                        total,
                    }))
                };
                let samples = self.samples(request, &mel.mel, &mut tell).await?;
                let sentence = self.spoken(job, mel, samples, &mut first_frame);
                if listen(Event::Sentence(sentence)).is_break() {
                    return Err(SynthError::Cancelled);
                }
            }
        }
        Ok(())
    }

    /// Speaks a request and returns the whole.
    ///
    /// # Errors
    /// As [`Self::speak`].
    pub async fn synthesize(
        &mut self,
        request: &Request,
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Speech, SynthError> {
        let mut sentences = Vec::new();
        let listen = |event| match event {
            Event::Progress(made) => progress(made),
            Event::Sentence(sentence) => {
                sentences.push(sentence);
                ControlFlow::Continue(())
            }
        };
        self.speak(request, listen).await?;
        Ok(Speech::join(&self.config.audio, sentences, request.seed)?)
    }

    /// [`Self::synthesize`] without progress, blocking this thread. On a host's device another thread
    /// must poll meanwhile.
    ///
    /// # Errors
    /// As [`Self::speak`].
    pub fn synthesize_blocking(&mut self, request: &Request) -> Result<Speech, SynthError> {
        pollster::block_on(self.synthesize(request, |_| ControlFlow::Continue(())))
    }

    /// Speaks several requests, up to [`MAX_BATCH`] sentences at a time where neighbours agree in
    /// solver, steps, temperature and guidance. Each result is the one that [`Self::synthesize`] gives, up to
    /// rounding.
    ///
    /// # Errors
    /// As [`Self::speak`]; one failing request fails all.
    pub async fn synthesize_batch(
        &mut self,
        requests: &[Request],
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Vec<Speech>, SynthError> {
        let mut jobs = Vec::new();
        for (place, request) in requests.iter().enumerate() {
            jobs.extend(self.jobs(place, request)?);
        }
        let sentences = jobs.len();
        let mut spoken: Vec<Vec<SpokenSentence>> = requests.iter().map(|_| Vec::new()).collect();
        let mut first_frames = vec![0; requests.len()];
        let mut done = 0;
        for alike in jobs.chunk_by(|a, b| same_diffusion(a.request, b.request)) {
            let diffusion = self.diffusion(alike[0].request)?;
            for batch in alike.chunks(MAX_BATCH) {
                let batch: Vec<_> = batch.iter().collect();
                let mut tell = |stage, part, total| {
                    progress(Progress {
                        sentence: done,
                        sentences,
                        stage,
                        done: part,
                        total,
                    })
                };
                let mels = self.mels(&batch, &diffusion, &mut tell).await?;
                for (job, mel) in batch.iter().zip(mels) {
                    let mut tell = |part, total| tell(StageName::Vocoder, part, total);
                    let samples = self.samples(job.request, &mel.mel, &mut tell).await?;
                    let place = job.place.0;
                    let sentence = self.spoken(job, mel, samples, &mut first_frames[place]);
                    spoken[place].push(sentence);
                }
                done += batch.len();
            }
        }
        let join = |(sentences, request): (_, &Request)| {
            Ok(Speech::join(&self.config.audio, sentences, request.seed)?)
        };
        spoken.into_iter().zip(requests).map(join).collect()
    }

    /// Turns a log mel spectrogram of this model's settings into sound, without trimming or levelling.
    ///
    /// # Errors
    /// When the model has no such vocoder, the mel does not fit, the device fails, or `progress`
    /// breaks.
    pub async fn vocode(
        &mut self,
        mel: &Mel,
        vocoder: Option<VocoderChoice>,
        mut progress: impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Audio, SynthError> {
        let choice = vocoder.unwrap_or(self.config.default_vocoder);
        self.vocoder
            .vocode(&self.gpu, &self.weights, choice, mel, &mut progress)
            .await
    }

    /// Checks a request and splits its text.
    fn jobs<'a>(&self, place: usize, request: &'a Request) -> Result<Vec<Job<'a>>, SynthError> {
        let (found, expected) = (
            request.style.values().len(),
            self.config.style_encoder.style,
        );
        if found != expected {
            return Err(SynthError::StyleLength { found, expected });
        }
        transport_fits(&self.config, &request.style)?;
        if !SPEED_RANGE.contains(&request.speed) {
            return Err(SynthError::Speed(request.speed));
        }
        let temperature = self.temperature(request);
        if !(temperature >= 0.0 && temperature.is_finite()) {
            return Err(SynthError::Temperature(temperature));
        }
        let guidance = self.guidance(request);
        if !GUIDANCE_RANGE.contains(&guidance) {
            return Err(SynthError::Guidance(guidance));
        }
        if guidance != 1.0 && self.null_style.is_none() {
            return Err(SynthError::NoNullStyle);
        }
        let vocoder = request.vocoder.unwrap_or(self.config.default_vocoder);
        if !self.config.has_vocoder(vocoder) {
            return Err(SynthError::NoVocoder(vocoder));
        }
        let _span = tracing::debug_span!("text front end").entered();
        let sentences = self.front_end.sentences(&request.text).enumerate();
        let jobs = sentences.map(|(index, sentence)| {
            Ok(Job {
                request,
                place: (place, index),
                sentence: sentence?,
            })
        });
        jobs.collect()
    }

    fn temperature(&self, request: &Request) -> f32 {
        request
            .temperature
            .unwrap_or(self.config.sampling.temperature)
    }

    fn guidance(&self, request: &Request) -> f32 {
        request.guidance.unwrap_or(self.config.sampling.guidance)
    }

    /// The steps of the diffusion; what is `None` is as the configuration says.
    #[doc(hidden)] // for this project's programs
    pub fn solver_table(
        &self,
        solver: Option<Solver>,
        steps: Option<usize>,
        detail: Option<f64>,
    ) -> Result<SolverTable, SynthError> {
        let sampling = self.config.sampling_with(solver, steps, detail);
        let parameterization = self.config.score_unet.parameterization;
        let table = SolverTable::new(&self.config.schedule()?, parameterization, &sampling)?;
        Ok(table)
    }

    fn diffusion(&self, request: &Request) -> Result<Diffusion, SynthError> {
        Ok(Diffusion {
            table: self.solver_table(request.solver, request.steps, request.detail)?,
            temperature: self.temperature(request),
            guidance: self.guidance(request),
        })
    }

    pub(super) fn acoustic_and_model(&mut self) -> (&mut Acoustic, Model<'_>) {
        let model = Model {
            gpu: &self.gpu,
            config: &self.config,
            weights: &self.weights,
            null_style: self.null_style.as_deref(),
        };
        (&mut self.acoustic, model)
    }

    async fn mels(
        &mut self,
        jobs: &[&Job<'_>],
        diffusion: &Diffusion,
        progress: &mut impl FnMut(StageName, usize, usize) -> ControlFlow<()>,
    ) -> Result<Vec<SpokenMel>, SynthError> {
        let batch: Vec<_> = jobs
            .iter()
            .map(|job| job.utterance(&self.symbols))
            .collect();
        let (acoustic, model) = self.acoustic_and_model();
        acoustic.mels(model, &batch, diffusion, progress).await
    }

    /// The samples of a sentence, levelled: a voice's transport and the phases that Griffin-Lim finds may
    /// otherwise drive peaks to half above full scale.
    async fn samples(
        &mut self,
        request: &Request,
        mel: &Mel,
        progress: &mut impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Vec<f32>, SynthError> {
        let choice = request.vocoder.unwrap_or(self.config.default_vocoder);
        let audio = self
            .vocoder
            .vocode(&self.gpu, &self.weights, choice, mel, progress)
            .instrument(tracing::debug_span!("vocoder"))
            .await?;
        let mut samples = audio.samples;
        level(&mut samples);
        Ok(samples)
    }

    /// Puts a sentence behind those before it, which end with frame `first_frame`.
    fn spoken(
        &self,
        job: &Job<'_>,
        spoken: SpokenMel,
        samples: Vec<f32>,
        first_frame: &mut usize,
    ) -> SpokenSentence {
        let spec = &self.config.audio;
        let gap = job.sentence.gap;
        let gap_frames = match gap {
            Gap::Silence(_) => gap_frames(spec, gap),
            _ if job.place.1 == 0 => 0,
            _ => gap_frames(spec, gap),
        };
        let first = *first_frame + gap_frames;
        *first_frame = first + spoken.mel.frames();
        let seconds = |frame: usize| (frame * spec.hop_length) as f64 / f64::from(spec.sample_rate);
        let symbols: Vec<_> = job
            .sentence
            .symbols
            .iter()
            .map(|symbol| symbol.name())
            .collect();
        let timing = SentenceTiming {
            text: job.sentence.source.clone(),
            spoken: job.sentence.normalised.clone(),
            start: seconds(first),
            end: seconds(*first_frame),
            tokens: token_timings(spec, first, &symbols, &spoken.durations),
        };
        SpokenSentence {
            timing,
            gap_frames,
            mel: spoken.mel,
            samples,
        }
    }
}

/// Whether two requests run the same steps from the same start.
fn same_diffusion(a: &Request, b: &Request) -> bool {
    a.solver == b.solver
        && a.steps == b.steps
        && a.temperature == b.temperature
        && a.detail == b.detail
        && a.guidance == b.guidance
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::sentence_seed;

    #[test]
    fn sentences_have_seeds_of_their_own() {
        assert_eq!(sentence_seed(7, 0), 7);
        let seeds: HashSet<_> = (0..10)
            .flat_map(|seed| (0..100).map(move |i| sentence_seed(seed, i)))
            .collect();
        assert_eq!(seeds.len(), 1000);
    }
}
