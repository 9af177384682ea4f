//! Floods, crowds, and letters from nowhere.

use crate::browser::Browser;
use mqtt_lab::codec::{ProtocolVersion, Qos};
use mqtt_lab::lab::{BrokerChoice, BrokerSeat, BrokerTable, Command, LabClient, PublishForm};

#[test]
fn a_flood_waits_where_it_comes_from() {
    let mut browser = Browser::of(2);
    browser.connect(0, ProtocolVersion::V5_0);
    browser.connect(1, ProtocolVersion::V5_0);
    browser.subscribe(0, "flood", Qos::AtLeastOnce);
    browser.tabs[0].is_slow = true;
    let message = "x".repeat(100_000);
    let mut refused = 0;
    for _ in 0..400 {
        let client = browser.key(1);
        let form = Box::new(PublishForm {
            topic: "flood".to_owned(),
            message: message.clone(),
            qos: Qos::AtLeastOnce,
            ..PublishForm::default()
        });
        browser.command(1, Command::EditPublish { client, form });
        let outcome = browser.try_command(1, Command::Publish { client });
        refused += usize::from(outcome.is_err());
        let waiting: usize = browser.tabs[0].inbox.iter().map(Vec::len).sum();
        assert!(waiting < 400_000, "{waiting} bytes wait in the channel");
    }
    browser.tabs[0].is_slow = false;
    browser.settle();
    browser.pass(1);
    assert_eq!(browser.status(1), "connected", "{}", browser.sentence(1));
    assert_eq!(browser.messages(0).len() + refused, 400);
    // And the other way.
    browser.subscribe(1, "back", Qos::AtMostOnce);
    browser.tabs[1].is_slow = true;
    for _ in 0..100 {
        browser.publish(0, "back", &message, Qos::AtMostOnce, false);
        let waiting: usize = browser.tabs[1].inbox.iter().map(Vec::len).sum();
        assert!(waiting < 400_000, "{waiting} bytes wait in the channel");
    }
    assert_eq!(browser.status(0), "connected");
    browser.tabs[1].is_slow = false;
    browser.settle();
    let arrived = browser.messages(1).len();
    assert!((1..=100).contains(&arrived), "{arrived}");
    browser.publish(0, "back", "after it", Qos::AtMostOnce, false);
    assert_eq!(browser.messages(1).last().unwrap(), "after it");
}

#[test]
fn only_so_many_connections_come_from_other_tabs() {
    let mut browser = Browser::of(4);
    for tab in 1..4 {
        for _ in 1..mqtt_lab::lab::CLIENTS_MAXIMUM {
            browser.command(tab, Command::AddClient);
        }
        let keys: Vec<_> = browser.lab(tab).clients().map(LabClient::key).collect();
        for client in keys {
            browser.command(tab, Command::Connect { client });
        }
    }
    assert_eq!(browser.rows(0, BrokerTable::Connections), 64);
    assert!(
        browser.sentence(3).contains("as many connections"),
        "{}",
        browser.sentence(3)
    );
}

#[test]
fn another_version_of_the_page_is_said_once_and_nobody_waits_for_it() {
    let mut browser = Browser::of(0);
    let tab = browser.open_undecided(None);
    let now = browser.now;
    browser.tabs[tab].lab.handle_seat(BrokerSeat::Guest, now);
    for _ in 0..3 {
        browser.tabs[tab].lab.handle_letter(&[2, 9, 9], now);
    }
    assert_eq!(browser.notices(tab).len(), 1);
    assert!(browser.notices(tab)[0].contains("older or newer version"));
    let words = browser.lab(tab).broker_seat_words();
    assert!(words.sentence.contains("Load both tabs again"), "{words:?}");
    let client = browser.key(tab);
    let broker = BrokerChoice::LabBroker;
    browser.command(tab, Command::ChooseBroker { client, broker });
    browser.command(tab, Command::Connect { client });
    assert!(
        browser.sentence(tab).contains("Load both tabs again"),
        "{}",
        browser.sentence(tab)
    );
}

/// Any bytes, and letters that are whole but make no sense, do no harm.
#[test]
fn hostile_letters_do_no_harm() {
    let mut browser = Browser::of(2);
    browser.connect(0, ProtocolVersion::V5_0);
    browser.connect(1, ProtocolVersion::V5_0);
    for tab in 0..2 {
        browser.subscribe(tab, "#", Qos::AtLeastOnce);
    }
    let own = [browser.lab(0).tab(), browser.lab(1).tab()];
    let mut random = 1_u64;
    let mut next = move |bound: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (random >> 33) % bound
    };
    for round in 0..30_000 {
        let length = next(60) as usize;
        let mut letter: Vec<u8> = (0..length).map(|_| next(256) as u8).collect();
        if round % 8 != 0 {
            let from = match next(3) {
                0 => own[next(2) as usize].value(),
                _ => next(4),
            };
            let to = match next(3) {
                0 => 0,
                _ => own[next(2) as usize].value(),
            };
            // A tab that says that it hosts the broker, or leaves, is believed.
            let kind = match next(12) as u8 {
                3 | 5 => 1,
                kind => kind,
            };
            letter = vec![1, kind];
            letter.extend(from.to_be_bytes());
            letter.extend(to.to_be_bytes());
            letter.extend((next(6) as u32).to_be_bytes());
            letter.extend((next(6) as u32).to_be_bytes());
            letter.extend((0..next(40)).map(|_| next(256) as u8));
        }
        let now = browser.now;
        let tab = next(2) as usize;
        browser.tabs[tab].lab.handle_letter(&letter, now);
        browser.settle();
        assert!(browser.rows(0, BrokerTable::Connections) <= 65);
    }
    // Both are as useful as before.
    for tab in 0..2 {
        let client = browser.key(tab);
        if browser.status(tab).starts_with("reconnecting") {
            browser.command(tab, Command::CancelReconnect { client });
        }
        if browser.status(tab) == "disconnected" {
            browser.connect(tab, ProtocolVersion::V5_0);
        }
    }
    browser.publish(0, "room/1", "still here", Qos::AtLeastOnce, false);
    assert!(browser.messages(0).iter().any(|text| text == "still here"));
}
