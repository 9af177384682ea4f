use super::*;
use crate::lab::brokers::public_brokers;

fn address(url: &str) -> Address {
    let pasted = crate::lab::address::take_apart(url).unwrap();
    Address {
        tls: pasted.tls().unwrap(),
        host: pasted.host,
        port: pasted.port.unwrap(),
        path: pasted.path.unwrap_or_else(|| "/".to_owned()),
    }
}

fn facts(address: &Address, stage: Stage) -> Facts<'_> {
    Facts {
        page_is_secure: false,
        is_offline: false,
        address,
        version: ProtocolVersion::V3_1_1,
        stage,
        close: Some(Close {
            code: 1006,
            was_clean: false,
        }),
        elapsed: Duration::from_millis(120),
        same_client_id_in_page: false,
        short_lives: 0,
        last_sent: None,
    }
}

fn kinds(facts: &Facts<'_>) -> Vec<CauseKind> {
    let causes = diagnose(facts, &public_brokers());
    assert!(causes.is_sorted_by_key(|cause| cause.likelihood));
    for cause in &causes {
        let words = cause.words();
        assert!(!words.name.is_empty() && words.meaning.ends_with('.'));
        assert!(words.hint.is_empty() || words.hint.ends_with('.'));
        let same = causes.iter().filter(|other| other.kind == cause.kind);
        assert_eq!(same.count(), 1, "said twice: {:?}", cause.kind);
    }
    causes.into_iter().map(|cause| cause.kind).collect()
}

fn remedy(facts: &Facts<'_>, kind: CauseKind) -> Option<Remedy> {
    let causes = diagnose(facts, &public_brokers());
    causes
        .into_iter()
        .find(|cause| cause.kind == kind)
        .unwrap()
        .remedy
}

#[test]
fn nothing_speaks_against_a_good_address() {
    for broker in public_brokers().brokers {
        let address = broker.address();
        assert_eq!(kinds(&facts(&address, Stage::BeforeTrying)), []);
    }
    for url in [
        "ws://localhost:9001/mqtt",
        "wss://example.org:443/mqtt",
        "ws://10.0.0.7:8080/",
    ] {
        assert_eq!(
            kinds(&facts(&address(url), Stage::BeforeTrying)),
            [],
            "{url}"
        );
    }
}

#[test]
fn a_page_on_https_is_told_before_trying_and_offered_the_tls_port() {
    let known = address("ws://broker.hivemq.com:8000/mqtt");
    let mut facts_known = facts(&known, Stage::BeforeTrying);
    facts_known.page_is_secure = true;
    assert_eq!(kinds(&facts_known), [CauseKind::InsecureFromSecurePage]);
    let expected = Remedy::UseAddress(address("wss://broker.hivemq.com:8884/mqtt"));
    assert_eq!(expected.label(), "Use port 8884 with SSL");
    assert_eq!(
        remedy(&facts_known, CauseKind::InsecureFromSecurePage),
        Some(expected)
    );
    facts_known.stage = Stage::Opening;
    assert_eq!(kinds(&facts_known), [CauseKind::InsecureFromSecurePage]);

    let unknown = address("ws://10.0.0.7:9001/mqtt");
    let mut facts_unknown = facts(&unknown, Stage::BeforeTrying);
    facts_unknown.page_is_secure = true;
    assert_eq!(
        remedy(&facts_unknown, CauseKind::InsecureFromSecurePage),
        Some(Remedy::TurnOnTls)
    );

    // Browsers make an exception for the computer they run on.
    for url in [
        "ws://localhost:9001/mqtt",
        "ws://127.0.0.1:9001/mqtt",
        "ws://[::1]:9001/mqtt",
    ] {
        let here = address(url);
        let mut facts_here = facts(&here, Stage::BeforeTrying);
        facts_here.page_is_secure = true;
        assert_eq!(kinds(&facts_here), [], "{url}");
    }
}

#[test]
fn ports_that_speak_plain_mqtt() {
    let known = address("ws://test.mosquitto.org:1883/mqtt");
    let before = facts(&known, Stage::BeforeTrying);
    assert_eq!(kinds(&before), [CauseKind::PlainMqttPort]);
    assert_eq!(
        remedy(&before, CauseKind::PlainMqttPort),
        Some(Remedy::UseAddress(address(
            "ws://test.mosquitto.org:8080/mqtt"
        )))
    );
    let unknown = address("wss://example.org:8883/mqtt");
    let failed = facts(&unknown, Stage::Opening);
    assert_eq!(kinds(&failed).first(), Some(&CauseKind::PlainMqttPort));
    assert_eq!(remedy(&failed, CauseKind::PlainMqttPort), None);
}

