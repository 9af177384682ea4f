//! Wills that clients of this page have registered with a server.

use super::ClientKey;
use crate::codec::Qos;
use crate::time::Instant;

/// A will that a server holds, or held when the connection was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredWill {
    /// Whose will it is.
    pub client: ClientKey,
    /// The host of the server that holds it.
    pub host: String,
    /// Will Topic.
    pub topic: String,
    /// Will payload.
    pub payload: Vec<u8>,
    /// Will QoS.
    pub qos: Qos,
    /// Will Retain.
    pub retain: bool,
    /// 5.0: Will Delay Interval in seconds.
    pub delay_interval: u32,
    /// When the server accepted the connection that carried it.
    pub since: Instant,
    /// When that connection ended in a way that makes the server publish it; `None` while armed.
    pub released: Option<Instant>,
}
