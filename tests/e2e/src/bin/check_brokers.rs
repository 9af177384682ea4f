//! Connects to every public broker that the page lists; with `--write`, and where all have answered, writes today
//! as the day of the check into the list: `cargo xtask check-brokers`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use mqtt_lab_e2e::public_brokers::{List, authorities_of_this_computer, check, with_day};

const USAGE: &str = "check-brokers [--write] [--list FILE]";

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let mut file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/lab/brokers.json");
    let mut writes = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--write" => writes = true,
            "--list" => file = PathBuf::from(arguments.next().context(USAGE)?),
            other => bail!("{other:?} is not known; {USAGE}"),
        }
    }
    let authorities = authorities_of_this_computer()?;
    let mut all_answer = true;
    for broker in List::read(&file)?.brokers {
        let outcome = match check(&broker, &authorities).await {
            Ok(()) => "accepts MQTT 3.1.1".to_owned(),
            Err(error) => {
                all_answer = false;
                format!("{error:#}")
            }
        };
        println!("{:<20} {:<40} {outcome}", broker.label, broker.url());
    }
    if !all_answer {
        println!("Not all of them answer as the list says; the day of the check stays as it is.");
        return Ok(ExitCode::FAILURE);
    }
    if writes {
        let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
        let text = std::fs::read_to_string(&file)?;
        std::fs::write(&file, with_day(&text, &today)?)?;
        println!("Checked on {today}: written into {}.", file.display());
    } else {
        println!("All of them answer. With --write the day of this check is put into the list.");
    }
    Ok(ExitCode::SUCCESS)
}
