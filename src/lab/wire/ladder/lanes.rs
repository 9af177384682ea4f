//! The lanes: who stands beside whom.
//!
//! Each Server stands between its clients, the first half of them on its left and the others on its
//! right, so that a message from one to another is seen to take two hops.

use super::Ladder;
use crate::lab::{ClientKey, LAB_BROKER, LAB_BROKER_ELSEWHERE, Lab};

/// What a lane is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LaneKey {
    /// A client or device of this page.
    Client(ClientKey),
    /// A Server, by its place in the ladder's list.
    Server(u8),
}

/// A lane, from left to right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// What it is of.
    pub key: LaneKey,
    /// Its heading.
    pub name: String,
    /// The whole of it: the Client Identifier, or the address.
    pub title: String,
    /// The number of the client's colour.
    pub hue: Option<u8>,
    /// Whether its own side, where brackets are drawn, is the left one.
    pub is_left: bool,
}

impl Lane {
    /// Whether it is of a Server.
    pub const fn is_server(&self) -> bool {
        matches!(self.key, LaneKey::Server(_))
    }
}

impl Ladder {
    /// The lanes, from left to right.
    pub fn lanes(&self, lab: &Lab) -> Vec<Lane> {
        let mut clients = self.lane_clients(lab);
        let mut lanes = Vec::with_capacity(clients.len() + self.servers.len());
        for server in 0..self.servers.len() {
            let server = u8::try_from(server).unwrap_or(u8::MAX);
            let home = |client: &ClientKey| self.home(*client) == Some(server);
            let (own, others): (Vec<_>, Vec<_>) = clients.into_iter().partition(home);
            clients = others;
            let left = own.len().div_ceil(2);
            for (place, client) in own.into_iter().enumerate() {
                if place == left {
                    lanes.push(self.server_lane(server));
                }
                lanes.push(client_lane(lab, client, place < left));
            }
            if !lanes.contains(&self.server_lane(server)) {
                lanes.push(self.server_lane(server));
            }
        }
        lanes.extend(
            clients
                .into_iter()
                .map(|client| client_lane(lab, client, true)),
        );
        lanes
    }

    /// The clients that have a lane: those that were chosen, or all of which there is something to
    /// see, in the order in which they were added.
    fn lane_clients(&self, lab: &Lab) -> Vec<ClientKey> {
        let mut clients: Vec<_> = match &self.choice.clients {
            Some(clients) => clients.clone(),
            None => self.tracks.keys().copied().collect(),
        };
        let place = |key: ClientKey| lab.clients().position(|client| client.key() == key);
        clients.sort_by_key(|&key| (key.is_bot(), place(key).unwrap_or(usize::MAX), key));
        clients.dedup();
        clients
    }

    /// The Server that a client's lane stands beside: where its link leads, or led last.
    fn home(&self, client: ClientKey) -> Option<u8> {
        self.tracks.get(&client)?.server
    }

    fn server_lane(&self, server: u8) -> Lane {
        let url = self.servers.get(usize::from(server));
        let url = url.map_or("", String::as_str);
        Lane {
            key: LaneKey::Server(server),
            name: server_name(url).to_owned(),
            title: url.to_owned(),
            hue: None,
            is_left: false,
        }
    }
}

fn client_lane(lab: &Lab, key: ClientKey, is_left: bool) -> Lane {
    let (name, title, hue) = match lab.client(key) {
        Some(client) => (
            client.name().to_owned(),
            format!("ClientID {}", client.connection_form().client_id),
            Some(client.colour()),
        ),
        None => match lab.name_of(key) {
            Some(name) if key.is_of_other_tab() => {
                let title = format!("{name}, a client of another tab");
                (name, title, None)
            }
            Some(name) => (name.clone(), format!("Device {name}"), None),
            None => (
                "(removed)".to_owned(),
                "A client that is no longer in this page".to_owned(),
                None,
            ),
        },
    };
    Lane {
        key: LaneKey::Client(key),
        name,
        title,
        hue,
        is_left,
    }
}

/// What a Server is called over its lane: its host, or that of the lab broker.
fn server_name(url: &str) -> &str {
    match url {
        LAB_BROKER => "Lab broker",
        LAB_BROKER_ELSEWHERE => "Lab broker (other tab)",
        url => {
            let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
            after_scheme
                .split_once('/')
                .map_or(after_scheme, |(host, _)| host)
        }
    }
}
