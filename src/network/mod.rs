//! A Network Connection made of two pipes of bytes, in virtual time, with faults.
//!
//! It stands between two ends that know nothing of it, and does the same whether the other end is
//! in the page or behind a WebSocket: bytes go in with [`Link::send`] and come out with
//! [`Link::poll_delivery`], later, changed, twice or not at all, as the faults say. It has no clock
//! and no chance but its seed.
//!
//! **After every call that takes `&mut self`, drain [`Link::poll_delivery`] and
//! [`Link::poll_fault`] until `None`, then arm one timer for [`Link::poll_timeout`].**
//!
//! Faults are for whole Control Packets, so the link follows where they begin and end. A packet's
//! fate is decided when its fixed header is whole, and then each of its bytes goes on at once; so
//! a packet that is never finished still arrives as far as it was sent. Up to four bytes of a fixed
//! header that is not whole wait for the rest of it, for the end of the connection or for the last
//! fault to be removed. From the first bytes on that cannot be a packet, everything passes
//! unharmed by [`Fault::Swallow`], [`Fault::Duplicate`] and [`Fault::Corrupt`]; the other faults
//! need no packets.
//!
//! ```
//! use core::num::NonZeroU32;
//! use mqtt_lab::codec::ControlPacketType;
//! use mqtt_lab::network::{Delivery, Fault, Link, Packets, Way, Ways};
//! use mqtt_lab::time::Instant;
//!
//! let now = Instant::ORIGIN;
//! let mut link = Link::new(1);
//! link.add_fault(
//!     Fault::Swallow {
//!         ways: Ways::Down,
//!         packets: Packets::Of(ControlPacketType::Puback),
//!         count: NonZeroU32::MIN,
//!     },
//!     now,
//! )?;
//! // A PUBACK, which is lost, and a PINGRESP.
//! link.send(Way::Down, &[0x40, 2, 0, 1, 0xd0, 0], now)?;
//! let arrived = link.poll_delivery(now);
//! assert_eq!(arrived, Some((Way::Down, Delivery::Bytes(vec![0xd0, 0]))));
//! assert_eq!(link.poll_delivery(now), None);
//! assert!(link.poll_fault().is_some());
//! assert!(link.is_untouched());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

mod fate;
mod fault;
mod framing;
mod link;
mod pipe;
mod record;
#[cfg(test)]
mod tests;

pub use fault::{
    COPY_MAXIMUM, Fault, FaultId, FaultKind, FaultView, LinkFull, Packets, TooManyFaults, Way, Ways,
};
pub use link::{CONGESTED_BYTES, Delivery, Link, MAXIMUM_BYTES, MAXIMUM_FAULTS, MAXIMUM_RECORDS};
pub use record::{Deed, FaultRecord, Target};
