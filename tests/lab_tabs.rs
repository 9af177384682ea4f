//! Several tabs of one browser that share one lab broker. Each tab is a whole lab; the browser between
//! them, with its lock and its channel, is played.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use mqtt_lab::codec::{ControlPacketType, ProtocolVersion, Qos, ReasonCode};
use mqtt_lab::lab::trace::RecordKind;
use mqtt_lab::lab::{
    AloneBecause, BrokerChoice, BrokerOptions, BrokerSeat, BrokerTable, CLIENTS_KEY, ClientKey,
    Command, ConnectionForm, Effect, Environment, Fault, Lab, LabClient, PublishForm, Refusal,
    SubscribeForm, TabId, Ways,
};
use mqtt_lab::time::Instant;

/// A tab, from when it is opened until it is closed.
struct Tab {
    lab: Lab,
    /// The tabs whose end it wants to be told.
    watched: BTreeSet<TabId>,
    /// What it has stored of its clients.
    stored: Option<String>,
    is_open: bool,
    /// Whether the browser holds its letters back.
    is_slow: bool,
    inbox: VecDeque<Vec<u8>>,
}

/// The tabs, in the order in which they were opened, which is that in which they get the lock.
struct Browser {
    tabs: Vec<Tab>,
    now: Instant,
    letters: usize,
}

impl Browser {
    fn new() -> Self {
        Self {
            tabs: Vec::new(),
            now: Instant::from_millis(1_000),
            letters: 0,
        }
    }

    /// A browser with so many tabs.
    fn of(count: usize) -> Self {
        let mut browser = Self::new();
        for _ in 0..count {
            browser.open(None);
        }
        browser
    }

    /// Opens the page in a new tab, with what is stored of the clients.
    fn open(&mut self, stored: Option<String>) -> usize {
        let tab = self.open_undecided(stored);
        self.give_lock();
        tab
    }

    /// The same, before the browser has said who has the lock.
    fn open_undecided(&mut self, stored: Option<String>) -> usize {
        let seed = 100 + self.tabs.len() as u64;
        let stored = stored.map(|json| (CLIENTS_KEY.to_owned(), json));
        let lab = Lab::new(Environment {
            seed,
            stored: Ok(stored.into_iter().collect()),
            ..Environment::default()
        });
        self.tabs.push(Tab {
            lab,
            watched: BTreeSet::new(),
            stored: None,
            is_open: true,
            is_slow: false,
            inbox: VecDeque::new(),
        });
        let tab = self.tabs.len() - 1;
        let now = self.now;
        self.tabs[tab].lab.handle_seat(BrokerSeat::Deciding, now);
        self.settle();
        tab
    }

    /// The browser gives the lock to the tab that waits longest.
    fn give_lock(&mut self) {
        let now = self.now;
        let open = self.tabs.iter_mut().filter(|tab| tab.is_open);
        for (place, tab) in open.enumerate() {
            let seat = match place {
                0 => BrokerSeat::Host,
                _ => BrokerSeat::Guest,
            };
            if tab.lab.broker_seat() != seat {
                tab.lab.handle_seat(seat, now);
            }
        }
        self.settle();
    }

    /// A person closes a tab.
    fn close(&mut self, tab: usize) {
        self.tabs[tab].lab.handle_leaving(self.now);
        self.settle();
        self.end(tab);
    }

    /// A tab ends without a word.
    fn crash(&mut self, tab: usize) {
        self.end(tab);
    }

    fn end(&mut self, tab: usize) {
        let gone = self.tabs[tab].lab.tab();
        self.tabs[tab].is_open = false;
        for other in self.tabs.iter_mut().filter(|other| other.is_open) {
            if other.watched.remove(&gone) {
                other.lab.handle_tab_gone(gone, self.now);
            }
        }
        self.give_lock();
    }

    /// Carries letters around until nobody has any more.
    fn settle(&mut self) {
        for _ in 0..1_000_000 {
            if !self.step() {
                return;
            }
        }
        panic!("the tabs do not come to rest");
    }

    fn step(&mut self) -> bool {
        let mut moved = false;
        for from in 0..self.tabs.len() {
            if !self.tabs[from].is_open {
                continue;
            }
            while self.tabs[from].lab.has_work() {
                self.tabs[from].lab.work(10_000);
            }
            while let Some(effect) = self.tabs[from].lab.poll_effect() {
                moved = true;
                match effect {
                    Effect::Post { letter } => {
                        self.letters += 1;
                        for (to, tab) in self.tabs.iter_mut().enumerate() {
                            if to != from && tab.is_open {
                                tab.inbox.push_back(letter.clone());
                            }
                        }
                    }
                    Effect::WatchTab { tab } => drop(self.tabs[from].watched.insert(tab)),
                    Effect::Store { key, value } if key == CLIENTS_KEY => {
                        self.tabs[from].stored = Some(value);
                    }
                    Effect::Store { key, value } => {
                        let now = self.now;
                        for (to, tab) in self.tabs.iter_mut().enumerate() {
                            if to != from && tab.is_open {
                                tab.lab.handle_stored_elsewhere(&key, Some(&value), now);
                            }
                        }
                    }
                    other => panic!("{other:?} leads out of the browser"),
                }
            }
            let tab = &mut self.tabs[from];
            if !tab.is_slow
                && let Some(letter) = tab.inbox.pop_front()
            {
                moved = true;
                tab.lab.handle_letter(&letter, self.now);
            }
        }
        moved
    }

