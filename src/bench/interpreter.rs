//! Follows one invocation of a kernel and counts the scalars that it loads from storage.
//!
//! Only integers and booleans are followed, since the control flow of the kernels depends on nothing
//! else; floats are unknown. What is loaded from storage is unknown too, except lengths, of which
//! every kernel takes the smaller of length and width: they are the largest integer, so that every
//! column is valid. A condition that is unknown all the same counts as true, and an unknown end of a
//! loop as its end.

mod value;

use std::collections::HashMap;

use naga::valid::{FunctionInfo, ModuleInfo};
use naga::{
    AddressSpace, Block, BuiltIn, Expression, Function, FunctionArgument, GlobalVariable, Handle,
    MathFunction, Module, ScalarKind, Statement, SwitchValue, TypeInner, UnaryOperator,
};

use value::{Value, binary, known, select, store};

/// Statements after which a kernel counts as endless.
const FUEL: u64 = 200_000_000;

/// Name of the uniform variable with the parameters, and of the binding whose values are known.
const PARAMS: &str = "params";
const LENGTHS: &str = "lengths";

/// How a block was left.
enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
    OutOfFuel,
}

/// A kernel with its constants and parameters.
pub(super) struct Interpreter<'a> {
    pub(super) module: &'a Module,
    pub(super) info: &'a ModuleInfo,
    /// Values of the override constants.
    pub(super) constants: HashMap<&'a str, f64>,
    /// Integer members of the parameters.
    pub(super) params: HashMap<&'a str, u32>,
}

/// An invocation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Invocation {
    pub(super) group: [u32; 3],
    pub(super) groups: [u32; 3],
    pub(super) local: [u32; 3],
    pub(super) size: [u32; 3],
}

/// The state of an invocation.
struct Run<'a> {
    kernel: &'a Interpreter<'a>,
    locals: Vec<Value>,
    loads: u64,
    fuel: u64,
}

/// A call of a function.
struct Frame<'a> {
    function: &'a Function,
    info: &'a FunctionInfo,
    arguments: Vec<Value>,
    /// By the number of the expression; none before it is computed.
    values: Vec<Option<Value>>,
    /// Place of the function's first local variable among those of the run.
    first_local: usize,
}

impl Interpreter<'_> {
    /// Scalars that an invocation of the entry point loads from storage; none if it does not end.
    pub(super) fn loads(&self, entry: &str, invocation: Invocation) -> Option<u64> {
        let index = self
            .module
            .entry_points
            .iter()
            .position(|point| point.name == entry)?;
        let function = &self.module.entry_points[index].function;
        let arguments = function
            .arguments
            .iter()
            .map(|argument| invocation.builtin(argument));
        let mut run = Run {
            kernel: self,
            locals: Vec::new(),
            loads: 0,
            fuel: FUEL,
        };
        let info = self.info.get_entry_point(index);
        run.call(function, info, arguments.collect())?;
        Some(run.loads)
    }
}

impl Invocation {
    fn builtin(&self, argument: &FunctionArgument) -> Value {
        let vector = |values: [u32; 3]| Value::Parts(values.map(Value::Known).to_vec());
        let [x, y, z] = self.local;
        match argument.binding {
            Some(naga::Binding::BuiltIn(BuiltIn::WorkGroupId)) => vector(self.group),
            Some(naga::Binding::BuiltIn(BuiltIn::NumWorkGroups)) => vector(self.groups),
            Some(naga::Binding::BuiltIn(BuiltIn::LocalInvocationId)) => vector(self.local),
            Some(naga::Binding::BuiltIn(BuiltIn::LocalInvocationIndex)) => {
                Value::Known((z * self.size[1] + y) * self.size[0] + x)
            }
            Some(naga::Binding::BuiltIn(BuiltIn::GlobalInvocationId)) => {
                let place = [0, 1, 2].map(|i| self.group[i] * self.size[i] + self.local[i]);
                vector(place)
            }
            _ => Value::Unknown,
        }
    }
}

