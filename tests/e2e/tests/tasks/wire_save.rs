//! Packets of the Wire to a file, and one packet to the clipboard.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::dom::Place;
use mqtt_lab_e2e::downloads::{save_into, saved};
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::packet::Version;
use serde_json::Value;

use crate::{at_lab_broker, connected};

both_versions!(
    a_capture_of_a_visit_to_mosquitto_is_read_by_tshark,
    a_capture_of_two_clients_at_the_lab_broker_is_read_by_tshark,
    lines_of_json_hold_every_packet,
);

/// The drawer with its Save dialog open, and where downloads go.
async fn save_dialog(lab: &Lab, folder: &Path) -> Result<Place> {
    save_into(lab, folder).await?;
    lab.page.document().button("Wire").click().await?;
    let wire = lab.page.region("Wire");
    wire.button("Save …").click().await?;
    Ok(lab.page.document().all("dialog"))
}

/// What tshark says of a capture: for each MQTT packet these fields, a line each; or what its experts warn of.
fn tshark(path: &Path, arguments: &[&str]) -> Result<String> {
    let program = std::env::var_os("TSHARK").unwrap_or_else(|| "tshark".into());
    let output = Command::new(program)
        .args(["-n", "-r"])
        .arg(path)
        .args(arguments)
        .output()
        .context("tshark cannot be started; `cargo xtask test` installs it, or says how")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "tshark failed: {errors}");
    Ok(String::from_utf8(output.stdout)?)
}

const FIELDS: [&str; 12] = [
    "-Y",
    "mqtt",
    "-T",
    "fields",
    "-e",
    "frame.interface_name",
    "-e",
    "mqtt.msgtype",
    "-e",
    "mqtt.topic",
    "-e",
    "mqtt.ver",
];

const FAULTS: [&str; 6] = [
    "-o",
    "tcp.check_checksum:TRUE",
    "-o",
    "ip.check_checksum:TRUE",
    "-Y",
    "tcp.analysis.flags or _ws.malformed or mqtt.unknown_version or tcp.checksum.status == 0 or ip.checksum.status == 0",
];

fn level(version: Version) -> &'static str {
    match version {
        Version::V3_1 => "3",
        Version::V3_1_1 => "4",
        Version::V5_0 => "5",
    }
}

async fn a_capture_of_a_visit_to_mosquitto_is_read_by_tshark(lab: &Lab) -> Result<()> {
    let (page, folder) = (&lab.page, tempfile::tempdir()?);
    let broker = connected(lab).await?;
    page.subscribe_granted("wire/#", 2).await?;
    page.publish("wire/größe", "21.5", 2, false).await?;
    page.wait_row("wire/größe", |row| row.contains("21.5"))
        .await?;
    page.disconnect().await?;
    drop(broker);
    let dialog = save_dialog(lab, folder.path()).await?;
    dialog.button("Save").click().await?;
    dialog
        .wait_contains("packets are in mqtt-lab-packets-")
        .await?;
    let path = saved(folder.path(), "pcapng").await?;
    let client = page.document().region("Clients").text().await?;
    let told = tshark(&path, &FIELDS)?;
    let lines: Vec<Vec<&str>> = told
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    let types: Vec<&str> = lines.iter().map(|line| line[1]).collect();
    // CONNECT, SUBSCRIBE, and the message to the broker and back, of which the two handshakes may cross.
    ensure!(
        types[..4] == ["1", "2", "8", "9"],
        "the types are {types:?}"
    );
    for (packet_type, count) in [("3", 2), ("5", 2), ("6", 2), ("7", 2), ("14", 1)] {
        let found = types.iter().filter(|own| **own == packet_type).count();
        ensure!(
            found == count,
            "type {packet_type} is there {found} times: {types:?}"
        );
    }
    ensure!(
        lines[0][3] == level(lab.version),
        "the version is {:?}",
        lines[0]
    );
    ensure!(
        told.matches("wire/größe").count() == 2,
        "the topics are {told}"
    );
    ensure!(
        lines.iter().all(|line| client.contains(line[0])),
        "{client} is not in {told}"
    );
    let faults = tshark(&path, &FAULTS)?;
    ensure!(faults.is_empty(), "tshark finds fault: {faults}");
    Ok(())
}

async fn a_capture_of_two_clients_at_the_lab_broker_is_read_by_tshark(lab: &Lab) -> Result<()> {
    let (page, folder) = (&lab.page, tempfile::tempdir()?);
    at_lab_broker(lab, "alice", &[]).await?;
    page.subscribe_granted("a/#", 1).await?;
    page.add_client("bob").await?;
    at_lab_broker(lab, "bob", &[]).await?;
    page.publish("a/1", "to alice", 1, true).await?;
    let dialog = save_dialog(lab, folder.path()).await?;
    // The filter shows the selected client only.
    dialog
        .field("Packets to save")
        .choose("everything that is kept")
        .await?;
    dialog.button("Save").click().await?;
    let path = saved(folder.path(), "pcapng").await?;
    let told = tshark(&path, &FIELDS)?;
    ensure!(
        told.contains("bob\t3\ta/1") && told.contains("alice\t3\ta/1"),
        "it has {told}"
    );
    let faults = tshark(&path, &FAULTS)?;
    ensure!(faults.is_empty(), "tshark finds fault: {faults}");
    Ok(())
}

async fn lines_of_json_hold_every_packet(lab: &Lab) -> Result<()> {
    let (page, folder) = (&lab.page, tempfile::tempdir()?);
    at_lab_broker(lab, "alice", &[("Username", "ann")]).await?;
    page.publish("a/1", "\u{1F600}", 1, true).await?;
    let dialog = save_dialog(lab, folder.path()).await?;
    dialog
        .field("Format")
        .choose("JSON Lines, for programs")
        .await?;
    dialog
        .wait_contains("can be pasted under Dissect again")
        .await?;
    dialog.wait_contains("passwords as they were sent").await?;
    dialog.button("Save").click().await?;
    let path = saved(folder.path(), "jsonl").await?;
    let text = std::fs::read_to_string(&path)?;
    let lines = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<Vec<Value>, _>>()?;
    let types: Vec<_> = lines
        .iter()
        .filter_map(|line| line["type"].as_str())
        .collect();
    ensure!(
        types == ["CONNECT", "CONNACK", "PUBLISH", "PUBACK"],
        "the file is {text}"
    );
    ensure!(
        lines[0]["fields"]
            .to_string()
            .contains("[\"User Name\",\"ann\"]"),
        "{text}"
    );
    ensure!(
        lines[2]["topic"] == "a/1" && lines[2]["payload"] == "\u{1F600}",
        "{text}"
    );
    ensure!(lines[2]["retain"] == true && lines[2]["qos"] == 1, "{text}");
    // Pasted again, they are the same packets.
    dialog.button("Close").click().await?;
    let wire = page.region("Wire");
    wire.tab_of("Wire", "Dissect").click().await?;
    wire.field("Bytes").paste(&text).await?;
    wire.wait_contains("4 packets stand one behind the other")
        .await?;
    Ok(())
}
