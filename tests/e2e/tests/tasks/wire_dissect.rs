//! Bytes from anywhere, taken apart without a connection: pasted, or opened from a link.

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::dom::Place;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::packet::Version;
use serde_json::json;
use thirtyfour::prelude::*;

use crate::at_lab_broker;

both_versions!(
    bytes_in_any_form_are_read,
    what_is_no_packet_is_answered,
    several_packets_are_listed,
    a_link_to_a_packet_opens_without_a_connection,
    a_link_that_comes_while_the_page_is_open,
    links_that_are_wrong_do_no_harm,
    a_packet_is_copied,
);

/// The drawer, on Dissect.
async fn dissect(lab: &Lab) -> Result<Place> {
    lab.page.document().button("Wire").click().await?;
    let wire = lab.page.region("Wire");
    wire.tab_of("Wire", "Dissect").click().await?;
    Ok(wire)
}

/// A SUBACK that grants QoS 1.
fn suback(version: Version) -> &'static str {
    match version {
        Version::V5_0 => "90 04 10 d8 00 01",
        _ => "90 03 10 d8 01",
    }
}

async fn bytes_in_any_form_are_read(lab: &Lab) -> Result<()> {
    let wire = dissect(lab).await?;
    let bytes = wire.field("Bytes");
    wire.wait_contains("No packet yet").await?;
    for (text, form) in [
        (suback(lab.version).to_owned(), "Read as hexadecimal digits"),
        (
            suback(lab.version).replace(' ', ""),
            "Read as hexadecimal digits",
        ),
        (
            suback(lab.version).replace(' ', ", 0x"),
            "Read as hexadecimal digits",
        ),
        (
            format!("\\x{}", suback(lab.version).replace(' ', "\\x")),
            "with escapes",
        ),
        (
            format!("0000   {}   ......", suback(lab.version)),
            "Read as a dump",
        ),
    ] {
        bytes.paste(&text).await?;
        wire.wait_contains(form).await?;
        wire.wait_contains("Only a server sends packets of this type")
            .await?;
        wire.wait_contains("SUBACK").await?;
        wire.wait_contains("only").await?;
    }
    wire.button("Clear").click().await?;
    wire.wait_contains("No packet yet").await?;
    wire.button("Try an example").click().await?;
    wire.wait_contains("CONNECT asks for MQTT 3.1.1").await?;
    // It is still there when the drawer has been closed.
    wire.button("Close the Wire").click().await?;
    let wire = dissect(lab).await?;
    wire.wait_contains("CONNECT asks for MQTT 3.1.1").await?;
    Ok(())
}

async fn what_is_no_packet_is_answered(lab: &Lab) -> Result<()> {
    let wire = dissect(lab).await?;
    let bytes = wire.field("Bytes");
    for (text, answer) in [
        ("hello", "'h' in line 1, column 1 is no hexadecimal digit"),
        ("10 0c 0", "CONNECT"),
        ("100c0", "has 5 digits"),
        (
            "30 19 00 07 74 6f 70 69 63",
            "announces 27 bytes and 9 are there: 18 are missing",
        ),
        ("30 80 80 80 96 01", "as if 314,572,800 bytes followed"),
        (
            "30 ff ff ff 7f 00",
            "announces 268,435,460 bytes and 6 are there",
        ),
        ("00 00", "Unknown packet type"),
        ("47 45 54 20 2f 20 48 54 54 50", "This is HTTP"),
        ("82 02 c0 00", "header of a WebSocket frame, 2 bytes in all"),
    ] {
        bytes.paste(text).await?;
        wire.wait_contains(answer).await?;
    }
    // Another version.
    bytes.paste("20 03 00 00 00").await?;
    wire.wait_contains("valid in MQTT 5.0 only").await?;
    wire.field("Read as MQTT").choose("3.1.1").await?;
    wire.wait_contains("is not valid in MQTT 3.1.1, but it is in MQTT 5.0")
        .await?;
    wire.button("Read as MQTT 5.0").click().await?;
    wire.field("Read as MQTT").wait_value("5.0").await?;
    wire.button("Read as MQTT 5.0").wait_gone().await?;
    Ok(())
}

async fn several_packets_are_listed(lab: &Lab) -> Result<()> {
    let wire = dissect(lab).await?;
    let text = format!("c0 00 {} d0 00", suback(lab.version));
    wire.field("Bytes").paste(&text).await?;
    wire.wait_contains("3 packets stand one behind the other")
        .await?;
    wire.wait_contains("SUBACK 4312").await?;
    let rows = lab.driver().find_all(By::Css(".dissect__packet")).await?;
    ensure!(rows.len() == 3, "there are {} rows", rows.len());
    rows[1].click().await?;
    wire.wait_contains("Only a server sends packets of this type")
        .await?;
    // Its fields stand beside the list.
    wire.wait_contains("Packet Identifier").await?;
    wire.wait_contains("QoS 1").await?;
    Ok(())
}

