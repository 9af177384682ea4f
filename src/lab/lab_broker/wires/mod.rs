//! The links between clients and Servers: to the lab broker, which is reached without a socket,
//! and to others over WebSockets. Each passes a [`network::Link`](crate::network::Link), past which
//! everything goes directly while nothing is wrong with it.
//!
//! Nobody calls anybody back. What a client or the broker sends becomes a parcel, and
//! [`Lab::pump`] hands parcels over one after another, in the order in which they were sent, until
//! there is none or its share of work is done. The rest waits for [`Lab::work`], so that two who
//! answer each other without end do not stop the page.

mod faulty;
mod upkeep;

pub(super) use upkeep::facts_of;

use std::collections::VecDeque;

use crate::broker::{ConnectionId, Input as BrokerInput, Output as BrokerOutput};
use crate::client::{Input, TransportClose};
use crate::codec::{PacketSplitter, ProtocolVersion};
use crate::lab::effect::Effect;
use crate::lab::lab_broker::tabs::Far;
use crate::lab::trace::{ClosedBy, Direction, FaultNote, Note, Sequence};
use crate::lab::{ClientKey, Lab, LinkId};
use crate::network::{self, Delivery, Fault, FaultRecord, Way};

/// How much one call of [`Lab::pump`] does: so many parcels, a large one counting for several.
const SHARE: usize = 2_000;

/// How many bytes of a parcel count as one more.
const BYTES_OF_SHARE: usize = 4_096;

/// How many ends of links may wait for their other end, where a black hole has swallowed the end.
const LINGERING_MAXIMUM: usize = 32;

/// The links, and what is on its way.
#[derive(Debug, Default)]
pub(in crate::lab) struct Wires {
    parcels: VecDeque<Parcel>,
    pub(super) lines: Vec<Line>,
    /// What faults have done lately, oldest first.
    done: VecDeque<FaultDeed>,
    /// What counts the keys of `done`.
    done_count: u64,
    /// Where the seeds of links come from.
    seed: u64,
}

/// What a fault has done.
#[derive(Debug)]
pub(super) struct FaultDeed {
    pub(super) key: u64,
    pub(super) owner: ClientKey,
    pub(super) at: crate::time::Instant,
    pub(super) record: FaultRecord,
}

/// One thing on its way.
#[derive(Debug)]
struct Parcel {
    link: LinkId,
    cargo: Cargo,
}

#[derive(Debug)]
pub(super) enum Cargo {
    /// To both ends: the link is open.
    Opened,
    /// To the client: there is nobody to open it to.
    NotOpened,
    /// To the broker, with the record of the packet.
    Up(Vec<u8>, Option<Sequence>),
    /// To the client.
    Down(Vec<u8>),
    /// To the broker: the client has ended the link.
    ClientEnd,
    /// To the client: the Server has ended the link.
    ServerEnd,
}

/// How many deeds of faults are remembered besides the trace.
const DEEDS_MAXIMUM: usize = 64;

/// One link, from the moment it is asked for until both ends have ended it. The latest of each
/// client stays, for its faults.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) link: LinkId,
    pub(super) owner: ClientKey,
    pub(super) to_broker: bool,
    pub(super) version: ProtocolVersion,
    pub(super) network: network::Link,
    /// Whether the client uses it, and has not been told that it has ended.
    pub(super) client_open: bool,
    /// Whether the Server's end is open: the broker has it, or there is a socket.
    pub(super) server_open: bool,
    /// Whether the Server's end was ever open.
    pub(super) was_open: bool,
    /// How the browser said that a socket was closed, while that is on its way to the client.
    closing: Option<(u16, String, bool)>,
    /// What it has besides where it leads to another tab.
    pub(super) far: Option<Box<Far>>,
    /// Cuts what arrives at the broker into packets, while that is recorded.
    pub(super) arriving: Option<Box<PacketSplitter>>,
    /// Bytes in parcels to the broker.
    pub(super) up: usize,
    /// Bytes in parcels to the client.
    pub(super) down: usize,
    /// Bytes that wait in the browser.
    pub(super) in_browser: usize,
    /// Whether the broker was told that it cannot send.
    is_congested: bool,
}

impl Wires {
    pub(in crate::lab) fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// Whether something is to be handed over at once.
    pub(in crate::lab) fn has_parcels(&self) -> bool {
        !self.parcels.is_empty()
    }

    /// When the next thing arrives that a fault holds back.
    pub(in crate::lab) fn poll_timeout(&self) -> Option<crate::time::Instant> {
        let due = self.lines.iter();
        due.filter_map(|line| line.network.poll_timeout()).min()
    }

