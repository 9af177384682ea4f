//! What tabs do together at one broker.

use std::time::Duration;

use crate::browser::Browser;
use mqtt_lab::codec::{ProtocolVersion, Qos, ReasonCode};
use mqtt_lab::lab::{BrokerOptions, BrokerSeat, BrokerTable, Command, Fault, Ways};

#[test]
fn neighbours_in_two_tabs_exchange_messages_at_every_qos() {
    for version in ProtocolVersion::ALL {
        let mut browser = Browser::of(2);
        assert_eq!(browser.lab(0).broker_seat(), BrokerSeat::Host);
        assert_eq!(browser.lab(1).broker_seat(), BrokerSeat::Guest);
        browser.connect(0, version);
        browser.connect(1, version);
        for tab in 0..2 {
            browser.subscribe(tab, "room/#", Qos::ExactlyOnce);
        }
        let mut expected = Vec::new();
        for qos in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
            for tab in 0..2 {
                let message = format!("{tab} {qos:?}");
                browser.publish(tab, "room/1", &message, qos, false);
                expected.push(message);
            }
        }
        assert_eq!(browser.messages(0), expected, "{version:?}");
        assert_eq!(browser.messages(1), expected, "{version:?}");
        assert!(
            browser
                .sentence(1)
                .contains("to Lab broker (in another tab of this browser) as"),
            "{}",
            browser.sentence(1)
        );
        // All of it is at the host, and the guest has no stale tables.
        assert_eq!(browser.rows(0, BrokerTable::Connections), 2);
        assert_eq!(browser.rows(0, BrokerTable::Subscriptions), 2);
        for table in [BrokerTable::Connections, BrokerTable::Sessions] {
            assert_eq!(browser.rows(1, table), 0);
        }
        let rows = browser.lab(0).broker_rows(BrokerTable::Connections, 0..9);
        let from: Vec<_> = rows
            .iter()
            .filter(|row| row.facts.contains(&("From", "another tab".to_owned())))
            .collect();
        assert_eq!(from.len(), 1);
        assert_eq!(from[0].name, browser.client(1).connection_form().client_id);
        assert_eq!(from[0].client, None);
        browser.disconnect(1);
        assert_eq!(browser.status(1), "disconnected");
        assert_eq!(browser.rows(0, BrokerTable::Connections), 1);
    }
}

#[test]
fn the_host_ends_a_guests_connection_with_its_reason() {
    let mut browser = Browser::of(2);
    browser.connect(1, ProtocolVersion::V5_0);
    let rows = browser.lab(0).connection_rows(0..9);
    let (connection, reason) = (rows[0].key, ReasonCode::AdministrativeAction);
    browser.command(0, Command::DisconnectAtBroker { connection, reason });
    assert_eq!(browser.status(1), "disconnected");
    assert!(
        browser.sentence(1).contains("0x98"),
        "{}",
        browser.sentence(1)
    );
    assert_eq!(browser.rows(0, BrokerTable::Connections), 0);
}

#[test]
fn time_is_not_moved_while_it_is_shared() {
    let mut browser = Browser::of(2);
    let jump = || Command::JumpTime {
        by: Duration::from_secs(60),
    };
    let refusal = browser.try_command(1, jump()).unwrap_err().words();
    assert!(
        refusal.contains("the tab that hosts the lab broker"),
        "{refusal}"
    );
    browser.command(0, jump());
    browser.connect(1, ProtocolVersion::V5_0);
    for command in [jump(), Command::PauseTime, Command::JumpToNextTimer] {
        let refusal = browser.try_command(0, command).unwrap_err().words();
        assert!(refusal.contains("other tab"), "{refusal}");
    }
    assert!(browser.lab(0).time_facts().refusal.is_some());
    browser.disconnect(1);
    browser.command(0, Command::PauseTime);
    // Whoever comes now is told why not.
    let client = browser.key(1);
    browser.command(1, Command::Connect { client });
    assert!(
        browser.sentence(1).contains("time is paused"),
        "{}",
        browser.sentence(1)
    );
    browser.command(0, Command::RunTime);
    let client = browser.key(1);
    if browser.status(1).starts_with("reconnecting") {
        browser.command(1, Command::CancelReconnect { client });
    }
    browser.connect(1, ProtocolVersion::V5_0);
}

#[test]
fn what_is_the_hosts_is_refused_in_a_guest_and_its_options_go_on() {
    let mut browser = Browser::of(2);
    for command in [
        Command::StopBroker,
        Command::ApplyPreset { preset: 0 },
        Command::DiscardSession {
            client_id: "a".to_owned(),
        },
    ] {
        let refusal = browser.try_command(1, command).unwrap_err().words();
        assert!(refusal.contains("in another tab"), "{refusal}");
    }
    let options = Box::new(BrokerOptions {
        maximum_queued_messages: 7,
        ..browser.lab(0).broker_options().clone()
    });
    browser.command(0, Command::SetBrokerOptions { options });
    browser.command(0, Command::StopBroker);
    let client = browser.key(1);
    browser.command(1, Command::Connect { client });
    assert!(
        browser.sentence(1).contains("The lab broker is stopped"),
        "{}",
        browser.sentence(1)
    );
    browser.close(0);
    let options = browser.lab(1).broker_options();
    assert_eq!(options.maximum_queued_messages, 7);
    assert!(browser.lab(1).broker_facts().is_running);
}

