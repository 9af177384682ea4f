//! Takes pictures of the built page in its main states, in four sizes, light and dark:
//! `cargo run -p mqtt-lab-e2e --bin screenshots -- <directory>`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use mqtt_lab_e2e::browser::Options;
use mqtt_lab_e2e::dist;
use mqtt_lab_e2e::lab::{Lab, run_on};
use mqtt_lab_e2e::mosquitto::Mosquitto;
use mqtt_lab_e2e::names::{button, region};
use mqtt_lab_e2e::packet::{Version, connack, kind};
use mqtt_lab_e2e::page::Login;
use mqtt_lab_e2e::peer::Peer;
use mqtt_lab_e2e::wait;

const SIZES: &[(u32, u32)] = &[(1440, 900), (1280, 800), (1024, 768), (360, 740)];

#[tokio::main]
async fn main() -> Result<()> {
    let directory: PathBuf = std::env::args_os()
        .nth(1)
        .context("usage: screenshots <directory>")?
        .into();
    tokio::fs::create_dir_all(&directory).await?;
    for dark in [false, true] {
        let options = Options {
            dark,
            ..Default::default()
        };
        let scheme = if dark { "dark" } else { "light" };
        let camera = Camera {
            directory: &directory,
            scheme,
        };
        run_on(
            &dist::directory()?,
            &format!("screenshots-{scheme}"),
            Version::V5_0,
            &options,
            async |lab| tour(lab, &camera).await,
        )
        .await?;
    }
    Ok(())
}

/// Goes through the states that are worth a picture.
async fn tour(lab: &Lab, camera: &Camera<'_>) -> Result<()> {
    let page = &lab.page;
    page.ready().await?;
    camera.shoot(lab, "1-start").await?;

    let broker = Mosquitto::start().await?;
    broker
        .publish(
            "sensors/floor1/temperature",
            br#"{"temperature": 20.5}"#,
            true,
        )
        .await?;
    page.rename_client("alice").await?;
    let login = Login::to_broker(&broker, lab.version).will("status/alice", 1, true, "offline");
    page.connect(&login).await?;
    camera.shoot(lab, "2-connected").await?;

    page.subscribe_granted("sensors/#", 2).await?;
    page.subscribe_granted("status/+", 1).await?;
    for step in 0..12 {
        let topic = format!("sensors/floor{}/temperature/AC{}", step % 4, step % 3);
        let value = format!(r#"{{"temperature": {}.{}}}"#, 18 + step, step % 10);
        broker.publish(&topic, value.as_bytes(), false).await?;
    }
    broker
        .publish(
            "sensors/camera",
            &[0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0x4a, 0x46],
            false,
        )
        .await?;
    broker
        .publish(
            "sensors/json",
            br#"{"id":7,"on":true,"list":[1,2,3]}"#,
            false,
        )
        .await?;
    page.wait_received(15).await?;
    page.why().field("Topic").fill("sensors/floor1").await?;
    page.publish("status/alice", "online", 2, false).await?;
    page.wait_received(16).await?;
    camera.shoot(lab, "3-messages").await?;

    page.open_details("sensors/json").await?;
    page.view_payload_as("JSON").await?;
    camera.shoot(lab, "4-details").await?;

    page.retained()
        .await?
        .wait_contains("sensors/floor1/temperature")
        .await?;
    camera.shoot(lab, "5-retained").await?;

    page.open_subscription_form().await?;
    page.filter_field().await?.fill("sensors/#/wrong").await?;
    camera.shoot(lab, "6-wrong-filter").await?;
    // The form may be a dialog; a reload leaves it whatever it is.
    lab.reload().await?;

    let peer = Peer::websocket(|mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection
            .frame(&connack(Version::V5_0, false, 0x87))
            .await?;
        connection.close(1000, "").await
    })
    .await?;
    page.start_connecting(&Login::to(peer.port, lab.version))
        .await?;
    page.wait_explanation(&["authori"], wait::PATIENCE).await?;
    camera.shoot(lab, "7-refused").await?;

    page.go_idle().await?;
    page.document().button(button::ADD_CLIENT).click().await?;
    camera.shoot(lab, "8-second-client").await
}

struct Camera<'a> {
    directory: &'a Path,
    scheme: &'a str,
}

impl Camera<'_> {
    /// One picture per size; the page keeps its state.
    async fn shoot(&self, lab: &Lab, state: &str) -> Result<()> {
        for &size in SIZES {
            lab.browser.resize(size).await?;
            self.picture(lab, state, size).await?;
            // A narrow screen shows one panel at a time; Connection, which it shows first, comes last.
            for panel in [
                region::PUBLISH,
                region::MESSAGES,
                region::SUBSCRIPTIONS,
                region::CONNECTION,
            ] {
                let tab = lab.page.chooser_of(panel);
                if tab.exists().await? {
                    tab.click().await?;
                    self.picture(lab, &format!("{state}-{}", panel.to_lowercase()), size)
                        .await?;
                }
            }
        }
        lab.browser.resize(SIZES[0]).await
    }

    async fn picture(&self, lab: &Lab, state: &str, (width, height): (u32, u32)) -> Result<()> {
        // Two frames: one in which the page sees its new size, one in which it has drawn.
        const DRAWN: &str = "const done = arguments[0]; \
             requestAnimationFrame(() => requestAnimationFrame(() => done()))";
        lab.driver().execute_async(DRAWN, vec![]).await?;
        let file = format!("{state}-{width}x{height}-{}.png", self.scheme);
        Ok(lab.driver().screenshot(&self.directory.join(file)).await?)
    }
}
