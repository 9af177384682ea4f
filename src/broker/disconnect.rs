//! The end of a connection, from either side (section 3.14).

use core::time::Duration;

use super::event::{ClosedCause, DiscardCause, Event, Violation, WillFireCause};
use super::machine::Machine;
use super::timer::Timer;
use crate::codec::{ControlPacket, Disconnect, ReasonCode};
use crate::time::Instant;

impl Machine {
    pub(super) fn on_disconnect(
        &mut self,
        place: u32,
        disconnect: &Disconnect<'_>,
        now: Instant,
    ) -> Result<(), Violation> {
        let Some(connection) = self.connections.at(place) else {
            return Ok(());
        };
        let Some(connected) = &connection.connected else {
            return Ok(());
        };
        let key = connected.session;
        if let Some(seconds) = disconnect.session_expiry_interval {
            if connected.asked_session_expiry == 0 && seconds != 0 {
                return Err(Violation::SessionExpiryFromZero);
            }
            let seconds = seconds.min(self.options.maximum_session_expiry);
            if let Some(session) = self.sessions.at_mut(key.value()) {
                session.expiry_interval = seconds;
            }
        }
        let reason = disconnect.reason_code;
        self.end_connection(place, ClosedCause::Disconnect, Some(reason), now);
        Ok(())
    }

    /// Closes a connection; where the version has it, `reason` is told in a DISCONNECT before.
    pub(super) fn close(
        &mut self,
        place: u32,
        cause: ClosedCause,
        reason: Option<ReasonCode>,
        now: Instant,
    ) {
        let told = reason.filter(|&reason| self.tell_disconnect(place, &cause, reason));
        self.end_connection(place, cause, told, now);
    }

    /// Sends a DISCONNECT, where there is one from a Server; whether it was sent.
    fn tell_disconnect(
        &mut self,
        place: u32,
        cause: &ClosedCause,
        reason_code: ReasonCode,
    ) -> bool {
        let connected = self.connected_mut(place);
        if connected.is_none_or(|connected| !connected.version.has_properties()) {
            return false;
        }
        let words = match (self.options.reason_strings, cause) {
            (false, _) => None,
            (true, ClosedCause::Malformed(error)) => Some(error.to_string()),
            (true, ClosedCause::Violation(violation)) => Some(violation.to_string()),
            (true, _) => None,
        };
        let packet = |reason_string| {
            ControlPacket::Disconnect(Disconnect {
                reason_code,
                reason_string,
                ..Disconnect::default()
            })
        };
        if words.is_some() && self.try_answer(place, &packet(words.as_deref())) {
            return true;
        }
        // Not where even that is above the Client's limit: the reason to close stays the same.
        self.try_answer(place, &packet(None))
    }

    /// Takes a connection out of the tables, and does what follows for session and Will Message.
    pub(super) fn end_connection(
        &mut self,
        place: u32,
        cause: ClosedCause,
        reason_code: Option<ReasonCode>,
        now: Instant,
    ) {
        let Some(connection) = self.connections.remove(place) else {
            return;
        };
        self.connection_places.remove(&connection.id);
        self.timers.stop(Timer::Connect(place));
        self.timers.stop(Timer::KeepAlive(place));
        if cause != ClosedCause::NetworkLost {
            self.outbox.close(connection.id);
        }
        self.outbox.event(|| Event::ConnectionClosed {
            connection: connection.id,
            client_id: connection
                .connected
                .as_ref()
                .map(|connected| connected.client_id.clone()),
            cause,
            reason_code,
        });
        let Some(connected) = connection.connected else {
            return;
        };
        self.clients -= 1;
        let key = connected.session;
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return;
        };
        session.connection = None;
        let expiry = session.expiry_interval;
        session.expires_at = match expiry {
            u32::MAX => None,
            seconds => Some(now + Duration::from_secs(seconds.into())),
        };
        let expires_at = session.expires_at;
        match will_cause(&cause, reason_code) {
            // A Will Message goes with a normal DISCONNECT [MQTT-3.14.4-3].
            None => self.discard_will(key),
            Some(fired) => self.leave_will(key, fired, now),
        }
        match expires_at {
            // A broker that is stopped does nothing more; what is due is done when it starts.
            Some(at) if at <= now && self.is_stopping(&cause) => {
                self.timers.set(Timer::SessionExpiry(key), at);
            }
            Some(at) if at <= now => self.discard(key, DiscardCause::WithConnection, now),
            Some(at) => self.timers.set(Timer::SessionExpiry(key), at),
            None => {}
        }
    }

    const fn is_stopping(&self, cause: &ClosedCause) -> bool {
        matches!(cause, ClosedCause::Stopped)
    }
}

/// Why a Will Message is published when a connection ends so; `None` where it is not.
const fn will_cause(cause: &ClosedCause, reason: Option<ReasonCode>) -> Option<WillFireCause> {
    Some(match cause {
        ClosedCause::Disconnect => match reason {
            None | Some(ReasonCode::Success) => return None,
            Some(ReasonCode::DisconnectWithWillMessage) => WillFireCause::DisconnectWithWillMessage,
            Some(_) => WillFireCause::DisconnectWithError,
        },
        ClosedCause::NetworkLost => WillFireCause::NetworkLost,
        ClosedCause::KeepAliveTimeout => WillFireCause::KeepAliveTimeout,
        ClosedCause::TakenOver => WillFireCause::TakenOver,
        ClosedCause::Administrative => WillFireCause::Administrative,
        ClosedCause::Stopped => WillFireCause::Stopped,
        ClosedCause::ConnectTimeout
        | ClosedCause::Malformed(_)
        | ClosedCause::Violation(_)
        | ClosedCause::Refused
        | ClosedCause::NotReading
        | ClosedCause::PacketTooLarge => WillFireCause::ProtocolError,
    })
}
