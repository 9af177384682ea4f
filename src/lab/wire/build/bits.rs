//! Bytes whose bits mean something each.

use super::layout::PartName;
use crate::codec::{ControlPacketType, ProtocolVersion};

/// Some bits of a byte that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    /// Which, one run of them.
    pub mask: u8,
    /// What they are called.
    pub name: &'static str,
    /// What each of their values means, from 0; empty for a flag.
    pub meanings: &'static [&'static str],
}

impl Bits {
    /// The value of these bits in a byte.
    pub const fn value(self, byte: u8) -> u8 {
        (byte & self.mask) >> self.mask.trailing_zeros()
    }

    /// The byte with another value of these bits.
    #[must_use]
    pub const fn set(self, byte: u8, value: u8) -> u8 {
        byte & !self.mask | (value << self.mask.trailing_zeros()) & self.mask
    }
}

impl PartName {
    /// Whether its bits mean something each.
    pub const fn is_bits(self) -> bool {
        matches!(
            self,
            Self::ConnectFlags | Self::ConnackFlags | Self::SubscriptionOptions
        )
    }

    /// What its bits mean, from the highest; empty where they are one number.
    pub const fn bits(self, version: ProtocolVersion) -> &'static [Bits] {
        match self {
            Self::ConnectFlags => CONNECT_FLAGS,
            Self::ConnackFlags => CONNACK_FLAGS,
            Self::SubscriptionOptions if version.has_properties() => OPTIONS_5,
            Self::SubscriptionOptions => OPTIONS_3,
            _ => &[],
        }
    }
}

/// What the low four bits of a packet's first byte mean; empty where they are fixed.
pub const fn fixed_header_bits(packet: Option<ControlPacketType>) -> &'static [Bits] {
    match packet {
        Some(ControlPacketType::Publish) => PUBLISH_FLAGS,
        _ => &[],
    }
}

const fn bits(mask: u8, name: &'static str, meanings: &'static [&'static str]) -> Bits {
    Bits {
        mask,
        name,
        meanings,
    }
}

const QOS: &[&str] = &["0", "1", "2", "3 (reserved)"];

const PUBLISH_FLAGS: &[Bits] = &[
    bits(0x08, "DUP", &[]),
    bits(0x06, "QoS", QOS),
    bits(0x01, "RETAIN", &[]),
];

const CONNECT_FLAGS: &[Bits] = &[
    bits(0x80, "User Name Flag", &[]),
    bits(0x40, "Password Flag", &[]),
    bits(0x20, "Will Retain", &[]),
    bits(0x18, "Will QoS", QOS),
    bits(0x04, "Will Flag", &[]),
    bits(0x02, "Clean Start", &[]),
    bits(0x01, "Reserved bit", &[]),
];

const CONNACK_FLAGS: &[Bits] = &[bits(0x01, "Session Present", &[])];

const OPTIONS_5: &[Bits] = &[
    bits(
        0x30,
        "Retain Handling",
        &[
            "0 (send at each SUBSCRIBE)",
            "1 (send if new)",
            "2 (do not send)",
            "3 (reserved)",
        ],
    ),
    bits(0x08, "Retain As Published", &[]),
    bits(0x04, "No Local", &[]),
    bits(0x03, "Maximum QoS", QOS),
    bits(
        0xc0,
        "Reserved bits",
        &["0", "1 (reserved)", "2 (reserved)", "3 (reserved)"],
    ),
];

const OPTIONS_3: &[Bits] = &[bits(0x03, "Requested QoS", QOS)];
