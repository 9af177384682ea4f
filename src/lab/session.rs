//! Between the clients and their links: commands to a connection, what links tell, and what the
//! clients want done. Everything that passes is recorded here, once.

use super::authentication::Challenge;
use super::destination::Destination;
use super::effect::{ACKNOWLEDGEMENT_BYTES, BACK_PRESSURE_BYTES, LinkEvent};
use super::form_check::first_error;
use super::keys::LinkId;
use super::lab_client::{LabClient, Link};
use super::notices::Severity;
use super::payload::foreign_words;
use super::refusal::{Refusal, RefusalCause};
use super::retained::DeliveredFacts;
use super::trace::{ClosedBy, Direction, Note, PacketFacts};
use super::will::RegisteredWill;
use super::{ClientKey, Lab};
use crate::client::{
    Client, CloseReason, ConnectError, ConnectOptions, DisconnectOptions, Event, GiveUp, Input,
    Output, Received, StateView, TransportClose, TransportMisuse,
};
use crate::codec::{
    ControlPacket, ControlPacketType, ProtocolVersion, Publish, ReasonCode, decode,
};
use crate::time::Instant;

impl Lab {
    pub(super) fn connect(&mut self, key: ClientKey) -> Result<(), Refusal> {
        self.begin_connection(key, Client::connect)
    }

    /// Checks a client's form and has it begin a connection, in the way of `begin`.
    pub(super) fn begin_connection(
        &mut self,
        key: ClientKey,
        begin: fn(&mut Client, ConnectOptions, Instant) -> Result<(), ConnectError>,
    ) -> Result<(), Refusal> {
        let now = self.now;
        let resubscribe = self.settings.resubscribe;
        let client = self.roster.find_mut(key)?;
        let checked = client.form.check(self.page_is_https, &self.brokers);
        let (mut destination, mut options) = first_error(checked)?;
        if destination.is_lab_broker() {
            destination = self.server.tabs.destination();
        }
        if !destination.is_in_this_page() {
            self.time.check_real_server()?;
        }
        options.resubscribe = resubscribe;
        // A page that was reloaded knows nothing of its session; people want to see what waits there.
        options.adopt_session = true;
        let is_elsewhere = client
            .destination
            .as_ref()
            .is_some_and(|old| *old != destination);
        if client.phase().can_connect() && is_elsewhere {
            // A session, and what is retained, belong to one server.
            client.mqtt.forget_session();
            client.subscriptions.connection_lost(false);
            client.retained.clear();
        }
        begin(&mut client.mqtt, options, now)
            .map_err(|error| Refusal::new(RefusalCause::Connect(error)))?;
        client.destination = Some(destination);
        client.used_form = Some(Box::new(client.form.clone()));
        client.closed = None;
        client.short_lives = 0;
        self.drain(key);
        Ok(())
    }

    pub(super) fn disconnect(
        &mut self,
        key: ClientKey,
        reason_code: ReasonCode,
    ) -> Result<(), Refusal> {
        let now = self.now;
        let client = self.roster.find_mut(key)?;
        if !client.phase().can_disconnect() {
            return Err(Refusal::new(RefusalCause::NotConnected));
        }
        let options = DisconnectOptions {
            reason_code,
            ..DisconnectOptions::default()
        };
        client
            .mqtt
            .disconnect(options, now)
            .map_err(|error| Refusal::new(RefusalCause::Disconnect(error)))?;
        self.drain(key);
        Ok(())
    }

    pub(super) fn die(&mut self, key: ClientKey) -> Result<(), Refusal> {
        let now = self.now;
        let client = self.roster.find_mut(key)?;
        if !client.phase().can_disconnect() {
            return Err(Refusal::new(RefusalCause::NotConnected));
        }
        client.mqtt.die(now);
        self.drain(key);
        Ok(())
    }