    fn pass(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        loop {
            let open = self.tabs.iter().filter(|tab| tab.is_open);
            let due = open.filter_map(|tab| tab.lab.poll_timeout()).min();
            let due = due.map_or(end, |due| due.min(end));
            self.now = self.now.max(due);
            for tab in self.tabs.iter_mut().filter(|tab| tab.is_open) {
                tab.lab.handle_timeout(self.now);
            }
            self.settle();
            if due == end {
                return;
            }
        }
    }

    fn lab(&self, tab: usize) -> &Lab {
        &self.tabs[tab].lab
    }

    fn client(&self, tab: usize) -> &LabClient {
        self.lab(tab).selected().unwrap()
    }

    fn key(&self, tab: usize) -> ClientKey {
        self.client(tab).key()
    }

    fn status(&self, tab: usize) -> String {
        let line = self.lab(tab).state_line(self.key(tab)).unwrap();
        line.status
    }

    fn sentence(&self, tab: usize) -> String {
        let line = self.lab(tab).state_line(self.key(tab)).unwrap();
        line.sentence
    }

    fn notices(&self, tab: usize) -> Vec<&str> {
        let notices = self.lab(tab).notices().iter();
        notices.map(|notice| notice.words.as_str()).collect()
    }

    fn command(&mut self, tab: usize, command: Command) {
        self.try_command(tab, command).unwrap();
    }

    fn try_command(&mut self, tab: usize, command: Command) -> Result<(), Refusal> {
        let outcome = self.tabs[tab].lab.handle_command(command, self.now);
        self.settle();
        outcome
    }

    fn edit(&mut self, tab: usize, change: impl FnOnce(&mut ConnectionForm)) {
        let client = self.key(tab);
        let mut form = Box::new(self.client(tab).connection_form().clone());
        change(&mut form);
        self.command(tab, Command::EditConnection { client, form });
    }

    fn connect(&mut self, tab: usize, version: ProtocolVersion) {
        let client = self.key(tab);
        let broker = BrokerChoice::LabBroker;
        self.command(tab, Command::ChooseBroker { client, broker });
        self.edit(tab, |form| form.version = version);
        self.command(tab, Command::Connect { client });
        assert_eq!(self.status(tab), "connected", "{}", self.sentence(tab));
    }

    fn disconnect(&mut self, tab: usize) {
        let client = self.key(tab);
        let reason_code = ReasonCode::Success;
        self.command(
            tab,
            Command::Disconnect {
                client,
                reason_code,
            },
        );
    }

    fn subscribe(&mut self, tab: usize, filter: &str, qos: Qos) {
        let client = self.key(tab);
        let form = Box::new(SubscribeForm {
            filter: filter.to_owned(),
            qos,
            ..SubscribeForm::default()
        });
        self.command(tab, Command::EditSubscribe { client, form });
        self.command(tab, Command::Subscribe { client });
    }

    fn publish(&mut self, tab: usize, topic: &str, message: &str, qos: Qos, retain: bool) {
        let client = self.key(tab);
        let form = Box::new(PublishForm {
            topic: topic.to_owned(),
            message: message.to_owned(),
            qos,
            retain,
            ..PublishForm::default()
        });
        self.command(tab, Command::EditPublish { client, form });
        self.command(tab, Command::Publish { client });
    }

    /// The payloads in a tab's message list, oldest first.
    fn messages(&self, tab: usize) -> Vec<String> {
        let (lab, key) = (self.lab(tab), self.key(tab));
        let row = |index| lab.message_row(key, index).unwrap();
        (0..lab.message_count(key))
            .rev()
            .map(|index| String::from_utf8_lossy(row(index).payload).into_owned())
            .collect()
    }