    /// The links that wait for the broker to be fetched.
    pub(super) fn waiting(&self) -> Vec<LinkId> {
        let waits = |line: &&Line| line.to_broker && line.client_open && !line.was_open;
        let lines = self.lines.iter().filter(waits);
        lines.map(|line| line.link).collect()
    }

    pub(super) fn clear_faults(&mut self, now: crate::time::Instant) {
        for line in &mut self.lines {
            line.network.clear_faults(now);
        }
    }

    /// Forgets a client with its faults. Its ends have been closed.
    pub(in crate::lab) fn forget(&mut self, owner: ClientKey) {
        self.lines
            .retain(|line| line.owner != owner || line.client_open || line.server_open);
    }

    fn remember(&mut self, owner: ClientKey, at: crate::time::Instant, record: FaultRecord) {
        if self.done.len() >= DEEDS_MAXIMUM {
            self.done.pop_front();
        }
        let key = self.done_count;
        self.done_count += 1;
        self.done.push_back(FaultDeed {
            key,
            owner,
            at,
            record,
        });
    }

    /// What faults have done lately, oldest first.
    pub(super) fn done(&self) -> impl DoubleEndedIterator<Item = &FaultDeed> {
        self.done.iter()
    }

    pub(super) fn line_mut(&mut self, link: LinkId) -> Option<&mut Line> {
        self.lines.iter_mut().rev().find(|line| line.link == link)
    }

    fn place(&self, link: LinkId) -> Option<usize> {
        self.lines.iter().rposition(|line| line.link == link)
    }

    /// The network of a client's latest link.
    pub(super) fn network(&self, owner: ClientKey) -> Option<&network::Link> {
        let mut lines = self.lines.iter().rev();
        lines
            .find(|line| line.owner == owner)
            .map(|line| &line.network)
    }

    /// The network of each client's latest link.
    pub(super) fn networks(&self) -> impl Iterator<Item = &network::Link> {
        let mut later = self.lines.iter();
        let lines = core::iter::from_fn(move || {
            let line = later.next()?;
            let is_latest = later.clone().all(|other| other.owner != line.owner);
            Some(is_latest.then_some(&line.network))
        });
        lines.flatten()
    }

    /// The network of a client's latest link; where there has been none, one that waits for it.
    pub(super) fn network_mut(&mut self, owner: ClientKey) -> Option<&mut network::Link> {
        if self.network(owner).is_none() {
            let network = self.new_network(owner);
            self.lines.push(Line {
                network,
                client_open: false,
                server_open: false,
                was_open: false,
                ..Line::new(LinkId::new(0), owner, false, ProtocolVersion::V3_1_1)
            });
        }
        let mut lines = self.lines.iter_mut().rev();
        lines
            .find(|line| line.owner == owner)
            .map(|line| &mut line.network)
    }

