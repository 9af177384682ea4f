//! The bots of the page: their list, and their links, which are routed as those of clients are.

use core::time::Duration;

use super::Server;
use super::wires::facts_of;
use crate::codec::{PacketSplitter, ProtocolVersion, Qos};
use crate::lab::bots::{Bot, BotCounts, BotInput, BotKind, BotOptions, BotOutput, BotState};
use crate::lab::connection_form::BrokerChoice;
use crate::lab::destination::Destination;
use crate::lab::keys::Counter;
use crate::lab::lab_client::PACKET_MAXIMUM;
use crate::lab::refusal::{FormCause, Refusal, RefusalCause};
use crate::lab::trace::{ClosedBy, Direction, Note};
use crate::lab::{ClientKey, Lab, LinkId};
use crate::time::Instant;

/// How many bots there can be at a time.
pub const BOTS_MAXIMUM: usize = 16;

/// What of a bot a person can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BotSettings {
    /// How often it publishes by itself, within [`PERIODS`](crate::lab::bots::PERIODS).
    pub period: Duration,
    /// The QoS at which it publishes and subscribes.
    pub qos: Qos,
    /// What its readings depend on: the same seed gives the same readings. Holds from its next
    /// start.
    pub seed: u64,
    /// The version of MQTT it speaks. Holds from its next start.
    pub version: ProtocolVersion,
    /// Where it connects to; *Custom* is where the selected client's form leads. Holds from its
    /// next start.
    pub target: BrokerChoice,
}

/// A bot, for its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotRow {
    /// Its key: that of its records in the trace, and of its link for faults.
    pub key: ClientKey,
    /// What it is.
    pub kind: BotKind,
    /// Its Client Identifier.
    pub client_id: String,
    /// Where it is.
    pub state: BotState,
    /// The same in a few words.
    pub state_words: String,
    /// What can be changed.
    pub settings: BotSettings,
    /// Whether it publishes by itself, so that its period means something.
    pub has_period: bool,
    /// Where it connects to, in words.
    pub leads_to: String,
    /// What it has done.
    pub counts: BotCounts,
    /// How its latest connection ended, if that was not as it was told to.
    pub problem: Option<String>,
}

/// The bots.
#[derive(Debug, Default)]
pub(in crate::lab) struct Bots {
    list: Vec<LabBot>,
    counter: Counter,
}

#[derive(Debug)]
struct LabBot {
    key: ClientKey,
    bot: Bot,
    /// The seed and the version of its next start.
    seed: u64,
    version: ProtocolVersion,
    target: BrokerChoice,
    destination: Destination,
    link: Option<LinkId>,
    /// Cuts what it receives into packets, for the trace.
    splitter: PacketSplitter,
    /// Whether it was told that its link takes no more.
    congested: bool,
}

impl Bots {
    /// When the next of them has something to do.
    pub(in crate::lab) fn poll_timeout(&self) -> Option<Instant> {
        let due = self.list.iter();
        due.filter_map(|bot| bot.bot.poll_timeout()).min()
    }

    /// One that uses a Server outside this page, or tries to.
    pub(in crate::lab) fn outside(&self) -> Option<&str> {
        let uses = |bot: &&LabBot| !bot.destination.is_in_this_page() && bot.bot.is_on();
        let bot = self.list.iter().find(uses)?;
        Some(&bot.bot.options().client_id)
    }

    /// Whether one of them uses the lab broker, or tries to.
    pub(super) fn is_any_at_lab_broker(&self) -> bool {
        let uses = |bot: &LabBot| bot.destination.is_lab_broker() && bot.bot.is_on();
        self.list.iter().any(uses)
    }

    pub(in crate::lab) fn has(&self, key: ClientKey) -> bool {
        self.list.iter().any(|bot| bot.key == key)
    }

