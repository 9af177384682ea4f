//! One table of scenarios, run against our broker and against mosquitto by the same harness.
//!
//! The table is `conformance/rows/`. Our broker runs it in virtual time, with what the Clients send
//! cut in odd places; mosquitto, in real time, has a process for each row. Where a row says that
//! mosquitto does otherwise, it has to: an exception that is none fails too.
//!
//! mosquitto is needed: `cargo xtask test` installs it, or says how.

#![expect(clippy::print_stdout, reason = "the tests say what they have counted")]

#[allow(dead_code, unreachable_pub, reason = "the harness has more users")]
mod conformance;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use conformance::mosquitto::{Mosquitto, OTHER};
use conformance::ours::{Cut, Ours};
use conformance::packet::Version;
use conformance::rows;
use conformance::runner::run;
use conformance::script::Row;
use serde_json::Value;

const MATERIAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/conformance");

/// How many mosquittos run side by side; most of the time all of them wait.
const SIDE_BY_SIDE: usize = 12;

/// Rows that our broker does not pass yet: defects, each with its account.
const OPEN_DEFECTS: &[(&str, Version, &str)] = &[];

fn chosen() -> Vec<Row> {
    let mut rows = rows();
    // To look into one row: `CONFORMANCE_ROW=name cargo test --test broker_conformance`.
    if let Ok(name) = std::env::var("CONFORMANCE_ROW") {
        rows.retain(|row| row.id.contains(&name));
    }
    rows
}

#[test]
fn our_broker_passes_every_row_in_every_cut() {
    let mut wrong = Vec::new();
    let mut ran = 0;
    for row in &chosen() {
        for &version in &row.versions {
            let fault = Cut::ALL.into_iter().find_map(|cut| {
                let result = catch_unwind(AssertUnwindSafe(|| {
                    run(row, version, &mut Ours::new(&row.options, cut))
                }));
                let result = result.unwrap_or_else(|panic| Err(words_of(&*panic)));
                result.err().map(|what| format!("{cut:?}: {what}"))
            });
            ran += 1;
            let defect = OPEN_DEFECTS
                .iter()
                .find(|(id, of, _)| *id == row.id && *of == version);
            match (fault, defect) {
                (None, None) | (Some(_), Some(_)) => {}
                (None, Some(_)) => wrong.push(format!(
                    "{} {}: listed as a defect, but passes",
                    row.id,
                    version.name()
                )),
                (Some(what), None) => {
                    wrong.push(format!("{} {}: {what}", row.id, version.name()));
                }
            }
        }
    }
    println!("{ran} rows, a version each, in {} cuts", Cut::ALL.len());
    let count = wrong.len();
    assert!(wrong.is_empty(), "{count} of {ran}:\n{}", wrong.join("\n"));
}

