//! The Wire: every packet in one list, filtered, followed, and from one packet of a handshake to the others.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::browser::Options;
use mqtt_lab_e2e::lab::{self, Lab};
use mqtt_lab_e2e::names::{button, region};
use mqtt_lab_e2e::packet::{Version, connack, kind, packet};
use mqtt_lab_e2e::page::Login;
use mqtt_lab_e2e::peer::Peer;
use mqtt_lab_e2e::wait;
use mqtt_lab_e2e::wire::{SELECTED, WIRE, Wire};
use serde_json::json;
use thirtyfour::prelude::*;

use crate::connected;
use crate::lab_broker::{alice, join};

both_versions!(
    every_packet_of_a_visit_stands_in_the_list,
    packets_to_and_from_mosquitto,
    each_condition_of_the_filter,
    it_stands_still_and_follows,
    by_keyboard_alone,
    from_one_packet_of_a_handshake_to_the_others,
    from_a_message_to_its_packet,
    what_a_fault_does_stands_between_the_packets,
    a_malformed_packet_is_marked,
);

async fn every_packet_of_a_visit_stands_in_the_list(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let wire = Wire::open(lab).await?;
    wire.place
        .wait_contains("No packets of this client yet")
        .await?;
    alice(lab).await?;
    page.subscribe_granted("room/#", 1).await?;
    page.publish("room/a", "21.5", 0, true).await?;
    let granted = "0x01 Granted QoS 1";
    wire.wait_all(&[
        &["alice", "Connection is opened"],
        &["alice", "Connection is open"],
        &[
            "alice",
            "sent",
            "CONNECT",
            lab.version.label(),
            "Keep Alive 60 s",
        ],
        &["received", "CONNACK", "0x00", "no session present"],
        &["sent", "SUBSCRIBE 1", "room/#", "QoS 1"],
        &["received", "SUBACK 1", granted],
        &["sent", "PUBLISH", "room/a", "QoS 0", "Retain", "21.5"],
        &["received", "PUBLISH", "room/a", "QoS 0", "21.5"],
    ])
    .await?;
    // Another client has a list of its own; all of them can be asked for.
    join(lab, "bob").await?;
    wire.wait_lines("bob's packets alone", |lines| {
        lines.len() == 4 && lines.iter().all(|line| line.says(&["bob"]))
    })
    .await?;
    wire.place
        .field("Client")
        .choose("all clients and devices")
        .await?;
    wire.wait_lines("the packets of both", |lines| {
        lines.len() == 12 && lines.iter().any(|line| line.says(&["alice", "SUBACK"]))
    })
    .await?;
    wire.close().await?;
    // It remembers what it listed.
    let wire = Wire::open(lab).await?;
    wire.wait_lines("the packets of both again", |lines| lines.len() == 12)
        .await?;
    page.disconnect().await?;
    wire.wait_line(&["bob", "Connection is closed", "The client closed"])
        .await
        .map(drop)
}

async fn packets_to_and_from_mosquitto(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("wire/#", 2).await?;
    let wire = Wire::open(lab).await?;
    page.publish("wire/1", "once", 1, false).await?;
    wire.wait_line(&["sent", "PUBLISH", "wire/1", "QoS 1", "once"])
        .await?;
    wire.wait_line(&["received", "PUBACK"]).await?;
    wire.wait_line(&["received", "PUBLISH", "wire/1", "QoS 1", "once"])
        .await?;
    wire.wait_line(&["sent", "PUBACK"]).await?;
    broker.publish("wire/2", b"\xff\xfe", false).await?;
    wire.wait_line(&["received", "PUBLISH", "wire/2", "binary, 2 bytes"])
        .await?;
    page.publish("wire/3", "exactly", 2, false).await?;
    wire.wait_line(&["received", "PUBCOMP"]).await?;
    wire.select(&["sent", "PUBLISH", "wire/3"]).await?;
    wire.selected().wait_contains("packet 1 of 4").await?;
    wire.selected().wait_contains("finished").await?;
    drop(broker);
    wire.place.button("Follow").click().await?;
    wire.wait_line(&["Connection is closed"]).await.map(drop)
}

