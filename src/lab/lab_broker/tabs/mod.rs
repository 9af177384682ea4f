//! The tabs of one browser share one lab broker. One of them hosts it: the one that holds a lock of
//! the browser's. The others are guests, whose links to the broker go to the host as
//! [letters](letter); when the host closes, the browser gives the lock to one of them, whose own
//! broker, which is empty, is the shared one from then on.
//!
//! What a guest's client sends becomes letters in [`far`], passes the guest's faults before that, and
//! enters the host's broker in [`visitors`], under a connection of its own. Each way of each
//! connection has a [window](flow).
//!
//! The driver tells which [`BrokerSeat`] this tab has, hands letters on, and carries out
//! [`Effect::Post`] and [`Effect::WatchTab`].

mod far;
mod flow;
mod letter;
mod names;
mod visitors;
mod words;

use core::time::Duration;
use std::collections::BTreeSet;

use crate::broker::Memory;
use crate::lab::effect::Effect;
use crate::lab::notices::Severity;
use crate::lab::refusal::{Refusal, RefusalCause};
use crate::lab::{Command, Destination, Lab, client_identifier};
use crate::random::SplitMix64;
use crate::time::Instant;

pub(super) use far::Far;
pub use letter::TabId;
use letter::{Body, Letter, LetterError, PIECE};
use names::Names;
use visitors::Visitor;
pub use words::SeatWords;

/// How many other tabs a host keeps in mind.
const NEIGHBOURS_MAXIMUM: usize = 64;

/// For how long a new tab gives way to others with the same Client Identifiers.
const ASKS_FOR: Duration = Duration::from_secs(3);

/// Where the lab broker is that this tab's clients use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerSeat {
    /// That is being found out, within moments. Who connects meanwhile waits.
    Deciding,
    /// In this tab, for other tabs too.
    Host,
    /// In another tab.
    Guest,
    /// In this tab, for it alone.
    Alone(AloneBecause),
}

/// Why a tab has a broker of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AloneBecause {
    /// Nobody has said anything of other tabs.
    NothingIsKnown,
    /// The browser gives the page no locks by which tabs could agree on a host: it does so only on
    /// https and on `localhost`.
    NoLocks,
    /// The browser has no channel between tabs, or refuses it.
    NoChannel,
}

/// What other tabs, or the browser for them, bring about.
#[derive(Debug)]
pub(in crate::lab) enum TabsInput<'a> {
    /// Where the broker is.
    Seat(BrokerSeat),
    /// A letter.
    Letter(&'a [u8]),
    /// A tab is gone.
    Gone(TabId),
    /// This tab is about to go.
    Leaving,
}

/// What this tab knows of the others.
#[derive(Debug)]
pub(in crate::lab) struct Tabs {
    own: TabId,
    seat: BrokerSeat,
    /// The tab that has said that it hosts the broker.
    host: Option<TabId>,
    /// Whether another host was known before.
    had_host: bool,
    /// The tabs that have said to this host that they are there.
    neighbours: BTreeSet<TabId>,
    visitors: Vec<Visitor>,
    /// Whose clients those are and were.
    names: Names,
    /// Whether a tab has another version of the page.
    has_other_version: bool,
    /// Until when it is of interest which Client Identifiers others use.
    asks_until: Instant,
}

impl Tabs {
    pub(super) const fn new(seed: u64) -> Self {
        // Not the number that the first Client Identifier is made of.
        let number = SplitMix64::new(seed ^ 0x7461_6273).next_u64();
        Self {
            own: TabId::new(number),
            seat: BrokerSeat::Alone(AloneBecause::NothingIsKnown),
            host: None,
            had_host: false,
            neighbours: BTreeSet::new(),
            visitors: Vec::new(),
            names: Names::new(),
            has_other_version: false,
            asks_until: Instant::ORIGIN,
        }
    }

    /// Whether links to the lab broker lead out of this tab, or may turn out to.
    pub(super) const fn leads_away(&self) -> bool {
        matches!(self.seat, BrokerSeat::Guest | BrokerSeat::Deciding)
    }

    /// Where a client of this tab is that connects to the lab broker.
    pub(in crate::lab) const fn destination(&self) -> Destination {
        match self.seat {
            BrokerSeat::Guest => Destination::OtherTab,
            _ => Destination::LabBroker,
        }
    }

    /// Why the lab's time can be neither paused nor moved.
    pub(super) fn check_time(&self) -> Result<(), Refusal> {
        if self.seat == BrokerSeat::Guest {
            return Err(Refusal::new(RefusalCause::TimeIsOfHost));
        }
        if self.visitors.is_empty() {
            return Ok(());
        }
        let tabs: BTreeSet<_> = self.visitors.iter().map(Visitor::tab).collect();
        Err(Refusal::new(RefusalCause::TimeIsOfGuests {
            tabs: tabs.len(),
        }))
    }

    /// What a bot's Client Identifier ends in, so that those of two tabs differ.
    pub(super) fn bot_suffix(&self) -> String {
        match self.seat {
            BrokerSeat::Guest => format!("-{:04x}", self.own.value() & 0xffff),
            _ => String::new(),
        }
    }
}

