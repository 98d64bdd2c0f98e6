//! What is known of a kernel's values, and how operations carry it on.

use naga::{BinaryOperator, GlobalVariable, Handle, Literal};

/// What is known of a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// An unsigned integer, or a boolean as 0 or 1.
    Known(u32),
    /// Anything else that has no parts.
    Unknown,
    /// The parts of a vector, matrix, array or structure.
    Parts(Vec<Value>),
    /// The place of a local variable, or of a part of it.
    Local(usize, Vec<usize>),
    /// The place of a global variable, or of one of its members.
    Global(Handle<GlobalVariable>, Option<usize>),
}

impl Value {
    pub(super) fn part(&self, index: Option<usize>) -> Self {
        match (self, index) {
            (Self::Parts(parts), Some(index)) => parts.get(index).cloned().unwrap_or(Self::Unknown),
            (Self::Local(variable, path), Some(index)) => {
                let mut path = path.clone();
                path.push(index);
                Self::Local(*variable, path)
            }
            (Self::Global(variable, None), index) => Self::Global(*variable, index),
            (Self::Global(..), _) => self.clone(),
            _ => Self::Unknown,
        }
    }

    pub(super) const fn known(&self) -> Option<u32> {
        match self {
            Self::Known(value) => Some(*value),
            _ => None,
        }
    }

    /// Applies an operation part by part; what is not split counts for every part.
    pub(super) fn zip(&self, other: &Self, operation: &dyn Fn(u32, u32) -> Option<u32>) -> Self {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => {
                operation(*a, *b).map_or(Self::Unknown, Self::Known)
            }
            (Self::Parts(a), Self::Parts(b)) => {
                let pairs = a.iter().zip(b);
                Self::Parts(pairs.map(|(a, b)| a.zip(b, operation)).collect())
            }
            (Self::Parts(parts), other) => Self::Parts(
                parts
                    .iter()
                    .map(|part| part.zip(other, operation))
                    .collect(),
            ),
            (this, Self::Parts(parts)) => {
                Self::Parts(parts.iter().map(|part| this.zip(part, operation)).collect())
            }
            _ => Self::Unknown,
        }
    }
}

pub(super) fn known(literal: Literal) -> Value {
    match literal {
        Literal::U32(value) => Value::Known(value),
        Literal::I32(value) => Value::Known(value.cast_unsigned()),
        Literal::Bool(value) => Value::Known(u32::from(value)),
        _ => Value::Unknown,
    }
}

/// Puts a value in the place of a part.
pub(super) fn store(target: &mut Value, path: &[usize], value: Value) {
    match path.split_first() {
        None => *target = value,
        Some((&index, rest)) => match target {
            Value::Parts(parts) if index < parts.len() => store(&mut parts[index], rest, value),
            _ => *target = Value::Unknown,
        },
    }
}

/// One of two values, part by part.
pub(super) fn select(condition: &Value, accept: Value, reject: Value) -> Value {
    match condition {
        Value::Parts(conditions) => {
            let picked = conditions.iter().enumerate().map(|(i, condition)| {
                let (accept, reject) = (accept.part(Some(i)), reject.part(Some(i)));
                select(condition, accept, reject)
            });
            Value::Parts(picked.collect())
        }
        Value::Known(0) => reject,
        Value::Known(_) => accept,
        _ if accept == reject => accept,
        _ => Value::Unknown,
    }
}

/// None where the kernel's own result would be undefined.
pub(super) fn binary(op: BinaryOperator, a: u32, b: u32) -> Option<u32> {
    let truth = |truth: bool| Some(u32::from(truth));
    match op {
        BinaryOperator::Add => Some(a.wrapping_add(b)),
        BinaryOperator::Subtract => Some(a.wrapping_sub(b)),
        BinaryOperator::Multiply => Some(a.wrapping_mul(b)),
        BinaryOperator::Divide => a.checked_div(b),
        BinaryOperator::Modulo => a.checked_rem(b),
        BinaryOperator::Equal => truth(a == b),
        BinaryOperator::NotEqual => truth(a != b),
        BinaryOperator::Less => truth(a < b),
        BinaryOperator::LessEqual => truth(a <= b),
        BinaryOperator::Greater => truth(a > b),
        BinaryOperator::GreaterEqual => truth(a >= b),
        BinaryOperator::And => Some(a & b),
        BinaryOperator::ExclusiveOr => Some(a ^ b),
        BinaryOperator::InclusiveOr => Some(a | b),
        BinaryOperator::LogicalAnd => truth(a != 0 && b != 0),
        BinaryOperator::LogicalOr => truth(a != 0 || b != 0),
        BinaryOperator::ShiftLeft => a.checked_shl(b),
        BinaryOperator::ShiftRight => a.checked_shr(b),
    }
}
