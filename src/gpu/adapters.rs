//! Which adapters there are, and the choice of one.

use std::fmt;
use std::str::FromStr;

use wgpu::{Adapter, AdapterInfo, Backend, Backends, DeviceType, Features, Instance, Limits};

use super::error::GpuError;

/// Environment variable with a part of the wanted adapter's name, as in other wgpu applications.
pub const ADAPTER_NAME_VARIABLE: &str = "WGPU_ADAPTER_NAME";

/// Which adapter to open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AdapterChoice {
    /// What the environment variable `WGPU_ADAPTER_NAME` names; without it, the first discrete
    /// adapter, else the first integrated, virtual, other, software one.
    #[default]
    Auto,
    /// Position in [`list`].
    Index(usize),
    /// The best adapter of this backend.
    Backend(Backend),
    /// The first adapter whose name contains this, in any case.
    Name(String),
}

impl FromStr for AdapterChoice {
    type Err = std::convert::Infallible;

    /// `auto`, a number (index), `vulkan`, `metal`, `dx12` (backend), or a part of a name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let backend = Backend::ALL
            .into_iter()
            .find(|backend| text.eq_ignore_ascii_case(backend.to_str()));
        Ok(if text.eq_ignore_ascii_case("auto") {
            Self::Auto
        } else if let Ok(index) = text.parse() {
            Self::Index(index)
        } else if let Some(backend) = backend {
            Self::Backend(backend)
        } else {
            Self::Name(text.to_owned())
        })
    }
}

impl fmt::Display for AdapterChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("the automatic choice"),
            Self::Index(index) => write!(f, "index {index}"),
            Self::Backend(backend) => write!(f, "backend {backend}"),
            Self::Name(name) => write!(f, "name {name:?}"),
        }
    }
}

/// An adapter and what it offers.
#[derive(Debug, Clone)]
pub struct AdapterDescription {
    /// Position in the list, for [`AdapterChoice::Index`].
    pub index: usize,
    /// Name, backend, type, driver.
    pub info: AdapterInfo,
    /// All features.
    pub features: Features,
    /// All limits.
    pub limits: Limits,
}

impl AdapterDescription {
    fn new(index: usize, adapter: &Adapter) -> Self {
        Self {
            index,
            info: adapter.get_info(),
            features: adapter.features(),
            limits: adapter.limits(),
        }
    }
}

impl fmt::Display for AdapterDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} ({}, {})",
            self.index,
            self.info.name,
            self.info.backend,
            device_type_name(self.info.device_type)
        )
    }
}

/// A device type in words.
#[must_use]
pub const fn device_type_name(device_type: DeviceType) -> &'static str {
    match device_type {
        DeviceType::DiscreteGpu => "discrete GPU",
        DeviceType::IntegratedGpu => "integrated GPU",
        DeviceType::VirtualGpu => "virtual GPU",
        DeviceType::Cpu => "software",
        DeviceType::Other => "unknown type",
    }
}

/// All adapters, those of the backends that the environment variable `WGPU_BACKEND` allows.
pub async fn list() -> Vec<AdapterDescription> {
    let adapters = enumerate(&instance()).await;
    adapters
        .iter()
        .enumerate()
        .map(|(index, adapter)| AdapterDescription::new(index, adapter))
        .collect()
}

/// What files about an adapter, its driver and this version of the engine are known by.
pub(super) fn identity(info: &AdapterInfo) -> String {
    let AdapterInfo {
        name,
        vendor,
        device,
        driver,
        driver_info,
        backend,
        ..
    } = info;
    let version = env!("CARGO_PKG_VERSION");
    format!("{backend} {vendor} {device} {name} {driver} {driver_info} {version}")
}

pub(super) fn instance() -> Instance {
    Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env())
}

async fn enumerate(instance: &Instance) -> Vec<Adapter> {
    let backends = Backends::all().with_env();
    instance.enumerate_adapters(backends).await
}

