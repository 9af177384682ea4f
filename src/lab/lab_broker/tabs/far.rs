//! The guest's part: links of this tab's clients to the broker in another tab.

use super::flow::{Incoming, Next, Outgoing};
use super::letter::{Body, TabId, Why};
use super::{BrokerSeat, words};
use crate::lab::effect::Effect;
use crate::lab::lab_broker::wires::Line;
use crate::lab::{Lab, LinkId};
use crate::network::Way;

/// What a link to another tab has besides other links.
#[derive(Debug, Default)]
pub(in crate::lab::lab_broker) struct Far {
    /// The tab it leads to; none while that is looked for, and when it is over.
    host: Option<TabId>,
    outgoing: Outgoing,
    incoming: Incoming,
}

impl Line {
    /// Whether it waits for a host.
    fn is_pending(&self) -> bool {
        let far = self.far.as_ref();
        far.is_some_and(|far| far.host.is_none()) && self.client_open && self.server_open
    }

    fn leads_to(&self, host: TabId) -> bool {
        self.far.as_ref().is_some_and(|far| far.host == Some(host))
    }
}

impl Lab {
    /// Leads a link that is to be opened out of this tab.
    pub(in crate::lab::lab_broker) fn lead_away(&mut self, link: LinkId) {
        if let Some(line) = self.wires.line_mut(link) {
            line.far = Some(Box::default());
            line.to_broker = false;
            (line.server_open, line.was_open) = (true, true);
        }
        self.open_pending();
    }

    /// Opens the links that wait for a host, where one is known.
    pub(in crate::lab::lab_broker) fn open_pending(&mut self) {
        let tabs = &self.server.tabs;
        if tabs.seat != BrokerSeat::Guest {
            return;
        }
        let (host, has_other_version) = (tabs.host, tabs.has_other_version);
        for link in self.links_that(Line::is_pending) {
            self.say_where_it_leads(link);
            let Some(line) = self.wires.line_mut(link) else {
                continue;
            };
            match host {
                // Nothing that opens a link gets through a black hole.
                Some(_) if line.has_black_hole() => {}
                Some(host) => {
                    if let Some(far) = &mut line.far {
                        far.host = Some(host);
                    }
                    let link = link.value();
                    self.post(Some(host), Body::Open { link });
                }
                None if has_other_version => self.lose_link(link, words::OTHER_VERSION),
                // Whoever hosts it has not been heard of.
                None => self.post(None, Body::Hello),
            }
        }
    }

    /// Leads the links that wait for a host to the broker of this tab.
    pub(super) fn take_pending(&mut self) {
        for link in self.links_that(Line::is_pending) {
            self.say_where_it_leads(link);
            let Some(line) = self.wires.line_mut(link) else {
                continue;
            };
            line.far = None;
            line.to_broker = true;
            (line.server_open, line.was_open) = (false, false);
            self.open_at_broker(link);
        }
    }

    /// Sends bytes out of this tab.
    pub(in crate::lab::lab_broker) fn send_outside(&mut self, link: LinkId, bytes: Vec<u8>) {
        match self.far(link) {
            Some(far) => {
                far.outgoing.send(bytes);
                self.post_what_waits(link);
            }
            None => self.effects.push_back(Effect::Send { link, bytes }),
        }
    }

    /// Closes a link that leads out of this tab, behind what was sent.
    pub(in crate::lab::lab_broker) fn close_outside(&mut self, link: LinkId) {
        match self.far(link) {
            Some(far) => {
                far.outgoing.end(Why::Ended);
                self.post_what_waits(link);
            }
            None => {
                if let Some(line) = self.wires.line_mut(link) {
                    line.server_open = false;
                }
                self.effects.push_back(Effect::CloseLink { link });
            }
        }
    }

    /// Closes a link that leads out of this tab; what was not sent yet is lost.
    pub(in crate::lab::lab_broker) fn cut_outside(&mut self, link: LinkId) {
        if let Some(far) = self.far(link) {
            far.outgoing = Outgoing::default();
        }
        self.close_outside(link);
    }

    /// Tells the host what has been taken here, where it is time to.
    pub(in crate::lab::lab_broker) fn tell_taken(&mut self, link: LinkId) {
        let Some(line) = self.wires.line_mut(link) else {
            return;
        };
        let waiting = line.down + line.network.waiting(Way::Down);
        if let Some(far) = &mut line.far
            && let Some(bytes) = far.incoming.poll(waiting)
            && let Some(host) = far.host
        {
            let link = link.value();
            self.post(Some(host), Body::Taken { link, bytes });
        }
    }

    pub(super) fn far_opened(&mut self, from: TabId, link: u32) {
        let link = LinkId::new(link);
        let Some(line) = self.wires.line_mut(link) else {
            return;
        };
        if line.leads_to(from) && line.client_open && !line.has_black_hole() {
            let protocol = line.version.websocket_subprotocol();
            self.opened_at_client(link, protocol);
        }
    }

