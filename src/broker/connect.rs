//! CONNECT and its CONNACK (sections 3.1 and 3.2): who is let in, with which session.

use core::num::{NonZeroU16, NonZeroU32};
use std::collections::VecDeque;
use std::sync::Arc;

use super::SessionKey;
use super::access::LoginFault;
use super::connection::{Connected, Told};
use super::event::{ClosedCause, DiscardCause, Event, RefusedCause};
use super::machine::Machine;
use super::refuse::Refusal;
use super::session::Session;
use super::timer::Timer;
use super::will::StoredWill;
use crate::codec::{
    Connack, ConnackCode, ConnackProperties, Connect, ConnectReturnCode, ControlPacket,
    IncomingAliases, OutgoingAliases, PacketIdSet, ProtocolVersion, Qos, ReasonCode, decode,
};
use crate::time::Instant;

/// Letters and digits that every Server must accept in a Client Identifier [MQTT-3.1.3-5].
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a Client Identifier that the broker chose begins with.
const ASSIGNED_PREFIX: &str = "auto-";

/// How many characters follow.
const ASSIGNED_LENGTH: usize = 16;

impl Machine {
    /// Handles the first packet of a connection.
    pub(super) fn handle_first_packet(
        &mut self,
        place: u32,
        raw: &[u8],
        aliases: &mut IncomingAliases,
        now: Instant,
    ) {
        let connect = match decode(raw, ProtocolVersion::V5_0) {
            Ok(ControlPacket::Connect(connect)) => connect,
            Ok(other) => return self.refuse_not_connect(place, other.packet_type(), now),
            Err(error) => return self.refuse_malformed(place, error, raw, now),
        };
        match self.judge(&connect) {
            Ok(()) => self.accept(place, &connect, aliases, now),
            Err(refusal) => {
                let (version, client_id) = (connect.protocol_version, connect.client_id);
                let largest = largest_packet(&connect);
                self.refuse(place, &refusal, version, Some(client_id), largest, now);
            }
        }
    }

    /// Whether a CONNECT can be accepted.
    fn judge(&mut self, connect: &Connect<'_>) -> Result<(), Refusal> {
        if let Some(code) = self.refuse_next.take() {
            return Err(Refusal::new(RefusedCause::AsTold, code));
        }
        if connect.properties.authentication_method.is_some() {
            return Err(Refusal::new(
                RefusedCause::AuthenticationMethod,
                ReasonCode::BadAuthenticationMethod,
            ));
        }
        let options = &self.options;
        let longest = match connect.protocol_version {
            ProtocolVersion::V3_1 => options.client_id_maximum_v3_1,
            _ => options.client_id_maximum,
        };
        if connect.client_id.chars().count() > longest {
            return Err(Refusal::new(
                RefusedCause::ClientIdentifier,
                ReasonCode::ClientIdentifierNotValid,
            ));
        }
        if let Err(fault) = options.check_login(connect.username, connect.password) {
            let cause = match fault {
                LoginFault::Anonymous => RefusedCause::Anonymous,
                LoginFault::UnknownUser | LoginFault::WrongPassword => RefusedCause::Credentials,
            };
            return Err(Refusal::new(cause, fault.reason_code()));
        }
        if let Some(will) = &connect.will {
            if will.qos > options.maximum_qos {
                let code = ReasonCode::QosNotSupported;
                return Err(Refusal::new(RefusedCause::WillQos, code));
            }
            if will.retain && !options.retain_available {
                let code = ReasonCode::RetainNotSupported;
                return Err(Refusal::new(RefusedCause::WillRetain, code));
            }
            if !self.may_publish(connect.username, will.topic) {
                let code = ReasonCode::NotAuthorized;
                return Err(Refusal::new(RefusedCause::WillNotAuthorized, code));
            }
        }
        let known = self.session_keys.get(connect.client_id);
        let takes_over = known
            .and_then(|key| self.sessions.at(key.value()))
            .is_some_and(|session| session.connection.is_some());
        if known.is_none() && self.sessions.len() >= self.options.maximum_sessions
            || !takes_over && self.clients >= self.options.maximum_connections
        {
            return Err(Refusal::new(
                RefusedCause::TooMany,
                ReasonCode::QuotaExceeded,
            ));
        }
        Ok(())
    }

