//! The topic tree in the side pane.

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::dom::Place;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::wait;
use thirtyfour::prelude::*;

use crate::{connected, sending};

both_versions!(
    every_topic_is_seen_with_its_last_value,
    the_tree_is_gone_through_by_keyboard,
    a_branch_restricts_the_list_and_is_subscribed_to,
    retained_messages_of_a_branch_are_cleared_after_a_preview,
    ten_thousand_topics_are_windowed,
    a_topic_is_copied,
    the_deepest_and_the_longest_topics_stay_usable,
);

async fn open(lab: &Lab) -> Result<Place> {
    lab.page.document().button("Topics").click().await?;
    let pane = lab.page.region("Topics");
    pane.wait_contains("topics seen").await?;
    Ok(pane)
}

/// The texts of the rows that are drawn.
async fn rows(lab: &Lab) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll('[role=treegrid] [role=row]')].map((row) => row.innerText.replace(/\\s+/g, ' ').trim())";
    Ok(lab.driver().execute(script, Vec::new()).await?.convert()?)
}

async fn choose(lab: &Lab, name: &str) -> Result<()> {
    wait::soon(&format!("the topic {name:?}"), async || {
        let pane = lab.page.region("Topics");
        for row in pane.all("row").elements().await? {
            if row.text().await?.starts_with(name) {
                row.click().await?;
                return Ok(());
            }
        }
        anyhow::bail!("the rows are {:?}", rows(lab).await?)
    })
    .await
}

async fn every_topic_is_seen_with_its_last_value(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("#", 1).await?;
    let pane = open(lab).await?;
    pane.wait_contains("No topics yet").await?;
    for (topic, payload) in [
        ("home/kitchen", "21.5"),
        ("home/hall", "19"),
        ("home/kitchen", "22.5"),
        ("/odd//topic", "x"),
    ] {
        broker.publish(topic, payload.as_bytes(), false).await?;
    }
    pane.wait_contains("3 topics seen").await?;
    pane.button("Open all").click().await?;
    pane.wait_contains("22.5").await?;
    let shown = rows(lab).await?;
    ensure!(
        shown.iter().any(|row| row.starts_with("home 2 topics 3")),
        "{shown:?}"
    );
    ensure!(
        shown
            .iter()
            .any(|row| row.starts_with("kitchen") && row.contains("22.5")),
        "{shown:?}"
    );
    ensure!(
        shown.iter().any(|row| row.contains("(empty level)")),
        "{shown:?}"
    );
    pane.field("Filter topics").fill("KITCH").await?;
    pane.wait_contains("1 of 3 topics fit").await?;
    let shown = rows(lab).await?;
    ensure!(shown.len() == 2, "{shown:?}");
    pane.field("Filter topics").fill("nowhere").await?;
    pane.wait_contains("No topic has this text").await.map(drop)
}

async fn the_tree_is_gone_through_by_keyboard(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("#", 1).await?;
    broker.publish("a/b/c", b"deep", false).await?;
    broker.publish("z", b"flat", false).await?;
    page.wait_received(2).await?;
    let pane = open(lab).await?;
    let tree = pane.all("treegrid").wait().await?;
    let chosen = pane.region("Chosen topic");
    tree.focus().await?;
    tree.send_keys(Key::Down).await?;
    chosen.wait_contains("a").await?;
    // Open, into, open, into.
    for _ in 0..4 {
        tree.send_keys(Key::Right).await?;
    }
    chosen.wait_contains("a/b/c").await?;
    tree.send_keys(Key::Left).await?;
    chosen
        .wait_text("the level above", |text| {
            text.trim_start().starts_with("a/b") && !text.contains("a/b/c")
        })
        .await?;
    tree.send_keys(Key::Left).await?;
    wait::soon("a closed level", async || {
        let shown = rows(lab).await?;
        ensure!(shown.len() == 3, "{shown:?}");
        Ok(())
    })
    .await?;
    tree.send_keys(Key::End).await?;
    chosen
        .wait_text("the last row", |text| text.trim_start().starts_with('z'))
        .await
        .map(drop)
}

async fn a_branch_restricts_the_list_and_is_subscribed_to(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("#", 1).await?;
    broker.publish("home/hall", b"1", false).await?;
    broker.publish("garden/tree", b"2", false).await?;
    page.wait_received(2).await?;
    let pane = open(lab).await?;
    choose(lab, "home").await?;
    pane.button("Show only these").click().await?;
    wait::soon("only the branch", async || {
        let rows = page.rows().await?;
        ensure!(
            rows.len() == 1 && rows[0].topic() == Some("home/hall"),
            "{rows:?}"
        );
        Ok(())
    })
    .await?;
    page.messages().button("Show all messages").click().await?;
    pane.button("Subscribe to home/#").click().await?;
    page.subscription("home/#").wait().await?;
    Ok(())
}

