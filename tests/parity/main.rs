//! The networks against the `PyTorch` reference: `tests/golden` holds small random modules with inputs
//! and outputs (`tools/gss/export/goldens.py`), computed there in double precision, one batch item at a time.
//!
//! Every check runs in the oracle and on an adapter. The tolerances are relative to the largest
//! expected value:
//!
//! - oracle, 1e-6: it computes in double precision, but the goldens are stored in single precision
//!   (6e-8), and so are slopes, scales and epsilons of the operations;
//! - adapter, 1e-4: single precision throughout, sums of up to a thousand terms.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the tests' numbers are small"
)]

mod adapted;
mod encoders;
mod engine;
mod golden;
mod pipeline;
mod score_unet;
mod solvers;
#[path = "../support/mod.rs"]
mod support;
mod tcn;
mod transport;
mod vocoder;
