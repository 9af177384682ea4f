//! The broker inside the page, and the links of the page's clients to it and to others.
//!
//! # For the screen
//!
//! A client whose form says `lab_broker` connects to this broker: no socket is opened, no effect
//! asked for. Everything else about the client is as with any other Server.
//!
//! - **Tables**: [`Lab::broker_count`](super::Lab::broker_count) says how many rows a [`BrokerTable`] has, and
//!   [`Lab::connection_rows`](super::Lab::connection_rows), [`Lab::session_rows`](super::Lab::session_rows), [`Lab::subscription_rows`](super::Lab::subscription_rows),
//!   [`Lab::retained_rows`](super::Lab::retained_rows), [`Lab::will_rows`](super::Lab::will_rows), [`Lab::past_wills`](super::Lab::past_wills), [`Lab::past_connections`](super::Lab::past_connections) and [`Lab::system_rows`](super::Lab::system_rows) give a
//!   range of them, as plain data. Each row has a `key` that stays, for keyed lists, and a
//!   [`Change`]: when it last changed, what it was before, and the record of the trace that caused
//!   it. A row whose `changed_at` is younger than a second or two flashes.
//!   [`Lab::broker_facts`](super::Lab::broker_facts) is what stands above the tables.
//! - **Deeds**: [`Command::StopBroker`](super::Command::StopBroker), [`Command::StartBroker`](super::Command::StartBroker),
//!   [`Command::RefuseNextConnect`](super::Command::RefuseNextConnect), [`Command::DisconnectAtBroker`](super::Command::DisconnectAtBroker), [`Command::DiscardSession`](super::Command::DiscardSession),
//!   [`Command::ClearRetainedAtBroker`](super::Command::ClearRetainedAtBroker), [`Command::SetBrokerOptions`](super::Command::SetBrokerOptions) and
//!   [`Command::ApplyPreset`](super::Command::ApplyPreset).
//! - **Options**: [`Lab::options_form`](super::Lab::options_form) is what the dialog edits; [`OptionsForm::check`] says what is
//!   wrong where, or gives what [`Command::SetBrokerOptions`](super::Command::SetBrokerOptions) takes.
//! - **Faults**: [`Command::AddFault`](super::Command::AddFault), [`Command::RemoveFault`](super::Command::RemoveFault), [`Command::CutNow`](super::Command::CutNow) and
//!   [`Command::ClearAllFaults`](super::Command::ClearAllFaults), for the links of clients wherever these lead. [`Lab::faults`](super::Lab::faults)
//!   lists what is in place on a client's link.
//! - **Time**: [`Command::PauseTime`](super::Command::PauseTime), [`Command::RunTime`](super::Command::RunTime), [`Command::JumpTime`](super::Command::JumpTime) and
//!   [`Command::JumpToNextTimer`](super::Command::JumpToNextTimer); [`Lab::time_facts`](super::Lab::time_facts) is what the time bar shows.
//!
//! - **Bots**: [`Command::AddBot`](super::Command::AddBot), [`Command::StartBot`](super::Command::StartBot),
//!   [`Command::StopBot`](super::Command::StopBot), [`Command::SetBot`](super::Command::SetBot) and
//!   [`Command::RemoveBot`](super::Command::RemoveBot); [`Lab::bot_rows`](super::Lab::bot_rows)
//!   lists them. A bot has a [`ClientKey`] that no client has
//!   ([`ClientKey::is_bot`]), and faults and cuts work on its link as on a client's.
//!
//! - **Tabs**: [`Lab::broker_seat`](super::Lab::broker_seat) is where the broker is that this tab's clients use, and
//!   [`Lab::broker_seat_words`](super::Lab::broker_seat_words) says it. In a guest the tables are empty, and the deeds above,
//!   other than those at links and bots, are refused: they belong to the tab that hosts.
//!
//! # Both ends of a hop in the trace
//!
//! A packet on a link without faults is recorded once, by the client: it is at the other end at
//! the same instant, byte for byte. While faults are in place on a link to the lab broker, and
//! until what they hold back has arrived, the broker's end is recorded too: `BrokerReceived` when a
//! packet has arrived whole, as it arrived, and `BrokerSent` when the broker sends one. What the
//! client sends stays its `Sent` record, what reaches it its `Received` record, and each deed of a
//! fault is a `Fault` record. So a ladder draws a straight line for a packet that has one record,
//! and pairs the two ends in their order otherwise.
//!
//! Of a client of another tab this tab sees the broker's end alone: all its packets are recorded as that, under a
//! key that [`ClientKey::is_of_other_tab`], and [`Lab::name_of`](super::Lab::name_of) says what it is called. Its own
//! end stands in its own tab.

