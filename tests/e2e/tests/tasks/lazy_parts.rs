//! Parts of the page that are fetched when they are first opened: not before, each works, and one that does not
//! arrive can be asked for again.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::browser::Options;
use mqtt_lab_e2e::dist;
use mqtt_lab_e2e::lab::{self, Lab};
use mqtt_lab_e2e::names::{button, region};
use mqtt_lab_e2e::packet::Version;
use mqtt_lab_e2e::wait;

use crate::connected;

both_versions!(
    a_first_visit_fetches_the_page_and_the_broker,
    each_part_is_fetched_when_it_is_opened,
    the_broker_is_there_without_being_asked_for,
);

/// The module that a page needs before its form can be used, and those with the other panels and the lab broker,
/// which it fetches behind the form.
const FIRST: &str = "bg.wasm";
const BENCH: &str = "bench.wasm";
const SERVER: &str = "server.wasm";

/// The modules, and the style sheets that come with modules, that have been fetched since the last call, by what
/// follows the page's own name in theirs.
async fn fetched(lab: &Lab) -> Result<Vec<String>> {
    let requests = lab.browser.requests().await?;
    let is_of_part = |url: &&String| url.ends_with(".wasm") || url.ends_with(".css");
    Ok(requests
        .iter()
        .filter(is_of_part)
        .filter_map(|url| url.rsplit_once('_'))
        .map(|(_, name)| name.to_owned())
        .collect())
}

/// Fails unless the file of this name has been fetched since the last call.
async fn fetches(lab: &Lab, wanted: &str) -> Result<()> {
    fetches_all(lab, &[wanted]).await
}

/// Fails unless the files of these names have been fetched since the last call.
async fn fetches_all(lab: &Lab, wanted: &[&str]) -> Result<()> {
    let files = fetched(lab).await?;
    for wanted in wanted {
        ensure!(
            files.iter().any(|file| file == wanted),
            "{wanted} was not fetched, but {files:?}"
        );
    }
    Ok(())
}

async fn a_first_visit_fetches_the_page_and_the_broker(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("first/#", 1).await?;
    page.publish("first/1", "read", 1, false).await?;
    page.wait_row("first/1", |row| row.contains("read")).await?;
    drop(broker);
    let modules = fetched(lab).await?;
    ensure!(
        modules.first().is_some_and(|module| module == FIRST),
        "the page was not fetched first, but {modules:?}"
    );
    let is_expected =
        |module: &String| [FIRST, BENCH, SERVER].contains(&module.as_str()) || is_shared(module);
    ensure!(
        modules.iter().any(|module| module == SERVER) && modules.iter().all(is_expected),
        "a visit that only connects, subscribes, publishes and reads fetched {modules:?}"
    );
    Ok(())
}