impl Lab {
    /// This tab, by which the others know it.
    pub fn tab(&self) -> TabId {
        self.server.tabs.own
    }

    /// Where the lab broker is.
    pub fn broker_seat(&self) -> BrokerSeat {
        self.server.tabs.seat
    }

    /// Takes in where the lab broker is. To be told [`BrokerSeat::Deciding`] first where other tabs
    /// can be written to.
    pub fn handle_seat(&mut self, seat: BrokerSeat, now: Instant) {
        self.tell_time(now);
        self.revision += 1;
        match self.server.deeds() {
            Some(deeds) => deeds.handle_tabs(self, TabsInput::Seat(seat)),
            // Whoever connects before there is a broker waits for it in any case.
            None => self.server.tabs.seat = seat,
        }
    }

    /// Takes in a letter from another tab, as [`Effect::Post`] has sent it there.
    pub fn handle_letter(&mut self, letter: &[u8], now: Instant) {
        self.tell_time(now);
        if let Some(deeds) = self.server.deeds() {
            deeds.handle_tabs(self, TabsInput::Letter(letter));
        }
    }

    /// Takes in that another tab is gone, whether it has said so or not.
    pub fn handle_tab_gone(&mut self, tab: TabId, now: Instant) {
        self.tell_time(now);
        if let Some(deeds) = self.server.deeds() {
            deeds.handle_tabs(self, TabsInput::Gone(tab));
        }
    }

    /// Takes in that the page is about to be closed, or put aside by the browser: the other tabs
    /// need not wait for its clients.
    pub fn handle_leaving(&mut self, now: Instant) {
        self.tell_time(now);
        if let Some(deeds) = self.server.deeds() {
            deeds.handle_tabs(self, TabsInput::Leaving);
        }
    }

    /// Takes in what the other tabs have brought about.
    pub(super) fn take_from_tabs(&mut self, input: TabsInput<'_>) {
        match input {
            TabsInput::Seat(seat) => self.take_seat(seat),
            TabsInput::Letter(letter) => self.take_letter(letter),
            TabsInput::Gone(tab) => self.take_end_of(tab),
            TabsInput::Leaving => self.take_leave(),
        }
        self.pump();
    }

    fn take_seat(&mut self, seat: BrokerSeat) {
        let tabs = &mut self.server.tabs;
        let was = core::mem::replace(&mut tabs.seat, seat);
        match seat {
            BrokerSeat::Deciding => {
                tabs.host = None;
                tabs.asks_until = self.now + ASKS_FOR;
                self.post(None, Body::Hello);
            }
            BrokerSeat::Guest => {
                self.leave_own_broker();
                self.open_pending();
            }
            BrokerSeat::Host | BrokerSeat::Alone(_) => {
                tabs.host = None;
                self.lose_far_links(words::HOST_GONE);
                self.take_pending();
                if seat == BrokerSeat::Host {
                    self.post(None, Body::Here);
                }
                if was == BrokerSeat::Guest {
                    let words = words::HOSTS_NOW.to_owned();
                    self.say(Severity::Information, None, words);
                }
            }
        }
        self.pump();
    }

    fn take_letter(&mut self, letter: &[u8]) {
        let letter = match Letter::read(letter) {
            Ok(letter) => letter,
            Err(LetterError::OtherVersion) => return self.take_other_version(),
            Err(LetterError::Malformed) => return,
        };
        let own = self.server.tabs.own;
        if letter.from == own || letter.to.is_some_and(|to| to != own) {
            return;
        }
        self.revision += 1;
        let from = letter.from;
        match letter.body {
            Body::Hello => self.take_hello(from),
            Body::Uses(names) => self.take_names(names),
            Body::Here => self.take_host(from),
            Body::Present => self.take_neighbour(from),
            Body::Leaving => self.take_end_of(from),
            Body::Open { link } => self.take_visitor(from, link),
            Body::Opened { link } => self.far_opened(from, link),
            Body::Bytes { link, bytes } => {
                self.visitor_sent(from, link, bytes);
                self.far_received(from, link, bytes);
            }
            Body::Taken { link, bytes } => {
                let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
                self.visitor_took(from, link, bytes);
                self.far_took(from, link, bytes);
            }
            Body::Close { link, why } => {
                self.visitor_ended(from, link);
                self.far_closed(from, link, why);
            }
        }
        self.pump();
    }

    fn take_end_of(&mut self, tab: TabId) {
        self.revision += 1;
        self.server.tabs.neighbours.remove(&tab);
        self.drop_visitors_of(tab);
        if self.server.tabs.host == Some(tab) {
            self.server.tabs.host = None;
            self.lose_far_links(words::HOST_GONE);
        }
        self.pump();
    }

    fn take_leave(&mut self) {
        if matches!(self.broker_seat(), BrokerSeat::Alone(_)) {
            return;
        }
        self.post(None, Body::Leaving);
        for tab in core::mem::take(&mut self.server.tabs.neighbours) {
            self.drop_visitors_of(tab);
        }
        self.server.tabs.host = None;
        self.lose_far_links(words::PUT_ASIDE);
        self.pump();
    }

