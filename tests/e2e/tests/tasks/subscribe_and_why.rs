//! Task 4: subscribe with wildcards, see what was granted, and learn why a filter matches.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::mosquitto::{self, Mosquitto};
use mqtt_lab_e2e::names::button;
use mqtt_lab_e2e::packet::{Version, connack, kind, suback};
use mqtt_lab_e2e::page::Login;
use mqtt_lab_e2e::peer::Peer;
use mqtt_lab_e2e::wait;

use crate::connected;

both_versions!(
    wildcards_bring_messages_until_unsubscribed,
    requested_and_granted_qos_are_shown,
    a_refused_subscription_says_so,
    the_filter_is_checked_while_typing,
    a_subscription_filters_the_list,
    the_match_is_explained,
);

async fn wildcards_bring_messages_until_unsubscribed(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.open_subscription_form().await?;
    page.filter_field().await?.wait_value("testtopic/#").await?;
    let qos = page.subscription_form().await?.field("QoS").value().await?;
    ensure!(qos.contains('2'), "the first QoS is {qos:?}");
    page.subscription_form()
        .await?
        .field("Color")
        .wait()
        .await?;

    page.subscribe_granted("a/+/c", 2).await?;
    for topic in ["a/b/c", "a//c", "a/b/d", "a/b"] {
        broker.publish(topic, b"x", false).await?;
    }
    page.wait_row("a/b/c", |_| true).await?;
    page.wait_row("a//c", |_| true).await?;
    page.wait_received(2).await?;
    page.subscription("a/+/c")
        .wait_text("a count of 2", |text| {
            text.split(|c: char| !c.is_alphanumeric())
                .any(|word| word == "2")
                && text.contains("message")
        })
        .await?;

    page.subscriptions()
        .button(&button::unsubscribe("a/+/c"))
        .click()
        .await?;
    broker.wait_for_log("Sending UNSUBACK").await?;
    page.subscription("a/+/c").wait_gone().await?;
    broker.publish("a/b/c", b"late", false).await?;
    // A later subscription's message proves that the one before it did not come.
    page.subscribe_granted("end", 0).await?;
    broker.publish("end", b"", false).await?;
    page.wait_row("end", |_| true).await?;
    page.wait_received(3).await
}

async fn requested_and_granted_qos_are_shown(lab: &Lab) -> Result<()> {
    let options = mosquitto::Options {
        max_qos: Some(1),
        ..Default::default()
    };
    let broker = Mosquitto::start_with(options).await?;
    lab.page
        .connect(&Login::to_broker(&broker, lab.version))
        .await?;
    lab.page.subscribe_granted("q/#", 2).await?;
    let row = lab.page.subscription("q/#").text().await?;
    let granted = row.to_lowercase();
    let granted = granted.split_once("granted").map_or("", |(_, rest)| rest);
    let digit = granted.chars().find(char::is_ascii_digit);
    ensure!(
        row.contains('2') && digit == Some('1'),
        "the row is {row:?}"
    );
    Ok(())
}

async fn a_refused_subscription_says_so(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let code = if version == Version::V5_0 { 0x87 } else { 0x80 };
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&connack(version, false, 0)).await?;
        let packet_id = connection.expect(kind::SUBSCRIBE).await?.packet_id()?;
        connection
            .frame(&suback(version, packet_id, &[code]))
            .await?;
        connection.serve(version).await
    })
    .await?;
    lab.page.connect(&Login::to(peer.port, version)).await?;
    lab.page.open_subscription_form().await?;
    lab.page.filter_field().await?.fill("secret/#").await?;
    lab.page
        .subscription_form()
        .await?
        .button(button::SUBSCRIBE)
        .click()
        .await?;
    let text = lab.page.subscriptions().wait_contains("refused").await?;
    ensure!(text.contains("secret/#"), "the panel says {text:?}");
    if version == Version::V5_0 {
        ensure!(
            text.to_lowercase().contains("not authori"),
            "the panel says {text:?}"
        );
    }
    Ok(())
}