    pub(super) fn cancel_reconnect(&mut self, key: ClientKey) -> Result<(), Refusal> {
        let now = self.now;
        let client = self.roster.find_mut(key)?;
        if !matches!(client.mqtt.state(), StateView::ReconnectDelay { .. }) {
            return Err(Refusal::new(RefusalCause::NothingToCancel));
        }
        client.mqtt.die(now);
        self.drain(key);
        Ok(())
    }

    pub(super) fn remove_client(&mut self, key: ClientKey) -> Result<(), Refusal> {
        let now = self.now;
        self.roster.find_mut(key)?;
        if self.roster.iter().len() > 1 {
            let client = self.roster.find_mut(key)?;
            // The plain DISCONNECT is always allowed.
            let _ = client.mqtt.disconnect(DisconnectOptions::default(), now);
            self.drain(key);
        }
        self.roster.remove(key)?;
        self.wires.forget(key);
        self.wills.retain(|will| will.client != key);
        Ok(())
    }

    /// Takes in what has happened to a link.
    pub(super) fn handle_link_here(&mut self, link: LinkId, event: LinkEvent<'_>) {
        let now = self.now;
        let client = self.client_of(link).map(|client| client.key);
        let Some(key) = client.or_else(|| self.server.bot_of(link)) else {
            if matches!(event, LinkEvent::Closed { .. }) {
                self.link_is_gone(link);
            }
            return;
        };
        match event {
            LinkEvent::Opened { protocol } => {
                if !self.is_swallowed(link) {
                    self.opened_at_client(link, protocol);
                }
            }
            LinkEvent::Received(bytes) => {
                self.revision += 1;
                if self.receive_from_socket(link, bytes) {
                    self.received_at_client(key, link, bytes);
                }
            }
            LinkEvent::ReceivedText(text) => {
                let Ok(client) = self.roster.find_mut(key) else {
                    // Text is no packet either.
                    self.received_at_bot(key, text.as_bytes());
                    return;
                };
                let misuse = TransportMisuse::TextFrame;
                client
                    .mqtt
                    .handle_input(Input::TransportMisused(misuse), now);
                self.revision += 1;
                self.drain(key);
            }
            LinkEvent::Closed {
                code,
                reason,
                clean,
            } => {
                if self.socket_closed(link, code, reason, clean) {
                    self.closed_at_client(link, Some(code), reason, clean);
                }
            }
            LinkEvent::Buffered(bytes) => {
                let bytes = self.buffered(link, bytes);
                let Ok(client) = self.roster.find_mut(key) else {
                    self.bot_congested(key, bytes > BACK_PRESSURE_BYTES);
                    return;
                };
                if client.take_buffered(bytes, now) {
                    self.revision += 1;
                    self.drain(key);
                }
            }
        }
        self.pump();
    }

    /// A client's link is open.
    pub(super) fn opened_at_client(&mut self, link: LinkId, protocol: &str) {
        let now = self.now;
        if let Some((bot, deeds)) = self.server.bot_and_deeds(link) {
            deeds.opened_at_bot(self, bot, protocol);
            return;
        }
        let Some(client) = self.client_of(link) else {
            return;
        };
        let key = client.key;
        let wanted = client.mqtt.options().protocol_version;
        client.stage_since = now;
        client.mqtt.handle_input(
            if protocol == wanted.websocket_subprotocol() {
                Input::TransportOpened
            } else {
                Input::TransportMisused(TransportMisuse::WrongSubprotocol)
            },
            now,
        );
        let note = Note::LinkOpen {
            subprotocol: protocol,
        };
        self.trace.append_note(now, Some(key), &note);
        self.revision += 1;
        self.drain(key);
    }

