//! Every record that is no packet has words.

use core::time::Duration;
use std::collections::BTreeSet;

use super::*;
use crate::lab::trace::RefusalCause;
use crate::network::{Deed, Fault, Target, Way, Ways};

type Words = fn(&str) -> &'static str;

const TIME: &dyn Fn(Instant) -> String = &|_| "12:00:00".to_owned();

fn text(note: &Note<'_>, client: Option<&str>) -> EventWords {
    let about = About {
        client,
        topic: Some("a/b"),
        packet_id: PacketId::new(7),
        time: TIME,
    };
    event(note, &about)
}

fn notes() -> Vec<Note<'static>> {
    let mut notes = vec![
        Note::LinkOpening { url: "ws://h" },
        Note::LinkOpen { subprotocol: "" },
        Note::LinkOpen {
            subprotocol: "mqtt",
        },
    ];
    let (client_id, cause) = ("dev", "");
    for by in [
        ClosedBy::Client,
        ClosedBy::Server,
        ClosedBy::Network,
        ClosedBy::Fault,
    ] {
        notes.push(Note::LinkClose {
            by,
            code: Some(1006),
            reason: "",
        });
    }
    for action in [
        RefusedAction::Connect,
        RefusedAction::Publish,
        RefusedAction::Subscribe,
        RefusedAction::Unsubscribe,
        RefusedAction::Disconnect,
        RefusedAction::Other,
    ] {
        let words = "this is 4; it must be from 1 to 3";
        notes.push(Note::Refused {
            action,
            cause: RefusalCause::Other,
            words,
        });
    }
    for change in [
        ClockChange::Paused,
        ClockChange::Runs,
        ClockChange::Jumps,
        ClockChange::Arrived,
    ] {
        notes.push(Note::Clock {
            change,
            jump: Duration::from_secs(60),
        });
    }
    let fault = Fault::BlackHole { ways: Ways::Both };
    let target = Target::End;
    for fault in [
        FaultNote::Cut,
        FaultNote::Added(fault),
        FaultNote::Removed(fault),
        FaultNote::Done {
            fault,
            way: Way::Up,
            target,
            deed: Deed::Lost,
        },
    ] {
        notes.push(Note::Fault { fault });
    }
    let qos = Qos::AtLeastOnce;
    let code = Some(ReasonCode::NotAuthorized);
    let mut add = |note| notes.push(Note::Broker(note));
    for &change in ConnectionChange::ALL {
        add(BrokerNote::Connection {
            connection: 3,
            client_id,
            change,
            cause,
            code,
        });
    }
    for &change in SessionChange::ALL {
        add(BrokerNote::Session {
            client_id,
            change,
            cause,
        });
    }
    for &change in SubscriptionChange::ALL {
        add(BrokerNote::Subscription {
            client_id,
            filter: "a/#",
            change,
            qos,
            code,
        });
    }
    for &change in RetainedChange::ALL {
        add(BrokerNote::Retained {
            change,
            qos,
            length: 1,
        });
    }
    for &change in QueueChange::ALL {
        add(BrokerNote::Queue {
            client_id,
            change,
            qos,
            reason: "absent",
            queued: 1_000,
        });
    }
    for &state in Inflight::ALL {
        add(BrokerNote::Inflight { client_id, state });
    }
    for &change in WillChange::ALL {
        let until = Some(Instant::ORIGIN);
        add(BrokerNote::Will {
            client_id,
            change,
            cause,
            until,
        });
    }
    for (receivers, refused) in [(0, None), (1, None), (2_000, None), (0, code)] {
        add(BrokerNote::Published {
            client_id,
            qos,
            retain: true,
            receivers,
            refused,
        });
    }
    for &change in SystemChange::ALL {
        add(BrokerNote::System { change });
    }
    notes
}

#[test]
fn every_record_that_is_no_packet_has_words_of_its_own() {
    let mut texts = BTreeSet::new();
    for note in notes() {
        let EventWords { title, text } = text(&note, None);
        assert!(!title.is_empty() && !title.ends_with('.'), "{title}");
        assert!(text.ends_with('.') && !text.contains("  "), "{text}");
        assert!(!text.contains(" ."), "{text}");
        assert!(text.len() <= 260, "{text}");
        assert!(texts.insert((title, text.clone())), "{title}: {text}");
    }
}

#[test]
fn a_client_of_this_page_is_called_by_its_name() {
    let note = Note::Broker(BrokerNote::Queue {
        client_id: "",
        change: QueueChange::Queued,
        qos: Qos::AtLeastOnce,
        reason: "",
        queued: 1_000,
    });
    assert_eq!(
        text(&note, Some("bob")).text,
        "A message on a/b at QoS 1 waits for bob; 1,000 wait now."
    );
    assert!(text(&note, None).text.contains("waits for a client"));
}

/// The words that the lab broker records a cause by, each of which must be said in a sentence.
#[test]
fn every_cause_that_is_recorded_is_said() {
    let notes = include_str!("../../lab_broker/notes.rs");
    let functions: [(&str, Words); 6] = [
        ("fn refused_cause", connection_cause),
        ("fn closed_cause", connection_cause),
        ("fn discard_cause", discard_cause),
        ("fn drop_reason", drop_cause),
        ("fn will_discard_cause", will_discard),
        ("fn will_fire_cause", will_fire),
    ];
    for (function, words) in functions {
        let (_, body) = notes.split_once(function).unwrap();
        let (body, _) = body.split_once("\n}").unwrap();
        let causes: Vec<_> = body.split("=> \"").skip(1).collect();
        assert!(causes.len() > 2, "{function}");
        for cause in causes {
            let cause = cause.split_once('"').unwrap().0;
            assert_ne!(
                words(cause),
                "for a reason that was not recorded",
                "{cause}"
            );
        }
    }
}
