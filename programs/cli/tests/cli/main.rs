//! The program as a user runs it, with a tiny model of random weights.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the tests' numbers are small"
)]

mod bad_input;
mod bench;
mod commands;
mod program;
#[path = "../../../../tests/support/tiny_model.rs"]
mod tiny_model;
