//! The panels of the page, each doing what a person came for.

use mqtt_lab::codec::{
    ControlPacket, ControlPacketType, Publish, Qos, ReasonCode, Suback, TopicName, UserProperties,
    encoded_len,
};
use mqtt_lab::lab::format::exact_bytes;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::lab::LabPage;
use crate::page::{all, appears, choose, fill, find, frame, select, text, until};
use crate::server::VERSION;

#[wasm_bindgen_test]
async fn every_control_of_connecting_is_found_by_its_name() {
    let page = LabPage::open().await;
    let panel = page.region("Connection");
    page.unfold("Connection").await;
    for (role, names) in [
        ("combobox", &["Broker", "MQTT version", "Last-Will QoS"][..]),
        ("checkbox", &["SSL", "Clean Session", "Last-Will Retain"]),
        ("button", &["Connect"]),
        (
            "textbox",
            &[
                "Host",
                "Port",
                "Path",
                "ClientID",
                "Username",
                "Keep Alive",
                "Last-Will Topic",
                "Last-Will Message",
            ],
        ),
    ] {
        for name in names {
            find(&panel, role, name);
        }
    }
    assert_eq!(select(&panel, "input[type=password]").len(), 1);
}

#[wasm_bindgen_test]
async fn the_state_line_follows_a_connection_from_its_opening_to_its_end() {
    let page = LabPage::open().await;
    let panel = page.region("Connection");
    assert_eq!(page.state(), "disconnected");

    find(&panel, "button", "Connect").click();
    let server = page.network.server(0).await;
    page.shows_state("connecting ...").await;
    page.says("Connection", "Opening the WebSocket").await;
    assert_eq!(server.asked(), "mqtt");
    assert!(text(&panel).contains(&server.url()));
    find(&panel, "button", "Cancel");
    assert!(all(&panel, "button", "Connect").is_empty());

    server.accept();
    page.says("Connection", "Waiting for CONNACK").await;
    assert_eq!(page.state(), "connecting ...");

    server.connack();
    page.shows_state("connected").await;
    page.says("Connection", "session not present").await;
    assert!(
        all(&panel, "textbox", "Host").is_empty(),
        "the form is folded away"
    );

    find(&panel, "button", "Disconnect").click();
    page.shows_state("disconnected").await;
    let last = server.sent(2, |packet| packet.packet_type()).await;
    assert_eq!(last, ControlPacketType::Disconnect);
    until("the page closes the WebSocket", || server.is_closed()).await;
    appears(&panel, "button", "Connect").await;
}

#[wasm_bindgen_test]
async fn a_lost_connection_says_who_ended_it_and_when_it_is_tried_again() {
    let page = LabPage::open().await;
    let panel = page.region("Connection");
    page.unfold("Connection").await;
    let reconnect = find(&panel, "checkbox", "Reconnect");
    if !reconnect.matches(":checked").unwrap() {
        reconnect.click();
    }
    let server = page.connect().await;
    server.end(1006, "");
    until("the wait is counted down", || {
        page.state().starts_with("reconnecting in ") && page.state().ends_with(" s")
    })
    .await;
    page.says("Connection", "Ended by ").await;
    find(&panel, "button", "Stop reconnecting").click();
    page.shows_state("disconnected").await;
    find(&panel, "button", "Connect");
}

#[wasm_bindgen_test]
async fn dying_closes_the_socket_without_a_word() {
    let page = LabPage::open().await;
    let server = page.connect().await;
    find(
        &page.region("Connection"),
        "button",
        "Die without DISCONNECT",
    )
    .click();
    page.shows_state("disconnected").await;
    until("the page closes the WebSocket", || server.is_closed()).await;
    let last = server.sent(1, |packet| packet.packet_type()).await;
    assert_eq!(last, ControlPacketType::Connect);
}