    /// A client's link has ended, and not by the client.
    pub(super) fn closed_at_client(
        &mut self,
        link: LinkId,
        code: Option<u16>,
        reason: &str,
        clean: bool,
    ) {
        let now = self.now;
        self.link_is_gone(link);
        if let Some((bot, deeds)) = self.server.bot_and_deeds(link) {
            deeds.closed_at_bot(self, bot, code, reason, clean);
            return;
        }
        let Some(client) = self.client_of(link) else {
            return;
        };
        let key = client.key;
        client.link = None;
        reason.clone_into(&mut client.close_words);
        let mut by = closed_by(client, clean);
        if by == ClosedBy::Client {
            // The Server's deed, after a DISCONNECT made by hand.
            by = if clean {
                ClosedBy::Server
            } else {
                ClosedBy::Network
            };
        }
        let close = TransportClose { code, clean };
        client.mqtt.handle_input(Input::TransportClosed(close), now);
        let note = Note::LinkClose { by, code, reason };
        self.trace.append_note(now, Some(key), &note);
        self.revision += 1;
        self.drain(key);
    }

    /// Bytes have arrived at a client.
    pub(super) fn received_at_client(&mut self, key: ClientKey, link: LinkId, bytes: &[u8]) {
        if let Some((bot, deeds)) = self.server.bot_and_deeds(link)
            && bot == key
        {
            deeds.received_at_bot(self, key, bytes);
            return;
        }
        let Ok(client) = self.roster.find_mut(key) else {
            return;
        };
        if client.link.is_some_and(|own| own.id == link) {
            self.receive(key, bytes);
        }
    }

    fn client_of(&mut self, link: LinkId) -> Option<&mut LabClient> {
        let mut clients = self.roster.iter_mut();
        clients.find(|client| client.link.is_some_and(|own| own.id == link))
    }

    /// Hands bytes to a client, packet by packet, and records each with what became of it.
    fn receive(&mut self, key: ClientKey, bytes: &[u8]) {
        let now = self.now;
        if let Ok(client) = self.roster.find_mut(key) {
            client.received_bytes.add(bytes.len(), now);
        }
        let mut rest = bytes;
        loop {
            let Ok(client) = self.roster.find_mut(key) else {
                return;
            };
            let version = client.mqtt.options().protocol_version;
            let show_sent = self.settings.show_sent;
            let LabClient {
                mqtt,
                subscriptions,
                messages,
                retained,
                received,
                received_rate,
                destination,
                ..
            } = client;
            let Some(packet) = mqtt.receive(&mut rest, now) else {
                self.drain(key);
                return;
            };
            let (mut facts, publish) = received_facts(&packet, version);
            let Some((delivered, publish)) = packet.delivered.zip(publish) else {
                self.trace
                    .append_packet(now, key, Direction::Received, packet.raw, facts);
                self.drain(key);
                continue;
            };
            let identifiers = &publish.properties.subscription_identifiers;
            let matched = subscriptions.count(delivered.topic, identifiers);
            facts.subscription = matched
                .first
                .and_then(|key| u16::try_from(key.value()).ok());
            let topic = delivered.topic.as_str();
            let sequence =
                self.trace
                    .append_packet(now, key, Direction::Received, packet.raw, facts);
            if let Some(record) = self.trace.get(sequence) {
                messages.push(&record, topic, show_sent, self.trace.first());
            }
            *received = received.saturating_add(1);
            received_rate.count(now);
            retained.take(DeliveredFacts {
                topic,
                sequence,
                qos: delivered.qos,
                at: now,
                payload_size: delivered.payload.len(),
                retain: delivered.retain,
                retain_as_published: matched.retain_as_published,
            });
            if !self.wills.is_empty() {
                let host = destination.as_ref().map(Destination::host);
                let is_it = |will: &&RegisteredWill| {
                    will.client != key && will.equals(host, topic, delivered.payload)
                };
                if let Some(will) = self.wills.iter().find(is_it) {
                    messages.mark_will(sequence, will.client, &will.name);
                }
            }
            self.drain(key);
        }
    }

