//! The Packet Identifier.

use core::fmt;
use core::num::NonZeroU16;

/// The number, 1 to 65,535, that ties a packet to its acknowledgement (section 2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId(NonZeroU16);

impl PacketId {
    /// The smallest Packet Identifier.
    pub const MIN: Self = Self(NonZeroU16::MIN);
    /// The largest Packet Identifier.
    pub const MAX: Self = Self(NonZeroU16::MAX);

    /// The Packet Identifier with this value; `None` for 0, which is not one [MQTT-2.2.1-3].
    pub const fn new(value: u16) -> Option<Self> {
        match NonZeroU16::new(value) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// 1 to 65,535.
    pub const fn value(self) -> u16 {
        self.0.get()
    }
}

impl fmt::Display for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
