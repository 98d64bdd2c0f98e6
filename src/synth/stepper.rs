//! Speech in a frame loop: the loop grants a few milliseconds of the device in each frame, and never waits.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::Builder;
use std::time::Duration;

use super::request::{Event, Progress, Request};
use super::speech::SpokenSentence;
use super::{SynthError, Synthesizer};
use crate::gpu::{Gpu, Meter};

/// Sentences and news that wait for the loop; then the thread waits, too.
const AHEAD: usize = 16;

/// A synthesizer that speaks beside a frame loop, on the loop's own device.
///
/// A thread of its own loads, plans, compiles and filters; its work for the device goes there in pieces that
/// [`advance`](Self::advance) grants, frame by frame, and that are sized by what earlier ones took. The loop polls
/// its device as it always does.
#[derive(Debug)]
pub struct Stepper {
    requests: Sender<(u64, Request)>,
    /// Of what generation each is; none for what concerns the model.
    news: Receiver<(Option<u64>, Stepped)>,
    meter: Meter,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Requests of earlier generations are cancelled.
    generation: AtomicU64,
    /// Whether a request is being spoken, and so the meter is to be stopped to cancel it. The order of this and
    /// of the generation matters: of a cancellation and a request that begins, one sees the other.
    speaks: AtomicBool,
}

impl Shared {
    fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }
}

/// What happened between two frames.
#[derive(Debug)]
pub enum Stepped {
    /// The model is loaded and its kernels are compiled: what is said from now on is spoken at once.
    Ready,
    /// Work has been done.
    Progress(Progress),
    /// A sentence is ready.
    Sentence(Box<SpokenSentence>),
    /// A request was spoken to its end.
    Finished,
    /// The model could not be loaded, or a request not be spoken; those behind it are.
    Failed(SynthError),
}

impl Stepper {
    /// Loads a model folder in the background, onto a host's device that was opened with
    /// [`required_features`](crate::gpu::required_features) and the like. Returns at once; the first
    /// [`Stepped::Ready`] says that it speaks. Requests may come before.
    ///
    /// # Errors
    /// When the device lacks something, or the system has no thread to give. What is wrong with the model is a
    /// [`Stepped::Failed`].
    pub fn load(
        device: wgpu::Device,
        queue: wgpu::Queue,
        folder: PathBuf,
    ) -> Result<Self, SynthError> {
        let (gpu, meter) = Gpu::from_host_metered(device, queue)?;
        let (requests, taken) = channel();
        let (told, news) = sync_channel(AHEAD);
        let shared = Arc::new(Shared::default());
        let worker = Worker {
            meter: meter.clone(),
            shared: Arc::clone(&shared),
            news: told,
        };
        Builder::new()
            .name("gss-wgpu stepper".to_owned())
            .spawn(move || worker.work(gpu, &folder, &taken))
            .map_err(SynthError::Thread)?;
        Ok(Self {
            requests,
            news,
            meter,
            shared,
        })
    }

    /// Says this after what was asked for before.
    pub fn speak(&mut self, request: Request) {
        let generation = self.shared.generation();
        // The thread is gone where the model could not be loaded, of which it has told.
        let _ = self.requests.send((generation, request));
    }

    /// Stops what is being said and forgets what waits. Nothing more of it comes.
    pub fn cancel(&mut self) {
        self.shared.generation.fetch_add(1, Ordering::SeqCst);
        if self.shared.speaks.load(Ordering::SeqCst) {
            self.meter.stop();
        }
    }

    /// Grants so much of the device's time in this frame, and says what has happened since the last. Never blocks.
    /// Best called after the frame's own work was submitted.
    pub fn advance(&mut self, budget: Duration) -> impl Iterator<Item = Stepped> + '_ {
        self.meter.grant(budget);
        let present = self.shared.generation();
        self.news.try_iter().filter_map(move |(generation, news)| {
            generation.is_none_or(|own| own == present).then_some(news)
        })
    }
}

impl Drop for Stepper {
    fn drop(&mut self) {
        self.cancel();
        // The model may still be loading.
        self.meter.stop();
    }
}

/// The thread's side.
struct Worker {
    meter: Meter,
    shared: Arc<Shared>,
    news: SyncSender<(Option<u64>, Stepped)>,
}

impl Worker {
    fn work(&self, gpu: Gpu, folder: &Path, requests: &Receiver<(u64, Request)>) {
        let mut synthesizer = match pollster::block_on(load(gpu, folder)) {
            Ok(synthesizer) => synthesizer,
            Err(error) => {
                self.tell(None, Stepped::Failed(error));
                return;
            }
        };
        self.tell(None, Stepped::Ready);
        while let Ok((generation, request)) = requests.recv() {
            self.meter.resume();
            self.shared.speaks.store(true, Ordering::SeqCst);
            let goes_on =
                self.is_cancelled(generation) || self.speak(&mut synthesizer, generation, &request);
            self.shared.speaks.store(false, Ordering::SeqCst);
            if !goes_on {
                return;
            }
        }
    }

    /// Speaks a request; whether anybody listens.
    fn speak(&self, synthesizer: &mut Synthesizer, generation: u64, request: &Request) -> bool {
        let spoken = pollster::block_on(synthesizer.speak(request, |event| {
            let news = match event {
                Event::Progress(made) => Stepped::Progress(made),
                Event::Sentence(sentence) => Stepped::Sentence(Box::new(sentence)),
            };
            if self.tell(Some(generation), news) && !self.is_cancelled(generation) {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        }));
        let news = match spoken {
            Ok(()) => Stepped::Finished,
            Err(error) => Stepped::Failed(error),
        };
        self.tell(Some(generation), news)
    }

    fn is_cancelled(&self, generation: u64) -> bool {
        generation != self.shared.generation()
    }

    /// Whether anybody listens.
    fn tell(&self, generation: Option<u64>, news: Stepped) -> bool {
        self.news.send((generation, news)).is_ok()
    }
}

/// A model on the device, having spoken once: some drivers compile a kernel when it first runs.
async fn load(gpu: Gpu, folder: &Path) -> Result<Synthesizer, SynthError> {
    let gpu = gpu.self_tested().await?;
    let mut synthesizer = Synthesizer::load(&gpu, folder)?;
    synthesizer.warm_up().await?;
    Ok(synthesizer)
}