    /// Does what a client wants done. Called after everything that changes one.
    pub(super) fn drain(&mut self, key: ClientKey) {
        let now = self.now;
        while let Ok(client) = self.roster.find_mut(key)
            && let Some(output) = client.mqtt.poll_output()
        {
            match output {
                Output::OpenTransport => self.open_link(key),
                Output::Transmit(bytes) => self.transmit(key, bytes),
                Output::CloseTransport => self.close_link(key),
                Output::Event(event) => self.handle_event(key, event, now),
            }
        }
        self.prune();
    }

    /// Closes a client's link. The browser sends what is waiting and closes the WebSocket in good
    /// order by itself; nothing that it still says matters, so nobody waits for it.
    fn close_link(&mut self, key: ClientKey) {
        let now = self.now;
        let Ok(client) = self.roster.find_mut(key) else {
            return;
        };
        let Some(Link { id: link, .. }) = client.link.take() else {
            return;
        };
        let note = Note::LinkClose {
            by: closed_by(client, true),
            code: None,
            reason: "",
        };
        self.trace.append_note(now, Some(key), &note);
        let close = TransportClose {
            code: None,
            clean: true,
        };
        client.mqtt.handle_input(Input::TransportClosed(close), now);
        self.end_up(link);
    }

    fn open_link(&mut self, key: ClientKey) {
        let now = self.now;
        let id = LinkId::new(self.links.next());
        let Ok(client) = self.roster.find_mut(key) else {
            return;
        };
        if client.is_at_lab_broker() {
            // It may have moved to another tab, or here, since.
            client.destination = Some(self.server.tabs.destination());
        }
        let url = client.url().unwrap_or_default();
        let note = Note::LinkOpening { url: &url };
        self.trace.append_note(now, Some(key), &note);
        client.link = Some(Link {
            id,
            congested: false,
            acknowledging: 0,
        });
        client.stage_since = now;
        client.last_sent = None;
        client.by_hand = None;
        client.sent_aliases.clear();
        client.is_cut = false;
        client.lost_words = "";
        client.close_words.clear();
        client.closed = None;
        let version = client.mqtt.options().protocol_version;
        let url = (!client.is_at_lab_broker()).then_some(url);
        self.open_wire(id, key, url, version);
    }

    fn transmit(&mut self, key: ClientKey, bytes: Vec<u8>) {
        let now = self.now;
        let show_sent = self.settings.show_sent;
        let Ok(client) = self.roster.find_mut(key) else {
            return;
        };
        let Some(Link { id: link, .. }) = client.link else {
            return;
        };
        let version = client.mqtt.options().protocol_version;
        client.sent_bytes.add(bytes.len(), now);
        let packet = decode(&bytes, version);
        let mut facts = PacketFacts::new(version);
        let mut topic = None;
        if let Ok(packet) = &packet {
            facts = PacketFacts::of(packet, &bytes, version);
            match packet {
                ControlPacket::Publish(publish) => {
                    topic = client.sent_topic(publish);
                    client.publish_size = Some(bytes.len());
                    if let Some(packet_id) = publish.packet_id.filter(|_| publish.dup) {
                        client.sent_again(packet_id, false, now);
                    }
                }
                ControlPacket::Pubrel(pubrel) => client.sent_again(pubrel.packet_id, true, now),
                _ => {}
            }
        }
        let packet_type = packet.ok().map(|packet| packet.packet_type());
        facts.malformed = packet_type.is_none();
        facts.by_hand = client.sends_by_hand;
        facts.topic = topic.as_deref();
        let sequence = self
            .trace
            .append_packet(now, key, Direction::Sent, &bytes, facts);
        if client.sends_by_hand {
            client.note_by_hand(sequence, &bytes, now);
        }
        if let Some(topic) = &topic {
            if let Some(record) = self.trace.get(sequence) {
                let first = self.trace.first();
                client.messages.push(&record, topic, show_sent, first);
            }
            client.sent = client.sent.saturating_add(1);
            client.sent_rate.count(now);
        }
        if let (Some(link), Some(packet_type)) = (&mut client.link, packet_type) {
            link.count_acknowledgement(packet_type, bytes.len());
        }
        if let Some(packet_type) = packet_type.filter(|&t| t != ControlPacketType::Pingreq) {
            client.last_sent = Some((packet_type, now));
        }
        self.send_up(link, bytes, sequence);
    }

