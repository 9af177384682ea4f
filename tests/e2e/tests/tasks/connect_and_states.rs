//! Task 2: connect, with every field of the form, and see what is happening.

use std::time::Duration;

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::{self, Lab};
use mqtt_lab_e2e::mosquitto::{self, Mosquitto};
use mqtt_lab_e2e::names::button;
use mqtt_lab_e2e::packet::{Version, connack, kind};
use mqtt_lab_e2e::page::{Login, State};
use mqtt_lab_e2e::peer::Peer;
use mqtt_lab_e2e::wait;

both_versions!(
    form_is_prefilled_as_lab_sheets_expect,
    connects_and_disconnects,
    says_what_it_waits_for,
    account_and_keep_alive_reach_the_server,
    long_client_identifier_connects,
    session_present_is_shown,
    dies_without_disconnect,
);

async fn form_is_prefilled_as_lab_sheets_expect(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let id = page.connection_field("ClientID").await?.value().await?;
    let random = id.strip_prefix("clientId-").unwrap_or_default();
    ensure!(
        random.len() == 10 && random.chars().all(|c| c.is_ascii_alphanumeric()),
        "the Client Identifier is {id:?}"
    );
    page.connection_field("Keep Alive")
        .await?
        .wait_value("60")
        .await?;
    page.connection_field("Path")
        .await?
        .wait_value("/mqtt")
        .await?;
    ensure!(
        page.connection_field("Clean Session")
            .await?
            .is_checked()
            .await?
    );
    for name in [
        "Broker",
        "Host",
        "Port",
        "Username",
        "Password",
        "SSL",
        "MQTT version",
        "Last-Will Topic",
        "Last-Will QoS",
        "Last-Will Retain",
        "Last-Will Message",
    ] {
        page.connection_field(name).await?.wait().await?;
    }
    page.connection_field("Broker")
        .await?
        .choose("HiveMQ")
        .await?;
    page.connection_field("Host")
        .await?
        .wait_value("broker.hivemq.com")
        .await?;
    page.publishing()
        .field("Topic")
        .wait_value("testtopic/1")
        .await
}

async fn connects_and_disconnects(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = Mosquitto::start().await?;
    ensure!(page.state().await? == State::Disconnected);
    page.connect(&Login::to_broker(&broker, lab.version).client_id("task-2"))
        .await?;
    // How mosquitto names the protocol levels in its log.
    let level = if lab.version == Version::V5_0 {
        "p5"
    } else {
        "p2"
    };
    broker
        .wait_for_log(&format!("as task-2 ({level}, c1, k60)"))
        .await?;
    page.connection().wait_contains("session").await?;
    page.connection()
        .wait_text("the time since", |text| {
            text.split_whitespace().any(|word| {
                let mut parts = word.split(':');
                let digits = |part: Option<&str>| {
                    part.is_some_and(|part| {
                        part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())
                    })
                };
                digits(parts.next()) && digits(parts.next())
            })
        })
        .await?;
    page.disconnect().await?;
    broker
        .wait_for_log("Received DISCONNECT from task-2")
        .await?;
    // And once more, from the same form.
    page.connect(&Login::to_broker(&broker, lab.version).client_id("task-2b"))
        .await?;
    broker.wait_for_log("as task-2b").await
}

async fn says_what_it_waits_for(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        connection.frame(&connack(version, false, 0)).await?;
        connection.serve(version).await
    })
    .await?;
    lab.page
        .start_connecting(&Login::to(peer.port, version))
        .await?;
    lab.page.wait_state(State::Connecting).await?;
    lab.page
        .wait_explanation(&["CONNACK"], wait::PATIENCE)
        .await?;
    lab.page.wait_state(State::Connected).await?;
    ensure!(
        peer.protocols() == ["mqtt"],
        "the sub-protocol is {:?}",
        peer.protocols()
    );
    Ok(())
}