    pub(super) fn far_received(&mut self, from: TabId, link: u32, bytes: &[u8]) {
        let link = LinkId::new(link);
        let Some(line) = self.wires.line_mut(link) else {
            return;
        };
        if !line.leads_to(from) || !line.client_open {
            return;
        }
        let owner = line.owner;
        if let Some(far) = &mut line.far {
            far.incoming.arrive(bytes.len());
            if far.incoming.is_flooded() {
                return self.lose_link(link, words::UNKNOWN);
            }
        }
        if self.receive_from_socket(link, bytes) {
            self.received_at_client(owner, link, bytes);
        }
        self.tell_taken(link);
    }

    pub(super) fn far_took(&mut self, from: TabId, link: u32, bytes: usize) {
        let link = LinkId::new(link);
        let Some(line) = self.wires.line_mut(link) else {
            return;
        };
        if line.leads_to(from)
            && let Some(far) = &mut line.far
        {
            far.outgoing.taken(bytes);
            self.post_what_waits(link);
            self.tell_client_congestion(link);
        }
    }

    pub(super) fn far_closed(&mut self, from: TabId, link: u32, why: Why) {
        let now = self.now;
        let link = LinkId::new(link);
        let Some(line) = self.wires.line_mut(link) else {
            return;
        };
        if !line.leads_to(from) {
            return;
        }
        let words = match why {
            Why::Ended => "",
            Why::NoRoom => words::NO_ROOM,
            Why::TimeStandsStill => words::TIME_STANDS_STILL,
            Why::Stopped => words::STOPPED,
            Why::Unknown => words::UNKNOWN,
        };
        if !words.is_empty() {
            return self.lose_link(link, words);
        }
        line.server_open = false;
        if let Some(far) = &mut line.far {
            far.host = None;
        }
        if line.client_open && line.network.is_untouched() && line.down == 0 {
            self.closed_at_client(link, None, "", true);
        } else if line.client_open {
            line.network.end(Way::Down, now);
            self.drain_network(link);
        }
    }

    /// Ends all links that lead to another tab.
    pub(super) fn lose_far_links(&mut self, words: &'static str) {
        let has_host = |line: &Line| line.far.as_ref().is_some_and(|far| far.host.is_some());
        for link in self.links_that(has_host) {
            self.lose_link(link, words);
        }
    }

    /// Ends all links that lead to the broker of this tab.
    pub(super) fn lose_near_links(&mut self) {
        for link in self.links_that(|line| line.to_broker && !line.is_over()) {
            self.lose_link(link, words::MOVED);
        }
    }

    /// Ends a link whose other end is not there any more, without a word to it.
    fn lose_link(&mut self, link: LinkId, words: &'static str) {
        let now = self.now;
        self.wires.drop_parcels(link);
        let Some(line) = self.wires.line_mut(link) else {
            return;
        };
        let (owner, client_open) = (line.owner, line.client_open);
        (line.client_open, line.server_open) = (false, false);
        (line.up, line.down, line.in_browser) = (0, 0, 0);
        line.arriving = None;
        line.far = None;
        line.network.reset(now);
        self.note_fault_deeds(link);
        if let Ok(client) = self.roster.find_mut(owner)
            && client.link.is_some_and(|own| own.id == link)
        {
            client.lost_words = words;
        }
        if client_open {
            self.closed_at_client(link, None, "", false);
        }
    }

    /// Posts what the window allows.
    fn post_what_waits(&mut self, link: LinkId) {
        loop {
            let Some(line) = self.wires.line_mut(link) else {
                return;
            };
            let Some(far) = &mut line.far else { return };
            let Some(host) = far.host else {
                // Not opened yet, or over: there is nobody to tell.
                far.outgoing = Outgoing::default();
                if !line.client_open {
                    line.server_open = false;
                    line.far = None;
                }
                return;
            };
            let next = far.outgoing.poll();
            line.in_browser = far.outgoing.waiting();
            let number = link.value();
            match next {
                Some(Next::Bytes(bytes)) => {
                    let (link, bytes) = (number, &bytes);
                    self.post(Some(host), Body::Bytes { link, bytes });
                }
                Some(Next::Close(why)) => {
                    line.server_open = false;
                    line.far = None;
                    let link = number;
                    return self.post(Some(host), Body::Close { link, why });
                }
                None => return,
            }
        }
    }

    fn far(&mut self, link: LinkId) -> Option<&mut Far> {
        self.wires.line_mut(link)?.far.as_deref_mut()
    }

    fn links_that(&self, is_it: impl Fn(&Line) -> bool) -> Vec<LinkId> {
        let lines = self.wires.lines.iter().filter(|line| is_it(line));
        lines.map(|line| line.link).collect()
    }

    /// Says at the client of a link where it leads, now that this is known.
    fn say_where_it_leads(&mut self, link: LinkId) {
        let destination = self.server.tabs.destination();
        let mut clients = self.roster.iter_mut();
        if let Some(client) = clients.find(|client| client.link.is_some_and(|own| own.id == link)) {
            client.destination = Some(destination);
        }
    }
}
