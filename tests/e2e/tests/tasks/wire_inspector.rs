//! The inspector: a packet byte by byte, field by field and in words, in three panes that point at the same things.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::inspector::Inspector;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::packet::{Version, connack, kind};
use mqtt_lab_e2e::page::Login;
use mqtt_lab_e2e::peer::Peer;
use mqtt_lab_e2e::{both_versions, both_versions_offline};
use thirtyfour::Key;

use crate::lab_broker::alice;

both_versions!(at_mosquitto, a_malformed_packet);
both_versions_offline!(at_the_lab_broker);

async fn at_mosquitto(lab: &Lab) -> Result<()> {
    let _broker = crate::connected(lab).await?;
    the_panes_are_linked(lab).await?;
    a_message_and_its_answer(lab).await
}

async fn at_the_lab_broker(lab: &Lab) -> Result<()> {
    alice(lab).await?;
    the_panes_are_linked(lab).await?;
    a_message_and_its_answer(lab).await
}

/// CONNECT is the same in both versions up to the Keep Alive.
async fn the_panes_are_linked(lab: &Lab) -> Result<()> {
    let inspector = Inspector::open(lab, &["CONNECT", "sent"]).await?;
    inspector.point_at_byte(10).await?;
    inspector.wait_lit("Keep Alive", 10..12).await?;
    let sentence = inspector.sentence().await?;
    let clause = match lab.version {
        Version::V5_0 => "MQTT 5.0, 3.1.2.10",
        _ => "MQTT 3.1.1, 3.1.2.10",
    };
    for words in ["one and a half times", "bytes 10 to 11", clause] {
        ensure!(sentence.contains(words), "no {words:?} in {sentence:?}");
    }

    inspector.press("application", Key::Home).await?;
    inspector.wait_lit("Packet type and flags", 0..1).await?;
    inspector.press("application", Key::Right).await?;
    inspector.wait_lit("Remaining Length", 1..2).await?;
    inspector.press("tree", Key::Up).await?;
    inspector.wait_lit("Flags", 0..1).await?;
    inspector.press("listbox", Key::Up).await?;
    inspector.wait_lit("Packet type", 0..1).await?;
    let sentence = inspector.sentence().await?;
    ensure!(sentence.contains("is CONNECT."), "{sentence:?}");

    inspector.point_at_field("Remaining Length").await?;
    inspector.wait_lit("Remaining Length", 1..2).await?;
    inspector.point_at_words("Remaining Length").await?;
    inspector.wait_lit("Remaining Length", 1..2).await?;
    // What is selected is lit again when the pointer has gone.
    inspector.point_elsewhere().await?;
    inspector.wait_lit_field("Packet type").await
}

async fn a_message_and_its_answer(lab: &Lab) -> Result<()> {
    lab.page.publish("room/temp", "21.5", 1, false).await?;
    let inspector = Inspector::open(lab, &["PUBACK", "received"]).await?;
    // A Reason Code may stand behind it in 5.0.
    for key in [Key::Home, Key::Right, Key::Right] {
        inspector.press("application", key).await?;
    }
    inspector.wait_lit("Packet Identifier", 2..4).await?;
    let sentence = inspector.sentence().await?;
    ensure!(
        sentence.contains("Copied from the PUBLISH."),
        "{sentence:?}"
    );
    let inspector = Inspector::open(lab, &["PUBLISH", "sent"]).await?;
    inspector.press("application", Key::End).await?;
    let (start, end) = match lab.version {
        Version::V5_0 => (16, 20),
        _ => (15, 19),
    };
    inspector.wait_lit("Payload", start..end).await?;
    ensure!(
        inspector.sentence().await?.contains("21.5"),
        "not what was published"
    );
    Ok(())
}

async fn a_malformed_packet(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&connack(version, false, 0)).await?;
        connection
            .frame(&[0x36, 0x07, 0x00, 0x01, b'a', 0x00, 0x01, 0x00, b'x'])
            .await?;
        while connection.receive().await.is_ok() {}
        Ok(())
    })
    .await?;
    lab.page
        .start_connecting(&Login::to(peer.port, version))
        .await?;
    let inspector = Inspector::open(lab, &["PUBLISH", "received"]).await?;
    let fault = inspector.place().region("Fault");
    for words in [
        "QoS 3, at byte 0",
        "QoS 0, 1 or 2",
        "the bits 11",
        "MQTT-3.3.1-4",
    ] {
        fault.wait_contains(words).await?;
    }
    fault.button("Show the byte").click().await?;
    inspector.wait_lit("Packet type and flags", 0..1).await?;
    // The byte is taken apart although it is wrong.
    inspector.press("tree", Key::Down).await?;
    inspector.press("tree", Key::Down).await?;
    inspector.press("tree", Key::Down).await?;
    inspector.wait_lit("QoS", 0..1).await?;
    let sentence = inspector.sentence().await?;
    ensure!(sentence.contains("bits 2 to 1 of byte 0"), "{sentence:?}");
    Ok(())
}
