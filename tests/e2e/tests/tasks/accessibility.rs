//! Everything by keyboard, everything with a name, everything on a telephone.

use anyhow::{Context, Result, bail, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::browser::Options;
use mqtt_lab_e2e::dom::Place;
use mqtt_lab_e2e::lab::{self, Lab};
use mqtt_lab_e2e::mosquitto::Mosquitto;
use mqtt_lab_e2e::names::{button, region};
use mqtt_lab_e2e::packet::Version;
use mqtt_lab_e2e::page::{Login, State};
use mqtt_lab_e2e::wait;
use mqtt_lab_e2e::wire::Wire;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::connected;

both_versions!(
    every_control_has_a_name,
    connect_subscribe_and_publish_by_keyboard
);

/// Roles that a person operates; each must have a name.
const CONTROLS: &[&str] = &[
    "button",
    "checkbox",
    "combobox",
    "link",
    "listbox",
    "menuitem",
    "option",
    "radio",
    "searchbox",
    "slider",
    "spinbutton",
    "switch",
    "tab",
    "textbox",
    "treeitem",
    "region",
    "dialog",
];

/// Controls without a name, by Chromium's own accessibility tree.
async fn nameless(lab: &Lab) -> Result<Vec<String>> {
    let cdp = lab.driver().cdp();
    cdp.send_raw("Accessibility.enable", json!({})).await?;
    let tree = cdp
        .send_raw("Accessibility.getFullAXTree", json!({}))
        .await?;
    let nodes = tree["nodes"].as_array().context("no accessibility tree")?;
    let controls: Vec<_> = nodes
        .iter()
        .filter(|node| node["ignored"] != json!(true))
        .filter_map(|node| Some((node["role"]["value"].as_str()?.to_lowercase(), node)))
        .filter(|(role, _)| CONTROLS.contains(&role.as_str()))
        .collect();
    ensure!(
        controls.len() > 20,
        "only {} controls: this is not the page",
        controls.len()
    );
    let name = |node: &Value| {
        node["name"]["value"]
            .as_str()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let without = controls.iter().filter(|(_, node)| name(node).is_empty());
    Ok(without
        .map(|(role, node)| format!("{role} {}", node["properties"]))
        .collect())
}

async fn every_control_has_a_name(lab: &Lab) -> Result<()> {
    let check = async |state: &str| {
        let nameless = nameless(lab).await?;
        ensure!(nameless.is_empty(), "{state}: {nameless:#?}");
        Ok(())
    };
    check("at the start").await?;
    let broker = connected(lab).await?;
    lab.page.subscribe_granted("names/#", 1).await?;
    broker.publish("names/1", b"{}", true).await?;
    lab.page.open_details("names/1").await?;
    check("connected").await?;
    lab.page.open_subscription_form().await?;
    check("with the form of a subscription").await?;
    let document = lab.page.document();
    document.button("Cancel").click().await?;
    document.button("Devices").click().await?;
    document.button("Add Counter").click().await?;
    document.chooser_starting("Settings QoS").click().await?;
    document.field("Seed").wait().await?;
    check("with a device and its settings").await?;
    document.button("Broker tables").click().await?;
    document.button("Options").click().await?;
    document.button("Add rule").click().await?;
    document.field("Rule 1: Topic Filter").wait().await?;
    check("with the options of the broker").await?;
    document.all("dialog").button("Close").click().await?;
    let wire = Wire::open(lab).await?;
    wire.select(&["SUBACK"]).await?;
    wire.selected().wait_contains("packet 2 of 2").await?;
    wire.place.button("Filter").click().await?;
    wire.place.field("Packet Identifier").wait().await?;
    check("with the Wire, its filter and a packet").await
}

/// Presses keys on whatever has the focus.
async fn press(lab: &Lab, keys: impl Into<TypingData>) -> Result<()> {
    Ok(lab.driver().active_element().await?.send_keys(keys).await?)
}

/// Presses Tab until `place` has the focus.
async fn tab_to(lab: &Lab, place: &Place) -> Result<()> {
    const PRESSES: usize = 150;
    let mut target = place.wait().await?;
    for presses in 1..=PRESSES {
        if lab.driver().active_element().await? == target {
            return Ok(());
        }
        lab.driver()
            .action_chain()
            .send_keys(Key::Tab)
            .perform()
            .await?;
        if presses % 10 == 0 {
            // It may have been drawn anew.
            target = place.wait().await?;
        }
    }
    bail!("{PRESSES} times Tab did not reach {place}")
}

/// Waits until `place` has the focus: what went away did not take it along.
async fn wait_focus(lab: &Lab, place: &Place) -> Result<()> {
    wait::soon(&format!("the focus on {place}"), async || {
        let active = lab.driver().active_element().await?;
        ensure!(active == place.single().await?, "it is on {active}");
        Ok(())
    })
    .await
}

/// Replaces the text of the field that has the focus.
async fn type_over(lab: &Lab, text: &str) -> Result<()> {
    press(lab, Key::Control + "a").await?;
    press(lab, text).await
}

async fn connect_subscribe_and_publish_by_keyboard(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = Mosquitto::start().await?;
    // Choosing the version is covered elsewhere; everything after it is done by keys alone.
    page.connection_field("MQTT version")
        .await?
        .choose(lab.version.label())
        .await?;
    page.connection_field("SSL").await?.check(false).await?;
    let port = broker.websocket_port.to_string();
    for (name, value) in [("Host", "127.0.0.1"), ("Port", port.as_str())] {
        let field = page.connection_field(name).await?;
        tab_to(lab, &field).await?;
        type_over(lab, value).await?;
        field.wait_value(value).await?;
    }
    tab_to(lab, &page.connection().button(button::CONNECT)).await?;
    press(lab, Key::Enter).await?;
    page.wait_state(State::Connected).await?;

    tab_to(lab, &page.subscriptions().button(button::ADD_SUBSCRIPTION)).await?;
    press(lab, Key::Space).await?;
    tab_to(lab, &page.filter_field().await?).await?;
    type_over(lab, "keys/#").await?;
    tab_to(
        lab,
        &page.subscription_form().await?.button(button::SUBSCRIBE),
    )
    .await?;
    press(lab, Key::Enter).await?;
    page.subscription("keys/#").wait_contains("granted").await?;
    wait_focus(lab, &page.subscriptions().button(button::ADD_SUBSCRIPTION)).await?;

    tab_to(lab, &page.publishing().field("Topic")).await?;
    type_over(lab, "keys/a").await?;
    tab_to(lab, &page.publishing().field("Message")).await?;
    type_over(lab, "typed").await?;
    tab_to(lab, &page.publishing().button(button::PUBLISH)).await?;
    press(lab, Key::Enter).await?;
    page.wait_row("keys/a", |row| row.contains("typed")).await?;

    tab_to(lab, &page.connection().button(button::DISCONNECT)).await?;
    press(lab, Key::Enter).await?;
    page.wait_state(State::Disconnected).await?;
    wait_focus(lab, &page.connection().button(button::CONNECT)).await
}

#[tokio::test]
async fn help_is_no_stop_on_the_way_and_one_key_away() -> Result<()> {
    lab::run("help by key", Version::V3_1_1, async |lab| {
        let page = &lab.page;
        let stops: i64 = lab
            .driver()
            .execute(
                "return [...document.querySelectorAll('.help')].filter(mark => mark.tabIndex >= 0).length",
                vec![],
            )
            .await?
            .convert()?;
        ensure!(stops == 0, "{stops} help marks are stops of Tab");
        let field = page.connection_field("Keep Alive").await?;
        tab_to(lab, &field).await?;
        let tip = page.document().all("tooltip");
        press(lab, Key::F1 + "").await?;
        tip.wait_contains("PINGREQ").await?;
        wait_focus(lab, &field).await?;
        let first = tip.text().await?;
        press(lab, Key::F1 + "").await?;
        tip.wait_text("another sentence", |text| text != first && !text.is_empty())
            .await?;
        press(lab, Key::Escape + "").await?;
        tip.wait_gone().await?;
        press(lab, Key::F1 + "").await?;
        tip.wait().await?;
        press(lab, Key::Tab + "").await?;
        tip.wait_gone().await
    })
    .await
}

/// Whether anything is wider than the window.
async fn overflow(lab: &Lab) -> Result<i64> {
    const SCRIPT: &str = "return document.documentElement.scrollWidth - innerWidth";
    Ok(lab.driver().execute(SCRIPT, vec![]).await?.convert()?)
}

#[tokio::test]
async fn no_size_makes_the_page_scroll_sideways() -> Result<()> {
    for size in [(1440, 900), (1280, 800), (1024, 768), (360, 740)] {
        let options = Options {
            size,
            ..Default::default()
        };
        lab::run_with(
            &format!("width {}", size.0),
            Version::V3_1_1,
            &options,
            async |lab| {
                let wider = overflow(lab).await?;
                ensure!(
                    wider <= 0,
                    "the page is {wider} pixels wider than {}",
                    size.0
                );
                Ok(())
            },
        )
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_telephone_connects_subscribes_and_publishes() -> Result<()> {
    let options = Options {
        size: (360, 740),
        dark: true,
        ..Default::default()
    };
    lab::run_with("telephone", Version::V5_0, &options, async |lab| {
        let page = &lab.page;
        let broker = Mosquitto::start().await?;
        page.connect(&Login::to_broker(&broker, lab.version))
            .await?;
        page.show(region::SUBSCRIPTIONS).await?;
        page.subscribe_granted("phone/#", 1).await?;
        page.show(region::PUBLISH).await?;
        page.publish("phone/1", "from a telephone", 1, false)
            .await?;
        for panel in [
            region::CONNECTION,
            region::PUBLISH,
            region::SUBSCRIPTIONS,
            region::MESSAGES,
        ] {
            page.show(panel).await?;
            let wider = overflow(lab).await?;
            ensure!(
                wider <= 0,
                "{panel} is {wider} pixels wider than the telephone"
            );
        }
        page.wait_row("phone/1", |row| row.contains("from a telephone"))
            .await
            .map(drop)
    })
    .await
}
