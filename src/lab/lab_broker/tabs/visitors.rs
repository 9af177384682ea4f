//! The host's part: connections of other tabs' clients to the broker of this tab.

use super::flow::{Incoming, Next, Outgoing};
use super::letter::{Body, TabId, Why};
use super::{BrokerSeat, Tabs};
use crate::broker::{ConnectionId, Input as BrokerInput};
use crate::codec::{ControlPacket, PacketSplitter, ProtocolVersion, decode};
use crate::lab::effect::BACK_PRESSURE_BYTES;
use crate::lab::lab_broker::wires::{Cargo, connection_of, facts_of, link_of};
use crate::lab::lab_client::PACKET_MAXIMUM;
use crate::lab::trace::{Direction, Sequence};
use crate::lab::{ClientKey, Lab, LinkId};

/// How many connections of other tabs the broker takes.
const VISITORS_MAXIMUM: usize = 64;

/// A connection of another tab's client.
#[derive(Debug)]
pub(super) struct Visitor {
    /// Its name in this tab, and at the broker.
    link: LinkId,
    /// The tab it comes from, and its name there.
    tab: TabId,
    number: u32,
    outgoing: Outgoing,
    incoming: Incoming,
    /// Bytes in parcels to the broker.
    up: usize,
    /// Whether the broker has it.
    is_open: bool,
    is_congested: bool,
    /// By which the trace knows its client, from its first packet on.
    key: Option<ClientKey>,
    /// Which MQTT it speaks, as its CONNECT has said.
    version: ProtocolVersion,
    /// Cuts what comes into packets; `None` behind what is none.
    arriving: Option<Box<PacketSplitter>>,
}

impl Visitor {
    pub(super) const fn tab(&self) -> TabId {
        self.tab
    }
}

impl Tabs {
    /// Whether a connection of the broker comes from another tab.
    pub(in crate::lab::lab_broker) fn is_visitor(&self, link: LinkId) -> bool {
        self.visitors.iter().any(|visitor| visitor.link == link)
    }

    /// By which the trace knows the client of another tab that has this connection.
    pub(in crate::lab::lab_broker) fn key_of(&self, connection: ConnectionId) -> Option<ClientKey> {
        let link = link_of(connection)?;
        let mut visitors = self.visitors.iter();
        visitors.find(|visitor| visitor.link == link)?.key
    }

    /// Takes in the Client Identifier with which the broker has accepted a client of another tab.
    pub(in crate::lab::lab_broker) fn accept(&mut self, key: ClientKey, client_id: &str) {
        self.names.rename(key, client_id);
    }

    /// By which the trace knows the clients of other tabs that are connected now.
    pub(in crate::lab::lab_broker) fn guests(&self) -> impl Iterator<Item = ClientKey> {
        self.visitors.iter().filter_map(|visitor| visitor.key)
    }

    /// What a client of another tab is called.
    pub(in crate::lab::lab_broker) fn name_of(&self, key: ClientKey) -> Option<String> {
        self.names.find(key).map(str::to_owned)
    }

    fn visitor(&mut self, link: LinkId) -> Option<&mut Visitor> {
        self.visitors
            .iter_mut()
            .find(|visitor| visitor.link == link)
    }

    fn visitor_from(&mut self, tab: TabId, number: u32) -> Option<&mut Visitor> {
        let mut visitors = self.visitors.iter_mut();
        visitors.find(|visitor| visitor.tab == tab && visitor.number == number)
    }
}

impl Lab {
    /// Lets a client of another tab in, or says why not.
    pub(super) fn take_visitor(&mut self, tab: TabId, number: u32) {
        let time_runs = self.time.check_real_server().is_ok();
        let state = self.server.state();
        let is_running = state.is_some_and(|state| state.is_running());
        let tabs = &mut self.server.tabs;
        if tabs.seat != BrokerSeat::Host {
            return;
        }
        let why = if tabs.visitor_from(tab, number).is_some() {
            Some(Why::Unknown)
        } else if tabs.visitors.len() >= VISITORS_MAXIMUM {
            Some(Why::NoRoom)
        } else if !time_runs {
            Some(Why::TimeStandsStill)
        } else if !is_running {
            Some(Why::Stopped)
        } else {
            None
        };
        if let Some(why) = why {
            let link = number;
            return self.post(Some(tab), Body::Close { link, why });
        }
        // It may have come before the tab has introduced itself.
        self.take_neighbour(tab);
        let link = LinkId::new(self.links.next());
        self.server.tabs.visitors.push(Visitor {
            link,
            tab,
            number,
            outgoing: Outgoing::default(),
            incoming: Incoming::default(),
            up: 0,
            is_open: false,
            is_congested: false,
            key: None,
            version: ProtocolVersion::V3_1_1,
            arriving: Some(Box::new(PacketSplitter::new(PACKET_MAXIMUM))),
        });
        self.wires.push(link, Cargo::Opened);
    }

