//! Filtering the list: what is typed holds at once, mistakes are told, matches are marked, a long search can be
//! cancelled.

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::dom::Place;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::packet::{Version, connack, kind, publish, publish_at, suback};
use mqtt_lab_e2e::page::Login;
use mqtt_lab_e2e::peer::Peer;
use mqtt_lab_e2e::wait;
use serde::Deserialize;

use crate::{connected, sending};

both_versions!(
    what_is_typed_holds_at_once,
    mistakes_are_told_and_the_last_good_filter_holds,
    qos_and_flags_are_conditions,
    what_was_sent_and_what_was_received_are_told_apart,
    a_subscription_is_a_condition,
    a_range_of_time_is_a_condition,
    many_messages_are_filtered_by_text,
    a_long_search_shows_the_newest_at_once_and_can_be_cancelled,
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

/// The conditions that are folded away at first.
async fn more_conditions(lab: &Lab) -> Result<Place> {
    let messages = lab.page.messages();
    messages.button("Filter").click().await?;
    messages.chooser_starting("More conditions").click().await?;
    messages.field("Direction").wait().await?;
    Ok(messages)
}

/// One of each: QoS 0 without and with Retain, QoS 1 without and with DUP, QoS 2.
fn one_of_each(version: Version, first_packet_id: u16) -> Vec<u8> {
    const RETAIN: u8 = 1;
    const DUP: u8 = 8;
    let at = |qos, after, topic| publish_at(version, qos, first_packet_id + after, topic, b"x");
    let mut kept = publish(version, "f/kept", b"x");
    kept[0] |= RETAIN;
    let mut again = at(1, 1, "f/again");
    again[0] |= DUP;
    let plain = publish(version, "f/plain", b"x");
    [plain, kept, at(1, 0, "f/one"), again, at(2, 2, "f/two")].concat()
}

async fn qos_and_flags_are_conditions(lab: &Lab) -> Result<()> {
    let (page, version) = (&lab.page, lab.version);
    // Not mosquitto, which says DUP only after a connection was lost.
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&connack(version, false, 0)).await?;
        let packet_id = connection.expect(kind::SUBSCRIBE).await?.packet_id()?;
        connection.frame(&suback(version, packet_id, &[2])).await?;
        connection.frame(&one_of_each(version, 1)).await?;
        connection.expect(kind::PUBLISH).await?;
        connection.frame(&one_of_each(version, 11)).await?;
        connection.serve(version).await
    })
    .await?;
    page.connect(&Login::to(peer.port, version)).await?;
    page.subscribe_granted("f/#", 2).await?;
    page.wait_received(5).await?;
    let messages = more_conditions(lab).await?;
    let (retain, dup) = (messages.field("Retain"), messages.field("DUP"));
    retain.choose("set").await?;
    topics_are(lab, &["f/kept"]).await?;
    retain.choose("not set").await?;
    topics_are(lab, &["f/two", "f/again", "f/one", "f/plain"]).await?;
    retain.choose("any").await?;
    dup.choose("not set").await?;
    topics_are(lab, &["f/two", "f/one", "f/kept", "f/plain"]).await?;
    dup.choose("set").await?;
    topics_are(lab, &["f/again"]).await?;
    // What comes is judged in the same way.
    page.publish("once", "more", 0, false).await?;
    page.wait_received(10).await?;
    topics_are(lab, &["f/again", "f/again"]).await?;
    dup.choose("any").await?;
    messages.check_box("QoS 0").check(false).await?;
    let above_0 = ["f/two", "f/again", "f/one"];
    topics_are(lab, &[above_0, above_0].concat()).await?;
    messages.check_box("QoS 1").check(false).await?;
    topics_are(lab, &["f/two", "f/two"]).await?;
    messages.button("Filter (1)").wait().await.map(drop)
}

async fn what_was_sent_and_what_was_received_are_told_apart(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("d/in", 0).await?;
    page.publish("d/out", "mine", 1, false).await?;
    page.publishing().wait_contains("PUBACK").await?;
    broker.publish("d/in", b"theirs", false).await?;
    page.wait_received(1).await?;
    let direction = more_conditions(lab).await?.field("Direction");
    // Whether or not messages that were sent stand in the list otherwise.
    direction.choose("sent").await?;
    topics_are(lab, &["d/out"]).await?;
    direction.choose("received").await?;
    topics_are(lab, &["d/in"]).await?;
    page.messages().check_box("Show sent").check(true).await?;
    topics_are(lab, &["d/in"]).await?;
    direction.choose("both").await?;
    topics_are(lab, &["d/in", "d/out"]).await
}

