//! The boundary behind which the lab broker stands, with the bots, the faults and all that only
//! they need: a page can begin without them and be given them later.
//!
//! [`Lab`] reaches what is behind it through [`Deeds`] and [`State`] alone. So whoever never makes a
//! [`ServerInPage`] does not need a byte of it, and the page has it in a module of its own.

use core::any::Any;
use core::fmt::Debug;

use super::tabs::{Tabs, TabsInput};
use super::time_bar::due_words;
use super::{Bots, LabBroker, read_options};
use crate::broker::Input as BrokerInput;
use crate::lab::effect::{Effect, StorageError};
use crate::lab::notices::Severity;
use crate::lab::refusal::{Refusal, RefusalCause};
use crate::lab::trace::Sequence;
use crate::lab::{ClientKey, Command, Lab, LinkId};
use crate::network::Way;
use crate::time::Instant;

/// The lab broker with its bots and faults, to be given to a [`Lab`] that was opened without.
#[derive(Clone, Copy, Debug)]
pub struct ServerInPage(&'static dyn Deeds);

impl ServerInPage {
    /// The one there is. Where the page comes in parts, whoever calls this needs the part with the
    /// broker.
    pub const fn new() -> Self {
        Self(&InPageDeeds)
    }
}

impl Default for ServerInPage {
    fn default() -> Self {
        Self::new()
    }
}

/// What is done behind the boundary.
pub(in crate::lab) trait Deeds: Debug + Send + Sync {
    /// The broker of a lab with this seed.
    fn state(&self, seed: u64) -> Box<dyn State>;
    /// Has the broker take the options of an earlier visit.
    fn take_options(&self, lab: &mut Lab, json: &str) -> Result<(), StorageError>;
    /// Carries out a command that is about the broker, a bot or a fault.
    fn execute(&self, lab: &mut Lab, command: Command) -> Result<(), Refusal>;
    /// Opens a link to the broker.
    fn open(&self, lab: &mut Lab, link: LinkId);
    /// Hands over what is on its way.
    fn pump(&self, lab: &mut Lab);
    /// Takes what has arrived by now off the links that have faults.
    fn drain_networks(&self, lab: &mut Lab);
    /// Sends bytes through a link that has faults.
    fn send_through(&self, lab: &mut Lab, link: LinkId, way: Way, bytes: &[u8]);
    /// Sends the end of a connection through a link that has faults.
    fn end_through(&self, lab: &mut Lab, link: LinkId, way: Way);
    /// Sends a packet to the broker.
    fn send_to_broker(&self, lab: &mut Lab, link: LinkId, bytes: Vec<u8>, record: Sequence);
    /// Sends a packet to the broker in another tab.
    fn send_to_tab(&self, lab: &mut Lab, link: LinkId, bytes: Vec<u8>);
    /// Ends a link to the broker in another tab.
    fn end_to_tab(&self, lab: &mut Lab, link: LinkId);
    /// Takes in what other tabs have brought about.
    fn handle_tabs(&self, lab: &mut Lab, input: TabsInput<'_>);
    /// Ends a link to the broker.
    fn end_to_broker(&self, lab: &mut Lab, link: LinkId);
    /// Lets go of the links that both ends have ended, and of those that wait for too long.
    fn end_lingering(&self, lab: &mut Lab);
    /// Tells the broker that its time has come.
    fn broker_is_due(&self, lab: &mut Lab);
    /// Lets the bots do what is due.
    fn bots_are_due(&self, lab: &mut Lab);
    /// A bot's link is open.
    fn opened_at_bot(&self, lab: &mut Lab, bot: ClientKey, protocol: &str);
    /// A bot's link has ended.
    fn closed_at_bot(
        &self,
        lab: &mut Lab,
        bot: ClientKey,
        code: Option<u16>,
        reason: &str,
        clean: bool,
    );
    /// Bytes have arrived at a bot.
    fn received_at_bot(&self, lab: &mut Lab, bot: ClientKey, bytes: &[u8]);
    /// A bot's link takes more, or no more.
    fn bot_congested(&self, lab: &mut Lab, bot: ClientKey, congested: bool);
}

/// What is there behind the boundary, and what of it is asked everywhere.
pub(in crate::lab) trait State: Any + Debug + Send + Sync {
    /// Whether the broker runs.
    fn is_running(&self) -> bool;
    /// When the broker has something to do.
    fn broker_timeout(&self) -> Option<Instant>;
    /// What the broker does by itself next, and when.
    fn broker_due(&self) -> Option<(Instant, String)>;
    /// When a bot has something to do.
    fn bots_timeout(&self) -> Option<Instant>;
    /// A bot that uses a Server outside this page, or tries to.
    fn outside(&self) -> Option<&str>;
    /// Whether a bot uses the lab broker, or tries to.
    fn has_bot_at_lab_broker(&self) -> bool;
    /// Whether there is such a bot.
    fn has_bot(&self, key: ClientKey) -> bool;
    /// The bot that uses a link.
    fn bot_of(&self, link: LinkId) -> Option<ClientKey>;
}

/// The broker and the bots.
#[derive(Debug)]
pub(in crate::lab) struct InPage {
    pub(super) lab_broker: LabBroker,
    pub(super) bots: Bots,
}

/// The lab's own place for a [`ServerInPage`], empty or not.
#[derive(Debug)]
pub(in crate::lab) struct Server {
    seed: u64,
    /// What is known of the other tabs, with whom the broker is shared.
    pub(in crate::lab) tabs: Tabs,
    here: Option<(ServerInPage, Box<dyn State>)>,
    /// Whether the driver has been asked for it and has not answered.
    is_asked_for: bool,
    /// What an earlier visit has stored of the broker's options, until there is a broker.
    stored_options: Option<String>,
}

impl Server {
    /// A place for a broker with this seed.
    pub(in crate::lab) const fn missing(seed: u64) -> Self {
        Self {
            seed,
            tabs: Tabs::new(seed),
            here: None,
            is_asked_for: false,
            stored_options: None,
        }
    }

    pub(in crate::lab) fn keep_options(&mut self, json: String) {
        self.stored_options = Some(json);
    }

    /// Whether there is none yet.
    pub(in crate::lab) const fn is_missing(&self) -> bool {
        self.here.is_none()
    }

    /// What can be done with it, where it is there.
    pub(in crate::lab) fn deeds(&self) -> Option<&'static dyn Deeds> {
        self.here.as_ref().map(|(server, _)| server.0)
    }

    pub(in crate::lab) fn state(&self) -> Option<&dyn State> {
        self.here.as_ref().map(|(_, state)| &**state)
    }

    /// When it has something to do.
    pub(in crate::lab) fn poll_timeout(&self) -> Option<Instant> {
        let state = self.state()?;
        let times = [state.broker_timeout(), state.bots_timeout()];
        times.into_iter().flatten().min()
    }

    pub(in crate::lab) fn outside(&self) -> Option<&str> {
        self.state()?.outside()
    }

    pub(super) fn has_bot_at_lab_broker(&self) -> bool {
        self.state()
            .is_some_and(|state| state.has_bot_at_lab_broker())
    }

    pub(in crate::lab) fn has_bot(&self, key: ClientKey) -> bool {
        self.state().is_some_and(|state| state.has_bot(key))
    }

    pub(in crate::lab) fn bot_of(&self, link: LinkId) -> Option<ClientKey> {
        self.state()?.bot_of(link)
    }

    /// The bot that uses a link, and what can be done to it.
    pub(in crate::lab) fn bot_and_deeds(
        &self,
        link: LinkId,
    ) -> Option<(ClientKey, &'static dyn Deeds)> {
        Some((self.bot_of(link)?, self.deeds()?))
    }

    pub(super) fn lab_broker(&self) -> Option<&LabBroker> {
        self.in_page().map(|here| &here.lab_broker)
    }

    pub(super) fn lab_broker_mut(&mut self) -> Option<&mut LabBroker> {
        self.in_page_mut().map(|here| &mut here.lab_broker)
    }

    pub(super) fn bots(&self) -> Option<&Bots> {
        self.in_page().map(|here| &here.bots)
    }

    pub(super) fn bots_mut(&mut self) -> Option<&mut Bots> {
        self.in_page_mut().map(|here| &mut here.bots)
    }

    fn in_page(&self) -> Option<&InPage> {
        let state: &dyn Any = self.state()?;
        state.downcast_ref()
    }

    fn in_page_mut(&mut self) -> Option<&mut InPage> {
        let (_, state) = self.here.as_mut()?;
        let state: &mut dyn Any = &mut **state;
        state.downcast_mut()
    }
}

impl Lab {
    /// Gives the lab its broker, where it was opened without. Clients that have waited for it
    /// connect now.
    pub fn handle_server(&mut self, server: ServerInPage, now: Instant) {
        self.tell_time(now);
        self.put_in(server);
        self.pump();
    }

    /// Takes in that the broker could not be fetched. Where somebody has asked for it that is said,
    /// and clients that have waited are told; whoever needs it next asks for it again.
    pub fn handle_server_failed(&mut self, now: Instant) {
        self.tell_time(now);
        let is_asked_for = core::mem::take(&mut self.server.is_asked_for);
        if !self.server.is_missing() {
            return;
        }
        if is_asked_for {
            self.say(Severity::Error, None, NOT_FETCHED.to_owned());
        }
        for link in self.wires.waiting() {
            self.give_up_link(link);
        }
    }

    /// Whether the lab has its broker.
    pub fn has_server(&self) -> bool {
        !self.server.is_missing()
    }

    pub(in crate::lab) fn put_in(&mut self, server: ServerInPage) {
        self.server.is_asked_for = false;
        if !self.server.is_missing() {
            return;
        }
        self.server.here = Some((server, server.0.state(self.server.seed)));
        self.revision += 1;
        if let Some(json) = self.server.stored_options.take()
            && let Err(error) = server.0.take_options(self, &json)
        {
            self.say_unusable("options of the lab broker", error);
        }
        for link in self.wires.waiting() {
            server.0.open(self, link);
        }
    }

    /// Has the driver fetch the broker, unless it is there or on its way.
    pub(in crate::lab) fn ask_for_server(&mut self) {
        if self.server.is_missing() && !core::mem::replace(&mut self.server.is_asked_for, true) {
            self.effects.push_back(Effect::FetchServer);
        }
    }

    /// Bytes have arrived at a bot.
    pub(in crate::lab) fn received_at_bot(&mut self, bot: ClientKey, bytes: &[u8]) {
        if let Some(deeds) = self.server.deeds() {
            deeds.received_at_bot(self, bot, bytes);
        }
    }

    /// A bot's link takes more, or no more.
    pub(in crate::lab) fn bot_congested(&mut self, bot: ClientKey, congested: bool) {
        if let Some(deeds) = self.server.deeds() {
            deeds.bot_congested(self, bot, congested);
        }
    }

    /// Carries out a command that is about the broker, a bot or a fault.
    pub(in crate::lab) fn execute_at_server(&mut self, command: Command) -> Result<(), Refusal> {
        if let Some(deeds) = self.server.deeds() {
            return deeds.execute(self, command);
        }
        self.ask_for_server();
        Err(Refusal::new(RefusalCause::ServerIsMissing))
    }
}

const NOT_FETCHED: &str = "The lab broker, a part of this page that is fetched when it is first \
                           needed, could not be loaded. Check the network connection and connect \
                           again; if the page has been updated since it was opened, load it again.";

/// The only [`Deeds`].
#[derive(Debug)]
struct InPageDeeds;

impl Deeds for InPageDeeds {
    fn state(&self, seed: u64) -> Box<dyn State> {
        Box::new(InPage {
            lab_broker: LabBroker::new(seed),
            bots: Bots::default(),
        })
    }

    fn take_options(&self, lab: &mut Lab, json: &str) -> Result<(), StorageError> {
        let options = read_options(json)?;
        let broker = lab.server.lab_broker_mut();
        if broker.is_some_and(|broker| broker.take_stored_options(options)) {
            Ok(())
        } else {
            Err(StorageError::Unreadable)
        }
    }

    fn execute(&self, lab: &mut Lab, command: Command) -> Result<(), Refusal> {
        match command {
            Command::StopBroker => lab.stop_broker(),
            Command::StartBroker { memory } => lab.start_broker(memory),
            Command::RefuseNextConnect { code } => lab.refuse_next_connect(code),
            Command::DisconnectAtBroker { connection, reason } => {
                lab.disconnect_at_broker(connection, reason)
            }
            Command::DiscardSession { client_id } => lab.discard_session(&client_id),
            Command::ClearRetainedAtBroker { topic } => lab.clear_retained_at_broker(&topic),
            Command::SetBrokerOptions { options } => lab.set_broker_options(*options),
            Command::ApplyPreset { preset } => lab.apply_preset(preset),
            Command::AddFault { client, fault } => lab.add_fault(client, fault),
            Command::RemoveFault { client, fault } => lab.remove_fault(client, fault),
            Command::CutNow { client } => lab.cut_now(client),
            Command::ClearAllFaults => lab.clear_all_faults(),
            Command::AddBot { kind } => lab.add_bot(kind),
            Command::StartBot { bot } => lab.start_bot(bot),
            Command::StopBot { bot } => lab.stop_bot(bot),
            Command::RemoveBot { bot } => lab.remove_bot(bot),
            Command::SetBot { bot, settings } => lab.set_bot(bot, settings),
            _ => Ok(()),
        }
    }

    fn open(&self, lab: &mut Lab, link: LinkId) {
        lab.open_at_broker(link);
    }

    fn pump(&self, lab: &mut Lab) {
        lab.hand_all_over();
    }

    fn drain_networks(&self, lab: &mut Lab) {
        lab.drain_due_networks();
    }

    fn send_through(&self, lab: &mut Lab, link: LinkId, way: Way, bytes: &[u8]) {
        lab.send_past_faults(link, way, bytes);
    }

    fn end_through(&self, lab: &mut Lab, link: LinkId, way: Way) {
        lab.end_past_faults(link, way);
    }

    fn send_to_broker(&self, lab: &mut Lab, link: LinkId, bytes: Vec<u8>, record: Sequence) {
        lab.push_up(link, bytes, record);
    }

    fn send_to_tab(&self, lab: &mut Lab, link: LinkId, bytes: Vec<u8>) {
        lab.send_outside(link, bytes);
    }

    fn end_to_tab(&self, lab: &mut Lab, link: LinkId) {
        lab.close_outside(link);
    }

    fn handle_tabs(&self, lab: &mut Lab, input: TabsInput<'_>) {
        lab.take_from_tabs(input);
    }

    fn end_to_broker(&self, lab: &mut Lab, link: LinkId) {
        lab.push_end(link);
    }

    fn end_lingering(&self, lab: &mut Lab) {
        lab.end_lingering();
    }

    fn broker_is_due(&self, lab: &mut Lab) {
        lab.tell_broker(BrokerInput::Timeout);
    }

    fn bots_are_due(&self, lab: &mut Lab) {
        lab.bots_due();
    }

    fn opened_at_bot(&self, lab: &mut Lab, bot: ClientKey, protocol: &str) {
        lab.bot_link_opened(bot, protocol);
    }

    fn closed_at_bot(
        &self,
        lab: &mut Lab,
        bot: ClientKey,
        code: Option<u16>,
        reason: &str,
        clean: bool,
    ) {
        lab.bot_link_closed(bot, code, reason, clean);
    }

    fn received_at_bot(&self, lab: &mut Lab, bot: ClientKey, bytes: &[u8]) {
        lab.bot_received(bot, bytes);
    }

    fn bot_congested(&self, lab: &mut Lab, bot: ClientKey, congested: bool) {
        lab.bot_link_congested(bot, congested);
    }
}

impl State for InPage {
    fn is_running(&self) -> bool {
        self.lab_broker.is_running()
    }

    fn broker_timeout(&self) -> Option<Instant> {
        self.lab_broker.broker.poll_timeout()
    }

    fn broker_due(&self) -> Option<(Instant, String)> {
        let (at, due) = self.lab_broker.broker.next_due()?;
        Some((at, due_words(due)))
    }

    fn bots_timeout(&self) -> Option<Instant> {
        self.bots.poll_timeout()
    }

    fn outside(&self) -> Option<&str> {
        self.bots.outside()
    }

    fn has_bot_at_lab_broker(&self) -> bool {
        self.bots.is_any_at_lab_broker()
    }

    fn has_bot(&self, key: ClientKey) -> bool {
        self.bots.has(key)
    }

    fn bot_of(&self, link: LinkId) -> Option<ClientKey> {
        self.bots.of_link(link)
    }
}
