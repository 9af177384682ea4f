//! The Client behind its byte stream: transitions between states, and time.

use core::time::Duration;

use super::close_reason::{CloseReason, LocalClose, Phase, TransportClose, Violation};
use super::event::{Event, GiveUp, PublishState, SessionEnd};
use super::negotiated::maximum_packet_size;
use super::options::{ConnectOptions, Limits};
use super::output::{Input, Outbox};
use super::requests::Request;
use super::session::{Identity, Session, Subscriptions};
use super::state::State;
use super::timer::Timer;
use super::waiting::WaitingQueue;
use crate::codec::{ControlPacket, Disconnect, ProtocolVersion, ReasonCode, encode};
use crate::time::Instant;

/// A deadline noticed later than this was slept through: the page was asleep, not the Server.
const SLEPT: Duration = Duration::from_secs(1);

/// How often the wait for a sign of life begins again while the transport is congested.
const CONGESTED_WAITS: u8 = 5;

/// Everything but the stream of bytes that packets are cut out of.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) limits: Limits,
    pub(super) options: ConnectOptions,
    /// The Client Identifier the Server chose, used where the options leave it empty
    /// [MQTT-3.1.3-7].
    pub(super) assigned_client_id: Option<String>,
    pub(super) state: State,
    pub(super) session: Session,
    /// Whose session the connection being made or in use is for.
    pub(super) connecting_as: Identity,
    pub(super) subscriptions: Subscriptions,
    /// Whether this connection went on with the session of an earlier one.
    pub(super) session_present: bool,
    pub(super) waiting: WaitingQueue,
    /// Whether the transport has more waiting than it sends.
    pub(super) congested: bool,
    pub(super) outbox: Outbox,
    /// Attempts to connect again since the last stable connection.
    pub(super) attempt: u32,
    /// Connections in a row that did not last.
    pub(super) short_connections: u32,
    next_token: u64,
}