    fn handle_event(&mut self, key: ClientKey, event: Event, now: Instant) {
        self.revision += 1;
        let Ok(client) = self.roster.find_mut(key) else {
            return;
        };
        match event {
            Event::Connected(negotiated) => {
                client.stage_since = now;
                client.closed = None;
                client.challenge = None;
                // The CONNACK of 3.1 does not tell; without Clean Session its server keeps the session.
                let may_be_kept = negotiated.protocol_version == ProtocolVersion::V3_1
                    && !client.mqtt.options().clean_start;
                let is_kept = negotiated.session_present || may_be_kept;
                client.subscriptions.connected(is_kept);
                self.arm_will(key);
                if negotiated.session_adopted {
                    let words = "The server has kept a session of an earlier connection under this                                  ClientID, and this client takes it over: messages that waited come                                  now, and what was subscribed to then still is, though it is not                                  listed here. Clean Session would begin a new one.";
                    self.say(Severity::Information, Some(key), words.to_owned());
                }
            }
            Event::Publish {
                token,
                packet_id,
                state,
            } => client.publication_progress(token, packet_id, &state, now),
            Event::SubscribeAnswered { token, answer } => {
                client.subscriptions.subscribed(token, &answer.reason_codes);
                if let Some(reason) = answer.reason_string {
                    let reason = foreign_words(&reason);
                    let words = format!("The server says about the subscription: {reason}");
                    self.say(Severity::Information, Some(key), words);
                }
            }
            Event::UnsubscribeAnswered { token, answer } => {
                let refused = client
                    .subscriptions
                    .unsubscribed(token, &answer.reason_codes);
                let shown = client.messages.filter();
                if shown.is_some_and(|shown| client.subscriptions.find(shown).is_none()) {
                    client.messages.set_filter(None);
                }
                if let Some((filter, code)) = refused {
                    let words = format!("The server refused to unsubscribe {filter}: {code}.");
                    self.say(Severity::Error, Some(key), words);
                }
            }
            Event::SubscribeLost { token } => client.subscriptions.subscribe_lost(token),
            Event::UnsubscribeLost { token } => client.subscriptions.unsubscribe_lost(token),
            Event::Resubscribing { token, filters } => {
                client.subscriptions.resubscribe(token, &filters);
                let words = "The server had no session, so the subscriptions were made again. \
                             Settings can turn this off.";
                self.say(Severity::Information, Some(key), words.to_owned());
            }
            Event::NotResubscribed { filter, error } => {
                let words = format!("{filter} was not subscribed to again: {error}.");
                self.say(Severity::Warning, Some(key), words);
            }
            Event::AuthenticationChallenge {
                data,
                reason_string,
            } => {
                let challenge = Challenge::new(data.as_deref(), reason_string.as_deref());
                client.challenge = Some(challenge);
            }
            Event::Reauthenticated { .. } => {
                let words = "The server has accepted the re-authentication.";
                self.say(Severity::Information, Some(key), words.to_owned());
            }
            Event::SessionEnded(_) => {
                if !matches!(client.mqtt.state(), StateView::Connected { .. }) {
                    client.subscriptions.connection_lost(false);
                }
            }
            Event::Closed(reason) => self.handle_closed(key, &reason),
            Event::ReconnectScheduled { .. } => {}
            Event::ReconnectGivenUp(GiveUp::Cancelled) => {}
            Event::ReconnectGivenUp(GiveUp::WouldRepeat) => {
                let words = "Not connecting again by itself: the next attempt would end in the \
                             same way.";
                self.say(Severity::Warning, Some(key), words.to_owned());
            }
            Event::ReconnectGivenUp(GiveUp::ClosedSoonAfterConnecting { times, within }) => {
                let words = format!(
                    "Not connecting again by itself: {times} connections in a row were closed \
                     within {} s. Often two clients use the same ClientID and take the session \
                     from each other; a new ClientID ends that.",
                    within.as_secs()
                );
                self.say(Severity::Warning, Some(key), words);
            }
        }
    }

