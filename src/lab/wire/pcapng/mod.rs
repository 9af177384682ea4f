//! Packets as a capture file, for Wireshark and everything else that reads pcapng.
//!
//! The MQTT bytes are the real ones. What stands around them is synthetic, and the file says so: Ethernet,
//! IPv4 and TCP as they would have been, a TCP connection for each link of a client, to port 1883, without
//! WebSocket frames. So Wireshark's MQTT dissector opens by itself.
//!
//! A packet is one segment up to 65,495 bytes, and several above. TCP acknowledges with what is sent
//! anyway, and otherwise every 256 KiB. A link that was closed in order ends with FIN, from who closed it;
//! one that was cut, or that the network lost, with RST.

mod block;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use stream::{ACK, FIN, PSH, RST, SEGMENT, SYN, Stream};

use crate::lab::ClientKey;
use crate::lab::format::WallClock;
use crate::lab::trace::{ClosedBy, Direction, Note, Record, RecordKind};
use crate::time::Instant;

const APPLICATION: &str = "MQTT Lab";

const SECTION_COMMENT: &str = "Synthetic capture made by MQTT Lab. The MQTT packets are the real bytes, in \
    their order and at their times, as the clients in the page sent and received them. Ethernet, IPv4 and \
    TCP around them are made up: addresses, ports, handshakes, sequence numbers, acknowledgements. WebSocket \
    frames and TLS have been left out. Each interface is one client.";

/// Writes a capture. Records must come in the order of the trace.
#[derive(Debug)]
pub struct PcapngWriter {
    clock: WallClock,
    out: Vec<u8>,
    clients: BTreeMap<ClientKey, Client>,
    /// The servers, whose place is the last number of their address.
    servers: Vec<String>,
    frame: Vec<u8>,
}

/// A client with its latest link.
#[derive(Debug)]
struct Client {
    interface: u32,
    links: u32,
    state: LinkState,
}

#[derive(Debug)]
enum LinkState {
    None,
    /// SYN was sent.
    Opening(Stream),
    Open(Stream),
}

impl PcapngWriter {
    /// A writer with the head of the file in it.
    pub fn new(clock: WallClock) -> Self {
        let mut out = Vec::new();
        block::section_header(APPLICATION, SECTION_COMMENT, &mut out);
        Self {
            clock,
            out,
            clients: BTreeMap::new(),
            servers: Vec::new(),
            frame: Vec::new(),
        }
    }

