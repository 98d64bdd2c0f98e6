//! Speech beside a frame loop, without a missed frame: the loop grants the engine a few milliseconds of its device
//! in each frame.
//!
//! ```sh
//! cargo run --release --example frame_loop -- "Hello from a frame loop." 4
//! ```
//!
//! The second argument is the budget in milliseconds. At the end it says how long the longest frame took, and how
//! many were missed, without speech and beside it.

use std::env;
use std::error::Error;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use gss_wgpu::audio::{Audio, WavFormat, WavInfo, write_wav};
use gss_wgpu::{
    Request, Stepped, Stepper, Style, required_features, required_limits, useful_features, wgpu,
};

/// Sixty frames a second.
const FRAME: Duration = Duration::from_micros(16_667);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let text = arguments
        .next()
        .unwrap_or_else(|| "Hello from a frame loop. It did not miss a frame.".to_owned());
    let milliseconds = arguments.next().map_or(Ok(4.0), |number| number.parse())?;
    let budget = Duration::try_from_secs_f64(milliseconds / 1e3)?;

    let model = Path::new("weights/small");
    let style = Style::read(&model.join("voices/linda.safetensors"))?;
    let instance = wgpu::Instance::default();
    let adapter = pollster::block_on(instance.request_adapter(&Default::default()))?;
    let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
        label: Some("application"),
        required_features: required_features() | useful_features(adapter.features()),
        required_limits: required_limits(&adapter),
        ..Default::default()
    }))?;
    let mut screen = Screen::new(device.clone(), queue.clone());

    // The application alone, for comparison.
    let mut idle = Frames::default();
    for _ in 0..120 {
        idle.draw(&mut screen, || ())?;
    }

    let mut stepper = Stepper::load(device, queue, model.to_owned())?;
    let (mut loading, mut speaking) = (Frames::default(), Frames::default());
    let (mut ready, mut finished) = (None, false);
    let mut audio = Audio {
        samples: Vec::new(),
        sample_rate: 16_000,
    };
    let started = Instant::now();
    while !finished {
        let frames = if ready.is_some() {
            &mut speaking
        } else {
            &mut loading
        };
        let mut failure = None;
        let mut wants_to_speak = false;
        frames.draw(&mut screen, || {
            for news in stepper.advance(budget) {
                match news {
                    Stepped::Ready => {
                        ready = Some(started.elapsed());
                        wants_to_speak = true;
                    }
                    Stepped::Progress(_) => {}
                    Stepped::Sentence(sentence) => {
                        let hop = sentence.samples.len() / sentence.mel.frames();
                        let gap = vec![0.0; sentence.gap_frames * hop];
                        audio
                            .samples
                            .extend(gap.into_iter().chain(sentence.samples));
                    }
                    Stepped::Finished => finished = true,
                    Stepped::Failed(error) => failure = Some(error),
                }
            }
        })?;
        if wants_to_speak {
            stepper.speak(Request::new(text.as_str(), style.clone()));
        }
        if let Some(error) = failure {
            return Err(error.into());
        }
    }

    write_wav(
        Path::new("speech.wav"),
        &audio,
        WavFormat::Pcm16,
        &WavInfo::default(),
    )?;
    println!("adapter: {}", adapter.get_info().name);
    println!("alone:    {idle}");
    println!("loading:  {loading}");
    println!("speaking: {speaking}");
    println!(
        "speech.wav: {:.1} s of speech, {:.1} s after it was ready (loading took {:.1} s), {milliseconds} ms in each frame",
        audio.seconds(),
        (started.elapsed() - ready.unwrap_or_default()).as_secs_f64(),
        ready.unwrap_or_default().as_secs_f64(),
    );
    Ok(())
}

/// What the application draws on: a texture that nobody sees, cleared to a colour that changes.
struct Screen {
    device: wgpu::Device,
    queue: wgpu::Queue,
    target: wgpu::TextureView,
    frame: u32,
}

impl Screen {
    fn new(device: wgpu::Device, queue: wgpu::Queue) -> Self {
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("frame"),
            size: wgpu::Extent3d {
                width: 640,
                height: 360,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        Self {
            device,
            queue,
            target: texture.create_view(&wgpu::TextureViewDescriptor::default()),
            frame: 0,
        }
    }

    fn draw(&mut self) -> Result<(), wgpu::PollError> {
        self.frame += 1;
        let phase = f64::from(self.frame) / 60.0;
        let colour = wgpu::Color {
            r: 0.5 + 0.5 * phase.sin(),
            g: 0.2,
            b: 0.5 + 0.5 * phase.cos(),
            a: 1.0,
        };
        let mut encoder = self.device.create_command_encoder(&Default::default());
        encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("frame"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &self.target,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(colour),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        self.queue.submit([encoder.finish()]);
        self.device.poll(wgpu::PollType::Poll)?;
        Ok(())
    }
}

/// How long frames took.
#[derive(Debug, Default)]
struct Frames {
    times: Vec<Duration>,
}

impl Frames {
    /// Draws a frame, does `beside` in it, and sleeps for the rest of it.
    fn draw(&mut self, screen: &mut Screen, beside: impl FnOnce()) -> Result<(), wgpu::PollError> {
        let start = Instant::now();
        screen.draw()?;
        beside();
        let took = start.elapsed();
        self.times.push(took);
        thread::sleep(FRAME.saturating_sub(took));
        Ok(())
    }
}

impl std::fmt::Display for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut times = self.times.clone();
        times.sort_unstable();
        let milliseconds =
            |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1e3);
        write!(
            f,
            "{} frames, median {:.1} ms, 99 % within {:.1} ms, the longest {:.1} ms; {} missed",
            times.len(),
            milliseconds(times.get(times.len() / 2)),
            milliseconds(times.get(times.len() * 99 / 100)),
            milliseconds(times.last()),
            times.iter().filter(|&&time| time > FRAME).count(),
        )
    }
}
