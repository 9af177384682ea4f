//! The built page under load, in Chromium, against mosquitto on loopback, beside two reference pages:
//! `cargo xtask bench-browser`. A measurement, not a test: a slow page is told, and only a page that loses a message
//! fails. The pages measure themselves; see `pages/measure.js`.
//!
//! With `BENCH_PROFILE` set to a file, the last page measured leaves a profile there that Chromium's developer tools
//! open; the figures of such a run are worth nothing.

mod chromium;
mod load;
mod measure;
mod report;
mod scenario;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use mqtt_lab_e2e::dist;
use mqtt_lab_e2e::mosquitto::FOR_LOAD;
use mqtt_lab_e2e::static_server::StaticServer;

use measure::{Measured, Servers};
use report::{Outcome, Page};
use scenario::Scenario;

/// The reference pages. MQTT.js itself is laid beside them.
const REFERENCES: &[(&str, &str)] = &[
    ("floor.html", include_str!("pages/floor.html")),
    ("floor.js", include_str!("pages/floor.js")),
    ("mqttjs.html", include_str!("pages/mqttjs.html")),
    ("mqttjs.js", include_str!("pages/mqttjs.js")),
];

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Arguments {
    runs: usize,
    quick: bool,
    only: Vec<String>,
    /// The folder of an earlier build of the page.
    before: Option<PathBuf>,
}

impl Arguments {
    fn read(words: &[String]) -> Result<Self> {
        let mut arguments = Self {
            runs: 1,
            quick: false,
            only: Vec::new(),
            before: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .with_context(|| format!("{word} needs a value"))
            };
            match word.as_str() {
                "--quick" => arguments.quick = true,
                "--runs" => arguments.runs = value()?.parse().context("--runs needs a number")?,
                "--only" => arguments.only.push(value()?.clone()),
                "--before" => arguments.before = Some(value()?.into()),
                other => bail!(
                    "`{other}` is not known; --quick, --runs <n>, --only <scenario> and \
                     --before <folder of an earlier build> are"
                ),
            }
        }
        ensure!(arguments.runs > 0, "--runs needs a number above 0");
        Ok(arguments)
    }

    fn scenarios(&self) -> Result<Vec<Scenario>> {
        let all = scenario::all(self.quick);
        for name in &self.only {
            let names: Vec<_> = all.iter().map(|scenario| scenario.name).collect();
            ensure!(
                names.contains(&name.as_str()),
                "there is no scenario {name:?}; there are {names:?}"
            );
        }
        let is_asked = |scenario: &Scenario| {
            self.only.is_empty() || self.only.iter().any(|name| name == scenario.name)
        };
        Ok(all.into_iter().filter(is_asked).collect())
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let outcome = match words.split_first() {
        Some((first, rest)) if first == "load" => load::run(rest),
        _ => Arguments::read(&words).and_then(|arguments| {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(run(&arguments))
        }),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    let scenarios = arguments.scenarios()?;
    let folder = tempfile::tempdir()?;
    lay_out_references(folder.path())?;
    let servers = Servers {
        lab: StaticServer::start(&dist::directory()?).await?,
        before: match &arguments.before {
            Some(folder) => Some(StaticServer::start(folder).await?),
            None => None,
        },
        references: StaticServer::start(folder.path()).await?,
    };
    println!(
        "mosquitto: one process on loopback, no log, and {}.",
        FOR_LOAD.join(", ")
    );
    println!(
        "The load alone hands over {:.0} messages/s to a socket that takes everything.",
        load::own_speed().await?
    );
    let mut lost = Vec::new();
    let mut outcomes = Vec::new();
    for scenario in scenarios {
        let outcome = run_one(&servers, &scenario, arguments.runs, &mut lost).await;
        println!("{}", outcome.table());
        outcomes.push(outcome);
    }
    let (mut reached, mut goals) = (0, 0);
    for outcome in &outcomes {
        let (own, all) = outcome.reached();
        (reached, goals) = (reached + own, goals + all);
    }
    println!(
        "{reached} of {goals} goals reached; medians of {} run(s){}.",
        arguments.runs,
        if arguments.quick {
            ", all of them short"
        } else {
            ""
        }
    );
    ensure!(lost.is_empty(), "{}", lost.join("\n"));
    Ok(())
}

/// Measures all pages of a scenario in turn, as often as asked, so that what disturbs one disturbs all.
async fn run_one(
    servers: &Servers,
    scenario: &Scenario,
    runs: usize,
    lost: &mut Vec<String>,
) -> Outcome {
    let mut outcome = Outcome {
        name: scenario.name,
        words: scenario.kind.words(),
        goals: scenario.goals.clone(),
        runs: Vec::new(),
        not_measured: None,
    };
    for run in 1..=runs {
        let before = servers.before.as_ref().map(|_| &Page::Before);
        for page in scenario.pages.iter().chain(before) {
            println!("  {}, run {run} of {runs}: {page:?}", scenario.name);
            match measure::measure(servers, *page, scenario.kind).await {
                Ok(Measured::Figures(figures)) => outcome.runs.push((*page, figures)),
                Ok(Measured::NotThere(why)) => {
                    outcome.not_measured = Some(why);
                    return outcome;
                }
                Err(error) => {
                    let words = format!("{}, {page:?}: {error:#}", scenario.name);
                    println!("  FAILED {words}");
                    // A reference page that fails is no fault of ours, but the comparison lacks it.
                    if *page == Page::Lab {
                        lost.push(words);
                    }
                }
            }
        }
    }
    outcome
}

fn lay_out_references(folder: &Path) -> Result<()> {
    for (name, text) in REFERENCES {
        std::fs::write(folder.join(name), text)?;
    }
    let mqttjs = env::var_os("MQTTJS").map(PathBuf::from);
    let mqttjs =
        mqttjs.context("MQTTJS must name mqtt.min.js; `cargo xtask bench-browser` sets it")?;
    std::fs::copy(&mqttjs, folder.join("mqtt.min.js"))
        .with_context(|| format!("there is no {}", mqttjs.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Arguments> {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        Arguments::read(&words)
    }

    #[test]
    fn arguments_are_read() {
        let arguments = read(&["--quick", "--runs", "5", "--only", "burst"]).unwrap();
        assert!(arguments.quick);
        assert_eq!(
            (arguments.runs, arguments.scenarios().unwrap().len()),
            (5, 1)
        );
        for wrong in [&["--runs"][..], &["--runs", "0"], &["--fast"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
        assert!(read(&["--only", "nothing"]).unwrap().scenarios().is_err());
    }
}