    /// Whose links there are, and whose lie in wait.
    pub(super) fn owners(&self) -> Vec<ClientKey> {
        let mut owners: Vec<_> = self.lines.iter().map(|line| line.owner).collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// Whose link a connection of the broker is.
    pub(super) fn owner(&self, connection: ConnectionId) -> Option<ClientKey> {
        let link = link_of(connection)?;
        let mut lines = self.lines.iter().rev();
        lines.find(|line| line.link == link).map(|line| line.owner)
    }

    fn new_network(&self, owner: ClientKey) -> network::Link {
        network::Link::new(self.seed ^ u64::from(owner.number()))
    }

    /// A line for a new link, with the faults of the client's latest one.
    fn open(&mut self, link: LinkId, owner: ClientKey, to_broker: bool, version: ProtocolVersion) {
        let latest = self.lines.iter().rposition(|line| line.owner == owner);
        let mut line = Line::new(link, owner, to_broker, version);
        line.network = match latest.and_then(|place| self.lines.get(place)) {
            Some(latest) => latest.network.clone(),
            None => self.new_network(owner),
        };
        if let Some(place) = latest
            && self.lines.get(place).is_some_and(Line::is_over)
        {
            self.lines.remove(place);
        }
        self.lines.push(line);
    }

    /// Forgets what is on its way on a link.
    pub(super) fn drop_parcels(&mut self, link: LinkId) {
        self.parcels.retain(|parcel| parcel.link != link);
    }

    pub(super) fn push(&mut self, link: LinkId, cargo: Cargo) {
        if let Some(line) = self.line_mut(link) {
            match &cargo {
                Cargo::Up(bytes, _) => line.up += bytes.len(),
                Cargo::Down(bytes) => line.down += bytes.len(),
                _ => {}
            }
        }
        self.parcels.push_back(Parcel { link, cargo });
    }
}

impl Line {
    fn new(link: LinkId, owner: ClientKey, to_broker: bool, version: ProtocolVersion) -> Self {
        Self {
            link,
            owner,
            to_broker,
            version,
            network: network::Link::new(0),
            client_open: true,
            server_open: !to_broker,
            was_open: !to_broker,
            closing: None,
            far: None,
            arriving: None,
            up: 0,
            down: 0,
            in_browser: 0,
            is_congested: false,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        !self.client_open && !self.server_open
    }

    pub(super) fn has_black_hole(&self) -> bool {
        let mut faults = self.network.faults();
        faults.any(|view| matches!(view.fault, Fault::BlackHole { .. }))
    }
}

/// The broker's name for a link.
pub(super) fn connection_of(link: LinkId) -> ConnectionId {
    ConnectionId::new(link.value().into())
}

/// The link that the broker knows by this name.
pub(super) fn link_of(connection: ConnectionId) -> Option<LinkId> {
    u32::try_from(connection.value()).ok().map(LinkId::new)
}

impl Lab {
    /// Opens a client's link to wherever it leads.
    pub(in crate::lab) fn open_wire(
        &mut self,
        link: LinkId,
        owner: ClientKey,
        url: Option<String>,
        version: ProtocolVersion,
    ) {
        let now = self.now;
        let to_broker = url.is_none();
        self.wires.open(link, owner, to_broker, version);
        let Some(line) = self.wires.line_mut(link) else {
            return;
        };
        line.network.reset(now);
        self.note_fault_deeds(link);
        match (url, self.server.deeds()) {
            (Some(url), _) => self.effects.push_back(Effect::OpenLink {
                link,
                url,
                protocol: version.websocket_subprotocol(),
            }),
            (None, Some(deeds)) => deeds.open(self, link),
            (None, None) => self.ask_for_server(),
        }
        if let Some(deeds) = self.server.deeds() {
            deeds.end_lingering(self);
        }
    }

    /// Whether what the browser says about a link is held back by a fault.
    pub(in crate::lab) fn is_swallowed(&self, link: LinkId) -> bool {
        let mut lines = self.wires.lines.iter().rev();
        lines
            .find(|line| line.link == link)
            .is_some_and(Line::has_black_hole)
    }

    /// Sends a packet of a client on its way.
    pub(in crate::lab) fn send_up(&mut self, link: LinkId, bytes: Vec<u8>, record: Sequence) {
        let Some(line) = self.wires.line_mut(link) else {
            return;
        };
        let (is_untouched, to_broker) = (line.network.is_untouched(), line.to_broker);
        let is_far = line.far.is_some();
        match self.server.deeds() {
            Some(deeds) if !is_untouched => deeds.send_through(self, link, Way::Up, &bytes),
            Some(deeds) if to_broker => deeds.send_to_broker(self, link, bytes, record),
            Some(deeds) if is_far => deeds.send_to_tab(self, link, bytes),
            _ => self.effects.push_back(Effect::Send { link, bytes }),
        }
        self.tell_client_congestion(link);
    }

    /// Takes in bytes that a socket has received: `true` where they go to the client at once, past
    /// a link without faults.
    pub(in crate::lab) fn receive_from_socket(&mut self, link: LinkId, bytes: &[u8]) -> bool {
        let Some(line) = self.wires.line_mut(link) else {
            return true;
        };
        match self.server.deeds() {
            Some(deeds) if !line.network.is_untouched() || line.down != 0 => {
                deeds.send_through(self, link, Way::Down, bytes);
                false
            }
            _ => {
                line.network.watch(Way::Down, bytes);
                true
            }
        }
    }

    /// Takes in that a socket is closed: `true` where the client is to be told at once.
    pub(in crate::lab) fn socket_closed(
        &mut self,
        link: LinkId,
        code: u16,
        reason: &str,
        clean: bool,
    ) -> bool {
        let Some(line) = self.wires.line_mut(link) else {
            return true;
        };
        line.server_open = false;
        if !line.client_open {
            return false;
        }
        match self.server.deeds() {
            Some(deeds) if !line.network.is_untouched() || line.down != 0 => {
                line.closing = Some((code, reason.to_owned(), clean));
                deeds.end_through(self, link, Way::Down);
                false
            }
            _ => {
                line.client_open = false;
                true
            }
        }
    }

