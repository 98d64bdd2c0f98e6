//! The synthesizer: a model on a device.

use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::Arc;

use tracing::Instrument;

use super::SynthError;
use super::acoustic::{Acoustic, Diffusion, SpokenMel};
use super::batches::{self, batches};
#[cfg(feature = "english")]
use super::load::beside_the_dictionary;
use super::load::{compile, upload};
use super::plans::Model;
use super::request::{Event, Progress, Request, SPEED_RANGE, StageName, Text};
use super::settings::{Settings, settings};
use super::speech::{SentenceTiming, Speech, SpokenSentence, gap_frames, token_timings};
use super::utterances::Utterance;
use super::vocoder::Vocoder;
use crate::audio::{Audio, Harmonics, Mel};
use crate::gpu::{Gpu, WeightData, WeightStore};
use crate::model::weights::NULL_STYLE;
use crate::model::{Adaptation, ModelConfig, ModelWeights, Style, VocoderChoice};
#[cfg(feature = "english")]
use crate::text::{FrontEnd, UserLexicon};
use crate::text::{Gap, MAX_SYMBOLS, Sentence, SymbolTable, TextError};
use crate::watermark::Unmarked;

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
    #[cfg(feature = "english")]
    pub(super) front_end: FrontEnd,
    pub(super) symbols: SymbolTable,
    weights: Arc<WeightStore>,
    null_style: Option<Vec<f32>>,
    /// The pictures of pitches, if the model predicts them.
    harmonics: Option<Harmonics>,
    acoustic: Acoustic,
    vocoder: Vocoder,
    sentences_at_once: usize,
}

/// A sentence of a request, in line to be spoken.
#[derive(Debug)]
struct Job<'a> {
    request: &'a Request,
    settings: &'a Settings,
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
            speed: (self.settings.speed * self.sentence.rate)
                .clamp(*SPEED_RANGE.start(), *SPEED_RANGE.end()),
            melody: self.settings.melody,
            seed: sentence_seed(self.request.seed, self.place.1 as u64),
        }
    }
}

/// Who hears of events, and of what request each is; he may break to cancel.
struct Listener<'a, L> {
    jobs: &'a [Job<'a>],
    listen: L,
}