    /// Whether a command can be carried out where the broker is.
    pub(in crate::lab) fn check_seat(&self, command: &Command) -> Result<(), Refusal> {
        let is_for_host = matches!(
            command,
            Command::StopBroker
                | Command::StartBroker { .. }
                | Command::RefuseNextConnect { .. }
                | Command::DisconnectAtBroker { .. }
                | Command::DiscardSession { .. }
                | Command::ClearRetainedAtBroker { .. }
                | Command::SetBrokerOptions { .. }
                | Command::ApplyPreset { .. }
        );
        if is_for_host && self.broker_seat() == BrokerSeat::Guest {
            return Err(Refusal::new(RefusalCause::BrokerIsElsewhere));
        }
        Ok(())
    }

    /// Takes the options of the broker that the host has stored, so that they go on where this tab
    /// becomes the next host.
    pub(in crate::lab) fn take_options_of_host(&mut self, json: Option<&str>) {
        if self.broker_seat() == BrokerSeat::Guest
            && let Some(json) = json
            && let Some(deeds) = self.server.deeds()
        {
            // What cannot be read stays the other tab's.
            let _ = deeds.take_options(self, json);
        }
    }

    fn post(&mut self, to: Option<TabId>, body: Body<'_>) {
        let from = self.server.tabs.own;
        let letter = Letter { from, to, body }.write();
        self.effects.push_back(Effect::Post { letter });
    }

    /// Says hello to a new tab, and which Client Identifiers are used here.
    fn take_hello(&mut self, from: TabId) {
        let mut names = Vec::new();
        for client in self.roster.iter() {
            let client_id = client.form.client_id.as_bytes();
            if !client_id.is_empty() && names.len() + client_id.len() < PIECE {
                names.push(0);
                names.extend(client_id);
            }
        }
        self.post(Some(from), Body::Uses(&names));
        if self.broker_seat() == BrokerSeat::Host {
            self.post(Some(from), Body::Here);
        }
    }

    /// Gives other Client Identifiers to the clients that have come up under one that another tab
    /// uses. They are not stored: the other tab's are to come back there.
    fn take_names(&mut self, names: &[u8]) {
        if self.now > self.server.tabs.asks_until {
            // Whoever types one that another tab uses means to see what comes of it.
            return;
        }
        let mut renamed = Vec::new();
        for client in self.roster.iter_mut() {
            let form = &mut client.form;
            let mut names = names.split(|&byte| byte == 0);
            if client.used_form.is_some()
                || form.client_id.is_empty()
                || !names.any(|name| name == form.client_id.as_bytes())
            {
                continue;
            }
            if !form.client_id.starts_with(client_identifier::PREFIX) {
                renamed.push(client.name.clone());
            }
            form.client_id = client_identifier::generate(&mut self.random);
        }
        if !renamed.is_empty() {
            let words = words::renamed(&renamed);
            self.say(Severity::Information, None, words);
        }
    }

    fn take_host(&mut self, from: TabId) {
        let tabs = &mut self.server.tabs;
        if tabs.seat == BrokerSeat::Host {
            return;
        }
        if tabs.host != Some(from) {
            tabs.host = Some(from);
            let is_next = core::mem::replace(&mut tabs.had_host, true);
            self.lose_far_links(words::HOST_GONE);
            if is_next && self.broker_seat() == BrokerSeat::Guest {
                let words = words::NEXT_HOST.to_owned();
                self.say(Severity::Information, None, words);
            }
        }
        self.post(Some(from), Body::Present);
        self.open_pending();
    }

    fn take_neighbour(&mut self, from: TabId) {
        let tabs = &mut self.server.tabs;
        if tabs.seat == BrokerSeat::Host
            && tabs.neighbours.len() < NEIGHBOURS_MAXIMUM
            && tabs.neighbours.insert(from)
        {
            self.effects.push_back(Effect::WatchTab { tab: from });
        }
    }

    fn take_other_version(&mut self) {
        if core::mem::replace(&mut self.server.tabs.has_other_version, true) {
            return;
        }
        self.revision += 1;
        self.say(Severity::Warning, None, words::OTHER_VERSION.to_owned());
        self.open_pending();
        self.pump();
    }

    /// Empties the broker of this tab, which is the shared one no more.
    fn leave_own_broker(&mut self) {
        let _ = self.run_time();
        self.lose_near_links();
        let visitors = core::mem::take(&mut self.server.tabs.neighbours);
        for tab in visitors {
            self.drop_visitors_of(tab);
        }
        let Some(here) = self.server.lab_broker() else {
            return;
        };
        let broker = &here.broker;
        let is_empty = broker.sessions().next().is_none() && broker.retained().next().is_none();
        if !is_empty || !broker.is_running() {
            let _ = self.stop_broker();
            let _ = self.start_broker(Memory::Lost);
        }
    }
}
