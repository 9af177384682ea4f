//! The network is cut in each state: the page says so, and what it has shown stays.

use std::time::Duration;

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::mosquitto::Mosquitto;
use mqtt_lab_e2e::packet::{connack, kind, publish, suback};
use mqtt_lab_e2e::page::{Login, State};
use mqtt_lab_e2e::peer::Peer;
use mqtt_lab_e2e::wait;

/// Long enough for a connect attempt to time out.
const LIMIT: Duration = Duration::from_secs(20);

const CLOSED: &[&str] = &["closed", "lost", "cut", "ended"];

both_versions!(
    before_the_websocket_opens,
    before_the_connack,
    in_the_middle_of_a_packet,
    while_a_message_waits_for_its_acknowledgement,
    the_broker_dies_and_comes_back,
    the_server_says_why_it_closes,
);

async fn before_the_websocket_opens(lab: &Lab) -> Result<()> {
    lab.expect_failing_websocket();
    let peer = Peer::raw(|stream| async move {
        drop(stream);
        Ok(())
    })
    .await?;
    lab.page
        .start_connecting(&Login::to(peer.port, lab.version))
        .await?;
    lab.page
        .wait_explanation(&["could not", "cannot", "failed", "did not open"], LIMIT)
        .await?;
    lab.page.go_idle().await
}

async fn before_the_connack(lab: &Lab) -> Result<()> {
    let peer = Peer::websocket(|mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.cut();
        Ok(())
    })
    .await?;
    lab.page
        .start_connecting(&Login::to(peer.port, lab.version))
        .await?;
    lab.page.wait_explanation(CLOSED, LIMIT).await?;
    lab.page.go_idle().await
}

async fn in_the_middle_of_a_packet(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&connack(version, false, 0)).await?;
        let packet_id = connection.expect(kind::SUBSCRIBE).await?.packet_id()?;
        connection.frame(&suback(version, packet_id, &[0])).await?;
        connection
            .frame(&publish(version, "cut/whole", b"whole"))
            .await?;
        let half = publish(version, "cut/half", b"half a message");
        connection.frame(&half[..half.len() / 2]).await?;
        // The whole message proves that everything before the cut was read; the cut itself follows at once.
        connection.cut();
        Ok(())
    })
    .await?;
    let page = &lab.page;
    page.connect(&Login::to(peer.port, version)).await?;
    page.subscribe("cut/#", 0).await?;
    page.wait_row("cut/whole", |row| row.contains("whole"))
        .await?;
    page.wait_explanation(CLOSED, LIMIT).await?;
    page.go_idle().await?;
    page.wait_row("cut/whole", |row| row.contains("whole"))
        .await?;
    page.wait_received(1).await?;
    page.subscriptions().wait_contains("cut/#").await.map(drop)
}

async fn while_a_message_waits_for_its_acknowledgement(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&connack(version, false, 0)).await?;
        connection.expect(kind::PUBLISH).await?;
        connection.cut();
        Ok(())
    })
    .await?;
    let page = &lab.page;
    page.connect(&Login::to(peer.port, version)).await?;
    page.publish("cut/qos1", "who knows", 1, false).await?;
    page.wait_explanation(CLOSED, LIMIT).await?;
    let text = page.publishing().text().await?;
    ensure!(
        !text.contains("→ PUBACK"),
        "it claims an acknowledgement: {text:?}"
    );
    page.go_idle().await
}

async fn the_broker_dies_and_comes_back(lab: &Lab) -> Result<()> {
    lab.expect_failing_websocket();
    let page = &lab.page;
    let mut broker = Mosquitto::start().await?;
    let login = Login::to_broker(&broker, lab.version);
    page.connect(&login).await?;
    page.subscribe_granted("cut/#", 0).await?;
    broker.publish("cut/1", b"before", false).await?;
    page.wait_row("cut/1", |row| row.contains("before")).await?;
    broker.kill().await?;
    wait::until("the loss to be noticed", LIMIT, async || {
        let state = page.state().await?;
        ensure!(state != State::Connected, "still connected");
        Ok(())
    })
    .await?;
    page.wait_explanation(CLOSED, LIMIT).await?;
    page.wait_row("cut/1", |row| row.contains("before")).await?;
    broker.restart().await?;
    page.go_idle().await?;
    page.connect(&login).await?;
    page.wait_row("cut/1", |row| row.contains("before"))
        .await
        .map(drop)
}

async fn the_server_says_why_it_closes(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&connack(version, false, 0)).await?;
        connection
            .frame(&publish(version, "cut/last", b"last words"))
            .await?;
        connection.close(1001, "going away").await
    })
    .await?;
    lab.page
        .start_connecting(&Login::to(peer.port, version))
        .await?;
    lab.page
        .wait_row("cut/last", |row| row.contains("last words"))
        .await?;
    lab.page.wait_explanation(&["1001"], LIMIT).await?;
    lab.page.go_idle().await
}
