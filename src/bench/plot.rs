//! The report as a picture: each kernel against the ceiling that binds it, and the cost of speech
//! against its length.

use super::report::{Bound, KernelRow, PipelineRow, Report};
use crate::picture::{Align, LETTER_WIDTH, Picture, Rgb};

const BACKGROUND: Rgb = [13, 12, 24];
const LABEL: Rgb = [188, 186, 204];
const LINE: Rgb = [62, 60, 82];

const WIDTH: usize = 1400;
const MARGIN: usize = 30;

/// Height of a line of text, or of a bar with its gap.
const ROW: usize = 24;

/// Height of a bar.
const BAR: usize = 14;

/// Kernels that are drawn: those that take most of a synthesis.
const BARS: usize = 24;

/// Left end of the bars; their names are left of it.
const BARS_LEFT: usize = 720;

/// Length of a bar that reaches its ceiling.
const FULL_BAR: usize = 560;

/// Height of the drawing of cost against length.
const COST_HEIGHT: usize = 260;

/// Left end of that drawing, for the labels of its axis.
const COST_LEFT: usize = 110;

impl Report {
    /// Draws kernels and syntheses, as far as they were measured.
    #[must_use]
    pub fn draw(&self) -> Picture {
        let kernels = &self.kernels[..self.kernels.len().min(BARS)];
        let growth = self.growth();
        let mut height = 2 * MARGIN + 2 * ROW;
        if !kernels.is_empty() {
            height += ROW * (kernels.len() + 4);
        }
        if !growth.is_empty() {
            height += COST_HEIGHT + 5 * ROW;
        }
        let mut picture = Picture::new(WIDTH, height, BACKGROUND);
        let mut y = MARGIN;
        for line in self.heading() {
            picture.text(MARGIN, y, Align::Right, &line, LABEL);
            y += ROW;
        }
        if !kernels.is_empty() {
            y = bars(&mut picture, y + ROW, kernels);
        }
        if !growth.is_empty() {
            cost(&mut picture, y + ROW, &growth);
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
    fn growth(&self) -> Vec<&PipelineRow> {
        let single = || self.pipeline.iter().filter(|row| row.batch == 1);
        let lengths = |steps| single().filter(|row| row.steps == steps).count();
        let Some(steps) = single()
            .map(|row| row.steps)
            .max_by_key(|&steps| lengths(steps))
        else {
            return Vec::new();
        };
        let mut rows: Vec<_> = single().filter(|row| row.steps == steps).collect();
        rows.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        rows
    }
}

const fn colour(bound: Bound) -> Rgb {
    match bound {
        Bound::Arithmetic => [236, 128, 92],
        Bound::Loads => [220, 190, 90],
        Bound::Bandwidth => [120, 160, 240],
        Bound::Dispatch => [140, 200, 130],
    }
}

/// Bars from `y` on; where they end.
fn bars(picture: &mut Picture, y: usize, kernels: &[KernelRow]) -> usize {
    let title = "share of the ceiling that binds, the kernels that take most of a synthesis first";
    picture.text(MARGIN, y, Align::Right, title, LABEL);
    let mut x = BARS_LEFT;
    for (bound, name) in [
        (Bound::Arithmetic, "multiply-adds"),
        (Bound::Loads, "loads"),
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
        let room = (BARS_LEFT - MARGIN) / LETTER_WIDTH - 2;
        let name: String = format!("{} {}", row.kernel, row.shape)
            .chars()
            .take(room)
            .collect();
        picture.text(BARS_LEFT - LETTER_WIDTH, y, Align::Left, &name, LABEL);
        let length = pixels(row.share.clamp(0.0, 1.0) * FULL_BAR as f64);
        picture.fill(BARS_LEFT, y - BAR / 2, length, BAR, colour(row.bound));
        let share = format!("{:.0}%", 100.0 * row.share);
        picture.text(BARS_LEFT + length + 6, y, Align::Right, &share, LABEL);
    }
    bottom + ROW
}

/// Time for a second of speech over the logarithm of its length, from `y` on.
fn cost(picture: &mut Picture, y: usize, rows: &[&PipelineRow]) {
    let title = format!(
        "real-time factor over seconds of speech, {} steps",
        rows[0].steps
    );
    picture.text(MARGIN, y, Align::Right, &title, LABEL);
    let (top, width) = (y + ROW, WIDTH - COST_LEFT - 2 * MARGIN);
    let highest = rows.iter().map(|row| row.rtf).fold(0.0, f64::max);
    let (shortest, longest) = (rows[0].seconds, rows[rows.len() - 1].seconds);
    let across = (longest / shortest).ln().max(f64::MIN_POSITIVE);
    for quarter in 0..=4 {
        let y = top + COST_HEIGHT * quarter / 4;
        picture.fill(COST_LEFT, y, width, 1, LINE);
        let label = format!("{:.3}", highest * (4 - quarter) as f64 / 4.0);
        picture.text(COST_LEFT - LETTER_WIDTH, y, Align::Left, &label, LABEL);
    }
    let mut last = None;
    for row in rows {
        let along = (row.seconds / shortest).ln() / across;
        let x = COST_LEFT + pixels(along * width as f64);
        let down = (1.0 - row.rtf / highest) * COST_HEIGHT as f64;
        let y = top + pixels(down);
        let colour = colour(Bound::Arithmetic);
        if let Some(last) = last {
            picture.line(last, [x, y], colour);
        }
        picture.fill(x.saturating_sub(4), y.saturating_sub(4), 9, 9, colour);
        let label = format!("{:.1}", row.seconds);
        picture.text(x, top + COST_HEIGHT + 10, Align::Below, &label, LABEL);
        last = Some([x, y]);
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