    fn handle_closed(&mut self, key: ClientKey, reason: &CloseReason) {
        self.note_closed(key, reason);
        let now = self.now;
        let Ok(client) = self.roster.find_mut(key) else {
            return;
        };
        client.stage_since = now;
        client.challenge = None;
        let goes_on = client.mqtt.session().is_some();
        client.subscriptions.connection_lost(goes_on);
        self.release_will(key, reason);
    }

    /// Lets the lists go of what the trace has dropped.
    pub(super) fn prune(&mut self) {
        let first = self.trace.first();
        if first == self.pruned_to {
            return;
        }
        self.pruned_to = first;
        for client in self.roster.iter_mut() {
            client.messages.retain_from(first);
        }
    }
}

impl Link {
    /// Counts what is sent behind the last packet that is no acknowledgement. PINGREQ is too small
    /// and too rare to matter.
    const fn count_acknowledgement(&mut self, packet: ControlPacketType, length: usize) {
        match packet {
            ControlPacketType::Puback
            | ControlPacketType::Pubrec
            | ControlPacketType::Pubrel
            | ControlPacketType::Pubcomp => {
                self.acknowledging = self.acknowledging.saturating_add(length);
            }
            ControlPacketType::Pingreq => {}
            _ => self.acknowledging = 0,
        }
    }
}

impl LabClient {
    /// Takes in how many bytes wait in the browser; `true` where that changes what may be sent.
    pub(super) fn take_buffered(&mut self, bytes: usize, now: Instant) -> bool {
        let Some(link) = &mut self.link else {
            return false;
        };
        // What was sent last waits last.
        let waiting = bytes.min(link.acknowledging);
        if waiting > ACKNOWLEDGEMENT_BYTES {
            let misuse = TransportMisuse::NotReading {
                waiting,
                maximum: ACKNOWLEDGEMENT_BYTES,
            };
            self.mqtt.handle_input(Input::TransportMisused(misuse), now);
            return true;
        }
        // Half way back, so that one frame does not turn it on and off.
        let limit = if link.congested {
            BACK_PRESSURE_BYTES / 2
        } else {
            BACK_PRESSURE_BYTES
        };
        let congested = bytes > limit;
        if congested == link.congested {
            return false;
        }
        link.congested = congested;
        self.mqtt
            .handle_input(Input::TransportCongested(congested), now);
        true
    }
}

/// What the trace keeps of a received packet, and the packet where it is a PUBLISH.
fn received_facts<'r, 'a>(
    received: &'r Received<'a>,
    version: ProtocolVersion,
) -> (PacketFacts<'a>, Option<&'r Publish<'a>>) {
    let Ok(packet) = &received.packet else {
        let mut facts = PacketFacts::new(version);
        facts.malformed = true;
        return (facts, None);
    };
    let mut facts = PacketFacts::of(packet, received.raw, version);
    let ControlPacket::Publish(publish) = packet else {
        return (facts, None);
    };
    if let Some(delivered) = received.delivered {
        facts.topic = Some(delivered.topic.as_str());
        facts.delivered = true;
    }
    (facts, Some(publish))
}

/// Who closed a link, as far as can be told.
fn closed_by(client: &LabClient, clean: bool) -> ClosedBy {
    match client.mqtt.state() {
        StateView::Closing { reason, .. } => match reason {
            CloseReason::Refused { .. } | CloseReason::ByServer { .. } => ClosedBy::Server,
            _ => ClosedBy::Client,
        },
        _ if clean => ClosedBy::Server,
        _ => ClosedBy::Network,
    }
}