/// The adapter that fits the choice. Never another one.
pub(super) async fn choose(
    instance: &Instance,
    choice: &AdapterChoice,
) -> Result<Adapter, GpuError> {
    let named = std::env::var(ADAPTER_NAME_VARIABLE);
    let choice = match (choice, named) {
        (AdapterChoice::Auto, Ok(name)) if !name.is_empty() => AdapterChoice::Name(name),
        (choice, _) => choice.clone(),
    };
    let mut adapters = enumerate(instance).await;
    let descriptions: Vec<_> = adapters
        .iter()
        .enumerate()
        .map(|(index, adapter)| AdapterDescription::new(index, adapter))
        .collect();
    match select(&descriptions, &choice) {
        Some(index) => Ok(adapters.swap_remove(index)),
        None => Err(GpuError::NoAdapter {
            wanted: choice.to_string(),
            available: if descriptions.is_empty() {
                "none".to_owned()
            } else {
                let names: Vec<_> = descriptions.iter().map(ToString::to_string).collect();
                names.join("; ")
            },
        }),
    }
}

fn select(adapters: &[AdapterDescription], choice: &AdapterChoice) -> Option<usize> {
    let fits = |adapter: &&AdapterDescription| match choice {
        AdapterChoice::Auto => true,
        AdapterChoice::Index(index) => adapter.index == *index,
        AdapterChoice::Backend(backend) => adapter.info.backend == *backend,
        AdapterChoice::Name(name) => adapter
            .info
            .name
            .to_lowercase()
            .contains(&name.to_lowercase()),
    };
    adapters
        .iter()
        .filter(fits)
        .min_by_key(|adapter| match choice {
            AdapterChoice::Name(_) => 0,
            _ => rank(adapter.info.device_type),
        })
        .map(|adapter| adapter.index)
}

const fn rank(device_type: DeviceType) -> u32 {
    match device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What an adapter says of itself.
    pub(in crate::gpu) fn adapter_info(name: &str, device_type: DeviceType) -> AdapterInfo {
        AdapterInfo {
            name: name.to_owned(),
            vendor: 0,
            device: 0,
            device_type,
            device_pci_bus_id: String::new(),
            driver: String::new(),
            driver_info: String::new(),
            backend: Backend::Vulkan,
            subgroup_min_size: 4,
            subgroup_max_size: 128,
            transient_saves_memory: None,
            limit_bucket: None,
        }
    }

    fn adapter(index: usize, name: &str, device_type: DeviceType) -> AdapterDescription {
        AdapterDescription {
            index,
            info: adapter_info(name, device_type),
            features: Features::empty(),
            limits: Limits::default(),
        }
    }

    #[test]
    fn choices_are_read_from_text() {
        let parse = |text: &str| text.parse::<AdapterChoice>().expect("every text parses");
        assert_eq!(parse("auto"), AdapterChoice::Auto);
        assert_eq!(parse("2"), AdapterChoice::Index(2));
        assert_eq!(parse("Vulkan"), AdapterChoice::Backend(Backend::Vulkan));
        assert_eq!(parse("Arc A770"), AdapterChoice::Name("Arc A770".into()));
    }

    #[test]
    fn a_discrete_adapter_is_preferred_and_an_unknown_one_never_replaced() {
        let adapters = [
            adapter(0, "llvmpipe", DeviceType::Cpu),
            adapter(1, "Iris Xe", DeviceType::IntegratedGpu),
            adapter(2, "Arc A770", DeviceType::DiscreteGpu),
        ];
        let select = |choice| select(&adapters, &choice);
        assert_eq!(select(AdapterChoice::Auto), Some(2));
        assert_eq!(select(AdapterChoice::Name("IRIS".into())), Some(1));
        assert_eq!(select(AdapterChoice::Backend(Backend::Vulkan)), Some(2));
        assert_eq!(select(AdapterChoice::Index(0)), Some(0));
        assert_eq!(select(AdapterChoice::Index(3)), None);
        assert_eq!(select(AdapterChoice::Name("Radeon".into())), None);
        assert_eq!(select(AdapterChoice::Backend(Backend::Metal)), None);
    }
}
