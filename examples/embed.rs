//! Speech inside another wgpu application.
//!
//! The application owns the device and the queue. It draws a frame every 16 ms (here into a texture that
//! nobody sees) and polls its device as it always does. Meanwhile a thread speaks on the same device: it
//! submits short pieces of work, and sleeps until the application's own polling says that they are done.
//!
//! ```sh
//! cargo run --release --example embed -- "Hello from another application." speech.wav
//! ```

use std::env;
use std::error::Error;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use gss_wgpu::audio::{WavFormat, WavInfo, write_wav};
use gss_wgpu::{
    Gpu, Polling, Request, Style, Synthesizer, required_features, required_limits, useful_features,
    wgpu,
};

const FRAME: Duration = Duration::from_millis(16);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let text = arguments
        .next()
        .unwrap_or_else(|| "Hello from another application.".to_owned());
    let output = arguments.next().unwrap_or_else(|| "speech.wav".to_owned());
    let model = Path::new("weights/small");
    let style = Style::read(&model.join("voices/linda.safetensors"))?;

    // The application opens its device as it likes, with what the engine needs and can use among the rest.
    let instance = wgpu::Instance::default();
    let adapter = pollster::block_on(instance.request_adapter(&Default::default()))?;
    let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
        label: Some("application"),
        required_features: required_features() | useful_features(adapter.features()),
        required_limits: required_limits(&adapter),
        ..Default::default()
    }))?;

    // Handles are cheap clones. `Polling::Host` means: never poll, only await.
    let gpu = Gpu::from_host(device.clone(), queue.clone(), Polling::Host)?;
    let speaker = thread::spawn(move || -> Result<_, gss_wgpu::Error> {
        // Lets kernels in half precision take part where the driver gets them right; the application polls.
        let gpu = pollster::block_on(gpu.self_tested())?;
        let mut synthesizer = Synthesizer::load(&gpu, model)?;
        synthesizer.synthesize_blocking(&Request::new(text, style))
    });

    let target = render_target(&device);
    let (mut frames, mut longest) = (0_u32, Duration::ZERO);
    while !speaker.is_finished() {
        let start = Instant::now();
        draw(&device, &queue, &target, frames);
        device.poll(wgpu::PollType::Poll)?;
        frames += 1;
        longest = longest.max(start.elapsed());
        thread::sleep(FRAME.saturating_sub(start.elapsed()));
    }
    let speech = speaker
        .join()
        .map_err(|_| "the speaking thread panicked")??;

    write_wav(
        Path::new(&output),
        &speech.audio,
        WavFormat::Pcm16,
        &WavInfo::default(),
    )?;
    println!(
        "{output}: {:.1} s of speech; {frames} frames drawn meanwhile, the longest in {:.0} ms",
        speech.audio.seconds(),
        longest.as_secs_f64() * 1e3,
    );
    Ok(())
}

fn render_target(device: &wgpu::Device) -> wgpu::TextureView {
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
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

/// Clears the picture to a colour that changes from frame to frame: the application's own work.
fn draw(device: &wgpu::Device, queue: &wgpu::Queue, target: &wgpu::TextureView, frame: u32) {
    let phase = f64::from(frame) / 60.0;
    let clear = wgpu::Color {
        r: 0.5 + 0.5 * phase.sin(),
        g: 0.2,
        b: 0.5 + 0.5 * phase.cos(),
        a: 1.0,
    };
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("frame"),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: target,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(clear),
                store: wgpu::StoreOp::Store,
            },
        })],
        ..Default::default()
    });
    queue.submit([encoder.finish()]);
}
