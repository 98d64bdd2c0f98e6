//! Speech in a frame loop: the loop grants a few milliseconds of the device in each frame, and never waits.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
/// [`advance`](Self::advance) grants, frame by frame, and that are sized by what earlier ones took. The loop polls its device as it
/// always does.
#[derive(Debug)]
pub struct Stepper {
    requests: Sender<(u64, Request)>,
    news: Receiver<(u64, Stepped)>,
    meter: Meter,
    /// Requests of earlier generations are cancelled.
    generation: Arc<AtomicU64>,
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
        let generation = Arc::new(AtomicU64::new(0));
        let worker = Worker {
            meter: meter.clone(),
            generation: Arc::clone(&generation),
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
            generation,
        })
    }

    /// Says this after what was asked for before.
    pub fn speak(&mut self, request: Request) {
        let generation = self.generation.load(Ordering::Relaxed);
        // The thread is gone where the model could not be loaded, of which it has told.
        let _ = self.requests.send((generation, request));
    }

    /// Stops what is being said and forgets what waits. Nothing more of it comes.
    pub fn cancel(&mut self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.meter.stop();
    }

    /// Grants so much of the device's time in this frame, and says what has happened since the last. Never blocks.
    /// Best called after the frame's own work was submitted.
    pub fn advance(&mut self, budget: Duration) -> impl Iterator<Item = Stepped> + '_ {
        self.meter.grant(budget);
        let present = self.generation.load(Ordering::Relaxed);
        self.news.try_iter().filter_map(move |(generation, news)| {
            (generation == present || matches!(news, Stepped::Ready)).then_some(news)
        })
    }
}

impl Drop for Stepper {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// The thread's side.
struct Worker {
    meter: Meter,
    generation: Arc<AtomicU64>,
    news: SyncSender<(u64, Stepped)>,
}

impl Worker {
    fn work(&self, gpu: Gpu, folder: &std::path::Path, requests: &Receiver<(u64, Request)>) {
        let mut synthesizer = match pollster::block_on(load(gpu, folder)) {
            Ok(synthesizer) => synthesizer,
            Err(error) => {
                self.tell(self.present(), Stepped::Failed(error));
                return;
            }
        };
        self.tell(self.present(), Stepped::Ready);
        while let Ok((generation, request)) = requests.recv() {
            // A cancellation after this line stops the meter again, one before it is seen in the next.
            self.meter.resume();
            if generation != self.present() {
                continue;
            }
            let spoken = pollster::block_on(synthesizer.speak(&request, |event| {
                let news = match event {
                    Event::Progress(made) => Stepped::Progress(made),
                    Event::Sentence(sentence) => Stepped::Sentence(Box::new(sentence)),
                };
                if self.tell(generation, news) && generation == self.present() {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            }));
            let news = match spoken {
                Ok(()) => Stepped::Finished,
                Err(error) => Stepped::Failed(error),
            };
            if !self.tell(generation, news) {
                return;
            }
        }
    }

    fn present(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Whether anybody listens.
    fn tell(&self, generation: u64, news: Stepped) -> bool {
        self.news.send((generation, news)).is_ok()
    }
}

/// A model on the device, having spoken once: some drivers compile a kernel when it first runs.
async fn load(gpu: Gpu, folder: &std::path::Path) -> Result<Synthesizer, SynthError> {
    let gpu = gpu.self_tested().await?;
    let mut synthesizer = Synthesizer::load(&gpu, folder)?;
    synthesizer.warm_up().await?;
    Ok(synthesizer)
}
