//! The broker in the page: everything the page is for works with no network at all.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions_offline;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::names::button;
use mqtt_lab_e2e::page::State;

both_versions_offline!(
    messages_of_every_qos_without_a_network,
    a_retained_message_without_a_network,
    a_will_without_a_network,
    a_session_without_a_network,
    the_address_picks_the_broker
);

/// Sets up the selected client for the lab broker, which the page offers by itself.
pub(crate) async fn fill(lab: &Lab, client_id: &str, clean: bool) -> Result<()> {
    let page = &lab.page;
    let version = page.connection_field("MQTT version").await?;
    version.choose(lab.version.label()).await?;
    page.connection_field("ClientID")
        .await?
        .fill(client_id)
        .await?;
    page.connection_field("Clean Session")
        .await?
        .check(clean)
        .await
}

/// Connects the selected client as it is set up.
pub(crate) async fn connect(lab: &Lab) -> Result<()> {
    let connection = lab.page.connection();
    connection.button(button::CONNECT).click().await?;
    lab.page.wait_state(State::Connected).await
}

/// alice, connected to the lab broker.
pub(crate) async fn alice(lab: &Lab) -> Result<()> {
    lab.page.rename_client("alice").await?;
    fill(lab, "alice", true).await?;
    connect(lab).await
}

/// One more client, connected to the lab broker.
pub(crate) async fn join(lab: &Lab, name: &str) -> Result<()> {
    lab.page.add_client(name).await?;
    fill(lab, name, true).await?;
    connect(lab).await
}

async fn messages_of_every_qos_without_a_network(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    // The first client needs nothing filled in at all.
    connect(lab).await?;
    page.rename_client("alice").await?;
    page.subscribe_granted("room/#", 2).await?;
    join(lab, "bob").await?;
    for qos in 0..3 {
        let topic = format!("room/{qos}");
        page.publish(&topic, "21.5", qos, false).await?;
    }
    page.select_client("alice").await?;
    for qos in 0..3 {
        page.wait_row(&format!("room/{qos}"), |row| {
            row.contains("21.5") && row.qos() == Some(qos)
        })
        .await?;
    }
    page.wait_received(3).await?;
    page.disconnect().await
}

async fn a_retained_message_without_a_network(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    alice(lab).await?;
    page.publish("kept/a", "still here", 1, true).await?;
    join(lab, "bob").await?;
    page.subscribe_granted("kept/#", 1).await?;
    page.wait_row("kept/a", |row| row.retained() && row.contains("still here"))
        .await
        .map(drop)
}

async fn a_will_without_a_network(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    page.rename_client("alice").await?;
    fill(lab, "alice", true).await?;
    let topic = page.connection_field("Last-Will Topic").await?;
    topic.fill("status/alice").await?;
    let message = page.connection_field("Last-Will Message").await?;
    message.fill("offline").await?;
    connect(lab).await?;
    join(lab, "bob").await?;
    page.subscribe_granted("status/#", 1).await?;
    page.select_client("alice").await?;
    page.connection().button(button::DIE).click().await?;
    page.wait_state(State::Disconnected).await?;
    page.select_client("bob").await?;
    page.wait_row("status/alice", |row| row.contains("offline"))
        .await
        .map(drop)
}

async fn a_session_without_a_network(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    page.rename_client("alice").await?;
    fill(lab, "alice", false).await?;
    if lab.version.label().starts_with('5') {
        let expiry = page.connection_field("Session Expiry Interval").await?;
        expiry.fill("3600").await?;
    }
    connect(lab).await?;
    page.subscribe_granted("room/#", 1).await?;
    page.disconnect().await?;
    join(lab, "bob").await?;
    page.publish("room/1", "while you were away", 1, false)
        .await?;
    page.select_client("alice").await?;
    connect(lab).await?;
    page.wait_row("room/1", |row| row.contains("while you were away"))
        .await?;
    page.connection()
        .wait_contains("session present")
        .await
        .map(drop)
}

async fn the_address_picks_the_broker(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let picked = async |query: &str| -> Result<String> {
        lab.driver().goto(format!("{}{query}", lab.url())).await?;
        page.ready().await?;
        page.connection_field("Broker").await?.value().await
    };
    let custom = picked("?broker=custom").await?;
    ensure!(custom.starts_with("Custom"), "{custom:?} is picked");
    let lab_broker = picked("?broker=lab").await?;
    ensure!(
        lab_broker.starts_with("Lab broker"),
        "{lab_broker:?} is picked"
    );
    // Each public one by its name, as a link writes it.
    for (slug, label, host, port) in [
        ("hivemq", "HiveMQ", "broker.hivemq.com", "8000"),
        (
            "hivemq-with-ssl",
            "HiveMQ with SSL",
            "broker.hivemq.com",
            "8884",
        ),
        ("mosquitto", "Mosquitto", "test.mosquitto.org", "8080"),
        (
            "mosquitto-with-ssl",
            "Mosquitto with SSL",
            "test.mosquitto.org",
            "8081",
        ),
        ("emqx", "EMQX", "broker.emqx.io", "8083"),
        ("emqx-with-ssl", "EMQX with SSL", "broker.emqx.io", "8084"),
    ] {
        let value = picked(&format!("?broker={slug}")).await?;
        ensure!(value == label, "{slug} picks {value:?}");
        for (name, value) in [("Host", host), ("Port", port), ("Path", "/mqtt")] {
            let field = page.connection_field(name).await?;
            field.wait_value(value).await?;
        }
        let ssl = page.connection_field("SSL").await?.is_checked().await?;
        ensure!(ssl == slug.ends_with("ssl"), "{slug} has SSL: {ssl}");
    }
    // One that nobody knows is said, and changes nothing.
    let unknown = picked("?broker=nobody").await?;
    ensure!(unknown.starts_with("Lab broker"), "{unknown:?} is picked");
    page.document()
        .wait_contains("with a hyphen for each space")
        .await?;
    let host = picked("?host=broker.example").await?;
    ensure!(
        host != lab_broker,
        "a host leads elsewhere, not to {host:?}"
    );
    connect_to_nobody(lab).await
}

/// A client that leads to a host is not at the lab broker, whatever that is called.
async fn connect_to_nobody(lab: &Lab) -> Result<()> {
    let host = lab.page.connection_field("Host").await?;
    ensure!(host.value().await? == "broker.example", "it is filled in");
    Ok(())
}
