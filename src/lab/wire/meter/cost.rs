//! What one packet costs on the network: its own bytes as they were measured, and what carries them, computed.

use core::iter::Sum;
use core::ops::{Add, AddAssign};

use crate::codec::{ControlPacketType, Qos};
use crate::lab::format;
use crate::lab::trace::{ClosedBy, Direction, Record};

/// The most bytes that a TCP segment carries where Ethernet is on the way: 1,500 less the two headers.
pub const SEGMENT_MAXIMUM: u64 = 1_460;
/// The header of an IPv4 packet without options, in bytes.
pub const IPV4_HEADER: u64 = 20;
/// The header of a TCP segment without options, in bytes.
pub const TCP_HEADER: u64 = 20;
/// Both.
pub const TCP_IP: u64 = IPV4_HEADER + TCP_HEADER;
/// The option with the maximum segment size, which stands in the first segment of each end.
const SYN_OPTIONS: u64 = 4;
/// The request to change from HTTP to WebSocket as a browser sends it, and a server's answer, in bytes.
pub const UPGRADE: (u64, u64) = (519, 159);
/// The closing frames of a client (with mask and close code) and of a server, in bytes.
pub const CLOSING_FRAMES: (u64, u64) = (8, 4);

/// What carries the MQTT packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// WebSocket over TCP, the only way out of a browser.
    #[default]
    WebSocket,
    /// TCP alone, as most devices use it.
    Tcp,
}

/// Bytes by what they are, and what took them over the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// How many Control Packets.
    pub packets: u64,
    /// Their bytes, measured.
    pub mqtt: u64,
    /// Headers and masks of WebSocket frames, with the opening and the end of the WebSocket; computed.
    pub websocket: u64,
    /// Headers of IPv4 and TCP; computed.
    pub tcp_ip: u64,
    /// How many packets of IPv4; computed.
    pub ip_packets: u64,
}

impl Cost {
    /// All bytes together.
    pub const fn total(&self) -> u64 {
        self.mqtt + self.websocket + self.tcp_ip
    }

    /// The bytes of the application: MQTT and what frames it.
    pub const fn application(&self) -> u64 {
        self.mqtt + self.websocket
    }

    /// What opens a connection: three segments for TCP; for WebSocket also request, answer and the
    /// acknowledgement of the answer.
    pub const fn of_opening(carrier: Carrier) -> Self {
        let tcp = 3 * TCP_IP + 2 * SYN_OPTIONS;
        match carrier {
            Carrier::Tcp => Self::computed(0, tcp, 3),
            Carrier::WebSocket => Self::computed(UPGRADE.0 + UPGRADE.1, tcp + 3 * TCP_IP, 6),
        }
    }

    /// What ends a connection. One that was cut costs nothing any more.
    pub const fn of_closing(carrier: Carrier, by: ClosedBy) -> Self {
        match (by, carrier) {
            (ClosedBy::Network | ClosedBy::Fault, _) => Self::computed(0, 0, 0),
            (_, Carrier::Tcp) => Self::computed(0, 3 * TCP_IP, 3),
            (_, Carrier::WebSocket) => {
                Self::computed(CLOSING_FRAMES.0 + CLOSING_FRAMES.1, 5 * TCP_IP, 5)
            }
        }
    }

    const fn computed(websocket: u64, tcp_ip: u64, ip_packets: u64) -> Self {
        Self {
            packets: 0,
            mqtt: 0,
            websocket,
            tcp_ip,
            ip_packets,
        }
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            packets: self.packets + other.packets,
            mqtt: self.mqtt + other.mqtt,
            websocket: self.websocket + other.websocket,
            tcp_ip: self.tcp_ip + other.tcp_ip,
            ip_packets: self.ip_packets + other.ip_packets,
        }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), Self::add)
    }
}

/// What one packet costs, with what the figures are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketCost {
    /// Which way it went.
    pub direction: Direction,
    /// Its bytes.
    pub length: u64,
    /// Bytes of the frame's header before the mask: 2, 4 or 10; 0 without WebSocket.
    pub frame_header: u64,
    /// Bytes of the mask: 4 from a client, 0 from a server and without WebSocket.
    pub mask: u64,
    /// The TCP segments it takes.
    pub segments: u64,
    /// The segments without data that acknowledge it.
    pub acknowledgements: u64,
}