impl Frame<'_> {
    /// Whether an expression is a float or a vector of floats.
    fn is_float(&self, module: &Module, expression: Handle<Expression>) -> bool {
        match self.info[expression].ty.inner_with(&module.types) {
            TypeInner::Scalar(scalar) | TypeInner::Vector { scalar, .. } => {
                scalar.kind == ScalarKind::Float
            }
            _ => false,
        }
    }
}

impl<'a> Run<'a> {
    fn call(
        &mut self,
        function: &'a Function,
        info: &'a FunctionInfo,
        arguments: Vec<Value>,
    ) -> Option<Value> {
        let mut frame = Frame {
            function,
            info,
            arguments,
            values: vec![None; function.expressions.len()],
            first_local: self.locals.len(),
        };
        for (_, variable) in function.local_variables.iter() {
            let zero = self.zero(variable.ty);
            self.locals.push(zero);
        }
        for (place, (_, variable)) in function.local_variables.iter().enumerate() {
            if let Some(init) = variable.init {
                let value = self.value(&mut frame, init);
                self.locals[frame.first_local + place] = value;
            }
        }
        let flow = self.block(&mut frame, &function.body);
        self.locals.truncate(frame.first_local);
        match flow {
            Flow::OutOfFuel => None,
            Flow::Return(value) => Some(value),
            _ => Some(Value::Unknown),
        }
    }

    fn block(&mut self, frame: &mut Frame<'a>, block: &'a Block) -> Flow {
        for statement in block {
            if self.fuel == 0 {
                return Flow::OutOfFuel;
            }
            self.fuel -= 1;
            let flow = self.statement(frame, statement);
            if !matches!(flow, Flow::Next) {
                return flow;
            }
        }
        Flow::Next
    }

    fn statement(&mut self, frame: &mut Frame<'a>, statement: &'a Statement) -> Flow {
        match statement {
            Statement::Emit(range) => {
                for expression in range.clone() {
                    frame.values[expression.index()] = None;
                    let value = self.value(frame, expression);
                    frame.values[expression.index()] = Some(value);
                }
            }
            Statement::Block(block) => return self.block(frame, block),
            Statement::If {
                condition,
                accept,
                reject,
            } => {
                let is_false = self.value(frame, *condition) == Value::Known(0);
                return self.block(frame, if is_false { reject } else { accept });
            }
            Statement::Switch { selector, cases } => {
                let selected = self.value(frame, *selector).known();
                let is_it = |case: &&naga::SwitchCase| match case.value {
                    SwitchValue::U32(value) => Some(value) == selected,
                    SwitchValue::I32(value) => Some(value.cast_unsigned()) == selected,
                    SwitchValue::Default => false,
                };
                let place = cases.iter().position(|case| is_it(&case)).or_else(|| {
                    cases
                        .iter()
                        .position(|case| case.value == SwitchValue::Default)
                });
                for case in place.map_or(&[][..], |place| &cases[place..]) {
                    match self.block(frame, &case.body) {
                        Flow::Next if case.fall_through => {}
                        Flow::Next | Flow::Break => break,
                        flow => return flow,
                    }
                }
            }
            Statement::Loop {
                body,
                continuing,
                break_if,
            } => loop {
                match self.block(frame, body) {
                    Flow::Next | Flow::Continue => {}
                    Flow::Break => break,
                    flow => return flow,
                }
                if let flow @ (Flow::Return(_) | Flow::OutOfFuel) = self.block(frame, continuing) {
                    return flow;
                }
                let ends = break_if.map(|end| self.value(frame, end));
                if ends.is_some_and(|ends| ends != Value::Known(0)) {
                    break;
                }
            },
            Statement::Break => return Flow::Break,
            Statement::Continue => return Flow::Continue,
            Statement::Return { value } => {
                let value = value.map_or(Value::Unknown, |value| self.value(frame, value));
                return Flow::Return(value);
            }
            // Floats are not followed.
            Statement::Store { value, .. } if frame.is_float(self.kernel.module, *value) => {}
            Statement::Store { pointer, value } => {
                let place = self.value(frame, *pointer);
                let value = self.value(frame, *value);
                if let Value::Local(variable, path) = place {
                    store(&mut self.locals[variable], &path, value);
                }
            }
            Statement::Call {
                function,
                arguments,
                result,
            } => {
                let arguments = arguments
                    .iter()
                    .map(|&argument| self.value(frame, argument))
                    .collect();
                let (module, info) = (self.kernel.module, self.kernel.info);
                let called = &module.functions[*function];
                let Some(value) = self.call(called, &info[*function], arguments) else {
                    return Flow::OutOfFuel;
                };
                if let Some(result) = result {
                    frame.values[result.index()] = Some(value);
                }
            }
            _ => {}
        }
        Flow::Next
    }