async fn each_condition_of_the_filter(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    alice(lab).await?;
    page.subscribe_granted("room/+/temp", 1).await?;
    page.subscribe_granted("garden/#", 1).await?;
    page.publish("room/1/temp", "20", 1, false).await?;
    page.publish("garden/tree", "high", 2, false).await?;
    page.wait_received(2).await?;
    let wire = Wire::open(lab).await?;
    wire.wait_line(&["PUBCOMP"]).await?;
    wire.place.button("Filter").click().await?;
    let filter = wire.place.clone();
    filter.field("Topic").fill("room/#").await?;
    wire.wait_lines("the message with its acknowledgements", |lines| {
        lines.len() == 4
            && lines
                .iter()
                .filter(|line| line.says(&["room/1/temp", "20"]))
                .count()
                == 2
            && lines.iter().filter(|line| line.says(&["PUBACK"])).count() == 2
    })
    .await?;
    filter.field("Topic").fill("a/#/b").await?;
    wire.place.wait_contains("This is no topic filter").await?;
    filter.field("Topic").fill("TREE").await?;
    filter.field("Direction").choose("broker to client").await?;
    wire.wait_lines("what came about the tree", |lines| {
        !lines.is_empty() && lines.iter().all(|line| line.says(&["received"]))
    })
    .await?;
    wire.place.button("Filter (2)").wait().await?;
    filter.button("Clear filter").click().await?;
    filter.field("Packets").choose("SUBACK").await?;
    wire.wait_all(&[&["SUBACK 1"], &["SUBACK 2"]]).await?;
    filter.field("Packet Identifier").fill("2").await?;
    wire.wait_all(&[&["SUBACK 2"]]).await?;
    filter.field("Packet Identifier").fill("0").await?;
    wire.place.wait_contains("from 1 to 65535").await?;
    filter.button("Clear filter").click().await?;
    filter
        .field("Packets")
        .choose("Connecting and leaving")
        .await?;
    wire.wait_all(&[&["CONNECT"], &["CONNACK"]]).await?;
    filter.field("Packets").choose("malformed packets").await?;
    wire.place
        .wait_contains("No packet fits the filter")
        .await?;
    filter.button("Clear filter").click().await?;
    filter.check_box("Events").check(false).await?;
    wire.wait_lines("packets alone", |lines| {
        lines.len() > 8
            && lines
                .iter()
                .all(|line| line.says(&["alice"]) && !line.says(&["Connection is"]))
    })
    .await?;
    filter.check_box("Lab broker").check(true).await?;
    wire.wait_line(&["Delivered", "is complete"])
        .await
        .map(drop)
}

async fn it_stands_still_and_follows(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    alice(lab).await?;
    let wire = Wire::open(lab).await?;
    wire.wait_line(&["CONNACK"]).await?;
    wire.place.button("Pause").click().await?;
    page.publish("still/1", "first", 1, false).await?;
    let jump = wire.place.button("+2 new, jump to newest");
    jump.wait().await?;
    let lines = wire.lines().await?;
    ensure!(
        !lines.iter().any(|line| line.says(&["still/1"])),
        "{lines:#?}"
    );
    jump.click().await?;
    wire.wait_line(&["PUBLISH", "still/1", "first"]).await?;
    page.publish("still/2", "second", 1, false).await?;
    wire.wait_line(&["PUBLISH", "still/2", "second"]).await?;
    // Whoever looks at a packet is not taken away from it.
    wire.select(&["PUBLISH", "still/2"]).await?;
    page.publish("still/3", "third", 1, false).await?;
    jump.wait().await?;
    wire.place.button("Follow").click().await?;
    wire.wait_line(&["PUBLISH", "still/3", "third"])
        .await
        .map(drop)
}

/// Presses keys on whatever has the focus.
async fn press(lab: &Lab, keys: impl Into<TypingData>) -> Result<()> {
    Ok(lab.driver().active_element().await?.send_keys(keys).await?)
}

