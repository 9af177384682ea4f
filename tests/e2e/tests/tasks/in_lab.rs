//! What tests do at the broker in the page.

use anyhow::{Context, Result};
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::names::{button, region};
use mqtt_lab_e2e::page::State;

/// Names the selected client, fills these fields of its form besides, and connects it to the broker in the page,
/// which is what a new page is set to.
pub async fn at_lab_broker(lab: &Lab, name: &str, fields: &[(&str, &str)]) -> Result<()> {
    let page = &lab.page;
    page.rename_client(name).await?;
    let broker = page.connection_field("Broker").await?;
    broker.choose("Lab broker").await?;
    let version = page.connection_field("MQTT version").await?;
    version.choose(lab.version.label()).await?;
    page.connection_field("ClientID").await?.fill(name).await?;
    for (field, text) in fields {
        page.connection_field(field).await?.fill(text).await?;
    }
    page.connection().button(button::CONNECT).click().await?;
    page.wait_state(State::Connected).await
}

/// What the lab's clock shows: hours, minutes and seconds.
pub async fn clock(lab: &Lab) -> Result<String> {
    let text = lab.page.region(region::TIME).text().await?;
    let is_time = |word: &&str| {
        let parts: Vec<_> = word.split(':').collect();
        let is_number =
            |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        parts.len() == 3 && parts.iter().all(is_number)
    };
    let clock = text.split_whitespace().find(is_time);
    clock
        .map(str::to_owned)
        .with_context(|| format!("no clock in {text:?}"))
}
