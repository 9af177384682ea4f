//! Two neighbours at one computer: the page in two tabs of one browser, with one lab broker for both.

use std::time::Duration;

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions_offline;
use mqtt_lab_e2e::browser::Options;
use mqtt_lab_e2e::lab::{self, Lab};
use mqtt_lab_e2e::names::button;
use mqtt_lab_e2e::packet::Version;
use mqtt_lab_e2e::page::State;
use mqtt_lab_e2e::wait;
use thirtyfour::WindowHandle;

both_versions_offline!(
    neighbours_write_to_each_other,
    from_the_hosts_table_to_the_guests_packet,
    the_host_closes_and_the_guest_goes_on,
    the_host_is_loaded_again_and_is_a_guest_then,
);

/// For how long a client may take to find the new host by itself.
const RECONNECT_LIMIT: Duration = Duration::from_secs(30);

/// What hides the locks, as a page has it that came over http from another computer.
const NO_LOCKS: &str = "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })";

/// What hides the channel between tabs.
const NO_CHANNEL: &str = "delete window.BroadcastChannel";

/// Opens the page in a second tab, and leaves the browser there.
async fn second_tab(lab: &Lab) -> Result<WindowHandle> {
    let driver = lab.driver();
    let other = driver.new_tab().await?;
    driver.switch_to_window(other.clone()).await?;
    driver.goto(lab.url()).await?;
    lab.page.ready().await?;
    Ok(other)
}

async fn turn_to(lab: &Lab, tab: &WindowHandle) -> Result<()> {
    lab.driver().switch_to_window(tab.clone()).await?;
    Ok(())
}

/// Connects to the lab broker, which is what the form offers first.
async fn connect(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    page.connection_field("MQTT version")
        .await?
        .choose(lab.version.label())
        .await?;
    page.connection().button(button::CONNECT).click().await?;
    page.wait_state(State::Connected).await
}

async fn client_id(lab: &Lab) -> Result<String> {
    lab.page.connection_field("ClientID").await?.value().await
}

async fn wait_title(lab: &Lab, title: &str) -> Result<()> {
    wait::soon("the title of the tab", async || {
        let found = lab.driver().title().await?;
        ensure!(found == title, "it is {found:?}");
        Ok(())
    })
    .await
}

async fn neighbours_write_to_each_other(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let first = lab.driver().window().await?;
    let first_id = client_id(lab).await?;
    connect(lab).await?;
    page.subscribe_granted("room/#", 2).await?;
    let second = second_tab(lab).await?;
    let second_id = client_id(lab).await?;
    ensure!(first_id != second_id, "both are {first_id}");
    wait_title(lab, "MQTT Lab (guest)").await?;
    connect(lab).await?;
    let where_to = page
        .wait_explanation(&["in another tab of this browser"], RECONNECT_LIMIT)
        .await?;
    ensure!(where_to.contains(&second_id), "{where_to}");
    page.subscribe_granted("room/#", 1).await?;
    for qos in 0..3 {
        let message = format!("hello from the second {qos}");
        page.publish("room/2", &message, qos, false).await?;
        page.wait_row("room/2", |row| row.contains(&message))
            .await?;
    }
    page.document().button("Broker tables").click().await?;
    page.document()
        .wait_contains("1 client of this tab is connected to it")
        .await?;
    ensure!(
        !page.document().button("Stop the broker").exists().await?,
        "a guest cannot stop the broker"
    );

    turn_to(lab, &first).await?;
    wait_title(lab, "MQTT Lab (has the broker)").await?;
    for qos in 0..3 {
        let message = format!("hello from the second {qos}");
        page.wait_row("room/2", |row| row.contains(&message))
            .await?;
        let message = format!("hello from the first {qos}");
        page.publish("room/1", &message, qos, false).await?;
    }
    page.document().button("Broker tables").click().await?;
    page.document().wait_contains("Connections 2").await?;
    page.document().wait_contains("another tab").await?;
    page.document()
        .wait_contains("1 other tab of this browser uses this broker too")
        .await?;

    turn_to(lab, &second).await?;
    for qos in 0..3 {
        let message = format!("hello from the first {qos}");
        page.wait_row("room/1", |row| row.contains(&message))
            .await?;
    }
    Ok(())
}

async fn from_the_hosts_table_to_the_guests_packet(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let first = lab.driver().window().await?;
    connect(lab).await?;
    second_tab(lab).await?;
    wait_title(lab, "MQTT Lab (guest)").await?;
    let guest = client_id(lab).await?;
    connect(lab).await?;
    page.publish("kept/guest", "from the other tab", 1, true)
        .await?;

    turn_to(lab, &first).await?;
    page.document().button("Broker tables").click().await?;
    let pane = page.region("Broker tables");
    pane.wait_contains("Retained 1").await?;
    pane.chooser_starting("Retained").click().await?;
    pane.region("Retained")
        .button("Show the cause")
        .click()
        .await?;
    let selected = page.region("Wire").region("Selected");
    for words in ["PUBLISH", "kept/guest", guest.as_str()] {
        selected.wait_contains(words).await?;
    }
    // Both ends of its handshake are there.
    selected.button("Next packet").click().await?;
    selected.wait_contains("PUBACK").await?;
    selected.wait_contains(&guest).await.map(drop)
}

