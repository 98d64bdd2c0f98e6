//! Every command, done right.

use std::fs;
use std::process::Output;

use crate::program::{Workplace, tone};

fn stdout(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the command failed: {error}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn speak(workplace: &Workplace, more: &[&str]) -> Output {
    let arguments = [
        &["synth", "It speaks. Twice!", "--style", "s.safetensors"],
        more,
    ]
    .concat();
    workplace.run(&arguments)
}

#[test]
fn a_model_in_the_users_data_folder_is_found_from_anywhere() {
    let workplace = Workplace::new();
    let data = workplace.path("data");
    fs::create_dir_all(data.join("gss-wgpu")).expect("a folder for data");
    fs::rename(workplace.path("model"), data.join("gss-wgpu/small")).expect("the model moves");
    let mut command = workplace.command();
    command.env_remove("GSS_MODEL").arg("inspect");
    // Of Unix and of Windows.
    command.env("XDG_DATA_HOME", &data).env("APPDATA", &data);
    let found = stdout(&command.output().expect("the program starts"));
    assert!(found.contains("model tiny"), "{found}");
}

#[test]
fn every_command_explains_itself() {
    let workplace = Workplace::new();
    let all = stdout(&workplace.run(&["--help"]));
    for command in [
        "synth", "style", "mix", "voices", "g2p", "mel", "vocode", "verify", "picture", "devices",
        "profile", "inspect", "bench",
    ] {
        assert!(all.contains(command), "--help lists {command}");
        let help = stdout(&workplace.run(&[command, "--help"]));
        assert!(
            help.contains("Usage: gss-wgpu"),
            "{command} --help shows its usage"
        );
    }
}

#[test]
fn the_same_seed_gives_the_same_file_and_another_one_another() {
    let workplace = Workplace::new();
    workplace.style("s.safetensors");
    for (file, seed) in [("a.wav", "5"), ("b.wav", "5"), ("c.wav", "6")] {
        stdout(&speak(&workplace, &["--seed", seed, "-o", file]));
    }
    let [a, b, c] =
        ["a.wav", "b.wav", "c.wav"].map(|file| fs::read(workplace.path(file)).expect("a WAV file"));
    assert_eq!(a, b);
    assert_ne!(a, c);
    let reader = hound::WavReader::new(a.as_slice()).expect("a WAV file");
    assert_eq!(
        (reader.spec().channels, reader.spec().bits_per_sample),
        (1, 16)
    );
    assert!(reader.duration() > 0);
}

#[test]
fn an_adaptation_is_a_voice_of_its_own() {
    let workplace = Workplace::new();
    workplace.style("s.safetensors");
    workplace.adaptation("a.safetensors");
    stdout(&speak(&workplace, &["-o", "style.wav"]));
    let adapted = ["synth", "It speaks. Twice!", "--adapter", "a.safetensors"];
    for file in ["a.wav", "b.wav"] {
        stdout(&workplace.run(&[&adapted[..], &["-o", file]].concat()));
    }
    let [style, a, b] = ["style.wav", "a.wav", "b.wav"]
        .map(|file| fs::read(workplace.path(file)).expect("a WAV file"));
    assert_eq!(a, b);
    assert_eq!(a.len(), style.len(), "the adapter changes no duration");
    assert_ne!(a, style, "the adapter changes the score network");
}

#[test]
fn a_summary_tells_what_was_done() {
    let workplace = Workplace::new();
    workplace.style("s.safetensors");
    let options = [
        "--json",
        "--steps",
        "3",
        "--solver",
        "ml-sde",
        "--timings",
        "t.json",
        "--save-mel",
        "m.safetensors",
    ];
    let summary = stdout(&speak(&workplace, &options));
    let summary: serde_json::Value = serde_json::from_str(&summary).expect("JSON");
    assert_eq!(summary["steps"], 3);
    assert_eq!(summary["solver"], "ml-sde");
    assert_eq!(summary["sentences"], 2);
    let seconds = summary["seconds"].as_f64().expect("a number");
    assert!(summary["real_time_factor"].as_f64().expect("a number") > 0.0);

    let timings = fs::read_to_string(workplace.path("t.json")).expect("timings");
    let timings: serde_json::Value = serde_json::from_str(&timings).expect("JSON");
    let last = timings[1]["tokens"]
        .as_array()
        .and_then(|tokens| tokens.last())
        .expect("tokens");
    assert!((last["end"].as_f64().expect("a time") - seconds).abs() < 1e-6);

    let mel = gss_wgpu::audio::read_mel(&workplace.path("m.safetensors")).expect("a mel file");
    let reader = hound::WavReader::open(workplace.path("speech.wav")).expect("the default output");
    assert_eq!(mel.frames() * 256, reader.duration() as usize);
}

#[test]
fn standard_input_and_output_are_pipes() {
    let workplace = Workplace::new();
    workplace.style("s.safetensors");
    let arguments = ["synth", "--style", "s.safetensors", "-o", "-"];
    let output = workplace
        .command()
        .args(arguments)
        .write_stdin("From a pipe.")
        .output()
        .expect("it runs");
    assert!(output.status.success());
    let reader =
        hound::WavReader::new(output.stdout.as_slice()).expect("a WAV file on standard output");
    assert!(reader.duration() > 0);
    assert!(!workplace.path("speech.wav").exists());
}

#[test]
fn a_voice_is_cloned_only_by_who_states_the_right_to_it() {
    let workplace = Workplace::new();
    tone(&workplace.path("me.wav"), 2.0, 0.3);
    let data = workplace.path("data");
    let clone = |more: &[&str]| {
        let mut command = workplace.command();
        command.env_remove("GSS_I_HAVE_RIGHTS");
        command.env("XDG_DATA_HOME", &data).env("APPDATA", &data);
        command.args(["style", "--reference", "me.wav", "-o", "me.safetensors"]);
        command.args(more).output().expect("the program starts")
    };
    let refused = clone(&[]);
    assert_eq!(refused.status.code(), Some(1));
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    for named in ["--i-have-rights", "GSS_I_HAVE_RIGHTS=1"] {
        assert!(error.contains(named), "{error}");
    }
    assert!(!workplace.path("me.safetensors").exists());
    stdout(&clone(&["--i-have-rights"]));
    fs::remove_file(workplace.path("me.safetensors")).expect("a style file");
    // What a terminal's "always" leaves.
    fs::create_dir_all(data.join("gss-wgpu")).expect("a folder for data");
    fs::write(data.join("gss-wgpu/i-have-rights"), "yes").expect("a statement");
    stdout(&clone(&[]));
}

#[test]
fn a_reference_becomes_a_style_that_speaks_as_the_reference_does() {
    let workplace = Workplace::new();
    tone(&workplace.path("me.wav"), 2.0, 0.3);
    stdout(&workplace.run(&["style", "--reference", "me.wav", "-o", "me.safetensors"]));
    stdout(&workplace.run(&[
        "synth",
        "Hello.",
        "--style",
        "me.safetensors",
        "-o",
        "a.wav",
    ]));
    stdout(&workplace.run(&["synth", "Hello.", "--reference", "me.wav", "-o", "b.wav"]));
    let [a, b] = ["a.wav", "b.wav"].map(|file| fs::read(workplace.path(file)).expect("a WAV file"));
    assert_eq!(a, b);
}

#[test]
fn mel_and_vocode_go_there_and_back() {
    let workplace = Workplace::new();
    tone(&workplace.path("tone.wav"), 1.5, 0.3);
    stdout(&workplace.run(&["mel", "tone.wav", "-o", "tone.mel"]));
    for vocoder in ["griffin-lim", "hifi-gan"] {
        stdout(&workplace.run(&["vocode", "tone.mel", "--vocoder", vocoder, "-o", "back.wav"]));
        let reader = hound::WavReader::open(workplace.path("back.wav")).expect("a WAV file");
        assert_eq!(
            reader.duration(),
            24_000 / 256 * 256,
            "neither trimmed nor padded"
        );
    }
    for (input, output) in [("tone.mel", "mel.png"), ("tone.wav", "wave.png")] {
        stdout(&workplace.run(&["picture", input, "-o", output]));
        let png = fs::File::open(workplace.path(output)).expect("a picture");
        let mut reader = png::Decoder::new(std::io::BufReader::new(png))
            .read_info()
            .expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut pixels).expect("pixels");
        assert!(
            pixels.iter().any(|&pixel| pixel != pixels[0]),
            "something is drawn"
        );
    }
}

