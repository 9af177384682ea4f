//! What the lab broker's part in the end of a connection is, in words.

use crate::client::{CloseReason, Phase};
use crate::codec::{ConnackCode, ConnectReturnCode, ReasonCode};
use crate::lab::diagnose::Remedy;

/// Who ended a connection that was cut on purpose.
pub(in crate::lab) const CUT_BY: &str = "a fault";

/// Who ended a connection whose other end was in another tab.
pub(in crate::lab) const LOST_BY: &str = "the other tab";

/// Why a connection is over that was cut on purpose.
pub(in crate::lab) const CUT: &str = "The connection was cut without a DISCONNECT, as by a radio that is lost or a cable that is \
     pulled.";

/// What becomes of the will then.
pub(in crate::lab) const CUT_WILL: &str =
    " The server publishes the will once it notices, after its Will Delay Interval if it has one.";

/// What is known of the end of a connection to the lab broker.
#[derive(Clone, Copy, Debug)]
pub(in crate::lab) struct Ending<'a> {
    /// Why it ended.
    pub(in crate::lab) reason: &'a CloseReason,
    /// Whether the lab broker runs.
    pub(in crate::lab) is_running: bool,
    /// Whether faults are in place on the client's link.
    pub(in crate::lab) has_faults: bool,
    /// Whether another client of the page has the same Client Identifier.
    pub(in crate::lab) same_client_id_in_page: bool,
}

/// What may be the cause and what to do, with what can be changed by one click.
pub(in crate::lab) fn advice(ending: &Ending<'_>) -> (Vec<String>, Vec<Remedy>) {
    let mut advice = Vec::new();
    let mut remedies = Vec::new();
    match ending.reason {
        CloseReason::Local(_) => return (advice, remedies),
        CloseReason::Refused { code, .. } if is_about_client_id(*code) => {
            remedies.push(Remedy::NewClientId);
        }
        CloseReason::Refused { .. } => {}
        CloseReason::ByServer {
            reason_code: ReasonCode::SessionTakenOver,
            ..
        } => remedies.push(Remedy::NewClientId),
        _ if !ending.is_running => {
            advice.push(STOPPED.to_owned());
            return (advice, remedies);
        }
        CloseReason::Transport {
            phase: Phase::Connected,
            ..
        } if ending.same_client_id_in_page => {
            advice.push(TAKEN_OVER.to_owned());
            remedies.push(Remedy::NewClientId);
        }
        _ => {}
    }
    if ending.has_faults {
        advice.push(FAULTS.to_owned());
    }
    (advice, remedies)
}

/// The words of an ending without the WebSocket, which the way to the lab broker does not have.
pub(in crate::lab) fn without_websocket(words: String) -> String {
    words.replace("WebSocket", "connection")
}

const STOPPED: &str = "The lab broker is stopped. Start it in the Broker pane, and connect again.";

const FAULTS: &str = "Faults are in place on this client's link, and may be the cause. Clear all \
                      faults puts the link in order.";

const TAKEN_OVER: &str = "Another client of this page has connected with the same ClientID, which \
                          takes the connection over. A new ClientID ends that.";

fn is_about_client_id(code: ConnackCode) -> bool {
    matches!(
        code,
        ConnackCode::V3(ConnectReturnCode::IdentifierRejected)
            | ConnackCode::V5(ReasonCode::ClientIdentifierNotValid)
    )
}
