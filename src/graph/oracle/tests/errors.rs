//! What the oracle refuses, each with its sentence.

use super::{Case, Oracle};
use crate::graph::epilogue::{Activation, Epilogue};
use crate::graph::tensor::Shape;

/// A linear layer on a masked sequence, with everything as it should be.
fn case() -> Case {
    let mut case = Case::default();
    let lengths = case.lengths(&[3, 1]);
    let values = [1.0, 2.0, 3.0, 4.0, 0.0, 0.0];
    let x = case.masked("x", Shape::sequence(2, 1, 3), &values, lengths);
    case.weight("m.weight", &[1.0]);
    case.weight("m.bias", &[0.0]);
    let y = case
        .graph
        .linear("m", x, 1, Activation::Identity, Epilogue::NONE);
    case.graph.output(y.expect("the operands fit"));
    case
}

#[track_caller]
fn assert_refused(case: &Case, sentence: &str) {
    let result = case.oracle().and_then(|mut oracle| oracle.run());
    let error = result.expect_err("the case is wrong");
    assert_eq!(error.to_string(), sentence);
}

#[test]
fn a_correct_case_runs() {
    case().run();
}

#[test]
fn weights_must_be_there_and_fit() {
    let mut missing = case();
    missing.weights.remove("m.bias");
    assert_refused(
        &missing,
        "weight m.bias is missing, expected one of shape [1, 1, 1, 1]",
    );
    let mut long = case();
    long.weight("m.weight", &[1.0, 2.0]);
    assert_refused(
        &long,
        "m.weight was given 2 values, expected 1 for shape [1, 1, 1, 1]",
    );
}

#[test]
fn inputs_must_be_there_and_fit() {
    let mut missing = case();
    missing.floats.remove("x");
    assert_refused(
        &missing,
        "input x has no values, expected them before the run",
    );
    let mut unknown = case();
    unknown.floats.insert("y".to_owned(), Vec::new());
    assert_refused(&unknown, "unknown input y, expected one of: lengths, x");
    let mut short = case();
    short.floats.insert("x".to_owned(), vec![1.0]);
    assert_refused(
        &short,
        "x was given 1 values, expected 6 for shape [2, 1, 1, 3]",
    );
    let mut floating = case();
    floating.integers.remove("lengths");
    floating.floats.insert("lengths".to_owned(), vec![3.0, 1.0]);
    assert_refused(&floating, "lengths was given f32 values, expected u32");
}

#[test]
fn inputs_must_be_zero_beyond_their_lengths() {
    let mut case = case();
    case.floats
        .insert("x".to_owned(), vec![1.0, 2.0, 3.0, 4.0, 0.0, 6.0]);
    assert_refused(
        &case,
        "x is not zero in column 2 of item 1, which has only 1 valid columns",
    );
}

#[test]
fn items_must_have_a_valid_column() {
    let mut case = case();
    case.integers.insert("lengths".to_owned(), vec![3, 0]);
    assert_refused(&case, "lengths is 0 for item 1, expected at least 1");
}

#[test]
fn graphs_that_cannot_run_are_refused() {
    let mut case = case();
    case.floats("x", Shape::vector(1, 1), &[0.0]);
    let error = Oracle::new(&case.graph, &case.weights).expect_err("two inputs of one name");
    assert_eq!(
        error.to_string(),
        "input x is declared twice, expected each name once"
    );
}
