//! Messages to a file and back.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::downloads::{save_into, saved};
use mqtt_lab_e2e::lab::Lab;
use serde_json::Value;

use crate::connected;

both_versions!(
    what_is_exported_can_be_imported,
    a_table_has_what_is_in_the_list,
    a_broken_file_says_where,
    a_truncated_file_is_read_as_far_as_it_goes,
);

async fn what_is_exported_can_be_imported(lab: &Lab) -> Result<()> {
    let (page, folder) = (&lab.page, tempfile::tempdir()?);
    save_into(lab, folder.path()).await?;
    let broker = connected(lab).await?;
    page.subscribe_granted("x/#", 1).await?;
    broker
        .publish("x/text", "grün, \"1\"".as_bytes(), false)
        .await?;
    broker.publish("x/binary", &[0xff, 0, 1], false).await?;
    page.wait_received(2).await?;
    let messages = page.messages();
    messages.button("Export or import").click().await?;
    let dialog = page.document().all("dialog");
    dialog.button("Export").click().await?;
    let path = saved(folder.path(), "jsonl").await?;
    let text = std::fs::read_to_string(&path)?;
    let lines = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<Vec<Value>, _>>()?;
    ensure!(lines.len() == 2, "the file is {text}");
    ensure!(lines[0]["topic"] == "x/text" && lines[0]["payload"] == "grün, \"1\"");
    ensure!(lines[1]["encoding"] == "base64" && lines[1]["payload"] == "/wAB");

    let input = dialog.field("File to import").wait().await?;
    input
        .send_keys(path.to_str().context("a path that is no text")?)
        .await?;
    messages.wait_contains("2 messages in the file").await?;
    page.wait_row("x/text", |row| row.contains("grün")).await?;
    // The client's own are untouched, and one goes back and forth.
    broker.publish("x/new", b"live", false).await?;
    messages.tab_of("Messages of", "alice").click().await?;
    page.wait_row("x/new", |row| row.contains("live")).await?;
    messages.chooser(".jsonl").click().await?;
    let details = page.open_details("x/text").await?;
    details.wait_contains("received").await?;
    messages.button("Close file").click().await?;
    page.wait_row("x/new", |_| true).await?;
    messages.button("Close file").wait_gone().await
}

async fn a_table_has_what_is_in_the_list(lab: &Lab) -> Result<()> {
    let (page, folder) = (&lab.page, tempfile::tempdir()?);
    save_into(lab, folder.path()).await?;
    let broker = connected(lab).await?;
    page.subscribe_granted("x/#", 0).await?;
    broker.publish("x/in", b"a,b", false).await?;
    broker.publish("x/out", b"not this", false).await?;
    page.wait_received(2).await?;
    let messages = page.messages();
    messages.button("Filter").click().await?;
    messages.field("Only topics").fill("x/in").await?;
    messages.wait_contains("1 found").await?;
    messages.button("Export or import").click().await?;
    let dialog = page.document().all("dialog");
    dialog.field("Format").choose("CSV").await?;
    dialog.button("Export").click().await?;
    let text = std::fs::read_to_string(saved(folder.path(), "csv").await?)?;
    ensure!(
        text.contains("x/in") && text.contains("\"a,b\"") && !text.contains("not this"),
        "the file is {text}"
    );
    Ok(())
}

async fn a_broken_file_says_where(lab: &Lab) -> Result<()> {
    let (page, folder) = (&lab.page, tempfile::tempdir()?);
    let path = folder.path().join("broken.jsonl");
    std::fs::write(&path, "not a message\n")?;
    let messages = page.messages();
    messages.button("Export or import").click().await?;
    let input = page
        .document()
        .all("dialog")
        .field("File to import")
        .wait()
        .await?;
    input
        .send_keys(path.to_str().context("a path that is no text")?)
        .await?;
    messages.wait_contains("Line 1 is no message").await?;
    messages.button("Close file").click().await?;
    messages.button("Close file").wait_gone().await
}

async fn a_truncated_file_is_read_as_far_as_it_goes(lab: &Lab) -> Result<()> {
    let (page, folder) = (&lab.page, tempfile::tempdir()?);
    let line = |number: u32| {
        format!(
            "{{\"time\":\"2026-11-21T23:30:15.250123Z\",\"direction\":\"received\",\"topic\":\"t/{number}\",\
             \"qos\":0,\"retain\":false,\"dup\":false,\"version\":\"3.1.1\",\"encoding\":\"utf8\",\"payload\":\"x\"}}\n"
        )
    };
    let whole: String = (0..2_000).map(line).collect();
    let path = folder.path().join("cut.jsonl");
    std::fs::write(&path, &whole[..whole.len() - 40])?;
    let messages = page.messages();
    let choose = async |path: &Path| -> Result<()> {
        messages.button("Export or import").click().await?;
        let dialog = page.document().all("dialog");
        let input = dialog.field("File to import").wait().await?;
        input
            .send_keys(path.to_str().context("a path that is no text")?)
            .await?;
        Ok(())
    };
    choose(&path).await?;
    messages
        .wait_contains("The file ends in the middle of line 2,000")
        .await?;
    messages
        .wait_contains("The 1,999 messages before it were read")
        .await?;
    page.wait_row("t/1998", |_| true).await?;
    // One that is no text at all takes its place, and says so.
    let noise: Vec<u8> = (0..3_000_000_u32)
        .map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let path = folder.path().join("picture.bin");
    std::fs::write(&path, noise)?;
    choose(&path).await?;
    messages.wait_contains("Line 1 is no message").await?;
    messages.wait_contains("0 messages in the file").await?;
    messages
        .wait_contains("No messages were found in the file")
        .await?;
    messages.button("Close file").click().await?;
    messages.button("Close file").wait_gone().await
}
