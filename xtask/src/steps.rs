//! The checks, in the order of their cost: each a step that can be run alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::page;
use crate::process::{answer, cargo, run, run_and_watch};
use crate::report::{Failure, Outcome, Stopwatch, heading};
use crate::strangers::{self, BROKER_SERVER};
use crate::system::{self, Need};
use crate::tools;

const E2E: &str = "mqtt-lab-e2e";
const BENCH: &str = "mqtt-lab-bench";

/// One kind of check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Format,
    Clippy,
    ClippyWasm,
    Native,
    Strangers,
    Documentation,
    Licences,
    Browser,
    Build,
    EndToEnd,
}

const ALL: [Step; 10] = [
    Step::Format,
    Step::Clippy,
    Step::ClippyWasm,
    Step::Native,
    Step::Strangers,
    Step::Documentation,
    Step::Licences,
    Step::Browser,
    Step::Build,
    Step::EndToEnd,
];

const QUICK: [Step; 5] = [
    Step::Format,
    Step::Clippy,
    Step::ClippyWasm,
    Step::Native,
    Step::Documentation,
];

impl Step {
    /// What one types to run it, and what it is.
    fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Format => ("fmt", "formatting"),
            Self::Clippy => ("clippy", "lints of everything that runs natively"),
            Self::ClippyWasm => ("clippy-wasm", "lints of the page"),
            Self::Native => (
                "native",
                "unit tests, scenarios and guards of the source tree",
            ),
            Self::Strangers => (
                "strangers",
                "the broker on sockets, with other people's clients",
            ),
            Self::Documentation => ("doc", "documentation without a warning"),
            Self::Licences => (
                "deny",
                "licences of the dependencies, if cargo-deny is installed",
            ),
            Self::Browser => ("browser", "component tests in Chromium"),
            Self::Build => ("build", "the page as a host gets it: policy and size"),
            Self::EndToEnd => (
                "e2e",
                "a person's tasks on the built page, with a real MQTT server",
            ),
        }
    }

    /// Why there is nothing to do in this step, if so.
    fn skipped(self, root: &Path) -> Option<&'static str> {
        match self {
            Self::Licences if answer("cargo", &["deny", "--version"]).is_none() => {
                Some("cargo-deny is not installed (`cargo install cargo-deny`)")
            }
            Self::Browser if !has_browser_tests(root) => Some("there is no tests/browser.rs"),
            Self::EndToEnd if !has_e2e(root) => Some("there is no tests/e2e"),
            _ => None,
        }
    }

    /// Sets up what the step needs, so that a person learns at once what is missing.
    fn prepare(self, root: &Path) -> Outcome<()> {
        match self {
            Self::Licences => Ok(()),
            Self::Format => tools::component("rustfmt", "fmt"),
            Self::Clippy => tools::component("clippy", "clippy"),
            Self::ClippyWasm => {
                tools::component("clippy", "clippy")?;
                tools::wasm_target()
            }
            Self::Documentation => tools::wasm_target(),
            Self::Build => tools::set_up(root).map(|_| ()),
            Self::Strangers => strangers::set_up(root, self.needs()).map(|_| ()),
            Self::Native | Self::Browser | Self::EndToEnd => {
                if self == Self::Browser {
                    tools::set_up(root)?;
                }
                system::set_up(self.needs()).map(|_| ())
            }
        }
    }

    /// The programs of the operating system that the step calls.
    fn needs(self) -> &'static [Need] {
        match self {
            // The client is also driven against a real server, and captures are read by tshark.
            Self::Native => &[Need::Mosquitto, Need::Tshark],
            Self::Strangers => &[
                Need::Mosquitto,
                Need::MosquittoClients,
                Need::Python,
                Need::Npm,
            ],
            Self::Browser => &[Need::Chromium, Need::Chromedriver],
            Self::EndToEnd => &[
                Need::Chromium,
                Need::Chromedriver,
                Need::Mosquitto,
                Need::MosquittoClients,
                Need::Tshark,
            ],
            _ => &[],
        }
    }

    fn run(self, root: &Path, arguments: &[String]) -> Outcome<Tally> {
        match self {
            Self::Format => plain(cargo().args(["fmt", "--all", "--check"]).current_dir(root)),
            Self::Clippy => plain(
                cargo()
                    .args([
                        "clippy",
                        "--workspace",
                        "--all-targets",
                        "--",
                        "-D",
                        "warnings",
                    ])
                    .current_dir(root),
            ),
            Self::ClippyWasm => {
                let mut clippy = for_wasm(root, "clippy");
                clippy.args(["--lib", "--bins"]);
                if has_browser_tests(root) {
                    clippy.args(["--test", "browser"]);
                }
                plain(clippy.args(["--", "-D", "warnings"]))
            }
            Self::Native => {
                // As plain `cargo test` builds them: what another package asks of a dependency
                // must not be what makes these compile.
                run(cargo()
                    .args(["check", "--tests", "--quiet"])
                    .current_dir(root))?;
                let mut test = cargo();
                test.args(["test", "--workspace", "--no-fail-fast"])
                    .args(["--exclude", BROKER_SERVER])
                    .current_dir(root);
                if has_e2e(root) {
                    test.args(["--exclude", E2E]);
                }
                test.envs(system::set_up(self.needs())?);
                counted(test.arg("--").args(arguments), arguments)
            }
            Self::Strangers => {
                let mut test = cargo();
                test.args(["test", "--package", BROKER_SERVER, "--no-fail-fast"])
                    .current_dir(root)
                    // Where a test waited in vain is told by its words.
                    .env("RUST_LIB_BACKTRACE", "0");
                test.envs(strangers::set_up(root, self.needs())?);
                counted(test.arg("--").args(arguments), arguments)
            }
            Self::Documentation => {
                let mut native = cargo();
                native
                    .args(["doc", "--workspace", "--no-deps"])
                    .current_dir(root);
                for doc in [
                    &mut native,
                    for_wasm(root, "doc").args(["--no-deps", "--lib"]),
                ] {
                    run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
                }
                Ok(Tally {
                    passed: 1,
                    failed: 0,
                })
            }
            Self::Licences => plain(
                cargo()
                    .args(["deny", "check", "licenses", "bans", "sources"])
                    .current_dir(root),
            ),
            Self::Browser => {
                let tools = tools::set_up(root)?;
                let mut test = for_wasm(root, "test");
                test.args(["--test", "browser"]).env(
                    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
                    &tools.wasm_bindgen_test_runner,
                );
                // Seconds for all of them together; a test that hangs gives up by itself long before.
                test.env("WASM_BINDGEN_TEST_TIMEOUT", "180");
                test.envs(system::set_up(self.needs())?);
                counted(test.arg("--").args(arguments), arguments)
            }
            Self::Build => {
                let sizes = page::leave_in_dist(root, &[])?;
                // A page that is too large still works, and can be tested.
                Ok(match page::within_limit(sizes) {
                    Ok(()) => Tally {
                        passed: 2,
                        failed: 0,
                    },
                    Err(failure) => {
                        eprintln!("{failure}");
                        Tally {
                            passed: 1,
                            failed: 1,
                        }
                    }
                })
            }
            Self::EndToEnd => {
                let mut test = cargo();
                test.args(["test", "--package", E2E, "--no-fail-fast"])
                    .current_dir(root)
                    // Where a test waited in vain is told by its words.
                    .env("RUST_LIB_BACKTRACE", "0");
                test.envs(system::set_up(self.needs())?);
                counted(test.arg("--").args(arguments), arguments)
            }
        }
    }
}