async fn retained_messages_of_a_branch_are_cleared_after_a_preview(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    for topic in ["home/a", "home/b", "garden/c"] {
        broker.publish(topic, b"kept", true).await?;
    }
    page.subscribe_granted("#", 1).await?;
    page.wait_received(3).await?;
    let pane = open(lab).await?;
    choose(lab, "home").await?;
    pane.button("Clear retained messages").click().await?;
    let question = page.document().all("dialog");
    question.wait_contains("home/a").await?;
    let text = question.wait_contains("home/b").await?;
    ensure!(!text.contains("garden"), "the preview is {text:?}");
    page.answer("Cancel").await?;
    let listener = broker.subscribe("home/#").await?;
    listener.wait_for("home/b").await?;
    pane.button("Clear retained messages").click().await?;
    page.answer("Clear 2").await?;
    pane.button("Clear retained messages").wait_gone().await?;
    let listener = broker.subscribe("#").await?;
    listener.wait_for("garden/c").await?;
    let kept = listener.deliveries()?;
    ensure!(
        kept.iter()
            .all(|delivery| !delivery.topic.starts_with("home")),
        "{kept:?}"
    );
    Ok(())
}

async fn ten_thousand_topics_are_windowed(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let all = (0..10_000).map(|number| (format!("all/{number}"), b"1".to_vec()));
    let _peer = sending(lab, all.collect()).await?;
    page.wait_received(10_000).await?;
    let pane = open(lab).await?;
    pane.wait_contains("10,000 topics seen").await?;
    pane.button("Open all").click().await?;
    let tree = pane.all("treegrid").wait().await?;
    wait::soon("all rows", async || {
        let count = tree.attr("aria-rowcount").await?.context("no row count")?;
        ensure!(count == "10001", "{count} rows");
        Ok(())
    })
    .await?;
    tree.focus().await?;
    tree.send_keys(Key::End).await?;
    pane.region("Chosen topic").wait_contains("all/").await?;
    let drawn = rows(lab).await?.len();
    ensure!((5..200).contains(&drawn), "{drawn} rows are drawn");
    Ok(())
}

async fn a_topic_is_copied(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("#", 0).await?;
    broker.publish("home/kitchen ü/°C", b"21", false).await?;
    page.wait_received(1).await?;
    let pane = open(lab).await?;
    pane.button("Open all").click().await?;
    choose(lab, "°C").await?;
    pane.region("Chosen topic")
        .button("Copy topic")
        .click()
        .await?;
    // Pasted as a person would, so that it is the clipboard that is looked at.
    let field = pane.field("Filter topics");
    field.click().await?;
    field.wait().await?.send_keys(Key::Control + "v").await?;
    field.wait_value("home/kitchen ü/°C").await?;
    pane.wait_contains("1 of 1 topics fit").await.map(drop)
}

async fn the_deepest_and_the_longest_topics_stay_usable(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let deep = format!("deep{}", "/x".repeat(999));
    let deepest = "/".repeat(65_535);
    let long = format!("long/{}", "y".repeat(65_530));
    let all = [&deep, &deepest, &long].map(|topic| (topic.clone(), b"1".to_vec()));
    let _peer = sending(lab, all.to_vec()).await?;
    page.wait_received(3).await?;
    let pane = open(lab).await?;
    pane.wait_contains("3 topics seen").await?;
    pane.button("Open all").click().await?;
    let tree = pane.all("treegrid").wait().await?;
    wait::soon("all levels", async || {
        let count = tree.attr("aria-rowcount").await?.context("no row count")?;
        // 1,000 levels of each of the deep ones, and two of the long one.
        ensure!(count == "2002", "{count} rows");
        Ok(())
    })
    .await?;
    let drawn = rows(lab).await?.len();
    ensure!((5..200).contains(&drawn), "{drawn} rows are drawn");
    pane.field("Filter topics").fill("yyyy").await?;
    pane.wait_contains("1 of 3 topics fit").await?;
    choose(lab, "yyy").await?;
    pane.region("Chosen topic")
        .button("Copy topic")
        .click()
        .await?;
    pane.field("Filter topics").fill("deep").await?;
    pane.wait_contains("1 of 3 topics fit").await?;
    choose(lab, "deep").await?;
    // All of it stands in the details, and the list has its beginning.
    let details = page.open_details("deep").await?;
    details.wait_contains(&deep).await?;
    page.publish("after", "all is well", 0, false).await?;
    page.disconnect().await
}