impl PacketCost {
    /// What a packet of `length` bytes costs by itself, in a frame of its own, when nothing else is
    /// under way. With no QoS a PUBLISH counts as one of QoS 0.
    pub const fn new(
        packet_type: Option<ControlPacketType>,
        qos: Option<Qos>,
        direction: Direction,
        length: u64,
        carrier: Carrier,
    ) -> Self {
        let (frame_header, mask) = match carrier {
            Carrier::Tcp => (0, 0),
            Carrier::WebSocket => (
                match length {
                    0..=125 => 2,
                    126..=65_535 => 4,
                    _ => 10,
                },
                match direction {
                    Direction::Sent => 4,
                    Direction::Received => 0,
                },
            ),
        };
        let segments = match (frame_header + mask + length).div_ceil(SEGMENT_MAXIMUM) {
            0 => 1,
            segments => segments,
        };
        // A receiver acknowledges every second full segment at once (RFC 9293, 3.8.6.3).
        let on_the_way = (segments - 1) / 2;
        let at_the_end = !carries_no_acknowledgement(packet_type, qos) as u64;
        Self {
            direction,
            length,
            frame_header,
            mask,
            segments,
            acknowledgements: on_the_way + at_the_end,
        }
    }

    /// What the packet of a record costs; `None` where the record is none.
    pub fn of(record: &Record<'_>, carrier: Carrier) -> Option<Self> {
        Some(Self::new(
            record.packet_type(),
            record.qos(),
            record.direction()?,
            record.raw().len() as u64,
            carrier,
        ))
    }

    /// The figures.
    pub const fn cost(&self) -> Cost {
        let ip_packets = self.segments + self.acknowledgements;
        Cost {
            packets: 1,
            mqtt: self.length,
            websocket: self.frame_header + self.mask,
            tcp_ip: TCP_IP * ip_packets,
            ip_packets,
        }
    }

    /// Why the frame's header has the length it has.
    pub fn websocket_words(&self) -> String {
        let Some(more) = self.frame_header.checked_sub(2) else {
            return "There is no WebSocket here: MQTT goes over TCP directly.".to_owned();
        };
        let mut words = "2 bytes say what the frame is and how long".to_owned();
        match more {
            0 => words.push_str(", which is enough up to 125 bytes"),
            2 => words.push_str(" and 2 more hold the length, as from 126 bytes on"),
            _ => words.push_str(" and 8 more hold the length, as from 65,536 bytes on"),
        }
        words.push_str(match self.direction {
            Direction::Sent => "; 4 are the mask, which every frame of a client has.",
            Direction::Received => "; a server's frame has no mask.",
        });
        words
    }

    /// Why TCP and IP take what they take.
    pub fn tcp_ip_words(&self) -> String {
        let mut words = match self.segments {
            1 => "1 segment with 20 bytes of IPv4 and 20 of TCP before it".to_owned(),
            segments => format!(
                "{} segments of up to {} bytes, each with 20 bytes of IPv4 and 20 of TCP before it",
                format::count(segments),
                format::count(SEGMENT_MAXIMUM),
            ),
        };
        words.push_str(&match self.acknowledgements {
            0 => "; the answer to this packet acknowledges it, or the end of the connection does.".to_owned(),
            1 => "; and 40 bytes for the receiver's acknowledgement, which has no data to travel with.".to_owned(),
            number => format!(
                "; and 40 bytes for each of the receiver's {} acknowledgements, which have no data to travel with.",
                format::count(number)
            ),
        });
        words
    }
}

/// Whether what follows a packet by itself carries its acknowledgement: MQTT's answer to it, or after
/// DISCONNECT the end of the connection.
const fn carries_no_acknowledgement(
    packet_type: Option<ControlPacketType>,
    qos: Option<Qos>,
) -> bool {
    use ControlPacketType as Type;
    let Some(packet_type) = packet_type else {
        return false;
    };
    match packet_type {
        Type::Publish => matches!(qos, Some(Qos::AtLeastOnce | Qos::ExactlyOnce)),
        Type::Connect
        | Type::Pubrec
        | Type::Pubrel
        | Type::Subscribe
        | Type::Unsubscribe
        | Type::Pingreq
        | Type::Auth
        | Type::Disconnect => true,
        Type::Connack
        | Type::Puback
        | Type::Pubcomp
        | Type::Suback
        | Type::Unsuback
        | Type::Pingresp => false,
    }
}
