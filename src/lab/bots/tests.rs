//! What each device does, without a connection.

use core::time::Duration;

use super::*;
use crate::codec::{Qos, TopicFilter, TopicName, matches};
use crate::time::Instant;

fn s(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1_000)
}

fn on(kind: BotKind, seed: u64) -> Behaviour {
    let mut behaviour = Behaviour::new(kind, "", seed);
    behaviour.start(s(0));
    behaviour.connected();
    behaviour
}

/// What it publishes up to and with `until`, waking it at each of its deadlines.
fn run(behaviour: &mut Behaviour, until: Instant) -> Vec<(Instant, Message)> {
    let mut all = Vec::new();
    let mut now = s(0);
    loop {
        while let Some(message) = behaviour.poll_publish(now) {
            all.push((now, message));
        }
        match behaviour.poll_timeout() {
            Some(due) if due <= until => {
                assert!(due > now, "a deadline that has passed stays");
                now = due;
            }
            _ => return all,
        }
    }
}

fn texts(messages: &[(Instant, Message)]) -> Vec<(u64, &str, &str)> {
    messages
        .iter()
        .map(|(at, message)| {
            let payload = core::str::from_utf8(&message.payload).unwrap();
            (at.as_micros() / 1_000_000, message.topic.as_str(), payload)
        })
        .collect()
}

fn command<'a>(topic: &'a str, payload: &'a str) -> Incoming<'a> {
    Incoming {
        topic,
        payload: payload.as_bytes(),
        qos: Qos::AtMostOnce,
        response_topic: None,
        correlation_data: None,
    }
}

#[test]
fn the_fleet_publishes_each_topic_and_its_heartbeat_every_two_seconds() {
    let mut fleet = on(BotKind::Fleet, 1);
    let messages = run(&mut fleet, s(400));
    let told = texts(&messages);
    assert_eq!(told.len(), 6 * 200);
    let mut readings = Vec::new();
    for (round, messages) in told.chunks(6).enumerate() {
        let topics: Vec<&str> = messages.iter().map(|&(_, topic, _)| topic).collect();
        assert_eq!(topics[..5], FLEET_TOPICS);
        assert_eq!(
            messages[5],
            (
                2 * (round as u64 + 1),
                "sensors",
                &*format!("round {}", round + 1)
            )
        );
        for &(at, _, payload) in &messages[..5] {
            assert_eq!(at, 2 * (round as u64 + 1));
            readings.push(payload.parse::<i32>().unwrap());
        }
    }
    assert_eq!(readings.iter().min(), Some(&-10));
    assert_eq!(readings.iter().max(), Some(&30));
    assert!(messages.iter().all(|(_, message)| !message.retain));
}

#[test]
fn every_bot_repeats_its_run_from_its_seed_and_keeps_to_its_prefix() {
    for kind in BotKind::ALL {
        let messages = |seed, prefix: &str| {
            let mut behaviour = Behaviour::new(kind, prefix, seed);
            behaviour.start(s(0));
            behaviour.connected();
            if let Some(filter) = behaviour.subscription() {
                assert!(filter.starts_with(prefix) && TopicFilter::parse(&filter).is_ok());
            }
            run(&mut behaviour, s(300))
        };
        assert_eq!(messages(7, ""), messages(7, ""), "{kind:?}");
        let is_random = matches!(kind, BotKind::Fleet | BotKind::Thermometer);
        assert_eq!(messages(7, "") != messages(8, ""), is_random, "{kind:?}");
        for (_, message) in messages(7, "class-7/") {
            assert!(message.topic.starts_with("class-7/"), "{}", message.topic);
            assert!(TopicName::parse(&message.topic).is_ok());
        }
        // What it publishes can be watched with the filter that its words name.
        let watch = TopicFilter::parse(kind.words().watch).unwrap();
        let all = messages(7, "");
        let seen = |(_, message): &(Instant, Message)| {
            let topic = TopicName::parse(&message.topic).unwrap();
            matches(watch, topic)
        };
        assert!(kind == BotKind::Calculator || all.iter().any(seen));
    }
}

#[test]
fn a_thermometer_s_readings_are_json_and_never_jump() {
    let mut thermometer = on(BotKind::Thermometer, 3);
    let messages = run(&mut thermometer, s(5_000));
    assert_eq!(messages.len(), 1_000);
    let mut last: Option<f64> = None;
    for (n, (_, message)) in messages.iter().enumerate() {
        assert_eq!(message.content_type, Some("application/json"));
        let json: serde_json::Value = serde_json::from_slice(&message.payload).unwrap();
        assert_eq!(json["reading"], n + 1);
        let celsius = json["celsius"].as_f64().unwrap();
        assert!((15.0..=29.0).contains(&celsius));
        assert!(last.is_none_or(|last| (last - celsius).abs() < 0.41));
        assert!((30..=70).contains(&json["humidity"].as_i64().unwrap()));
        last = Some(celsius);
    }
}

