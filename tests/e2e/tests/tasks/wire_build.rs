//! Packets made by hand: built as a form and as bytes, sent to the broker in the page and to mosquitto, and what comes
//! of it.

use anyhow::Result;
use mqtt_lab_e2e::dom::Place;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::packet::Version;
use mqtt_lab_e2e::page::State;
use mqtt_lab_e2e::{both_versions, both_versions_offline};

use thirtyfour::Key;

use crate::{at_lab_broker, connected};

both_versions_offline!(
    a_valid_publish_arrives,
    strict_refuses_and_anyway_shows_what_the_broker_does,
    form_and_bytes_follow_each_other,
    the_first_packet_need_not_be_connect,
);
both_versions!(mosquitto_answers_what_is_made_by_hand);

/// The pane, opened.
async fn build(lab: &Lab) -> Result<Place> {
    let page = &lab.page;
    page.document().button("Wire").click().await?;
    let wire = page.region("Wire");
    wire.tab_of("Wire", "Build a packet").click().await?;
    let pane = wire.region("Build a packet");
    pane.field("Packet type").wait().await?;
    Ok(pane)
}

async fn choose(pane: &Place, example: &str) -> Result<()> {
    pane.field("Example").choose(example).await
}

fn outcome(pane: &Place) -> Place {
    pane.region("What came of it")
}

async fn a_valid_publish_arrives(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    at_lab_broker(lab, "alice", &[]).await?;
    page.subscribe_granted("made/#", 1).await?;
    let pane = build(lab).await?;
    pane.wait_contains("PUBACK with the same Packet Identifier")
        .await?;
    pane.field("Topic Name").fill("made/1").await?;
    pane.field("Payload").fill("by hand").await?;
    pane.wait_contains("Nothing is wrong with it").await?;
    pane.button("Send").click().await?;
    page.wait_row("made/1", |row| row.contains("by hand"))
        .await?;
    outcome(&pane)
        .wait_contains("PUBACK, packet 1000, Success (0x00)")
        .await?;
    // Ctrl and Enter send it once more, from any field.
    pane.field("Payload").fill("again").await?;
    let payload = pane.field("Payload").single().await?;
    payload.send_keys(Key::Control + Key::Enter).await?;
    page.wait_row("made/1", |row| row.contains("again")).await?;
    // From there to the packet.
    outcome(&pane).chooser("Sent: PUBLISH").click().await?;
    let wire = page.region("Wire");
    wire.region("Selected").wait_contains("PUBLISH").await?;
    // The answer, taken into the builder.
    wire.region("Selected")
        .button("Next of the handshake")
        .click()
        .await?;
    wire.region("Selected").wait_contains("PUBACK").await?;
    wire.region("Selected")
        .button("Build from this")
        .click()
        .await?;
    pane.field("Bytes").wait_value("40 02 03 e8").await?;
    pane.button("Undo").click().await?;
    wire.tab_of("Wire", "Packets").click().await?;
    // What was built is still there.
    wire.tab_of("Wire", "Build a packet").click().await?;
    pane.field("Payload").wait_value("again").await
}

async fn strict_refuses_and_anyway_shows_what_the_broker_does(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    at_lab_broker(lab, "alice", &[]).await?;
    let pane = build(lab).await?;
    choose(&pane, "PUBLISH with a wildcard").await?;
    let faults = pane.region("Faults");
    faults.wait_contains("[MQTT-4.7.0-1]").await?;
    pane.button("Send").click().await?;
    pane.wait_contains("Not sent, because of a fault").await?;
    page.wait_state(State::Connected).await?;
    pane.button("Send anyway").click().await?;
    if lab.version == Version::V5_0 {
        outcome(&pane).wait_contains("Came: DISCONNECT").await?;
    }
    outcome(&pane)
        .wait_contains("Connection closed by the server")
        .await?;
    page.wait_state(State::Disconnected).await?;
    page.wait_explanation(&["made by hand"], mqtt_lab_e2e::wait::PATIENCE)
        .await?;
    // What to do now is said, and can be done here.
    pane.wait_contains("A packet needs an open connection")
        .await?;
    pane.button("Connect").click().await?;
    page.wait_state(State::Connected).await?;
    choose(&pane, "PUBREL for an unknown id").await?;
    pane.region("Faults")
        .wait_contains("No QoS 2 message with Packet Identifier 4711")
        .await?;
    pane.button("Send anyway").click().await?;
    let answer = match lab.version {
        Version::V5_0 => "PUBCOMP, packet 4711, Packet Identifier not found (0x92)",
        _ => "PUBCOMP, packet 4711, Success (0x00)",
    };
    outcome(&pane).wait_contains(answer).await?;
    page.wait_state(State::Connected).await
}

