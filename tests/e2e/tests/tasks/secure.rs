//! Encrypted connections, and the page over https.

use anyhow::Result;
use mqtt_lab_e2e::browser::Options;
use mqtt_lab_e2e::lab::{self, Lab};
use mqtt_lab_e2e::mosquitto::{self, Mosquitto};
use mqtt_lab_e2e::names::button;
use mqtt_lab_e2e::packet::Version;
use mqtt_lab_e2e::page::{Login, State};
use mqtt_lab_e2e::wait;

async fn broker_with_tls() -> Result<Mosquitto> {
    Mosquitto::start_with(mosquitto::Options {
        tls: true,
        ..Default::default()
    })
    .await
}

/// Fills the form for this broker with SSL on, and connects.
async fn start_connecting(lab: &Lab, broker: &Mosquitto) -> Result<()> {
    let page = &lab.page;
    page.fill_login(&Login::to_broker(broker, lab.version))
        .await?;
    page.connection_field("SSL").await?.check(true).await?;
    let port = broker.websocket_port.to_string();
    page.connection_field("Port").await?.fill(&port).await?;
    page.connection().button(button::CONNECT).click().await
}

async fn a_message_over_tls(lab: &Lab) -> Result<()> {
    let broker = broker_with_tls().await?;
    start_connecting(lab, &broker).await?;
    lab.page.wait_state(State::Connected).await?;
    lab.page.subscribe_granted("secure/#", 1).await?;
    lab.page.publish("secure/1", "sealed", 1, false).await?;
    lab.page
        .wait_row("secure/1", |row| row.contains("sealed"))
        .await?;
    lab.page.disconnect().await
}

#[tokio::test]
async fn ssl_connects_over_wss() -> Result<()> {
    let options = Options {
        trusts_all: true,
        ..Default::default()
    };
    for version in [Version::V3_1_1, Version::V5_0] {
        lab::run_with("wss", version, &options, a_message_over_tls).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_page_on_https_connects_over_wss() -> Result<()> {
    let options = Options {
        https: true,
        ..Default::default()
    };
    for version in [Version::V3_1_1, Version::V5_0] {
        lab::run_with("https", version, &options, a_message_over_tls).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_page_on_https_says_before_trying_that_it_needs_ssl() -> Result<()> {
    let options = Options {
        https: true,
        ..Default::default()
    };
    lab::run_with("https ws", Version::V3_1_1, &options, async |lab| {
        let connection = lab.page.connection();
        for (name, value) in [("Host", "broker.hivemq.com"), ("Port", "8000")] {
            lab.page.connection_field(name).await?.fill(value).await?;
        }
        lab.page.connection_field("SSL").await?.check(false).await?;
        lab.page
            .connection_field("Port")
            .await?
            .fill("8000")
            .await?;
        connection
            .wait_contains("may open only encrypted connections")
            .await?;
        // The port that this broker has for it is offered, and one press takes it.
        connection.chooser_starting("Use port 8884").click().await?;
        connection.field("Port").wait_value("8884").await?;
        anyhow::ensure!(connection.field("SSL").is_checked().await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_certificate_that_nobody_has_signed_is_explained() -> Result<()> {
    lab::run("untrusted", Version::V5_0, async |lab| {
        lab.expect_failing_websocket();
        let broker = broker_with_tls().await?;
        start_connecting(lab, &broker).await?;
        lab.page
            .wait_explanation(&["certificate"], wait::PATIENCE)
            .await?;
        lab.page.wait_state(State::Disconnected).await
    })
    .await
}
