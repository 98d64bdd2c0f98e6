//! The kernels' texts, listed where they are lowered to.

/// A file of `shaders/`.
#[derive(Debug, Clone, Copy)]
pub(in crate::gpu) struct Source {
    /// File name without extension.
    pub(in crate::gpu) name: &'static str,
    /// WGSL text.
    pub(in crate::gpu) text: &'static str,
}

/// Files of one folder of `shaders/`.
macro_rules! sources {
    ($folder:literal, [$($name:literal),+ $(,)?]) => {
        &[$($crate::gpu::lower::source::Source {
            name: $name,
            text: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"), "/shaders/", $folder, "/", $name, ".wgsl"
            )),
        }),+]
    };
}

pub(in crate::gpu) use sources;