async fn form_and_bytes_follow_each_other(lab: &Lab) -> Result<()> {
    at_lab_broker(lab, "alice", &[]).await?;
    let pane = build(lab).await?;
    choose(&pane, "A PINGREQ").await?;
    let bytes = pane.field("Bytes");
    bytes.wait_value("c0 00").await?;
    pane.field("Packet type").choose("6: PUBREL").await?;
    pane.field("Packet Identifier").fill("258").await?;
    bytes.wait_value("62 02 01 02").await?;
    // However bytes are typed, the form is read from them.
    bytes.fill("0x62, 0x02, 0x00, 0x07").await?;
    pane.field("Packet Identifier").wait_value("7").await?;
    // No hexadecimal.
    bytes.fill("62 0x zz").await?;
    bytes.wait_problem("hexadecimal").await?;
    pane.button("Send").click().await?;
    pane.wait_contains("The bytes are not hexadecimal").await?;
    // Bytes that no form gives.
    bytes.fill("62 01 00").await?;
    pane.wait_contains("The form no longer describes these bytes")
        .await?;
    pane.field("Packet Identifier").wait_value("7").await?;
    pane.button("Write them from the form").click().await?;
    bytes.wait_value("62 02 00 07").await?;
    pane.button("Undo").click().await?;
    bytes.wait_value("62 01 00").await?;
    // Several packets go out one behind the other.
    bytes.fill("c0 00 c0 00").await?;
    pane.wait_contains("These are 2 packets").await?;
    pane.button("Send").click().await?;
    outcome(&pane)
        .wait_text("both answers", |text| text.matches("PINGRESP").count() == 2)
        .await?;
    Ok(())
}

async fn the_first_packet_need_not_be_connect(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    at_lab_broker(lab, "alice", &[]).await?;
    page.disconnect().await?;
    let pane = build(lab).await?;
    pane.button("Send").click().await?;
    pane.wait_contains("connect it first").await?;
    pane.button("Open without CONNECT").click().await?;
    page.connection()
        .wait_contains("open without CONNECT")
        .await?;
    pane.region("Faults")
        .wait_contains("[MQTT-3.1.0-1]")
        .await?;
    pane.button("Send anyway").click().await?;
    outcome(&pane)
        .wait_contains("Connection closed by the server")
        .await?;
    page.wait_state(State::Disconnected).await?;
    // And with CONNECT as the first packet.
    pane.button("Open without CONNECT").click().await?;
    choose(&pane, "A valid CONNECT").await?;
    pane.wait_contains("Nothing is wrong with it").await?;
    pane.button("Send").click().await?;
    outcome(&pane).wait_contains("Came: CONNACK").await?;
    page.connection()
        .wait_contains("open without CONNECT")
        .await?;
    page.connection()
        .button("Close the connection")
        .click()
        .await?;
    page.wait_state(State::Disconnected).await
}

async fn mosquitto_answers_what_is_made_by_hand(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("made/#", 1).await?;
    let pane = build(lab).await?;
    pane.field("Topic Name").fill("made/1").await?;
    pane.button("Send").click().await?;
    page.wait_row("made/1", |row| row.contains("hello")).await?;
    outcome(&pane).wait_contains("PUBACK, packet 1000").await?;
    choose(&pane, "PUBLISH with QoS 3").await?;
    pane.region("Faults")
        .wait_contains("[MQTT-3.3.1-4]")
        .await?;
    pane.button("Send anyway").click().await?;
    page.wait_state(State::Disconnected).await?;
    if lab.version == Version::V5_0 {
        outcome(&pane)
            .wait_contains("Came: DISCONNECT, Malformed Packet (0x81)")
            .await?;
    } else {
        outcome(&pane).wait_contains("Connection closed").await?;
    }
    page.wait_explanation(&["made by hand"], mqtt_lab_e2e::wait::PATIENCE)
        .await?;
    // A WebSocket on which CONNECT is not the first packet.
    pane.button("Open without CONNECT").click().await?;
    page.connection()
        .wait_contains("open without CONNECT")
        .await?;
    choose(&pane, "A PINGREQ").await?;
    pane.button("Send anyway").click().await?;
    outcome(&pane).wait_contains("Connection closed").await?;
    page.wait_state(State::Disconnected).await?;
    drop(broker);
    Ok(())
}