/// The names of the steps, for the help text.
pub(crate) fn list() -> String {
    ALL.iter()
        .map(|step| {
            let (name, what) = step.name();
            format!("  {name:<12} {what}\n")
        })
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// The quick gate.
pub(crate) fn check(root: &Path, arguments: &[String]) -> Outcome<()> {
    if let Some(unknown) = arguments.first() {
        return Err(Failure::new(format!(
            "`check` takes no arguments, so not `{unknown}`; to run one step: `cargo xtask test <step>`"
        )));
    }
    run_steps(root, &QUICK, &[])
}

/// Everything, or the named steps.
pub(crate) fn test(root: &Path, arguments: &[String]) -> Outcome<()> {
    let (names, rest) = split(arguments);
    run_steps(root, &chosen(names)?, rest)
}

/// The end-to-end tests, on a fresh build.
pub(crate) fn e2e(root: &Path, arguments: &[String]) -> Outcome<()> {
    let (names, rest) = split(arguments);
    if !names.is_empty() {
        return Err(Failure::new(format!(
            "what is meant for the test programs follows `--`: `cargo xtask e2e -- {}`",
            names.join(" ")
        )));
    }
    run_steps(root, &[Step::Build, Step::EndToEnd], rest)
}

/// The benchmarks.
pub(crate) fn bench(root: &Path, arguments: &[String]) -> Outcome<()> {
    if !root.join("bench").join("Cargo.toml").is_file() {
        return Err(Failure::new(
            "there are no benchmarks: bench/Cargo.toml is missing",
        ));
    }
    let (names, rest) = split(arguments);
    run(cargo()
        .args(["bench", "--package", BENCH])
        .args(names)
        .arg("--")
        .args(rest)
        .current_dir(root))
}

/// The page under load, on a fresh build.
pub(crate) fn bench_browser(root: &Path, arguments: &[String]) -> Outcome<()> {
    let mqttjs = tools::mqttjs(root)?;
    let environment = system::set_up(&[Need::Chromium, Need::Mosquitto])?;
    page::leave_in_dist(root, &[])?;
    run(cargo()
        .args(["run", "--quiet", "--package", E2E])
        .args(["--bin", "bench_browser", "--"])
        .args(arguments)
        .current_dir(root)
        .envs(environment)
        .env("MQTTJS", mqttjs))
}

/// Asks the public brokers that the page lists whether they are still there.
pub(crate) fn check_brokers(root: &Path, arguments: &[String]) -> Outcome<()> {
    run(cargo()
        .args(["run", "--quiet", "--package", E2E])
        .args(["--bin", "check_brokers", "--"])
        .args(arguments)
        .current_dir(root))
}

/// How many checks went which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    /// Adds what a line of a test program's output says, if it is the one that counts.
    fn read(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else {
            return;
        };
        let mut before = "";
        for word in counts.split_whitespace() {
            let number = before.parse::<u64>();
            match (word, number) {
                ("passed;", Ok(number)) => self.passed += number,
                ("failed;", Ok(number)) => self.failed += number,
                _ => {}
            }
            before = word;
        }
    }
}

