//! Parts of the page that are fetched when they are first opened: not before, each works, and one that does not
//! arrive can be asked for again.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::browser::Options;
use mqtt_lab_e2e::dist;
use mqtt_lab_e2e::lab::{self, Lab};
use mqtt_lab_e2e::names::region;
use mqtt_lab_e2e::packet::Version;

use crate::connected;

/// How the name of the one module ends that a first visit fetches.
const FIRST: &str = "_bg.wasm";

/// The modules that have been fetched since the last call, by what follows the page's own name in theirs.
async fn fetched(lab: &Lab) -> Result<Vec<String>> {
    let requests = lab.browser.requests().await?;
    let modules = requests.iter().filter(|url| url.ends_with(".wasm"));
    Ok(modules
        .filter_map(|url| url.rsplit_once('_'))
        .map(|(_, name)| name.to_owned())
        .collect())
}

/// Fails unless the module of this name has been fetched since the last call.
async fn fetches(lab: &Lab, wanted: &str) -> Result<()> {
    let modules = fetched(lab).await?;
    ensure!(
        modules.iter().any(|module| module == wanted),
        "{wanted} was not fetched, but {modules:?}"
    );
    Ok(())
}

async fn a_first_visit_fetches_one_module(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("first/#", 1).await?;
    page.publish("first/1", "read", 1, false).await?;
    page.wait_row("first/1", |row| row.contains("read")).await?;
    drop(broker);
    let requests = lab.browser.requests().await?;
    let modules: Vec<&String> = requests
        .iter()
        .filter(|url| url.ends_with(".wasm"))
        .collect();
    ensure!(
        !modules.is_empty() && modules.iter().all(|url| url.ends_with(FIRST)),
        "a visit that only connects, subscribes, publishes and reads fetched {modules:?}"
    );
    Ok(())
}

async fn each_part_is_fetched_when_it_is_opened(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let document = page.document();
    let broker = connected(lab).await?;
    page.subscribe_granted("parts/#", 0).await?;
    broker.publish("parts/1", b"{\"part\":1}", false).await?;
    page.wait_row("parts/1", |row| row.contains("part")).await?;
    fetched(lab).await?;

    page.open_details("parts/1").await?;
    page.view_payload_as("JSON").await?;
    page.wait_payload("indented JSON", |text| text.contains("\"part\": 1"))
        .await?;
    fetches(lab, "details.wasm").await?;

    document.button("Settings").click().await?;
    document.field("Show payloads as").wait().await?;
    fetches(lab, "dialogs.wasm").await?;
    document.button("Done").click().await?;

    document.button("Help and keys").click().await?;
    document.wait_contains("First steps").await?;
    document.button("Close").click().await?;

    document.button("Broker tables").click().await?;
    document.button("Options").wait().await?;
    fetches(lab, "broker.wasm").await?;
    document.button("Close the side pane").click().await?;

    page.disconnect().await?;
    document.button("Profiles").click().await?;
    document.field("Profile name").wait().await?;
    let again = fetched(lab).await?;
    ensure!(again.is_empty(), "fetched once more: {again:?}");
    Ok(())
}

async fn a_part_that_did_not_arrive_can_be_asked_for_again(
    lab: &Lab,
    missing: &Path,
    kept: &Path,
) -> Result<()> {
    lab.expect_console_error("_details.wasm");
    lab.page.ready().await?;
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("parts/#", 0).await?;
    broker.publish("parts/1", b"one", false).await?;
    page.wait_row("parts/1", |row| row.contains("one")).await?;
    page.messages().items().wait().await?.click().await?;
    let messages = page.messages();
    messages
        .wait_contains("Message details could not be loaded.")
        .await?;
    // The rest goes on.
    broker.publish("parts/2", b"two", false).await?;
    page.wait_row("parts/2", |row| row.contains("two")).await?;

    std::fs::rename(kept, missing)?;
    messages.button("Try again").click().await?;
    page.region(region::DETAILS).wait_contains("parts/").await?;
    Ok(())
}

async fn without_details(name: &str, version: Version) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut details = None;
    for entry in std::fs::read_dir(dist::directory()?)? {
        let path = entry?.path();
        let copy = folder.path().join(path.file_name().context("a file")?);
        std::fs::copy(&path, &copy)?;
        if copy.to_string_lossy().ends_with("_details.wasm") {
            details = Some(copy);
        }
    }
    let missing = details.context("the page has no module for details; build it split")?;
    let kept = missing.with_extension("kept");
    std::fs::rename(&missing, &kept)?;
    lab::run_on(
        folder.path(),
        name,
        version,
        &Options::default(),
        async |lab| a_part_that_did_not_arrive_can_be_asked_for_again(lab, &missing, &kept).await,
    )
    .await
}

#[tokio::test]
async fn first_visit_with_mqtt_3_1_1() -> Result<()> {
    let version = Version::V3_1_1;
    lab::run("first visit", version, a_first_visit_fetches_one_module).await
}

#[tokio::test]
async fn first_visit_with_mqtt_5_0() -> Result<()> {
    let version = Version::V5_0;
    lab::run("first visit", version, a_first_visit_fetches_one_module).await
}

#[tokio::test]
async fn parts_with_mqtt_3_1_1() -> Result<()> {
    let version = Version::V3_1_1;
    lab::run("parts", version, each_part_is_fetched_when_it_is_opened).await
}

#[tokio::test]
async fn parts_with_mqtt_5_0() -> Result<()> {
    let version = Version::V5_0;
    lab::run("parts", version, each_part_is_fetched_when_it_is_opened).await
}

#[tokio::test]
async fn a_failed_fetch_with_mqtt_3_1_1() -> Result<()> {
    without_details("failed-fetch-3-1-1", Version::V3_1_1).await
}

#[tokio::test]
async fn a_failed_fetch_with_mqtt_5_0() -> Result<()> {
    without_details("failed-fetch-5-0", Version::V5_0).await
}
