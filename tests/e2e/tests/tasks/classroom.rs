//! A Mosquitto for the classroom, configured as the README says.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::mosquitto::{Mosquitto, Options};
use mqtt_lab_e2e::page::Login;

both_versions!(the_configuration_in_the_readme_works);

/// What stands in the README as `mosquitto.conf`.
fn configuration() -> Result<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let readme = root
        .context("the package is in the repository")?
        .join("README.md");
    let readme = std::fs::read_to_string(readme)?;
    let (_, text) = readme.split_once("```conf\n").context("a configuration")?;
    let (text, _) = text.split_once("```").context("its end")?;
    ensure!(
        text.contains("listener 1883\n") && text.contains("listener 9001\n"),
        "{text}"
    );
    Ok(text.to_owned())
}

async fn the_configuration_in_the_readme_works(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = Mosquitto::start_with(Options {
        configuration: Some(configuration()?),
        ..Options::default()
    })
    .await?;
    page.connect(&Login::to_broker(&broker, lab.version))
        .await?;
    page.subscribe_granted("class/#", 2).await?;
    page.subscribe_granted("$SYS/broker/uptime", 0).await?;
    // A device over plain MQTT, with a small photograph: mosquitto 2.0 takes seconds for each 100 kB over WebSocket.
    broker
        .publish("class/1", &vec![0xff; 100_000], false)
        .await?;
    page.wait_row("class/1", |_| true).await?;
    page.publish("class/2", "from the page", 2, false).await?;
    page.wait_row("class/2", |row| row.contains("from the page"))
        .await?;
    page.wait_row("$SYS/broker/uptime", |_| true)
        .await
        .map(drop)
}
