//! Sequences: embedding, positions, length regulation, pooling, and the transport of a mean mel.

mod embedding;
mod masked_mean;
mod positions;
mod regulate_length;
mod transport;

pub use embedding::Embedding;
pub use masked_mean::MaskedMean;
pub use positions::AddPositions;
pub use regulate_length::RegulateLength;
pub use transport::Transport;