fn run_steps(root: &Path, steps: &[Step], arguments: &[String]) -> Outcome<()> {
    let whole = Stopwatch::start();
    heading("set-up");
    let due = |step: &Step| step.skipped(root).is_none();
    let prepared: Vec<Outcome<()>> = steps
        .iter()
        .map(|step| {
            if due(step) {
                step.prepare(root)
            } else {
                Ok(())
            }
        })
        .collect();
    let missing: BTreeSet<String> = prepared
        .iter()
        .filter_map(|outcome| outcome.as_ref().err().map(Failure::to_string))
        .collect();
    for words in missing {
        println!("{words}\nThe steps that need it will fail; the others go on.");
    }
    println!("Set up in {}.", whole.read());

    let mut lines = Vec::new();
    let mut total = Tally::default();
    let mut is_page_stale = false;
    for (index, (step, prepared)) in steps.iter().zip(prepared).enumerate() {
        let (name, what) = step.name();
        heading(&format!("{}/{} {name}: {what}", index + 1, steps.len()));
        if let Some(why) = step.skipped(root) {
            println!("skipped: {why}");
            lines.push(format!("  skipped  {name}: {why}"));
            continue;
        }
        let time = Stopwatch::start();
        let tally = prepared
            .and_then(|()| match step {
                // trunk leaves the page of an earlier build where it was.
                Step::EndToEnd if is_page_stale => Err(Failure::new("the page was not built")),
                _ => step.run(root, arguments),
            })
            .unwrap_or_else(|failure| {
                eprintln!("{failure}");
                Tally {
                    passed: 0,
                    failed: 1,
                }
            });
        is_page_stale |= *step == Step::Build && tally.passed == 0;
        total.passed += tally.passed;
        total.failed += tally.failed;
        let verdict = if tally.failed == 0 { "ok" } else { "FAILED" };
        lines.push(format!(
            "  {verdict:<7}  {name}: {} passed, {} failed, in {}",
            tally.passed,
            tally.failed,
            time.read()
        ));
    }
    heading(&format!("all steps, in {}", whole.read()));
    println!("{}\n", lines.join("\n"));
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 {
        Ok(())
    } else {
        Err(Failure::told())
    }
}

