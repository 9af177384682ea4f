//! What is wrong with a packet before it is sent: its bytes, its sender, what the server has allowed,
//! and what the session knows.

use crate::client::{Framing, Outbound, Piece, PieceKind, StateView, pieces};
use crate::codec::{
    ControlPacket, ControlPacketType, DecodeError, DecodeErrorKind, DirectionError, PacketId, Peer,
    ProtocolVersion, Publish, Qos, Subscribe, decode,
};
use crate::lab::explain;
use crate::lab::refusal::{as_sentence, explained};
use crate::lab::{ClientKey, Lab, LabClient};

/// One thing that is wrong with a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketFault {
    /// Of which kind it is.
    pub kind: PacketFaultKind,
    /// At which byte, counted from the first of all that would be sent; `None` where it lies in no
    /// byte.
    pub byte: Option<usize>,
    /// What is wrong, in whole sentences.
    pub words: String,
    /// The statement (`MQTT-` and its number) or the section of MQTT 5.0.
    pub clause: &'static str,
}

/// Where a fault lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketFaultKind {
    /// The bytes are not one whole packet.
    Length,
    /// The packet cannot be read.
    Malformed,
    /// A client does not send it.
    Sender,
    /// The server has said that it does not accept it.
    Limit,
    /// It does not fit what has gone before.
    Session,
}

impl PacketFaultKind {
    /// In a word or two.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Length => "Length",
            Self::Malformed => "Malformed",
            Self::Sender => "Sender",
            Self::Limit => "Server's limit",
            Self::Session => "Out of turn",
        }
    }
}

impl PacketFault {
    /// Its clause as it is quoted.
    pub fn clause_words(&self) -> String {
        match self.clause.strip_prefix("MQTT-") {
            Some(_) => format!("[{}]", self.clause),
            None => format!("MQTT 5.0, {}", self.clause),
        }
    }
}

/// More faults than this are not listed.
const FAULTS_MAXIMUM: usize = 20;

impl Lab {
    /// What would be wrong with these bytes if the client sent them now; before there is a connection,
    /// what is wrong with the bytes alone, in `version`. At most twenty faults, in the order of their
    /// bytes.
    pub fn packet_faults(
        &self,
        client: ClientKey,
        bytes: &[u8],
        version: ProtocolVersion,
    ) -> Vec<PacketFault> {
        let Some(client) = self.client(client) else {
            return Vec::new();
        };
        let mut version = version;
        if client.mqtt.takes_by_hand() {
            version = client.mqtt.options().protocol_version;
        }
        let is_without_connect = matches!(client.mqtt.state(), StateView::WithoutConnect { .. });
        let mut awaits_connect = is_without_connect && client.by_hand.is_none();
        let (pieces, _) = pieces(bytes, client.mqtt.framing());
        let mut faults = Vec::new();
        for piece in &pieces {
            let packet = read_piece(piece, version, &mut faults);
            if let (Some(ControlPacket::Connect(connect)), true) = (&packet, is_without_connect) {
                version = connect.protocol_version;
            }
            if awaits_connect && piece.kind != PieceKind::Continuation {
                let is_connect = first_type(piece) == Some(ControlPacketType::Connect);
                if !is_connect {
                    faults.push(at(
                        piece,
                        0,
                        PacketFaultKind::Session,
                        "MQTT-3.1.0-1",
                        "The first packet on a connection must be CONNECT.".to_owned(),
                    ));
                }
                awaits_connect = false;
            }
            if let Some(packet) = &packet {
                Judge {
                    client,
                    piece,
                    faults: &mut faults,
                }
                .judge(packet, version);
            }
            if faults.len() >= FAULTS_MAXIMUM {
                faults.truncate(FAULTS_MAXIMUM);
                break;
            }
        }
        if client.mqtt.framing() == Framing::Lost {
            faults.insert(
                0,
                PacketFault {
                    kind: PacketFaultKind::Length,
                    byte: None,
                    words: "After what was sent before, nobody can say where the server takes the \
                            next packet to begin."
                        .to_owned(),
                    clause: "2.1.4",
                },
            );
        }
        faults
    }
}

