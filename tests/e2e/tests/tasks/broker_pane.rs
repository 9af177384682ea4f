//! The Broker pane: what the broker keeps, what changed, and the packet that caused it.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions_offline;
use mqtt_lab_e2e::dom::Place;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::names::{button, region};
use mqtt_lab_e2e::page::State;

use crate::lab_broker::{alice, connect, join};

both_versions_offline!(
    the_tables_follow_what_clients_do,
    from_a_row_to_its_packet,
    what_waits_for_an_absent_client,
    a_connection_is_ended_with_a_reason,
    the_next_connect_is_refused_once,
    the_broker_stops_and_starts,
    system_topics_are_switched_on
);

/// Opens the pane from the rail.
async fn open(lab: &Lab) -> Result<Place> {
    let rail = lab.page.region(region::CLIENTS);
    rail.chooser_starting("Lab broker").click().await?;
    let pane = lab.page.region("Broker tables");
    pane.button("Options").wait().await?;
    Ok(pane)
}

/// Chooses a table and waits until it has so many rows.
async fn table(pane: &Place, name: &str, rows: usize) -> Result<Place> {
    let tab = format!("{name} {rows}");
    pane.tab_of("Tables of the broker", &tab).click().await?;
    let table = pane.region(name);
    table.wait().await?;
    Ok(table)
}

async fn the_tables_follow_what_clients_do(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let pane = open(lab).await?;
    table(&pane, "Connections", 0).await?;
    pane.wait_contains("Nobody is connected").await?;
    alice(lab).await?;
    let connections = table(&pane, "Connections", 1).await?;
    for word in ["alice", "Keep Alive", lab.version.label()] {
        connections.wait_contains(word).await?;
    }
    page.subscribe_granted("room/#", 1).await?;
    page.publish("room/a", "21.5", 1, true).await?;
    let subscriptions = table(&pane, "Subscriptions", 1).await?;
    subscriptions.wait_contains("room/#").await?;
    let retained = table(&pane, "Retained", 1).await?;
    retained.wait_contains("21.5").await?;
    page.publish("room/a", "22.0", 1, true).await?;
    retained.wait_contains("was 21.5").await?;
    page.region(region::CLIENTS)
        .wait_contains("1 connection · 1 session · 1 retained")
        .await?;
    let forget = retained.button("Forget the retained message of room/a");
    forget.click().await?;
    page.answer("Forget").await?;
    table(&pane, "Retained", 0).await?;
    page.disconnect().await?;
    let past = table(&pane, "Past connections", 1).await?;
    past.wait_contains("The client sent DISCONNECT.").await?;
    Ok(())
}

async fn from_a_row_to_its_packet(lab: &Lab) -> Result<()> {
    let pane = open(lab).await?;
    alice(lab).await?;
    lab.page.subscribe_granted("room/#", 2).await?;
    let subscriptions = table(&pane, "Subscriptions", 1).await?;
    subscriptions.button("Show the cause").click().await?;
    let wire = lab.page.region("Wire");
    let selected = wire.region("Selected");
    selected.wait_contains("SUBSCRIBE").await?;
    selected.wait_contains("room/#").await?;
    selected.button("Next packet").click().await?;
    selected.wait_contains("SUBACK").await?;
    wire.button("Close the Wire").click().await?;
    wire.wait_gone().await?;
    let connections = table(&pane, "Connections", 1).await?;
    connections.button("Show the cause").click().await?;
    selected.wait_contains("CONNECT").await?;
    wire.button("Close the Wire").click().await
}

async fn what_waits_for_an_absent_client(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    page.rename_client("alice").await?;
    crate::lab_broker::fill(lab, "alice", false).await?;
    if lab.version.label().starts_with('5') {
        let expiry = page.connection_field("Session Expiry Interval").await?;
        expiry.fill("3600").await?;
    }
    connect(lab).await?;
    page.subscribe_granted("room/#", 1).await?;
    page.disconnect().await?;
    join(lab, "bob").await?;
    page.publish("room/7", "x", 1, false).await?;
    let pane = open(lab).await?;
    let sessions = table(&pane, "Sessions", 2).await?;
    sessions.wait_contains("waits: QoS 1, room/7").await?;
    sessions.wait_contains("absent").await?;
    let discard = sessions.button("Discard the session of alice");
    discard.click().await?;
    page.answer("Discard").await?;
    table(&pane, "Sessions", 1).await.map(drop)
}

async fn a_connection_is_ended_with_a_reason(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    alice(lab).await?;
    let pane = open(lab).await?;
    let connections = table(&pane, "Connections", 1).await?;
    connections
        .button("Disconnect alice at the broker")
        .click()
        .await?;
    let dialog = page.document().all("dialog");
    dialog
        .field("Reason")
        .choose("0x8b Server shutting down")
        .await?;
    page.answer("Disconnect").await?;
    page.wait_state(State::Disconnected).await?;
    if lab.version.label().starts_with('5') {
        page.connection().wait_contains("0x8B").await?;
    }
    let past = table(&pane, "Past connections", 1).await?;
    past.wait_contains("It was ended at the broker.").await?;
    Ok(())
}

async fn the_next_connect_is_refused_once(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let pane = open(lab).await?;
    pane.field("Refuse the next CONNECT")
        .choose("0x88 Server unavailable")
        .await?;
    page.rename_client("alice").await?;
    crate::lab_broker::fill(lab, "alice", true).await?;
    page.connection().button(button::CONNECT).click().await?;
    page.wait_state(State::Disconnected).await?;
    page.connection().wait_contains("refused").await?;
    let past = table(&pane, "Past connections", 1).await?;
    past.wait_contains("refused").await?;
    // Once: the picker is back at "no", and the next one is let in.
    pane.field("Refuse the next CONNECT")
        .wait_value("no: accept it")
        .await?;
    connect(lab).await
}

async fn the_broker_stops_and_starts(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    alice(lab).await?;
    page.publish("kept/a", "1", 1, true).await?;
    let pane = open(lab).await?;
    table(&pane, "Retained", 1).await?;
    pane.button("Stop the broker").click().await?;
    page.wait_state(State::Disconnected).await?;
    page.client("alice").wait().await?;
    page.region(region::CLIENTS)
        .wait_contains("stopped")
        .await?;
    page.connection().button(button::CONNECT).click().await?;
    page.wait_explanation(
        &["lab broker is stopped"],
        std::time::Duration::from_secs(20),
    )
    .await?;
    pane.button("Start").click().await?;
    table(&pane, "Retained", 1).await?;
    page.go_idle().await?;
    connect(lab).await?;
    pane.button("Stop the broker").click().await?;
    pane.button("Start without memory").click().await?;
    page.answer("Start without memory").await?;
    table(&pane, "Retained", 0).await.map(drop)
}

async fn system_topics_are_switched_on(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    alice(lab).await?;
    page.subscribe_granted("$SYS/#", 0).await?;
    let pane = open(lab).await?;
    let tab = pane.chooser_starting("$SYS");
    tab.click().await?;
    let switch = pane.button("Publish every 10 s");
    switch.click().await?;
    switch.wait_gone().await?;
    page.wait_row("$SYS/broker/uptime", |_| true).await?;
    let received = page.received().await?;
    ensure!(received > 5, "only {received} values came");
    Ok(())
}
