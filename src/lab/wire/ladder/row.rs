//! What one row of the ladder is, as it is kept: small, because there are many.

use crate::lab::ClientKey;
use crate::lab::trace::{Direction, Sequence};
use crate::network::Deed;

/// A row as it is kept. What can be read from the trace is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The record that made it; of a gap, the record after it.
    pub(super) sequence: Sequence,
    pub(super) kind: RowKind,
    /// Whose link it is about.
    pub(super) client: Option<ClientKey>,
    /// Which Server, by its place in the ladder's list.
    pub(super) server: Option<u8>,
    /// What faults have done to it.
    pub(super) fates: Fates,
    /// The handshake that the packet belongs to.
    pub(super) mark: Option<u64>,
    /// What a fault has done to it last.
    pub(super) deed: Option<Sequence>,
}

/// What stands in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    /// A packet that arrives when it is sent, as far as is known; `arrived` is the record of the
    /// other end, where there is one.
    Whole {
        direction: Direction,
        arrived: Option<Sequence>,
    },
    /// A packet that is sent, and arrives in another row, or nowhere.
    Departure {
        direction: Direction,
        arrival: Option<u64>,
    },
    /// A packet that arrives; the row in which it was sent, where that is known.
    Arrival {
        direction: Direction,
        departure: Option<u64>,
    },
    /// Something that is no packet; `merged` is a later record of the same event.
    Event { merged: Option<Sequence> },
    /// Nothing happened for a while.
    Gap,
}

impl Row {
    pub(super) const fn is_packet(&self) -> bool {
        matches!(
            self.kind,
            RowKind::Whole { .. } | RowKind::Departure { .. } | RowKind::Arrival { .. }
        )
    }

    /// The records that the row stands for, beside the deeds of faults.
    pub(super) fn records(&self) -> [Option<Sequence>; 2] {
        match self.kind {
            RowKind::Gap => [None, None],
            RowKind::Event { merged } => [Some(self.sequence), merged],
            RowKind::Whole { arrived, .. } => [Some(self.sequence), arrived],
            RowKind::Departure { .. } | RowKind::Arrival { .. } => [Some(self.sequence), None],
        }
    }
}

/// What was done to a packet, or is known of it: some of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fates(u16);

impl Fates {
    /// A black hole took it.
    pub const LOST: Self = Self(1);
    /// It was swallowed.
    pub const SWALLOWED: Self = Self(1 << 1);
    /// The connection ended before it arrived.
    pub const GONE: Self = Self(1 << 2);
    /// It was kept back.
    pub const DELAYED: Self = Self(1 << 3);
    /// It was delivered twice.
    pub const DUPLICATED: Self = Self(1 << 4);
    /// A byte of it was changed.
    pub const CORRUPTED: Self = Self(1 << 5);
    /// It came in slices.
    pub const SLICED: Self = Self(1 << 6);
    /// It had to go through a narrow line.
    pub const THROTTLED: Self = Self(1 << 7);
    /// It is the second of two that arrived.
    pub const COPY: Self = Self(1 << 8);
    /// It was sent before in the same handshake.
    pub const AGAIN: Self = Self(1 << 9);
    /// Only a fault has seen it: the record is that of the deed.
    pub const UNRECORDED: Self = Self(1 << 10);

    /// Whether all of `others` are among these.
    pub const fn has(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether one of `others` is among these.
    pub const fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Whether it did not arrive and will not.
    pub const fn is_lost(self) -> bool {
        self.has_any(Self(Self::LOST.0 | Self::SWALLOWED.0 | Self::GONE.0))
    }

    /// These and `others`.
    #[must_use]
    pub const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// What a deed makes of a packet.
    pub const fn of(deed: Deed) -> Self {
        match deed {
            Deed::Lost => Self::LOST,
            Deed::Swallowed => Self::SWALLOWED,
            Deed::Delayed { .. } => Self::DELAYED,
            Deed::Duplicated => Self::DUPLICATED,
            Deed::Corrupted { .. } => Self::CORRUPTED,
            Deed::Sliced { .. } => Self::SLICED,
            Deed::Throttled { .. } => Self::THROTTLED,
        }
    }
}