async fn the_filter_is_checked_while_typing(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let _broker = connected(lab).await?;
    page.open_subscription_form().await?;
    let field = page.filter_field().await?;
    let mut wrong = vec![("", "topic"), ("a/#/b", "#"), ("a/b#", "#"), ("a+/b", "+")];
    let mut right = vec!["#", "+/+", "/", "a//b", "$SYS/#", "$share/group/a/#"];
    if lab.version == Version::V5_0 {
        wrong.extend([
            ("$share/group", "$share"),
            ("$share//a", "group"),
            ("$share/+/a", "group"),
        ]);
    } else {
        // Before 5.0 the standard gives $share no meaning.
        right.push("$share/group");
    }
    for (wrong, word) in wrong {
        field.fill(wrong).await?;
        field.wait_problem(word).await?;
    }
    for right in right {
        field.fill(right).await?;
        field.wait_invalid(false).await?;
    }
    Ok(())
}

async fn a_subscription_filters_the_list(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("red/#", 0).await?;
    page.subscribe_granted("blue/#", 0).await?;
    broker.publish("red/1", b"r", false).await?;
    broker.publish("blue/1", b"b", false).await?;
    page.wait_row("red/1", |_| true).await?;
    page.wait_row("blue/1", |_| true).await?;
    let only = |topic: &'static str| async move {
        wait::soon(&format!("rows of {topic} alone"), async || {
            let rows = page.rows().await?;
            ensure!(
                !rows.is_empty() && rows.iter().all(|row| row.topic() == Some(topic)),
                "the rows are {rows:#?}"
            );
            Ok(())
        })
        .await
    };
    page.filter_by("red/#").await?;
    only("red/1").await?;
    broker.publish("blue/1", b"again", false).await?;
    page.wait_received(3).await?;
    only("red/1").await?;
    page.filter_by("red/#").await?;
    page.wait_row("blue/1", |row| row.contains("again"))
        .await
        .map(drop)
}

async fn the_match_is_explained(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let _broker = connected(lab).await?;
    for filter in ["sport/+", "sport/#", "+/+", "#", "news/#"] {
        page.subscribe_granted(filter, 0).await?;
    }
    let why = page.why();
    for (topic, matching) in [
        ("sport", &["sport/#", "#"][..]),
        ("sport/", &["sport/+", "sport/#", "+/+", "#"]),
        ("sport/tennis/player1", &["sport/#", "#"]),
        ("$SYS/broker", &[]),
    ] {
        why.field("Topic").fill(topic).await?;
        for filter in ["sport/+", "sport/#", "+/+", "#", "news/#"] {
            let expected = matching.contains(&filter);
            wait::soon(
                &format!("{filter:?} matches {topic:?}: {expected}"),
                async || {
                    // One item per filter; it names the filter and says so where it does not match.
                    let mut texts = Vec::new();
                    for item in why.items().elements().await? {
                        texts.push(item.text().await?);
                    }
                    let own = texts.iter().find(|text| {
                        text.split(|c: char| c.is_whitespace() || c == ':')
                            .any(|word| word == filter)
                    });
                    let says = own.map(|text| {
                        let text = text.to_lowercase();
                        !text.contains("no match") && !text.contains("not match")
                    });
                    ensure!(says == Some(expected), "the items are {texts:#?}");
                    Ok(())
                },
            )
            .await?;
        }
    }
    why.wait_contains("$").await.map(drop)
}

#[tokio::test]
async fn a_subscription_is_given_another_colour() -> Result<()> {
    mqtt_lab_e2e::lab::run("colour", Version::V3_1_1, async |lab| {
        let broker = connected(lab).await?;
        let page = &lab.page;
        page.subscribe_granted("hue/#", 0).await?;
        broker.publish("hue/1", b"x", false).await?;
        page.wait_row("hue/1", |_| true).await?;
        let row = page.subscription("hue/#");
        row.button("Color of hue/#").click().await?;
        row.button("Color 5").click().await?;
        row.button("Color 5").wait_gone().await?;
        const HUES: &str = "return [...document.querySelectorAll('.subscription, .message')] \
             .map(row => row.dataset.hue).filter(hue => hue !== undefined).join()";
        wait::soon("the colour", async || {
            let hues: String = lab.driver().execute(HUES, vec![]).await?.convert()?;
            ensure!(hues == "4,4", "the colours are {hues}");
            Ok(())
        })
        .await
    })
    .await
}