async fn by_keyboard_alone(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    alice(lab).await?;
    page.publish("keys/1", "x", 2, false).await?;
    let body = lab.driver().find(By::Tag("body")).await?;
    body.send_keys(Key::Alt + Key::Shift + "w").await?;
    let wire = Wire::of(lab).await?;
    wire.wait_line(&["PUBCOMP"]).await?;
    wire.list().await?.focus().await?;
    let selected = async |what: &str| {
        wire.wait_lines(&format!("{what} to be selected"), |lines| {
            lines.iter().any(|line| line.selected && line.says(&[what]))
        })
        .await
    };
    press(lab, Key::End + "").await?;
    selected("PUBCOMP").await?;
    press(lab, Key::Up + "").await?;
    selected("PUBREL").await?;
    press(lab, Key::Home + "").await?;
    selected("Connection is opened").await?;
    press(lab, Key::Down + "").await?;
    selected("Connection is open").await?;
    press(lab, Key::PageDown + "").await?;
    press(lab, Key::End + "").await?;
    selected("PUBCOMP").await?;
    // To the left is the packet before it in its handshake.
    press(lab, Key::Left + "").await?;
    press(lab, Key::Left + "").await?;
    press(lab, Key::Left + "").await?;
    let lines = selected("PUBLISH").await?;
    ensure!(
        lines.iter().filter(|line| line.same).count() == 3,
        "the others of its handshake are not told: {lines:#?}"
    );
    press(lab, Key::Right + "").await?;
    selected("PUBREC").await?;
    body.send_keys(Key::Alt + Key::Shift + "w").await?;
    wire.place.wait_gone().await
}

async fn from_one_packet_of_a_handshake_to_the_others(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    alice(lab).await?;
    page.subscribe_granted("hands/#", 2).await?;
    page.publish("hands/1", "shake", 2, false).await?;
    page.wait_received(1).await?;
    let wire = Wire::open(lab).await?;
    wire.wait_line(&["PUBCOMP"]).await?;
    wire.select(&["sent", "PUBLISH", "hands/1"]).await?;
    let selected = wire.selected();
    selected
        .wait_contains("packet 1 of 4 · QoS 2, exactly once · finished")
        .await?;
    selected.button("Next of the handshake").click().await?;
    selected.wait_contains("packet 2 of 4").await?;
    selected.wait_contains("PUBREC").await?;
    selected.button("Whole handshake").click().await?;
    wire.wait_all(&[
        &["sent", "PUBLISH 2", "hands/1"],
        &["received", "PUBREC 2"],
        &["sent", "PUBREL 2"],
        &["received", "PUBCOMP 2"],
    ])
    .await?;
    wire.place.button("Show all packets").click().await?;
    wire.wait_line(&["CONNACK"]).await?;
    wire.select(&["received", "SUBACK"]).await?;
    selected
        .wait_contains("packet 2 of 2 · Subscribing · finished")
        .await?;
    selected.button("Previous packet").click().await?;
    selected.wait_contains("SUBSCRIBE 1").await?;
    selected.button("Close the selected packet").click().await?;
    selected.wait_gone().await
}

async fn from_a_message_to_its_packet(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    alice(lab).await?;
    page.subscribe_granted("jump/#", 1).await?;
    page.publish("jump/1", "from here", 1, false).await?;
    let details = page.open_details("jump/1").await?;
    details.button("Show packet").click().await?;
    let wire = Wire::of(lab).await?;
    wire.wait_lines("the packet of the message", |lines| {
        let mut selected = lines.iter().filter(|line| line.selected);
        selected.any(|line| line.says(&["received", "PUBLISH 1", "jump/1", "from here"]))
    })
    .await?;
    wire.close().await?;
    page.region(region::DETAILS)
        .button("Whole handshake")
        .click()
        .await?;
    wire.wait_all(&[&["received", "PUBLISH 1", "jump/1"], &["sent", "PUBACK 1"]])
        .await?;
    // A jump to what the filter leaves out makes the filter give way.
    wire.place.button("Show all packets").click().await?;
    wire.place.button("Filter").click().await?;
    wire.place.field("Packets").choose("CONNECT").await?;
    wire.wait_all(&[&["CONNECT"]]).await?;
    page.region(region::DETAILS)
        .button("Show packet")
        .click()
        .await?;
    wire.wait_lines("the packet of the message again", |lines| {
        lines.len() > 4
            && lines
                .iter()
                .any(|line| line.selected && line.says(&["jump/1"]))
    })
    .await
    .map(drop)
}