impl<L: FnMut(usize, Event) -> ControlFlow<()>> Listener<'_, L> {
    /// What is done of a sentence, of a batch's first one while its sentences are made together.
    fn progress(
        &mut self,
        sentence: usize,
        stage: StageName,
        done: usize,
        total: usize,
    ) -> ControlFlow<()> {
        let progress = Progress {
            sentence,
            sentences: self.jobs.len(),
            stage,
            done,
            total,
        };
        (self.listen)(self.jobs[sentence].place.0, Event::Progress(progress))
    }

    fn sentence(&mut self, place: usize, sentence: SpokenSentence) -> ControlFlow<()> {
        (self.listen)(self.jobs[place].place.0, Event::Sentence(sentence))
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

    /// [`Self::load`] with weights changed by an adaptation, whose style is the voice to use.
    ///
    /// # Errors
    /// As [`Self::load`], and when the adaptation does not belong to this model.
    pub fn load_adapted(
        gpu: &Gpu,
        folder: &Path,
        adaptation: &Adaptation,
    ) -> Result<Self, SynthError> {
        Self::load_with(gpu, folder, Some(adaptation))
    }

    fn load_with(
        gpu: &Gpu,
        folder: &Path,
        adaptation: Option<&Adaptation>,
    ) -> Result<Self, SynthError> {
        let _span = tracing::debug_span!("load model").entered();
        let config = ModelConfig::load(&folder.join(CONFIG_FILE))?;
        let mut files = ModelWeights::load(folder, &config)?;
        if let Some(adaptation) = adaptation {
            files.adapt(adaptation)?;
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
        #[cfg(feature = "english")]
        let (front_end, weights) = {
            let (front_end, weights) = beside_the_dictionary(|| upload(gpu, &config, source));
            (front_end?, weights?)
        };
        #[cfg(not(feature = "english"))]
        let weights = upload(gpu, &config, source)?;
        compile(gpu, &config, &weights)?;
        Ok(Self {
            gpu: gpu.clone(),
            #[cfg(feature = "english")]
            front_end,
            symbols,
            weights: Arc::new(weights),
            null_style: source(NULL_STYLE).map(|weight| weight.to_f32()),
            harmonics: config
                .pitch_predictor
                .as_ref()
                .map(|_| Harmonics::new(&config.audio)),
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

    /// Another synthesizer of the same model on the same device, which shares its weights and kernels; what
    /// it needs of its own is activations, once it speaks ([`Self::device_bytes`]).
    ///
    /// # Errors
    /// As [`Self::load`] where the vocoder's tables cannot be made.
    pub fn sibling(&self) -> Result<Self, SynthError> {
        Ok(Self {
            gpu: self.gpu.clone(),
            config: self.config.clone(),
            #[cfg(feature = "english")]
            front_end: self.front_end.clone(),
            symbols: self.symbols.clone(),
            weights: Arc::clone(&self.weights),
            null_style: self.null_style.clone(),
            harmonics: self.harmonics.clone(),
            acoustic: Acoustic::default(),
            vocoder: Vocoder::new(&self.config)?,
            sentences_at_once: self.sentences_at_once,
        })
    }

    /// Speaks once and forgets it: some drivers compile a kernel when it first runs, which a first listener would
    /// wait for.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn warm_up(&mut self) -> Result<(), SynthError> {
        let hello = Sentence::from_phones("HH AH0 L OW1 .")?;
        let request = Request::new(hello, Style::neutral(&self.config));
        self.speak(&request, |_| ControlFlow::Continue(())).await
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
    #[cfg(feature = "english")]
    pub fn set_lexicon(&mut self, lexicon: UserLexicon) {
        self.front_end.set_lexicon(lexicon);
    }

    #[doc(hidden)] // for this project's programs
    pub fn weights(&self) -> &WeightStore {
        &self.weights
    }

    /// Symbols of a text.
    #[cfg(feature = "english")]
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
        let settings = [settings(&self.config, request)?];
        let jobs = self.jobs(std::slice::from_ref(request), &settings)?;
        let symbols: Vec<_> = jobs.iter().map(|job| job.sentence.symbols.len()).collect();
        let batches = batches(&symbols, self.sentences_at_once);
        self.speak_jobs(&jobs, batches, |_, event| listen(event))
            .await
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
        let settings = requests
            .iter()
            .map(|request| settings(&self.config, request));
        let settings = settings.collect::<Result<Vec<_>, _>>()?;
        let jobs = self.jobs(requests, &settings)?;
        let mut spoken: Vec<Vec<SpokenSentence>> = requests.iter().map(|_| Vec::new()).collect();
        let listen = |request: usize, event| match event {
            Event::Progress(made) => progress(made),
            Event::Sentence(sentence) => {
                spoken[request].push(sentence);
                ControlFlow::Continue(())
            }
        };
        let batches = alike(&jobs);
        self.speak_jobs(&jobs, batches, listen).await?;
        let join = |(sentences, request): (_, &Request)| {
            Ok(Speech::join(&self.config.audio, sentences, request.seed)?)
        };
        spoken.into_iter().zip(requests).map(join).collect()
    }

    /// Turns a log mel spectrogram of this model's settings into sound, without trimming or levelling, and marks
    /// it ([`crate::watermark`]).
    ///
    /// # Errors
    /// When the model has no such vocoder, the mel does not fit, the device fails, or `progress`
    /// breaks.
    pub async fn vocode(
        &mut self,
        mel: &Mel,
        vocoder: VocoderChoice,
        mut progress: impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Audio, SynthError> {
        let made = self.made(vocoder, mel, &mut progress).await?;
        Ok(made.mark(0))
    }

    /// [`Self::vocode`] without the mark: for comparisons with other implementations of a vocoder. What people
    /// are going to hear has to be told from real speech; publish what [`Self::vocode`] gives.
    ///
    /// # Errors
    /// As [`Self::vocode`].
    pub async fn vocode_unmarked(
        &mut self,
        mel: &Mel,
        vocoder: VocoderChoice,
        mut progress: impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Audio, SynthError> {
        let made = self.made(vocoder, mel, &mut progress).await?;
        Ok(made.into_unmarked_audio())
    }

    /// What a vocoder makes of a mel.
    async fn made(
        &mut self,
        vocoder: VocoderChoice,
        mel: &Mel,
        progress: &mut impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Unmarked, SynthError> {
        self.vocoder
            .vocode(&self.gpu, &self.weights, vocoder, mel, progress)
            .instrument(tracing::debug_span!("vocoder"))
            .await
    }

    /// The sentences of all requests, one after the other.
    fn jobs<'a>(
        &self,
        requests: &'a [Request],
        settings: &'a [Settings],
    ) -> Result<Vec<Job<'a>>, SynthError> {
        let _span = tracing::debug_span!("text front end").entered();
        let mut jobs = Vec::new();
        for (place, (request, settings)) in requests.iter().zip(settings).enumerate() {
            for (index, sentence) in self.sentences(&request.text)?.into_iter().enumerate() {
                jobs.push(Job {
                    request,
                    settings,
                    place: (place, index),
                    sentence,
                });
            }
        }
        Ok(jobs)
    }

    /// The sentences of a text, at least one, none of them empty.
    fn sentences(&self, text: &Text) -> Result<Vec<Sentence>, TextError> {
        match text {
            #[cfg(feature = "english")]
            Text::Written(text) => self.front_end.sentences(text).collect(),
            Text::Pronounced(sentences) => {
                let lengths = || sentences.iter().map(|sentence| sentence.symbols.len());
                if lengths().min().unwrap_or(0) == 0 {
                    return Err(TextError::NothingToSay);
                }
                if lengths().any(|symbols| symbols > MAX_SYMBOLS) {
                    return Err(TextError::TooManyPhones { limit: MAX_SYMBOLS });
                }
                Ok(sentences.clone())
            }
        }
    }

    /// Speaks sentences in their order, those of a batch together.
    async fn speak_jobs<L>(
        &mut self,
        jobs: &[Job<'_>],
        batches: Vec<Range<usize>>,
        listen: L,
    ) -> Result<(), SynthError>
    where
        L: FnMut(usize, Event) -> ControlFlow<()>,
    {
        let mut listener = Listener { jobs, listen };
        // Where the speech of each request ends so far.
        let mut frames = vec![0; jobs.last().map_or(0, |last| last.place.0 + 1)];
        for batch in batches {
            let first = batch.start;
            let diffusion = jobs[first].settings.diffusion(&self.config)?;
            let mut tell = |stage, done, total| listener.progress(first, stage, done, total);
            let together = &jobs[batch.clone()];
            let mels = self.mels(together, &diffusion, &mut tell).await?;
            for (place, mel) in batch.zip(mels) {
                let job = &jobs[place];
                let mut tell =
                    |done, total| listener.progress(place, StageName::Vocoder, done, total);
                let vocoder = job.settings.vocoder;
                let made = self.sound(vocoder, &mel.mel, &mut tell).await?;
                let spoken = self.spoken(job, mel, made, &mut frames[job.place.0]);
                if listener.sentence(place, spoken).is_break() {
                    return Err(SynthError::Cancelled);
                }
            }
        }
        Ok(())
    }

    pub(super) fn acoustic_and_model(&mut self) -> (&mut Acoustic, Model<'_>) {
        let model = Model {
            gpu: &self.gpu,
            config: &self.config,
            weights: &self.weights,
            null_style: self.null_style.as_deref(),
            harmonics: self.harmonics.as_ref(),
        };
        (&mut self.acoustic, model)
    }

    async fn mels(
        &mut self,
        jobs: &[Job<'_>],
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

    /// The sound of a sentence, as loud as every other: a voice's transport and the phases that
    /// Griffin-Lim finds may otherwise drive peaks to half above full scale.
    async fn sound(
        &mut self,
        choice: VocoderChoice,
        mel: &Mel,
        progress: &mut impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Unmarked, SynthError> {
        let made = self.made(choice, mel, progress).await?;
        Ok(made.finish_sentence())
    }

    /// Puts a sentence behind those before it, which end with frame `first_frame`, and marks it.
    fn spoken(
        &self,
        job: &Job<'_>,
        spoken: SpokenMel,
        made: Unmarked,
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
            tokens: token_timings(
                spec,
                first,
                &symbols,
                &spoken.durations,
                spoken.hertz.as_deref(),
            ),
        };
        SpokenSentence {
            timing,
            gap_frames,
            mel: spoken.mel,
            samples: made.mark((first * spec.hop_length) as u64).samples,
        }
    }
}

/// Runs of at most [`MAX_BATCH`] sentences that run the same steps from the same start.
fn alike(jobs: &[Job<'_>]) -> Vec<Range<usize>> {
    let same = |a: &Settings, b: &Settings| {
        (a.sampling, a.temperature, a.guidance) == (b.sampling, b.temperature, b.guidance)
    };
    let mut batches: Vec<Range<usize>> = Vec::new();
    for (i, job) in jobs.iter().enumerate() {
        match batches.last_mut() {
            Some(last)
                if last.len() < MAX_BATCH && same(jobs[last.start].settings, job.settings) =>
            {
                last.end = i + 1;
            }
            _ => batches.push(i..i + 1),
        }
    }
    batches
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