impl Lab {
    /// The version of MQTT in which the server reads what a client sends by hand now; `None` without an
    /// open connection.
    pub fn version_by_hand(&self, client: ClientKey) -> Option<ProtocolVersion> {
        let client = self.client(client)?;
        let mqtt = &client.mqtt;
        mqtt.takes_by_hand()
            .then(|| mqtt.options().protocol_version)
    }

    /// What to say where bytes made by hand have left the stream to the server within a packet.
    pub fn framing_words(&self, client: ClientKey) -> Option<String> {
        let client = self
            .client(client)
            .filter(|client| client.mqtt.takes_by_hand())?;
        match client.mqtt.framing() {
            Framing::Whole => None,
            Framing::Missing(missing) => Some(format!(
                "The server waits for {missing} more bytes of a packet made by hand, and takes \
                 whatever comes next for them: what is sent here, and this client's own packets."
            )),
            Framing::Lost => Some(
                "The server and this client no longer agree on where packets begin: what is sent \
                 now, it reads as something else. Disconnect and connect again to begin anew."
                    .to_owned(),
            ),
        }
    }
}

fn first_type(piece: &Piece<'_>) -> Option<ControlPacketType> {
    ControlPacketType::from_u8(piece.bytes.first()? >> 4)
}

fn at(
    piece: &Piece<'_>,
    byte: usize,
    kind: PacketFaultKind,
    clause: &'static str,
    words: String,
) -> PacketFault {
    PacketFault {
        kind,
        byte: Some(piece.offset + byte),
        words,
        clause,
    }
}

/// Reads a packet, with what is wrong with its bytes and its sender.
fn read_piece<'a>(
    piece: &Piece<'a>,
    version: ProtocolVersion,
    faults: &mut Vec<PacketFault>,
) -> Option<ControlPacket<'a>> {
    let end = piece.bytes.len();
    match piece.kind {
        PieceKind::Packet => {}
        // What it is part of was judged when it was begun.
        PieceKind::Continuation => return None,
        PieceKind::Unfinished(missing) => {
            let words = match missing {
                Some(1) => "1 byte is missing that the Remaining Length promises".to_owned(),
                Some(count) => {
                    format!("{count} bytes are missing that the Remaining Length promises")
                }
                None => "The Remaining Length is not whole".to_owned(),
            };
            let words = format!(
                "{words}: the server waits for them, and takes whatever is sent next for them."
            );
            faults.push(at(piece, end, PacketFaultKind::Length, "2.1.4", words));
            return None;
        }
        PieceKind::NoPacket => {
            let fault = DecodeErrorKind::VariableByteIntegerTooLong;
            let words = words_of(fault);
            faults.push(at(piece, 1, PacketFaultKind::Length, "1.5.5", words));
            return None;
        }
    }
    let error = match decode(piece.bytes, version) {
        Ok(packet) => return Some(packet),
        Err(error) => error,
    };
    faults.push(malformed(piece, &error));
    if let DecodeErrorKind::FixedHeaderFlags { expected, .. } = error.kind {
        // The decoder stops at the first fault; behind this one it can go on.
        let mut mended = piece.bytes.to_vec();
        if let Some(first) = mended.first_mut() {
            *first = *first & 0xf0 | expected;
        }
        if let Err(error) = decode(&mended, version) {
            faults.push(malformed(piece, &error));
        }
    }
    None
}

fn malformed(piece: &Piece<'_>, error: &DecodeError) -> PacketFault {
    let offset = error.offset.min(piece.bytes.len());
    let words = words_of(error.kind);
    at(
        piece,
        offset,
        PacketFaultKind::Malformed,
        error.clause(),
        words,
    )
}

fn words_of(kind: DecodeErrorKind) -> String {
    let explanation = explain::decode_error(kind);
    format!(
        "{} {}",
        as_sentence(&kind.to_string()),
        explained(explanation)
    )
}

/// Holds a packet that can be read against what both ends have agreed on and what went before.
struct Judge<'j, 'p> {
    client: &'j LabClient,
    piece: &'j Piece<'p>,
    faults: &'j mut Vec<PacketFault>,
}