#[test]
fn mosquitto_passes_every_row_but_the_listed_ones() {
    let rows = chosen();
    let is_other = std::env::var_os(OTHER).is_some();
    let mut runs: Vec<(&Row, Version)> = rows
        .iter()
        .filter(|row| row.only_ours.is_none())
        .filter(|row| !is_other || row.options == "default")
        .flat_map(|row| row.versions.iter().map(move |&version| (row, version)))
        .collect();
    // What waits longest begins first.
    runs.sort_by_key(|(row, _)| {
        let waits = row
            .steps
            .iter()
            .filter(|step| step.words[0] == "wait" && !step.only_ours);
        let seconds = waits.filter_map(|step| step.words[1].parse::<f64>().ok());
        let keep_alive = row
            .steps
            .iter()
            .any(|step| step.text.contains("keep-alive="));
        std::cmp::Reverse(seconds.sum::<f64>() as u64 + u64::from(keep_alive) * 4)
    });
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                while let Some((row, version)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(what) = against_mosquitto(row, *version) {
                        let name = format!("{} {}: {what}", row.id, version.name());
                        wrong.lock().expect("nobody panics").insert(name);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("nobody panics");
    let differ: usize = rows.iter().map(|row| row.mosquitto.len()).sum();
    println!("{} rows, a version each; {differ} differ", runs.len());
    let lines: Vec<_> = wrong.iter().map(String::as_str).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        lines.len(),
        runs.len(),
        lines.join("\n")
    );
}

fn against_mosquitto(row: &Row, version: Version) -> Option<String> {
    let is_other = std::env::var_os(OTHER).is_some();
    let listed = !is_other && row.mosquitto.iter().any(|(of, _)| *of == version);
    let name = format!("{}-{}", row.id, version.name());
    let mut server = Mosquitto::start(&name, &row.options);
    match (run(row, version, &mut server), listed) {
        (Ok(()), false) => None,
        (Err(what), true) => {
            println!("{name} differs as listed: {what}");
            None
        }
        (Ok(()), true) => Some("listed as different, but as expected".to_owned()),
        (Err(what), false) => Some(what),
    }
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let words = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panic: {}", words.unwrap_or("without words"))
}

const WEBSOCKET: &str =
    "the broker sees bytes, not frames; the frames are in `broker-server/tests/sockets.rs`";
const AUTHENTICATION: &str =
    "the broker has no authentication method: it refuses all, and so sends no AUTH";

/// Scenarios of the material that no row runs, and where they are proved.
const ELSEWHERE: &[(&str, &str)] = &[("B67", WEBSOCKET), ("B68", WEBSOCKET), ("B69", WEBSOCKET)];

/// Statements that no row tests, and why.
const STATEMENTS_ELSEWHERE: &[(Version, &str, &str)] = &[
    (Version::V3_1_1, "4.8.0-2", "no error here is transient"),
    (Version::V3_1_1, "6.0.0-1", WEBSOCKET),
    (Version::V3_1_1, "6.0.0-4", WEBSOCKET),
    (Version::V3_1_1, "7.0.0-1", "the broker connects to nobody"),
    (Version::V3_1_1, "7.0.0-2", "not to be seen on the wire"),
    (Version::V3_1_1, "7.1.1-1", "not to be seen on the wire"),
    (Version::V5_0, "3.15.2-2", AUTHENTICATION),
    (Version::V5_0, "3.15.2-3", AUTHENTICATION),
    (Version::V5_0, "4.12.0-2", AUTHENTICATION),
    (Version::V5_0, "4.12.0-5", AUTHENTICATION),
    (Version::V5_0, "4.12.1-1", AUTHENTICATION),
    (Version::V5_0, "4.12.1-2", AUTHENTICATION),
    (Version::V5_0, "4.2-1", "not to be seen on the wire"),
    (Version::V5_0, "6.0.0-1", WEBSOCKET),
    (Version::V5_0, "6.0.0-4", WEBSOCKET),
];

#[test]
fn the_table_is_in_order() {
    let rows = rows();
    let ids: BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
    assert_eq!(ids.len(), rows.len(), "two rows have one name");
    for row in &rows {
        assert!(!row.steps.is_empty(), "{} has no steps", row.id);
        assert!(!row.spec.is_empty(), "{} names no clause", row.id);
        for (version, _) in &row.mosquitto {
            assert!(row.versions.contains(version), "{}", row.id);
        }
    }
    assert!(rows.len() >= 150, "{} rows", rows.len());
}

#[test]
fn every_scenario_of_the_material_is_run() {
    let file = format!("{MATERIAL}/scenarios.json");
    if !Path::new(&file).exists() {
        println!("skipped: {file} is not here");
        return;
    }
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let all: Value = serde_json::from_str(&text).expect("the file is JSON");
    let asked: BTreeSet<String> = all["broker"]
        .as_array()
        .expect("the broker half")
        .iter()
        .map(|scenario| scenario["id"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(asked.len(), 78, "the material has changed");
    let run: BTreeSet<String> = rows().into_iter().flat_map(|row| row.scenarios).collect();
    let elsewhere: BTreeSet<String> = ELSEWHERE.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert!(run.is_disjoint(&elsewhere), "run after all");
    let covered: BTreeSet<String> = run.union(&elsewhere).cloned().collect();
    let missing: Vec<_> = asked.symmetric_difference(&covered).collect();
    assert!(missing.is_empty(), "missing or unknown: {missing:?}");
}

#[test]
fn every_statement_about_the_server_is_tested() {
    let file = format!("{MATERIAL}/normative.md");
    if !Path::new(&file).exists() {
        println!("skipped: {file} is not here");
        return;
    }
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let mut asked: BTreeMap<Version, BTreeSet<String>> = BTreeMap::new();
    let mut section = None;
    for line in text.lines() {
        if line.starts_with("## ") {
            section = match line {
                "## MQTT 5.0 - BROKER" => Some(Version::V5_0),
                "## MQTT 3.1.1 - BROKER" => Some(Version::V3_1_1),
                _ => None,
            };
        }
        let id = line
            .strip_prefix("- `[MQTT-")
            .and_then(|rest| rest.split_once(']'));
        if let (Some(version), Some((id, _))) = (section, id) {
            asked.entry(version).or_default().insert(id.to_owned());
        }
    }
    let mut covered: BTreeMap<Version, BTreeSet<String>> = BTreeMap::new();
    for (version, id) in rows().into_iter().flat_map(|row| row.spec) {
        covered.entry(version).or_default().insert(id);
    }
    let mut faults = Vec::new();
    for (version, ids) in &asked {
        let run = &covered[version];
        let elsewhere: BTreeSet<String> = STATEMENTS_ELSEWHERE
            .iter()
            .filter(|(of, ..)| of == version)
            .map(|(_, id, _)| (*id).to_owned())
            .collect();
        let missing: Vec<_> = ids
            .iter()
            .filter(|id| !run.contains(*id) && !elsewhere.contains(*id))
            .cloned()
            .collect();
        let unknown: Vec<_> = run
            .iter()
            .filter(|id| id.contains('-') && !ids.contains(*id))
            .chain(
                elsewhere
                    .iter()
                    .filter(|id| run.contains(*id) || !ids.contains(*id)),
            )
            .cloned()
            .collect();
        println!(
            "MQTT {}: {} statements, {} in the table, {} elsewhere",
            version.name(),
            ids.len(),
            ids.intersection(run).count(),
            elsewhere.len()
        );
        if !missing.is_empty() || !unknown.is_empty() {
            faults.push(format!(
                "MQTT {}: missing {}; unknown or stale {}",
                version.name(),
                missing.join(" "),
                unknown.join(" ")
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
