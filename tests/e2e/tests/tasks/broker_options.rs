//! The options of the lab broker: what it allows, and what a client is told when it asks for more.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions_offline;
use mqtt_lab_e2e::dom::Place;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::names::{button, region};
use mqtt_lab_e2e::page::State;

use crate::lab_broker::{alice, connect, fill};

both_versions_offline!(
    qos_above_the_maximum_is_lowered,
    a_rule_denies,
    only_known_users_may_connect,
    a_preset_refuses_what_its_product_refuses,
    what_is_wrong_is_said_beside_its_field
);

/// Opens the dialog.
async fn options(lab: &Lab) -> Result<Place> {
    let pane = lab.page.region("Broker tables");
    if !pane.exists().await? {
        let rail = lab.page.region(region::CLIENTS);
        rail.chooser_starting("Lab broker").click().await?;
    }
    pane.button("Options").click().await?;
    let dialog = lab.page.document().all("dialog");
    dialog.field("Maximum QoS").wait().await?;
    Ok(dialog)
}

async fn apply(dialog: &Place) -> Result<()> {
    dialog.button("Apply").click().await?;
    dialog.wait_gone().await
}

/// Subscribes, and waits until the row says that the broker refused it.
async fn subscribe_in_vain(lab: &Lab, filter: &str) -> Result<()> {
    let page = &lab.page;
    page.open_subscription_form().await?;
    page.filter_field().await?.fill(filter).await?;
    let form = page.subscription_form().await?;
    form.button(button::SUBSCRIBE).click().await?;
    page.subscriptions()
        .wait_text("a refusal", |text| {
            text.contains(filter) && text.to_ascii_lowercase().contains("refused")
        })
        .await
        .map(drop)
}

async fn qos_above_the_maximum_is_lowered(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let dialog = options(lab).await?;
    dialog.field("Maximum QoS").choose("1: no QoS 2").await?;
    apply(&dialog).await?;
    page.region("Broker tables")
        .wait_contains("options of your own")
        .await?;
    alice(lab).await?;
    page.subscribe("room/#", 2).await?;
    page.subscription("room/#")
        .wait_text("QoS 1 granted", |text| {
            text.to_ascii_lowercase().contains("granted") && text.contains('1')
        })
        .await?;
    page.publish("room/1", "one", 1, false).await?;
    page.wait_row("room/1", |row| row.qos() == Some(1)).await?;
    page.publish("room/2", "two", 2, false).await?;
    if lab.version.label().starts_with('5') {
        // The client was told in CONNACK, and does not even send it.
        page.publishing().wait_contains("QoS").await?;
        ensure!(page.state().await? == State::Connected, "nothing was sent");
    } else {
        page.wait_state(State::Disconnected).await?;
    }
    // It is kept for the next visit.
    lab.reload().await?;
    let dialog = options(lab).await?;
    let value = dialog.field("Maximum QoS").value().await?;
    ensure!(value.starts_with('1'), "after a reload it is {value:?}");
    dialog.button("Reset").click().await?;
    apply(&dialog).await?;
    page.region("Broker tables")
        .wait_contains("Everything allowed")
        .await
        .map(drop)
}

async fn a_rule_denies(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let dialog = options(lab).await?;
    dialog.button("Add rule").click().await?;
    dialog.button("Add rule").click().await?;
    dialog
        .field("Rule 1: Topic Filter")
        .fill("secret/#")
        .await?;
    dialog
        .field("Rule 2: allow or deny")
        .choose("allow")
        .await?;
    dialog
        .field("Rule 2: Topic Filter")
        .fill("secret/open")
        .await?;
    dialog
        .wait_contains("Nobody may publish on, subscribe to and be sent secret/#.")
        .await?;
    // The first that fits decides, so the exception goes to the front.
    dialog.button("Move rule 2 up").click().await?;
    dialog
        .field("Rule 1: Topic Filter")
        .wait_value("secret/open")
        .await?;
    apply(&dialog).await?;
    alice(lab).await?;
    page.subscribe_granted("secret/open", 1).await?;
    subscribe_in_vain(lab, "secret/#").await?;
    page.publish("secret/open", "come in", 1, false).await?;
    page.wait_row("secret/open", |row| row.contains("come in"))
        .await
        .map(drop)
}

async fn only_known_users_may_connect(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let dialog = options(lab).await?;
    dialog.button("Add user").click().await?;
    dialog.field("User 1: name").fill("ada").await?;
    dialog.field("User 1: password").fill("lovelace").await?;
    apply(&dialog).await?;
    fill(lab, "alice", true).await?;
    page.connection().button("Connect").click().await?;
    page.wait_state(State::Disconnected).await?;
    page.connection().wait_contains("refused").await?;
    let field = page.connection_field("Username").await?;
    field.fill("ada").await?;
    let field = page.connection_field("Password").await?;
    field.fill("lovelace").await?;
    connect(lab).await?;
    let pane = page.region("Broker tables");
    pane.wait_contains("1 user").await?;
    pane.chooser_starting("Past connections").click().await?;
    pane.wait_contains("It gave no user name, and only known users may connect.")
        .await
        .map(drop)
}

async fn a_preset_refuses_what_its_product_refuses(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let dialog = options(lab).await?;
    dialog
        .field("Preset")
        .choose("EMQX-like: # refused")
        .await?;
    dialog
        .wait_contains("Subscribing to # and to $SYS/# is refused")
        .await?;
    apply(&dialog).await?;
    page.region("Broker tables")
        .wait_contains("EMQX-like: # refused")
        .await?;
    alice(lab).await?;
    subscribe_in_vain(lab, "#").await?;
    page.subscribe_granted("+/#", 0).await
}

async fn what_is_wrong_is_said_beside_its_field(lab: &Lab) -> Result<()> {
    let dialog = options(lab).await?;
    let size = dialog.field("Maximum Packet Size");
    size.fill("15").await?;
    size.wait_problem("16").await?;
    size.wait_invalid(true).await?;
    dialog.button("Add rule").click().await?;
    dialog.field("Rule 1: Topic Filter").fill("a/#/b").await?;
    dialog.wait_contains("2 things to correct").await?;
    let apply = dialog.button("Apply").single().await?;
    ensure!(!apply.is_enabled().await?, "it cannot be applied");
    dialog.button("Remove rule 1").click().await?;
    size.fill("1024").await?;
    dialog.wait_contains("1.0 kB").await?;
    dialog.button("Apply").click().await?;
    dialog.wait_gone().await
}
