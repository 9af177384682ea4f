//! Numbers in payloads over time.

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::wait;
use thirtyfour::prelude::*;

use crate::{connected, sending};

both_versions!(
    numbers_of_a_message_are_drawn,
    a_hundred_thousand_points_are_drawn,
    a_chart_is_zoomed_dragged_and_paused,
    topics_and_chart_are_open_together,
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

/// From when to when the plot reaches, as its name tells who does not see it: seconds of the day.
async fn span(lab: &Lab) -> Result<(f64, f64)> {
    let script = "return document.querySelector('canvas').getAttribute('aria-label')";
    let name: String = lab.driver().execute(script, Vec::new()).await?.convert()?;
    let mut times = name
        .split(|letter: char| !letter.is_ascii_digit() && letter != ':' && letter != '.')
        .filter_map(|word| {
            let parts: Vec<f64> = word
                .split(':')
                .map(str::parse)
                .collect::<Result<_, _>>()
                .ok()?;
            let [hours, minutes, seconds] = parts[..] else {
                return None;
            };
            Some(hours * 3600.0 + minutes * 60.0 + seconds)
        });
    let mut next = || times.next().with_context(|| format!("no time in {name:?}"));
    Ok((next()?, next()?))
}

async fn a_chart_is_zoomed_dragged_and_paused(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("sensor/#", 0).await?;
    broker
        .publish(
            "sensor/1",
            b"{\"temp\":21,\"door\":{\"open\":true,\"times\":4}}",
            false,
        )
        .await?;
    page.wait_received(1).await?;
    // The numbers of the message are offered by where they stand in it, and nothing else is.
    let details = page.open_details("sensor/1").await?;
    details.button("Chart this: temp").wait().await?;
    ensure!(!details.button("Chart this: door.open").exists().await?);
    details.button("Chart this: door.times").click().await?;
    let pane = page.region("Chart");
    pane.wait_contains("sensor/1 · door.times: 4").await?;
    pane.button("Pause chart").click().await?;
    pane.button("Resume chart").wait().await?;
    let length = |(from, to): (f64, f64)| to - from;
    let before = span(lab).await?;
    ensure!((length(before) - 60.0).abs() < 2.0, "{before:?}");
    let canvas = lab.driver().query(By::Css("canvas")).first().await?;
    let changed = async |what: &str, is_it: &dyn Fn((f64, f64)) -> bool| {
        wait::soon(what, async || {
            let now = span(lab).await?;
            ensure!(is_it(now), "it shows {now:?}");
            Ok(())
        })
        .await
    };
    // What the wheel is turned over stays where it is.
    let turn = "const canvas = document.querySelector('canvas'); const box = canvas.getBoundingClientRect(); \
        canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: arguments[0], clientX: box.left + box.width / 4, \
        clientY: box.top + 50, bubbles: true, cancelable: true }))";
    for _ in 0..8 {
        lab.driver().execute(turn, vec![(-100).into()]).await?;
    }
    changed("a sixth of the time", &|now| {
        length(now) < 15.0 && now.0 > before.0 + 2.0
    })
    .await?;
    let before = span(lab).await?;
    // Dragged to the right, earlier times come into view, as long a time as before.
    lab.driver()
        .action_chain()
        .move_to_element_center(&canvas)
        .click_and_hold()
        .move_by_offset(80, 0)
        .move_by_offset(40, 0)
        .release()
        .perform()
        .await?;
    changed("an earlier time", &|now| {
        now.0 < before.0 - 0.5 && (length(now) - length(before)).abs() < 0.5
    })
    .await?;
    // Paused, it stands where it is whatever comes, and goes along again when told to.
    let before = span(lab).await?;
    broker
        .publish("sensor/1", b"{\"door\":{\"times\":5}}", false)
        .await?;
    pane.wait_contains("door.times: 5").await?;
    let now = span(lab).await?;
    ensure!(now == before, "paused at {before:?}, it shows {now:?}");
    pane.button("Resume chart").click().await?;
    pane.button("Pause chart").wait().await?;
    let resumed = span(lab).await?;
    changed("time going on", &|now| now.1 > resumed.1 + 1.0).await?;
    for _ in 0..10 {
        lab.driver().execute(turn, vec![100.into()]).await?;
    }
    changed("more time than at first", &|now| length(now) > 80.0).await?;
    // The same by keyboard.
    canvas.focus().await?;
    canvas.send_keys("-").await?;
    changed("more time", &|now| length(now) > 100.0).await
}

async fn topics_and_chart_are_open_together(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("sensor/#", 0).await?;
    broker.publish("sensor/1", b"21.5", false).await?;
    page.wait_received(1).await?;
    page.document().button("Topics").click().await?;
    let (topics, chart) = (page.region("Topics"), page.region("Chart"));
    topics.wait_contains("1 topics seen").await?;
    page.document()
        .button("Show a second pane below")
        .click()
        .await?;
    chart.wait_contains("Nothing is drawn yet").await?;
    page.open_details("sensor/1")
        .await?
        .button("Chart this: the payload")
        .click()
        .await?;
    chart.wait_contains("sensor/1: 21.5").await?;
    broker.publish("sensor/1", b"22.5", false).await?;
    chart.wait_contains("sensor/1: 22.5").await?;
    topics.button("Open all").click().await?;
    topics.wait_contains("22.5").await?;
    // A tab of the one that shows the other changes their places; a third one takes the lower place.
    let upper = page.document().tab_of("Side pane", "Chart");
    upper.click().await?;
    let tops = "return ['Chart', 'Topics'].map((name) => document.querySelector(`section[aria-label=\"${name}\"]`).getBoundingClientRect().top)";
    wait::soon("the chart above the topics", async || {
        let tops: Vec<f64> = lab.driver().execute(tops, Vec::new()).await?.convert()?;
        ensure!(tops[0] < tops[1], "{tops:?}");
        Ok(())
    })
    .await?;
    page.document().button("Devices").click().await?;
    page.region("Devices").wait().await?;
    topics.wait_gone().await?;
    page.document()
        .button("Close the upper pane")
        .click()
        .await?;
    chart.wait_gone().await?;
    page.region("Devices").wait().await?;
    page.document()
        .button("Close the side pane")
        .click()
        .await?;
    page.region("Devices").wait_gone().await
}
