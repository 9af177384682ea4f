//! Simulated devices: added, started, watched, set, stopped, removed.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::dom::Place;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::names::button;
use mqtt_lab_e2e::packet::Version;
use mqtt_lab_e2e::wait;
use mqtt_lab_e2e::{both_versions, both_versions_offline};

use crate::connected;
use crate::lab_broker::alice;

both_versions_offline!(
    a_counter_counts_for_whoever_subscribes,
    a_lamp_obeys,
    a_calculator_answers,
    the_same_seed_gives_the_same_run,
    a_device_is_set_and_removed
);
both_versions!(a_device_at_another_broker);

async fn open(lab: &Lab) -> Result<Place> {
    lab.page.document().button("Devices").click().await?;
    let pane = lab.page.region("Devices");
    pane.button("Add Counter").wait().await?;
    Ok(pane)
}

async fn a_counter_counts_for_whoever_subscribes(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let pane = open(lab).await?;
    alice(lab).await?;
    pane.button("Add Counter").click().await?;
    pane.wait_contains("running").await?;
    pane.button("Subscribe alice to counter").click().await?;
    page.subscription("counter").wait().await?;
    page.wait_row("counter", |_| true).await?;
    pane.wait_contains("published").await?;
    pane.button("Stop counter-1").click().await?;
    pane.wait_contains("stopped").await?;
    pane.button("Start counter-1").click().await?;
    pane.wait_contains("running").await.map(drop)
}

async fn a_lamp_obeys(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let pane = open(lab).await?;
    alice(lab).await?;
    pane.button("Add Lamp").click().await?;
    pane.wait_contains("running").await?;
    pane.button("Subscribe alice to home/lamp/state")
        .click()
        .await?;
    page.subscription("home/lamp/state").wait().await?;
    page.publish("home/lamp/set", "on", 1, false).await?;
    page.wait_row("home/lamp/state", |row| row.contains("on"))
        .await?;
    pane.wait_contains("1 obeyed").await.map(drop)
}

async fn a_calculator_answers(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let pane = open(lab).await?;
    alice(lab).await?;
    pane.button("Add Calculator").click().await?;
    pane.wait_contains("running").await?;
    if lab.version == Version::V5_0 {
        // The request says where the answer goes.
        page.subscribe_granted("mine/answers", 1).await?;
        page.fill_publish("calculator/request", "2 + 3 * 4", 1, false)
            .await?;
        let publish = page.publishing();
        publish
            .chooser_starting("MQTT 5 properties")
            .click()
            .await?;
        publish.field("Response Topic").fill("mine/answers").await?;
        publish.field("Correlation Data").fill("sum-1").await?;
        publish.button(button::PUBLISH).click().await?;
        page.wait_row("mine/answers", |row| row.contains("14"))
            .await?;
        let details = page.open_details("mine/answers").await?;
        details.wait_contains("sum-1").await?;
    } else {
        pane.button("Subscribe alice to calculator/reply/#")
            .click()
            .await?;
        page.subscription("calculator/reply/#").wait().await?;
        page.publish("calculator/request/alice", "2 + 3 * 4", 1, false)
            .await?;
        page.wait_row("calculator/reply/alice", |row| row.contains("14"))
            .await?;
    }
    page.publish("calculator/request/again", "1 / 0", 1, false)
        .await?;
    pane.wait_contains("2 obeyed").await.map(drop)
}

