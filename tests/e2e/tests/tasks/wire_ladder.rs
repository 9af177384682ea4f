//! What passes between clients and brokers, read from the ladder.

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::ladder::{Ladder, LadderRow};
use mqtt_lab_e2e::names::{button, region};
use mqtt_lab_e2e::packet::Version;
use mqtt_lab_e2e::page::State;
use mqtt_lab_e2e::{both_versions, both_versions_offline};
use thirtyfour::prelude::*;

use crate::{at_lab_broker, connected};

both_versions_offline!(
    qos_2_takes_two_hops_of_four_packets,
    a_swallowed_puback_is_lost_and_the_publish_comes_again,
    from_arrow_to_packet_and_back,
    a_delayed_packet_arrives_in_a_row_of_its_own,
);
both_versions!(a_real_broker_is_one_lane);

const BROKER: &str = "Lab broker";

/// Bob, who is subscribed, and alice, who is selected.
async fn bob_and_alice(lab: &Lab, qos: u8) -> Result<()> {
    let page = &lab.page;
    at_lab_broker(lab, "bob", &[]).await?;
    page.subscribe_granted("hop/#", qos).await?;
    page.add_client("alice").await?;
    if lab.version == Version::V5_0 {
        let version = page.connection_field("MQTT version").await?;
        version.choose(lab.version.label()).await?;
        let expiry = page.connection_field("Session Expiry Interval").await?;
        expiry.fill("3600").await?;
    }
    let clean = page.connection_field("Clean Session").await?;
    clean.check(false).await?;
    at_lab_broker(lab, "alice", &[]).await
}

/// The rows of one handshake, told by its first packet.
fn handshake<'r>(rows: &'r [LadderRow], from: &str, to: &str, first: &str) -> Vec<&'r LadderRow> {
    let Some(begin) = rows.iter().find(|row| row.is(from, to, first)) else {
        return Vec::new();
    };
    let number = begin.handshake.split(':').next().unwrap_or_default();
    let is_of = |row: &&LadderRow| row.handshake.split(':').next() == Some(number);
    rows.iter().filter(is_of).collect()
}

async fn qos_2_takes_two_hops_of_four_packets(lab: &Lab) -> Result<()> {
    bob_and_alice(lab, 2).await?;
    let ladder = Ladder::open(lab).await?;
    ensure!(ladder.lanes().await? == ["bob", BROKER, "alice"]);
    ladder.toggle_table().await?;
    lab.page.publish("hop/1", "hello", 2, false).await?;
    let hop = |rows: &[LadderRow], sender: &str, receiver: &str| {
        let steps = [
            (sender, receiver, "PUBLISH 1 (QoS 2 · hop/1)"),
            (receiver, sender, "PUBREC 1"),
            (sender, receiver, "PUBREL 1"),
            (receiver, sender, "PUBCOMP 1"),
        ];
        let hop = handshake(rows, sender, receiver, "PUBLISH 1");
        hop.len() == steps.len()
            && hop.iter().zip(steps).all(|(row, (from, to, what))| {
                row.is(from, to, what) && row.handshake.ends_with("finished")
            })
    };
    ladder
        .wait_rows("both hops", |rows| {
            hop(rows, "alice", BROKER) && hop(rows, BROKER, "bob")
        })
        .await?;
    // Without bob the second hop is not there.
    ladder.wire.button("bob").click().await?;
    ladder
        .wait_rows("the first hop alone", |rows| {
            hop(rows, "alice", BROKER) && !rows.iter().any(|row| row.to == "bob")
        })
        .await?;
    Ok(())
}

async fn a_swallowed_puback_is_lost_and_the_publish_comes_again(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    bob_and_alice(lab, 1).await?;
    page.connection().button(region::FAULTS).click().await?;
    let pane = page.region(region::FAULTS);
    pane.button("Swallow packets").click().await?;
    pane.wait_contains("swallow the next PUBACK").await?;
    let ladder = Ladder::open(lab).await?;
    ladder.toggle_table().await?;
    page.publish("hop/1", "once or twice", 1, false).await?;
    ladder
        .wait_rows("a PUBACK that was swallowed", |rows| {
            rows.iter().any(|row| {
                row.is(BROKER, "alice", "PUBACK 1")
                    && row.remark == "swallowed (fault) · waits for PUBACK"
            })
        })
        .await?;
    pane.button("Cut now").click().await?;
    page.wait_state(State::Disconnected).await?;
    page.connection().button(button::CONNECT).click().await?;
    page.wait_state(State::Connected).await?;
    let rows = ladder
        .wait_rows("the PUBLISH again, and its PUBACK", |rows| {
            rows.iter().any(|row| {
                row.is("alice", BROKER, "PUBLISH 1")
                    && row.remark == "sent again, with DUP"
                    && row.handshake.ends_with("finished")
            })
        })
        .await?;
    ensure!(
        rows.iter()
            .any(|row| row.is(BROKER, "alice", "CONNACK (accepted · session present)")),
        "{rows:#?}"
    );
    Ok(())
}

