//! What is measured.

use std::time::Duration;

use super::error::BenchError;
use gss_wgpu::diffusion::MAX_STEPS;

/// Longest speech that is measured, in seconds.
const MAX_SECONDS: f64 = 600.0;

/// Largest batch that is measured.
const MAX_BATCH: usize = 64;

/// Most warm runs of a measurement: their 95th percentile says no more with more of them.
const MAX_REPEATS: usize = 1000;

/// A group of measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// Every kernel at the model's shapes.
    Kernels,
    /// Every stage at several lengths.
    Stages,
    /// Whole syntheses: lengths, steps, batches.
    Pipeline,
}

/// What is measured. The ceilings always are: they take a few seconds and everything else refers to
/// them.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The groups of measurements besides the ceilings.
    pub sections: Vec<Section>,
    /// Length of the speech at whose shapes the kernels, the steps and the batches are measured, in
    /// seconds.
    pub at: f64,
    /// Lengths of speech for the stages and the pipeline, in seconds.
    pub seconds: Vec<f64>,
    /// Numbers of diffusion steps for the pipeline, besides the model's own.
    pub steps: Vec<usize>,
    /// Numbers of items of the same length that the pipeline gets at once.
    pub batches: Vec<usize>,
    /// Warm runs, at least one; fewer where a run takes much of the limit.
    pub repeats: usize,
    /// Longest time for each series of measurements; the rest is left out, and said to be.
    pub limit: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sections: vec![Section::Kernels, Section::Stages, Section::Pipeline],
            at: 2.0,
            seconds: vec![1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0],
            steps: vec![2, 4, 10, 20],
            batches: vec![2, 4, 8, 16],
            repeats: 5,
            limit: Duration::from_secs(40),
        }
    }
}

impl Options {
    /// The least that says something.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            at: 1.0,
            seconds: vec![1.0, 2.0],
            steps: vec![2],
            batches: vec![2],
            repeats: 2,
            limit: Duration::from_secs(15),
            ..Self::default()
        }
    }

    /// Whether all of this can be measured, on any device; [`run`](super::run()) asks first, too.
    ///
    /// # Errors
    /// [`BenchError::Option`] when a length of speech is not above 0 and at most 600 s, a number of
    /// steps is 0 or above [`MAX_STEPS`], a batch is 0 or above 64, or the repeats are 0 or above 1000.
    pub fn check(&self) -> Result<(), BenchError> {
        if let Some(seconds) = self
            .seconds
            .iter()
            .chain([&self.at])
            .find(|&&seconds| !(seconds > 0.0 && seconds <= MAX_SECONDS))
        {
            return Err(refused(
                "a length of speech",
                format!("above 0 and at most {MAX_SECONDS} seconds"),
                format!("{seconds:?}"),
            ));
        }
        in_range("a number of steps", &self.steps, MAX_STEPS)?;
        in_range("a batch", &self.batches, MAX_BATCH)?;
        in_range("the number of repeats", &[self.repeats], MAX_REPEATS)
    }
}

fn in_range(option: &'static str, values: &[usize], most: usize) -> Result<(), BenchError> {
    match values.iter().find(|value| !(1..=most).contains(value)) {
        None => Ok(()),
        Some(value) => {
            let wanted = format!("between 1 and {most}");
            Err(refused(option, wanted, value.to_string()))
        }
    }
}

fn refused(option: &'static str, wanted: String, given: String) -> BenchError {
    BenchError::Option {
        option,
        wanted,
        given,
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn what_cannot_be_measured_is_refused_in_a_sentence() {
        assert!(Options::default().check().is_ok());
        assert!(Options::quick().check().is_ok());
        let refuses = |damage: fn(&mut Options), word: &str| {
            let mut options = Options::default();
            damage(&mut options);
            let error = options.check().expect_err(word).to_string();
            assert!(error.contains(word), "{error}");
        };
        refuses(|options| options.repeats = 0, "repeats");
        refuses(|options| options.repeats = usize::MAX, "repeats");
        refuses(|options| options.steps = vec![4, 0], "steps");
        refuses(|options| options.batches = vec![1000], "batch");
        refuses(|options| options.seconds = vec![f64::NAN], "length");
        refuses(|options| options.seconds = vec![f64::INFINITY], "inf");
        refuses(|options| options.seconds = vec![1e9], "600");
        refuses(|options| options.at = -1.0, "-1");
        refuses(|options| options.at = 0.0, "above 0");
    }
}