impl Judge<'_, '_> {
    fn judge(&mut self, packet: &ControlPacket<'_>, version: ProtocolVersion) {
        if let Err(error) = packet.check_sender(Peer::Client, version) {
            let words = match error {
                DirectionError::PacketType { packet, version }
                    if packet == ControlPacketType::Auth && !version.has_properties() =>
                {
                    "There is no AUTH before MQTT 5.0.".to_owned()
                }
                DirectionError::PacketType { packet, .. } => {
                    format!("{packet} is sent by servers alone.")
                }
                DirectionError::ReasonCode {
                    packet,
                    reason_code,
                } => format!("No client says {reason_code} in {packet}: servers do."),
                DirectionError::SubscriptionIdentifier => {
                    "A client's PUBLISH has no Subscription Identifier: servers put it in."
                        .to_owned()
                }
                DirectionError::SessionExpiryInterval => as_sentence(&error.to_string()),
            };
            self.add(PacketFaultKind::Sender, error.clause(), words);
        }
        if !matches!(self.client.mqtt.state(), StateView::Connected { .. }) {
            return;
        }
        self.check_size();
        match packet {
            ControlPacket::Connect(_) => self.add(
                PacketFaultKind::Session,
                "MQTT-3.1.0-2",
                "This client is connected already: a second CONNECT breaks the protocol."
                    .to_owned(),
            ),
            ControlPacket::Publish(publish) => self.publish(publish),
            ControlPacket::Subscribe(subscribe) => self.subscribe(subscribe),
            ControlPacket::Unsubscribe(unsubscribe) => self.new_id(unsubscribe.packet_id),
            ControlPacket::Pubrel(pubrel) => self.pubrel(pubrel.packet_id),
            ControlPacket::Puback(own) | ControlPacket::Pubcomp(own) => {
                let words = format!(
                    "This client answers by itself: the server does not wait for {} {} of packet \
                     {}.",
                    article(packet.packet_type()),
                    packet.packet_type(),
                    own.packet_id
                );
                self.add(PacketFaultKind::Session, "4.3", words);
            }
            ControlPacket::Pubrec(own)
                if !self
                    .client
                    .mqtt
                    .awaiting_pubrel()
                    .any(|id| id == own.packet_id) =>
            {
                let words = format!(
                    "No QoS 2 message with Packet Identifier {} has come from the server.",
                    own.packet_id
                );
                self.add(PacketFaultKind::Session, "4.3.3", words);
            }
            ControlPacket::Auth(_)
                if self.client.mqtt.options().authentication_method.is_none() =>
            {
                self.add(
                    PacketFaultKind::Session,
                    "MQTT-4.12.0-7",
                    "CONNECT named no Authentication Method, so AUTH must not be sent.".to_owned(),
                );
            }
            ControlPacket::Disconnect(disconnect)
                if disconnect.session_expiry_interval.is_some_and(|i| i > 0)
                    && self
                        .client
                        .mqtt
                        .options()
                        .session_expiry_interval
                        .unwrap_or(0)
                        == 0 =>
            {
                self.add(
                    PacketFaultKind::Session,
                    "3.14.2.2.2",
                    "CONNECT asked for a Session Expiry Interval of 0, which DISCONNECT cannot raise."
                        .to_owned(),
                );
            }
            _ => {}
        }
    }

