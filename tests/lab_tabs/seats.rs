//! Who hosts, who joins, and what becomes of it when tabs come and go.

use crate::browser::Browser;
use mqtt_lab::codec::{ProtocolVersion, Qos};
use mqtt_lab::lab::{AloneBecause, BrokerChoice, BrokerSeat, BrokerTable, Command};

#[test]
fn when_the_host_closes_a_guest_hosts_a_new_empty_broker_and_everybody_is_told() {
    let version = ProtocolVersion::V5_0;
    for crashes in [false, true] {
        let mut browser = Browser::of(3);
        for tab in 0..3 {
            browser.connect(tab, version);
        }
        browser.publish(0, "room/1", "kept", Qos::AtLeastOnce, true);
        assert_eq!(browser.rows(0, BrokerTable::Retained), 1);
        if crashes {
            browser.crash(0);
        } else {
            browser.close(0);
        }
        assert_eq!(browser.lab(1).broker_seat(), BrokerSeat::Host);
        assert_eq!(browser.lab(2).broker_seat(), BrokerSeat::Guest);
        for tab in [1, 2] {
            assert!(
                browser
                    .sentence(tab)
                    .contains("The tab that hosted the lab broker was closed"),
                "{tab}: {}",
                browser.sentence(tab)
            );
        }
        assert!(
            browser.notices(1)[0].contains("This tab hosts it now. It began empty"),
            "{:?}",
            browser.notices(1)
        );
        assert!(
            browser.notices(2)[0].contains("another tab hosts it now"),
            "{:?}",
            browser.notices(2)
        );
        assert_eq!(browser.rows(1, BrokerTable::Retained), 0);
        // They go on with each other.
        for tab in [1, 2] {
            if browser.status(tab) != "connected" {
                let client = browser.key(tab);
                if browser.status(tab).starts_with("reconnecting") {
                    browser.command(tab, Command::CancelReconnect { client });
                }
                browser.connect(tab, version);
            }
            browser.subscribe(tab, "room/#", Qos::AtLeastOnce);
        }
        browser.publish(2, "room/1", "on", Qos::AtLeastOnce, false);
        browser.publish(1, "room/1", "we go", Qos::ExactlyOnce, false);
        assert_eq!(browser.messages(1), ["on", "we go"]);
        assert_eq!(browser.messages(2), ["on", "we go"]);
        assert!(browser.sentence(1).contains("(in this page)"));
        assert_eq!(browser.rows(1, BrokerTable::Connections), 2);
    }
}

#[test]
fn a_client_that_reconnects_by_itself_finds_the_new_host() {
    let mut browser = Browser::of(3);
    browser.edit(2, |form| form.reconnect = true);
    browser.connect(2, ProtocolVersion::V3_1_1);
    browser.close(0);
    browser.pass(5);
    assert_eq!(browser.status(2), "connected", "{}", browser.sentence(2));
    assert_eq!(browser.rows(1, BrokerTable::Connections), 1);
    // And the new host itself.
    browser.edit(1, |form| form.reconnect = true);
    browser.close(1);
    browser.pass(12);
    assert_eq!(browser.status(2), "connected", "{}", browser.sentence(2));
    assert!(browser.sentence(2).contains("(in this page)"));
}

#[test]
fn a_guest_that_is_closed_or_ends_without_a_word_leaves_its_will() {
    for crashes in [false, true] {
        let mut browser = Browser::of(2);
        browser.connect(0, ProtocolVersion::V3_1_1);
        browser.subscribe(0, "status/#", Qos::AtMostOnce);
        browser.edit(1, |form| {
            form.will.topic = "status/guest".to_owned();
            form.will.message = "gone".to_owned();
        });
        browser.connect(1, ProtocolVersion::V3_1_1);
        assert_eq!(browser.rows(0, BrokerTable::Wills), 1);
        if crashes {
            browser.crash(1);
        } else {
            browser.close(1);
        }
        assert_eq!(browser.messages(0), ["gone"]);
        assert_eq!(browser.rows(0, BrokerTable::Connections), 1);
        assert!(browser.try_command(0, Command::PauseTime).is_ok());
    }
}

