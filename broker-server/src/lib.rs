//! The broker of MQTT Lab on sockets: the same state machine as in the page, over TCP and WebSocket.
//!
//! It is a test bench, for outside suites and other people's clients, and not for production: it has
//! neither TLS nor storage, and listens on loopback addresses only.

mod address;
mod connection;
mod hub;
mod options;
mod server;
mod transport;

pub use address::{AddressError, loopback};
pub use options::{OptionError, help as options_help, set as set_option};
pub use server::{Server, Settings};