    pub(super) fn visitor_sent(&mut self, tab: TabId, number: u32, bytes: &[u8]) {
        let tabs = &mut self.server.tabs;
        if tabs.seat != BrokerSeat::Host {
            return;
        }
        let Some(visitor) = tabs.visitor_from(tab, number) else {
            // Closed from here a moment ago, or never there.
            let (link, why) = (number, Why::Unknown);
            return self.post(Some(tab), Body::Close { link, why });
        };
        let link = visitor.link;
        visitor.incoming.arrive(bytes.len());
        if visitor.incoming.is_flooded() {
            self.drop_visitor(link);
            let (link, why) = (number, Why::Unknown);
            return self.post(Some(tab), Body::Close { link, why });
        }
        visitor.up += bytes.len();
        self.wires.push(link, Cargo::Up(bytes.to_vec(), None));
    }

    pub(super) fn visitor_took(&mut self, tab: TabId, number: u32, bytes: usize) {
        if let Some(visitor) = self.server.tabs.visitor_from(tab, number) {
            visitor.outgoing.taken(bytes);
            let link = visitor.link;
            self.post_to_visitor(link);
        }
    }

    pub(super) fn visitor_ended(&mut self, tab: TabId, number: u32) {
        if let Some(visitor) = self.server.tabs.visitor_from(tab, number) {
            let link = visitor.link;
            self.wires.push(link, Cargo::ClientEnd);
        }
    }

    /// Hands a parcel of another tab over to the broker.
    pub(in crate::lab::lab_broker) fn hand_over_of_visitor(&mut self, link: LinkId, cargo: Cargo) {
        let Some(visitor) = self.server.tabs.visitor(link) else {
            return;
        };
        let (tab, number) = (visitor.tab, visitor.number);
        let connection = connection_of(link);
        match cargo {
            Cargo::Opened => {
                visitor.is_open = true;
                self.post(Some(tab), Body::Opened { link: number });
                self.tell_broker(BrokerInput::Opened { connection });
            }
            Cargo::Up(bytes, _) => {
                visitor.up = visitor.up.saturating_sub(bytes.len());
                let up = visitor.up;
                if let Some(bytes) = visitor.incoming.poll(up) {
                    let link = number;
                    self.post(Some(tab), Body::Taken { link, bytes });
                }
                self.receive_from_visitor(link, &bytes);
            }
            Cargo::ClientEnd => self.drop_visitor(link),
            // To clients of this tab.
            Cargo::NotOpened | Cargo::Down(_) | Cargo::ServerEnd => {}
        }
    }

    /// Records each packet that is whole with these bytes, and hands it to the broker as the cause of what comes of it.
    fn receive_from_visitor(&mut self, link: LinkId, bytes: &[u8]) {
        let connection = connection_of(link);
        let mut rest = bytes;
        // The broker may end the connection over any of them.
        while !rest.is_empty() && self.server.tabs.visitor(link).is_some_and(|it| it.is_open) {
            let before = rest;
            let record = self.note_from_visitor(link, &mut rest);
            let (bytes, _) = before.split_at(before.len() - rest.len());
            self.set_cause(record);
            self.tell_broker(BrokerInput::Received { connection, bytes });
            self.set_cause(None);
        }
    }

