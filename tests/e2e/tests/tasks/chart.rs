//! Numbers in payloads over time.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::wait;

use crate::{connected, sending};

both_versions!(
    numbers_of_a_message_are_drawn,
    a_hundred_thousand_points_are_drawn,
);

/// How many different colours the plot has, up to 50.
async fn colours(lab: &Lab) -> Result<u64> {
    let script = "const canvas = document.querySelector('canvas'); if (!canvas || !canvas.width) return 0; \
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data; \
        const seen = new Set(); \
        for (let i = 0; i < data.length && seen.size < 50; i += 4) if (data[i + 3] === 255) seen.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]); \
        return seen.size";
    Ok(lab.driver().execute(script, Vec::new()).await?.convert()?)
}

async fn numbers_of_a_message_are_drawn(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.document().button("Chart").click().await?;
    let pane = page.region("Chart");
    pane.wait_contains("Nothing is drawn yet").await?;
    page.subscribe_granted("sensor/#", 1).await?;
    for number in [20, 25, 22] {
        let payload = format!("{{\"in\":{{\"temp\":{number}}},\"hum\":[40,41],\"unit\":\"C\"}}");
        broker
            .publish("sensor/1", payload.as_bytes(), false)
            .await?;
    }
    broker.publish("sensor/1", b"broken", false).await?;
    page.wait_received(4).await?;
    broker.publish("sensor/2", b"7.5", false).await?;
    page.wait_row("sensor/2", |_| true).await?;
    let details = page.open_details("sensor/2").await?;
    details.button("Chart this: the payload").click().await?;
    pane.wait_contains("sensor/2: 7.5").await?;
    page.messages()
        .items()
        .elements()
        .await?
        .get(2)
        .expect("a third row")
        .click()
        .await?;
    details.button("Chart this: hum[1]").wait().await?;
    details.button("Chart this: in.temp").click().await?;
    pane.wait_contains("sensor/1 · in.temp: 22").await?;
    pane.wait_contains("1 message of the topic without such a number")
        .await?;
    wait::soon("a drawing", async || {
        let colours = colours(lab).await?;
        ensure!(colours >= 3, "{colours} colours");
        Ok(())
    })
    .await?;
    // The same for who does not see it.
    pane.chooser_starting("As a table").click().await?;
    pane.wait_contains("Highest seen").await?;
    pane.all("table")
        .wait_text("the numbers", |text| {
            text.contains("25") && text.contains("20")
        })
        .await?;
    // It follows what comes, paused or not.
    pane.button("Pause chart").click().await?;
    broker
        .publish("sensor/1", b"{\"in\":{\"temp\":30}}", false)
        .await?;
    pane.wait_contains("in.temp: 30").await?;
    pane.button("Resume chart").click().await?;
    for name in ["Zoom in", "Zoom out", "Earlier", "Later", "Show all"] {
        pane.button(name).click().await?;
    }
    pane.chooser_starting("Remove sensor/2").click().await?;
    pane.chooser_starting("Remove sensor/1").click().await?;
    pane.wait_contains("Nothing is drawn yet").await.map(drop)
}

async fn a_hundred_thousand_points_are_drawn(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let all = (0..100_000_u32).map(|number| {
        let value = f64::from(number).sin() * 10.0;
        ("wave".to_owned(), format!("{value:.3}").into_bytes())
    });
    let _peer = sending(lab, all.collect()).await?;
    page.wait_received(100_000).await?;
    let details = page.open_details("wave").await?;
    details.button("Chart this: the payload").click().await?;
    let pane = page.region("Chart");
    pane.chooser_starting("As a table").click().await?;
    pane.wait_contains("100,000").await?;
    pane.button("Show all").click().await?;
    wait::soon("a drawing", async || {
        let colours = colours(lab).await?;
        ensure!(colours >= 2, "{colours} colours");
        Ok(())
    })
    .await
}