async fn account_and_keep_alive_reach_the_server(lab: &Lab) -> Result<()> {
    let broker = Mosquitto::start_with(mosquitto::Options {
        accounts: vec![("alice".to_owned(), "secret word".to_owned())],
        ..Default::default()
    })
    .await?;
    let mut login = Login::to_broker(&broker, lab.version).client_id("with-account");
    login.keep_alive = Some(45);
    lab.page
        .connect(&login.account("alice", "secret word"))
        .await?;
    broker.wait_for_log("k45, u'alice'").await?;
    let shown = lab.page.document().text().await?;
    ensure!(
        !shown.contains("secret word"),
        "the password is on the screen"
    );
    Ok(())
}

async fn long_client_identifier_connects(lab: &Lab) -> Result<()> {
    let broker = Mosquitto::start().await?;
    let id = "a-client-identifier-of-more-than-23-characters";
    lab.page
        .connect(&Login::to_broker(&broker, lab.version).client_id(id))
        .await?;
    broker.wait_for_log(&format!("as {id} ")).await
}

async fn session_present_is_shown(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        let connect = connection.expect(kind::CONNECT).await?;
        // Connect Flags stand after the protocol's name and level; bit 1 asks for a clean start.
        let clean = connect.body.get(7).is_some_and(|flags| flags & 2 != 0);
        connection.frame(&connack(version, !clean, 0)).await?;
        connection.serve(version).await
    })
    .await?;
    let mut login = Login::to(peer.port, version).client_id("keeps-its-session");
    login.clean_session = Some(true);
    lab.page.connect(&login).await?;
    lab.page
        .wait_explanation(&["not present", "no session"], wait::PATIENCE)
        .await?;
    lab.page.disconnect().await?;
    login.clean_session = Some(false);
    lab.page.connect(&login).await?;
    lab.page
        .wait_explanation(&["session present"], wait::PATIENCE)
        .await
        .map(drop)
}

async fn dies_without_disconnect(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&connack(version, false, 0)).await?;
        connection.serve(version).await
    })
    .await?;
    lab.page.connect(&Login::to(peer.port, version)).await?;
    lab.page.connection().button(button::DIE).click().await?;
    lab.page.wait_state(State::Disconnected).await?;
    ensure!(peer.count(kind::DISCONNECT) == 0, "a DISCONNECT was sent");
    lab.page.connect(&Login::to(peer.port, version)).await?;
    lab.page.disconnect().await?;
    wait::soon("the DISCONNECT", async || {
        ensure!(peer.count(kind::DISCONNECT) == 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn connects_with_mqtt_3_1() -> Result<()> {
    lab::run(module_path!(), Version::V3_1, async |lab| {
        let broker = Mosquitto::start().await?;
        lab.page
            .connect(&Login::to_broker(&broker, lab.version).client_id("old"))
            .await?;
        broker.wait_for_log("as old (p1, c1, k60)").await?;
        lab.page.subscribe_granted("old/#", 2).await?;
        broker.publish("old/topic", b"hello", false).await?;
        lab.page
            .wait_row("old/topic", |row| row.contains("hello"))
            .await
            .map(drop)
    })
    .await
}

#[tokio::test]
async fn address_prefills_the_form() -> Result<()> {
    lab::run("address prefills the form", Version::V3_1_1, async |lab| {
        let query = "?username=u%20ser&password=p%26w&host=broker.example&port=8123&path=%2Fws";
        lab.driver().goto(lab.url() + query).await?;
        lab.page.ready().await?;
        for (name, value) in [
            ("Host", "broker.example"),
            ("Port", "8123"),
            ("Path", "/ws"),
            ("Username", "u ser"),
            ("Password", "p&w"),
        ] {
            lab.page
                .connection_field(name)
                .await?
                .wait_value(value)
                .await?;
        }
        lab.driver()
            .goto(lab.url() + "?host=broker.example")
            .await?;
        lab.page.ready().await?;
        lab.page
            .connection_field("Host")
            .await?
            .wait_value("broker.example")
            .await?;
        ensure!(
            lab.page.connection_field("SSL").await?.is_checked().await?,
            "host alone implies SSL"
        );
        Ok(())
    })
    .await
}
