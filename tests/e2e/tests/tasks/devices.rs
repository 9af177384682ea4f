//! Simulated devices: added, started, watched, set, stopped, removed.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions_offline;
use mqtt_lab_e2e::dom::Place;
use mqtt_lab_e2e::lab::Lab;

use crate::lab_broker::alice;

both_versions_offline!(
    a_counter_counts_for_whoever_subscribes,
    a_lamp_obeys,
    a_device_is_set_and_removed
);

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