async fn the_host_closes_and_the_guest_goes_on(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let first = lab.driver().window().await?;
    connect(lab).await?;
    page.publish("room/1", "kept by the first", 1, true).await?;
    let second = second_tab(lab).await?;
    wait_title(lab, "MQTT Lab (guest)").await?;
    connect(lab).await?;
    page.subscribe_granted("room/#", 1).await?;
    page.wait_row("room/1", |row| row.contains("kept by the first"))
        .await?;

    turn_to(lab, &first).await?;
    lab.driver().close_window().await?;
    turn_to(lab, &second).await?;
    page.document()
        .wait_contains("This tab hosts it now. It began empty")
        .await?;
    wait_title(lab, "MQTT Lab").await?;
    if page.state().await? == State::Disconnected {
        page.connection().button(button::CONNECT).click().await?;
    }
    page.wait_state_for(State::Connected, RECONNECT_LIMIT)
        .await?;
    page.wait_explanation(&["(in this page)"], RECONNECT_LIMIT)
        .await?;
    page.document().button("Broker tables").click().await?;
    page.document().wait_contains("Retained 0").await?;
    page.document().wait_contains("Connections 1").await?;

    // The new broker knows of no subscription.
    page.subscribe_granted("room/#", 1).await?;

    // The next one is the guest of this one.
    let third = second_tab(lab).await?;
    wait_title(lab, "MQTT Lab (guest)").await?;
    connect(lab).await?;
    page.publish("room/3", "from the third", 1, false).await?;
    turn_to(lab, &second).await?;
    page.wait_row("room/3", |row| row.contains("from the third"))
        .await?;
    turn_to(lab, &third).await?;
    lab.driver().close_window().await?;
    turn_to(lab, &second).await?;
    page.document()
        .wait_contains("Connections 1")
        .await
        .map(drop)
}

async fn the_host_is_loaded_again_and_is_a_guest_then(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let first = lab.driver().window().await?;
    connect(lab).await?;
    let second = second_tab(lab).await?;
    wait_title(lab, "MQTT Lab (guest)").await?;
    turn_to(lab, &first).await?;
    lab.reload().await?;
    wait_title(lab, "MQTT Lab (guest)").await?;
    turn_to(lab, &second).await?;
    wait_title(lab, "MQTT Lab (has the broker)").await?;
    connect(lab).await?;
    page.subscribe_granted("room/#", 0).await?;
    turn_to(lab, &first).await?;
    connect(lab).await?;
    page.publish("room/1", "it goes on", 0, false).await?;
    turn_to(lab, &second).await?;
    page.wait_row("room/1", |row| row.contains("it goes on"))
        .await
        .map(drop)
}

async fn a_broker_of_its_own(lab: &Lab, why: &str) -> Result<()> {
    let page = &lab.page;
    connect(lab).await?;
    page.subscribe_granted("room/#", 0).await?;
    page.publish("room/1", "alone", 0, false).await?;
    page.wait_row("room/1", |row| row.contains("alone")).await?;
    page.document().button("Broker tables").click().await?;
    page.document().wait_contains("Connections 1").await?;
    page.document()
        .wait_contains("Only this tab uses this broker")
        .await?;
    page.document().wait_contains(why).await?;
    let title = lab.driver().title().await?;
    ensure!(title == "MQTT Lab", "{title}");
    Ok(())
}

async fn without(name: &str, version: Version, script: &str, why: &str) -> Result<()> {
    let options = Options {
        before_page: Some(script.to_owned()),
        ..Options::default()
    };
    lab::run_with(name, version, &options, async |lab| {
        a_broker_of_its_own(lab, why).await
    })
    .await
}

#[tokio::test]
async fn no_locks_with_mqtt_3_1_1() -> Result<()> {
    let why = "where the page comes over https or from localhost";
    without("no locks", Version::V3_1_1, NO_LOCKS, why).await
}

#[tokio::test]
async fn no_locks_with_mqtt_5_0() -> Result<()> {
    let why = "where the page comes over https or from localhost";
    without("no locks", Version::V5_0, NO_LOCKS, why).await
}

#[tokio::test]
async fn no_channel_with_mqtt_3_1_1() -> Result<()> {
    let why = "this browser does not let tabs write to each other";
    without("no channel", Version::V3_1_1, NO_CHANNEL, why).await
}

#[tokio::test]
async fn no_channel_with_mqtt_5_0() -> Result<()> {
    let why = "this browser does not let tabs write to each other";
    without("no channel", Version::V5_0, NO_CHANNEL, why).await
}