    fn find_mut(&mut self, key: ClientKey) -> Result<&mut LabBot, Refusal> {
        let mut bots = self.list.iter_mut();
        bots.find(|bot| bot.key == key)
            .ok_or_else(|| Refusal::new(RefusalCause::InForm(FormCause::UnknownClient)))
    }

    /// The one that uses a link.
    pub(super) fn of_link(&self, link: LinkId) -> Option<ClientKey> {
        let mut bots = self.list.iter();
        bots.find(|bot| bot.link == Some(link)).map(|bot| bot.key)
    }
}

impl Server {
    fn list(&self) -> &[LabBot] {
        self.bots().map_or(&[], |bots| &bots.list)
    }

    fn bot_mut(&mut self, key: ClientKey) -> Result<&mut LabBot, Refusal> {
        let missing = || Refusal::new(RefusalCause::ServerIsMissing);
        self.bots_mut().ok_or_else(missing)?.find_mut(key)
    }
}

impl Lab {
    /// The bots, in the order in which they were added.
    pub fn bot_rows(&self) -> Vec<BotRow> {
        let row = |bot: &LabBot| {
            let options = bot.bot.options();
            let state = bot.bot.state();
            let is_asked = !bot.bot.is_on() && state == BotState::Stopped;
            let close = bot.bot.last_close().filter(|_| !is_asked);
            BotRow {
                key: bot.key,
                kind: options.kind,
                client_id: options.client_id.clone(),
                state,
                state_words: state.words(self.now),
                settings: BotSettings {
                    period: bot.bot.period().unwrap_or(options.period),
                    qos: options.qos,
                    seed: bot.seed,
                    version: bot.version,
                    target: bot.target,
                },
                has_period: bot.bot.period().is_some(),
                leads_to: bot.destination.words(),
                counts: bot.bot.counts(),
                problem: close.map(crate::lab::closing::why_words),
            }
        };
        self.server.list().iter().map(row).collect()
    }

    pub(in crate::lab) fn add_bot(&mut self, kind: BotKind) -> Result<(), Refusal> {
        let suffix = self.server.tabs.bot_suffix();
        let Some(bots) = self.server.bots_mut() else {
            return Err(Refusal::new(RefusalCause::ServerIsMissing));
        };
        if bots.list.len() >= BOTS_MAXIMUM {
            return Err(Refusal::new(RefusalCause::InForm(FormCause::TooMany {
                what: "bots",
                maximum: BOTS_MAXIMUM,
            })));
        }
        let number = bots.counter.next();
        let key = u16::try_from(number).ok().and_then(ClientKey::bot);
        let Some(key) = key else {
            return Err(Refusal::new(RefusalCause::InForm(FormCause::TooMany {
                what: "bots",
                maximum: BOTS_MAXIMUM,
            })));
        };
        let seed = self.random.next_u64();
        let client_id = format!("{}-{number}{suffix}", kind.slug());
        // What answers a request needs the Response Topic of 5.0; nobody else notices.
        let version = ProtocolVersion::V5_0;
        bots.list.push(LabBot {
            key,
            bot: Bot::new(BotOptions {
                protocol_version: version,
                ..BotOptions::new(kind, client_id, seed)
            }),
            seed,
            version,
            target: BrokerChoice::LabBroker,
            destination: Destination::LabBroker,
            link: None,
            splitter: PacketSplitter::new(PACKET_MAXIMUM),
            congested: false,
        });
        Ok(())
    }

    pub(in crate::lab) fn start_bot(&mut self, key: ClientKey) -> Result<(), Refusal> {
        let now = self.now;
        let mut destination = self.bot_destination(key)?;
        if destination.is_lab_broker() {
            destination = self.server.tabs.destination();
        }
        if !destination.is_in_this_page() {
            self.time.check_real_server()?;
        }
        let bot = self.server.bot_mut(key)?;
        if !bot.bot.is_on() {
            bot.destination = destination;
            let (seed, protocol_version) = (bot.seed, bot.version);
            let options = bot.bot.options();
            let is_as_before = options.seed == seed && options.protocol_version == protocol_version;
            if !is_as_before && bot.link.is_none() {
                bot.bot = Bot::new(BotOptions {
                    seed,
                    protocol_version,
                    ..bot.bot.options().clone()
                });
            }
        }
        bot.bot
            .start(now)
            .map_err(|error| Refusal::new(RefusalCause::Connect(error)))?;
        self.drain_bot(key);
        Ok(())
    }