/// The fragment of a link to a PUBLISH of this version.
fn link(version: Version) -> &'static str {
    match version {
        Version::V5_0 => "packet=5c.MAgAA2EvYgAyMQ",
        _ => "packet=4c.MAcAA2EvYjIx",
    }
}

async fn a_link_to_a_packet_opens_without_a_connection(lab: &Lab) -> Result<()> {
    let address = format!("{}#{}", lab.url(), link(lab.version));
    // The page is opened anew, not only another place in it.
    lab.driver().goto("about:blank").await?;
    lab.driver().goto(&address).await?;
    lab.page.ready().await?;
    let wire = lab.page.region("Wire");
    wire.wait_contains("a/b").await?;
    let value = wire.field("Bytes").value().await?;
    ensure!(value.starts_with("30 0"), "the bytes are {value:?}");
    let level = lab.version.label();
    wire.field("Read as MQTT").wait_value(level).await?;
    wire.field("Sent by").wait_value("the client").await?;
    let state = lab.page.state().await?;
    ensure!(
        matches!(state, mqtt_lab_e2e::page::State::Disconnected),
        "a link connects nobody"
    );
    Ok(())
}

async fn a_link_that_comes_while_the_page_is_open(lab: &Lab) -> Result<()> {
    at_lab_broker(lab, "alice", &[]).await?;
    let script = format!("location.hash = '{}'", link(lab.version));
    lab.driver().execute(script, vec![]).await?;
    let wire = lab.page.region("Wire");
    wire.wait_contains("a/b").await?;
    // The next one takes its place, and the connection stays.
    lab.driver()
        .execute("location.hash = 'packet=4s.0AA'", vec![])
        .await?;
    wire.wait_contains("PINGRESP").await?;
    lab.page
        .wait_state(mqtt_lab_e2e::page::State::Connected)
        .await?;
    Ok(())
}

async fn links_that_are_wrong_do_no_harm(lab: &Lab) -> Result<()> {
    for (fragment, words) in [
        ("packet=", "The link shows no packet"),
        ("packet=9c.wAA", "a version (3, 4 or 5)"),
        ("packet=5c.<img src=x onerror=alert(1)>", "cannot be read"),
        ("packet=5c.%00%ff", "cannot be read"),
        ("packet=5c.____", "Dissect"),
    ] {
        lab.driver().goto("about:blank").await?;
        lab.driver()
            .goto(format!("{}#{fragment}", lab.url()))
            .await?;
        lab.page.ready().await?;
        lab.page.region("Wire").wait_contains(words).await?;
    }
    let long = format!("{}#packet=5c.{}", lab.url(), "A".repeat(100_000));
    lab.driver().goto("about:blank").await?;
    lab.driver().goto(long).await?;
    lab.page.ready().await?;
    let wire = lab.page.region("Wire");
    wire.wait_contains("A link carries at most 4096 bytes; these are 75000")
        .await?;
    // What is no link to a packet opens nothing.
    lab.driver().goto("about:blank").await?;
    lab.driver().goto(format!("{}#bench", lab.url())).await?;
    lab.page.ready().await?;
    ensure!(
        !lab.page.region("Wire").exists().await?,
        "the drawer opened"
    );
    Ok(())
}

/// What is on the clipboard.
async fn clipboard(lab: &Lab) -> Result<String> {
    let text = lab
        .driver()
        .execute_async(
            "navigator.clipboard.readText().then(arguments[0], (error) => arguments[0]('' + error))",
            vec![],
        )
        .await?;
    text.json().as_str().map(str::to_owned).context("no text")
}

async fn a_packet_is_copied(lab: &Lab) -> Result<()> {
    let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    lab.driver()
        .cdp()
        .send_raw("Browser.grantPermissions", permissions)
        .await?;
    at_lab_broker(lab, "alice", &[]).await?;
    lab.page.publish("a/b", "21", 0, false).await?;
    lab.page.document().button("Wire").click().await?;
    let wire = lab.page.region("Wire");
    let list = wire.all("listbox");
    list.wait_contains("PUBLISH").await?;
    let rows = lab
        .driver()
        .find_all(By::Css(".packets__list .packet"))
        .await?;
    let last = rows.last().context("no row")?;
    last.click().await?;
    let (hex, rust) = match lab.version {
        Version::V5_0 => ("30 08 00 03 61 2f 62 00 32 31", r#"b"0\x08\0\x03a/b\021""#),
        _ => ("30 07 00 03 61 2f 62 32 31", r#"b"0\x07\0\x03a/b21""#),
    };
    let copy = wire.region("Copy as");
    copy.button("hex").click().await?;
    ensure!(clipboard(lab).await? == hex, "{}", clipboard(lab).await?);
    copy.button("Rust").click().await?;
    ensure!(clipboard(lab).await? == rust, "{}", clipboard(lab).await?);
    copy.button("C").click().await?;
    ensure!(clipboard(lab).await?.contains("= {\n    0x30, 0x0"));
    copy.button("link").click().await?;
    let address = clipboard(lab).await?;
    ensure!(
        address == format!("{}#{}", lab.url(), link(lab.version)),
        "{address}"
    );
    Ok(())
}
