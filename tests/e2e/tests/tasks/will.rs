//! Task 8: the will: armed while connected, sent for the client that dies, marked where it arrives.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::mosquitto::Mosquitto;
use mqtt_lab_e2e::names::button;
use mqtt_lab_e2e::page::{Login, State};

both_versions!(
    the_will_of_a_client_that_dies_is_marked,
    an_orderly_disconnect_sends_no_will
);

/// alice with a will, bob who reads it, alice selected.
async fn alice_and_bob(lab: &Lab, broker: &Mosquitto) -> Result<()> {
    let page = &lab.page;
    page.rename_client("alice").await?;
    let login = Login::to_broker(broker, lab.version).will("status/alice", 1, false, "offline");
    page.connect(&login).await?;
    page.connection()
        .wait_text("the armed will", |text| {
            let text = text.to_lowercase();
            text.contains("will") && text.contains("armed") && text.contains("status/alice")
        })
        .await?;
    page.add_client("bob").await?;
    page.connect(&Login::to_broker(broker, lab.version)).await?;
    page.subscribe_granted("status/#", 1).await?;
    page.select_client("alice").await
}

async fn the_will_of_a_client_that_dies_is_marked(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = Mosquitto::start().await?;
    alice_and_bob(lab, &broker).await?;
    page.connection().button(button::DIE).click().await?;
    page.wait_state(State::Disconnected).await?;
    page.select_client("bob").await?;
    page.wait_row("status/alice", |row| {
        row.contains("offline") && row.contains("matches the will of alice")
    })
    .await?;
    // The same topic with other words is no will.
    broker.publish("status/alice", b"online", false).await?;
    page.wait_row("status/alice", |row| {
        row.contains("online") && !row.contains("matches the will")
    })
    .await
    .map(drop)
}

async fn an_orderly_disconnect_sends_no_will(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = Mosquitto::start().await?;
    alice_and_bob(lab, &broker).await?;
    page.disconnect().await?;
    broker.publish("status/end", b"", false).await?;
    page.select_client("bob").await?;
    page.wait_row("status/end", |_| true).await?;
    let rows = page.rows().await?;
    ensure!(
        rows.iter().all(|row| row.topic() != Some("status/alice")),
        "the rows are {rows:#?}"
    );
    Ok(())
}