    pub(in crate::lab) fn stop_bot(&mut self, key: ClientKey) -> Result<(), Refusal> {
        let now = self.now;
        self.server.bot_mut(key)?.bot.stop(now);
        self.drain_bot(key);
        Ok(())
    }

    pub(in crate::lab) fn remove_bot(&mut self, key: ClientKey) -> Result<(), Refusal> {
        self.stop_bot(key)?;
        if let Some(link) = self.server.bot_mut(key)?.link.take() {
            self.end_up(link);
        }
        if let Some(bots) = self.server.bots_mut() {
            bots.list.retain(|bot| bot.key != key);
        }
        self.wires.forget(key);
        Ok(())
    }

    pub(in crate::lab) fn set_bot(
        &mut self,
        key: ClientKey,
        settings: BotSettings,
    ) -> Result<(), Refusal> {
        let now = self.now;
        if let BrokerChoice::Listed(place) = settings.target
            && self.brokers.brokers.get(place).is_none()
        {
            return Err(Refusal::new(RefusalCause::InForm(FormCause::UnknownBroker)));
        }
        let bot = self.server.bot_mut(key)?;
        bot.bot.set_period(settings.period, now);
        bot.bot.set_qos(settings.qos, now);
        bot.seed = settings.seed;
        bot.version = settings.version;
        bot.target = settings.target;
        self.drain_bot(key);
        Ok(())
    }

    /// Cuts a bot's link.
    pub(super) fn bot_link_cut(&mut self, key: ClientKey) -> Option<LinkId> {
        self.server.bot_mut(key).ok()?.link.take()
    }

    /// Tells a bot whose link was cut.
    pub(super) fn bot_lost_link(&mut self, key: ClientKey) {
        self.tell_bot(
            key,
            BotInput::LinkClosed {
                code: None,
                clean: false,
            },
        );
    }

    pub(super) fn bot_link_opened(&mut self, key: ClientKey, protocol: &str) {
        let now = self.now;
        let note = Note::LinkOpen {
            subprotocol: protocol,
        };
        self.trace.append_note(now, Some(key), &note);
        self.tell_bot(key, BotInput::LinkOpened);
    }

    pub(super) fn bot_link_closed(
        &mut self,
        key: ClientKey,
        code: Option<u16>,
        reason: &str,
        clean: bool,
    ) {
        let Ok(bot) = self.server.bot_mut(key) else {
            return;
        };
        bot.link = None;
        let by = match clean {
            true => ClosedBy::Server,
            false => ClosedBy::Network,
        };
        let note = Note::LinkClose { by, code, reason };
        self.trace.append_note(self.now, Some(key), &note);
        self.tell_bot(key, BotInput::LinkClosed { code, clean });
    }

    pub(super) fn bot_received(&mut self, key: ClientKey, bytes: &[u8]) {
        let now = self.now;
        let Ok(bot) = self.server.bot_mut(key) else {
            return;
        };
        let version = bot.bot.options().protocol_version;
        let mut rest = bytes;
        // What is no MQTT ends the connection, and that is recorded.
        while let Ok(Some(raw)) = bot.splitter.next(&mut rest) {
            let facts = facts_of(raw, version);
            self.trace
                .append_packet(now, key, Direction::Received, raw, facts);
        }
        self.tell_bot(key, BotInput::Received(bytes));
    }