async fn a_subscription_is_a_condition(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("s/+/warm", 0).await?;
    page.subscribe_granted("s/b/#", 0).await?;
    for topic in ["s/a/warm", "s/b/cold"] {
        broker.publish(topic, b"x", false).await?;
    }
    page.wait_received(2).await?;
    let subscription = more_conditions(lab).await?.field("Subscription");
    subscription.choose("s/+/warm").await?;
    topics_are(lab, &["s/a/warm"]).await?;
    page.messages().wait_contains("only s/+/warm").await?;
    subscription.choose("s/b/#").await?;
    topics_are(lab, &["s/b/cold"]).await?;
    broker.publish("s/c/warm", b"x", false).await?;
    broker.publish("s/b", b"x", false).await?;
    topics_are(lab, &["s/b", "s/b/cold"]).await?;
    subscription.choose("any").await?;
    topics_are(lab, &["s/b", "s/c/warm", "s/b/cold", "s/a/warm"]).await
}

/// When the newest message came, as its row says.
async fn newest_time(lab: &Lab) -> Result<String> {
    let rows = lab.page.rows().await?;
    let row = rows.first().context("no row")?;
    let is_time = |word: &&str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        digits >= 6 && word.split(':').count() == 3
    };
    let time = row.text.split_whitespace().find(is_time);
    Ok(time
        .with_context(|| format!("no time in {row:?}"))?
        .to_owned())
}

async fn a_range_of_time_is_a_condition(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("t/#", 0).await?;
    let mut times: Vec<String> = Vec::new();
    for topic in ["t/1", "t/2", "t/3"] {
        broker.publish(topic, b"x", false).await?;
        page.wait_row(topic, |_| true).await?;
        times.push(newest_time(lab).await?);
    }
    ensure!(times[0] < times[1] && times[1] < times[2], "{times:?}");
    let messages = more_conditions(lab).await?;
    let (from, until) = (messages.field("From"), messages.field("To"));
    from.fill(&times[1]).await?;
    topics_are(lab, &["t/3", "t/2"]).await?;
    until.fill(&times[1]).await?;
    topics_are(lab, &["t/2"]).await?;
    from.fill("").await?;
    topics_are(lab, &["t/2", "t/1"]).await?;
    until.fill("noon").await?;
    until.wait_problem("14:03").await?;
    from.fill(&times[2]).await?;
    until.fill(&times[0]).await?;
    // A range that ends before it begins is told, and the last good one holds.
    until.wait_problem("before").await?;
    topics_are(lab, &["t/3"]).await
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

/// What the page showed when the search was cancelled.
#[derive(Debug, Deserialize)]
struct Cancelled {
    /// The text of the newest row that was found.
    newest: String,
    looked_at: u64,
    total: u64,
}

async fn a_long_search_shows_the_newest_at_once_and_can_be_cancelled(lab: &Lab) -> Result<()> {
    // A person who is quick: what is found is looked at, and the search cancelled, in one of its first frames.
    const SCRIPT: &str = "const [field, text, done] = arguments; \
         Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, text); \
         field.dispatchEvent(new Event('input', { bubbles: true })); \
         const look = () => { \
             const bar = document.querySelector('progress[aria-label=\"Older messages looked at\"]'); \
             const row = document.querySelector('[role=listbox] [role=option]'); \
             const cancel = [...document.querySelectorAll('button')].find((b) => b.textContent.trim() === 'Cancel'); \
             if (!bar || !cancel || !row || !row.innerText.includes('877')) return requestAnimationFrame(look); \
             const seen = { newest: row.innerText, looked_at: bar.value, total: bar.max }; \
             cancel.click(); done(seen); }; \
         requestAnimationFrame(look)";
    const MANY: u64 = 300_000;
    let page = &lab.page;
    let all = (0..MANY).map(|number| ("many".to_owned(), number.to_string().into_bytes()));
    let _peer = sending(lab, all.collect()).await?;
    page.wait_received(MANY).await?;
    let messages = page.messages();
    messages.button("Filter").click().await?;
    messages.check_box("Regular expression").check(true).await?;
    let field = messages.field("Text").wait().await?;
    let arguments = vec![field.to_json()?, serde_json::json!("877$")];
    let seen = lab.driver().execute_async(SCRIPT, arguments).await?;
    let seen: Cancelled = seen.convert()?;
    ensure!(
        seen.newest.contains("299877") && seen.looked_at < seen.total && seen.total == MANY,
        "{seen:?}"
    );
    messages
        .wait_contains("older ones were not looked at")
        .await?;
    page.wait_row("many", |row| row.contains("299877"))
        .await
        .map(drop)
}
