//! A list that stands still: paused, or because a row is selected.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::browser::Options;
use mqtt_lab_e2e::lab::{self, Lab};
use mqtt_lab_e2e::names::region;
use mqtt_lab_e2e::packet::Version;
use mqtt_lab_e2e::wait;

use crate::{connected, sending};

both_versions!(
    a_paused_list_stands_still_and_counts,
    a_selected_row_stays_where_it_is,
    a_flood_beyond_the_budget_is_told,
);

async fn newest(lab: &Lab) -> Result<String> {
    let rows = lab.page.rows().await?;
    Ok(rows.first().map(|row| row.text.clone()).unwrap_or_default())
}

async fn a_paused_list_stands_still_and_counts(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("p", 1).await?;
    broker.publish("p", b"before", false).await?;
    page.wait_row("p", |row| row.contains("before")).await?;
    let messages = page.messages();
    messages.button("Pause").click().await?;
    for payload in ["one", "two", "three"] {
        broker.publish("p", payload.as_bytes(), false).await?;
    }
    // Receiving goes on.
    page.wait_received(4).await?;
    messages.wait_contains("+3 new").await?;
    ensure!(page.rows().await?.len() == 1, "the list has moved");
    messages.button("Resume").click().await?;
    page.wait_row("p", |row| row.contains("three")).await?;
    ensure!(page.rows().await?.len() == 4);

    messages.button("Pause").click().await?;
    broker.publish("p", b"four", false).await?;
    messages.button("+1 new, jump to newest").click().await?;
    page.wait_row("p", |row| row.contains("four")).await?;
    messages.button("Pause").wait().await.map(drop)
}

async fn a_selected_row_stays_where_it_is(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("p", 0).await?;
    // As many as the list has to be scrolled for.
    for number in 0..15 {
        broker
            .publish("p", format!("early {number}").as_bytes(), false)
            .await?;
    }
    page.wait_received(15).await?;
    page.open_details("p").await?;
    let place = async || -> Result<i64> {
        let script = "return Math.round(document.querySelector('[role=option][aria-selected=true]').getBoundingClientRect().top)";
        Ok(lab.driver().execute(script, Vec::new()).await?.convert()?)
    };
    let before = place().await?;
    for number in 0..20 {
        broker
            .publish("p", format!("late {number}").as_bytes(), false)
            .await?;
    }
    page.wait_received(35).await?;
    let after = place().await?;
    ensure!(
        (before - after).abs() <= 2,
        "it has moved from {before} to {after}"
    );
    page.messages()
        .chooser_starting("+20 new, jump to newest")
        .click()
        .await?;
    page.wait_row("p", |row| row.contains("late 19")).await?;
    Ok(())
}

async fn a_flood_beyond_the_budget_is_told(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    page.document().button("Settings").click().await?;
    let budget = page.document().field("Memory for packets");
    budget.wait().await?;
    budget.choose("16 MB").await?;
    page.document().button("Done").click().await?;
    let all = (0..100_000).map(|number| {
        let payload = format!("{number} {}", "x".repeat(200));
        (format!("flood/{number}"), payload.into_bytes())
    });
    let _peer = sending(lab, all.collect()).await?;
    page.wait_received(100_000).await?;
    // The newest is there, the page answers, and it says what is gone.
    page.wait_row("flood/99999", |row| row.contains("99999 x"))
        .await?;
    let messages = page.messages();
    messages
        .wait_contains("oldest records were dropped")
        .await?;
    messages.button("Pause").click().await?;
    messages.button("Resume").click().await?;
    ensure!(newest(lab).await?.contains("flood/99999"));
    Ok(())
}

/// The text of the first row in sight.
async fn first_in_sight(lab: &Lab) -> Result<Option<String>> {
    const SCRIPT: &str = "const list = document.querySelector('[role=listbox]'); \
         const { top, bottom } = list.getBoundingClientRect(); \
         const rows = [...list.querySelectorAll('[role=option]')].map((row) => [row.getBoundingClientRect(), row.innerText]); \
         const seen = rows.filter(([at]) => at.height && at.top >= top - 1 && at.bottom <= bottom + 1); \
         return seen.length ? seen.sort(([a], [b]) => a.top - b.top)[0][1] : null";
    Ok(lab.driver().execute(SCRIPT, Vec::new()).await?.convert()?)
}

/// On a telephone, where one panel is shown at a time.
#[tokio::test]
async fn a_list_behind_another_panel_comes_back_where_it_was() -> Result<()> {
    let options = Options {
        size: (360, 740),
        ..Default::default()
    };
    let name = "behind another panel";
    lab::run_with(name, Version::V5_0, &options, async |lab| {
        let page = &lab.page;
        let broker = connected(lab).await?;
        page.show(region::SUBSCRIPTIONS).await?;
        page.subscribe_granted("p", 1).await?;
        let publish = async |words: &str, count: u32| -> Result<()> {
            for number in 0..count {
                let payload = format!("{words} {number}.");
                broker.publish("p", payload.as_bytes(), false).await?;
            }
            Ok(())
        };
        publish("early", 30).await?;
        page.show(region::MESSAGES).await?;
        page.wait_received(30).await?;
        const SCROLL: &str = "document.querySelector('[role=listbox]').scrollTop = 480";
        lab.driver().execute(SCROLL, Vec::new()).await?;
        let before = wait::soon("a row further down", async || {
            let seen = first_in_sight(lab).await?;
            ensure!(
                seen.as_ref().is_some_and(|row| row.contains("early 19.")),
                "{seen:?}"
            );
            Ok(seen)
        })
        .await?;
        page.show(region::PUBLISH).await?;
        publish("late", 5).await?;
        page.show(region::MESSAGES).await?;
        page.wait_received(35).await?;
        page.messages().wait_contains("+5 new").await?;
        wait::soon("the same row", async || {
            let seen = first_in_sight(lab).await?;
            ensure!(seen == before, "{seen:?} instead of {before:?}");
            Ok(())
        })
        .await
    })
    .await
}
