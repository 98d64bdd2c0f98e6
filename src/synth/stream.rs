//! Speech as it is made: sentences from a thread that speaks, a few ahead of who takes them.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use super::request::{Event, Progress, Request};
use super::speech::SpokenSentence;
use super::{SynthError, Synthesizer};

/// A request that is being spoken on a thread of its own: an iterator over its sentences, in order, each as soon
/// as it is ready.
///
/// Each carries its samples and the times of its words and phones; joined with the gaps that they name they are
/// the very samples of [`Synthesizer::synthesize`]. The thread works a few sentences ahead and then waits, so a slow
/// listener costs no memory. Dropping the stream cancels.
#[derive(Debug)]
pub struct SpeechStream {
    sentences: Receiver<Result<SpokenSentence, SynthError>>,
    shared: Stopping,
    thread: JoinHandle<Synthesizer>,
}

/// Stops the thread when it is dropped: at its next progress, or when nobody takes its sentence.
#[derive(Debug)]
struct Stopping(Arc<Shared>);

impl Drop for Stopping {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
struct Shared {
    stopped: AtomicBool,
    progress: Mutex<Option<Progress>>,
}

impl Synthesizer {
    /// Speaks a request on a thread of its own, which works at most so many sentences ahead of what was taken
    /// (at least one). [`SpeechStream::into_synthesizer`] gives the synthesizer back.
    ///
    /// On a device with [`Polling::Host`](crate::gpu::Polling::Host) somebody else has to poll.
    ///
    /// # Errors
    /// When the system has no thread to give. What the request lacks is the stream's first item.
    pub fn into_stream(self, request: Request, ahead: usize) -> Result<SpeechStream, SynthError> {
        // One more waits in the thread's hands.
        let (sender, sentences) = sync_channel(ahead.saturating_sub(1));
        let shared = Arc::new(Shared::default());
        let its = Arc::clone(&shared);
        let thread = Builder::new()
            .name("gss-wgpu stream".to_owned())
            .spawn(move || speak(self, &request, &sender, &its))
            .map_err(SynthError::Thread)?;
        Ok(SpeechStream {
            sentences,
            shared: Stopping(shared),
            thread,
        })
    }
}

fn speak(
    mut synthesizer: Synthesizer,
    request: &Request,
    sentences: &SyncSender<Result<SpokenSentence, SynthError>>,
    shared: &Shared,
) -> Synthesizer {
    let spoken = pollster::block_on(synthesizer.speak(request, |event| {
        let goes_on = match event {
            Event::Progress(made) => {
                *shared
                    .progress
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = Some(made);
                true
            }
            Event::Sentence(sentence) => sentences.send(Ok(sentence)).is_ok(),
        };
        if goes_on && !shared.stopped.load(Ordering::Relaxed) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }));
    if let Err(error) = spoken {
        // Whoever stopped it does not listen.
        let _ = sentences.send(Err(error));
    }
    synthesizer
}

impl SpeechStream {
    /// The next sentence if it is ready, without waiting for it.
    pub fn try_next(&mut self) -> Ready {
        match self.sentences.try_recv() {
            Ok(sentence) => Ready::Item(sentence.map(Box::new)),
            Err(TryRecvError::Empty) => Ready::NotYet,
            Err(TryRecvError::Disconnected) => Ready::End,
        }
    }

    /// How far the synthesis is, once it has begun.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        *self
            .shared
            .0
            .progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The synthesizer, as good as new. What was not spoken is cancelled; takes at most as long as the work
    /// between two calls of a progress.
    ///
    /// # Panics
    /// Where the thread did.
    #[must_use]
    pub fn into_synthesizer(self) -> Synthesizer {
        let Self {
            sentences,
            shared,
            thread,
        } = self;
        drop((sentences, shared));
        match thread.join() {
            Ok(synthesizer) => synthesizer,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// What [`SpeechStream::try_next`] found.
#[derive(Debug)]
pub enum Ready {
    /// A sentence, or why there is none; nothing comes after an error.
    Item(Result<Box<SpokenSentence>, SynthError>),
    /// The next sentence is being made.
    NotYet,
    /// All was said.
    End,
}

impl Iterator for SpeechStream {
    type Item = Result<SpokenSentence, SynthError>;

    /// Waits for the next sentence.
    fn next(&mut self) -> Option<Self::Item> {
        self.sentences.recv().ok()
    }
}