    /// How many bytes wait to be taken.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing waits to be taken.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// What has been written since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.out)
    }

    /// Writes a record of the client called `name`: a packet it sent or received, or the opening or the end
    /// of its link. Other records are passed over.
    pub fn write(&mut self, record: &Record<'_>, name: &str) {
        let Some(key) = record.client() else { return };
        let time = record.time();
        match (record.kind(), record.note()) {
            (RecordKind::LinkOpening, Some(Note::LinkOpening { url })) => {
                self.add(key, name);
                self.reset(key, time, "The client opened another connection.");
                self.open(key, time, url, &format!("{name} connects to {url}."));
            }
            (RecordKind::LinkOpen, _) => {
                self.add(key, name);
                self.establish(key, time);
            }
            (RecordKind::LinkClose, Some(Note::LinkClose { by, code, reason })) => {
                self.close(key, time, by, code, reason);
            }
            (RecordKind::Sent | RecordKind::Received, _) => {
                let Some(direction) = record.direction() else {
                    return;
                };
                self.add(key, name);
                self.establish(key, time);
                let comment = match record.malformed() {
                    true => "MQTT Lab takes this packet for malformed.",
                    false => "",
                };
                self.send(key, time, direction, record.raw(), comment);
            }
            _ => {}
        }
    }

    /// Makes sure that there is an interface for the client.
    fn add(&mut self, key: ClientKey, name: &str) {
        if self.clients.contains_key(&key) {
            return;
        }
        let interface = self.clients.len() as u32;
        let description = format!("MQTT client {name} (synthetic)");
        block::interface(name, &description, &mut self.out);
        self.clients.insert(
            key,
            Client {
                interface,
                links: 0,
                state: LinkState::None,
            },
        );
    }

    fn open(&mut self, key: ClientKey, time: Instant, url: &str, comment: &str) {
        let server = self.server(url);
        let Some(client) = self.clients.get_mut(&key) else {
            return;
        };
        let mut stream = Stream::new(key.number(), server, client.links);
        client.links = client.links.wrapping_add(1);
        let interface = client.interface;
        stream.put(Direction::Sent, SYN, &[], &mut self.frame);
        client.state = LinkState::Opening(stream);
        self.put_frame(interface, time, Direction::Sent, comment);
    }

    /// Completes the opening of the link, from its beginning where that is not known.
    fn establish(&mut self, key: ClientKey, time: Instant) {
        let is_none = |client: &Client| matches!(client.state, LinkState::None);
        if self.clients.get(&key).is_some_and(is_none) {
            let comment = "The beginning of this connection was not kept. Without its CONNECT, Wireshark \
                does not know the version of MQTT: choose it in Preferences, Protocols, MQTT.";
            self.open(key, time, "", comment);
        }
        let Some(client) = self.clients.get_mut(&key) else {
            return;
        };
        let interface = client.interface;
        match core::mem::replace(&mut client.state, LinkState::None) {
            LinkState::Opening(stream) => client.state = LinkState::Open(stream),
            other => {
                client.state = other;
                return;
            }
        }
        self.put(
            key,
            interface,
            time,
            Direction::Received,
            SYN | ACK,
            &[],
            "",
        );
        self.put(key, interface, time, Direction::Sent, ACK, &[], "");
    }

    fn send(
        &mut self,
        key: ClientKey,
        time: Instant,
        direction: Direction,
        bytes: &[u8],
        comment: &str,
    ) {
        let Some(client) = self.clients.get(&key) else {
            return;
        };
        let interface = client.interface;
        let count = bytes.len().div_ceil(SEGMENT);
        for (place, part) in bytes.chunks(SEGMENT).enumerate() {
            let flags = if place + 1 == count { PSH | ACK } else { ACK };
            let comment = if place == 0 { comment } else { "" };
            self.put(key, interface, time, direction, flags, part, comment);
            let is_much = self.clients.get(&key).is_some_and(|client| {
                client
                    .state
                    .stream()
                    .is_some_and(|stream| stream.needs_acknowledgement(direction))
            });
            if is_much {
                self.put(key, interface, time, opposite(direction), ACK, &[], "");
            }
        }
    }

    fn close(
        &mut self,
        key: ClientKey,
        time: Instant,
        by: ClosedBy,
        code: Option<u16>,
        reason: &str,
    ) {
        let Some(client) = self.clients.get(&key) else {
            return;
        };
        let interface = client.interface;
        let mut comment = match by {
            ClosedBy::Client => "Closed by the client.",
            ClosedBy::Server => "Closed by the server.",
            ClosedBy::Network => "The network lost the connection.",
            ClosedBy::Fault => "Cut on purpose in MQTT Lab.",
        }
        .to_owned();
        if let Some(code) = code {
            comment.push_str(&format!(" WebSocket close code {code}."));
        }
        if !reason.is_empty() {
            comment.push_str(&format!(" Reason: {reason}"));
        }
        match (&client.state, by) {
            (LinkState::None, _) => return,
            (LinkState::Open(_), ClosedBy::Client | ClosedBy::Server) => {
                let first = match by {
                    ClosedBy::Client => Direction::Sent,
                    _ => Direction::Received,
                };
                self.put(key, interface, time, first, FIN | ACK, &[], &comment);
                self.put(key, interface, time, opposite(first), FIN | ACK, &[], "");
                self.put(key, interface, time, first, ACK, &[], "");
            }
            // Who gives up an opening that has not been answered has nothing to acknowledge.
            (LinkState::Opening(_), ClosedBy::Client) => {
                self.put(key, interface, time, Direction::Sent, RST, &[], &comment);
            }
            _ => {
                let direction = Direction::Received;
                self.put(key, interface, time, direction, RST | ACK, &[], &comment);
            }
        }
        if let Some(client) = self.clients.get_mut(&key) {
            client.state = LinkState::None;
        }
    }

    /// Ends a link of which no end was recorded.
    fn reset(&mut self, key: ClientKey, time: Instant, comment: &str) {
        let Some(client) = self.clients.get(&key) else {
            return;
        };
        let interface = client.interface;
        let flags = match client.state {
            LinkState::None => return,
            LinkState::Opening(_) => RST,
            LinkState::Open(_) => RST | ACK,
        };
        self.put(key, interface, time, Direction::Sent, flags, &[], comment);
    }

    #[expect(clippy::too_many_arguments, reason = "it is what a segment is made of")]
    fn put(
        &mut self,
        key: ClientKey,
        interface: u32,
        time: Instant,
        direction: Direction,
        flags: u8,
        data: &[u8],
        comment: &str,
    ) {
        let client = self.clients.get_mut(&key);
        let Some(stream) = client.and_then(|client| client.state.stream_mut()) else {
            return;
        };
        stream.put(direction, flags, data, &mut self.frame);
        self.put_frame(interface, time, direction, comment);
    }

    fn put_frame(&mut self, interface: u32, time: Instant, direction: Direction, comment: &str) {
        let origin = self.clock.origin_unix_milliseconds.saturating_mul(1_000);
        let time = origin.saturating_add(time.as_micros());
        let is_outbound = direction == Direction::Sent;
        block::packet(
            interface,
            time,
            is_outbound,
            &self.frame,
            comment,
            &mut self.out,
        );
    }

    /// The number of a server, from 1. Beyond 254 different ones they share the last.
    fn server(&mut self, url: &str) -> u8 {
        let place = self.servers.iter().position(|own| own == url);
        let place = place.unwrap_or_else(|| {
            if self.servers.len() < 254 {
                self.servers.push(url.to_owned());
            }
            self.servers.len() - 1
        });
        u8::try_from(place + 1).unwrap_or(254)
    }
}

impl LinkState {
    fn stream(&self) -> Option<&Stream> {
        match self {
            Self::None => None,
            Self::Opening(stream) | Self::Open(stream) => Some(stream),
        }
    }

    fn stream_mut(&mut self) -> Option<&mut Stream> {
        match self {
            Self::None => None,
            Self::Opening(stream) | Self::Open(stream) => Some(stream),
        }
    }
}

const fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Sent => Direction::Received,
        Direction::Received => Direction::Sent,
    }
}
