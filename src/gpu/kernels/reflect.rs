//! Reads a kernel's interface from its parsed module.

use wgpu::naga;
use wgpu::naga::valid::{Capabilities, ValidationFlags, Validator};
use wgpu::naga::{
    AddressSpace, Expression, Literal, ScalarKind as NagaScalar, StorageAccess, TypeInner,
};

use crate::gpu::error::GpuError;

/// Name of the uniform variable that holds a kernel's parameters.
const PARAMS: &str = "params";

/// What kernels may use beyond plain WGSL: `unpack2x16float`, which every desktop backend has, and
/// what variants for some adapters need.
pub const CAPABILITIES: Capabilities = Capabilities::SHADER_FLOAT16_IN_FLOAT32
    .union(Capabilities::SUBGROUP)
    .union(Capabilities::SHADER_INT64)
    .union(Capabilities::SHADER_FLOAT16)
    .union(Capabilities::COOPERATIVE_MATRIX);

/// How a kernel uses a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// `var<uniform>`: the parameters.
    Uniform,
    /// `var<storage, read>`
    Read,
    /// `var<storage, read_write>`
    ReadWrite,
}

/// A buffer that an entry point uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Name of the WGSL variable.
    pub name: String,
    /// Its `@binding` in group 0.
    pub index: u32,
    /// Its address space and access mode.
    pub access: Access,
}

/// Element type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarKind {
    /// `u32`
    U32,
    /// `f32`
    F32,
}

/// A member of the struct `Params`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Name of the member.
    pub name: String,
    /// Offset in bytes.
    pub offset: u32,
    /// Its type.
    pub kind: ScalarKind,
}

/// Extent of a workgroup in one dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Extent {
    Fixed(u32),
    Override(String),
}

/// An entry point of a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name of the function.
    pub name: String,
    /// The buffers that it or a function it calls mentions, by binding index.
    pub bindings: Vec<Binding>,
    extents: [Extent; 3],
}

/// A parsed and validated WGSL file.
#[derive(Debug, Clone, PartialEq)]
pub struct Kernel {
    name: &'static str,
    source: String,
    entries: Vec<Entry>,
    overrides: Vec<(String, f64)>,
    constants: Vec<(String, u32)>,
    params: Vec<Param>,
    params_bytes: u32,
}

impl Kernel {
    pub(super) fn parse(name: &'static str, source: String) -> Result<Self, GpuError> {
        let fail = |problem: String| GpuError::Kernel {
            kernel: name.to_owned(),
            problem,
        };
        let module = naga::front::wgsl::parse_str(&source)
            .map_err(|error| fail(error.emit_to_string_with_path(&source, name)))?;
        let info = Validator::new(ValidationFlags::all(), CAPABILITIES)
            .validate(&module)
            .map_err(|error| fail(error.emit_to_string_with_path(&source, name)))?;
        let reader = Reader { module: &module };
        let entries = (0..module.entry_points.len())
            .map(|index| reader.entry(index, info.get_entry_point(index)))
            .collect::<Result<_, _>>()
            .map_err(fail)?;
        let overrides = reader.overrides().map_err(fail)?;
        let (params, params_bytes) = reader.params().map_err(fail)?;
        Ok(Self {
            name,
            source,
            entries,
            overrides,
            constants: reader.constants(),
            params,
            params_bytes,
        })
    }

    /// File name without extension.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// WGSL text, common files included.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// All entry points.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry point of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn entry(&self, name: &str) -> Result<&Entry, GpuError> {
        self.entries
            .iter()
            .find(|entry| entry.name == name)
            .ok_or_else(|| self.problem(format!("has no entry point {name}")))
    }

    /// Override constants with their defaults.
    #[must_use]
    pub fn overrides(&self) -> &[(String, f64)] {
        &self.overrides
    }

    /// Value of a `const` of type `u32`, such as the size of a tile.
    #[must_use]
    pub fn constant(&self, name: &str) -> Option<u32> {
        self.constants
            .iter()
            .find(|(known, _)| known == name)
            .map(|&(_, value)| value)
    }

    /// Members of `Params`.
    #[must_use]
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// Size of `Params` in bytes, as the uniform address space lays it out.
    #[must_use]
    pub const fn params_bytes(&self) -> u32 {
        self.params_bytes
    }

    /// Invocations in a workgroup of `entry` with these override constants.
    ///
    /// # Errors
    /// When a constant that gives the size is not a positive integer.
    pub fn workgroup_invocations(
        &self,
        entry: &Entry,
        constants: &[(&str, f64)],
    ) -> Result<u32, GpuError> {
        let mut invocations = 1_u32;
        for extent in &entry.extents {
            let size = match extent {
                Extent::Fixed(size) => f64::from(*size),
                Extent::Override(name) => constants
                    .iter()
                    .map(|&(constant, value)| (constant, value))
                    .chain(self.overrides.iter().map(|(name, value)| (&**name, *value)))
                    .find(|(constant, _)| constant == name)
                    .map_or(0.0, |(_, value)| value),
            };
            // Far below 2^24: WebGPU allows 256 invocations by default.
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the guard keeps whole numbers between 1 and 65,535 only"
            )]
            let whole = if size.fract() == 0.0 && (1.0..=65_535.0).contains(&size) {
                size as u32
            } else {
                return Err(self.problem(format!("workgroup size {size} in {}", entry.name)));
            };
            invocations = invocations.saturating_mul(whole);
        }
        Ok(invocations)
    }

    pub(in crate::gpu) fn problem(&self, problem: String) -> GpuError {
        GpuError::Kernel {
            kernel: self.name.to_owned(),
            problem,
        }
    }
}

