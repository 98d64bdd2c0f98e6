//! The report as a picture: each kernel against the ceiling that binds it, and the cost of speech
//! against its length.

use super::report::{Bound, KernelRow, PipelineRow, Report};
use gss_wgpu_picture::{Align, LETTER_WIDTH, Picture, Rgb};

const BACKGROUND: Rgb = [13, 12, 24];
const LABEL: Rgb = [188, 186, 204];
const LINE: Rgb = [62, 60, 82];

const WIDTH: usize = 1530;
const MARGIN: usize = 30;

/// Height of a line of text, or of a bar with its gap.
const ROW: usize = 24;

/// Height of a bar.
const BAR: usize = 14;

/// Kernels that are drawn: those that take most of a synthesis.
const BARS: usize = 24;

/// Left end of the bars; their names are left of it.
const BARS_LEFT: usize = 890;

/// Length of a bar that reaches its ceiling.
const FULL_BAR: usize = 560;

/// Letters of a kernel's part of the time, as in `12.3% `.
const PART_LETTERS: usize = 7;

/// Height of the curves.
const CURVE_HEIGHT: usize = 240;

/// Room left of a curve for the labels of its axis.
const CURVE_LABELS: usize = 80;

impl Report {
    /// Draws kernels and syntheses, as far as they were measured.
    #[must_use]
    pub fn draw(&self) -> Picture {
        let kernels = &self.kernels[..self.kernels.len().min(BARS)];
        let curves: Vec<Curve> = [self.lengths(), self.batches()]
            .into_iter()
            .flatten()
            .collect();
        let mut height = 2 * MARGIN + 2 * ROW;
        if !kernels.is_empty() {
            height += ROW * (kernels.len() + 4);
        }
        if !curves.is_empty() {
            height += CURVE_HEIGHT + 4 * ROW;
        }
        let mut picture = Picture::new(WIDTH, height, BACKGROUND);
        let mut y = MARGIN;
        for line in self.heading() {
            picture.text(MARGIN, y, Align::Right, &line, LABEL);
            y += ROW;
        }
        if !kernels.is_empty() {
            y = bars(&mut picture, y + ROW, kernels, total(&self.kernels));
        }
        let room = (WIDTH - MARGIN) / curves.len().max(1);
        for (i, curve) in curves.iter().enumerate() {
            curve.draw(&mut picture, MARGIN + i * room, y + ROW, room - MARGIN);
        }
        picture
    }

    fn heading(&self) -> [String; 2] {
        let ceilings = &self.ceilings;
        [
            format!(
                "{} ({}), gss-wgpu {}, profile {}",
                self.adapter, self.backend, self.version, self.profile
            ),
            format!(
                "multiply-adds {:.1} GFLOP/s, memory {:.1} GB/s, dispatch {:.1} us",
                ceilings.fma_f32_gflops, ceilings.bandwidth_gbs, ceilings.dispatch_us
            ),
        ]
    }

    /// Single texts of all lengths at the number of steps with the most lengths.
    fn lengths(&self) -> Option<Curve> {
        let single = || self.pipeline.iter().filter(|row| row.batch == 1);
        let lengths = |steps| single().filter(|row| row.steps == steps).count();
        let steps = single()
            .map(|row| row.steps)
            .max_by_key(|&steps| lengths(steps))?;
        let points = single().filter(|row| row.steps == steps);
        Curve::new(
            format!("real-time factor over seconds of speech, {steps} steps"),
            points.map(|row| (row.seconds, row.rtf)).collect(),
        )
    }

    /// Batches of one length, the single text among them.
    fn batches(&self) -> Option<Curve> {
        let PipelineRow { seconds, steps, .. } = *self.pipeline.iter().find(|row| row.batch > 1)?;
        // The same text has the same length, up to the rounding of a mean.
        let is_same =
            |row: &&PipelineRow| row.steps == steps && (row.seconds - seconds).abs() < 0.01;
        let points = self.pipeline.iter().filter(is_same);
        Curve::new(
            format!("real-time factor over texts at once, {seconds:.1} s each, {steps} steps"),
            points.map(|row| (row.batch as f64, row.rtf)).collect(),
        )
    }
}

/// Milliseconds of a synthesis in these kernels.
fn total(kernels: &[KernelRow]) -> f64 {
    kernels.iter().map(|row| row.ms * row.uses as f64).sum()
}

const fn colour(bound: Bound) -> Rgb {
    match bound {
        Bound::Arithmetic => [236, 128, 92],
        Bound::Bandwidth => [120, 160, 240],
        Bound::Dispatch => [140, 200, 130],
    }
}

