//! What a fault has done.

use core::time::Duration;

use super::fault::{Fault, FaultId, Way};
use crate::codec::{ControlPacketType, PacketId};
use crate::time::Instant;

/// What a fault has done to one packet, or to bytes that are none. For the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultRecord {
    /// Which fault.
    pub id: FaultId,
    /// What the fault is.
    pub fault: Fault,
    /// In which direction.
    pub way: Way,
    /// When the packet began to be sent.
    pub at: Instant,
    /// What it was done to.
    pub target: Target,
    /// What was done.
    pub deed: Deed,
}

/// What a fault was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A Control Packet.
    Packet {
        /// Its type, as it was sent.
        packet_type: ControlPacketType,
        /// Its Packet Identifier, where it has one and has been sent so far.
        packet_id: Option<PacketId>,
        /// Its whole length in bytes.
        length: usize,
    },
    /// Bytes that cannot be told apart into packets.
    Bytes {
        /// How many.
        length: usize,
    },
    /// The end of the Network Connection.
    End,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It went into a black hole.
    Lost,
    /// It was swallowed.
    Swallowed,
    /// It is kept back for so long, besides waiting for what is before it.
    Delayed {
        /// How long.
        by: Duration,
    },
    /// It arrives a second time.
    Duplicated,
    /// A byte was changed.
    Corrupted {
        /// Which byte of the packet, from 0.
        offset: usize,
        /// What it was.
        before: u8,
        /// What it is now.
        after: u8,
    },
    /// It arrives in pieces of at most so many bytes.
    Sliced {
        /// The largest piece.
        bytes: u32,
    },
    /// It has to go through a narrow line.
    Throttled {
        /// Bytes each second.
        bytes_per_second: u32,
    },
}
