//! A tab that nobody looks at: the browser lets its timers run once a minute, and the connection must live on.

use std::time::Duration;

use anyhow::{Result, ensure};
use mqtt_lab_e2e::browser::Options;
use mqtt_lab_e2e::lab::{self, Lab};
use mqtt_lab_e2e::packet::{Version, connack, kind, publish};
use mqtt_lab_e2e::page::{Login, State};
use mqtt_lab_e2e::peer::Peer;
use mqtt_lab_e2e::wait;

/// Seconds; with timers that run once a minute, this Keep Alive would be missed many times.
const KEEP_ALIVE: u16 = 3;

/// Counts how often a plain timer of the page runs while the tab is hidden.
const COUNT_TICKS: &str = "window.ticks = 0; \
     setInterval(() => { if (document.hidden) window.ticks += 1; }, 100)";

async fn stays_alive(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&connack(version, false, 0)).await?;
        // Arrives while the tab is hidden, after the first sign of life.
        connection.expect(kind::PINGREQ).await?;
        connection.frame(&[0xd0, 0]).await?;
        connection
            .frame(&publish(version, "hidden/1", b"while you were away"))
            .await?;
        connection.serve(version).await
    })
    .await?;
    let mut login = Login::to(peer.port, version);
    login.keep_alive = Some(KEEP_ALIVE);
    lab.page.connect(&login).await?;

    let driver = lab.driver();
    driver.execute(COUNT_TICKS, vec![]).await?;
    let own = driver.window().await?;
    let other = driver.new_tab().await?;
    driver.switch_to_window(other).await?;
    let before = peer.count(kind::PINGREQ);
    wait::until("four signs of life", Duration::from_secs(60), async || {
        let seen = peer.count(kind::PINGREQ) - before;
        ensure!(seen >= 4, "{seen} PINGREQ; {:?}", peer.faults());
        Ok(())
    })
    .await?;
    driver.switch_to_window(own).await?;
    let ticks: u32 = driver
        .execute("return window.ticks", vec![])
        .await?
        .convert()?;
    // Four Keep Alives are twelve seconds, in which an unhindered timer would have run 120 times.
    ensure!(
        (1..30).contains(&ticks),
        "plain timers ran {ticks} times: the tab was not hidden, or not held back"
    );
    ensure!(peer.connections() == 1, "it had to connect again");

    lab.page.wait_state(State::Connected).await?;
    lab.page
        .wait_row("hidden/1", |row| row.contains("while you were away"))
        .await
        .map(drop)
}

async fn hidden(version: Version) -> Result<()> {
    let options = Options {
        throttled: true,
        ..Default::default()
    };
    lab::run_with("hidden tab", version, &options, stays_alive).await
}

#[tokio::test]
async fn keep_alive_holds_with_mqtt_3_1_1() -> Result<()> {
    hidden(Version::V3_1_1).await
}

#[tokio::test]
async fn keep_alive_holds_with_mqtt_5_0() -> Result<()> {
    hidden(Version::V5_0).await
}
