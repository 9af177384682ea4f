//! What the lab asks its driver to do, and what the driver tells the lab about its links.

use super::keys::{FileKey, LinkId};
use super::lab_broker::TabId;

/// One thing the driver must do for the lab. Taken with [`Lab::poll_effect`](super::Lab::poll_effect),
/// in order, until there is none left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open a WebSocket. Answered by [`LinkEvent::Opened`] or [`LinkEvent::Closed`].
    OpenLink {
        /// The name of the new link in all later effects and events.
        link: LinkId,
        /// The whole address, `ws://` or `wss://`.
        url: String,
        /// The WebSocket sub-protocol to ask for: `mqtt`, or `mqttv3.1` for MQTT 3.1.
        protocol: &'static str,
    },
    /// Send one binary frame. It holds exactly one MQTT Control Packet, or a piece of what was made by hand.
    Send {
        /// The link to send on.
        link: LinkId,
        /// The bytes of the packet.
        bytes: Vec<u8>,
    },
    /// Close the WebSocket, after what was to be sent. For the lab it is gone with this: events of
    /// this link that still follow are passed over.
    CloseLink {
        /// The link to close.
        link: LinkId,
    },
    /// Send a letter to all other tabs of this browser that have this page open. There it goes to
    /// [`Lab::handle_letter`](super::Lab::handle_letter).
    Post {
        /// The letter.
        letter: Vec<u8>,
    },
    /// Tell [`Lab::handle_tab_gone`](super::Lab::handle_tab_gone) when this tab is gone.
    WatchTab {
        /// Which.
        tab: TabId,
    },
    /// Keep a value for later visits. The outcome goes to
    /// [`Lab::handle_stored`](super::Lab::handle_stored).
    Store {
        /// The name of the value; starts with `mqtt-lab.`.
        key: String,
        /// JSON text.
        value: String,
    },
    /// Forget a value kept earlier.
    Forget {
        /// The name of the value.
        key: String,
    },
    /// Put the next part of a file aside, after those that came before it.
    SaveChunk {
        /// Which file.
        file: FileKey,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The file is complete: offer it to the person to be saved. Where that fails, call
    /// [`Lab::handle_save_failed`](super::Lab::handle_save_failed).
    SaveFile {
        /// Which file.
        file: FileKey,
        /// The name to offer.
        name: String,
        /// What is in it.
        media_type: &'static str,
    },
    /// Fetch what the lab works with, which commands wait for. Answered by
    /// [`Lab::handle_engine`](super::Lab::handle_engine) or
    /// [`Lab::handle_engine_failed`](super::Lab::handle_engine_failed).
    FetchEngine,
    /// Fetch the lab broker, which clients wait for. Answered by
    /// [`Lab::handle_server`](super::Lab::handle_server) or
    /// [`Lab::handle_server_failed`](super::Lab::handle_server_failed).
    FetchServer,
    /// Forget the parts of a file that will not be completed.
    DropFile {
        /// Which file.
        file: FileKey,
    },
}

/// What happened to a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkEvent<'a> {
    /// The WebSocket is open.
    Opened {
        /// The sub-protocol which the server chose; empty where it chose none.
        protocol: &'a str,
    },
    /// The bytes of one binary frame. Frames need not line up with Control Packets, and may be empty.
    Received(&'a [u8]),
    /// The characters of one text frame: a server that sends those does not speak MQTT
    /// (MQTT-6.0.0-1).
    ReceivedText(&'a str),
    /// The WebSocket is closed, or could never be opened. The last event of a link.
    Closed {
        /// The WebSocket close code; 1006 where the link ended without a close frame.
        code: u16,
        /// The words in the close frame, most often empty.
        reason: &'a str,
        /// Whether the closing handshake of the WebSocket was completed.
        clean: bool,
    },
    /// Bytes which the browser has accepted and not yet sent. Told when it has changed much; the
    /// lab holds publications back above [`BACK_PRESSURE_BYTES`].
    Buffered(usize),
}

/// Above this many bytes waiting in the browser, the lab sends no more PUBLISH packets until fewer
/// than half of them wait.
pub const BACK_PRESSURE_BYTES: usize = 1 << 20;

/// So many bytes of acknowledgements may wait in the browser. There are 65,535 Packet Identifiers, each
/// for one message each way that is not acknowledged, and an acknowledgement has 4 bytes, seldom more:
/// a Server that keeps the rules and reads what it is sent never comes near.
pub const ACKNOWLEDGEMENT_BYTES: usize = 2 * 65_535 * 8;

/// Why a value could not be kept or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The browser gives this page no storage (a private window, a setting, a sandbox).
    #[error("the browser gives this page no storage")]
    Denied,
    /// The storage of this page is full.
    #[error("the browser's storage for this page is full")]
    Full,
    /// What was read is not what this page wrote.
    #[error("the stored value cannot be read")]
    Unreadable,
    /// It was written by a version of the page that is newer than this one.
    #[error("the stored value has version {found}; this page reads up to {supported}")]
    NewerVersion {
        /// The version that was found.
        found: u32,
        /// The newest version that this page reads.
        supported: u32,
    },
}