#[test]
fn a_port_that_turns_down_may_speak_plain_mqtt_whatever_its_number() {
    let unusual = address("ws://127.0.0.1:18830/mqtt");
    let causes = diagnose(&facts(&unusual, Stage::Opening), &public_brokers());
    let words: Vec<_> = causes.iter().map(|cause| cause.words().meaning).collect();
    assert!(
        words.iter().any(|words| words.contains("plain MQTT")),
        "{words:?}"
    );
}

#[test]
fn ssl_and_port_that_do_not_fit() {
    let first = |url| {
        kinds(&facts(&address(url), Stage::Opening))
            .first()
            .copied()
    };
    assert_eq!(
        first("wss://example.org:9001/mqtt"),
        Some(CauseKind::PortWithoutTls)
    );
    assert_eq!(
        first("ws://example.org:8884/mqtt"),
        Some(CauseKind::PortWithTls)
    );
    assert_eq!(
        first("wss://broker.emqx.io:8083/mqtt"),
        Some(CauseKind::OtherPortOfBroker)
    );
    let emqx = address("wss://broker.emqx.io:8083/mqtt");
    assert_eq!(
        remedy(&facts(&emqx, Stage::Opening), CauseKind::OtherPortOfBroker),
        Some(Remedy::UseAddress(address(
            "wss://broker.emqx.io:8084/mqtt"
        )))
    );
}

#[test]
fn a_path_other_than_the_usual_one_is_suspected() {
    let odd = address("ws://10.0.0.7:8080/ws");
    let failed = facts(&odd, Stage::Opening);
    assert_eq!(kinds(&failed).first(), Some(&CauseKind::WrongPath));
    assert_eq!(
        remedy(&failed, CauseKind::WrongPath),
        Some(Remedy::UsePath("/mqtt"))
    );
    let usual = address("ws://10.0.0.7:8080/mqtt");
    let failed = facts(&usual, Stage::Opening);
    assert_eq!(remedy(&failed, CauseKind::WrongPath), None);
    assert_eq!(kinds(&failed).first(), Some(&CauseKind::NothingListens));
}

#[test]
fn quick_refusals_and_silence_are_told_apart() {
    let address = address("ws://10.0.0.7:8080/mqtt");
    let quick = facts(&address, Stage::Opening);
    assert!(kinds(&quick).contains(&CauseKind::NothingListens));
    assert!(!kinds(&quick).contains(&CauseKind::NoAnswer));
    let slow = Facts {
        elapsed: Duration::from_secs(10),
        close: None,
        ..quick
    };
    assert!(kinds(&slow).contains(&CauseKind::NoAnswer));
    assert!(!kinds(&slow).contains(&CauseKind::NothingListens));
    assert!(kinds(&slow).contains(&CauseKind::CaptivePortal));
}

#[test]
fn no_network_localhost_and_certificates() {
    let there = address("wss://example.org:443/mqtt");
    let offline = Facts {
        is_offline: true,
        ..facts(&there, Stage::Opening)
    };
    assert_eq!(kinds(&offline).first(), Some(&CauseKind::Offline));
    assert_eq!(
        remedy(&offline, CauseKind::Certificate),
        Some(Remedy::OpenInTab("https://example.org:443/".to_owned()))
    );
    let here = address("ws://localhost:9001/mqtt");
    let offline = Facts {
        is_offline: true,
        ..facts(&here, Stage::Opening)
    };
    let found = kinds(&offline);
    assert_eq!(found.first(), Some(&CauseKind::LocalhostIsThisComputer));
    for absent in [
        CauseKind::Offline,
        CauseKind::CaptivePortal,
        CauseKind::Certificate,
    ] {
        assert!(!found.contains(&absent), "{absent:?}");
    }
}

#[test]
fn the_old_version_has_a_sub_protocol_of_its_own() {
    let address = address("ws://10.0.0.7:8080/mqtt");
    let failed = Facts {
        version: ProtocolVersion::V3_1,
        ..facts(&address, Stage::Opening)
    };
    assert_eq!(kinds(&failed).first(), Some(&CauseKind::Subprotocol));
    assert_eq!(
        remedy(&failed, CauseKind::Subprotocol),
        Some(Remedy::UseVersion(ProtocolVersion::V3_1_1))
    );
    let other = facts(&address, Stage::WrongSubprotocol);
    assert_eq!(kinds(&other), [CauseKind::Subprotocol]);
}