    /// Records the next packet of a client of another tab, and cuts its bytes off what has come; all of it where no
    /// packet is whole with it.
    fn note_from_visitor(&mut self, link: LinkId, rest: &mut &[u8]) -> Option<Sequence> {
        let tabs = &mut self.server.tabs;
        let mut visitors = tabs.visitors.iter_mut();
        let visitor = visitors.find(|visitor| visitor.link == link)?;
        let whole = match &mut visitor.arriving {
            Some(splitter) => splitter.next(rest),
            None => Ok(None),
        };
        let Ok(Some(raw)) = whole else {
            if whole.is_err() {
                // What is no MQTT any more is recorded as the broker's answer to it.
                visitor.arriving = None;
            }
            *rest = &[];
            return None;
        };
        let key = match visitor.key {
            Some(key) => key,
            None => {
                let mut client_id = "";
                if let Ok(ControlPacket::Connect(connect)) = decode(raw, visitor.version) {
                    visitor.version = connect.protocol_version;
                    client_id = connect.client_id;
                }
                *visitor
                    .key
                    .insert(tabs.names.key_of(visitor.tab, client_id))
            }
        };
        let facts = facts_of(raw, visitor.version);
        let record = self
            .trace
            .append_broker_packet(self.now, key, Direction::Sent, raw, facts);
        Some(record)
    }

    /// Sends what the broker has for a client of another tab: one packet.
    pub(in crate::lab::lab_broker) fn send_to_visitor(&mut self, link: LinkId, bytes: Vec<u8>) {
        let visitor = self.server.tabs.visitor(link);
        let known = visitor.and_then(|visitor| Some((visitor.key?, visitor.version)));
        if let Some((key, version)) = known {
            self.note_broker_packet(key, version, Direction::Received, &bytes);
        }
        if let Some(visitor) = self.server.tabs.visitor(link) {
            visitor.outgoing.send(bytes);
            self.post_to_visitor(link);
        }
    }

    /// The broker ends a connection of another tab, behind what it has sent.
    pub(in crate::lab::lab_broker) fn end_visitor(&mut self, link: LinkId) {
        if let Some(visitor) = self.server.tabs.visitor(link) {
            visitor.is_open = false;
            visitor.outgoing.end(Why::Ended);
            self.post_to_visitor(link);
        }
    }

    /// Ends all connections of a tab that is gone.
    pub(super) fn drop_visitors_of(&mut self, tab: TabId) {
        let visitors = self.server.tabs.visitors.iter();
        let links: Vec<_> = visitors
            .filter(|visitor| visitor.tab == tab)
            .map(|visitor| visitor.link)
            .collect();
        for link in links {
            self.drop_visitor(link);
        }
    }

    fn drop_visitor(&mut self, link: LinkId) {
        self.wires.drop_parcels(link);
        let tabs = &mut self.server.tabs;
        let is_open = tabs.visitor(link).is_some_and(|visitor| visitor.is_open);
        if is_open {
            // While it is still known whose it is.
            let connection = connection_of(link);
            self.tell_broker(BrokerInput::Closed { connection });
        }
        let tabs = &mut self.server.tabs;
        tabs.visitors.retain(|visitor| visitor.link != link);
    }

    /// Posts what the window allows, and tells the broker how much more there is.
    fn post_to_visitor(&mut self, link: LinkId) {
        loop {
            let Some(visitor) = self.server.tabs.visitor(link) else {
                return;
            };
            let (tab, link) = (visitor.tab, visitor.number);
            match visitor.outgoing.poll() {
                Some(Next::Bytes(bytes)) => {
                    let bytes = &bytes;
                    self.post(Some(tab), Body::Bytes { link, bytes });
                }
                Some(Next::Close(why)) => {
                    let own = visitor.link;
                    self.post(Some(tab), Body::Close { link, why });
                    return self.drop_visitor(own);
                }
                None => break,
            }
        }
        let Some(visitor) = self.server.tabs.visitor(link) else {
            return;
        };
        let limit = match visitor.is_congested {
            true => BACK_PRESSURE_BYTES / 2,
            false => BACK_PRESSURE_BYTES,
        };
        let congested = visitor.outgoing.waiting() > limit;
        if visitor.is_open && congested != visitor.is_congested {
            visitor.is_congested = congested;
            let connection = connection_of(link);
            self.tell_broker(BrokerInput::Congested {
                connection,
                congested,
            });
        }
    }
}
