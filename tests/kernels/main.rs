//! Every kernel against the oracle, on the adapter at hand: shapes of one, primes and tails, batches
//! of different lengths, dispatches beyond the limit of one dimension, in place and not.

mod attention;
mod check;
mod diffusion;
mod half;
mod noise;
mod norm;
mod product;
mod sequence;
mod shapes;
#[path = "../support/mod.rs"]
mod support;
