//! The project's chores, the same on every system: `cargo xtask help` lists them.

mod compact;
mod csp;
mod digest;
mod fuzz;
mod merge;
mod modules;
mod names;
mod offline;
mod page;
mod process;
mod report;
mod scripts;
mod steps;
mod strangers;
mod styles;
mod system;
mod table;
mod tools;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use report::{Failure, Outcome};

const HELP: &str = "\
cargo xtask <command>

For the page
  serve [trunk's arguments]   set up what is missing, then serve the page and open it;
                              for example `cargo xtask serve --release --port 9000`
  build [trunk's arguments]   leave a static page in dist/ that works from any sub-path,
                              and say how much a first visit downloads

For other programs
  broker [arguments]          the page's broker as a test bench on this computer, over TCP and
                              WebSocket; `cargo xtask broker --help` lists its options

For the code
  check                       the quick gate: formatting, clippy, native tests, documentation
  test [step ...] [-- args]   set up what tests need, then run everything, or the named steps;
                              what follows `--` goes to the test programs
  e2e [-- args]               the end-to-end tests alone, on a fresh build of the page
  bench [-- args]             the benchmarks
  bench-browser [--quick] [--runs N] [--only scenario]
                              the built page under load, in Chromium, against mosquitto, beside a
                              page that only walks headers and one with MQTT.js
  check-brokers [--write]     connect to every public broker that the page lists; with --write, and
                              if all answer, put today's date into the list
  fuzz [--seconds N] [target ...]
                              each fuzz target for N seconds (60 unless told)

For the tools
  setup                       only set up: the wasm32 target, trunk, wasm-bindgen, wasm-opt,
                              esbuild
  finish                      what trunk calls after each build: splits the page where it was
                              built for that, gathers its style sheets, makes its scripts small, and
                              completes its Content Security Policy
  help                        this text

Tools are kept in .tools/ unless the right version is already installed. The steps of `test`:
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_told() => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Outcome<()> {
    let root = root()?;
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", arguments),
    };
    match command {
        "setup" => tools::set_up(&root).map(|_| ()),
        "serve" => page::serve(&root, rest),
        "build" => page::build(&root, rest),
        "finish" => page::finish(&root),
        "check" => steps::check(&root, rest),
        "test" => steps::test(&root, rest),
        "e2e" => steps::e2e(&root, rest),
        "bench" => steps::bench(&root, rest),
        "bench-browser" => steps::bench_browser(&root, rest),
        "check-brokers" => steps::check_brokers(&root, rest),
        "broker" => strangers::broker(&root, rest),
        "fuzz" => fuzz::fuzz(&root, rest),
        "help" | "--help" | "-h" => {
            println!("{HELP}{}", steps::list());
            Ok(())
        }
        unknown => Err(Failure::new(format!(
            "there is no command `{unknown}`; `cargo xtask help` lists what there is"
        ))),
    }
}

/// The workspace's folder, wherever the command was given.
fn root() -> Outcome<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .ok_or_else(|| Failure::new("xtask has no parent folder"))
}
