//! What can be done to a link.

use core::num::{NonZeroU8, NonZeroU32};
use core::time::Duration;

use crate::codec::ControlPacketType;

/// One of the two directions of a Network Connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// From the Client to the Server.
    Up,
    /// From the Server to the Client.
    Down,
}

impl Way {
    /// Both, Up first.
    pub const ALL: [Self; 2] = [Self::Up, Self::Down];
}

/// Which directions a fault is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ways {
    /// From the Client to the Server.
    Up,
    /// From the Server to the Client.
    Down,
    /// Both.
    Both,
}

impl Ways {
    /// Every choice, in the order in which it is offered.
    pub const ALL: [Self; 3] = [Self::Up, Self::Down, Self::Both];

    /// Whether `way` is among them.
    pub const fn include(self, way: Way) -> bool {
        matches!(
            (self, way),
            (Self::Both, _) | (Self::Up, Way::Up) | (Self::Down, Way::Down)
        )
    }
}

impl From<Way> for Ways {
    fn from(way: Way) -> Self {
        match way {
            Way::Up => Self::Up,
            Way::Down => Self::Down,
        }
    }
}

/// Which Control Packets a fault is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Packets {
    /// Whatever comes next.
    Any,
    /// Those of one type.
    Of(ControlPacketType),
}

impl Packets {
    /// Whether packets of this type are meant.
    pub fn include(self, packet_type: ControlPacketType) -> bool {
        match self {
            Self::Any => true,
            Self::Of(wanted) => wanted == packet_type,
        }
    }
}

/// Something that is wrong with a link. Bytes are never lost singly: what is lost is whole Control
/// Packets, so that the stream stays one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The link stays open, and what is sent goes nowhere, its end as well. A packet that has
    /// begun before passes; one that has begun is lost whole, even if the fault is removed
    /// meanwhile. What cannot be told apart into packets is lost at once.
    BlackHole {
        /// Where.
        ways: Ways,
    },
    /// The next packets of a kind vanish; the others pass.
    Swallow {
        /// Where.
        ways: Ways,
        /// Which.
        packets: Packets,
        /// How many; of both ways together where it is in both.
        count: NonZeroU32,
    },
    /// Everything arrives later. Each packet waits for `delay` and a part of `jitter`, drawn anew;
    /// none overtakes one before it.
    Delay {
        /// Where.
        ways: Ways,
        /// At least this long.
        delay: Duration,
        /// And at most this much longer.
        jitter: Duration,
    },
    /// The next packets of a kind arrive twice, one copy behind the other. Packets over
    /// [`COPY_MAXIMUM`] bytes are left alone, and do not count.
    Duplicate {
        /// Where.
        ways: Ways,
        /// Which.
        packets: Packets,
        /// How many; of both ways together where it is in both.
        count: NonZeroU32,
    },
    /// Some bits of one byte are turned over in the next packets of a kind. Packets that have no
    /// byte there are left alone, and do not count.
    Corrupt {
        /// Where.
        ways: Ways,
        /// Which.
        packets: Packets,
        /// Which byte of the packet, from 0, its fixed header included.
        offset: u32,
        /// The bits to turn over.
        mask: NonZeroU8,
        /// How many; of both ways together where it is in both.
        count: NonZeroU32,
    },
    /// Everything arrives in pieces of at most so many bytes.
    Slice {
        /// Where.
        ways: Ways,
        /// The largest piece, in bytes.
        bytes: NonZeroU32,
    },
    /// No more than so many bytes arrive in a second.
    RateLimit {
        /// Where.
        ways: Ways,
        /// Bytes each second.
        bytes_per_second: NonZeroU32,
    },
}

/// The largest packet, in bytes, that [`Fault::Duplicate`] copies: 1 MiB.
pub const COPY_MAXIMUM: usize = 1024 * 1024;

/// The kinds of fault, for a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// [`Fault::BlackHole`].
    BlackHole,
    /// [`Fault::Swallow`].
    Swallow,
    /// [`Fault::Delay`].
    Delay,
    /// [`Fault::Duplicate`].
    Duplicate,
    /// [`Fault::Corrupt`].
    Corrupt,
    /// [`Fault::Slice`].
    Slice,
    /// [`Fault::RateLimit`].
    RateLimit,
}

impl FaultKind {
    /// Every kind, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::BlackHole,
        Self::Swallow,
        Self::Delay,
        Self::Duplicate,
        Self::Corrupt,
        Self::Slice,
        Self::RateLimit,
    ];
}

impl Fault {
    /// What kind it is.
    pub const fn kind(self) -> FaultKind {
        match self {
            Self::BlackHole { .. } => FaultKind::BlackHole,
            Self::Swallow { .. } => FaultKind::Swallow,
            Self::Delay { .. } => FaultKind::Delay,
            Self::Duplicate { .. } => FaultKind::Duplicate,
            Self::Corrupt { .. } => FaultKind::Corrupt,
            Self::Slice { .. } => FaultKind::Slice,
            Self::RateLimit { .. } => FaultKind::RateLimit,
        }
    }

    /// Where it is.
    pub const fn ways(self) -> Ways {
        match self {
            Self::BlackHole { ways }
            | Self::Swallow { ways, .. }
            | Self::Delay { ways, .. }
            | Self::Duplicate { ways, .. }
            | Self::Corrupt { ways, .. }
            | Self::Slice { ways, .. }
            | Self::RateLimit { ways, .. } => ways,
        }
    }

    /// How many packets it is for; `None` where it lasts until it is removed.
    pub const fn count(self) -> Option<NonZeroU32> {
        match self {
            Self::Swallow { count, .. }
            | Self::Duplicate { count, .. }
            | Self::Corrupt { count, .. } => Some(count),
            Self::BlackHole { .. }
            | Self::Delay { .. }
            | Self::Slice { .. }
            | Self::RateLimit { .. } => None,
        }
    }
}

/// The name of a fault of one link. Never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaultId(pub(super) u64);

impl FaultId {
    /// The number behind it: from 0, growing.
    pub const fn value(self) -> u64 {
        self.0
    }
}

/// A fault that a link has, for the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultView {
    /// Its name.
    pub id: FaultId,
    /// What it is, as it was added.
    pub fault: Fault,
    /// For how many packets more; `None` where it lasts until it is removed.
    pub left: Option<NonZeroU32>,
    /// How many packets it was for so far.
    pub touched: u64,
}

/// The link has as many faults as it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("link has {faults} faults; at most {maximum} are possible")]
pub struct TooManyFaults {
    /// How many it has.
    pub faults: usize,
    /// How many it may have.
    pub maximum: usize,
}

/// So much waits in the link already that it takes nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("link holds {waiting} bytes back; it takes no more from {maximum} on")]
pub struct LinkFull {
    /// Bytes that wait in this direction, with 64 more for each time that some were sent.
    pub waiting: usize,
    /// The limit.
    pub maximum: usize,
}
