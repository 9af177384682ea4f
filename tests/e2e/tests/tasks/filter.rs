//! Filtering the list: what is typed holds at once, mistakes are told, matches are marked, a long search can be
//! cancelled.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::wait;

use crate::{connected, sending};

both_versions!(
    what_is_typed_holds_at_once,
    mistakes_are_told_and_the_last_good_filter_holds,
    many_messages_are_filtered_by_text,
);

async fn topics_are(lab: &Lab, expected: &[&str]) -> Result<()> {
    wait::soon(&format!("the rows {expected:?}"), async || {
        let rows = lab.page.rows().await?;
        let topics: Vec<_> = rows.iter().filter_map(|row| row.topic()).collect();
        ensure!(topics == expected, "the rows are {topics:?}");
        Ok(())
    })
    .await
}

async fn marked(lab: &Lab) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll('[role=listbox] mark')].map((mark) => mark.textContent)";
    Ok(lab.driver().execute(script, Vec::new()).await?.convert()?)
}

async fn what_is_typed_holds_at_once(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("room/#", 1).await?;
    for (topic, payload) in [
        ("room/a", "warm Tea"),
        ("room/b", "cold tea"),
        ("room/c", "coffee"),
    ] {
        broker.publish(topic, payload.as_bytes(), false).await?;
    }
    page.wait_received(3).await?;
    let messages = page.messages();
    messages.button("Filter").click().await?;
    messages.field("Text").fill("tea").await?;
    topics_are(lab, &["room/b", "room/a"]).await?;
    ensure!(
        marked(lab).await? == ["tea", "Tea"],
        "other parts are marked"
    );
    messages.check_box("Match case").check(true).await?;
    topics_are(lab, &["room/b"]).await?;
    // What comes is filtered too.
    broker.publish("room/d", b"no such drink", false).await?;
    broker.publish("room/e", b"more tea", false).await?;
    topics_are(lab, &["room/e", "room/b"]).await?;
    messages.field("Only topics").fill("room/b, room/c").await?;
    topics_are(lab, &["room/b"]).await?;
    messages.button("Filter (2)").wait().await?;
    messages.field("Only topics").fill("").await?;
    messages.field("Not topics").fill("room/b").await?;
    topics_are(lab, &["room/e"]).await?;
    messages.check_box("Match case").check(false).await?;
    messages.check_box("Regular expression").check(true).await?;
    messages.field("Text").fill("^(warm|more) t").await?;
    topics_are(lab, &["room/e", "room/a"]).await?;
    messages.button("Show all messages").click().await?;
    messages.button("Filter").wait().await?;
    topics_are(lab, &["room/e", "room/d", "room/c", "room/b", "room/a"]).await?;
    messages.field("Text").wait_value("").await
}

async fn mistakes_are_told_and_the_last_good_filter_holds(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("room/#", 0).await?;
    broker.publish("room/a", b"1", false).await?;
    broker.publish("room/b", b"2", false).await?;
    page.wait_received(2).await?;
    let messages = page.messages();
    messages.button("Filter").click().await?;
    let only = messages.field("Only topics");
    only.fill("room/a").await?;
    topics_are(lab, &["room/a"]).await?;
    only.fill("room/#/a").await?;
    only.wait_problem("#").await?;
    // The last that could be read was `room/#`.
    topics_are(lab, &["room/b", "room/a"]).await?;
    only.fill("room/b").await?;
    only.wait_invalid(false).await?;
    topics_are(lab, &["room/b"]).await?;
    messages.check_box("Regular expression").check(true).await?;
    let text = messages.field("Text");
    text.fill("(2").await?;
    text.wait_problem("regular expression").await?;
    // What would take too long is refused in words too.
    for too_large in ["((x{100}){100}){100}", "(\\w{999}){9}"] {
        text.fill(too_large).await?;
        text.wait_problem("too large").await?;
    }
    text.fill("(2)").await?;
    text.wait_invalid(false).await?;
    topics_are(lab, &["room/b"]).await?;
    messages.chooser_starting("More conditions").click().await?;
    for number in ["QoS 0", "QoS 1", "QoS 2"] {
        messages.check_box(number).check(false).await?;
    }
    messages.wait_contains("at least one").await?;
    messages.button("Clear filter").click().await?;
    topics_are(lab, &["room/b", "room/a"]).await
}

async fn many_messages_are_filtered_by_text(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let all = (0..30_000).map(|number| {
        let topic = format!("many/{}", number % 50);
        (topic, format!("{{\"number\":{number}}}").into_bytes())
    });
    let _peer = sending(lab, all.collect()).await?;
    page.wait_received(30_000).await?;
    let messages = page.messages();
    messages.button("Filter").click().await?;
    messages.field("Text").fill("\"number\":2999").await?;
    // 2999 itself, and 29990 to 29999.
    messages.wait_contains("11 found").await?;
    page.wait_row("many/49", |row| row.contains("29999"))
        .await
        .map(drop)
}