mod bot_form;
mod bots;
mod broker_option;
mod deeds;
mod faults;
mod marks;
mod notes;
mod options;
mod options_form;
mod past;
mod record;
mod rows;
mod server;
mod tabs;
mod time;
mod time_bar;
mod views;
mod wires;
pub(super) mod words;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub use bot_form::{BotFaults, BotForm};
pub use bots::{BOTS_MAXIMUM, BotRow, BotSettings};
pub use broker_option::{BrokerOption, OptionControl, OptionGroup, Unit};
pub use faults::{FaultDeedRow, FaultKey, FaultRow};
pub use marks::Change;
pub use options_form::{ACCESS_MAXIMUM, OptionFault, OptionPlace, OptionsForm, RuleForm};
pub use past::PastConnection;
pub use rows::{BrokerRow, RowDeed};
pub use server::ServerInPage;
pub use tabs::{AloneBecause, BrokerSeat, SeatWords, TabId};
pub use time::{TimeFacts, TimePhase};
pub use time_bar::TimeBar;
pub use views::{
    BrokerFacts, BrokerTable, ConnectionRow, PastWill, RetainedMessageRow, SessionRow,
    SubscriptionTableRow, SystemRow, Traffic, WillFate, WillRow,
};

pub(super) use server::Server;
pub(super) use time::LabTime;
pub(super) use wires::Wires;

use super::ClientKey;
use super::trace::Sequence;
use crate::broker::{Broker, BrokerOptions};
use crate::codec::ReasonCode;
use bots::Bots;
use marks::Marks;
use options::{read_options, write_options};

/// How many published, discarded and cancelled wills are remembered.
const PAST_WILLS_MAXIMUM: usize = 100;

/// The broker, and what the lab remembers of it besides the trace.
#[derive(Debug)]
pub(super) struct LabBroker {
    pub(super) broker: Broker,
    /// Which client of the page used a Client Identifier last.
    owners: BTreeMap<Arc<str>, ClientKey>,
    marks: Marks,
    past_wills: VecDeque<PastWill>,
    past_connections: VecDeque<PastConnection>,
    /// What counts the keys of `past_wills`.
    past_will_count: u64,
    refuse_next: Option<ReasonCode>,
    /// The sessions in which something has moved, each with the latest cause.
    moved: BTreeMap<Arc<str>, Option<Sequence>>,
    /// The record of what the broker is handling.
    cause: Option<Sequence>,
}

impl LabBroker {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            broker: Broker::with_default_options(seed),
            owners: BTreeMap::new(),
            marks: Marks::default(),
            past_wills: VecDeque::new(),
            past_connections: VecDeque::new(),
            past_will_count: 0,
            refuse_next: None,
            moved: BTreeMap::new(),
            cause: None,
        }
    }

    /// Whether the broker runs.
    pub(super) const fn is_running(&self) -> bool {
        self.broker.is_running()
    }

    /// Takes the options that an earlier visit has stored.
    pub(super) fn take_stored_options(&mut self, options: BrokerOptions) -> bool {
        let now = crate::time::Instant::ORIGIN;
        self.broker.set_options(options, now).is_ok()
    }

    fn remember_will(&mut self, mut will: PastWill) {
        will.key = self.past_will_count;
        self.past_will_count += 1;
        if self.past_wills.len() >= PAST_WILLS_MAXIMUM {
            self.past_wills.pop_front();
        }
        self.past_wills.push_back(will);
    }
}
