//! What both kinds of picture share: margins, background, the axis of time.

use super::canvas::{Align, Picture};
use super::colour::Rgb;

/// Left of the drawing, for the labels of its vertical axis.
const LEFT: usize = 90;
/// Right of the drawing, for half of the last label.
const RIGHT: usize = 36;
const TOP: usize = 18;
/// Below the drawing, for the labels of time.
const BOTTOM: usize = 46;
/// Length of a tick.
const TICK: usize = 6;

/// A night sky: readable on light and dark pages alike.
const BACKGROUND: Rgb = [13, 12, 24];
const LABEL: Rgb = [188, 186, 204];
const LINE: Rgb = [92, 90, 112];

/// Most pixels of a drawing's width; longer audio is condensed.
const MAX_WIDTH: usize = 1600;
/// Least pixels; shorter audio is stretched.
const MIN_WIDTH: usize = 480;
/// Pixels of a second where neither limit is met.
const PIXELS_PER_SECOND: f64 = 240.0;
/// Least distance of two labels of time in pixels.
const LABEL_DISTANCE: f64 = 110.0;

/// A picture with its margins, and where its drawing lies.
pub(crate) struct Frame {
    pub(crate) picture: Picture,
    /// Of the drawing.
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Frame {
    /// An empty drawing of audio of that length, with its axis of time.
    pub(crate) fn new(seconds: f64, height: usize) -> Self {
        let width = ((seconds * PIXELS_PER_SECOND) as usize).clamp(MIN_WIDTH, MAX_WIDTH);
        let picture = Picture::new(LEFT + width + RIGHT, TOP + height + BOTTOM, BACKGROUND);
        let mut frame = Self {
            picture,
            width,
            height,
        };
        frame.label_time(seconds);
        frame
    }

    /// Mixes a colour into a pixel of the drawing; `y` counts from its top.
    pub(crate) fn blend(&mut self, x: usize, y: usize, colour: Rgb, cover: f64) {
        self.picture.blend(LEFT + x, TOP + y, colour, cover);
    }

    /// Marks a height on the vertical axis; `y` counts from the drawing's top.
    pub(crate) fn label_height(&mut self, y: usize, label: &str) {
        let y = TOP + y;
        self.picture.fill(LEFT - TICK - 2, y - 1, TICK, 2, LINE);
        self.picture
            .text(LEFT - TICK - 8, y, Align::Left, label, LABEL);
    }

    fn label_time(&mut self, seconds: f64) {
        let scale = self.width as f64 / seconds;
        let step = TIME_STEPS
            .into_iter()
            .find(|step| step * scale >= LABEL_DISTANCE)
            .unwrap_or(TIME_STEPS[TIME_STEPS.len() - 1]);
        let decimals = usize::from(step < 1.0) + usize::from(step < 0.1);
        let count = (seconds / step + 1e-9) as usize;
        for index in 0..=count {
            let time = index as f64 * step;
            let x = LEFT + (time * scale) as usize;
            let y = TOP + self.height;
            self.picture.fill(x - 1, y + 2, 2, TICK, LINE);
            let unit = if index == count { " s" } else { "" };
            let label = format!("{time:.decimals$}{unit}");
            self.picture
                .text(x, y + TICK + 12, Align::Below, &label, LABEL);
        }
    }
}

/// Distances of the marks of time in seconds.
const TIME_STEPS: [f64; 13] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0,
];
