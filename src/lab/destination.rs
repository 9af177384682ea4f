//! Where a connection leads: to the lab broker, or over a WebSocket to another Server.

use super::address::Address;

/// What the lab broker is called wherever an address could stand. No host can be called so: it
/// has spaces.
pub const LAB_BROKER: &str = "Lab broker (in this page)";

/// The same where it is in another tab, which hosts it for all.
pub const LAB_BROKER_ELSEWHERE: &str = "Lab broker (in another tab of this browser)";

/// Where a connection leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To the broker inside the page; no network is involved.
    LabBroker,
    /// To the broker inside the page in another tab of this browser.
    OtherTab,
    /// To a Server that listens for WebSockets.
    Server(Address),
}

impl Destination {
    /// What stands for it on the screen and in the trace: the URL, [`LAB_BROKER`] or [`LAB_BROKER_ELSEWHERE`].
    pub fn words(&self) -> String {
        match self {
            Self::LabBroker => LAB_BROKER.to_owned(),
            Self::OtherTab => LAB_BROKER_ELSEWHERE.to_owned(),
            Self::Server(address) => address.url(),
        }
    }

    /// The Server as a person tells it from others: its host, [`LAB_BROKER`] or [`LAB_BROKER_ELSEWHERE`].
    pub fn host(&self) -> &str {
        match self {
            Self::LabBroker => LAB_BROKER,
            Self::OtherTab => LAB_BROKER_ELSEWHERE,
            Self::Server(address) => &address.host,
        }
    }

    /// Where the Server listens; `None` for the lab broker.
    pub const fn address(&self) -> Option<&Address> {
        match self {
            Self::LabBroker | Self::OtherTab => None,
            Self::Server(address) => Some(address),
        }
    }

    /// Whether it is the lab broker, in whichever tab.
    pub const fn is_lab_broker(&self) -> bool {
        matches!(self, Self::LabBroker | Self::OtherTab)
    }

    /// Whether it is the lab broker in this very tab.
    pub const fn is_in_this_page(&self) -> bool {
        matches!(self, Self::LabBroker)
    }
}
