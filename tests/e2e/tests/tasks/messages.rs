//! Task 6: the list of messages and the details of one.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::names::{button, field};
use mqtt_lab_e2e::packet::{connack, kind, publish_at, suback};
use mqtt_lab_e2e::page::Login;
use mqtt_lab_e2e::peer::Peer;
use mqtt_lab_e2e::wait;

use crate::connected;

both_versions!(
    newest_is_on_top_with_everything_in_its_row,
    details_show_text_json_and_hex,
    sent_messages_are_shown_and_told_apart,
    nothing_is_erased_by_a_disconnect,
    many_messages_are_counted_and_windowed,
);

async fn newest_is_on_top_with_everything_in_its_row(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("list/#", 1).await?;
    for (topic, payload) in [
        ("list/1", "first"),
        ("list/2 with space", "second"),
        ("list/3", ""),
    ] {
        broker.publish(topic, payload.as_bytes(), false).await?;
    }
    page.wait_received(3).await?;
    page.wait_row("list/3", |_| true).await?;
    let rows = page.rows().await?;
    let topics: Vec<_> = rows
        .iter()
        .map(|row| row.topic().unwrap_or_default())
        .collect();
    ensure!(
        topics == ["list/3", "list/2 with space", "list/1"],
        "the rows are {rows:#?}"
    );
    ensure!(
        rows.iter()
            .all(|row| row.qos() == Some(1) && !row.retained()),
        "the rows are {rows:#?}"
    );
    ensure!(rows[1].contains("second"), "the rows are {rows:#?}");
    let time = rows[0]
        .text
        .split_whitespace()
        .any(|word| word.split(':').count() == 3 && word.starts_with(|c: char| c.is_ascii_digit()));
    ensure!(time, "there is no time to the second in {:?}", rows[0]);
    Ok(())
}

async fn details_show_text_json_and_hex(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("view/#", 2).await?;
    broker
        .publish("view/json", br#"{"a":[1,2],"b":"\u00e4"}"#, false)
        .await?;
    let details = page.open_details("view/json").await?;
    page.view_payload_as("JSON").await?;
    page.wait_payload("lines of JSON", |text| {
        text.contains('\n') && text.contains("\"a\"")
    })
    .await?;
    page.view_payload_as("Hex").await?;
    page.wait_payload("bytes and letters", |text| {
        let text = text.to_lowercase();
        text.contains("7b 22 61 22") && text.contains("{\"a\"")
    })
    .await?;
    page.view_payload_as("Text").await?;
    page.wait_payload("the text", |text| text == r#"{"a":[1,2],"b":"\u00e4"}"#)
        .await?;
    details.wait_contains("24 bytes").await?;
    details
        .wait_text("a time to the millisecond", |text| {
            text.split_whitespace().any(|word| {
                word.split_once('.').is_some_and(|(time, millis)| {
                    time.split(':').count() == 3
                        && millis.len() >= 3
                        && millis.chars().take(3).all(|c| c.is_ascii_digit())
                })
            })
        })
        .await?;

    // Bytes that are no text stay what they are, whatever view was chosen before.
    broker
        .publish("view/binary", &[0xff, 0xd8, 0x00, 0x41], false)
        .await?;
    page.open_details("view/binary").await?;
    page.view_payload_as("Hex").await?;
    page.wait_payload("the bytes", |text| {
        text.to_lowercase().contains("ff d8 00 41")
    })
    .await?;
    page.view_payload_as("Text").await?;
    page.view_payload_as("Hex").await?;
    page.wait_payload("the bytes", |text| {
        text.to_lowercase().contains("ff d8 00 41")
    })
    .await
    .map(drop)
}

async fn sent_messages_are_shown_and_told_apart(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let _broker = connected(lab).await?;
    page.messages().check_box(field::SENT).check(true).await?;
    page.publish("mine", "from me", 1, false).await?;
    page.wait_row("mine", |row| row.text.to_lowercase().contains("sent"))
        .await?;
    page.wait_received(0).await?;
    page.messages().check_box(field::SENT).check(false).await?;
    wait::soon("no sent message", async || {
        let rows = page.rows().await?;
        ensure!(rows.is_empty(), "the rows are {rows:#?}");
        Ok(())
    })
    .await
}

async fn nothing_is_erased_by_a_disconnect(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("stay/#", 0).await?;
    broker.publish("stay/here", b"still here", false).await?;
    page.wait_row("stay/here", |_| true).await?;
    page.disconnect().await?;
    page.wait_row("stay/here", |row| row.contains("still here"))
        .await?;
    page.subscriptions().wait_contains("stay/#").await?;
    page.wait_received(1).await?;
    page.messages()
        .button(button::CLEAR_MESSAGES)
        .click()
        .await?;
    wait::soon("an empty list", async || {
        // Whether the page asks first is up to the page.
        if page.document().all("dialog").exists().await? {
            page.answer("Clear").await?;
        }
        ensure!(page.rows().await?.is_empty());
        Ok(())
    })
    .await
}

async fn many_messages_are_counted_and_windowed(lab: &Lab) -> Result<()> {
    let (page, version) = (&lab.page, lab.version);
    // Not mosquitto, whose pace over WebSocket is some sixty messages a second.
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&connack(version, false, 0)).await?;
        let packet_id = connection.expect(kind::SUBSCRIBE).await?.packet_id()?;
        connection.frame(&suback(version, packet_id, &[1])).await?;
        for number in 1..=2000 {
            let payload = format!("number {number}");
            let message = publish_at(version, 1, number, "many", payload.as_bytes());
            connection.frame(&message).await?;
        }
        for _ in 1..=2000 {
            connection.expect(kind::PUBACK).await?;
        }
        connection.serve(version).await
    })
    .await?;
    page.connect(&Login::to(peer.port, version)).await?;
    page.subscribe_granted("many", 1).await?;
    page.wait_received(2000).await?;
    page.wait_row("many", |row| row.contains("number 2000"))
        .await?;
    let drawn = page.rows().await?;
    ensure!(drawn.len() <= 200, "{} rows are drawn", drawn.len());
    ensure!(drawn[0].contains("number 2000") && drawn[1].contains("number 1999"));
    wait::soon("every acknowledgement", async || {
        let acknowledged = peer.count(kind::PUBACK);
        ensure!(
            acknowledged == 2000,
            "{acknowledged} came; {:?}",
            peer.faults()
        );
        Ok(())
    })
    .await
}