/// What a thermometer that stands still says first, with this seed.
async fn readings(lab: &Lab, pane: &Place, seed: &str) -> Result<Vec<String>> {
    let page = &lab.page;
    pane.field("Seed").fill(seed).await?;
    if !page.rows().await?.is_empty() {
        let clear = page.messages().button(button::CLEAR_MESSAGES);
        clear.click().await?;
        wait::soon("an empty list", async || {
            if page.document().all("dialog").exists().await? {
                page.answer("Clear").await?;
            }
            ensure!(page.rows().await?.is_empty());
            Ok(())
        })
        .await?;
    }
    pane.button("Start thermometer-1").click().await?;
    let rows = wait::soon("three readings", async || {
        let rows = page.rows().await?;
        ensure!(rows.len() >= 3, "{} so far", rows.len());
        Ok(rows)
    })
    .await?;
    pane.button("Stop thermometer-1").click().await?;
    pane.wait_contains("stopped").await?;
    let value = |text: &str| {
        let start = text.find('{')?;
        let end = text[start..].find('}')?;
        Some(text[start..=start + end].to_owned())
    };
    // The newest stands first.
    let values = rows.iter().rev().take(3);
    Ok(values.filter_map(|row| value(&row.text)).collect())
}

async fn the_same_seed_gives_the_same_run(lab: &Lab) -> Result<()> {
    let pane = open(lab).await?;
    alice(lab).await?;
    pane.button("Add Thermometer").click().await?;
    pane.button("Stop thermometer-1").click().await?;
    pane.wait_contains("stopped").await?;
    pane.chooser_starting("Settings").click().await?;
    pane.field("Publishes every (seconds)").fill("0.3").await?;
    let version = pane.field("MQTT version of the device");
    version.choose(lab.version.label()).await?;
    lab.page.subscribe_granted("home/#", 1).await?;
    let first = readings(lab, &pane, "7").await?;
    ensure!(first.len() == 3, "{first:?}");
    let again = readings(lab, &pane, "7").await?;
    ensure!(again == first, "{first:?}, and then {again:?}");
    let other = readings(lab, &pane, "8").await?;
    ensure!(other != first, "another seed gives {other:?} too");
    Ok(())
}

/// A device is a client like any other: it goes where it is told to, at its rate and its QoS.
async fn a_device_at_another_broker(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let pane = open(lab).await?;
    let broker = connected(lab).await?;
    let listener = broker.subscribe("home/#").await?;
    pane.button("Add Thermometer").click().await?;
    pane.button("Stop thermometer-1").click().await?;
    pane.chooser_starting("Settings").click().await?;
    pane.field("Broker of the device")
        .choose("Where the selected client leads")
        .await?;
    pane.field("QoS of the device").choose("2").await?;
    pane.field("Publishes every (seconds)").fill("0.2").await?;
    pane.button("Start thermometer-1").click().await?;
    pane.wait_contains("127.0.0.1").await?;
    page.subscribe_granted("home/#", 2).await?;
    page.wait_row("home/kitchen/climate", |row| row.qos() == Some(2))
        .await?;
    let delivery = listener.wait_for("home/kitchen/climate").await?;
    ensure!(delivery.payload.starts_with(b"{"), "{delivery:?}");
    // Five a second, as it was told, and not as slowly as one comes.
    let before = page.received().await?;
    wait::soon("some more readings", async || {
        let more = page.received().await? - before;
        ensure!(more >= 5, "{more} more");
        Ok(())
    })
    .await?;
    pane.button("Stop thermometer-1").click().await?;
    pane.wait_contains("stopped").await.map(drop)
}

async fn a_device_is_set_and_removed(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let pane = open(lab).await?;
    alice(lab).await?;
    pane.button("Add Thermometer").click().await?;
    pane.wait_contains("running").await?;
    pane.chooser_starting("Settings").click().await?;
    let period = pane.field("Publishes every (seconds)");
    period.fill("never").await?;
    period.wait_problem("0.01").await?;
    period.fill("0.2").await?;
    pane.field("QoS of the device").choose("1").await?;
    pane.wait_contains("QoS 1, every 0.2 s").await?;
    page.subscribe_granted("home/#", 2).await?;
    page.wait_row("home/kitchen/climate", |row| row.qos() == Some(1))
        .await?;
    pane.wait_contains("acknowledged").await?;
    pane.button("Remove thermometer-1").click().await?;
    page.answer("Remove").await?;
    pane.button("Remove thermometer-1").wait_gone().await?;
    ensure!(
        pane.button("Add Thermometer").exists().await?,
        "one can be added again"
    );
    Ok(())
}
