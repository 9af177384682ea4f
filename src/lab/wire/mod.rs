//! The Wire: views over the trace that show what is sent, packet by packet.
//!
//! Nothing in here is kept by [`Lab`](super::Lab) or fed by it. Each view belongs to the pane that shows it,
//! and the pane has it follow the trace, once in a frame and with a bounded share of work per call; while no
//! pane is open, none of it runs.

pub mod build;
pub mod copy_as;
mod exchange;
mod family;
mod handshake;
pub mod inspect;
pub mod ladder;
pub mod link;
pub mod meter;
mod packet_filter;
pub mod packet_lines;
mod packet_list;
mod packet_row;
pub mod paste;
pub mod pcapng;
mod record;
pub mod save;
mod summary;
mod tail_view;

pub use family::PacketFamily;
pub use handshake::{Handshake, HandshakeKind, LOOK};
pub use packet_filter::{
    ClientChoice, FILTER_TEXT_MAXIMUM, PacketChoice, PacketFilter, PacketFilterError,
    PacketFilterForm,
};
pub use packet_list::{ListProgress, PacketList};
pub use packet_row::{PacketRow, PartKind, RowClient, RowPart};
pub use tail_view::{TailExtent, TailView};
