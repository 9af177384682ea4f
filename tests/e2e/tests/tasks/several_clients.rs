//! Task 3: several clients in one page, each with its own connection and panels.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::names::button;
use mqtt_lab_e2e::page::{Login, State};

use crate::connected;

both_versions!(
    publisher_and_subscriber_are_two_clients,
    clients_are_added_named_and_removed
);

async fn publisher_and_subscriber_are_two_clients(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.rename_client("alice").await?;
    page.subscribe_granted("two/#", 1).await?;

    page.add_client("bob").await?;
    ensure!(
        page.state().await? == State::Disconnected,
        "the new client has its own connection"
    );
    ensure!(
        !page.subscription("two/#").exists().await?,
        "and its own subscriptions"
    );
    page.connect(&Login::to_broker(&broker, lab.version))
        .await?;
    page.publish("two/way", "hello alice", 1, false).await?;

    page.select_client("alice").await?;
    page.wait_row("two/way", |row| {
        row.contains("hello alice") && row.qos() == Some(1)
    })
    .await?;
    page.wait_received(1).await?;
    page.disconnect().await?;
    page.select_client("bob").await?;
    ensure!(
        page.state().await? == State::Connected,
        "bob stays connected"
    );
    page.wait_received(0).await
}

async fn clients_are_added_named_and_removed(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let before = page.clients().await?;
    page.add_client("<b>greenhouse</b>").await?;
    page.add_client("tractor").await?;
    page.client("<b>greenhouse</b>")
        .wait_contains("disconnected")
        .await?;
    let remove = page.document().button(&button::remove("tractor"));
    remove.click().await?;
    page.answer("Remove").await?;
    page.client("tractor").wait_gone().await?;
    ensure!(page.clients().await? == before + 1);
    Ok(())
}