impl Machine {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            options: ConnectOptions::new(ProtocolVersion::default(), ""),
            assigned_client_id: None,
            state: State::Disconnected { last: None },
            session: Session::default(),
            connecting_as: Identity::default(),
            subscriptions: Subscriptions::default(),
            session_present: false,
            waiting: WaitingQueue::default(),
            congested: false,
            outbox: Outbox::default(),
            attempt: 0,
            short_connections: 0,
            next_token: 0,
        }
    }

    pub(super) const fn version(&self) -> ProtocolVersion {
        self.options.protocol_version
    }

    pub(super) fn maximum_packet_size(&self) -> u32 {
        maximum_packet_size(&self.options, &self.limits)
    }

    pub(super) const fn awaits_transport(&self) -> bool {
        matches!(self.state, State::Opening { .. })
    }

    pub(super) const fn take_token(&mut self) -> u64 {
        let token = self.next_token;
        self.next_token += 1;
        token
    }

    pub(super) fn handle_input(&mut self, input: Input, now: Instant) {
        match input {
            Input::TransportOpened => self.transport_opened(now),
            Input::TransportClosed(close) => self.transport_closed(close, now),
            Input::TransportCongested(congested) => {
                self.congested = congested;
                self.drain(now);
            }
            Input::TransportMisused(misuse) => {
                if self.state.phase().is_some() {
                    self.violate(Violation::Transport(misuse), now);
                }
            }
            Input::Timeout => self.handle_timeout(now),
        }
    }

    fn transport_opened(&mut self, now: Instant) {
        if let State::Opening { since, connect } = &mut self.state {
            let connect = core::mem::take(connect);
            if connect.is_empty() {
                self.outbox.timers.stop(Timer::Connect);
                self.state = State::WithoutConnect { since: now };
                return;
            }
            self.state = State::AwaitingConnack {
                since: *since,
                challenged: false,
            };
            self.outbox.transmit(connect, now);
        }
    }

    fn transport_closed(&mut self, close: TransportClose, now: Instant) {
        if let Some(phase) = self.state.phase() {
            self.end_connection(now);
            self.finish(CloseReason::Transport { close, phase }, true, now);
        } else if matches!(self.state, State::Closing { .. }) {
            self.closed(now);
        }
    }

    /// The transport is gone, or is given up.
    fn closed(&mut self, now: Instant) {
        let state = core::mem::replace(&mut self.state, State::Disconnected { last: None });
        if let State::Closing {
            reason, reconnect, ..
        } = state
        {
            self.finish(reason, reconnect, now);
        } else {
            self.state = state;
        }
    }

    /// Handles each deadline that has passed once. Deadlines set on the way lie after `now`, so a
    /// page that slept for an hour wakes up to one PINGREQ or one timeout, not to sixty.
    fn handle_timeout(&mut self, now: Instant) {
        while let Some((timer, deadline)) = self.outbox.timers.take_expired(now) {
            match timer {
                Timer::Close => {
                    if let State::Closing { by_server, .. } = &mut self.state
                        && core::mem::take(by_server)
                    {
                        self.outbox.close_transport();
                        let deadline = now + self.limits.close_timeout;
                        self.outbox.timers.set(Timer::Close, deadline);
                        continue;
                    }
                    self.closed(now);
                }
                Timer::Connect => {
                    if let Some(phase) = self.state.phase() {
                        let after = self.options.connect_timeout;
                        self.close(CloseReason::ConnectTimeout { phase, after }, now);
                    }
                }
                Timer::PingResponse => self.no_sign_of_life(deadline, now),
                Timer::Drain => self.drain(now),
                Timer::KeepAlive => self.ping(now),
                Timer::SessionExpiry => self.end_session(SessionEnd::Expired),
                Timer::Reconnect => self.reconnect(now),
            }
        }
    }

    fn ping(&mut self, now: Instant) {
        if !matches!(self.state, State::Connected(_)) {
            return;
        }
        if !self.transmit(&ControlPacket::Pingreq, now) {
            return;
        }
        if self.outbox.timers.deadline(Timer::PingResponse).is_none() {
            let deadline = now + self.limits.ping_timeout;
            self.outbox.timers.set(Timer::PingResponse, deadline);
        }
    }

    fn no_sign_of_life(&mut self, deadline: Instant, now: Instant) {
        let State::Connected(connected) = &mut self.state else {
            return;
        };
        // The answer may lie in the transport, not yet handed in; or the ping may still be queued
        // in it, behind a large message.
        let slept = now.saturating_since(deadline) > SLEPT;
        let (wait, times) = if slept {
            (SLEPT, 1)
        } else if self.congested {
            (self.limits.ping_timeout, CONGESTED_WAITS)
        } else {
            (Duration::ZERO, 0)
        };
        if connected.postponed < times {
            connected.postponed += 1;
            self.outbox.timers.set(Timer::PingResponse, now + wait);
            return;
        }
        let after = self.limits.ping_timeout;
        self.close(CloseReason::KeepAliveTimeout { after }, now);
    }

    /// Bytes have come: the Server is alive, even if its PINGRESP is queued behind a large
    /// message.
    pub(super) fn heard(&mut self, now: Instant) {
        if let State::Connected(connected) = &mut self.state {
            connected.postponed = 0;
        }
        if self.outbox.timers.deadline(Timer::PingResponse).is_some() {
            let deadline = now + self.limits.ping_timeout;
            self.outbox.timers.set(Timer::PingResponse, deadline);
        }
    }

    /// Ends a connection because the Server broke a rule. In 5.0 the Server is told which
    /// (section 4.13), but not before CONNACK has accepted the connection.
    pub(super) fn violate(&mut self, violation: Violation, now: Instant) {
        let connected = matches!(self.state, State::Connected(_));
        if connected && self.version().has_properties() {
            let packet = ControlPacket::Disconnect(Disconnect {
                reason_code: violation.reason_code(),
                ..Disconnect::default()
            });
            // Not where it is above the Server's limit: the reason to close stays the breach.
            let _ = self.try_transmit(&packet, now);
        }
        self.close(CloseReason::Violation(violation), now);
    }

    /// Closes the transport, for this reason.
    pub(super) fn close(&mut self, reason: CloseReason, now: Instant) {
        self.end_connection(now);
        self.outbox.close_transport();
        self.outbox
            .timers
            .set(Timer::Close, now + self.limits.close_timeout);
        self.state = State::Closing {
            since: now,
            reason,
            reconnect: true,
            by_server: false,
        };
    }

    /// Ends what lives with a connection and reports what will not be answered any more.
    pub(super) fn end_connection(&mut self, now: Instant) {
        self.outbox.end_connection();
        self.session.by_hand.end_connection();
        let state = core::mem::replace(&mut self.state, State::Disconnected { last: None });
        let State::Connected(connected) = state else {
            return;
        };
        if now.saturating_since(connected.since) >= self.limits.stable_after {
            self.attempt = 0;
            self.short_connections = 0;
        } else {
            self.short_connections += 1;
        }
        for (packet_id, request) in connected.requests.into_ordered() {
            self.session.packet_ids.release(packet_id);
            self.outbox.event(match request {
                Request::Subscribe { token, .. } => Event::SubscribeLost { token },
                Request::Unsubscribe { token, .. } => Event::UnsubscribeLost { token },
            });
        }
        for token in self.waiting.take_unacknowledged() {
            self.outbox.event(Event::Publish {
                token,
                packet_id: None,
                state: PublishState::Lost,
            });
        }
        match self.session.expiry_interval {
            0 => self.end_session(SessionEnd::WithConnection),
            u32::MAX => self.session.expires_at = None,
            seconds => {
                let interval = Duration::from_secs(seconds.into());
                self.session.expires_at = Some(now + interval);
            }
        }
    }

    /// Reports the end of a connection and decides what follows.
    fn finish(&mut self, reason: CloseReason, may_reconnect: bool, now: Instant) {
        self.outbox.timers.stop_all();
        self.outbox.event(Event::Closed(reason.clone()));
        if let Some(at) = self.session.expires_at {
            self.outbox.timers.set(Timer::SessionExpiry, at);
        }
        let Some(policy) = self.options.reconnect.filter(|_| may_reconnect) else {
            self.state = State::Disconnected { last: Some(reason) };
            return;
        };
        if let Some(cause) = self.give_up(&reason) {
            self.state = State::Disconnected { last: Some(reason) };
            if let Some(cause) = cause {
                self.outbox.event(Event::ReconnectGivenUp(cause));
            }
            return;
        }
        self.attempt = self.attempt.saturating_add(1);
        let until = now + policy.delay(self.attempt);
        self.outbox.timers.set(Timer::Reconnect, until);
        self.outbox.event(Event::ReconnectScheduled {
            until,
            attempt: self.attempt,
        });
        self.state = State::ReconnectDelay {
            until,
            attempt: self.attempt,
            last: reason,
        };
    }

    /// Whether not to connect again, and what to say about it; nothing after the application's
    /// own decision.
    fn give_up(&self, reason: &CloseReason) -> Option<Option<GiveUp>> {
        if matches!(reason, CloseReason::Local(_)) {
            return Some(None);
        }
        if !reason.is_transient() {
            return Some(Some(GiveUp::WouldRepeat));
        }
        (self.short_connections >= self.limits.short_connections.max(1)).then_some(Some(
            GiveUp::ClosedSoonAfterConnecting {
                times: self.short_connections,
                within: self.limits.stable_after,
            },
        ))
    }

    /// Ends the session state, if there is any, and reports what is lost with it.
    pub(super) fn end_session(&mut self, end: SessionEnd) {
        let Some(lost) = self.session.end() else {
            return;
        };
        let waiting = self.waiting.take_acknowledged();
        let in_flight = lost.into_iter().map(|(id, token)| (Some(id), token));
        let waiting = waiting.into_iter().map(|token| (None, token));
        for (packet_id, token) in in_flight.chain(waiting) {
            self.outbox.event(Event::Publish {
                token,
                packet_id,
                state: PublishState::Lost,
            });
        }
        if !self.options.resubscribe {
            self.subscriptions.clear();
        }
        self.outbox.event(Event::SessionEnded(end));
    }

    /// Gives up a next attempt that was due.
    pub(super) fn cancel_reconnect(&mut self) {
        match &mut self.state {
            State::Closing { reconnect, .. } => *reconnect = false,
            State::ReconnectDelay { last, .. } => {
                let last = Some(last.clone());
                self.outbox.timers.stop(Timer::Reconnect);
                self.state = State::Disconnected { last };
                self.outbox
                    .event(Event::ReconnectGivenUp(GiveUp::Cancelled));
            }
            _ => {}
        }
    }

    /// Closes the transport with no DISCONNECT.
    pub(super) fn die(&mut self, now: Instant) {
        match self.state.phase() {
            Some(Phase::Opening) => self.close(CloseReason::Local(LocalClose::Cancelled), now),
            Some(_) => self.close(CloseReason::Local(LocalClose::Died), now),
            None => self.cancel_reconnect(),
        }
    }

    /// Sends a packet the Client makes by itself; whether it could. Such packets are always within
    /// what the codec can write: they carry no text and no property their version lacks. One that
    /// is above the Server's limit must not be sent [MQTT-3.2.2-15], and the protocol cannot go on
    /// without it: the connection is closed then.
    pub(super) fn transmit(&mut self, packet: &ControlPacket<'_>, now: Instant) -> bool {
        match self.try_transmit(packet, now) {
            Ok(()) => true,
            Err((size, maximum)) => {
                let packet = packet.packet_type();
                let reason = CloseReason::ServerLimitTooLow {
                    packet,
                    size,
                    maximum,
                };
                let disconnect = ControlPacket::Disconnect(Disconnect {
                    reason_code: ReasonCode::ImplementationSpecificError,
                    ..Disconnect::default()
                });
                // It tells the Server so, if that fits at least.
                let _ = self.try_transmit(&disconnect, now);
                self.close(reason, now);
                false
            }
        }
    }

    /// Sends a packet unless it is above the Server's limit; else its size and the limit in bytes.
    fn try_transmit(
        &mut self,
        packet: &ControlPacket<'_>,
        now: Instant,
    ) -> Result<(), (usize, usize)> {
        let mut bytes = Vec::new();
        let written = encode(packet, self.version(), &mut bytes);
        debug_assert!(written.is_ok(), "{packet:?} does not encode: {written:?}");
        if let State::Connected(connected) = &self.state {
            let maximum = connected.negotiated.server.largest_packet();
            if bytes.len() > maximum {
                return Err((bytes.len(), maximum));
            }
        }
        if written.is_ok() {
            self.outbox.transmit(bytes, now);
        }
        Ok(())
    }
}
