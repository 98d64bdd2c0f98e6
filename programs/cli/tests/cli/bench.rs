//! `bench` on the tiny model: what the report holds, and what is refused.

use serde_json::Value;

use crate::program::Workplace;

/// Runs `bench` with the tiny model and as little speech as there is.
fn bench(workplace: &Workplace, more: &[&str]) -> String {
    let few = ["bench", "--model", "model", "--quick", "--at", "0.5"];
    let output = workplace.run(&[&few, more].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "bench failed: {error}");
    String::from_utf8(output.stdout).expect("a report is text")
}

/// The numbers under these names are positive in every row.
fn positive(rows: &Value, names: &[&str]) {
    let rows = rows.as_array().expect("an array");
    assert!(!rows.is_empty());
    for row in rows {
        for name in names {
            let value = row[name].as_f64();
            assert!(value.is_some_and(|value| value > 0.0), "{name} of {row}");
        }
    }
}

#[test]
fn the_report_has_what_scripts_read() {
    let workplace = Workplace::new();
    let options = [
        "--seconds",
        "0.5",
        "--limit",
        "15",
        "--plot",
        "bench.png",
        "--json",
    ];
    let report = bench(&workplace, &options);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    for name in ["version", "adapter", "backend", "device_type", "profile"] {
        let text = report[name].as_str();
        assert!(text.is_some_and(|text| !text.is_empty()), "{name}");
    }
    assert_eq!(report["profile"], "tiny");
    let ceilings = Value::Array(vec![report["ceilings"].clone()]);
    let rates = [
        "fma_f32_gflops",
        "loads_gops",
        "bandwidth_gbs",
        "dispatch_us",
    ];
    positive(&ceilings, &rates);

    let kernels = &report["kernels"];
    positive(kernels, &["ms", "gflops", "gbs", "share", "uses"]);
    let rows = kernels.as_array().expect("an array");
    let total = |row: &Value| row["ms"].as_f64().unwrap() * row["uses"].as_f64().unwrap();
    assert!(rows.is_sorted_by(|a, b| total(a) >= total(b)));
    for row in rows {
        assert!(row["kernel"].is_string() && row["shape"].is_string());
    }

    let stages = &report["stages"];
    positive(
        stages,
        &[
            "seconds",
            "ms_first",
            "ms_median",
            "ms_p95",
            "planned_bytes",
        ],
    );
    let names: Vec<_> = stages
        .as_array()
        .expect("an array")
        .iter()
        .map(|row| row["stage"].as_str().expect("a name"))
        .collect();
    assert_eq!(names, ["style", "text", "prior", "step", "vocoder"]);

    let pipeline = &report["pipeline"];
    let figures = [
        "seconds",
        "rtf",
        "ms_first",
        "ms_median",
        "ms_p95",
        "peak_bytes",
    ];
    positive(pipeline, &figures);
    let kinds: Vec<_> = pipeline
        .as_array()
        .expect("an array")
        .iter()
        .map(|row| (row["batch"].as_u64(), row["steps"].as_u64()))
        .collect();
    // The tiny model has two steps of its own, as many as `--quick` asks for besides.
    assert_eq!(kinds, [(Some(1), Some(2)), (Some(2), Some(2))]);
    for row in report["left_out"].as_array().expect("an array") {
        assert!(row["what"].is_string() && row["reason"].is_string());
        assert!(row.get("expected_seconds").is_some(), "{row}");
    }

    let picture = std::fs::read(workplace.path("bench.png")).expect("a picture");
    assert!(picture.starts_with(b"\x89PNG"));
}

#[test]
fn what_does_not_fit_into_the_limit_is_listed() {
    let workplace = Workplace::new();
    let arguments = [
        "--only",
        "kernels,stages",
        "--seconds",
        "0.5",
        "--limit",
        "0",
    ];
    let table = bench(&workplace, &arguments);
    assert!(table.contains("GFLOP/s"), "{table}");
    assert!(table.contains("Not measured"), "{table}");
    assert!(table.contains("limit of 0 s"), "{table}");
    // How to have it measured all the same.
    assert!(table.contains("--limit"), "{table}");
    assert!(!table.contains("Syntheses"), "{table}");
}

#[test]
fn kernels_of_more_than_a_sentence_are_left_out() {
    let workplace = Workplace::new();
    let arguments = ["--quick", "--only", "kernels", "--at", "600"];
    let output = workplace.run(&[&["bench", "--model", "model"], &arguments[..]].concat());
    let table = String::from_utf8(output.stdout).expect("a report is text");
    assert!(table.contains("kernels of stage step at 600 s"), "{table}");
    assert!(table.contains("no sentence has more than"), "{table}");
}

/// Before a device is opened: that of these arguments does not exist.
#[test]
fn impossible_measurements_are_refused_first() {
    let workplace = Workplace::new();
    for (arguments, word) in [
        (["--seconds", "0"], "0.0"),
        (["--seconds", "-1"], "-1"),
        (["--seconds", "nan"], "NaN"),
        (["--seconds", "1,inf"], "inf"),
        (["--seconds", "1e300"], "1e300"),
        (["--at", "601"], "601"),
        (["--repeats", "0"], "repeats"),
        (["--repeats", "100000"], "100000"),
        (["--steps", "4,0"], "steps"),
        (["--steps", "100000"], "100000"),
        (["--batch", "65"], "65"),
        (["--model", "nowhere"], "nowhere"),
        (["--plot", "no/such/folder.png"], "folder"),
    ] {
        let output = workplace.run(&[&["bench", "--device", "abacus"], &arguments[..]].concat());
        let error = String::from_utf8(output.stderr).expect("messages are text");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let sentence = error.strip_prefix("error: ").unwrap_or_default();
        assert!(sentence.contains(word), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn unknown_devices_profiles_and_parts_are_refused() {
    let workplace = Workplace::new();
    let output = workplace.run(&["bench", "--device", "abacus"]);
    let error = String::from_utf8(output.stderr).expect("messages are text");
    assert_eq!(output.status.code(), Some(1), "{error}");
    let last = error.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("error: ") && last.contains("abacus"),
        "{error}"
    );
    for arguments in [["--profile", "enormous"], ["--only", "everything"]] {
        let output = workplace.run(&[&["bench"], &arguments[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