/// Runs a check that either holds or does not.
fn plain(command: &mut Command) -> Outcome<Tally> {
    run(command).map(|()| Tally {
        passed: 1,
        failed: 0,
    })
}

/// Runs test programs and counts their tests. Without a filter among the `arguments`, running no
/// test at all is a failure.
fn counted(command: &mut Command, arguments: &[String]) -> Outcome<Tally> {
    let mut tally = Tally::default();
    let succeeded = run_and_watch(command, |line| tally.read(line))?;
    if !succeeded && tally.failed == 0 {
        // It did not compile, or died before it could count.
        tally.failed = 1;
    }
    if tally == Tally::default() && arguments.is_empty() {
        return Err(Failure::new("not one test was run"));
    }
    Ok(tally)
}

fn for_wasm(root: &Path, command: &str) -> Command {
    let mut cargo = cargo();
    cargo
        .args([
            command,
            "--package",
            "mqtt-lab",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .current_dir(root);
    cargo
}

/// The arguments before and after `--`.
fn split(arguments: &[String]) -> (&[String], &[String]) {
    match arguments.iter().position(|argument| argument == "--") {
        Some(at) => (&arguments[..at], &arguments[at + 1..]),
        None => (arguments, &[]),
    }
}

/// The steps of those names, in order; all of them if none is named.
fn chosen(names: &[String]) -> Outcome<Vec<Step>> {
    if let Some(unknown) = names
        .iter()
        .find(|name| !ALL.iter().any(|step| step.name().0 == name.as_str()))
    {
        return Err(Failure::new(format!(
            "there is no step `{unknown}`; the steps are\n{}",
            list()
        )));
    }
    let is_named = |step: Step| names.iter().any(|name| name == step.name().0);
    Ok(ALL
        .into_iter()
        .filter(|step| {
            names.is_empty()
                || is_named(*step)
                // The page that the end-to-end tests use is the one that was just built.
                || (*step == Step::Build && is_named(Step::EndToEnd))
        })
        .collect())
}

fn has_browser_tests(root: &Path) -> bool {
    test_folder(root).join("browser.rs").is_file()
}

fn has_e2e(root: &Path) -> bool {
    test_folder(root).join("e2e").join("Cargo.toml").is_file()
}

fn test_folder(root: &Path) -> PathBuf {
    root.join("tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_programs_are_counted() {
        let mut tally = Tally::default();
        tally.read("running 4 tests");
        tally.read("test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out");
        tally.read("test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured");
        assert_eq!(
            tally,
            Tally {
                passed: 13,
                failed: 2
            }
        );
    }

    #[test]
    fn a_failure_that_counts_nothing_still_fails() {
        let mut wrong = cargo();
        wrong
            .arg("no-such-command")
            .stderr(std::process::Stdio::null());
        assert_eq!(
            counted(&mut wrong, &[]),
            Ok(Tally {
                passed: 0,
                failed: 1
            })
        );
    }

    #[test]
    fn running_no_test_is_a_failure_unless_filtered() {
        let version = || {
            let mut cargo = cargo();
            cargo.arg("--version");
            cargo
        };
        assert!(counted(&mut version(), &[]).is_err());
        assert_eq!(
            counted(&mut version(), &["some_test".to_owned()]),
            Ok(Tally::default())
        );
    }

    #[test]
    fn steps_are_chosen_by_name_and_keep_their_order() {
        let names = |words: &[&str]| {
            words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(chosen(&[]), Ok(ALL.to_vec()));
        assert_eq!(
            chosen(&names(&["doc", "fmt"])),
            Ok(vec![Step::Format, Step::Documentation])
        );
        assert_eq!(
            chosen(&names(&["e2e"])),
            Ok(vec![Step::Build, Step::EndToEnd])
        );
        assert!(chosen(&names(&["speling"])).is_err());
    }
}