    pub(super) fn bot_link_congested(&mut self, key: ClientKey, congested: bool) {
        let Ok(bot) = self.server.bot_mut(key) else {
            return;
        };
        if bot.congested != congested {
            bot.congested = congested;
            self.tell_bot(key, BotInput::Congested(congested));
        }
    }

    /// Lets the bots do what is due.
    pub(super) fn bots_due(&mut self) {
        let now = self.now;
        let is_due = |bot: &&LabBot| bot.bot.poll_timeout().is_some_and(|due| due <= now);
        let due: Vec<_> = self.server.list().iter().filter(is_due).collect();
        let due: Vec<_> = due.into_iter().map(|bot| bot.key).collect();
        for key in due {
            self.tell_bot(key, BotInput::Timeout);
        }
    }

    fn tell_bot(&mut self, key: ClientKey, input: BotInput<'_>) {
        let now = self.now;
        if let Ok(bot) = self.server.bot_mut(key) {
            bot.bot.handle_input(input, now);
        }
        self.drain_bot(key);
    }

    fn drain_bot(&mut self, key: ClientKey) {
        let now = self.now;
        self.revision += 1;
        let here = self.server.tabs.destination();
        while let Ok(bot) = self.server.bot_mut(key)
            && let Some(output) = bot.bot.poll_output()
        {
            match output {
                BotOutput::OpenLink => {
                    let link = LinkId::new(self.links.next());
                    bot.link = Some(link);
                    bot.splitter = PacketSplitter::new(PACKET_MAXIMUM);
                    bot.congested = false;
                    let version = bot.bot.options().protocol_version;
                    if bot.destination.is_lab_broker() {
                        bot.destination = here.clone();
                    }
                    let url = bot.destination.address().map(|address| address.url());
                    let words = bot.destination.words();
                    let note = Note::LinkOpening { url: &words };
                    self.trace.append_note(now, Some(key), &note);
                    self.open_wire(link, key, url, version);
                }
                BotOutput::Transmit(bytes) => {
                    let Some(link) = bot.link else { continue };
                    let facts = facts_of(&bytes, bot.bot.options().protocol_version);
                    let record = self
                        .trace
                        .append_packet(now, key, Direction::Sent, &bytes, facts);
                    self.send_up(link, bytes, record);
                }
                BotOutput::CloseLink => {
                    let link = bot.link.take();
                    let input = BotInput::LinkClosed {
                        code: None,
                        clean: true,
                    };
                    bot.bot.handle_input(input, now);
                    if let Some(link) = link {
                        let note = Note::LinkClose {
                            by: ClosedBy::Client,
                            code: None,
                            reason: "",
                        };
                        self.trace.append_note(now, Some(key), &note);
                        self.end_up(link);
                    }
                }
            }
        }
    }

    fn bot_destination(&self, key: ClientKey) -> Result<Destination, Refusal> {
        let bot = self.server.list().iter().find(|bot| bot.key == key);
        let bot =
            bot.ok_or_else(|| Refusal::new(RefusalCause::InForm(FormCause::UnknownClient)))?;
        if bot.bot.is_on() {
            return Ok(bot.destination.clone());
        }
        let listed = |place: usize| self.brokers.brokers.get(place);
        match bot.target {
            BrokerChoice::LabBroker => Ok(Destination::LabBroker),
            BrokerChoice::Listed(place) => listed(place)
                .map(|broker| Destination::Server(broker.address()))
                .ok_or_else(|| Refusal::new(RefusalCause::InForm(FormCause::UnknownBroker))),
            BrokerChoice::Custom => {
                let Some(selected) = self.roster.selected() else {
                    return Err(Refusal::new(RefusalCause::InForm(FormCause::UnknownClient)));
                };
                let checked = selected.form.check(self.page_is_https, &self.brokers);
                crate::lab::form_check::first_error(checked).map(|(destination, _)| destination)
            }
        }
    }
}
