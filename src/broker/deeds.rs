//! What a person at the broker does, and what the broker publishes itself.

use super::event::{ClosedCause, DiscardCause, Event};
use super::input::{ConnectionId, UnknownConnection};
use super::machine::Machine;
use super::publication::Publication;
use crate::codec::{ControlPacketType, PublishProperties, Qos, ReasonCode, TopicName};
use crate::time::Instant;

impl Machine {
    pub(super) fn disconnect(
        &mut self,
        id: ConnectionId,
        reason: ReasonCode,
        now: Instant,
    ) -> Result<(), UnknownConnection> {
        let place = self.connection_places.get(&id).copied();
        let place = place.ok_or(UnknownConnection(id))?;
        // What a DISCONNECT of a Server cannot say is said as the act of an administrator.
        let is_allowed = reason.is_allowed_in(ControlPacketType::Disconnect)
            && reason != ReasonCode::DisconnectWithWillMessage;
        let reason = match is_allowed {
            true => reason,
            false => ReasonCode::AdministrativeAction,
        };
        self.close(place, ClosedCause::Administrative, Some(reason), now);
        self.settle(now);
        Ok(())
    }

    pub(super) fn discard_session(&mut self, client_id: &str, now: Instant) -> bool {
        let Some(&key) = self.session_keys.get(client_id) else {
            return false;
        };
        let holder = self
            .sessions
            .at(key.value())
            .and_then(|session| session.connection);
        if let Some(place) = holder {
            let reason = Some(ReasonCode::AdministrativeAction);
            self.close(place, ClosedCause::Administrative, reason, now);
        }
        // It may have ended with its connection.
        if self.session_keys.get(client_id) == Some(&key) {
            self.discard(key, DiscardCause::Administrative, now);
        }
        self.settle(now);
        true
    }

    pub(super) fn clear_retained(&mut self, topic: &str, now: Instant) -> bool {
        self.latest = self.latest.max(now);
        let Ok(name) = TopicName::parse(topic) else {
            return false;
        };
        let Some(message) = self.retained.clear(&name) else {
            return false;
        };
        self.outbox.event(|| Event::RetainedCleared {
            topic: message.topic().clone(),
        });
        true
    }

    /// Whether somebody may publish there: by the rules, and not on what belongs to the Server
    /// (section 4.7.2) or begins as a Shared Subscription does.
    pub(super) fn may_publish(&self, username: Option<&str>, topic: TopicName<'_>) -> bool {
        let first = topic.as_str().split('/').next();
        !matches!(first, Some("$SYS" | "$share")) && self.options.may_publish(username, topic)
    }

    pub(super) fn publish_system_topics(&mut self, now: Instant) {
        let mut changed = Vec::new();
        let mut system_topics = core::mem::take(&mut self.system_topics);
        let ticked = system_topics.tick(self.system_snapshot(), now, |topic, value| {
            changed.push((topic, value.to_owned()));
        });
        self.system_topics = system_topics;
        for (topic, value) in &changed {
            let Ok(topic) = TopicName::parse(topic) else {
                continue;
            };
            let none = PublishProperties::EMPTY;
            let payload = value.as_bytes();
            let qos = Qos::AtMostOnce;
            let mut publication = Publication::new(topic, payload, qos, true, &none, now);
            self.publish(&mut publication, None, now);
        }
        if ticked {
            self.outbox.event(|| Event::SystemTick);
        }
    }
}