async fn from_arrow_to_packet_and_back(lab: &Lab) -> Result<()> {
    bob_and_alice(lab, 2).await?;
    let ladder = Ladder::open(lab).await?;
    lab.page.publish("hop/1", "hello", 2, false).await?;
    ladder.toggle_table().await?;
    ladder
        .wait_rows("the last packet", |rows| {
            rows.last()
                .is_some_and(|row| row.is("bob", BROKER, "PUBCOMP 1"))
        })
        .await?;
    ladder.toggle_table().await?;
    // An arrow that is pressed is told in words, and its packet stands beside it.
    ladder.press_middle().await?;
    let sentence = ladder.wait_sentence(" → ").await?;
    let selected = ladder.wire.wait_text("the packet of the arrow", |text| {
        let what = sentence.split(": ").nth(1).unwrap_or_default();
        let name = what.split(' ').next().unwrap_or_default();
        !name.is_empty() && text.contains(name)
    });
    selected.await?;
    // The keys step on, down to the last arrow.
    ladder.key(Key::End).await?;
    ladder.wait_sentence("bob → Lab broker: PUBCOMP 1").await?;
    ladder.key(Key::Up).await?;
    let before = ladder.wait_sentence("PUBREL 1").await?;
    ensure!(before.contains("Lab broker → bob"), "{before}");
    // The same record is selected in the list of packets, and another one there is another arrow here.
    ladder.wire.tab_of("Wire", "Packets").click().await?;
    let list = By::Css("[role=listbox][aria-label^=Packets]");
    let list = lab.driver().query(list).first().await?;
    let option = By::Css("[role=option][aria-selected=true]");
    let option = list.query(option).first().await?;
    let text = option.text().await?;
    ensure!(text.contains("PUBREL"), "{text}");
    list.send_keys(Key::Home + "").await?;
    ladder.show().await?;
    let first = ladder.wait_sentence("bob → Lab broker").await?;
    ensure!(
        first.contains("connection") || first.contains("CONNECT"),
        "{first}"
    );
    Ok(())
}

async fn a_delayed_packet_arrives_in_a_row_of_its_own(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    bob_and_alice(lab, 1).await?;
    let ladder = Ladder::open(lab).await?;
    ladder.toggle_table().await?;
    page.connection().button(region::FAULTS).click().await?;
    let pane = page.region(region::FAULTS);
    pane.button("Delay").click().await?;
    pane.wait_contains("delay by").await?;
    page.publish("hop/1", "slow", 1, false).await?;
    let rows = ladder
        .wait_rows("both ends of the delayed packets", |rows| {
            let arrives = |from: &str, to: &str, what: &str| {
                rows.iter()
                    .any(|row| row.is(from, to, what) && row.remark.starts_with("arrives after"))
            };
            arrives("alice", BROKER, "PUBLISH 1") && arrives(BROKER, "alice", "PUBACK 1")
        })
        .await?;
    let own = handshake(&rows, "alice", BROKER, "PUBLISH 1");
    let last = own.last().context("no handshake")?;
    ensure!(last.handshake.ends_with("finished"), "{own:#?}");
    Ok(())
}

async fn a_real_broker_is_one_lane(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    page.rename_client("alice").await?;
    let _broker = connected(lab).await?;
    page.subscribe_granted("hop/#", 1).await?;
    let ladder = Ladder::open(lab).await?;
    let lanes = ladder.lanes().await?;
    ensure!(
        lanes.len() == 2 && lanes.first().is_some_and(|lane| lane == "alice"),
        "{lanes:?}"
    );
    let server = lanes.last().context("no lane of a server")?.clone();
    ensure!(server.contains(':'), "{lanes:?}");
    ladder.toggle_table().await?;
    page.publish("hop/1", "hello", 1, false).await?;
    ladder
        .wait_rows("the message there and back", |rows| {
            let there = handshake(rows, "alice", &server, "PUBLISH");
            let back = handshake(rows, &server, "alice", "PUBLISH");
            [there, back].iter().all(|hop| {
                hop.len() == 2 && hop.iter().all(|row| row.handshake.ends_with("finished"))
            })
        })
        .await?;
    Ok(())
}
