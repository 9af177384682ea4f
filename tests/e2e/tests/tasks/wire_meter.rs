//! What packets cost on the network: measured and computed, by type, by direction and by QoS.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::packet::Version;

use crate::{at_lab_broker, connected};

both_versions!(
    ten_messages_at_the_lab_broker,
    totals_at_mosquitto_go_on_as_packets_come,
);

/// The words of a place, without line breaks.
async fn words(place: &mqtt_lab_e2e::dom::Place) -> Result<String> {
    Ok(place
        .text()
        .await?
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" "))
}

async fn ten_messages_at_the_lab_broker(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    page.document().button("Wire").click().await?;
    let wire = page.region("Wire");
    wire.tab_of("Wire", "Bytes").click().await?;
    wire.wait_contains("No bytes yet").await?;
    at_lab_broker(lab, "alice", &[("ClientID", "clientId-abcdefghijklmn")]).await?;
    for number in 10..20 {
        page.publish("/assign1-temp", &format!("value={number}"), 0, false)
            .await?;
    }
    let totals = wire.region("Totals");
    totals
        .wait_contains("alice, since its connection was opened at")
        .await?;
    if lab.version == Version::V3_1_1 {
        // CONNECT 37, CONNACK 4, ten times 25; and what carries them, without the end of the connection.
        totals.wait_contains("291 bytes").await?;
        // Over TCP alone: 37 + 4 + 250 and 12 headers... of which the opening is 128.
        let text = words(&totals).await?;
        ensure!(
            text.contains("PUBLISH 10 250 60 800"),
            "the table is {text}"
        );
        ensure!(text.contains("CONNECT 1 37 6 40"), "the table is {text}");
        ensure!(
            text.contains("CONNACK – – – – 1 4 2 80"),
            "the table is {text}"
        );
    }
    let text = words(&totals).await?;
    ensure!(
        text.contains("MQTT measured") && text.contains("WebSocket computed"),
        "{text}"
    );
    ensure!(text.contains("TCP and IP computed"), "{text}");
    // The same message at each QoS.
    let message = wire.region("One message at each QoS");
    let sums: [&str; 3] = match lab.version {
        Version::V5_0 => ["112 bytes", "160 bytes", "256 bytes"],
        _ => ["111 bytes", "159 bytes", "255 bytes"],
    };
    for sum in sums {
        message.wait_contains(sum).await?;
    }
    message.wait_contains("as it happened").await?;
    // Without WebSocket it is less.
    wire.field("Carried by").choose("TCP alone").await?;
    let sums: [&str; 3] = match lab.version {
        Version::V5_0 => ["106 bytes", "152 bytes", "240 bytes"],
        _ => ["105 bytes", "151 bytes", "239 bytes"],
    };
    for sum in sums {
        message.wait_contains(sum).await?;
    }
    totals.wait_contains("MQTT goes over TCP directly").await?;
    Ok(())
}

async fn totals_at_mosquitto_go_on_as_packets_come(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.document().button("Wire").click().await?;
    let wire = page.region("Wire");
    wire.tab_of("Wire", "Bytes").click().await?;
    let totals = wire.region("Totals");
    totals.wait_contains("CONNACK").await?;
    page.subscribe_granted("live/#", 1).await?;
    totals.wait_contains("SUBACK").await?;
    broker.publish("live/1", &[b'x'; 70_000], false).await?;
    page.wait_received(1).await?;
    totals.wait_contains("PUBLISH").await?;
    let message = wire.region("One message at each QoS");
    message
        .wait_contains("70,000 bytes of payload to live/1")
        .await?;
    page.disconnect().await?;
    totals.wait_contains("Opening and closing").await?;
    drop(broker);
    Ok(())
}
