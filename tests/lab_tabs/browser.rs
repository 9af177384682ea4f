//! A browser with several tabs of the page, without a browser.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use mqtt_lab::codec::{ProtocolVersion, Qos, ReasonCode};
use mqtt_lab::lab::{
    BrokerChoice, BrokerSeat, BrokerTable, CLIENTS_KEY, ClientKey, Command, ConnectionForm, Effect,
    Environment, Lab, LabClient, PublishForm, Refusal, SubscribeForm, TabId,
};
use mqtt_lab::time::Instant;

/// A tab, from when it is opened until it is closed.
pub(crate) struct Tab {
    pub(crate) lab: Lab,
    /// The tabs whose end it wants to be told.
    pub(crate) watched: BTreeSet<TabId>,
    /// What it has stored of its clients.
    pub(crate) stored: Option<String>,
    pub(crate) is_open: bool,
    /// Whether the browser holds its letters back.
    pub(crate) is_slow: bool,
    pub(crate) inbox: VecDeque<Vec<u8>>,
}

/// The tabs, in the order in which they were opened, which is that in which they get the lock.
pub(crate) struct Browser {
    pub(crate) tabs: Vec<Tab>,
    pub(crate) now: Instant,
    pub(crate) letters: usize,
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self {
            tabs: Vec::new(),
            now: Instant::from_millis(1_000),
            letters: 0,
        }
    }

    /// A browser with so many tabs.
    pub(crate) fn of(count: usize) -> Self {
        let mut browser = Self::new();
        for _ in 0..count {
            browser.open(None);
        }
        browser
    }

    /// Opens the page in a new tab, with what is stored of the clients.
    pub(crate) fn open(&mut self, stored: Option<String>) -> usize {
        let tab = self.open_undecided(stored);
        self.give_lock();
        tab
    }

    /// The same, before the browser has said who has the lock.
    pub(crate) fn open_undecided(&mut self, stored: Option<String>) -> usize {
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
    pub(crate) fn give_lock(&mut self) {
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
    pub(crate) fn close(&mut self, tab: usize) {
        self.tabs[tab].lab.handle_leaving(self.now);
        self.settle();
        self.end(tab);
    }

    /// A tab ends without a word.
    pub(crate) fn crash(&mut self, tab: usize) {
        self.end(tab);
    }

    pub(crate) fn end(&mut self, tab: usize) {
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
    pub(crate) fn settle(&mut self) {
        for _ in 0..1_000_000 {
            if !self.step() {
                return;
            }
        }
        panic!("the tabs do not come to rest");
    }

    pub(crate) fn step(&mut self) -> bool {
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

    pub(crate) fn pass(&mut self, seconds: u64) {
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

    pub(crate) fn lab(&self, tab: usize) -> &Lab {
        &self.tabs[tab].lab
    }

    pub(crate) fn client(&self, tab: usize) -> &LabClient {
        self.lab(tab).selected().unwrap()
    }

    pub(crate) fn key(&self, tab: usize) -> ClientKey {
        self.client(tab).key()
    }

    pub(crate) fn status(&self, tab: usize) -> String {
        let line = self.lab(tab).state_line(self.key(tab)).unwrap();
        line.status
    }

    pub(crate) fn sentence(&self, tab: usize) -> String {
        let line = self.lab(tab).state_line(self.key(tab)).unwrap();
        line.sentence
    }

    pub(crate) fn notices(&self, tab: usize) -> Vec<&str> {
        let notices = self.lab(tab).notices().iter();
        notices.map(|notice| notice.words.as_str()).collect()
    }

    pub(crate) fn command(&mut self, tab: usize, command: Command) {
        self.try_command(tab, command).unwrap();
    }

    pub(crate) fn try_command(&mut self, tab: usize, command: Command) -> Result<(), Refusal> {
        let outcome = self.tabs[tab].lab.handle_command(command, self.now);
        self.settle();
        outcome
    }

    pub(crate) fn edit(&mut self, tab: usize, change: impl FnOnce(&mut ConnectionForm)) {
        let client = self.key(tab);
        let mut form = Box::new(self.client(tab).connection_form().clone());
        change(&mut form);
        self.command(tab, Command::EditConnection { client, form });
    }

    pub(crate) fn connect(&mut self, tab: usize, version: ProtocolVersion) {
        let client = self.key(tab);
        let broker = BrokerChoice::LabBroker;
        self.command(tab, Command::ChooseBroker { client, broker });
        self.edit(tab, |form| form.version = version);
        self.command(tab, Command::Connect { client });
        assert_eq!(self.status(tab), "connected", "{}", self.sentence(tab));
    }

    pub(crate) fn disconnect(&mut self, tab: usize) {
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

    pub(crate) fn subscribe(&mut self, tab: usize, filter: &str, qos: Qos) {
        let client = self.key(tab);
        let form = Box::new(SubscribeForm {
            filter: filter.to_owned(),
            qos,
            ..SubscribeForm::default()
        });
        self.command(tab, Command::EditSubscribe { client, form });
        self.command(tab, Command::Subscribe { client });
    }

    pub(crate) fn publish(
        &mut self,
        tab: usize,
        topic: &str,
        message: &str,
        qos: Qos,
        retain: bool,
    ) {
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
    pub(crate) fn messages(&self, tab: usize) -> Vec<String> {
        let (lab, key) = (self.lab(tab), self.key(tab));
        let row = |index| lab.message_row(key, index).unwrap();
        (0..lab.message_count(key))
            .rev()
            .map(|index| String::from_utf8_lossy(row(index).payload).into_owned())
            .collect()
    }

    pub(crate) fn rows(&self, tab: usize, table: BrokerTable) -> usize {
        self.lab(tab).broker_count(table)
    }
}
