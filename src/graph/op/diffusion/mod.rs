//! The reverse diffusion: time embedding, start, guidance, update, step counter.

mod advance_step;
mod guide;
mod start;
mod table;
mod time_embedding;
mod update;

pub use advance_step::AdvanceStep;
pub use guide::Guide;
pub use start::DiffusionStart;
pub use table::SolverInputs;
pub use time_embedding::TimeEmbedding;
pub use update::DiffusionUpdate;
