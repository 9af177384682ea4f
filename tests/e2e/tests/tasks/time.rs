//! The lab's time: it stands still, goes on, and is moved forward, while only the broker in the page is used.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::lab::{self, Lab};
use mqtt_lab_e2e::names::region;
use mqtt_lab_e2e::packet::Version;
use mqtt_lab_e2e::page::State;
use mqtt_lab_e2e::{both_versions, both_versions_offline};

use crate::{at_lab_broker, connected, in_lab};

both_versions_offline!(time_stands_still_and_goes_on);
both_versions!(time_is_shared_with_a_real_broker);

async fn time_stands_still_and_goes_on(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let time = page.region(region::TIME);
    at_lab_broker(lab, "alice", &[("Keep Alive", "60")]).await?;
    time.wait_contains("sends PINGREQ").await?;
    time.button("Pause time").click().await?;
    time.wait_contains("paused").await?;
    page.connection().wait_contains("time is paused").await?;
    let before = in_lab::clock(lab).await?;
    // Messages pass all the same.
    page.subscribe_granted("still/#", 2).await?;
    page.publish("still/1", "here", 2, false).await?;
    let row = page.wait_row("still/1", |row| row.contains("here")).await?;
    ensure!(row.contains(&before), "{row:?} is not from {before}");
    ensure!(in_lab::clock(lab).await? == before);
    // An hour is gone at once, with all its pings, and the connection lives.
    time.button("+1 h").click().await?;
    time.wait_contains("1:00:00 ahead").await?;
    ensure!(in_lab::clock(lab).await? != before);
    page.wait_state(State::Connected).await?;
    page.connection().wait_contains("1:00:").await?;
    time.button("Run time").click().await?;
    time.wait_contains("runs").await?;
    let text = page.connection().text().await?;
    ensure!(!text.contains("time is paused"), "{text}");
    Ok(())
}

async fn time_is_shared_with_a_real_broker(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let time = page.region(region::TIME);
    time.button("Pause time").wait().await?;
    let broker = connected(lab).await?;
    // Nobody is at the broker in the page.
    time.wait_gone().await?;
    page.rename_client("alice").await?;
    page.add_client("bob").await?;
    page.connection_field("Broker")
        .await?
        .choose("Lab broker")
        .await?;
    time.wait_contains("disconnect alice first").await?;
    ensure!(!time.button("Pause time").exists().await?);
    page.select_client("alice").await?;
    page.disconnect().await?;
    time.button("Pause time").wait().await?;
    drop(broker);
    Ok(())
}

async fn a_delayed_will_comes_when_it_is_due(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let time = page.region(region::TIME);
    at_lab_broker(lab, "bob", &[]).await?;
    page.subscribe_granted("status/#", 1).await?;
    page.add_client("alice").await?;
    let will = [
        ("Last-Will Topic", "status/alice"),
        ("Last-Will Message", "late"),
        ("Will Delay Interval", "50"),
        ("Session Expiry Interval", "7200"),
    ];
    at_lab_broker(lab, "alice", &will).await?;
    time.button("Pause time").click().await?;
    page.connection()
        .button(mqtt_lab_e2e::names::button::DIE)
        .click()
        .await?;
    page.wait_state(State::Disconnected).await?;
    time.wait_contains("is published").await?;
    page.select_client("bob").await?;
    page.wait_received(0).await?;
    time.button("+10 s").click().await?;
    time.wait_contains("in 40 s: the will of").await?;
    page.wait_received(0).await?;
    time.button("+1 min").click().await?;
    page.wait_row("status/alice", |row| row.contains("late"))
        .await?;
    page.wait_received(1).await
}

#[tokio::test]
async fn a_delayed_will_with_mqtt_5_0() -> Result<()> {
    let version = Version::V5_0;
    lab::run_offline("delayed will", version, a_delayed_will_comes_when_it_is_due).await
}
