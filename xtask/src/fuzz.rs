//! Fuzzing: each target of `fuzz/` for a stated time.

use std::fs;
use std::path::Path;

use crate::process::{answer, cargo, run};
use crate::report::{Failure, Outcome, Stopwatch, heading};
use crate::tools;

/// How long each target runs unless told otherwise.
const SECONDS: u64 = 60;

pub(crate) fn fuzz(root: &Path, arguments: &[String]) -> Outcome<()> {
    let wish = Wish::from_arguments(arguments)?;
    let manifest = root.join("fuzz").join("Cargo.toml");
    let manifest = fs::read_to_string(&manifest).map_err(|error| {
        Failure::new(format!(
            "there is nothing to fuzz: {}: {error}",
            manifest.display()
        ))
    })?;
    let targets = targets(&manifest);
    if targets.is_empty() {
        return Err(Failure::new("fuzz/Cargo.toml names no target"));
    }
    if let Some(unknown) = wish.targets.iter().find(|name| !targets.contains(name)) {
        return Err(Failure::new(format!(
            "there is no fuzz target `{unknown}`; there are: {}",
            targets.join(", ")
        )));
    }
    let path = tools::cargo_fuzz(root)?;
    // Sanitizers need a nightly compiler. The code is free of `unsafe`, so what fuzzing looks for
    // (panics, overflows, endless loops, too much memory) shows without them.
    let is_nightly = answer("rustc", &["--version"]).is_some_and(|words| words.contains("nightly"));
    let sanitizer = if is_nightly { "address" } else { "none" };
    for target in targets.iter().filter(|name| wish.wants(name)) {
        heading(&format!("fuzz {target} for {} s", wish.seconds));
        let time = Stopwatch::start();
        let mut command = cargo();
        command.current_dir(root).env("PATH", &path).args([
            "fuzz",
            "run",
            target,
            "--sanitizer",
            sanitizer,
        ]);
        // What fuzzing finds goes to the corpus; seeds, if there are any, are only read.
        let seeds = format!("fuzz/seeds/{target}");
        if root.join(&seeds).is_dir() {
            let corpus = format!("fuzz/corpus/{target}");
            fs::create_dir_all(root.join(&corpus))
                .map_err(|error| Failure::new(format!("cannot create {corpus}: {error}")))?;
            command.args([corpus, seeds]);
        }
        command
            .arg("--")
            .arg(format!("-max_total_time={}", wish.seconds))
            .args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]);
        run(&mut command)?;
        println!(
            "{target}: nothing found, in {} with its build.",
            time.read()
        );
    }
    Ok(())
}

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    seconds: u64,
    targets: Vec<String>,
}

impl Wish {
    fn from_arguments(arguments: &[String]) -> Outcome<Self> {
        let mut wish = Self {
            seconds: SECONDS,
            targets: Vec::new(),
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if argument == "--seconds" {
                wish.seconds = rest
                    .next()
                    .and_then(|number| number.parse().ok())
                    .filter(|seconds| *seconds > 0)
                    .ok_or_else(|| Failure::new("--seconds needs a whole number from 1 on"))?;
            } else if argument.starts_with('-') {
                return Err(Failure::new(format!(
                    "`fuzz` knows --seconds N and names of targets, not `{argument}`"
                )));
            } else {
                wish.targets.push(argument.clone());
            }
        }
        Ok(wish)
    }

    fn wants(&self, target: &str) -> bool {
        self.targets.is_empty() || self.targets.iter().any(|name| name == target)
    }
}

/// The names of the `[[bin]]`s of a manifest.
fn targets(manifest: &str) -> Vec<String> {
    let mut targets = Vec::new();
    let mut in_bin = false;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            in_bin = line == "[[bin]]";
        } else if in_bin
            && let Some((key, value)) = line.split_once('=')
            && key.trim() == "name"
        {
            targets.push(value.trim().trim_matches('"').to_owned());
        }
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_programs_of_the_manifest() {
        let manifest = "[package]\nname = \"mqtt-lab-fuzz\"\n\n[[bin]]\nname = \"decode\"\n\
                        path = \"decode.rs\"\n\n[[bin]]\nname=\"client_input\"\n[dependencies]\n";
        assert_eq!(targets(manifest), ["decode", "client_input"]);
    }

    #[test]
    fn arguments_are_seconds_and_targets() {
        let arguments = ["decode", "--seconds", "5"].map(str::to_owned);
        let wish = Wish::from_arguments(&arguments).expect("they are right");
        assert_eq!(
            wish,
            Wish {
                seconds: 5,
                targets: vec!["decode".to_owned()]
            }
        );
        assert!(wish.wants("decode") && !wish.wants("client_input"));
        assert!(Wish::from_arguments(&["--seconds".to_owned()]).is_err());
        assert!(Wish::from_arguments(&["--jobs".to_owned()]).is_err());
    }
}