#[wasm_bindgen_test]
async fn a_subscription_shows_what_was_asked_for_and_what_was_granted() {
    let page = LabPage::open().await;
    let server = page.connect().await;
    for (filter, code, says) in [
        (
            "granted/#",
            ReasonCode::GrantedQos2,
            "asked QoS 2 · granted 2",
        ),
        ("lower/+", ReasonCode::Success, "asked QoS 2 · granted 0"),
        ("forbidden/1", ReasonCode::UnspecifiedError, "refused"),
    ] {
        page.subscribe(filter).await;
        page.says("Subscriptions", "waits for SUBACK").await;
        let sent = select(&page.region("Subscriptions"), "li.subscription").len() + 1;
        let packet_id = server
            .sent(sent, |packet| match packet {
                ControlPacket::Subscribe(subscribe) => {
                    let (asked, _) = subscribe
                        .subscriptions
                        .first()
                        .map(|one| (one.filter.as_str().to_owned(), one.options))
                        .unwrap();
                    assert_eq!(asked, filter);
                    subscribe.packet_id
                }
                other => panic!("SUBSCRIBE was to be sent, not {other:?}"),
            })
            .await;
        server.send(&[ControlPacket::Suback(Suback {
            packet_id,
            reason_string: None,
            user_properties: UserProperties::EMPTY,
            reason_codes: vec![code],
        })]);
        page.says("Subscriptions", says).await;
    }
    let rows = select(&page.region("Subscriptions"), "li.subscription");
    let row = |filter: &str| {
        let mut rows = rows
            .iter()
            .filter(|row| !all(row, "button", filter).is_empty());
        rows.next().expect("a row for each filter").clone()
    };
    assert!(!text(&row("granted/#")).contains("lower than asked"));
    assert!(text(&row("lower/+")).contains("lower than asked"));
    find(&row("lower/+"), "button", "Unsubscribe lower/+");
    find(&row("forbidden/1"), "button", "Subscribe again");
    find(&row("forbidden/1"), "button", "Remove forbidden/1").click();
    until("the refused row is gone", || {
        select(&page.region("Subscriptions"), "li.subscription").len() == 2
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_filter_that_is_none_is_explained_while_it_is_typed() {
    let page = LabPage::open().await;
    let server = page.connect().await;
    let panel = page.region("Subscriptions");
    find(&panel, "button", "Add New Topic Subscription").click();
    let form = appears(&panel, "form", "New subscription").await;
    let field = find(&form, "textbox", "Topic");
    fill(&field, "home/#/lamp");
    until("the field is marked", || {
        field.get_attribute("aria-invalid").as_deref() == Some("true")
    })
    .await;
    assert!(crate::page::description(&field).is_some_and(|words| words.contains('#')));
    find(&form, "button", "Subscribe").click();
    frame().await;
    server.sent(1, |_| ()).await;
    fill(&field, "home/+/lamp");
    until("the field is good", || {
        field.get_attribute("aria-invalid").is_none()
    })
    .await;
}

#[wasm_bindgen_test]
async fn wildcards_are_explained_level_by_level() {
    let page = LabPage::open().await;
    page.connect().await;
    for filter in ["sport/+", "sport/#", "+/+/+"] {
        page.subscribe(filter).await;
    }
    let why = page.region("Why does it match?");
    let topic = find(&why, "textbox", "Topic");
    fill(&topic, "sport");
    let answers = || {
        let answers = select(&why, "li.why__answer");
        answers
            .iter()
            .map(|answer| text(answer))
            .collect::<Vec<_>>()
    };
    until("each filter has its answer", || answers().len() == 3).await;
    let of = |filter: &str| {
        let mut answers = answers().into_iter();
        answers.find(|answer| answer.starts_with(filter)).unwrap()
    };
    assert!(of("sport/+").contains('✗'), "+ is one level, not none");
    assert!(of("sport/#").contains('✓'), "# also takes the parent");
    assert!(of("+/+/+").contains('✗'));
    fill(&topic, "sport/#");
    until("a wildcard in a topic is refused", || {
        topic.get_attribute("aria-invalid").as_deref() == Some("true")
    })
    .await;
    assert!(answers().is_empty());
}

#[wasm_bindgen_test]
async fn the_size_on_the_wire_is_what_then_goes_over_it() {
    let page = LabPage::open().await;
    let server = page.connect().await;
    let panel = page.region("Publish");
    fill(&find(&panel, "textbox", "Topic"), "grüße/1");
    fill(&find(&panel, "textbox", "Message"), "21.5 °C");
    choose(&find(&panel, "combobox", "QoS"), "1");
    let publish = Publish {
        qos: Qos::AtLeastOnce,
        topic: Some(TopicName::parse("grüße/1").unwrap()),
        packet_id: mqtt_lab::codec::PacketId::new(1),
        payload: "21.5 °C".as_bytes(),
        ..Publish::default()
    };
    let expected = ControlPacket::Publish(publish);
    let size = encoded_len(&expected, VERSION).unwrap();
    page.says(
        "Publish",
        &format!("{} on the wire", exact_bytes(size as u64)),
    )
    .await;

    find(&panel, "button", "Publish").click();
    server
        .sent(2, |packet| {
            assert_eq!(encoded_len(packet, VERSION), Ok(size));
            assert_eq!(packet, &expected);
        })
        .await;
    page.says("Publish", "waits for PUBACK").await;
    fill(&find(&panel, "textbox", "Topic"), "a/+");
    let topic = find(&panel, "textbox", "Topic");
    until("a wildcard is refused", || {
        topic.get_attribute("aria-invalid").as_deref() == Some("true")
    })
    .await;
}

#[wasm_bindgen_test]
async fn escape_closes_help_before_it_closes_anything_else() {
    let page = LabPage::open().await;
    let mark = find(&page.region("Connection"), "button", "Help: Host");
    mark.focus().unwrap();
    until("help is shown", || {
        crate::page::description(&mark).is_some()
    })
    .await;
    assert!(
        crate::page::press(&mark, "Escape"),
        "Escape is taken by the help"
    );
    until("help is gone", || crate::page::description(&mark).is_none()).await;
    assert!(
        !crate::page::press(&mark, "Escape"),
        "the next Escape is not"
    );
}
