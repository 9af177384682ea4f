//! The whole lab without a screen.
//!
//! [`Lab`] takes [`Command`]s from the screen, [`LinkEvent`]s from sockets, and time. It gives back
//! [`Effect`]s, and lets the screen read what there is to show. It has no clock, no randomness but
//! its seed, and no browser: the same inputs give the same lab, byte for byte.
//!
//! **After every call that changes the lab, take [`Lab::poll_effect`] until it gives `None`, and
//! arm one timer for [`Lab::poll_timeout`].** When [`Lab::revision`] has moved, what the screen
//! shows may have changed; reading it once per frame is enough. While [`Lab::work`] says that more
//! remains, call it again in the next frame.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

pub mod address;
mod authentication;
pub mod bots;
pub mod brokers;
pub mod chart;
pub mod client_identifier;
mod client_key;
mod closing;
mod command;
mod connack_view;
mod connection_check;
mod connection_form;
mod destination;
pub mod diagnose;
mod effect;
mod engine;
mod environment;
mod errand;
mod event_view;
pub mod explain;
pub mod export;
mod fault_form;
mod field;
pub mod filter;
mod form_check;
pub mod format;
pub mod halves;
pub mod history;
mod json_value;
mod keys;
mod lab_broker;
mod lab_client;
pub mod list_view;
mod message_commands;
mod message_view;
mod messages;
mod notices;
pub mod payload;
pub mod prefill;
mod profiles;
mod publish;
mod rates;
mod refusal;
mod retained;
mod retained_view;
mod revisit;
mod roster;
mod session;
mod settings;
mod side_by_side;
mod sight;
mod state_line;
mod status_line;
mod storage;
mod stored;
mod subscription_row;
mod subscriptions;
pub mod topic_tree;
pub mod trace;
mod views;
pub mod virtual_time;
pub mod why;
mod will;
pub mod window;
pub mod wire;
pub mod wording;

use std::collections::VecDeque;

pub use crate::broker::{
    AclAction, AclEffect, AclRule, BrokerOptions, DropWhenFull, Memory, Overlapping, Preset, User,
};
pub use crate::network::{Fault, FaultKind, Packets, Way, Ways};
pub use authentication::{AuthenticationCommand, Challenge};
pub use client_key::ClientKey;
pub use closing::Doubt;
pub use command::Command;
pub use connection_form::{BrokerChoice, ConnectionForm, UserPropertyList, WillForm};
pub use destination::{Destination, LAB_BROKER, LAB_BROKER_ELSEWHERE};
pub use effect::{ACKNOWLEDGEMENT_BYTES, BACK_PRESSURE_BYTES, Effect, LinkEvent, StorageError};
pub use engine::EngineInPage;
pub use environment::Environment;
pub use errand::Errand;
pub use event_view::EventView;
pub use fault_form::{FaultField, FaultFieldError, FaultForm};
pub use field::Field;
pub use keys::{FileKey, LinkId, NoticeKey, PublicationKey, SeriesKey, SubscriptionKey};
pub use lab_broker::{
    ACCESS_MAXIMUM, AloneBecause, BOTS_MAXIMUM, BotFaults, BotForm, BotRow, BotSettings,
    BrokerFacts, BrokerOption, BrokerRow, BrokerSeat, BrokerTable, Change, ConnectionRow,
    FaultDeedRow, FaultKey, FaultRow, OptionControl, OptionFault, OptionGroup, OptionPlace,
    OptionsForm, PastConnection, PastWill, RetainedMessageRow, RowDeed, RuleForm, SeatWords,
    ServerInPage, SessionRow, SubscriptionTableRow, SystemRow, TabId, TimeBar, TimeFacts,
    TimePhase, Traffic, Unit, WillFate, WillRow,
};
pub use lab_client::{LabClient, PACKET_MAXIMUM};
pub use message_view::{Fact, MessageFacts, RowView};
pub use messages::{MessageDetails, MessageProperty, MessageRow, WillMark};
pub use notices::{NOTICES_MAXIMUM, Notice, Notices, Severity};
pub use profiles::{PROFILE_NAME_MAXIMUM, PROFILES_MAXIMUM, Profile, ProfileCommand};
pub use publish::{
    HandshakeStep, HandshakeStepKind, MessageFormat, PUBLICATIONS_MAXIMUM, Publication,
    PublicationState, PublishForm, RECALLED_MESSAGE_MAXIMUM,
};
pub use rates::Rate;
pub use refusal::{FormCause, Refusal, RefusalCause};
pub use retained::{
    LaterMessage, RETAINED_MAXIMUM, RETAINED_TOPIC_BYTES_MAXIMUM, RetainedRow, RetainedState,
};
pub use retained_view::RetainedView;
pub use roster::{CLIENT_NAME_MAXIMUM, CLIENTS_MAXIMUM};
pub use settings::{PayloadView, Settings, Theme, TimeView};
pub use state_line::{Closed, ConnectionPhase, StateLine};
pub use storage::{BROKER_KEY, CLIENTS_KEY, PROFILES_KEY, SETTINGS_KEY};
pub use subscription_row::{SubscriptionRow, SubscriptionState};
pub use subscriptions::{COLOURS, SUBSCRIPTIONS_MAXIMUM, SubscribeForm};
pub use will::RegisteredWill;