#[test]
fn a_lamp_obeys_and_reports_once_for_each_change() {
    let mut lamp = on(BotKind::Lamp, 0);
    let report = |lamp: &mut Behaviour| {
        let message = lamp.poll_publish(s(1))?;
        assert_eq!(
            (message.topic.as_str(), message.retain),
            ("home/lamp/state", true)
        );
        assert_eq!(lamp.poll_publish(s(1)), None);
        Some(String::from_utf8(message.payload).unwrap())
    };
    let state =
        |on: bool, brightness: u8| Some(format!(r#"{{"on":{on},"brightness":{brightness}}}"#));
    assert_eq!(report(&mut lamp), state(false, 100));
    assert_eq!(report(&mut lamp), None);
    for (order, expected) in [
        ("on", state(true, 100)),
        (" OFF\n", state(false, 100)),
        ("toggle", state(true, 100)),
        ("40", state(true, 40)),
        ("0", state(false, 40)),
        ("toggle", state(true, 40)),
        // Asked for what it is, it says so.
        ("on", state(true, 40)),
    ] {
        let reaction = lamp.handle_message(&command(LAMP_COMMANDS, order));
        assert_eq!(reaction, Reaction::Obeyed);
        assert_eq!(report(&mut lamp), expected, "{order}");
    }
    for order in ["", "101", "-1", "on fire", "256"] {
        let reaction = lamp.handle_message(&command(LAMP_COMMANDS, order));
        assert_eq!(reaction, Reaction::Refused, "{order}");
        assert_eq!(report(&mut lamp), None);
    }
    let no_text = Incoming {
        payload: b"\xff",
        ..command(LAMP_COMMANDS, "")
    };
    assert_eq!(lamp.handle_message(&no_text), Reaction::Refused);
    // A minute later it reports by itself.
    assert_eq!(lamp.poll_timeout(), Some(s(60)));
    assert!(lamp.poll_publish(s(60)).is_some());
}

#[test]
fn a_calculator_answers_where_it_is_asked_to() {
    let mut calculator = on(BotKind::Calculator, 0);
    for (topic, response_topic, reply) in [
        ("calculator/request", None, Some("calculator/reply")),
        ("calculator/request/ann", None, Some("calculator/reply/ann")),
        ("calculator/request", Some("my/answers"), Some("my/answers")),
        // These would be requests again.
        ("calculator/request", Some("calculator/request"), None),
        ("calculator/request", Some("calculator/request/x"), None),
        (
            "calculator/request",
            Some("calculator/requests"),
            Some("calculator/requests"),
        ),
        ("calculator/request", Some("wild/#"), None),
    ] {
        let request = Incoming {
            response_topic,
            correlation_data: Some(b"c7"),
            ..command(topic, "6 * 7")
        };
        let reaction = calculator.handle_message(&request);
        let answer = calculator.poll_publish(s(0));
        let expected = reply.map(|reply| Message {
            correlation_data: Some(b"c7".to_vec()),
            ..Message::text(reply, "42")
        });
        assert_eq!(answer, expected, "{topic} {response_topic:?}");
        let is_obeyed = reaction == Reaction::Obeyed;
        assert_eq!(is_obeyed, reply.is_some());
    }
    calculator.handle_message(&command(CALCULATOR_REQUESTS, "1/0"));
    let answer = calculator.poll_publish(s(0)).unwrap();
    assert_eq!(answer.payload, b"error: division by zero");
    assert_eq!(
        (calculator.poll_timeout(), calculator.period()),
        (None, None)
    );
}

#[test]
fn a_calculator_s_answers_are_bounded_and_for_one_connection() {
    let mut calculator = on(BotKind::Calculator, 0);
    let ask =
        |calculator: &mut Behaviour| calculator.handle_message(&command(CALCULATOR_REQUESTS, "1"));
    for _ in 0..100 {
        assert_eq!(ask(&mut calculator), Reaction::Obeyed);
    }
    assert_eq!(ask(&mut calculator), Reaction::Refused);
    assert!(calculator.poll_publish(s(0)).is_some());
    assert_eq!(ask(&mut calculator), Reaction::Obeyed);
    calculator.connected();
    assert_eq!(calculator.poll_publish(s(0)), None);
}

#[test]
fn a_device_with_a_will_says_when_it_comes_and_when_it_goes() {
    let mut gate = on(BotKind::Presence, 0);
    let will = gate.will(Qos::AtLeastOnce).unwrap();
    let farewell = gate.farewell().unwrap();
    assert_eq!(
        (&will.topic, &will.payload),
        (&farewell.topic, &farewell.payload)
    );
    assert_eq!((will.retain, will.qos), (true, Qos::AtLeastOnce));
    let messages = run(&mut gate, s(20));
    assert_eq!(
        texts(&messages),
        [
            (0, "devices/gate/status", "online"),
            (10, "devices/gate/uptime", "10"),
            (20, "devices/gate/uptime", "20"),
        ]
    );
    assert!(messages[0].1.retain && farewell.retain && !messages[1].1.retain);
    for kind in BotKind::ALL {
        let has_will = Behaviour::new(kind, "", 0).will(Qos::AtMostOnce).is_some();
        assert_eq!(has_will, kind == BotKind::Presence);
    }
}

#[test]
fn a_counter_counts_what_it_slept_through_as_a_gap() {
    let mut counter = on(BotKind::Counter, 0);
    assert_eq!(
        texts(&run(&mut counter, s(3))),
        [
            (1, "counter", "1"),
            (2, "counter", "2"),
            (3, "counter", "3")
        ]
    );
    let late = counter.poll_publish(s(10)).unwrap();
    assert_eq!(late.payload, b"10");
    assert_eq!(counter.poll_publish(s(10)), None);
    assert_eq!(counter.poll_timeout(), Some(s(11)));
    counter.set_period(Duration::from_secs(5), s(10));
    assert_eq!(counter.poll_timeout(), Some(s(15)));
    counter.stop();
    assert_eq!(counter.poll_timeout(), None);
}

#[test]
fn the_words_for_each_kind_are_whole_and_its_own() {
    let mut seen = Vec::new();
    for kind in BotKind::ALL {
        let words = kind.words();
        assert!(words.does.ends_with('.') && words.try_this.ends_with('.'));
        assert!(words.does.len() + words.try_this.len() <= 420);
        for text in [words.title, kind.slug()] {
            assert!(!text.is_empty() && !seen.contains(&text), "{text}");
            seen.push(text);
        }
    }
}
