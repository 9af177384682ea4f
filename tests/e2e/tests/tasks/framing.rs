//! A byte stream is a byte stream: packets share frames, frames share packets, and some frames are empty.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::packet::{Version, connack, kind, publish, publish_at, pubrel, suback};
use mqtt_lab_e2e::page::{Login, State};
use mqtt_lab_e2e::peer::{Connection, Peer};
use mqtt_lab_e2e::wait;

both_versions!(
    many_packets_in_one_frame,
    one_byte_per_frame,
    frames_that_are_empty,
    connack_and_first_messages_in_one_frame,
    a_repeated_qos_2_delivery_is_shown_once,
    a_text_frame_ends_the_connection_with_an_explanation,
);

/// Lets the client in and grants its first subscription; what follows is the test's.
async fn accept(connection: &mut Connection, version: Version) -> Result<()> {
    connection.expect(kind::CONNECT).await?;
    connection.frame(&connack(version, false, 0)).await?;
    let packet_id = connection.expect(kind::SUBSCRIBE).await?.packet_id()?;
    connection.frame(&suback(version, packet_id, &[2])).await
}

async fn subscribed(lab: &Lab, peer: &Peer) -> Result<()> {
    lab.page.connect(&Login::to(peer.port, lab.version)).await?;
    lab.page.subscribe_granted("f/#", 2).await
}

async fn many_packets_in_one_frame(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        accept(&mut connection, version).await?;
        let mut frame = Vec::new();
        for number in 1..=1000 {
            frame.extend(publish(
                version,
                "f/many",
                format!("number {number}").as_bytes(),
            ));
        }
        connection.frame(&frame).await?;
        connection.serve(version).await
    })
    .await?;
    subscribed(lab, &peer).await?;
    lab.page.wait_received(1000).await?;
    lab.page
        .wait_row("f/many", |row| row.contains("number 1000"))
        .await?;
    lab.page.wait_state(State::Connected).await
}

async fn one_byte_per_frame(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.split(&connack(version, false, 0), 1).await?;
        let packet_id = connection.expect(kind::SUBSCRIBE).await?.packet_id()?;
        connection
            .split(&suback(version, packet_id, &[1]), 1)
            .await?;
        let long = publish(version, "f/long", "0123456789".repeat(30).as_bytes());
        connection.split(&long, 1).await?;
        connection
            .split(&publish_at(version, 1, 77, "f/qos1", b"acknowledge me"), 1)
            .await?;
        connection.expect(kind::PUBACK).await?;
        connection.serve(version).await
    })
    .await?;
    subscribed(lab, &peer).await?;
    lab.page.wait_received(2).await?;
    lab.page
        .wait_row("f/long", |row| row.contains("0123456789"))
        .await?;
    lab.page
        .wait_row("f/qos1", |row| row.contains("acknowledge me"))
        .await?;
    wait::soon("the PUBACK", async || {
        let puback = peer
            .received()
            .into_iter()
            .find(|packet| packet.kind == kind::PUBACK);
        ensure!(
            puback.is_some_and(|packet| packet.packet_id().ok() == Some(77)),
            "{:?}",
            peer.faults()
        );
        Ok(())
    })
    .await
}

async fn frames_that_are_empty(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&[]).await?;
        connection.frame(&connack(version, false, 0)).await?;
        connection.frame(&[]).await?;
        let packet_id = connection.expect(kind::SUBSCRIBE).await?.packet_id()?;
        connection.frame(&suback(version, packet_id, &[2])).await?;
        let message = publish(version, "f/pieces", b"in two pieces");
        let (head, tail) = message.split_at(5);
        for part in [head, &[], tail, &[]] {
            connection.frame(part).await?;
        }
        connection.serve(version).await
    })
    .await?;
    subscribed(lab, &peer).await?;
    lab.page
        .wait_row("f/pieces", |row| row.contains("in two pieces"))
        .await?;
    lab.page.wait_received(1).await?;
    lab.page.wait_state(State::Connected).await
}

async fn connack_and_first_messages_in_one_frame(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        // As a Server does that resumes a session with queued messages.
        let mut frame = connack(version, true, 0);
        frame.extend(publish_at(
            version,
            1,
            5,
            "f/queued",
            b"while you were away",
        ));
        connection.frame(&frame).await?;
        connection.serve(version).await
    })
    .await?;
    let mut login = Login::to(peer.port, version);
    login.clean_session = Some(false);
    lab.page.connect(&login).await?;
    lab.page
        .wait_row("f/queued", |row| row.contains("while you were away"))
        .await
        .map(drop)
}

async fn a_repeated_qos_2_delivery_is_shown_once(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        accept(&mut connection, version).await?;
        let first = publish_at(version, 2, 9, "f/twice", b"only once");
        let mut again = first.clone();
        again[0] |= 8;
        connection.frame(&first).await?;
        connection.expect(kind::PUBREC).await?;
        connection.frame(&again).await?;
        connection.expect(kind::PUBREC).await?;
        connection.frame(&pubrel(9)).await?;
        connection.expect(kind::PUBCOMP).await?;
        connection.frame(&pubrel(9)).await?;
        connection.expect(kind::PUBCOMP).await?;
        connection.frame(&publish(version, "f/end", b"")).await?;
        connection.serve(version).await
    })
    .await?;
    subscribed(lab, &peer).await?;
    lab.page.wait_row("f/end", |_| true).await?;
    ensure!(peer.faults().is_empty(), "{:?}", peer.faults());
    lab.page.wait_received(2).await
}

async fn a_text_frame_ends_the_connection_with_an_explanation(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        accept(&mut connection, version).await?;
        connection
            .frame(&publish(version, "f/before", b"shown"))
            .await?;
        connection.text("hello").await?;
        // What a client answers to this is its own affair.
        while connection.receive().await.is_ok() {}
        Ok(())
    })
    .await?;
    // What was granted is not waited for: the connection ends as soon as that.
    lab.page.connect(&Login::to(peer.port, version)).await?;
    lab.page.subscribe("f/#", 2).await?;
    lab.page
        .wait_row("f/before", |row| row.contains("shown"))
        .await?;
    lab.page.wait_explanation(&["text"], wait::PATIENCE).await?;
    lab.page
        .wait_row("f/before", |row| row.contains("shown"))
        .await
        .map(drop)
}