use crate::random::SplitMix64;
use brokers::BrokerList;
use engine::{EngineRoom, Refused};
use format::WallClock;
use keys::Counter;
use lab_broker::{LabTime, Server, Wires};
use prefill::Prefill;
use revisit::Kept;
use roster::Roster;
use trace::{Note, Sequence, Trace};

use crate::time::Instant;

/// The whole lab: clients, links, the trace, settings and profiles. See the [module](self) for
/// how it is driven.
#[derive(Debug)]
pub struct Lab {
    roster: Roster,
    trace: Trace,
    settings: Settings,
    profiles: Vec<Profile>,
    kept: Kept,
    notices: Notices,
    brokers: BrokerList,
    random: SplitMix64,
    clock: WallClock,
    page_is_https: bool,
    /// What the browser says of the computer's network; most browsers are sure only of "offline".
    is_offline: bool,
    effects: VecDeque<Effect>,
    engine: EngineRoom,
    server: Server,
    wires: Wires,
    time: LabTime,
    links: Counter,
    /// The wills that servers hold, or held when a connection was lost.
    wills: Vec<RegisteredWill>,
    /// The file that is being written, and the one that was read.
    export: Option<Box<export::Export>>,
    imported: Option<Box<export::Imported>>,
    files: Counter,
    series_keys: Counter,
    /// The trace's oldest record when the lists were last cut.
    pruned_to: Sequence,
    revision: u64,
    now: Instant,
}

/// What part of the budget a file that is read has at the least: one in this many.
const FILE_SHARE: usize = 4;

/// How many bytes a megabyte of the trace budget has.
const MEGABYTE: usize = 1_000_000;

impl Lab {
    /// A lab with the clients of the visit before, or with one; the forms of the first are filled
    /// from the page's address.
    pub fn new(environment: Environment) -> Self {
        let mut lab = Self::without_server(environment);
        lab.put_in(ServerInPage::new());
        lab
    }

    /// The same without the lab broker, which [`Lab::handle_server`] brings later. Until then
    /// clients wait that connect to it, and [`Effect::FetchServer`] asks for it.
    pub fn without_server(environment: Environment) -> Self {
        let mut lab = Self::form_only(environment);
        lab.put_in_engine(EngineInPage::new());
        lab
    }

    /// The same without what it works with either, which [`Lab::handle_engine`] brings later. Until
    /// then its forms can be filled in; commands that need more wait, and [`Effect::FetchEngine`]
    /// asks for it.
    pub fn form_only(environment: Environment) -> Self {
        let mut lab = Self {
            roster: Roster::default(),
            trace: Trace::new(Trace::DEFAULT_BUDGET),
            settings: Settings::default(),
            profiles: Vec::new(),
            kept: Kept::default(),
            notices: Notices::default(),
            brokers: brokers::public_brokers(),
            random: SplitMix64::new(environment.seed),
            clock: WallClock {
                origin_unix_milliseconds: environment.unix_origin_ms,
                minutes_ahead_of_utc: environment.minutes_offset,
            },
            page_is_https: environment.page_is_https,
            is_offline: false,
            effects: VecDeque::new(),
            engine: EngineRoom::default(),
            server: Server::missing(environment.seed),
            wires: Wires::new(environment.seed),
            time: LabTime::default(),
            links: Counter::default(),
            wills: Vec::new(),
            export: None,
            imported: None,
            files: Counter::default(),
            series_keys: Counter::default(),
            pruned_to: Sequence::default(),
            revision: 1,
            now: Instant::ORIGIN,
        };
        let clients = lab.read_stored(environment.stored);
        lab.restore_clients(clients);
        lab.prefill(&environment.query);
        lab
    }