async fn what_a_fault_does_stands_between_the_packets(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    alice(lab).await?;
    let wire = Wire::open(lab).await?;
    page.connection().button(region::FAULTS).click().await?;
    let pane = page.region(region::FAULTS);
    pane.button("Swallow packets").wait().await?;
    pane.button("Swallow packets").click().await?;
    wire.wait_line(&["Fault put in place"]).await?;
    page.document()
        .button("Close the side pane")
        .click()
        .await?;
    page.publish("lost/1", "x", 1, false).await?;
    // Both ends of the link: the broker has got it and answered, and the answer is lost on the way.
    wire.wait_line(&["at the broker", "PUBLISH", "lost/1"])
        .await?;
    wire.wait_line(&["from the broker", "PUBACK"]).await?;
    wire.wait_line(&["A fault at work", "PUBACK"]).await?;
    wire.select(&["sent", "PUBLISH", "lost/1"]).await?;
    wire.selected()
        .wait_contains("not finished: an answer is missing")
        .await?;
    wire.wait_lines("its packets at the other end", |lines| {
        lines.iter().filter(|line| line.same).count() == 2
    })
    .await?;
    page.connection().button("Disconnect").click().await?;
    wire.place.button("Follow").click().await?;
    wire.wait_line(&["Connection is closed"]).await.map(drop)
}

async fn a_malformed_packet_is_marked(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&connack(version, false, 0)).await?;
        // A topic that is longer than its packet.
        let wrong = packet(0x30, &[&[0x00, 0x09, b'a', b'b']]);
        connection.frame(&wrong).await?;
        connection.serve(version).await
    })
    .await?;
    lab.page
        .start_connecting(&Login::to(peer.port, version))
        .await?;
    let wire = Wire::open(lab).await?;
    wire.wait_line(&["received", "PUBLISH", "malformed"])
        .await?;
    wire.place.button("Filter").click().await?;
    wire.place
        .field("Packets")
        .choose("malformed packets")
        .await?;
    wire.wait_all(&[&[
        "received",
        "PUBLISH",
        "malformed",
        "Topic Name needs 11 bytes",
    ]])
    .await?;
    wire.select(&["PUBLISH"]).await?;
    wire.selected().wait_contains("cut off").await.map(drop)
}

#[tokio::test]
async fn on_a_telephone_it_fills_the_screen() -> Result<()> {
    let options = Options {
        size: (360, 740),
        ..Options::default()
    };
    lab::run_with(
        "wire on a telephone",
        Version::V5_0,
        &options,
        async |lab| {
            lab.page
                .connection()
                .button(button::CONNECT)
                .click()
                .await?;
            lab.page
                .wait_state(mqtt_lab_e2e::page::State::Connected)
                .await?;
            let wire = Wire::open(lab).await?;
            wire.wait_line(&["CONNACK"]).await?;
            ensure!(
                !lab.page.connection().exists().await?,
                "the bench stands beside it"
            );
            wire.select(&["CONNACK"]).await?;
            wire.selected().wait_contains("packet 2 of 2").await?;
            let wider: i64 = lab
                .driver()
                .execute(
                    "return document.documentElement.scrollWidth - innerWidth",
                    vec![],
                )
                .await?
                .convert()?;
            ensure!(
                wider <= 0,
                "the page is {wider} pixels wider than the telephone"
            );
            wire.close().await?;
            lab.page.connection().wait().await.map(drop)
        },
    )
    .await
}

#[tokio::test]
async fn its_height_is_changed_by_key_and_remembered() -> Result<()> {
    lab::run_with(
        "height of the wire",
        Version::V3_1_1,
        &Options::default(),
        async |lab| {
            let wire = Wire::open(lab).await?;
            let height = async || -> Result<i64> {
                let script =
                    "return document.querySelector('[role=region][aria-label=Wire]').clientHeight";
                Ok(lab.driver().execute(script, vec![]).await?.convert()?)
            };
            let before = height().await?;
            let edge = lab
                .driver()
                .find(By::Css("[role=separator][aria-label='Height of the Wire']"))
                .await?;
            for _ in 0..3 {
                edge.send_keys(Key::Up + "").await?;
            }
            let grown = wait::soon("a higher drawer", async || {
                let now = height().await?;
                ensure!(now == before + 72, "it was {before} and is {now}");
                Ok(now)
            })
            .await?;
            wire.close().await?;
            Wire::open(lab).await?;
            ensure!(
                height().await? == grown,
                "it was {grown} when it was closed"
            );
            let axes = lab
                .driver()
                .cdp()
                .send_raw("Accessibility.getFullAXTree", json!({}))
                .await?;
            let has_region = axes["nodes"].as_array().is_some_and(|nodes| {
                nodes.iter().any(|node| {
                    node["role"]["value"] == json!("region") && node["name"]["value"] == json!(WIRE)
                })
            });
            ensure!(
                has_region,
                "no region called {WIRE}; {SELECTED} is inside it"
            );
            Ok(())
        },
    )
    .await
}
