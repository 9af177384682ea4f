//! Two clients side by side: what one publishes is seen arriving at the other.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions_offline;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::names::{button, region};
use thirtyfour::Key;

use crate::at_lab_broker;

both_versions_offline!(
    publishing_on_the_left_arrives_on_the_right,
    the_selected_message_stays_selected,
    the_neighbour_goes_as_it_came
);

/// alice is selected, bob stands beside.
async fn two(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    at_lab_broker(lab, "bob", &[]).await?;
    page.add_client("alice").await?;
    at_lab_broker(lab, "alice", &[]).await?;
    // By keyboard.
    let show = page.document().button("Show bob beside").wait().await?;
    show.focus().await?;
    show.send_keys(Key::Enter + "").await?;
    page.region("bob").region(region::MESSAGES).wait().await?;
    Ok(())
}

async fn publishing_on_the_left_arrives_on_the_right(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    two(lab).await?;
    let (left, right) = (page.region("alice"), page.region("bob"));
    for panel in [
        region::CONNECTION,
        region::PUBLISH,
        region::SUBSCRIPTIONS,
        region::MESSAGES,
    ] {
        ensure!(left.region(panel).exists().await? && right.region(panel).exists().await?);
    }
    let subscriptions = right.region(region::SUBSCRIPTIONS);
    subscriptions
        .button(button::ADD_SUBSCRIPTION)
        .click()
        .await?;
    subscriptions
        .field_outside("Topic", region::WHY)
        .fill("side/#")
        .await?;
    subscriptions.button(button::SUBSCRIBE).click().await?;
    subscriptions.wait_contains("granted").await?;

    let publish = left.region(region::PUBLISH);
    publish.field("Topic").fill("side/1").await?;
    publish.field("Message").fill("from the left").await?;
    publish.button(button::PUBLISH).click().await?;
    right
        .region(region::MESSAGES)
        .wait_contains("from the left")
        .await?;
    let own = left.region(region::MESSAGES).text().await?;
    ensure!(!own.contains("from the left"), "{own}");
    // No two elements share an id.
    let script = "const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); \
                  return ids.filter((id, at) => ids.indexOf(id) !== at)";
    let twice = lab.driver().execute(script, vec![]).await?;
    let twice: Vec<String> = twice.convert()?;
    ensure!(twice.is_empty(), "{twice:?} stand there twice");
    Ok(())
}

async fn the_selected_message_stays_selected(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    at_lab_broker(lab, "bob", &[]).await?;
    page.subscribe_granted("side/#", 1).await?;
    for number in 0..3 {
        let (topic, text) = (format!("side/{number}"), format!("text {number}"));
        page.publish(&topic, &text, 1, false).await?;
    }
    page.wait_received(3).await?;
    page.open_details("side/1")
        .await?
        .wait_contains("text 1")
        .await?;
    page.add_client("alice").await?;
    page.region(region::DETAILS).wait_gone().await?;
    page.document().button("Show bob beside").click().await?;
    let beside = page.region("bob").region(region::DETAILS);
    beside.wait_contains("text 1").await?;
    page.region("bob").button("Close bob").click().await?;
    page.region("bob").wait_gone().await?;
    page.select_client("bob").await?;
    page.region(region::DETAILS).wait_contains("text 1").await?;
    // What was closed stays closed.
    page.region(region::DETAILS)
        .button("Close details")
        .click()
        .await?;
    page.region(region::DETAILS).wait_gone().await?;
    page.select_client("alice").await?;
    page.select_client("bob").await?;
    page.messages().wait_contains("text 2").await?;
    ensure!(!page.region(region::DETAILS).exists().await?);
    Ok(())
}

async fn the_neighbour_goes_as_it_came(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    two(lab).await?;
    // Whoever of them is selected, both stay where they are.
    page.select_client("bob").await?;
    page.region("alice").button("Close alice").wait().await?;
    page.region("bob").button("Close bob").click().await?;
    page.document().button("Show bob beside").wait().await?;
    page.region("bob").wait_gone().await?;
    page.connection().wait().await?;

    page.document().button("Show bob beside").click().await?;
    page.region("bob").wait().await?;
    // On a screen without room for two the neighbour waits.
    lab.browser.resize((1_200, 900)).await?;
    page.region("bob").wait_gone().await?;
    page.connection().wait().await?;
    ensure!(!page.document().button("Show bob beside").exists().await?);
    lab.browser.resize((1_440, 900)).await?;
    page.region("bob").wait().await?;

    // Its removal leaves the other alone.
    page.select_client("bob").await?;
    page.document()
        .button(&button::remove("bob"))
        .click()
        .await?;
    page.answer("Remove").await?;
    page.region("alice").wait_gone().await?;
    page.connection().wait().await.map(drop)
}