/// Whether a module is what several others share: `chunk_3.wasm` ends like this.
fn is_shared(module: &str) -> bool {
    module.trim_end_matches(".wasm").parse::<u32>().is_ok()
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

    page.messages().button("Filter").click().await?;
    page.messages().field("Text").wait().await?;
    fetches(lab, "filter.wasm").await?;
    document.button("Topics").click().await?;
    page.region("Topics").wait_contains("topics seen").await?;
    fetches_all(lab, &["topics.wasm", "topics.css"]).await?;
    document.button("Chart").click().await?;
    page.region("Chart")
        .wait_contains("Nothing is drawn")
        .await?;
    fetches_all(lab, &["chart.wasm", "chart.css"]).await?;
    page.messages().button("History").click().await?;
    document.wait_contains("message is kept").await?;
    fetches(lab, "records.wasm").await?;
    document.all("dialog").button("Close").click().await?;

    document.button("Wire").click().await?;
    page.region("Wire").wait_contains("SUBSCRIBE").await?;
    fetches_all(lab, &["wire.wasm", "wire.css"]).await?;
    document.button("Close the Wire").click().await?;

    document.button("Settings").click().await?;
    document.field("Show payloads as").wait().await?;
    fetches(lab, "dialogs.wasm").await?;
    document.button("Done").click().await?;

    document.button("Help and keys").click().await?;
    document.wait_contains("First steps").await?;
    document.button("Close").click().await?;

    document.button("Broker tables").click().await?;
    document.button("Options").wait().await?;
    fetches_all(lab, &["broker.wasm", "broker.css"]).await?;
    document.button("Devices").click().await?;
    document.button("Add Counter").wait().await?;
    fetches_all(lab, &["devices.wasm", "devices.css"]).await?;
    document.button("Close the side pane").click().await?;

    page.connection().button(region::FAULTS).click().await?;
    document.button("Cut now").wait().await?;
    fetches_all(lab, &["faults.wasm", "faults.css"]).await?;
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

async fn a_part_without_its_style_sheet_can_be_asked_for_again(
    lab: &Lab,
    missing: &Path,
    kept: &Path,
) -> Result<()> {
    lab.expect_console_error("_topics.css");
    lab.page.ready().await?;
    let document = lab.page.document();
    document.button("Topics").click().await?;
    let topics = lab.page.region("Topics");
    topics
        .wait_contains("The Topics pane could not be loaded.")
        .await?;
    // Another one, which stands behind it in the page's order, comes first.
    document.button("Chart").click().await?;
    let chart = lab.page.region("Chart");
    chart.wait_contains("Nothing is drawn").await?;
    document.button("Topics").click().await?;
    // Opened again it has asked again, and must have been answered before the file is there.
    topics
        .wait_contains("The Topics pane could not be loaded.")
        .await?;

    std::fs::rename(kept, missing)?;
    topics.button("Try again").click().await?;
    topics.wait_contains("topics seen").await?;
    let script =
        "return [...document.styleSheets].map((sheet) => sheet.href.replace(/.*[-_]/, ''))";
    let sheets: Vec<String> = lab.driver().execute(script, vec![]).await?.convert()?;
    // Others may have been fetched ahead by now.
    let place = |name: &str| sheets.iter().position(|sheet| sheet == name);
    ensure!(
        place("topics.css").is_some() && place("topics.css") < place("chart.css"),
        "{sheets:?}"
    );
    Ok(())
}

async fn the_bench_that_did_not_arrive_can_be_asked_for_again(
    lab: &Lab,
    missing: &Path,
    kept: &Path,
) -> Result<()> {
    lab.expect_console_error("_bench.wasm");
    lab.page.ready().await?;
    let page = &lab.page;
    let document = page.document();
    document
        .wait_contains("Publish could not be loaded.")
        .await?;
    // The form is there, and says why nothing comes of it.
    let connect = page.connection().button(button::CONNECT);
    connect.click().await?;
    document
        .wait_contains("The part of this page that connects")
        .await?;

    std::fs::rename(kept, missing)?;
    page.region("Publish").button("Try again").click().await?;
    page.region("Publish").field("Topic").wait().await?;
    connect.click().await?;
    for panel in ["Subscriptions", "Messages", "Retained"] {
        page.region(panel).button("Try again").click().await?;
    }
    page.subscribe_granted("late/#", 0).await?;
    page.publish("late/1", "here", 0, false).await?;
    page.wait_row("late/1", |row| row.contains("here")).await?;
    Ok(())
}

async fn the_broker_that_did_not_arrive_can_be_asked_for_again(
    lab: &Lab,
    missing: &Path,
    kept: &Path,
) -> Result<()> {
    lab.expect_console_error("_server.wasm");
    lab.page.ready().await?;
    let page = &lab.page;
    let connect = page.connection().button(button::CONNECT);
    connect.click().await?;
    page.document()
        .wait_contains("The lab broker, a part of this page")
        .await?;

    // Others are reached all the same.
    let other = connected(lab).await?;
    page.disconnect().await?;
    drop(other);

    std::fs::rename(kept, missing)?;
    page.connection_field("Broker")
        .await?
        .choose("Lab broker (in this page)")
        .await?;
    connect.click().await?;
    page.subscribe_granted("late/#", 0).await?;
    page.publish("late/1", "here", 0, false).await?;
    page.wait_row("late/1", |row| row.contains("here")).await?;
    Ok(())
}

async fn the_broker_is_there_without_being_asked_for(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    page.ready().await?;
    wait::until(
        "the lab broker's module",
        Duration::from_secs(20),
        async || fetches(lab, SERVER).await,
    )
    .await?;
    page.connection().button(button::CONNECT).click().await?;
    page.subscribe_granted("here/#", 1).await?;
    page.publish("here/1", "read", 1, false).await?;
    page.wait_row("here/1", |row| row.contains("read")).await?;
    let again = fetched(lab).await?;
    ensure!(
        again.iter().all(|module| is_shared(module)),
        "the lab broker needs more: {again:?}"
    );
    Ok(())
}

/// Runs a scenario on a page whose host has no file that ends like this, until it is moved from the second
/// path to the first.
async fn without<Scenario>(
    ending: &str,
    name: &str,
    version: Version,
    scenario: Scenario,
) -> Result<()>
where
    Scenario: AsyncFn(&Lab, &Path, &Path) -> Result<()>,
{
    let folder = tempfile::tempdir()?;
    let mut module = None;
    for entry in std::fs::read_dir(dist::directory()?)? {
        let path = entry?.path();
        let copy = folder.path().join(path.file_name().context("a file")?);
        std::fs::copy(&path, &copy)?;
        if copy.to_string_lossy().ends_with(ending) {
            module = Some(copy);
        }
    }
    let missing = module.context("the page has no such module; build it split")?;
    let kept = missing.with_extension("kept");
    std::fs::rename(&missing, &kept)?;
    lab::run_on(
        folder.path(),
        name,
        version,
        &Options::default(),
        async |lab| scenario(lab, &missing, &kept).await,
    )
    .await
}

#[tokio::test]
async fn a_failed_fetch_with_mqtt_3_1_1() -> Result<()> {
    let scenario = a_part_that_did_not_arrive_can_be_asked_for_again;
    without(
        "_details.wasm",
        "failed-fetch-3-1-1",
        Version::V3_1_1,
        scenario,
    )
    .await
}

#[tokio::test]
async fn a_failed_fetch_with_mqtt_5_0() -> Result<()> {
    let scenario = a_part_that_did_not_arrive_can_be_asked_for_again;
    without("_details.wasm", "failed-fetch-5-0", Version::V5_0, scenario).await
}

#[tokio::test]
async fn no_style_sheet() -> Result<()> {
    let scenario = a_part_without_its_style_sheet_can_be_asked_for_again;
    without("_topics.css", "no-style-sheet", Version::V5_0, scenario).await
}

#[tokio::test]
async fn no_lab_broker_with_mqtt_3_1_1() -> Result<()> {
    let scenario = the_broker_that_did_not_arrive_can_be_asked_for_again;
    without("_server.wasm", "no-broker-3-1-1", Version::V3_1_1, scenario).await
}

#[tokio::test]
async fn no_lab_broker_with_mqtt_5_0() -> Result<()> {
    let scenario = the_broker_that_did_not_arrive_can_be_asked_for_again;
    without("_server.wasm", "no-broker-5-0", Version::V5_0, scenario).await
}

#[tokio::test]
async fn no_bench_with_mqtt_3_1_1() -> Result<()> {
    let scenario = the_bench_that_did_not_arrive_can_be_asked_for_again;
    without("_bench.wasm", "no-bench-3-1-1", Version::V3_1_1, scenario).await
}

#[tokio::test]
async fn no_bench_with_mqtt_5_0() -> Result<()> {
    let scenario = the_bench_that_did_not_arrive_can_be_asked_for_again;
    without("_bench.wasm", "no-bench-5-0", Version::V5_0, scenario).await
}
