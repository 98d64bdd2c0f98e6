//! Marks in the stream of submissions, to wait for without emptying the queue.

use futures_channel::oneshot;
use wgpu::{CommandBuffer, PollType, SubmissionIndex};

use super::context::{Gpu, Polling, TIMEOUT};
use super::error::GpuError;
use super::failure::rejected;

/// Everything that was submitted before a moment.
#[derive(Debug)]
pub(crate) struct Fence(Mark);

#[derive(Debug)]
enum Mark {
    /// The engine polls for this submission.
    Submission(SubmissionIndex),
    /// The host's polling sends this.
    Done(oneshot::Receiver<()>),
}

impl Gpu {
    /// Submits `commands` and marks the place behind them.
    #[doc(hidden)] // for this project's programs
    pub fn submit(&self, commands: CommandBuffer) {
        self.counters().submissions.add(1);
        let index = self.queue().submit([commands]);
        self.set_last_submission(index);
    }

    /// Lets the device take what was uploaded.
    ///
    /// # Errors
    /// When the device is lost.
    pub(crate) fn flush(&self) -> Result<(), GpuError> {
        self.scoped("an upload", || {
            let index = self.queue().submit([]);
            self.set_last_submission(index);
        })
    }

    /// A mark behind what was submitted so far; `None` when that is nothing.
    pub(crate) fn fence(&self) -> Option<Fence> {
        Some(Fence(match self.polling() {
            Polling::Owned => Mark::Submission(self.last_submission()?),
            Polling::Host => {
                let (sender, receiver) = oneshot::channel();
                self.queue().on_submitted_work_done(move || {
                    // The receiver is gone when the caller dropped the future: nobody waits.
                    let _ = sender.send(());
                });
                Mark::Done(receiver)
            }
        }))
    }

    /// Resolves when the device has finished what was submitted so far. With [`Polling::Owned`] it
    /// blocks while it polls.
    ///
    /// # Errors
    /// As [`Self::reach`].
    #[doc(hidden)] // for this project's programs
    pub async fn finish(&self) -> Result<(), GpuError> {
        match self.fence() {
            Some(fence) => self.reach(fence).await,
            None => Ok(()),
        }
    }

    /// Resolves when the device has come to the mark. With [`Polling::Owned`] it blocks while it polls.
    ///
    /// # Errors
    /// When the device fails or does not come there in time.
    pub(crate) async fn reach(&self, fence: Fence) -> Result<(), GpuError> {
        const WHAT: &str = "a wait";
        self.counters().waits.add(1);
        match fence.0 {
            Mark::Submission(index) => {
                let wait = PollType::Wait {
                    submission_index: Some(index),
                    timeout: Some(TIMEOUT),
                };
                let polled = self.device().poll(wait);
                self.check()?;
                polled.map(drop).map_err(|error| match error {
                    wgpu::PollError::Timeout => GpuError::Timeout(TIMEOUT),
                    error => rejected(self.device(), WHAT, &error),
                })
            }
            Mark::Done(receiver) => {
                let done = receiver.await;
                self.check()?;
                done.map_err(|cancelled| rejected(self.device(), WHAT, &cancelled))
            }
        }
    }
}