#[test]
fn who_connects_before_the_seat_is_known_waits_for_it() {
    for hosts in [true, false] {
        let mut browser = Browser::of(usize::from(!hosts));
        let tab = browser.open_undecided(None);
        let client = browser.key(tab);
        let broker = BrokerChoice::LabBroker;
        browser.command(tab, Command::ChooseBroker { client, broker });
        browser.command(tab, Command::Connect { client });
        assert!(browser.status(tab).starts_with("connecting"));
        browser.give_lock();
        assert_eq!(browser.status(tab), "connected");
        let words = match hosts {
            true => "Lab broker (in this page)",
            false => "Lab broker (in another tab of this browser)",
        };
        assert!(
            browser.sentence(tab).contains(words),
            "{}",
            browser.sentence(tab)
        );
        assert_eq!(browser.rows(0, BrokerTable::Connections), 1);
    }
}

#[test]
fn a_tab_without_locks_has_its_own_broker_and_says_why() {
    let mut browser = Browser::new();
    for because in [AloneBecause::NoLocks, AloneBecause::NoChannel] {
        let tab = browser.open_undecided(None);
        let now = browser.now;
        let lab = &mut browser.tabs[tab].lab;
        lab.handle_seat(BrokerSeat::Alone(because), now);
        browser.settle();
        let words = browser.lab(tab).broker_seat_words();
        assert!(
            words.is_here && words.sentence.contains("Only this tab"),
            "{words:?}"
        );
        browser.connect(tab, ProtocolVersion::V3_1_1);
        assert_eq!(browser.rows(tab, BrokerTable::Connections), 1);
    }
    assert!(
        browser
            .lab(0)
            .broker_seat_words()
            .sentence
            .contains("https")
    );
}

#[test]
fn each_tab_says_where_the_broker_is_and_what_becomes_of_it() {
    let mut browser = Browser::of(1);
    let words = |browser: &Browser, tab| browser.lab(tab).broker_seat_words();
    assert_eq!(browser.lab(0).page_title(), "MQTT Lab");
    assert!(
        words(&browser, 0)
            .sentence
            .contains("It lives as long as this tab")
    );
    browser.open(None);
    assert_eq!(browser.lab(0).page_title(), "MQTT Lab (has the broker)");
    assert_eq!(browser.lab(1).page_title(), "MQTT Lab (guest)");
    assert!(words(&browser, 0).sentence.starts_with("1 other tab of"));
    assert!(!words(&browser, 1).is_here);
    assert_eq!(words(&browser, 1).place, "in another tab");
    let guest = words(&browser, 1).sentence;
    assert!(guest.contains("No client of this tab"), "{guest}");
    assert!(guest.contains("\"MQTT Lab (has the broker)\""), "{guest}");
    browser.connect(1, ProtocolVersion::V5_0);
    let guest = words(&browser, 1).sentence;
    assert!(guest.contains("1 client of this tab"), "{guest}");
    browser.open(None);
    assert!(words(&browser, 0).sentence.starts_with("2 other tabs of"));
    browser.close(2);
    browser.close(1);
    assert_eq!(browser.lab(0).page_title(), "MQTT Lab");
}

#[test]
fn a_tab_that_was_put_aside_begins_anew() {
    let mut browser = Browser::of(2);
    browser.connect(0, ProtocolVersion::V5_0);
    browser.publish(0, "room/1", "old", Qos::AtLeastOnce, true);
    browser.connect(1, ProtocolVersion::V5_0);
    // The host is put aside and loses its lock to the guest, then comes back.
    browser.tabs[0].lab.handle_leaving(browser.now);
    browser.settle();
    assert_eq!(browser.rows(0, BrokerTable::Connections), 1);
    let now = browser.now;
    browser.tabs[1].lab.handle_seat(BrokerSeat::Host, now);
    browser.settle();
    browser.tabs[0].lab.handle_seat(BrokerSeat::Deciding, now);
    browser.settle();
    browser.tabs[0].lab.handle_seat(BrokerSeat::Guest, now);
    browser.settle();
    assert!(
        browser.sentence(0).contains("in another tab"),
        "{}",
        browser.sentence(0)
    );
    assert_eq!(browser.rows(0, BrokerTable::Retained), 0);
    let client = browser.key(0);
    if browser.status(0).starts_with("reconnecting") {
        browser.command(0, Command::CancelReconnect { client });
    }
    browser.connect(0, ProtocolVersion::V5_0);
    assert_eq!(browser.rows(1, BrokerTable::Connections), 1);
}
