//! Enhanced authentication (MQTT 5.0), against a scripted peer: a challenge before CONNACK, and authenticating again.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::lab;
use mqtt_lab_e2e::names::button;
use mqtt_lab_e2e::packet::{Version, packet};
use mqtt_lab_e2e::page::{Login, State};
use mqtt_lab_e2e::peer::{Connection, Peer};

const AUTH: u8 = 15;

/// AUTH with the method `m` and this data.
fn auth(reason_code: u8, data: &[u8]) -> Vec<u8> {
    let properties = [&[0x15, 0, 1, b'm', 0x16, 0, data.len() as u8][..], data].concat();
    packet(0xf0, &[&[reason_code, properties.len() as u8], &properties])
}

async fn script(mut peer: Connection) -> Result<()> {
    peer.expect(mqtt_lab_e2e::packet::kind::CONNECT).await?;
    peer.frame(&auth(0x18, b"what is it?")).await?;
    let answer = peer.expect(AUTH).await?;
    ensure!(answer.body.ends_with(b"the answer"), "{answer:?}");
    ensure!(answer.body[0] == 0x18, "{answer:?}");
    // CONNACK with the same method.
    peer.frame(&packet(0x20, &[&[0, 0, 4, 0x15, 0, 1, b'm']]))
        .await?;
    let again = peer.expect(AUTH).await?;
    ensure!(again.body[0] == 0x19, "{again:?}");
    ensure!(again.body.ends_with(&[0x01, 0xff]), "{again:?}");
    peer.frame(&auth(0, b"ok")).await?;
    peer.serve(Version::V5_0).await
}

#[tokio::test]
async fn a_challenge_is_answered_and_the_client_authenticates_again() -> Result<()> {
    lab::run("authentication", Version::V5_0, async |lab| {
        let page = &lab.page;
        let peer = Peer::websocket(script).await?;
        page.fill_login(&Login::to(peer.port, Version::V5_0))
            .await?;
        let method = page.connection_field("Authentication Method").await?;
        method.wait().await?;
        method.fill("m").await?;
        page.connection().button(button::CONNECT).click().await?;
        let connection = page.connection();
        connection.wait_contains("It sent: what is it?").await?;
        connection.field("Answer data").fill("the answer").await?;
        connection.button("Answer the challenge").click().await?;
        page.wait_state(State::Connected).await?;
        connection.button("Re-authenticate").wait().await?;
        // What is no byte is refused in words, and nothing is sent.
        connection.check_box("Hexadecimal").check(true).await?;
        connection.field("Answer data").fill("01 f").await?;
        connection.button("Re-authenticate").click().await?;
        connection.field("Answer data").wait_invalid(true).await?;
        connection.field("Answer data").fill("01 ff").await?;
        connection.button("Re-authenticate").click().await?;
        page.document()
            .wait_contains("accepted the re-authentication")
            .await?;
        ensure!(peer.faults().is_empty(), "{:?}", peer.faults());
        Ok(())
    })
    .await
}
