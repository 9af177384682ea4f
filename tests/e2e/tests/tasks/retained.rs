//! Task 7: retained messages, and the rule that trips everyone.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::names::button;

use crate::connected;

both_versions!(
    the_flag_is_set_for_a_new_subscription_only,
    a_retained_message_is_cleared
);

async fn the_flag_is_set_for_a_new_subscription_only(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    broker.publish("kept/old", b"before", true).await?;
    page.subscribe_granted("kept/#", 1).await?;
    page.wait_row("kept/old", |row| row.retained() && row.contains("before"))
        .await?;
    broker.publish("kept/new", b"after", true).await?;
    page.wait_row("kept/new", |row| !row.retained() && row.contains("after"))
        .await?;
    let view = page.retained().await?;
    view.wait_contains("kept/old").await?;
    view.wait_contains("before").await?;
    // The rule is taught where people look for the flag in vain.
    page.document()
        .wait_contains("new subscription")
        .await
        .map(drop)
}

async fn a_retained_message_is_cleared(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    broker.publish("kept/a", b"1", true).await?;
    broker.publish("kept/b", b"2", true).await?;
    page.subscribe_granted("kept/#", 1).await?;
    let view = page.retained().await?;
    view.wait_contains("kept/a").await?;
    view.wait_contains("kept/b").await?;
    let clear = view.button(&button::clear_retained("kept/a"));
    clear.click().await?;
    // It asks first; nothing is sent until the answer.
    let question = page.document().all("dialog");
    question.wait_contains("kept/a").await?;
    page.answer("Cancel").await?;
    ensure!(clear.exists().await?, "cancelled, and yet gone");
    clear.click().await?;
    page.answer("Clear").await?;
    clear.wait_gone().await?;
    let listener = broker.subscribe("kept/#").await?;
    listener.wait_for("kept/b").await?;
    let deliveries = listener.deliveries()?;
    ensure!(
        deliveries.iter().all(|delivery| delivery.topic != "kept/a"),
        "{deliveries:?}"
    );
    Ok(())
}