#[test]
fn g2p_shows_words_phones_and_lines() {
    let workplace = Workplace::new();
    let phones = stdout(&workplace.run(&["g2p", "Hello world!"]));
    assert_eq!(phones, "HH AH0 L OW1 | W ER1 L D !\n");
    let words = stdout(&workplace.run(&["g2p", "--words", "Dr. Smith paid $5."]));
    assert_eq!(words, "doctor smith paid five dollars.\n");
    let lines = workplace
        .command()
        .args(["g2p", "--lines"])
        .write_stdin("One. Two.\n\nThree\n")
        .output();
    let lines = stdout(&lines.expect("it runs"));
    assert_eq!(lines.lines().count(), 3, "one line for each: {lines:?}");
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&workplace.run(&["g2p", "--json", "Hi."]))).expect("JSON");
    assert_eq!(json[0]["symbols"][0], "HH");
}

#[test]
fn devices_and_models_are_described() {
    let workplace = Workplace::new();
    let devices: serde_json::Value =
        serde_json::from_str(&stdout(&workplace.run(&["devices", "--json"]))).expect("JSON");
    assert!(!devices.as_array().expect("a list").is_empty());
    assert!(stdout(&workplace.run(&["devices"])).starts_with("0: "));
    let model: serde_json::Value =
        serde_json::from_str(&stdout(&workplace.run(&["inspect", "--json"]))).expect("JSON");
    assert_eq!(model["files"][0]["sha256"].as_str().map(str::len), Some(64));
    let text = stdout(&workplace.run(&["inspect", "model", "--tensors"]));
    assert!(text.contains("text_encoder.embedding.weight"));
    assert_eq!(
        stdout(&workplace.run(&["voices"])),
        "",
        "the tiny model has none"
    );
}

