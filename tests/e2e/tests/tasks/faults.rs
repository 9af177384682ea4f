//! What can be broken on a client's link, at the broker in the page (no network is used) and at a real one.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::dom::Place;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::names::{button, region};
use mqtt_lab_e2e::packet::Version;
use mqtt_lab_e2e::page::State;
use mqtt_lab_e2e::{both_versions, both_versions_offline};

use crate::{at_lab_broker, connected, in_lab};

both_versions_offline!(
    a_swallowed_puback_makes_the_message_come_twice,
    a_black_hole_is_found_by_keep_alive_alone,
    every_fault_can_be_set_and_taken_away,
);
both_versions!(a_fault_at_a_real_broker);

/// The pane, opened from the Connection panel.
async fn break_it(lab: &Lab) -> Result<Place> {
    let page = &lab.page;
    page.connection().button(region::FAULTS).click().await?;
    let pane = page.region(region::FAULTS);
    pane.button("Cut now").wait().await?;
    Ok(pane)
}

/// The latest publications with their handshakes.
fn publications(lab: &Lab) -> Place {
    lab.page.publishing().all("list")
}

async fn a_swallowed_puback_makes_the_message_come_twice(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    at_lab_broker(lab, "bob", &[]).await?;
    page.subscribe_granted("twice/#", 1).await?;
    page.add_client("alice").await?;
    keep_session(lab).await?;
    at_lab_broker(lab, "alice", &[]).await?;

    let pane = break_it(lab).await?;
    pane.wait_contains("Link of alice").await?;
    pane.button("Swallow packets").click().await?;
    let place = pane.region("Faults in place");
    place
        .wait_contains("swallow the next PUBACK, server to client")
        .await?;
    place.wait_contains("no packet so far, 1 left").await?;
    page.document().wait_contains("1 fault").await?;

    page.publish("twice/1", "once or twice", 1, false).await?;
    publications(lab).wait_contains("waits for PUBACK").await?;
    pane.region("What they did")
        .wait_text("the PUBACK that was swallowed", |text| {
            text.contains("PUBACK") && text.contains("to the client: swallowed")
        })
        .await?;
    // The fault is used up, and takes itself away.
    place.wait_contains("Nothing is broken").await?;
    page.document()
        .button("Clear all faults")
        .wait_gone()
        .await?;

    pane.button("Cut now").click().await?;
    page.wait_state(State::Disconnected).await?;
    page.wait_explanation(&["cut"], mqtt_lab_e2e::wait::PATIENCE)
        .await?;
    page.connection().button(button::CONNECT).click().await?;
    page.wait_state(State::Connected).await?;
    publications(lab)
        .wait_text("the repeated PUBLISH and its PUBACK", |text| {
            text.contains("again") && text.contains("PUBACK") && text.contains("complete")
        })
        .await?;
    // At least once: the broker, which had it already, delivers it a second time.
    page.select_client("bob").await?;
    page.wait_received(2).await
}

/// The session outlives the connection.
async fn keep_session(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    page.connection_field("MQTT version")
        .await?
        .choose(lab.version.label())
        .await?;
    if lab.version == Version::V5_0 {
        let expiry = page.connection_field("Session Expiry Interval").await?;
        expiry.fill("3600").await?;
    }
    page.connection_field("Clean Session")
        .await?
        .check(false)
        .await
}

async fn a_black_hole_is_found_by_keep_alive_alone(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let time = page.region(region::TIME);
    // Nothing of bob's falls due.
    at_lab_broker(lab, "bob", &[("Keep Alive", "0")]).await?;
    page.subscribe_granted("status/#", 1).await?;
    page.add_client("alice").await?;
    let will = [
        ("Keep Alive", "60"),
        ("Last-Will Topic", "status/alice"),
        ("Last-Will Message", "lost"),
    ];
    at_lab_broker(lab, "alice", &will).await?;
    time.button("Pause time").click().await?;
    page.connection().wait_contains("time is paused").await?;

    let pane = break_it(lab).await?;
    pane.button("Black hole").click().await?;
    pane.button("Cut now").click().await?;
    page.wait_state(State::Disconnected).await?;
    // The broker has heard nothing of it.
    let next = time
        .wait_text("what the broker waits for", |text| {
            text.contains("the broker gives") && text.contains("up: 1.5 Keep Alives")
        })
        .await?;
    ensure!(next.contains("in 01:"), "90 seconds are left, not {next:?}");
    page.select_client("bob").await?;
    time.button("+1 min").click().await?;
    time.wait_contains("ahead").await?;
    page.wait_received(0).await?;
    time.button("Next timer").click().await?;
    // At that very moment: time stands still again.
    let row = page
        .wait_row("status/alice", |row| row.contains("lost"))
        .await?;
    let clock = in_lab::clock(lab).await?;
    ensure!(row.contains(&clock), "{clock} is not when {row:?} came");
    page.document().button("Clear all faults").click().await?;
    page.document().button("Clear all faults").wait_gone().await
}

async fn every_fault_can_be_set_and_taken_away(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    at_lab_broker(lab, "alice", &[]).await?;
    let pane = break_it(lab).await?;
    let place = pane.region("Faults in place");
    let kinds = [
        "Black hole",
        "Swallow packets",
        "Delay",
        "Deliver twice",
        "Flip bits",
        "Slice",
        "Limit the rate",
    ];
    for (number, kind) in kinds.into_iter().enumerate() {
        pane.region(kind).wait_contains("Stands for").await?;
        pane.button(kind).click().await?;
        let count = number + 1;
        let words = match count {
            1 => "1 fault".to_owned(),
            _ => format!("{count} faults"),
        };
        page.client("alice").wait_contains(&words).await?;
        ensure!(place.items().count().await? == count);
    }
    place.button("Remove black hole, both ways").click().await?;
    page.client("alice").wait_contains("6 faults").await?;
    page.document().button("Clear all faults").click().await?;
    place.wait_contains("Nothing is broken").await?;

    // What is typed is checked at its field.
    let swallow = pane.region("Swallow packets");
    swallow.chooser_starting("Settings").click().await?;
    let count = swallow.field("How many");
    count.fill("0").await?;
    count.wait_problem("from 1 to").await?;
    ensure!(
        !swallow
            .button("Swallow packets")
            .single()
            .await?
            .is_enabled()
            .await?
    );
    count.fill("3").await?;
    count.wait_invalid(false).await?;
    swallow
        .field("Direction")
        .choose("client to server")
        .await?;
    swallow.field("Packets").choose("PUBLISH").await?;
    swallow.button("Swallow packets").click().await?;
    place
        .wait_contains("swallow the next 3 PUBLISH, client to server")
        .await?;
    page.publish("gone/1", "gone", 0, false).await?;
    place
        .wait_contains("1 packet so far, 2 left")
        .await
        .map(drop)
}

async fn a_fault_at_a_real_broker(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    let pane = break_it(lab).await?;
    pane.region("Black hole")
        .wait_contains("only the Keep Alive of MQTT finds out")
        .await?;
    pane.button("Swallow packets").click().await?;
    page.publish("real/1", "twice", 1, true).await?;
    publications(lab).wait_contains("waits for PUBACK").await?;
    pane.region("What they did")
        .wait_contains("swallowed")
        .await?;
    // It is the answer that is gone: the broker has the message.
    broker.subscribe("real/#").await?.wait_for("real/1").await?;
    pane.button("Cut now").click().await?;
    page.wait_state(State::Disconnected).await
}
