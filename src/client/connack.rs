//! CONNACK: what both sides agree on, and what becomes of the session.

use super::close_reason::{CloseReason, Violation};
use super::event::{Event, SessionEnd};
use super::machine::Machine;
use super::negotiated::Negotiated;
use super::outbound::Resume;
use super::requests::Requests;
use super::state::{Connected, Reauthentication, State};
use super::timer::Timer;
use crate::codec::{
    Acknowledgement, Connack, ControlPacket, IncomingAliases, OutgoingAliases, PacketIdSet,
    ProtocolVersion,
};
use crate::time::Instant;

impl Machine {
    /// Takes the answer to CONNECT in.
    pub(super) fn on_connack(
        &mut self,
        connack: &Connack<'_>,
        now: Instant,
    ) -> Result<(), Violation> {
        if !connack.code.is_accepted() {
            if connack.session_present {
                return Err(Violation::SessionPresentWithRefusal);
            }
            let reason = CloseReason::Refused {
                code: connack.code,
                reason_string: connack.properties.reason_string.map(str::to_owned),
                server_reference: connack.properties.server_reference.map(str::to_owned),
            };
            self.close(reason, now);
            return Ok(());
        }
        self.check_session_present(connack.session_present)?;
        self.check_method(connack.properties.authentication_method)?;

        let client_id = &self.connecting_as.client_id;
        let has_session = self.session.exists();
        let negotiated =
            Negotiated::new(&self.options, &self.limits, client_id, has_session, connack);
        let resume = self.begin_session(&negotiated);
        self.outbox.timers.stop(Timer::Connect);
        self.outbox.start_keep_alive(negotiated.keep_alive, now);
        self.outbox
            .event(Event::Connected(Box::new(negotiated.clone())));
        let aliases = if self.options.topic_aliases {
            let maximum = negotiated.server.topic_alias_maximum;
            maximum.min(self.limits.outgoing_aliases)
        } else {
            0
        };
        self.state = State::Connected(Box::new(Connected {
            since: now,
            quota: negotiated.server.receive_maximum,
            incoming_aliases: IncomingAliases::new(negotiated.client.topic_alias_maximum),
            outgoing_aliases: OutgoingAliases::new(aliases),
            unreleased: PacketIdSet::default(),
            requests: Requests::default(),
            resend: resume.publishes.into(),
            reauthentication: Reauthentication::Idle,
            postponed: 0,
            negotiated,
        }));
        for packet_id in resume.pubrels {
            let pubrel = ControlPacket::Pubrel(Acknowledgement::success(packet_id));
            if !self.transmit(&pubrel, now) {
                return Ok(());
            }
        }
        self.resubscribe(now);
        self.drain(now);
        Ok(())
    }

    /// Session Present must agree with what was asked for, and in 5.0 with what this Client has
    /// [MQTT-3.2.2-4]. 3.1.1 leaves it to the Client; going on lets a page that was reloaded use
    /// the session the Server has kept.
    fn check_session_present(&self, session_present: bool) -> Result<(), Violation> {
        if !session_present {
            Ok(())
        } else if self.options.clean_start {
            Err(Violation::SessionPresentAfterCleanStart)
        } else if self.version().has_properties()
            && !self.session.exists()
            && !self.options.adopt_session
        {
            Err(Violation::SessionPresentWithoutState)
        } else {
            Ok(())
        }
    }

    /// Goes on with the session, or begins a new one; what is to be sent again. Nothing is, unless
    /// both sides have the session [MQTT-4.4.0-1].
    fn begin_session(&mut self, negotiated: &Negotiated) -> Resume {
        // The CONNACK of 3.1 does not tell; without Clean Session its Server keeps the session.
        let present = negotiated.session_present
            || (negotiated.protocol_version == ProtocolVersion::V3_1 && !self.options.clean_start);
        if !present {
            self.end_session(SessionEnd::AbsentAtServer);
        }
        if negotiated.client_id_assigned {
            self.assigned_client_id = Some(negotiated.client_id.clone());
            self.connecting_as
                .client_id
                .clone_from(&negotiated.client_id);
        }
        self.session_present = present;
        self.session.identity = Some(self.connecting_as.clone());
        self.session.expiry_interval = negotiated.session_expiry_interval;
        self.session.expires_at = None;
        self.session.outbound.begin_resume()
    }
}
