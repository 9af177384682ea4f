//! What goes into a Client and what comes out of it.

use core::time::Duration;
use std::collections::VecDeque;

use super::by_hand::Framing;
use super::close_reason::{TransportClose, TransportMisuse, Violation};
use super::event::Event;
use super::timer::{Timer, Timers};
use crate::codec::{ControlPacket, DecodeError, PacketId, Qos, TopicName};
use crate::time::Instant;

/// What happens to a Client from outside, except bytes
/// ([`receive`](super::Client::receive)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The transport asked for by [`Output::OpenTransport`] is open.
    TransportOpened,
    /// That transport is closed, could not be opened, or failed.
    TransportClosed(TransportClose),
    /// Whether more is waiting in the transport than it sends (a WebSocket's `bufferedAmount` above
    /// a mark). While it is so, publications wait in the Client's bounded queue; everything else,
    /// which is small, goes on.
    TransportCongested(bool),
    /// The transport carried what is not MQTT.
    TransportMisused(TransportMisuse),
    /// The moment told by [`poll_timeout`](super::Client::poll_timeout) has come. Early, late and
    /// needless calls are harmless.
    Timeout,
}

/// What a Client asks of whoever drives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Open a transport; answer with [`Input::TransportOpened`] or [`Input::TransportClosed`].
    /// There is never more than one.
    OpenTransport,
    /// Send these bytes: exactly one Control Packet, or a piece of what was made by hand.
    Transmit(Vec<u8>),
    /// Close the transport, after what was to be transmitted; answer with
    /// [`Input::TransportClosed`]. Whatever the old transport says after the next
    /// [`Output::OpenTransport`] is not for this Client any more.
    CloseTransport,
    /// Tell the application.
    Event(Event),
}

/// One Control Packet from the Server, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received<'a> {
    /// The packet's bytes. Where the fault was seen before the packet was whole (its size, its
    /// first byte), what there was of it in the latest bytes.
    pub raw: &'a [u8],
    /// The packet, or why it is none.
    pub packet: Result<ControlPacket<'a>, DecodeError>,
    /// The message, if this packet hands one to the application: a PUBLISH, but not the repetition
    /// of one at QoS 2 [MQTT-4.3.3-10].
    pub delivered: Option<Delivered<'a>>,
    /// The rule this packet broke; the connection is being closed for it.
    pub violation: Option<Violation>,
}

/// A message handed to the application. Its properties stand in [`Received::packet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered<'a> {
    /// The Topic Name, also where the packet had only a Topic Alias for it.
    pub topic: TopicName<'a>,
    /// The content.
    pub payload: &'a [u8],
    /// The QoS it came with.
    pub qos: Qos,
    /// Whether the Server sent it as a retained message.
    pub retain: bool,
    /// Whether it may have been sent before. At QoS 1 the application may see it twice.
    pub dup: bool,
    /// Its Packet Identifier, at QoS 1 and 2.
    pub packet_id: Option<PacketId>,
}

/// The queue of outputs with the timers, kept together because each packet sent puts off the
/// next PINGREQ.
#[derive(Clone, Debug, Default)]
pub(super) struct Outbox {
    outputs: VecDeque<Output>,
    pub(super) timers: Timers,
    keep_alive: Option<Duration>,
    /// Bytes handed to the transport so far.
    pub(super) transmitted: u64,
    /// Where the stream stands, which bytes made by hand can leave within a packet.
    pub(super) framing: Framing,
}

impl Outbox {
    pub(super) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(super) fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Hands a packet to the transport. Only what is sent counts for keep alive.
    pub(super) fn transmit(&mut self, packet: Vec<u8>, now: Instant) {
        self.framing.pass(packet.len());
        self.transmit_by_hand(packet, true, now);
    }

    /// Hands bytes to the transport that leave the stream where whoever made them knows.
    pub(super) fn transmit_by_hand(&mut self, packet: Vec<u8>, is_whole: bool, now: Instant) {
        self.transmitted += packet.len() as u64;
        self.outputs.push_back(Output::Transmit(packet));
        if !is_whole {
            return;
        }
        if let Some(keep_alive) = self.keep_alive {
            self.timers.set(Timer::KeepAlive, now + keep_alive);
        }
    }

    pub(super) fn open_transport(&mut self) {
        self.outputs.push_back(Output::OpenTransport);
    }

    pub(super) fn close_transport(&mut self) {
        self.outputs.push_back(Output::CloseTransport);
    }

    /// Starts keep alive with the given number of seconds; 0 is off.
    pub(super) fn start_keep_alive(&mut self, seconds: u16, now: Instant) {
        self.keep_alive = (seconds > 0).then(|| Duration::from_secs(seconds.into()));
        match self.keep_alive {
            Some(keep_alive) => self.timers.set(Timer::KeepAlive, now + keep_alive),
            None => self.timers.stop(Timer::KeepAlive),
        }
    }

    /// Stops everything that belongs to a connection.
    pub(super) fn end_connection(&mut self) {
        self.keep_alive = None;
        self.framing = Framing::Whole;
        self.timers.stop_all();
    }
}