    /// Takes in how many bytes wait in the browser, and gives back how many wait in all.
    pub(in crate::lab) fn buffered(&mut self, link: LinkId, bytes: usize) -> usize {
        let Some(line) = self.wires.line_mut(link) else {
            return bytes;
        };
        line.in_browser = bytes;
        bytes + line.network.waiting(Way::Up)
    }

    /// A client ends its link, behind what it has sent.
    pub(in crate::lab) fn end_up(&mut self, link: LinkId) {
        let Some(line) = self.wires.line_mut(link) else {
            return;
        };
        line.client_open = false;
        if !line.server_open && !line.to_broker {
            return;
        }
        match self.server.deeds() {
            Some(deeds) if !line.network.is_untouched() => deeds.end_through(self, link, Way::Up),
            Some(deeds) if line.to_broker => deeds.end_to_broker(self, link),
            Some(deeds) if line.far.is_some() => deeds.end_to_tab(self, link),
            // It waits for the broker no more.
            None if line.to_broker => {}
            _ => {
                line.server_open = false;
                self.effects.push_back(Effect::CloseLink { link });
            }
        }
    }

    /// Cuts a link: both ends find it gone at once, and what is on its way is lost. An end that is
    /// behind a black hole learns nothing.
    pub(in crate::lab) fn cut_link(&mut self, key: ClientKey) -> bool {
        let now = self.now;
        let link = match self.roster.find_mut(key) {
            Ok(client) => {
                let link = client.link.take().map(|link| link.id);
                client.is_cut |= link.is_some();
                link
            }
            Err(_) => self.bot_link_cut(key),
        };
        let Some(link) = link else {
            return false;
        };
        let note = Note::Fault {
            fault: FaultNote::Cut,
        };
        self.trace.append_note(now, Some(key), &note);
        let note = Note::LinkClose {
            by: ClosedBy::Fault,
            code: None,
            reason: "",
        };
        self.trace.append_note(now, Some(key), &note);
        let close = TransportClose {
            code: None,
            clean: false,
        };
        if let Ok(client) = self.roster.find_mut(key) {
            client.mqtt.handle_input(Input::TransportClosed(close), now);
        }
        self.wires.drop_parcels(link);
        if let Some(line) = self.wires.line_mut(link) {
            line.client_open = false;
            let is_heard = !line.has_black_hole();
            let was_open = line.server_open;
            (line.up, line.down) = (0, 0);
            line.arriving = None;
            line.network.reset(now);
            if !line.to_broker {
                self.cut_outside(link);
            } else if is_heard && was_open {
                line.server_open = false;
                self.tell_broker(BrokerInput::Closed {
                    connection: connection_of(link),
                });
            }
            self.note_fault_deeds(link);
        }
        if key.is_bot() {
            self.bot_lost_link(key);
        } else {
            self.drain(key);
        }
        true
    }

    /// Hands parcels over, until there is none or this call has done its share.
    pub(in crate::lab) fn pump(&mut self) {
        if let Some(deeds) = self.server.deeds() {
            deeds.pump(self);
        }
    }

    pub(super) fn hand_all_over(&mut self) {
        let mut share = SHARE;
        while share > 0
            && let Some(Parcel { link, cargo }) = self.wires.parcels.pop_front()
        {
            let size = match &cargo {
                Cargo::Up(bytes, _) | Cargo::Down(bytes) => bytes.len(),
                _ => 0,
            };
            share = share.saturating_sub(1 + size / BYTES_OF_SHARE);
            self.revision += 1;
            self.hand_over(link, cargo);
        }
        self.mark_sessions();
    }

