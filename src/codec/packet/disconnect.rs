//! DISCONNECT (section 3.14).

use crate::codec::{ReasonCode, UserProperties};

/// The last packet of a Network Connection. Before 5.0 it is sent by the Client only and is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// Why; always [`ReasonCode::Success`] before 5.0.
    pub reason_code: ReasonCode,
    /// Seconds the Server keeps the session; only from a Client, which replaces the value it gave
    /// in CONNECT.
    pub session_expiry_interval: Option<u32>,
    /// Words for a human.
    pub reason_string: Option<&'a str>,
    /// Another Server to use; only from a Server.
    pub server_reference: Option<&'a str>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
}