    fn accept(
        &mut self,
        place: u32,
        connect: &Connect<'_>,
        aliases: &mut IncomingAliases,
        now: Instant,
    ) {
        let is_assigned = connect.client_id.is_empty();
        let client_id: Arc<str> = match is_assigned {
            true => self.assign_client_id(),
            false => connect.client_id.into(),
        };
        let Some((key, session_present)) = self.take_session(&client_id, connect, now) else {
            let refusal = Refusal::new(RefusedCause::TooMany, ReasonCode::QuotaExceeded);
            let version = connect.protocol_version;
            let (client_id, largest) = (Some(connect.client_id), largest_packet(connect));
            self.refuse(place, &refusal, version, client_id, largest, now);
            return;
        };
        let options = &self.options;
        let version = connect.protocol_version;
        let is_v5 = version.has_properties();
        let properties = &connect.properties;
        let client_receive_maximum = properties.receive_maximum.map_or(u16::MAX, NonZeroU16::get);
        let aliases_asked = properties.topic_alias_maximum.unwrap_or(0);
        let topic_alias_maximum = match is_v5 {
            true => options.topic_alias_maximum,
            false => 0,
        };
        let username: Option<Arc<str>> = connect.username.map(Arc::from);
        let connected = Connected {
            session: key,
            client_id: client_id.clone(),
            version,
            username: username.clone(),
            keep_alive: options.server_keep_alive.unwrap_or(connect.keep_alive),
            last_heard: now,
            send_quota: client_receive_maximum.min(options.maximum_inflight.get()),
            unacknowledged: 0,
            resend: VecDeque::new(),
            client_receive_maximum,
            client_maximum_packet_size: largest_packet(connect),
            outgoing_aliases: OutgoingAliases::new(
                aliases_asked.min(options.outgoing_topic_aliases),
            ),
            problem_information: properties.request_problem_information != Some(false),
            receive_maximum: options.receive_maximum.get(),
            told: Told::new(options),
            unreleased: PacketIdSet::default(),
            asked_session_expiry: properties.session_expiry_interval.unwrap_or(0),
            is_starved: false,
        };
        let keep_alive_deadline = connected.keep_alive_deadline();
        *aliases = IncomingAliases::new(topic_alias_maximum);
        let Some(connection) = self.connections.at_mut(place) else {
            return;
        };
        let id = connection.id;
        connection.connected = Some(Box::new(connected));
        self.clients += 1;
        self.timers.stop(Timer::Connect(place));
        if let Some(deadline) = keep_alive_deadline {
            self.timers.set(Timer::KeepAlive(place), deadline);
        }
        let expiry_interval = self.session_expiry(connect);
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return;
        };
        session.connection = Some(place);
        session.username = username;
        session.expires_at = None;
        session.expiry_interval = expiry_interval;
        let resend = session.exchanges.resume();
        self.timers.stop(Timer::SessionExpiry(key));
        if let Some(connected) = self.connected_mut(place) {
            connected.resend = resend;
        }
        self.counters.connections_accepted += 1;
        self.outbox.event(|| Event::ConnectionAccepted {
            connection: id,
            client_id: client_id.clone(),
            assigned: is_assigned,
            version,
            session_present,
        });
        let will = connect.will.as_ref();
        self.store_will(key, will.map(|will| StoredWill::new(will, now)));
        let present = session_present;
        self.send_connack(place, connect, present, &client_id, expiry_interval, now);
        self.pump(key, now);
    }

    /// Finds or makes the session, after whoever had it has gone; and whether it was there.
    fn take_session(
        &mut self,
        client_id: &Arc<str>,
        connect: &Connect<'_>,
        now: Instant,
    ) -> Option<(SessionKey, bool)> {
        let found = self.session_keys.get(client_id).copied();
        let holder = found
            .and_then(|key| self.sessions.at(key.value()))
            .and_then(|session| session.connection);
        if let Some(place) = holder {
            // [MQTT-3.1.4-3]
            let reason = Some(ReasonCode::SessionTakenOver);
            self.close(place, ClosedCause::TakenOver, reason, now);
        }
        if connect.clean_start
            && let Some(&key) = self.session_keys.get(client_id)
        {
            self.discard(key, DiscardCause::CleanStart, now);
        }
        if let Some(&key) = self.session_keys.get(client_id) {
            self.cancel_will(key);
            let session = self.sessions.at(key.value())?;
            self.outbox.event(|| Event::SessionResumed {
                client_id: client_id.clone(),
                queued: session.queue.len(),
                inflight: session.exchanges.len(),
            });
            return Some((key, true));
        }
        let place = self.sessions.insert(Session::new(client_id.clone()))?;
        let key = SessionKey::new(place);
        self.session_keys.insert(client_id.clone(), key);
        self.outbox.event(|| Event::SessionCreated {
            client_id: client_id.clone(),
        });
        Some((key, false))
    }

    /// Seconds that the session outlives the connection.
    fn session_expiry(&self, connect: &Connect<'_>) -> u32 {
        if connect.protocol_version.has_properties() {
            let asked = connect.properties.session_expiry_interval.unwrap_or(0);
            return asked.min(self.options.maximum_session_expiry);
        }
        match connect.clean_start {
            true => 0,
            false => self.options.session_expiry_before_v5,
        }
    }

    fn send_connack(
        &mut self,
        place: u32,
        connect: &Connect<'_>,
        session_present: bool,
        client_id: &str,
        expiry_interval: u32,
        now: Instant,
    ) {
        let options = &self.options;
        let is_v5 = connect.protocol_version.has_properties();
        let response_information = options.response_information.clone();
        let asks = connect.properties.request_response_information == Some(true);
        let only_if_not = |available: bool| (!available).then_some(false);
        let asked_expiry = connect.properties.session_expiry_interval.unwrap_or(0);
        let properties = match is_v5 {
            false => ConnackProperties::default(),
            true => ConnackProperties {
                session_expiry_interval: (expiry_interval != asked_expiry)
                    .then_some(expiry_interval),
                receive_maximum: Some(options.receive_maximum)
                    .filter(|&maximum| maximum != NonZeroU16::MAX),
                maximum_qos: Some(options.maximum_qos).filter(|&qos| qos < Qos::ExactlyOnce),
                retain_available: only_if_not(options.retain_available),
                maximum_packet_size: NonZeroU32::new(options.maximum_packet_size)
                    .filter(|&size| size != NonZeroU32::MAX),
                assigned_client_identifier: connect.client_id.is_empty().then_some(client_id),
                topic_alias_maximum: Some(options.topic_alias_maximum)
                    .filter(|&maximum| maximum > 0),
                wildcard_subscription_available: only_if_not(
                    options.wildcard_subscription_available,
                ),
                subscription_identifiers_available: only_if_not(
                    options.subscription_identifiers_available,
                ),
                shared_subscription_available: only_if_not(options.shared_subscription_available),
                server_keep_alive: options
                    .server_keep_alive
                    .filter(|&seconds| seconds != connect.keep_alive),
                response_information: (asks && !response_information.is_empty())
                    .then_some(response_information.as_str()),
                ..ConnackProperties::default()
            },
        };
        let code = match is_v5 {
            true => ConnackCode::V5(ReasonCode::Success),
            false => ConnackCode::V3(ConnectReturnCode::Accepted),
        };
        let connack = Connack {
            // 3.1 has no such flag.
            session_present: session_present && connect.protocol_version != ProtocolVersion::V3_1,
            code,
            properties,
        };
        let mut packet = ControlPacket::Connack(Box::new(connack));
        if self.try_answer(place, &packet) {
            return;
        }
        // Above the Client's Maximum Packet Size. What it only asked for can be left out.
        if let ControlPacket::Connack(connack) = &mut packet {
            connack.properties.response_information = None;
        }
        if !self.try_answer(place, &packet) {
            // Nothing may be sent before CONNACK [MQTT-3.2.0-1].
            self.end_connection(place, ClosedCause::PacketTooLarge, None, now);
        }
    }

    /// A Client Identifier that nobody has [MQTT-3.1.3-7].
    fn assign_client_id(&mut self) -> Arc<str> {
        loop {
            let mut client_id = String::from(ASSIGNED_PREFIX);
            for _ in 0..ASSIGNED_LENGTH {
                let index = self.random.below(ALPHABET.len() as u32) as usize;
                let letter = ALPHABET.get(index).copied().unwrap_or(b'0');
                client_id.push(char::from(letter));
            }
            if !self.session_keys.contains_key(client_id.as_str()) {
                return client_id.into();
            }
        }
    }
}

/// The Maximum Packet Size in bytes that the Client takes.
fn largest_packet(connect: &Connect<'_>) -> u32 {
    let maximum = connect.properties.maximum_packet_size;
    maximum.map_or(u32::MAX, NonZeroU32::get)
}