#[test]
fn a_second_tab_does_not_come_up_with_the_client_identifiers_of_the_first() {
    let mut browser = Browser::of(1);
    browser.edit(0, |form| {
        form.client_id = "mine".to_owned();
        form.clean_session = false;
    });
    browser.command(0, Command::AddClient);
    browser.edit(0, |form| form.clean_session = false);
    let stored = browser.tabs[0].stored.clone();
    let ids = |browser: &Browser, tab: usize| -> Vec<String> {
        let clients = browser.lab(tab).clients();
        clients
            .map(|client| client.connection_form().client_id.clone())
            .collect()
    };
    let first = ids(&browser, 0);
    assert_eq!(first[0], "mine");
    browser.open(stored.clone());
    let second = ids(&browser, 1);
    assert_eq!(second.len(), 2);
    assert!(
        second.iter().all(|id| !first.contains(id)),
        "{first:?} {second:?}"
    );
    assert_eq!(ids(&browser, 0), first);
    assert!(
        browser.notices(1)[0].contains("so alice has got a new one"),
        "{:?}",
        browser.notices(1)
    );
    // It stores nothing of that: the first tab finds its own again when it is loaded again.
    assert_eq!(browser.tabs[1].stored, None);
    browser.close(0);
    let again = browser.open(stored);
    assert_eq!(ids(&browser, again), first);
    // What is in use stays, whoever comes.
    browser.connect(again, ProtocolVersion::V5_0);
    let third = browser.open(browser.tabs[0].stored.clone());
    assert_eq!(ids(&browser, again), first);
    assert!(ids(&browser, third).iter().all(|id| !first.contains(id)));
}

#[test]
fn bots_of_two_tabs_meet_at_the_hosts_broker() {
    use mqtt_lab::lab::bots::BotKind;
    let mut browser = Browser::of(2);
    for tab in 0..2 {
        let kind = BotKind::ALL[0];
        browser.command(tab, Command::AddBot { kind });
        let bot = browser.lab(tab).bot_rows()[0].key;
        browser.command(tab, Command::StartBot { bot });
    }
    browser.pass(3);
    assert_eq!(browser.rows(0, BrokerTable::Connections), 2);
    let row = &browser.lab(1).bot_rows()[0];
    assert_eq!(row.leads_to, "Lab broker (in another tab of this browser)");
    assert_ne!(row.client_id, browser.lab(0).bot_rows()[0].client_id);
    let bot = row.key;
    browser.command(1, Command::StopBot { bot });
    assert_eq!(browser.rows(0, BrokerTable::Connections), 1);
}

#[test]
fn a_device_speaks_the_version_it_is_told_to_from_its_next_start() {
    use mqtt_lab::lab::bots::BotKind;
    let mut browser = Browser::of(1);
    let kind = BotKind::Calculator;
    browser.command(0, Command::AddBot { kind });
    let bot = browser.lab(0).bot_rows()[0].key;
    browser.command(0, Command::StartBot { bot });
    let spoken = |browser: &Browser| browser.lab(0).connection_rows(0..1)[0].version;
    assert_eq!(spoken(&browser), Some(ProtocolVersion::V5_0));
    let mut settings = browser.lab(0).bot_rows()[0].settings;
    settings.version = ProtocolVersion::V3_1_1;
    browser.command(0, Command::SetBot { bot, settings });
    assert_eq!(spoken(&browser), Some(ProtocolVersion::V5_0));
    browser.command(0, Command::StopBot { bot });
    browser.command(0, Command::StartBot { bot });
    assert_eq!(spoken(&browser), Some(ProtocolVersion::V3_1_1));
    let qos = browser.lab(0).bot_rows()[0].settings.qos;
    assert_eq!((qos, browser.lab(0).bot_rows()[0].key), (settings.qos, bot));
}

#[test]
fn faults_of_a_guest_work_on_its_way_to_the_other_tab() {
    let mut browser = Browser::of(2);
    browser.connect(0, ProtocolVersion::V5_0);
    browser.subscribe(0, "room/#", Qos::AtMostOnce);
    browser.connect(1, ProtocolVersion::V5_0);
    browser.subscribe(1, "room/#", Qos::AtMostOnce);
    let client = browser.key(1);
    let fault = Fault::BlackHole { ways: Ways::Both };
    browser.command(1, Command::AddFault { client, fault });
    browser.publish(1, "room/1", "lost", Qos::AtMostOnce, false);
    browser.publish(0, "room/1", "not seen", Qos::AtMostOnce, false);
    assert_eq!(browser.messages(0), ["not seen"]);
    assert!(browser.messages(1).is_empty());
    browser.command(1, Command::ClearAllFaults);
    browser.command(1, Command::CutNow { client });
    assert_eq!(browser.rows(0, BrokerTable::Connections), 1);
    assert!(browser.sentence(1).contains("a fault"));
    // Nor does an attempt to connect get through.
    if browser.status(1).starts_with("reconnecting") {
        browser.command(1, Command::CancelReconnect { client });
    }
    browser.command(1, Command::AddFault { client, fault });
    browser.command(1, Command::Connect { client });
    browser.pass(2);
    assert_eq!(browser.rows(0, BrokerTable::Connections), 1);
}
