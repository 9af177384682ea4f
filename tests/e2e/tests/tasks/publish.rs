//! Task 5: publish at every QoS, see the size before and the handshake after.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::names::button;
use mqtt_lab_e2e::packet::Version;

use crate::connected;

both_versions!(
    publishes_at_every_qos,
    the_size_on_the_wire_is_shown_before_sending,
    an_empty_retained_message_is_explained,
    a_wrong_topic_is_refused_in_words,
    the_payload_arrives_byte_for_byte,
);

async fn publishes_at_every_qos(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    let listener = broker.subscribe("qos/#").await?;
    for (qos, last) in [(0, "sent"), (1, "PUBACK"), (2, "PUBCOMP")] {
        let topic = format!("qos/{qos}");
        page.publish(&topic, "hello", qos, qos == 1).await?;
        let delivery = listener.wait_for(&topic).await?;
        ensure!(
            delivery.payload == b"hello" && delivery.qos == qos,
            "{delivery:?} at QoS {qos}"
        );
        page.publishing().wait_contains(last).await?;
    }
    let late = broker.subscribe("qos/#").await?;
    ensure!(
        late.wait_for("qos/1").await?.retain,
        "the message at QoS 1 was retained"
    );
    Ok(())
}

async fn the_size_on_the_wire_is_shown_before_sending(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let _broker = connected(lab).await?;
    // Fixed header 2, topic 2 + 3, payload 5; a Packet Identifier is 2 more, and MQTT 5.0 has a property length.
    let properties = u32::from(lab.version == Version::V5_0);
    for (qos, size) in [(0, 12), (1, 14), (2, 14)] {
        page.fill_publish("t/1", "hello", qos, false).await?;
        page.wait_size(size + properties).await?;
    }
    // An umlaut is two bytes.
    page.fill_publish("t/1", "h\u{e4}llo", 0, false).await?;
    page.wait_size(13 + properties).await
}

async fn an_empty_retained_message_is_explained(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let _broker = connected(lab).await?;
    let clears = |text: &str| text.to_lowercase().contains("clear");
    for (message, retain) in [("full", true), ("", false)] {
        page.fill_publish("kept", message, 0, retain).await?;
        page.publishing()
            .wait_text("nothing about clearing", |text| !clears(text))
            .await?;
    }
    page.fill_publish("kept", "", 0, true).await?;
    page.publishing()
        .wait_text("that this clears the retained message", clears)
        .await
        .map(drop)
}

async fn a_wrong_topic_is_refused_in_words(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    let listener = broker.subscribe("#").await?;
    let field = page.publishing().field("Topic");
    page.fill_publish("right", "x", 0, false).await?;
    let too_long = "t".repeat(65_536);
    for (wrong, word) in [
        ("a/#", "#"),
        ("a/+/b", "+"),
        ("", "topic"),
        ("a\u{0}b", "U+0000"),
        (&too_long, "65,535"),
    ] {
        field.paste(wrong).await?;
        field.wait_problem(word).await?;
        let submit = page.publishing().button(button::PUBLISH).wait().await?;
        if submit.is_enabled().await? {
            submit.click().await?;
        }
    }
    field.paste("right").await?;
    field.wait_invalid(false).await?;
    page.publishing().button(button::PUBLISH).click().await?;
    listener.wait_for("right").await?;
    let deliveries = listener.deliveries()?;
    ensure!(
        deliveries.len() == 1,
        "something else was sent: {deliveries:?}"
    );
    Ok(())
}

async fn the_payload_arrives_byte_for_byte(lab: &Lab) -> Result<()> {
    let broker = connected(lab).await?;
    let listener = broker.subscribe("bytes").await?;
    let text = " two  spaces\tand\u{1}\n<b>\u{1F600}\u{e4}</b> ";
    lab.page.fill_publish("bytes", "", 1, false).await?;
    lab.page.publishing().field("Message").paste(text).await?;
    lab.page
        .publishing()
        .button(button::PUBLISH)
        .click()
        .await?;
    let delivery = listener.wait_for("bytes").await?;
    ensure!(delivery.payload == text.as_bytes(), "{delivery:?}");
    Ok(())
}