    fn hand_over(&mut self, link: LinkId, cargo: Cargo) {
        let Some(line) = self.wires.line_mut(link) else {
            return self.hand_over_of_visitor(link, cargo);
        };
        match cargo {
            Cargo::Opened => {
                if !line.client_open {
                    return;
                }
                line.server_open = true;
                line.was_open = true;
                let protocol = line.version.websocket_subprotocol();
                let connection = connection_of(link);
                self.tell_broker(BrokerInput::Opened { connection });
                self.opened_at_client(link, protocol);
            }
            Cargo::NotOpened => {
                line.server_open = false;
                self.closed_at_client(link, None, "", false);
            }
            Cargo::Up(bytes, record) => {
                line.up = line.up.saturating_sub(bytes.len());
                if line.server_open {
                    self.set_cause(record);
                    self.tell_broker(BrokerInput::Received {
                        connection: connection_of(link),
                        bytes: &bytes,
                    });
                    self.set_cause(None);
                }
                self.tell_client_congestion(link);
            }
            Cargo::Down(bytes) => {
                line.down = line.down.saturating_sub(bytes.len());
                if line.client_open {
                    let owner = line.owner;
                    self.received_at_client(owner, link, &bytes);
                }
                self.tell_broker_congestion(link);
                self.tell_taken(link);
            }
            Cargo::ClientEnd => {
                if line.server_open {
                    line.server_open = false;
                    let connection = connection_of(link);
                    self.tell_broker(BrokerInput::Closed { connection });
                }
            }
            Cargo::ServerEnd => {
                let closing = line.closing.take();
                if line.client_open {
                    match closing {
                        Some((code, reason, clean)) => {
                            self.closed_at_client(link, Some(code), &reason, clean);
                        }
                        None => self.closed_at_client(link, None, "", true),
                    }
                }
            }
        }
    }

    /// Tells the broker something, and does what it asks for.
    pub(super) fn tell_broker(&mut self, input: BrokerInput<'_>) {
        let now = self.now;
        if let Some(here) = self.server.lab_broker_mut() {
            here.broker.handle_input(input, now);
        }
        self.drain_broker();
    }

    /// Does what the broker asks for.
    pub(super) fn drain_broker(&mut self) {
        while let Some(here) = self.server.lab_broker_mut()
            && let Some(output) = here.broker.poll_output()
        {
            match output {
                BrokerOutput::Transmit { connection, bytes } => {
                    if let Some(link) = link_of(connection) {
                        self.send_down(link, bytes);
                    }
                }
                BrokerOutput::Close { connection } => {
                    if let Some(link) = link_of(connection) {
                        self.end_down(link);
                    }
                }
                BrokerOutput::Event(event) => self.take_broker_event(&event),
            }
        }
    }

    pub(super) fn set_cause(&mut self, cause: Option<Sequence>) {
        if let Some(here) = self.server.lab_broker_mut() {
            here.cause = cause;
        }
    }

    fn send_down(&mut self, link: LinkId, bytes: Vec<u8>) {
        let now = self.now;
        let Some(line) = self.wires.line_mut(link) else {
            return self.send_to_visitor(link, bytes);
        };
        if line.network.is_untouched() {
            self.wires.push(link, Cargo::Down(bytes));
        } else {
            let (owner, version) = (line.owner, line.version);
            let is_taken = line.network.send(Way::Down, &bytes, now).is_ok();
            self.note_broker_packet(owner, version, Direction::Received, &bytes);
            if is_taken {
                self.drain_network(link);
            } else {
                self.break_link(link);
            }
        }
        self.tell_broker_congestion(link);
    }

    /// The broker ends a link, behind what it has sent.
    fn end_down(&mut self, link: LinkId) {
        let Some(line) = self.wires.line_mut(link) else {
            return self.end_visitor(link);
        };
        line.server_open = false;
        if line.network.is_untouched() {
            self.wires.push(link, Cargo::ServerEnd);
        } else {
            self.end_past_faults(link, Way::Down);
        }
    }

    /// Turns what has arrived on a link by now into parcels.
    pub(super) fn drain_network(&mut self, link: LinkId) {
        let now = self.now;
        while let Some(line) = self.wires.line_mut(link)
            && let Some((way, delivery)) = line.network.poll_delivery(now)
        {
            let to_broker = line.to_broker;
            match (way, delivery) {
                (Way::Up, Delivery::Bytes(bytes)) if to_broker => {
                    let record = self.note_arrival(link, &bytes);
                    self.wires.push(link, Cargo::Up(bytes, record));
                }
                (Way::Up, Delivery::Bytes(bytes)) => {
                    self.send_outside(link, bytes);
                }
                (Way::Up, Delivery::End) if to_broker => self.wires.push(link, Cargo::ClientEnd),
                (Way::Up, Delivery::End) => self.close_outside(link),
                (Way::Down, Delivery::Bytes(bytes)) => self.wires.push(link, Cargo::Down(bytes)),
                (Way::Down, Delivery::End) => self.wires.push(link, Cargo::ServerEnd),
            }
        }
        self.note_fault_deeds(link);
    }

    /// More waits on a link than it holds: without the rest, the stream would have a gap.
    fn break_link(&mut self, link: LinkId) {
        let mut lines = self.wires.lines.iter().rev();
        let Some(owner) = lines.find(|line| line.link == link).map(|line| line.owner) else {
            return;
        };
        self.cut_link(owner);
    }
}