    /// Does one thing that a person asked for.
    ///
    /// # Errors
    ///
    /// What is wrong and where; nothing has been done then. It is recorded in the trace too.
    pub fn handle_command(&mut self, command: Command, now: Instant) -> Result<(), Refusal> {
        self.tell_time(now);
        self.revision += 1;
        let (client, action) = (command.client(), command.action());
        let changes_clients = command.changes_clients();
        let outcome = self.execute(command);
        self.pump();
        if changes_clients {
            self.keep_clients();
        }
        if let Err(refusal) = &outcome {
            self.note_refusal(Refused {
                at: self.now,
                // A client that is gone has no lane in the trace any more.
                client: client.filter(|&key| self.client(key).is_some()),
                action,
                cause: refusal.cause.for_trace(),
                words: self.words_of(refusal),
            });
        }
        outcome
    }

    /// The next thing to be done for the lab.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Takes in whether the browser takes the computer to be connected to any network. Until this
    /// is told, it is taken to be.
    pub fn handle_online(&mut self, is_online: bool, now: Instant) {
        self.tell_time(now);
        self.is_offline = !is_online;
    }

    /// Takes in that a value could, or could not, be stored or forgotten.
    pub fn handle_stored(&mut self, key: &str, outcome: Result<(), StorageError>, now: Instant) {
        self.tell_time(now);
        let Err(error) = outcome else { return };
        let what = match key {
            SETTINGS_KEY => "The settings",
            PROFILES_KEY => "The profiles",
            BROKER_KEY => "The options of the lab broker",
            CLIENTS_KEY => {
                self.kept.refuse();
                "The clients and their forms"
            }
            _ => "A value",
        };
        let words = format!(
            "{what} could not be stored: {error}. They hold until this page is closed; export \
             what you want to keep."
        );
        self.say(Severity::Warning, None, words);
    }

    /// Takes in that another tab of this page has stored a value, or forgotten one. Its profiles
    /// are taken over, or the next one saved here would be the end of them; settings are each
    /// tab's own.
    pub fn handle_stored_elsewhere(&mut self, key: &str, value: Option<&str>, now: Instant) {
        self.tell_time(now);
        if key == BROKER_KEY {
            self.take_options_of_host(value);
        }
        if key != PROFILES_KEY {
            return;
        }
        // What a newer version of the page has written stays its own.
        let profiles = value.map_or_else(|| Ok(Vec::new()), storage::read_profiles);
        if let Ok(profiles) = profiles {
            self.take_profiles(profiles);
            self.revision += 1;
        }
    }

    /// A number that has changed whenever anything that a screen can show may have changed.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The latest time the lab was told.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Turns the lab's time into the time on the wall.
    pub fn clock(&self) -> WallClock {
        self.clock
    }

    /// The clients, in the order in which they were added.
    pub fn clients(&self) -> impl ExactSizeIterator<Item = &LabClient> {
        self.roster.iter()
    }

    /// The client with this key, if it is still there.
    pub fn client(&self, key: ClientKey) -> Option<&LabClient> {
        self.roster.find(key)
    }

    /// The client that is shown. There always is one.
    pub fn selected(&self) -> Option<&LabClient> {
        self.roster.selected()
    }

    /// The public brokers of the picker.
    pub fn brokers(&self) -> &BrokerList {
        &self.brokers
    }

    /// The settings of the page.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The profiles, in the order in which they were saved.
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// All profiles as JSON text, without the passwords that are not to be remembered.
    pub fn export_profiles(&self) -> String {
        storage::write_profiles(&self.profiles)
    }

    /// What has to be said beside the panels.
    pub fn notices(&self) -> &Notices {
        &self.notices
    }

