//! What is said of the tabs of one browser and of their broker.

use super::{AloneBecause, BrokerSeat};
use crate::lab::{LAB_BROKER, LAB_BROKER_ELSEWHERE, Lab, LabClient};

/// What the Broker pane says of where the broker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatWords {
    /// Where it is, in a few words.
    pub place: &'static str,
    /// Who uses it, and what becomes of it when its tab is closed.
    pub sentence: String,
    /// Whether the broker of this tab is the one that is used, so that its tables mean something.
    pub is_here: bool,
}

/// Why a connection is over whose host is gone.
pub(super) const HOST_GONE: &str = "The tab that hosted the lab broker was closed or loaded again, and its sessions and retained \
     messages went with it. Connect again: the broker now lives in another tab that is open, this \
     one perhaps, and began empty.";

/// Why the connections of a page are over that the browser had put aside.
pub(super) const PUT_ASIDE: &str =
    "The browser had put this page aside, and its connections ended. Connect again.";

/// Why the connections to a tab's own broker are over.
pub(super) const MOVED: &str =
    "The lab broker is in another tab of this browser now. Connect again: that leads there.";

/// To everybody in the tab that hosts from now on.
pub(super) const HOSTS_NOW: &str = "The tab that hosted the lab broker was closed or loaded again. This tab hosts it now. It began \
     empty: sessions and retained messages are gone, and clients have to connect and subscribe \
     again.";

/// To everybody in the others.
pub(super) const NEXT_HOST: &str = "The tab that hosted the lab broker was closed or loaded again, and another tab hosts it now. \
     It began empty: sessions and retained messages are gone, and clients have to connect and \
     subscribe again.";

/// To everybody where tabs do not understand each other.
pub(super) const OTHER_VERSION: &str = "Another tab of this browser has an older or newer version of this page, and the two cannot share \
     the lab broker. Load both tabs again.";

/// Why a connection could not be opened.
pub(super) const NO_ROOM: &str = "The tab that hosts the lab broker has as many connections from other tabs as it takes. \
     Disconnect some of them first.";
pub(super) const TIME_STANDS_STILL: &str = "In the tab that hosts the lab broker, time is paused or on its way forward, so no other tab can \
     connect. Let time run there first.";
pub(super) const STOPPED: &str = "The lab broker is stopped. Start it in the Broker pane of the tab that hosts it, and connect \
     again.";
pub(super) const UNKNOWN: &str =
    "The tab that hosts the lab broker does not know this connection. Connect again.";

/// To the person whose clients have got other Client Identifiers.
pub(super) fn renamed(clients: &[String]) -> String {
    let (clients, have) = match clients {
        [one] => (one.clone(), "has"),
        several => (several.join(", "), "have"),
    };
    format!(
        "Another tab of this browser uses the same ClientID, so {clients} {have} got a new one here: \
         two connections with one ClientID take the session from each other."
    )
}

impl Lab {
    /// What the Broker pane says of where the broker is.
    pub fn broker_seat_words(&self) -> SeatWords {
        let tabs = &self.server.tabs;
        let is_running = self.broker_facts().is_running;
        let running = if is_running {
            "running in this page"
        } else {
            "stopped"
        };
        let (place, sentence) = match tabs.seat {
            BrokerSeat::Deciding => (running, String::new()),
            BrokerSeat::Alone(because) => (running, alone(because).to_owned()),
            BrokerSeat::Host => (running, hosts(tabs.neighbours.len())),
            BrokerSeat::Guest => ("in another tab", self.guest()),
        };
        SeatWords {
            place,
            sentence,
            is_here: tabs.seat != BrokerSeat::Guest,
        }
    }

    /// What a person calls the Server that a client's form leads to.
    pub fn broker_words(&self, client: &LabClient) -> String {
        let form = client.connection_form();
        if form.lab_broker {
            return self.lab_broker_words().to_owned();
        }
        form.broker_words(self.brokers())
    }

    /// What the lab broker is called in this tab.
    pub fn lab_broker_words(&self) -> &'static str {
        match self.broker_seat() {
            BrokerSeat::Guest => LAB_BROKER_ELSEWHERE,
            _ => LAB_BROKER,
        }
    }

    /// The title of the page, by which people find the tab that hosts the broker.
    pub fn page_title(&self) -> &'static str {
        let tabs = &self.server.tabs;
        match tabs.seat {
            BrokerSeat::Host if !tabs.neighbours.is_empty() => "MQTT Lab (has the broker)",
            BrokerSeat::Guest => "MQTT Lab (guest)",
            _ => "MQTT Lab",
        }
    }

    fn guest(&self) -> String {
        let tabs = &self.server.tabs;
        if tabs.host.is_none() {
            let wait = "The tab that hosts the lab broker is being looked for. Clients that connect \
                        wait for it.";
            return match tabs.has_other_version {
                true => OTHER_VERSION.to_owned(),
                false => wait.to_owned(),
            };
        }
        let at_it = self.roster.iter().filter(|client| {
            let destination = client.destination.as_ref();
            client.negotiated().is_some() && destination.is_some_and(|to| to.is_lab_broker())
        });
        let clients = match at_it.count() {
            0 => "No client of this tab is connected to it.".to_owned(),
            1 => "1 client of this tab is connected to it.".to_owned(),
            n => format!("{n} clients of this tab are connected to it."),
        };
        format!(
            "This browser's tabs share one lab broker, and it is in the tab named \"MQTT Lab (has the \
             broker)\". Its tables, its options and the time are there. {clients} When that tab is \
             closed, another one gets a new, empty broker, and clients have to connect again."
        )
    }
}

const fn alone(because: AloneBecause) -> &'static str {
    match because {
        AloneBecause::NothingIsKnown => "",
        AloneBecause::NoLocks => {
            "Only this tab uses this broker; other tabs have their own. Browsers let tabs share one \
             only where the page comes over https or from localhost."
        }
        AloneBecause::NoChannel => {
            "Only this tab uses this broker; other tabs have their own, because this browser does \
             not let tabs write to each other."
        }
    }
}

fn hosts(neighbours: usize) -> String {
    match neighbours {
        0 => {
            "Other tabs of this browser that open this page use this broker too. It lives as long \
              as this tab: when it is closed or loaded again, sessions and retained messages are \
              gone."
                .to_owned()
        }
        others => {
            let (tabs, use_it) = match others {
                1 => ("1 other tab", "uses"),
                _ => ("other tabs", "use"),
            };
            let count = match others {
                1 => String::new(),
                _ => format!("{others} "),
            };
            format!(
                "{count}{tabs} of this browser {use_it} this broker too. When this tab is closed or \
                 loaded again, sessions and retained messages are gone: another tab gets a new, \
                 empty broker, and all have to connect again."
            )
        }
    }
}