    fn value(&mut self, frame: &mut Frame<'a>, expression: Handle<Expression>) -> Value {
        if let Some(value) = &frame.values[expression.index()] {
            return value.clone();
        }
        let expressions = &frame.function.expressions;
        // Of floats only the loads are of interest.
        if frame.is_float(self.kernel.module, expression)
            && !matches!(expressions[expression], Expression::Load { .. })
        {
            return Value::Unknown;
        }
        match expressions[expression] {
            Expression::Literal(literal) => known(literal),
            Expression::Constant(constant) => {
                self.global_value(self.kernel.module.constants[constant].init)
            }
            Expression::Override(constant) => {
                let name = self.kernel.module.overrides[constant].name.as_deref();
                self.constant(name.unwrap_or_default())
            }
            Expression::ZeroValue(ty) => self.zero(ty),
            Expression::Compose { ref components, .. } => {
                // The parts of a vector may be vectors themselves.
                let is_vector = matches!(
                    frame.info[expression]
                        .ty
                        .inner_with(&self.kernel.module.types),
                    TypeInner::Vector { .. }
                );
                let mut parts = Vec::with_capacity(components.len());
                for &component in components {
                    match self.value(frame, component) {
                        Value::Parts(inner) if is_vector => parts.extend(inner),
                        value => parts.push(value),
                    }
                }
                Value::Parts(parts)
            }
            Expression::Access { base, index } => {
                let index = self.value(frame, index).known().map(|index| index as usize);
                self.value(frame, base).part(index)
            }
            Expression::AccessIndex { base, index } => {
                self.value(frame, base).part(Some(index as usize))
            }
            Expression::Splat { size, value } => {
                let value = self.value(frame, value);
                Value::Parts(vec![value; size as usize])
            }
            Expression::Swizzle {
                size,
                vector,
                pattern,
            } => {
                let vector = self.value(frame, vector);
                let picked = &pattern[..size as usize];
                let picked = picked.iter().map(|&from| vector.part(Some(from as usize)));
                Value::Parts(picked.collect())
            }
            Expression::FunctionArgument(index) => frame.arguments[index as usize].clone(),
            Expression::GlobalVariable(variable) => Value::Global(variable, None),
            Expression::LocalVariable(variable) => {
                Value::Local(frame.first_local + variable.index(), Vec::new())
            }
            Expression::Load { pointer } => {
                let place = self.value(frame, pointer);
                self.load(frame, expression, place)
            }
            Expression::Unary { op, expr } => {
                let value = self.value(frame, expr);
                value.zip(&Value::Known(0), &|value, _| match op {
                    UnaryOperator::LogicalNot => Some(1 - value.min(1)),
                    UnaryOperator::BitwiseNot => Some(!value),
                    UnaryOperator::Negate => Some(value.wrapping_neg()),
                })
            }
            Expression::Binary { op, left, right } => {
                let (left, right) = (self.value(frame, left), self.value(frame, right));
                left.zip(&right, &|a, b| binary(op, a, b))
            }
            Expression::Select {
                condition,
                accept,
                reject,
            } => {
                let condition = self.value(frame, condition);
                let (accept, reject) = (self.value(frame, accept), self.value(frame, reject));
                select(&condition, accept, reject)
            }
            Expression::Math { fun, arg, arg1, .. } => {
                let a = self.value(frame, arg);
                let b = arg1.map_or(Value::Unknown, |arg| self.value(frame, arg));
                a.zip(&b, &|a, b| match fun {
                    MathFunction::Min => Some(a.min(b)),
                    MathFunction::Max => Some(a.max(b)),
                    _ => None,
                })
            }
            Expression::As {
                expr,
                kind: ScalarKind::Uint | ScalarKind::Sint | ScalarKind::Bool,
                ..
            } => self.value(frame, expr),
            _ => Value::Unknown,
        }
    }