    fn rows(&self, tab: usize, table: BrokerTable) -> usize {
        self.lab(tab).broker_count(table)
    }
}

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
fn packets_of_guests_stand_in_the_hosts_trace_as_causes() {
    for version in [ProtocolVersion::V3_1_1, ProtocolVersion::V5_0] {
        let mut browser = Browser::of(2);
        browser.connect(0, version);
        browser.edit(1, |form| form.client_id = "guest".to_owned());
        browser.connect(1, version);
        browser.subscribe(1, "room/#", Qos::ExactlyOnce);
        browser.publish(1, "room/1", "kept", Qos::ExactlyOnce, true);
        browser.publish(0, "room/2", "to the guest", Qos::AtLeastOnce, false);
        browser.disconnect(1);

        let host = browser.lab(0);
        let trace = host.trace();
        let of_guest: Vec<_> = trace
            .records(trace.first()..trace.next())
            .filter(|record| record.client().is_some_and(ClientKey::is_of_other_tab))
            .collect();
        let keys: BTreeSet<_> = of_guest
            .iter()
            .filter_map(|record| record.client())
            .collect();
        assert_eq!(keys.len(), 1, "one client, one key");
        let key = *keys.first().unwrap();
        assert_eq!(host.name_of(key).as_deref(), Some("guest"));
        let packets: Vec<_> = of_guest
            .iter()
            .filter(|record| record.kind().is_packet())
            .map(|record| (record.kind(), record.packet_type().unwrap()))
            .collect();
        use ControlPacketType as Type;
        use RecordKind::{BrokerReceived as In, BrokerSent as Out};
        let both_ends: Vec<_> = [
            (In, Type::Connect),
            (Out, Type::Connack),
            (In, Type::Subscribe),
            (Out, Type::Suback),
            (In, Type::Publish),
            (Out, Type::Pubrec),
            (In, Type::Pubrel),
            (Out, Type::Pubcomp),
            (Out, Type::Publish),
            (In, Type::Pubrec),
            (Out, Type::Pubrel),
            (In, Type::Pubcomp),
            (Out, Type::Publish),
            (In, Type::Puback),
            (In, Type::Disconnect),
        ]
        .into();
        let sorted = |mut packets: Vec<(RecordKind, Type)>| {
            packets.sort_by_key(|(kind, packet_type)| (*kind as u8, *packet_type as u8));
            packets
        };
        assert_eq!(sorted(packets), sorted(both_ends), "{version:?}");

        // From a row of the host's tables one gets to the guest's packet.
        let cause = |table, name: &str| {
            let rows = host.broker_rows(table, 0..10);
            let row = rows.iter().find(|row| row.name == name).unwrap();
            let record = trace.get(row.cause.unwrap()).unwrap();
            (record.client(), record.packet_type())
        };
        let retained = cause(BrokerTable::Retained, "room/1");
        assert_eq!(retained, (Some(key), Some(Type::Publish)));
        let ended = cause(BrokerTable::PastConnections, "guest");
        assert_eq!(ended, (Some(key), Some(Type::Disconnect)));
    }
}

#[test]
fn the_ladder_of_the_host_has_a_lane_for_each_guest() {
    use mqtt_lab::lab::wire::ladder::{Ladder, LadderChoice};
    let mut browser = Browser::of(2);
    browser.edit(1, |form| form.client_id = "guest".to_owned());
    browser.connect(0, ProtocolVersion::V5_0);
    browser.subscribe(0, "room/#", Qos::AtLeastOnce);
    browser.connect(1, ProtocolVersion::V5_0);
    browser.publish(1, "room/1", "hello", Qos::AtLeastOnce, false);
    let host = browser.lab(0);
    assert_eq!(host.guests().len(), 1);
    let choices = host.packet_clients();
    assert!(
        choices.iter().any(|(_, name)| name == "guest (other tab)"),
        "{choices:?}"
    );
    let mut ladder = Ladder::new(LadderChoice::default());
    while ladder.follow(host, 100) {}
    let lanes = ladder.lanes(host);
    assert!(lanes.iter().any(|lane| lane.name == "guest"), "{lanes:?}");
    let extent = ladder.extent();
    let rows: Vec<String> = (extent.first..extent.end)
        .filter_map(|number| ladder.words(host, &lanes, number))
        .map(|words| words.sentence())
        .filter(|words| words.contains("guest"))
        .collect();
    for packet in ["CONNECT", "CONNACK", "PUBLISH", "PUBACK"] {
        let found = rows.iter().filter(|row| row.contains(packet)).count();
        assert!(found >= 1, "{packet}: {rows:#?}");
    }
    for row in &rows {
        let row = row.to_lowercase();
        assert!(
            !row.contains("on its way") && !row.contains("lost"),
            "{row}"
        );
    }
}

#[test]
fn a_guest_that_comes_again_is_the_same_in_the_hosts_trace() {
    let mut browser = Browser::of(2);
    for _ in 0..3 {
        browser.connect(1, ProtocolVersion::V5_0);
        browser.publish(1, "room/1", "again", Qos::AtMostOnce, false);
        browser.disconnect(1);
    }
    let trace = browser.lab(0).trace();
    let records = trace.records(trace.first()..trace.next());
    let keys: BTreeSet<_> = records
        .filter(|record| record.kind().is_packet())
        .filter_map(|record| record.client())
        .collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    // The guest's own trace has its own end.
    let trace = browser.lab(1).trace();
    let mut records = trace.records(trace.first()..trace.next());
    assert!(!records.any(|record| record.client().is_some_and(ClientKey::is_of_other_tab)));
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
