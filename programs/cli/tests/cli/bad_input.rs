//! Wrong input of every kind: one clear sentence, exit code 1, nothing written.

use std::fs;
use std::path::Path;

use crate::program::{Workplace, tone};

/// Runs `synth` with these arguments and expects one sentence that holds all of `words`.
fn refuses(workplace: &Workplace, arguments: &[&str], words: &[&str]) {
    let before = workplace.files();
    let output = workplace.run(arguments);
    let error = String::from_utf8(output.stderr).expect("messages are text");
    assert_eq!(
        output.status.code(),
        Some(1),
        "{arguments:?} ends with code 1, said {error:?}"
    );
    assert!(error.starts_with("error: "), "{error:?}");
    assert_eq!(error.trim_end().lines().count(), 1, "one line: {error:?}");
    for word in words {
        assert!(error.contains(word), "{error:?} names {word:?}");
    }
    assert!(output.stdout.is_empty(), "nothing on standard output");
    assert_eq!(
        workplace.files(),
        before,
        "no file appears and none disappears"
    );
}

#[test]
fn texts_without_anything_to_say() {
    let workplace = Workplace::new();
    workplace.style("s.safetensors");
    for text in ["", "   ", "*** --- ***", "\u{1f600}"] {
        refuses(
            &workplace,
            &["synth", "--style", "s.safetensors", "--text", text],
            &["nothing to say", "word"],
        );
    }
    refuses(
        &workplace,
        &["g2p", "<speak>Say<break time=\"1h\"/></speak>"],
        &["SSML, line 1", "1h", "500ms"],
    );
    refuses(
        &workplace,
        &["g2p", "--lexicon", "missing.txt", "Say."],
        &["missing.txt"],
    );
}

#[test]
fn references_that_are_no_voice() {
    let workplace = Workplace::new();
    workplace.write("notes.wav", b"this is not a recording");
    workplace.write("empty.wav", b"");
    tone(&workplace.path("short.wav"), 0.4, 0.3);
    tone(&workplace.path("silent.wav"), 3.0, 0.0);
    workplace.write(
        "endless.ogg",
        &include_bytes!("../../../../tests/data/tones.ogg")[..4000],
    );
    let speak = |reference| ["synth", "Hello.", "--reference", reference];
    refuses(
        &workplace,
        &speak("missing.wav"),
        &["missing.wav", "No such file"],
    );
    refuses(
        &workplace,
        &speak("notes.wav"),
        &["notes.wav", "not audio", "WAV"],
    );
    refuses(&workplace, &speak("empty.wav"), &["empty.wav", "empty"]);
    refuses(
        &workplace,
        &speak("endless.ogg"),
        &["endless.ogg", "truncated"],
    );
    refuses(&workplace, &speak("short.wav"), &["at least 1 s"]);
    refuses(&workplace, &speak("silent.wav"), &["silent"]);
}

#[test]
fn files_that_are_not_what_they_should_be() {
    let workplace = Workplace::new();
    workplace.style("s.safetensors");
    let style = fs::read(workplace.path("s.safetensors")).expect("a style");
    workplace.write("half.safetensors", &style[..style.len() / 2]);
    refuses(
        &workplace,
        &["synth", "Hello.", "--style", "half.safetensors"],
        &["half.safetensors", "not a style"],
    );
    // A style is a safetensors file, but no mel.
    refuses(
        &workplace,
        &["vocode", "s.safetensors", "-o", "x.wav"],
        &["s.safetensors", "not a mel file"],
    );
    // The tiny model has a HiFi-GAN.
    tone(&workplace.path("tone.wav"), 1.5, 0.3);
    workplace.run(&["mel", "tone.wav", "-o", "tone.mel"]);
    for command in [
        ["vocode", "tone.mel", "--vocoder", "source-filter"],
        ["synth", "Hello.", "--vocoder", "source-filter"],
    ] {
        let voice: &[&str] = match command[0] {
            "synth" => &["--style", "s.safetensors", "-o", "x.wav"],
            _ => &["-o", "x.wav"],
        };
        refuses(
            &workplace,
            &[&command[..], voice].concat(),
            &["no source-filter vocoder", "griffin-lim"],
        );
    }
    workplace.write("noise.bin", &[7; 300]);
    refuses(
        &workplace,
        &["picture", "noise.bin", "-o", "x.png"],
        &["neither a mel file nor audio"],
    );
}

