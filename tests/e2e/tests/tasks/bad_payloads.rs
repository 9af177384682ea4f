//! What others publish: markup, control characters, nothing at all, ten megabytes. All of it is shown as what it is.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::mosquitto::{Mosquitto, Options};
use mqtt_lab_e2e::names::button;
use mqtt_lab_e2e::packet::{Version, connack, kind, publish, suback};
use mqtt_lab_e2e::page::{Login, State};
use mqtt_lab_e2e::peer::Peer;
use mqtt_lab_e2e::wait;

use crate::connected;

both_versions!(
    markup_is_text,
    control_characters_are_visible,
    an_empty_payload_is_a_message,
    the_largest_packet_that_the_broker_takes,
    ten_megabytes
);

const MARKUP: &str =
    "<img src=x onerror=\"window.hurt=1\"><script>window.hurt=1</script><b id=injected>b</b>";

async fn markup_is_text(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("<i id=injected>/#", 0).await?;
    let topic = "<i id=injected>/<b id=injected>";
    broker.publish(topic, MARKUP.as_bytes(), false).await?;
    page.wait_row(topic, |row| row.contains("<img src=x onerror="))
        .await?;
    page.open_details(topic).await?;
    page.view_payload_as("Text").await?;
    page.wait_payload("the markup as text", |text| text == MARKUP)
        .await?;
    page.view_payload_as("Hex").await?;
    const SCRIPT: &str =
        "return [!!window.hurt, document.querySelectorAll('[onerror], #injected').length]";
    let (hurt, injected): (bool, u32) = lab.driver().execute(SCRIPT, vec![]).await?.convert()?;
    ensure!(!hurt && injected == 0, "markup became elements");
    Ok(())
}

async fn control_characters_are_visible(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("control/#", 0).await?;
    let payload = b"a\x00b\x07c\x1b[31md\xc2\x85e\r\nf\tg";
    broker.publish("control/1", payload, false).await?;
    page.wait_row("control/1", |_| true).await?;
    page.open_details("control/1").await?;
    page.view_payload_as("Hex").await?;
    page.wait_payload("every byte", |text| {
        text.to_lowercase().contains("61 00 62 07 63 1b 5b 33")
    })
    .await?;
    // A right-to-left override must not turn what stands around it.
    broker
        .publish("control/2", "a\u{202e}b".as_bytes(), false)
        .await?;
    page.wait_row("control/2", |row| row.qos() == Some(0))
        .await
        .map(drop)
}

async fn an_empty_payload_is_a_message(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("empty", 0).await?;
    broker.publish("empty", b"", false).await?;
    page.wait_row("empty", |row| row.text.to_lowercase().contains("empty"))
        .await?;
    let details = page.open_details("empty").await?;
    details.wait_contains("0 bytes").await.map(drop)
}

/// With MQTT 5.0 the broker has told its limit, so what is larger is refused at its field; a 3.1.1 broker
/// has no word for it and closes, and then that is said as what may be the cause.
async fn the_largest_packet_that_the_broker_takes(lab: &Lab) -> Result<()> {
    const LIMIT: u32 = 200_000;
    let (page, is_5) = (&lab.page, lab.version == Version::V5_0);
    let broker = Mosquitto::start_with(Options {
        max_packet_size: Some(LIMIT),
        ..Options::default()
    })
    .await?;
    page.connect(&Login::to_broker(&broker, lab.version))
        .await?;
    page.subscribe_granted("max", 0).await?;
    // The fixed header has 4 bytes, the Topic Name 5, and MQTT 5.0 a property length.
    let room = LIMIT - 9 - u32::from(is_5);
    let form = page.publishing();
    page.fill_publish("max", "", 0, false).await?;
    let message = form.field("Message");
    message.paste(&"m".repeat(room as usize)).await?;
    form.wait_contains("200,000 bytes").await?;
    form.button(button::PUBLISH).click().await?;
    page.wait_received(1).await?;
    let details = page.open_details("max").await?;
    let size = format!("199,99{} bytes", if is_5 { 0 } else { 1 });
    details.wait_contains(&size).await?;

    message.paste(&"m".repeat(room as usize + 100)).await?;
    if is_5 {
        message.wait_problem("200000").await?;
        message.paste("small").await?;
        message.wait_invalid(false).await?;
        form.button(button::PUBLISH).click().await?;
        page.wait_row("max", |row| row.contains("small")).await?;
        ensure!(page.state().await? == State::Connected);
        return Ok(());
    }
    // Mosquitto looks at this only over TCP, so another server is the one that closes.
    page.disconnect().await?;
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&connack(version, false, 0)).await?;
        let too_large = connection.expect(kind::PUBLISH).await?;
        ensure!(too_large.body.len() > LIMIT as usize);
        connection.cut();
        Ok(())
    })
    .await?;
    page.connect(&Login::to(peer.port, version)).await?;
    form.wait_contains("200,100 bytes").await?;
    form.button(button::PUBLISH).click().await?;
    page.wait_explanation(&["it is larger than the broker takes"], wait::PATIENCE)
        .await?;
    page.go_idle().await
}

async fn ten_megabytes(lab: &Lab) -> Result<()> {
    let (page, version) = (&lab.page, lab.version);
    // Not mosquitto, which hands large packets to WebSocket clients in pieces of 4 KiB, ten a second.
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&connack(version, false, 0)).await?;
        let packet_id = connection.expect(kind::SUBSCRIBE).await?.packet_id()?;
        connection.frame(&suback(version, packet_id, &[0])).await?;
        let payload: Vec<u8> = (0..10 * 1024 * 1024_u32)
            .map(|index| b'a' + (index % 26) as u8)
            .collect();
        let message = publish(version, "large/10MB", &payload);
        connection.split(&message, 64 * 1024).await?;
        connection.expect(kind::PUBLISH).await?;
        connection
            .frame(&publish(version, "large/next", b"small"))
            .await?;
        connection.serve(version).await
    })
    .await?;
    page.connect(&Login::to(peer.port, version)).await?;
    page.subscribe_granted("large/#", 0).await?;
    page.wait_received(1).await?;
    let details = page.open_details("large/10MB").await?;
    details.wait_contains("10,485,760").await?;
    ensure!(page.state().await? == State::Connected);
    // The page goes on: it can send, and the next message comes.
    page.publish("done", "reading", 0, false).await?;
    page.wait_row("large/next", |row| row.contains("small"))
        .await
        .map(drop)
}