#[test]
fn an_open_websocket_without_connack() {
    let address = address("ws://10.0.0.7:8080/chat");
    let silent = Facts {
        close: None,
        elapsed: Duration::from_secs(10),
        ..facts(&address, Stage::AwaitingConnack)
    };
    assert_eq!(kinds(&silent).first(), Some(&CauseKind::NotAnMqttBroker));
    assert_eq!(
        remedy(&silent, CauseKind::NotAnMqttBroker),
        Some(Remedy::UsePath("/mqtt"))
    );
    let closed = Facts {
        version: ProtocolVersion::V5_0,
        ..facts(&address, Stage::AwaitingConnack)
    };
    assert_eq!(kinds(&closed).first(), Some(&CauseKind::VersionNotSpoken));
    let closed = facts(&address, Stage::AwaitingConnack);
    assert_eq!(kinds(&closed).first(), Some(&CauseKind::SilentRefusal));
    assert_eq!(
        kinds(&facts(&address, Stage::NotMqtt)),
        [CauseKind::NotAnMqttBroker]
    );
}

#[test]
fn a_refusal_is_certain_and_has_the_words_of_its_version() {
    let address = address("ws://10.0.0.7:8080/mqtt");
    let old = facts(&address, Stage::Refused { code: 5 });
    assert_eq!(kinds(&old), [CauseKind::RefusedV3 { code: 5 }]);
    let new = Facts {
        version: ProtocolVersion::V5_0,
        ..facts(&address, Stage::Refused { code: 0x85 })
    };
    let causes = diagnose(&new, &public_brokers());
    assert_eq!(causes[0].words().name, "Client Identifier not valid");
    assert_eq!(causes[0].remedy, Some(Remedy::NewClientId));
    for code in 0..=u8::MAX {
        for version in ProtocolVersion::ALL {
            let refused = Facts {
                version,
                ..facts(&address, Stage::Refused { code })
            };
            assert_eq!(kinds(&refused).len(), 1);
        }
    }
}

#[test]
fn a_client_id_that_was_taken_over() {
    let address = address("ws://10.0.0.7:8080/mqtt");
    // MQTT 5.0 says it.
    let told = Facts {
        version: ProtocolVersion::V5_0,
        ..facts(&address, Stage::DisconnectedByServer { code: 0x8e })
    };
    assert_eq!(kinds(&told), [CauseKind::TakenOver]);
    assert_eq!(
        remedy(&told, CauseKind::TakenOver),
        Some(Remedy::NewClientId)
    );
    let other = facts(&address, Stage::DisconnectedByServer { code: 0x8b });
    assert_eq!(
        kinds(&other),
        [CauseKind::DisconnectedByServer { code: 0x8b }]
    );

    // MQTT 3.1.1 does not: another client in this page is a strong sign, so are two short lives.
    let in_page = Facts {
        same_client_id_in_page: true,
        elapsed: Duration::from_secs(60),
        last_sent: Some((ControlPacketType::Publish, Duration::from_millis(1))),
        ..facts(&address, Stage::Connected)
    };
    assert_eq!(
        kinds(&in_page),
        [CauseKind::TakenOver, CauseKind::NetworkLost]
    );
    let fighting = Facts {
        short_lives: 2,
        elapsed: Duration::from_secs(5),
        ..facts(&address, Stage::Connected)
    };
    assert_eq!(kinds(&fighting).first(), Some(&CauseKind::TakenOver));
    let once = Facts {
        short_lives: 1,
        elapsed: Duration::from_secs(5),
        ..facts(&address, Stage::Connected)
    };
    assert_eq!(kinds(&once), [CauseKind::NetworkLost, CauseKind::TakenOver]);
}

#[test]
fn a_closing_right_after_a_packet_may_be_its_answer() {
    let address = address("ws://10.0.0.7:8080/mqtt");
    let after = |packet, milliseconds| {
        kinds(&Facts {
            last_sent: Some((packet, Duration::from_millis(milliseconds))),
            close: Some(Close {
                code: 1000,
                was_clean: true,
            }),
            elapsed: Duration::from_secs(60),
            ..facts(&address, Stage::Connected)
        })
    };
    assert_eq!(
        after(ControlPacketType::Publish, 50),
        [
            CauseKind::LastPacketNotAllowed,
            CauseKind::ClosedByServer { code: 1000 },
            CauseKind::TakenOver,
        ]
    );
    let expected = [
        CauseKind::ClosedByServer { code: 1000 },
        CauseKind::TakenOver,
    ];
    assert_eq!(after(ControlPacketType::Publish, 5_000), expected);
    assert_eq!(after(ControlPacketType::Puback, 50), expected);
}

#[test]
fn loopback_is_recognised() {
    for host in [
        "localhost",
        "LOCALHOST",
        "a.localhost",
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "[::1]",
    ] {
        assert!(is_loopback(host), "{host}");
    }
    for host in [
        "localhost.example.org",
        "notlocalhost",
        "10.0.0.1",
        "::2",
        "",
        ".localhost",
    ] {
        assert!(!is_loopback(host), "{host}");
    }
}
