//! What keeps the links in order: the records of what faults have done, back pressure, and ends of
//! which the other end has never heard.

use super::{LINGERING_MAXIMUM, Line, connection_of};
use crate::broker::Input as BrokerInput;
use crate::codec::{PacketSplitter, ProtocolVersion, decode};
use crate::lab::effect::BACK_PRESSURE_BYTES;
use crate::lab::lab_client::PACKET_MAXIMUM;
use crate::lab::trace::{Direction, FaultNote, Note, PacketFacts, Sequence};
use crate::lab::{ClientKey, Lab, LinkId};
use crate::network::Way;

impl Lab {
    /// The client's end of a link is closed.
    pub(in crate::lab) fn link_is_gone(&mut self, link: LinkId) {
        if let Some(line) = self.wires.line_mut(link) {
            line.client_open = false;
            if !line.to_broker {
                line.server_open = false;
            }
        }
    }

    /// Records what has arrived at the broker, and gives the record of the last whole packet.
    pub(super) fn note_arrival(&mut self, link: LinkId, bytes: &[u8]) -> Option<Sequence> {
        let now = self.now;
        let line = self.wires.lines.iter_mut().rev();
        let line = line.into_iter().find(|line| line.link == link)?;
        let splitter = line
            .arriving
            .get_or_insert_with(|| Box::new(PacketSplitter::new(PACKET_MAXIMUM)));
        let mut rest = bytes;
        let mut latest = None;
        // What is no MQTT any more is recorded as the broker's answer to it.
        while let Ok(Some(raw)) = splitter.next(&mut rest) {
            let facts = facts_of(raw, line.version);
            let sequence =
                self.trace
                    .append_broker_packet(now, line.owner, Direction::Sent, raw, facts);
            latest = Some(sequence);
        }
        latest
    }

    pub(in crate::lab::lab_broker) fn note_broker_packet(
        &mut self,
        owner: ClientKey,
        version: ProtocolVersion,
        direction: Direction,
        raw: &[u8],
    ) {
        let facts = facts_of(raw, version);
        self.trace
            .append_broker_packet(self.now, owner, direction, raw, facts);
    }

    /// Records what the faults of a link have done.
    pub(in crate::lab::lab_broker) fn note_fault_deeds(&mut self, link: LinkId) {
        let now = self.now;
        let Some(place) = self.wires.place(link) else {
            return;
        };
        while let Some(line) = self.wires.lines.get_mut(place)
            && let Some(record) = line.network.poll_fault()
        {
            let note = Note::Fault {
                fault: FaultNote::Done {
                    fault: record.fault,
                    way: record.way,
                    target: record.target,
                    deed: record.deed,
                },
            };
            let owner = line.owner;
            self.trace.append_note(now, Some(owner), &note);
            self.wires.remember(owner, now, record);
        }
    }

    /// Tells a client whether too much of what it has sent waits on its link.
    pub(in crate::lab::lab_broker) fn tell_client_congestion(&mut self, link: LinkId) {
        let now = self.now;
        let Some(line) = self.wires.line_mut(link) else {
            return;
        };
        if !line.client_open {
            return;
        }
        let waiting = line.up + line.in_browser + line.network.waiting(Way::Up);
        let owner = line.owner;
        if owner.is_bot() {
            self.bot_congested(owner, waiting > BACK_PRESSURE_BYTES);
        } else if let Ok(client) = self.roster.find_mut(owner)
            && client.link.is_some_and(|own| own.id == link)
            && client.take_buffered(waiting, now)
        {
            self.drain(owner);
        }
    }

    /// Tells the broker whether too much of what it has sent waits on a link.
    pub(super) fn tell_broker_congestion(&mut self, link: LinkId) {
        let Some(line) = self.wires.line_mut(link) else {
            return;
        };
        if !line.to_broker || !line.server_open {
            return;
        }
        let limit = if line.is_congested {
            BACK_PRESSURE_BYTES / 2
        } else {
            BACK_PRESSURE_BYTES
        };
        let congested = line.down + line.network.waiting(Way::Down) > limit;
        if congested != line.is_congested {
            line.is_congested = congested;
            self.tell_broker(BrokerInput::Congested {
                connection: connection_of(link),
                congested,
            });
        }
    }

    /// Lets links go that both ends have ended, and the oldest of those of which one end has never
    /// heard that the other is gone, where there are too many.
    pub(in crate::lab::lab_broker) fn end_lingering(&mut self) {
        let (roster, server) = (&self.roster, &self.server);
        let is_there = |owner| roster.find(owner).is_some() || server.has_bot(owner);
        let lines = &mut self.wires.lines;
        let owners: Vec<_> = lines.iter().map(|line| line.owner).collect();
        let mut place = 0;
        lines.retain(|line| {
            place += 1;
            let is_latest = !owners.iter().skip(place).any(|&owner| owner == line.owner);
            !line.is_over() || is_latest && is_there(line.owner)
        });
        let lingers = |line: &Line| !line.client_open && line.server_open;
        let too_many = lines.iter().filter(|line| lingers(line)).count();
        let links: Vec<_> = lines
            .iter()
            .filter(|line| lingers(line))
            .take(too_many.saturating_sub(LINGERING_MAXIMUM))
            .map(|line| (line.link, line.to_broker))
            .collect();
        for (link, to_broker) in links {
            if to_broker {
                if let Some(line) = self.wires.line_mut(link) {
                    line.server_open = false;
                }
                let connection = connection_of(link);
                self.tell_broker(BrokerInput::Closed { connection });
            } else {
                self.cut_outside(link);
            }
        }
    }
}

/// What the bytes of a packet tell by themselves.
pub(in crate::lab::lab_broker) fn facts_of(
    raw: &[u8],
    version: ProtocolVersion,
) -> PacketFacts<'_> {
    match decode(raw, version) {
        Ok(packet) => PacketFacts::of(&packet, raw, version),
        Err(_) => {
            let mut facts = PacketFacts::new(version);
            facts.malformed = true;
            facts
        }
    }
}