    fn load(&mut self, frame: &Frame<'a>, expression: Handle<Expression>, place: Value) -> Value {
        match place {
            Value::Local(variable, path) => {
                let mut value = &self.locals[variable];
                for index in path {
                    match value {
                        Value::Parts(parts) if index < parts.len() => value = &parts[index],
                        _ => return Value::Unknown,
                    }
                }
                value.clone()
            }
            Value::Global(variable, member) => {
                let module = self.kernel.module;
                let variable = &module.global_variables[variable];
                match variable.space {
                    AddressSpace::Uniform => self.param(variable, member),
                    AddressSpace::Storage { .. } => {
                        let loaded = frame.info[expression].ty.inner_with(&module.types);
                        self.loads += scalars(module, loaded);
                        let is_length = variable
                            .name
                            .as_ref()
                            .is_some_and(|name| name.ends_with(LENGTHS));
                        if is_length {
                            Value::Known(u32::MAX)
                        } else {
                            Value::Unknown
                        }
                    }
                    _ => Value::Unknown,
                }
            }
            _ => Value::Unknown,
        }
    }

    fn param(&self, variable: &GlobalVariable, member: Option<usize>) -> Value {
        let members = match &self.kernel.module.types[variable.ty].inner {
            TypeInner::Struct { members, .. } if variable.name.as_deref() == Some(PARAMS) => {
                members
            }
            _ => return Value::Unknown,
        };
        member
            .and_then(|member| members.get(member)?.name.as_deref())
            .and_then(|name| self.kernel.params.get(name))
            .map_or(Value::Unknown, |&value| Value::Known(value))
    }

    fn global_value(&self, expression: Handle<Expression>) -> Value {
        match self.kernel.module.global_expressions[expression] {
            Expression::Literal(literal) => known(literal),
            Expression::Constant(constant) => {
                self.global_value(self.kernel.module.constants[constant].init)
            }
            _ => Value::Unknown,
        }
    }

    fn constant(&self, name: &str) -> Value {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "override constants are switches, codes and sizes"
        )]
        let value = self.kernel.constants.get(name).map(|&value| value as u32);
        value.map_or(Value::Unknown, Value::Known)
    }

    fn zero(&self, ty: Handle<naga::Type>) -> Value {
        match &self.kernel.module.types[ty].inner {
            TypeInner::Scalar(_) => Value::Known(0),
            TypeInner::Vector { size, .. } => Value::Parts(vec![Value::Known(0); *size as usize]),
            TypeInner::Struct { members, .. } => {
                Value::Parts(members.iter().map(|member| self.zero(member.ty)).collect())
            }
            TypeInner::Array {
                base,
                size: naga::ArraySize::Constant(size),
                ..
            } => Value::Parts(vec![self.zero(*base); size.get() as usize]),
            _ => Value::Unknown,
        }
    }
}

/// Scalars in a value that is loaded as a whole.
fn scalars(module: &Module, loaded: &TypeInner) -> u64 {
    let inner = |ty: Handle<naga::Type>| scalars(module, &module.types[ty].inner);
    match loaded {
        TypeInner::Vector { size, .. } => *size as u64,
        TypeInner::Matrix { columns, rows, .. } => *columns as u64 * *rows as u64,
        TypeInner::Struct { members, .. } => members.iter().map(|member| inner(member.ty)).sum(),
        TypeInner::Array {
            base,
            size: naga::ArraySize::Constant(size),
            ..
        } => u64::from(size.get()) * inner(*base),
        _ => 1,
    }
}
