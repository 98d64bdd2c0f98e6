//! Pointwise combinations of two tensors.

mod add;
mod concat;
mod glu;

pub use add::Add;
pub use concat::Concat;
pub use glu::Glu;