    fn publish(&mut self, publish: &Publish<'_>) {
        let Some(negotiated) = self.client.negotiated() else {
            return;
        };
        let server = negotiated.server;
        if publish.qos > server.maximum_qos {
            let words = format!(
                "QoS is {}; this server takes at most {}.",
                publish.qos, server.maximum_qos
            );
            self.add(PacketFaultKind::Limit, "MQTT-3.2.2-11", words);
        }
        if publish.retain && !server.retain_available {
            let words = "This server keeps no retained messages.".to_owned();
            self.add(PacketFaultKind::Limit, "MQTT-3.2.2-14", words);
        }
        if let Some(alias) = publish
            .properties
            .topic_alias
            .map(core::num::NonZeroU16::get)
        {
            let maximum = server.topic_alias_maximum;
            let known = self.client.sent_aliases.get(usize::from(alias) - 1);
            if alias > maximum {
                let words = match maximum {
                    0 => "This server takes no Topic Aliases.".to_owned(),
                    _ => format!("Topic Alias is {alias}; this server takes at most {maximum}."),
                };
                self.add(PacketFaultKind::Limit, "MQTT-3.2.2-17", words);
            } else if publish.topic.is_none() && known.is_none_or(String::is_empty) {
                let words = format!(
                    "Topic Alias {alias} stands alone, and no PUBLISH on this connection has given \
                     it a Topic Name."
                );
                self.add(PacketFaultKind::Session, "3.3.2.3.4", words);
            }
        }
        if publish.qos == Qos::AtMostOnce {
            return;
        }
        if let Some(packet_id) = publish.packet_id {
            let is_repetition = publish.dup
                && self
                    .client
                    .mqtt
                    .in_flight()
                    .any(|own| own.packet_id == packet_id);
            if !is_repetition {
                self.new_id(packet_id);
            }
        }
        if self.client.mqtt.counts().send_quota == 0 {
            let words = format!(
                "{} messages are unacknowledged, which is this server's Receive Maximum.",
                server.receive_maximum
            );
            self.add(PacketFaultKind::Limit, "MQTT-3.3.4-7", words);
        }
    }

    fn subscribe(&mut self, subscribe: &Subscribe<'_>) {
        self.new_id(subscribe.packet_id);
        let Some(negotiated) = self.client.negotiated() else {
            return;
        };
        let (server, is_v5) = (
            negotiated.server,
            negotiated.protocol_version.has_properties(),
        );
        let filters = || subscribe.subscriptions.iter().map(|own| own.filter);
        for (is_wrong, clause, words) in [
            (
                !server.wildcard_subscription_available && filters().any(|f| f.has_wildcard()),
                "3.2.2.3.11",
                "This server allows no wildcards in subscriptions.",
            ),
            (
                !server.subscription_identifiers_available
                    && subscribe.subscription_identifier.is_some(),
                "3.2.2.3.12",
                "This server allows no Subscription Identifiers.",
            ),
            (
                is_v5
                    && !server.shared_subscription_available
                    && filters().any(|f| f.shared().is_some()),
                "3.2.2.3.13",
                "This server allows no shared subscriptions.",
            ),
        ] {
            if is_wrong {
                self.add(PacketFaultKind::Limit, clause, words.to_owned());
            }
        }
    }

    fn new_id(&mut self, packet_id: PacketId) {
        if self.client.mqtt.uses_packet_id(packet_id) {
            let words = format!(
                "Packet Identifier {packet_id} is in use: what it was used for is not finished."
            );
            self.add(PacketFaultKind::Session, "MQTT-2.2.1-3", words);
        }
    }

    fn pubrel(&mut self, packet_id: PacketId) {
        let mqtt = &self.client.mqtt;
        let own = mqtt.in_flight().find(|own| own.packet_id == packet_id);
        let words = match own.map(|own| own.state) {
            Some(Outbound::AwaitingPubcomp) => return,
            Some(_) => format!("PUBREC for packet {packet_id} has not come yet."),
            // Of a PUBLISH made by hand.
            None if mqtt.uses_packet_id(packet_id)
                && !mqtt.requests().any(|request| request == packet_id) =>
            {
                return;
            }
            None => format!("No QoS 2 message with Packet Identifier {packet_id} is under way."),
        };
        self.add(PacketFaultKind::Session, "4.3.3", words);
    }

    fn check_size(&mut self) {
        let (size, limit) = (
            self.piece.bytes.len(),
            self.client
                .negotiated()
                .and_then(|negotiated| negotiated.server.maximum_packet_size),
        );
        if let Some(limit) = limit.filter(|limit| size > *limit as usize) {
            let words = format!("The packet is {size} bytes; this server takes at most {limit}.");
            self.add(PacketFaultKind::Limit, "MQTT-3.2.2-15", words);
        }
    }

    fn add(&mut self, kind: PacketFaultKind, clause: &'static str, words: String) {
        self.faults.push(at(self.piece, 0, kind, clause, words));
    }
}

const fn article(packet: ControlPacketType) -> &'static str {
    match packet {
        ControlPacketType::Auth | ControlPacketType::Unsubscribe | ControlPacketType::Unsuback => {
            "an"
        }
        _ => "a",
    }
}