#[test]
fn quiet_is_quiet() {
    let workplace = Workplace::new();
    workplace.style("s.safetensors");
    let output = speak(&workplace, &["--quiet"]);
    assert!(output.status.success());
    assert!(output.stderr.is_empty() && output.stdout.is_empty());
}

#[cfg(unix)]
#[test]
fn an_interruption_leaves_nothing_behind() {
    let workplace = Workplace::new();
    workplace.style("s.safetensors");
    let before = workplace.files();
    let text = "One more sentence. ".repeat(5000);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gss-wgpu"))
        .args(["synth", "--style", "s.safetensors", "--text", &text])
        .current_dir(workplace.path("."))
        .env("GSS_MODEL", "model")
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    // The result is collected in a file without a name: only time tells that the work has begun.
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert!(
        child.try_wait().expect("a child").is_none(),
        "it still works"
    );
    let id = child.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(sent.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(output.stderr, b"error: interrupted; nothing was written\n");
    assert_eq!(workplace.files(), before);
}

#[test]
fn a_profile_has_tables_and_a_trace() {
    let workplace = Workplace::new();
    let arguments = ["profile", "It speaks.", "--cold", "--trace", "trace.json"];
    let text = stdout(&workplace.run(&arguments));
    for heading in ["stage", "kernel", "node", "host"] {
        assert!(
            text.lines().any(|line| line.starts_with(heading)),
            "{text:?} has a table by {heading}"
        );
    }
    let trace = fs::read(workplace.path("trace.json")).expect("a trace");
    let trace: serde_json::Value = serde_json::from_slice(&trace).expect("JSON");
    assert!(
        trace["traceEvents"]
            .as_array()
            .is_some_and(|events| !events.is_empty())
    );

    let arguments = [
        "profile",
        "--profile",
        "small",
        "--seconds",
        "0.5",
        "-n",
        "1",
        "--cold",
    ];
    let text = stdout(&workplace.run(&arguments));
    assert!(text.contains("small, 1 step, cold: "), "{text:?}");
    let wrong = workplace.run(&["profile", "--seconds", "0"]);
    assert_eq!(wrong.status.code(), Some(2), "no length at all");

    let json = stdout(&workplace.run(&["profile", "It speaks.", "--json"]));
    let report: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    for (table, keys) in [
        ("stages", ["stage", "queue_ms", "busy"]),
        ("kernels", ["kernel", "gflops", "gbs"]),
        ("nodes", ["node", "shape", "share"]),
        ("host", ["span", "count", "ms"]),
    ] {
        let rows = report[table].as_array().expect("a table");
        for key in keys {
            assert!(!rows[0][key].is_null(), "{table} have {key}: {}", rows[0]);
        }
    }
    assert!(report["kernel_ms"].as_f64() > Some(0.0));
}

#[test]
fn what_was_spoken_is_told_from_what_was_recorded() {
    let workplace = Workplace::new();
    workplace.style("s.safetensors");
    let text = "A sentence that is long enough to hold the mark, and another one, so that it is surely found.";
    let spoken = [
        "synth",
        text,
        "--style",
        "s.safetensors",
        "-o",
        "spoken.wav",
    ];
    stdout(&workplace.run(&spoken));
    let recorded = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../weights/small/reference.wav"
    );
    tone(&workplace.path("moment.wav"), 0.2, 0.3);
    let found = stdout(&workplace.run(&["verify", "spoken.wav"]));
    assert!(found.contains("marked as synthetic"), "{found}");

    let output = workplace.run(&["verify", "--json", recorded, "moment.wav"]);
    assert_eq!(output.status.code(), Some(3), "no mark");
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(rows[0]["is_marked"], false);
    assert_eq!(rows[0]["can_tell"], true);
    assert_eq!(rows[1]["can_tell"], false);

    let output = workplace.run(&["verify", "spoken.wav", "missing.wav"]);
    assert_eq!(output.status.code(), Some(1), "one cannot be read");
    assert!(output.stdout.is_empty());
}

#[test]
fn voices_are_mixed() {
    let workplace = Workplace::new();
    workplace.style("a.safetensors");
    workplace.style("b.safetensors");
    let parts = [
        "mix",
        "a.safetensors:3",
        "b.safetensors",
        "-o",
        "m.safetensors",
    ];
    stdout(&workplace.run(&parts));
    stdout(&workplace.run(&["synth", "Hello.", "--style", "m.safetensors", "-o", "m.wav"]));
    let refused = workplace.run(&["mix", "a.safetensors:-1", "-o", "n.safetensors"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!workplace.path("n.safetensors").exists());
}
