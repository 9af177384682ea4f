//! What only the lab broker and links with faults do, behind the boundary of
//! [`server`](crate::lab::lab_broker::server).

use super::{Cargo, Line};
use crate::lab::trace::Sequence;
use crate::lab::{Lab, LinkId};
use crate::network::Way;

impl Lab {
    /// Opens a client's link to the broker.
    pub(in crate::lab::lab_broker) fn open_at_broker(&mut self, link: LinkId) {
        if self.server.tabs.leads_away() {
            return self.lead_away(link);
        }
        // Nothing that opens a link gets through a black hole.
        if self.is_swallowed(link) {
            return;
        }
        if self.server.state().is_some_and(|state| state.is_running()) {
            self.wires.push(link, Cargo::Opened);
        } else {
            self.wires.push(link, Cargo::NotOpened);
        }
    }

    pub(in crate::lab::lab_broker) fn push_up(
        &mut self,
        link: LinkId,
        bytes: Vec<u8>,
        record: Sequence,
    ) {
        self.wires.push(link, Cargo::Up(bytes, Some(record)));
    }

    /// Sends bytes through a link that has faults.
    pub(in crate::lab::lab_broker) fn send_past_faults(
        &mut self,
        link: LinkId,
        way: Way,
        bytes: &[u8],
    ) {
        let now = self.now;
        let Some(line) = self.wires.line_mut(link) else {
            return;
        };
        if line.network.send(way, bytes, now).is_ok() {
            self.drain_network(link);
        } else {
            self.break_link(link);
        }
    }

    /// Sends the end of a connection through a link that has faults.
    pub(in crate::lab::lab_broker) fn end_past_faults(&mut self, link: LinkId, way: Way) {
        let now = self.now;
        if let Some(line) = self.wires.line_mut(link) {
            line.network.end(way, now);
        }
        self.drain_network(link);
    }

    pub(in crate::lab::lab_broker) fn push_end(&mut self, link: LinkId) {
        self.wires.push(link, Cargo::ClientEnd);
    }

    /// Takes what has arrived by now off the links that have faults.
    pub(in crate::lab::lab_broker) fn drain_due_networks(&mut self) {
        let now = self.now;
        let is_due = |line: &&Line| line.network.poll_timeout().is_some_and(|due| due <= now);
        let due: Vec<_> = self.wires.lines.iter().filter(is_due).collect();
        let due: Vec<_> = due.into_iter().map(|line| line.link).collect();
        for link in due {
            self.drain_network(link);
            self.tell_client_congestion(link);
            self.tell_broker_congestion(link);
        }
    }

    /// What changes on all links when a fault comes or goes: an end that was lost in a black hole
    /// arrives after all, as the end of a connection does that is sent again and again.
    pub(in crate::lab::lab_broker) fn faults_changed(&mut self) {
        let now = self.now;
        let mut links = Vec::new();
        for line in &mut self.wires.lines {
            let ends = |line: &Line, way| !line.has_black_hole() && line.network.waiting(way) == 0;
            if !line.client_open && line.server_open && ends(line, Way::Up) {
                line.network.end(Way::Up, now);
            }
            if line.client_open && !line.server_open && line.was_open && ends(line, Way::Down) {
                line.network.end(Way::Down, now);
            }
            links.push(line.link);
        }
        for link in links {
            self.drain_network(link);
        }
    }
}
