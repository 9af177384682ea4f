//! Enhanced authentication (section 4.12), before CONNACK and again later.

use super::close_reason::{Phase, Violation};
use super::error::AuthenticateError;
use super::event::Event;
use super::machine::Machine;
use super::options::LARGEST_PACKET;
use super::state::{Reauthentication, State};
use super::timer::Timer;
use crate::codec::{Auth, ControlPacket, ControlPacketType, ReasonCode, encode};
use crate::time::Instant;

impl Machine {
    /// Answers the Server's challenge [MQTT-4.12.0-3].
    pub(super) fn authenticate(
        &mut self,
        data: Option<&[u8]>,
        now: Instant,
    ) -> Result<(), AuthenticateError> {
        if self.options.authentication_method.is_none() {
            return Err(AuthenticateError::NoMethod);
        }
        let asked = match &self.state {
            State::AwaitingConnack { challenged, .. } => *challenged,
            State::Connected(connected) => {
                connected.reauthentication == Reauthentication::AwaitingApplication
            }
            _ => false,
        };
        if !asked {
            return Err(AuthenticateError::NotAsked);
        }
        self.send_auth(ReasonCode::ContinueAuthentication, data, now)
    }

    /// Begins a re-authentication [MQTT-4.12.1-1].
    pub(super) fn reauthenticate(
        &mut self,
        data: Option<&[u8]>,
        now: Instant,
    ) -> Result<(), AuthenticateError> {
        if self.options.authentication_method.is_none() {
            return Err(AuthenticateError::NoMethod);
        }
        match &self.state {
            State::Connected(connected) if connected.reauthentication == Reauthentication::Idle => {
                self.send_auth(ReasonCode::ReAuthenticate, data, now)
            }
            State::Connected(_) => Err(AuthenticateError::UnderWay),
            _ => Err(AuthenticateError::NotConnected),
        }
    }

    fn send_auth(
        &mut self,
        reason_code: ReasonCode,
        data: Option<&[u8]>,
        now: Instant,
    ) -> Result<(), AuthenticateError> {
        let auth = Auth {
            reason_code,
            authentication_method: self.options.authentication_method.as_deref(),
            authentication_data: data,
            ..Auth::default()
        };
        let mut bytes = Vec::new();
        let size = encode(&ControlPacket::Auth(auth), self.version(), &mut bytes)
            .map_err(AuthenticateError::Encode)?;
        let maximum = match &self.state {
            State::Connected(connected) => connected.negotiated.server.largest_packet(),
            _ => LARGEST_PACKET as usize,
        };
        if size > maximum {
            return Err(AuthenticateError::PacketTooLarge { size, maximum });
        }
        match &mut self.state {
            State::AwaitingConnack { challenged, .. } => {
                *challenged = false;
                let deadline = now + self.options.connect_timeout;
                self.outbox.timers.set(Timer::Connect, deadline);
            }
            State::Connected(connected) => {
                connected.reauthentication = Reauthentication::AwaitingServer;
            }
            _ => {}
        }
        self.outbox.transmit(bytes, now);
        Ok(())
    }

    /// Takes AUTH in: only where a method was set, only that method, and only in turn.
    pub(super) fn on_auth(&mut self, auth: &Auth<'_>, _now: Instant) -> Result<(), Violation> {
        self.check_explanation(
            ControlPacketType::Auth,
            auth.reason_string,
            auth.user_properties.is_empty(),
        )?;
        let reason_code = auth.reason_code;
        let phase = self.state.phase().unwrap_or(Phase::Opening);
        let unexpected = Violation::UnexpectedAuth { reason_code, phase };
        if self.options.authentication_method.is_none() {
            return Err(unexpected);
        }
        if auth.authentication_method != self.options.authentication_method.as_deref() {
            return Err(self.other_method(auth.authentication_method));
        }
        let data = auth.authentication_data.map(<[u8]>::to_vec);
        let challenge = Event::AuthenticationChallenge {
            data: data.clone(),
            reason_string: auth.reason_string.map(str::to_owned),
        };
        match (&mut self.state, reason_code) {
            (State::AwaitingConnack { challenged, .. }, ReasonCode::ContinueAuthentication)
                if !*challenged =>
            {
                *challenged = true;
                // The server waits for the application now, and nobody for the server.
                self.outbox.timers.stop(Timer::Connect);
                self.outbox.event(challenge);
            }
            (State::Connected(connected), ReasonCode::ContinueAuthentication)
                if connected.reauthentication == Reauthentication::AwaitingServer =>
            {
                connected.reauthentication = Reauthentication::AwaitingApplication;
                self.outbox.event(challenge);
            }
            (State::Connected(connected), ReasonCode::Success)
                if connected.reauthentication == Reauthentication::AwaitingServer =>
            {
                connected.reauthentication = Reauthentication::Idle;
                self.outbox.event(Event::Reauthenticated { data });
            }
            _ => return Err(unexpected),
        }
        Ok(())
    }

    /// The Authentication Method in CONNACK, where there is one, must be CONNECT's
    /// [MQTT-4.12.0-5].
    pub(super) fn check_method(&self, received: Option<&str>) -> Result<(), Violation> {
        let expected = self.options.authentication_method.as_deref();
        if received.is_some() && received != expected {
            return Err(self.other_method(received));
        }
        Ok(())
    }

    fn other_method(&self, received: Option<&str>) -> Violation {
        Violation::AuthenticationMethodChanged {
            expected: self.options.authentication_method.clone(),
            received: received.map(str::to_owned),
        }
    }
}