#[test]
fn models_that_contradict_themselves() {
    let workplace = Workplace::new();
    workplace.style("s.safetensors");
    let speak = ["synth", "Hello.", "--style", "s.safetensors"];

    let weights = workplace.path("model/model.safetensors");
    let whole = fs::read(&weights).expect("the tiny model");
    fs::write(&weights, &whole[..whole.len() - 100]).expect("a truncated model");
    refuses(&workplace, &speak, &["model.safetensors"]);
    fs::write(&weights, b"something else entirely").expect("a foreign file");
    refuses(&workplace, &speak, &["model.safetensors"]);
    fs::remove_file(&weights).expect("no file");
    refuses(&workplace, &speak, &["model.safetensors", "No such file"]);
    fs::write(&weights, &whole).expect("the tiny model again");

    let config = workplace.path("model/config.json");
    let text = fs::read_to_string(&config).expect("a configuration");
    let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    value["prior_encoder"]["layers"] = 3.into();
    fs::write(&config, value.to_string()).expect("a configuration for other weights");
    refuses(&workplace, &speak, &["prior_encoder.blocks.1", "missing"]);
    fs::write(&config, &text[..text.len() / 2]).expect("half a configuration");
    refuses(&workplace, &speak, &["config.json"]);
    fs::remove_file(&config).expect("no configuration");
    refuses(&workplace, &speak, &["no model", "--model"]);
}

#[test]
fn adaptations_that_are_none_or_belong_to_another_model() {
    let workplace = Workplace::new();
    workplace.style("s.safetensors");
    let adaptation = |file: &'static str| ["synth", "Hello.", "--adaptation", file];
    refuses(
        &workplace,
        &adaptation("none.safetensors"),
        &["none.safetensors"],
    );
    refuses(
        &workplace,
        &adaptation("s.safetensors"),
        &["not an adaptation"],
    );
    let other = Workplace::new();
    workplace.adaptation_of("a.safetensors", "0123");
    fs::copy(workplace.path("a.safetensors"), other.path("a.safetensors")).expect("an adaptation");
    refuses(
        &other,
        &adaptation("a.safetensors"),
        &["made for the model", "0123"],
    );
}

#[test]
fn settings_that_are_impossible() {
    let workplace = Workplace::new();
    workplace.style("s.safetensors");
    let with = |option: &'static str, value: &'static str| {
        ["synth", "Hello.", "--style", "s.safetensors", option, value]
    };
    refuses(&workplace, &with("--device", "Voodoo 2"), &["Voodoo 2"]);
    refuses(&workplace, &with("--device", "77"), &["77"]);
    refuses(&workplace, &with("--speed", "0"), &["speed"]);
    refuses(&workplace, &with("--speed", "NaN"), &["speed"]);
    refuses(&workplace, &with("--temperature", "inf"), &["temperature"]);
    refuses(&workplace, &with("--detail", "1.5"), &["detail", "1.5"]);
    refuses(&workplace, &with("--guidance", "11"), &["guidance"]);
    refuses(&workplace, &with("--guidance", "2"), &["no null style"]);
    refuses(&workplace, &with("--steps", "0"), &["steps"]);
    refuses(&workplace, &with("--steps", "100000"), &["steps"]);
    refuses(&workplace, &with("--temperature", "1e38"), &["temperature"]);
    refuses(
        &workplace,
        &with("--output", "s.safetensors"),
        &["s.safetensors", "read by this command"],
    );
    workplace.write("words.txt", b"gif JH IH1 F\n");
    refuses(
        &workplace,
        &[
            "synth",
            "Gif.",
            "--style",
            "s.safetensors",
            "--lexicon",
            "words.txt",
            "-o",
            "words.txt",
        ],
        &["words.txt", "read by this command"],
    );
    #[cfg(unix)]
    refuses(
        &workplace,
        &["g2p", "Gif.", "--lexicon", "/dev/zero"],
        &["/dev/zero gives more than", "split it"],
    );
    refuses(
        &workplace,
        &with("--timings", "speech.wav"),
        &["speech.wav", "two results"],
    );
    refuses(
        &workplace,
        &with("--output", "nowhere/x.wav"),
        &["nowhere", "does not exist"],
    );
    refuses(
        &workplace,
        &with("--save-mel", "nowhere/x.mel"),
        &["nowhere", "does not exist"],
    );
    refuses(
        &workplace,
        &["synth", "Hello.", "--voice", "nobody"],
        &["nobody"],
    );
    refuses(
        &workplace,
        &["synth", "Hello.", "--voice", "../s"],
        &["../s"],
    );
    refuses(
        &workplace,
        &[
            "synth",
            "Hello.",
            "--style",
            "s.safetensors",
            "--json",
            "-o",
            "-",
        ],
        &["standard output"],
    );
}

#[test]
fn a_failure_leaves_an_earlier_result_alone() {
    let workplace = Workplace::new();
    workplace.style("s.safetensors");
    workplace.write("speech.wav", b"from before");
    refuses(
        &workplace,
        &["synth", "...", "--style", "s.safetensors"],
        &["nothing to say"],
    );
    let kept = fs::read(workplace.path("speech.wav")).expect("still there");
    assert_eq!(kept, b"from before");
}

#[test]
fn usage_errors_are_claps() {
    let workplace = Workplace::new();
    for arguments in [
        &["synth", "Hello."] as &[&str],
        &["synth", "Hello.", "--voice", "a", "--style", "b"],
        &["synth", "Hello.", "--voice", "a", "--solver", "magic"],
        &["sing"],
    ] {
        let output = workplace.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let error = String::from_utf8(output.stderr).expect("messages are text");
        assert!(error.contains("--help"), "{error:?}");
    }
    assert!(!Path::new("speech.wav").exists());
}