/// Looks things up in a module.
struct Reader<'a> {
    module: &'a naga::Module,
}

impl Reader<'_> {
    fn entry(&self, index: usize, info: &naga::valid::FunctionInfo) -> Result<Entry, String> {
        let entry = &self.module.entry_points[index];
        let mut bindings = Vec::new();
        for (handle, variable) in self.module.global_variables.iter() {
            let Some(binding) = &variable.binding else {
                continue;
            };
            if info[handle].is_empty() {
                continue;
            }
            let name = variable.name.clone().unwrap_or_default();
            let access = match variable.space {
                AddressSpace::Uniform if name == PARAMS => Access::Uniform,
                AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => {
                    Access::ReadWrite
                }
                AddressSpace::Storage { .. } => Access::Read,
                space => return Err(format!("{name} is in the unsupported {space:?}")),
            };
            if binding.group != 0 {
                return Err(format!("{name} is in group {}, not 0", binding.group));
            }
            bindings.push(Binding {
                name,
                index: binding.binding,
                access,
            });
        }
        bindings.sort_by_key(|binding| binding.index);
        let mut extents = entry.workgroup_size.map(Extent::Fixed);
        if let Some(expressions) = &entry.workgroup_size_overrides {
            for (extent, expression) in extents.iter_mut().zip(expressions) {
                if let Some(expression) = *expression {
                    *extent = self.extent(expression)?;
                }
            }
        }
        Ok(Entry {
            name: entry.name.clone(),
            bindings,
            extents,
        })
    }

    fn extent(&self, expression: naga::Handle<Expression>) -> Result<Extent, String> {
        match self.module.global_expressions[expression] {
            Expression::Override(handle) => Ok(Extent::Override(self.override_name(handle))),
            Expression::Constant(handle) => self.extent(self.module.constants[handle].init),
            Expression::Literal(Literal::U32(size)) => Ok(Extent::Fixed(size)),
            Expression::Literal(Literal::I32(size)) => u32::try_from(size)
                .map(Extent::Fixed)
                .map_err(|_| format!("workgroup size {size}")),
            _ => Err("a workgroup size is neither a number nor an override constant".to_owned()),
        }
    }

    fn override_name(&self, handle: naga::Handle<naga::Override>) -> String {
        self.module.overrides[handle]
            .name
            .clone()
            .unwrap_or_default()
    }

    fn overrides(&self) -> Result<Vec<(String, f64)>, String> {
        self.module
            .overrides
            .iter()
            .map(|(handle, constant)| {
                let name = self.override_name(handle);
                let literal = constant
                    .init
                    .map(|init| &self.module.global_expressions[init]);
                let value = match literal {
                    Some(Expression::Literal(Literal::Bool(value))) => f64::from(u8::from(*value)),
                    Some(Expression::Literal(Literal::U32(value))) => f64::from(*value),
                    Some(Expression::Literal(Literal::I32(value))) => f64::from(*value),
                    Some(Expression::Literal(Literal::F32(value))) => f64::from(*value),
                    _ => return Err(format!("override {name} needs a literal default")),
                };
                Ok((name, value))
            })
            .collect()
    }

    /// The named constants of type `u32`.
    fn constants(&self) -> Vec<(String, u32)> {
        self.module
            .constants
            .iter()
            .filter_map(
                |(_, constant)| match self.module.global_expressions[constant.init] {
                    Expression::Literal(Literal::U32(value)) => {
                        Some((constant.name.clone()?, value))
                    }
                    _ => None,
                },
            )
            .collect()
    }

    fn params(&self) -> Result<(Vec<Param>, u32), String> {
        let Some((_, variable)) = self
            .module
            .global_variables
            .iter()
            .find(|(_, variable)| variable.space == AddressSpace::Uniform)
        else {
            return Ok((Vec::new(), 0));
        };
        let TypeInner::Struct { members, span } = &self.module.types[variable.ty].inner else {
            return Err(format!("the uniform {PARAMS} is not a struct"));
        };
        let members = members
            .iter()
            .map(|member| {
                let name = member.name.clone().unwrap_or_default();
                let kind = match self.module.types[member.ty].inner {
                    TypeInner::Scalar(scalar) if scalar.width == 4 => scalar.kind,
                    _ => return Err(format!("parameter {name} is not a 32-bit scalar")),
                };
                let kind = match kind {
                    NagaScalar::Uint => ScalarKind::U32,
                    NagaScalar::Float => ScalarKind::F32,
                    _ => return Err(format!("parameter {name} is neither u32 nor f32")),
                };
                Ok(Param {
                    name,
                    offset: member.offset,
                    kind,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok((members, *span))
    }
}