    /// Everything that has happened.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    fn execute(&mut self, command: Command) -> Result<(), Refusal> {
        self.check_seat(&command)?;
        match command {
            Command::AddClient => self.add_client(),
            Command::RenameClient { client, name } => self.roster.rename(client, &name),
            Command::SelectClient { client } => self.roster.select(client),
            Command::EditConnection { client, form } => self.edit_connection(client, *form),
            Command::ChooseBroker { client, broker } => self.choose_broker(client, broker),
            Command::NewClientIdentifier { client } => {
                let identifier = client_identifier::generate(&mut self.random);
                self.roster.find_mut(client)?.form.client_id = identifier;
                Ok(())
            }
            Command::FetchServer => {
                self.ask_for_server();
                Ok(())
            }
            Command::DismissNotice { notice } => {
                self.notices.dismiss(notice);
                Ok(())
            }
            command => self.execute_at_engine(command),
        }
    }

    /// Carries out a command that the form alone cannot give.
    fn execute_here(&mut self, command: Command) -> Result<(), Refusal> {
        match command {
            Command::RemoveClient { client } => self.remove_client(client),
            Command::EditPublish { client, form } => {
                self.roster.find_mut(client)?.publish_form = *form;
                Ok(())
            }
            Command::EditSubscribe { client, form } => {
                self.roster.find_mut(client)?.subscribe_form = *form;
                Ok(())
            }
            Command::SetSettings { settings } => self.set_settings(settings),
            Command::StopBroker
            | Command::StartBroker { .. }
            | Command::RefuseNextConnect { .. }
            | Command::DisconnectAtBroker { .. }
            | Command::DiscardSession { .. }
            | Command::ClearRetainedAtBroker { .. }
            | Command::SetBrokerOptions { .. }
            | Command::ApplyPreset { .. }
            | Command::AddFault { .. }
            | Command::RemoveFault { .. }
            | Command::CutNow { .. }
            | Command::ClearAllFaults
            | Command::AddBot { .. }
            | Command::StartBot { .. }
            | Command::StopBot { .. }
            | Command::RemoveBot { .. }
            | Command::SetBot { .. } => self.execute_at_server(command),
            Command::PauseTime => self.pause_time(),
            Command::RunTime => self.run_time(),
            Command::JumpTime { by } => self.jump_time(by),
            Command::JumpToNextTimer => self.jump_to_next_timer(),
            Command::ByHand(by_hand) => by_hand.carry_out(self),
            Command::Errand(errand) => errand.carry_out(self),
            Command::Connect { client } => self.connect(client),
            Command::Disconnect {
                client,
                reason_code,
            } => self.disconnect(client, reason_code),
            Command::Die { client } => self.die(client),
            Command::CancelReconnect { client } => self.cancel_reconnect(client),
            Command::ApplyRemedy { client, remedy } => self.apply_remedy(client, remedy),
            Command::Publish { client } => self.publish(client),
            Command::Subscribe { client } => self.subscribe(client),
            Command::SubscribeAgain {
                client,
                subscription,
            } => self.subscribe_again(client, subscription),
            Command::Unsubscribe {
                client,
                subscription,
            } => self.unsubscribe(client, subscription),
            Command::RemoveSubscription {
                client,
                subscription,
            } => self.remove_subscription(client, subscription),
            Command::ColourSubscription {
                client,
                subscription,
                colour,
            } => {
                let client = self.roster.find_mut(client)?;
                client.subscriptions.set_colour(subscription, colour)
            }
            Command::ClearRetained { client, topic } => self.clear_retained(client, topic),
            Command::ClearMessages { client } => self.clear_messages(client),
            Command::FilterMessages {
                client,
                subscription,
            } => self.filter_messages(client, subscription),
            command => self.execute_on_messages(command),
        }
    }

    fn add_client(&mut self) -> Result<(), Refusal> {
        let mut form = ConnectionForm {
            client_id: client_identifier::generate(&mut self.random),
            ..ConnectionForm::default()
        };
        // Whoever adds a client means it to talk with those that are there.
        if let Some(selected) = self.roster.selected() {
            form.lead_where(&selected.form);
        }
        self.roster.add(form).map(|_| ())
    }

    fn note_refusal_here(&mut self, refused: &Refused) {
        let note = Note::Refused {
            action: refused.action,
            cause: refused.cause,
            words: &refused.words,
        };
        self.trace.append_note(refused.at, refused.client, &note);
    }

    fn edit_connection(&mut self, key: ClientKey, form: ConnectionForm) -> Result<(), Refusal> {
        let client = self.roster.find_mut(key)?;
        let is_new_host = client.form.host != form.host;
        let leads_elsewhere = client.form.lab_broker && !client.form.has_same_address(&form);
        client.form = form;
        if leads_elsewhere {
            // As a lab sheet says it: type host and port, and connect.
            client.form.lab_broker = false;
        }
        if is_new_host && let Some(pasted) = address::take_apart(&client.form.host) {
            let words = pasted.words().to_owned();
            client.form.fill_from_pasted(pasted);
            self.say(Severity::Information, Some(key), words);
        }
        Ok(())
    }

    fn choose_broker(&mut self, key: ClientKey, choice: BrokerChoice) -> Result<(), Refusal> {
        let client = self.roster.find_mut(key)?;
        client.form.choose_broker(choice, &self.brokers)
    }

    fn set_settings(&mut self, settings: Settings) -> Result<(), Refusal> {
        let (minimum, maximum) = (
            Settings::TRACE_MEGABYTES_MINIMUM,
            Settings::TRACE_MEGABYTES_MAXIMUM,
        );
        if !(minimum..=maximum).contains(&settings.trace_megabytes) {
            let cause = RefusalCause::InForm(FormCause::OutOfRange {
                value: settings.trace_megabytes.into(),
                minimum: minimum.into(),
                maximum: maximum.into(),
            });
            return Err(Refusal::at(Field::TraceMegabytes, cause));
        }
        let is_other_list = settings.show_sent != self.settings.show_sent;
        self.settings = settings;
        self.set_trace_budget();
        if is_other_list {
            for client in self.roster.iter_mut() {
                client.messages.filter_again();
            }
        }
        let value = storage::write_settings(&self.settings);
        self.store(SETTINGS_KEY, value);
        Ok(())
    }

    /// Gives the trace its budget. A file that was read shares it: it may use what the clients leave
    /// free, and a quarter at the least.
    fn set_trace_budget(&mut self) {
        let megabytes = usize::try_from(self.settings.trace_megabytes).unwrap_or(usize::MAX);
        let whole = megabytes.saturating_mul(MEGABYTE);
        let used = self.trace.bytes_used();
        let file = match &mut self.imported {
            Some(imported) => {
                let free = whole.saturating_sub(used);
                imported.set_budget(free.max(whole / FILE_SHARE))
            }
            None => 0,
        };
        self.trace.set_budget(whole.saturating_sub(file));
        self.prune();
    }

    /// Takes in what earlier visits have stored; gives the clients back.
    fn read_stored(&mut self, stored: Result<Vec<(String, String)>, StorageError>) -> Vec<Profile> {
        let mut clients = Vec::new();
        let values = match stored {
            Ok(values) => values,
            Err(error) => {
                let words = format!(
                    "Settings and profiles of earlier visits cannot be read: {error}. This visit \
                     starts with the usual ones."
                );
                self.say(Severity::Warning, None, words);
                return clients;
            }
        };
        for (key, value) in values {
            let (what, outcome) = match key.as_str() {
                SETTINGS_KEY => (
                    "settings",
                    storage::read_settings(&value).map(|settings| self.settings = settings),
                ),
                PROFILES_KEY => (
                    "profiles",
                    storage::read_profiles(&value).map(|profiles| self.profiles = profiles),
                ),
                BROKER_KEY => {
                    self.server.keep_options(value);
                    continue;
                }
                CLIENTS_KEY => (
                    "clients",
                    storage::read_clients(&value).map(|stored| clients = stored),
                ),
                _ => continue,
            };
            if let Err(error) = outcome {
                self.say_unusable(what, error);
            }
        }
        clients
    }

    fn say_unusable(&mut self, what: &str, error: StorageError) {
        let words = format!(
            "The stored {what} cannot be used: {error}. They stay stored until {what} are saved \
             again."
        );
        self.say(Severity::Warning, None, words);
    }

    fn prefill(&mut self, query: &[(String, String)]) {
        let pairs = query
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let prefill = Prefill::from_pairs(pairs, &self.brokers);
        for ignored in &prefill.ignored {
            let words = format!(
                "\"{}\" in the page's address was not used. {}",
                payload::foreign_words(&ignored.key),
                ignored.words
            );
            self.say(Severity::Warning, None, words);
        }
        let Some(client) = self.roster.iter_mut().next() else {
            return;
        };
        if prefill.names_server() {
            // A link to another server, or to this one without encryption, must not be given the
            // account that a visit before has left in the form.
            client.form = ConnectionForm {
                client_id: client_identifier::generate(&mut self.random),
                ..ConnectionForm::default()
            };
        }
        client.prefill(prefill, &self.brokers);
    }

    fn store(&mut self, key: &str, value: String) {
        self.effects.push_back(Effect::Store {
            key: key.to_owned(),
            value,
        });
    }

    fn say(&mut self, severity: Severity, client: Option<ClientKey>, words: String) {
        self.notices.say(severity, client, words, self.now);
        self.revision += 1;
    }
}