/// Bars from `y` on; where they end. All kernels of a synthesis take `total` milliseconds.
fn bars(picture: &mut Picture, y: usize, kernels: &[KernelRow], total: f64) -> usize {
    let title = "kernels: part of a synthesis, and share of the ceiling that binds";
    picture.text(MARGIN, y, Align::Right, title, LABEL);
    let mut x = BARS_LEFT;
    for (bound, name) in [
        (Bound::Arithmetic, "multiply-adds"),
        (Bound::Bandwidth, "memory"),
        (Bound::Dispatch, "dispatch"),
    ] {
        picture.fill(x, y + ROW - BAR / 2, BAR, BAR, colour(bound));
        picture.text(x + BAR + 8, y + ROW, Align::Right, name, LABEL);
        x += BAR + 8 + LETTER_WIDTH * (name.len() + 3);
    }
    let top = y + 2 * ROW;
    let bottom = top + ROW * kernels.len();
    for percent in [0, 25, 50, 75, 100] {
        let x = BARS_LEFT + FULL_BAR * percent / 100;
        picture.fill(x, top - ROW / 2, 1, bottom - top, LINE);
        let label = format!("{percent}%");
        picture.text(x, bottom - ROW / 2 + 6, Align::Below, &label, LABEL);
    }
    for (i, row) in kernels.iter().enumerate() {
        let y = top + ROW * i;
        let part = 100.0 * row.ms * row.uses as f64 / total;
        let label = format!("{}{part:5.1}%", name(row));
        picture.text(BARS_LEFT - LETTER_WIDTH, y, Align::Left, &label, LABEL);
        let length = pixels(row.share.clamp(0.0, 1.0) * FULL_BAR as f64);
        picture.fill(BARS_LEFT, y - BAR / 2, length, BAR, colour(row.bound));
        let share = format!("{:.0}%", 100.0 * row.share);
        picture.text(BARS_LEFT + length + 6, y, Align::Right, &share, LABEL);
    }
    bottom + ROW
}

/// A kernel with its operands, which say what its result is, cut to the room left of the bars.
fn name(row: &KernelRow) -> String {
    let room = (BARS_LEFT - MARGIN) / LETTER_WIDTH - PART_LETTERS - 1;
    let kernel = row.kernel.strip_suffix(".main").unwrap_or(&row.kernel);
    let operands = row.shape.split(" -> ").next().unwrap_or_default();
    let name: String = format!("{kernel} {operands}").chars().take(room).collect();
    format!("{name}  ")
}

/// Real-time factors over something that grows by factors.
struct Curve {
    title: String,
    /// What grows, ascending, and the real-time factor.
    points: Vec<(f64, f64)>,
}

impl Curve {
    /// None without points.
    fn new(title: String, mut points: Vec<(f64, f64)>) -> Option<Self> {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        (!points.is_empty()).then_some(Self { title, points })
    }

    /// Draws with the upper left corner at (`x`, `y`), `width` wide.
    fn draw(&self, picture: &mut Picture, x: usize, y: usize, width: usize) {
        picture.text(x, y, Align::Right, &self.title, LABEL);
        let (top, left) = (y + ROW, x + CURVE_LABELS);
        let width = width - CURVE_LABELS - MARGIN;
        let highest = self.points.iter().map(|point| point.1).fold(0.0, f64::max);
        let (first, last) = (self.points[0].0, self.points[self.points.len() - 1].0);
        let across = (last / first).ln().max(f64::MIN_POSITIVE);
        for quarter in 0..=4 {
            let y = top + CURVE_HEIGHT * quarter / 4;
            picture.fill(left, y, width, 1, LINE);
            let label = format!("{:.3}", highest * (4 - quarter) as f64 / 4.0);
            picture.text(left - LETTER_WIDTH, y, Align::Left, &label, LABEL);
        }
        let colour = colour(Bound::Arithmetic);
        let mut before = None;
        for &(value, factor) in &self.points {
            let along = (value / first).ln() / across;
            let x = left + pixels(along * width as f64);
            let y = top + pixels((1.0 - factor / highest) * CURVE_HEIGHT as f64);
            if let Some(before) = before {
                picture.line(before, [x, y], colour);
            }
            picture.fill(x.saturating_sub(4), y.saturating_sub(4), 9, 9, colour);
            let label = format!("{}", (10.0 * value).round() / 10.0);
            picture.text(x, top + CURVE_HEIGHT + 10, Align::Below, &label, LABEL);
            before = Some([x, y]);
        }
    }
}

fn pixels(length: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "lengths within a picture"
    )]
    let pixels = length.round() as usize;
    pixels
}
