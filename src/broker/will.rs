//! Will Messages (sections 3.1.2.5 and 3.1.3.2).

use core::time::Duration;
use std::sync::Arc;

use super::SessionKey;
use super::event::{Event, WillDiscardCause, WillFireCause};
use super::machine::Machine;
use super::message::Message;
use super::publication::Publication;
use super::timer::Timer;
use crate::codec::{PublishProperties, Will};
use crate::time::Instant;

/// A Will Message that may still be published.
#[derive(Clone, Debug)]
pub(super) struct StoredWill {
    /// Its Message Expiry Interval begins when it is published, so it stands beside.
    pub(super) message: Arc<Message>,
    message_expiry_interval: Option<u32>,
    pub(super) retain: bool,
    /// The Will Delay Interval in seconds.
    pub(super) delay: u32,
    /// When it is published, once the connection is lost.
    pub(super) until: Option<Instant>,
}

impl StoredWill {
    pub(super) fn new(will: &Will<'_>, now: Instant) -> Self {
        let properties = PublishProperties {
            payload_format_indicator: will.properties.payload_format_indicator,
            response_topic: will.properties.response_topic,
            correlation_data: will.properties.correlation_data,
            user_properties: will.properties.user_properties.as_borrowed(),
            content_type: will.properties.content_type,
            ..PublishProperties::EMPTY
        };
        let message = Message::new(will.topic, will.payload, will.qos, &properties, now);
        Self {
            message: Arc::new(message),
            message_expiry_interval: will.properties.message_expiry_interval,
            retain: will.retain,
            delay: will.properties.will_delay_interval.unwrap_or(0),
            until: None,
        }
    }
}

impl Machine {
    pub(super) fn store_will(&mut self, key: SessionKey, will: Option<StoredWill>) {
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return;
        };
        self.will_count += usize::from(will.is_some());
        self.will_count -= usize::from(session.will.is_some());
        session.will = will.map(Box::new);
        if let Some(will) = &session.will {
            self.outbox.event(|| Event::WillStored {
                client_id: session.client_id.clone(),
                topic: will.message.topic().clone(),
            });
        }
    }

    /// The Client left in order.
    pub(super) fn discard_will(&mut self, key: SessionKey) {
        self.drop_will(key, WillDiscardCause::Disconnect);
    }

    /// Nothing is remembered any more.
    pub(super) fn forget_will(&mut self, key: SessionKey) {
        self.drop_will(key, WillDiscardCause::MemoryLost);
    }

    fn drop_will(&mut self, key: SessionKey, cause: WillDiscardCause) {
        self.timers.stop(Timer::WillDelay(key));
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return;
        };
        if let Some(will) = session.will.take() {
            self.will_count -= 1;
            self.outbox.event(|| Event::WillDiscarded {
                client_id: session.client_id.clone(),
                topic: will.message.topic().clone(),
                cause,
            });
        }
    }

    /// The Client is gone otherwise: the Will Message is published, after its delay or at the end
    /// of the session, whichever comes first [MQTT-3.1.2-8].
    pub(super) fn leave_will(&mut self, key: SessionKey, cause: WillFireCause, now: Instant) {
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return;
        };
        let Some(will) = &mut session.will else {
            return;
        };
        let delayed = now + Duration::from_secs(will.delay.into());
        let until = session.expires_at.map_or(delayed, |end| end.min(delayed));
        // What a broker that stops would have to publish, it publishes when it starts again.
        if until <= now && cause != WillFireCause::Stopped {
            let cause = match will.delay {
                0 => cause,
                _ => WillFireCause::SessionEnded,
            };
            self.fire_will(key, cause, now);
            return;
        }
        will.until = Some(until);
        self.outbox.event(|| Event::WillDelayed {
            client_id: session.client_id.clone(),
            topic: will.message.topic().clone(),
            until,
        });
        self.timers.set(Timer::WillDelay(key), until);
    }

    pub(super) fn fire_delayed_will(&mut self, key: SessionKey, at: Instant, now: Instant) {
        let ends = self
            .sessions
            .at(key.value())
            .and_then(|session| session.expires_at);
        let cause = match ends == Some(at) {
            true => WillFireCause::SessionEnded,
            false => WillFireCause::DelayElapsed,
        };
        self.fire_will(key, cause, now);
    }

    /// The Client is back before its Will Message was due [MQTT-3.1.3-9].
    pub(super) fn cancel_will(&mut self, key: SessionKey) {
        self.timers.stop(Timer::WillDelay(key));
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return;
        };
        if let Some(will) = session.will.take() {
            self.will_count -= 1;
            self.outbox.event(|| Event::WillCancelled {
                client_id: session.client_id.clone(),
                topic: will.message.topic().clone(),
            });
        }
    }

    /// Publishes a Will Message now, if there is one.
    pub(super) fn fire_will(&mut self, key: SessionKey, cause: WillFireCause, now: Instant) {
        self.timers.stop(Timer::WillDelay(key));
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return;
        };
        let Some(will) = session.will.take() else {
            return;
        };
        self.will_count -= 1;
        let client_id = session.client_id.clone();
        let username = session.username.clone();
        let topic = will.message.topic().clone();
        let Some(name) = will.message.topic_name() else {
            return;
        };
        if !self.may_publish(username.as_deref(), name) {
            self.outbox.event(|| Event::WillDiscarded {
                client_id,
                topic,
                cause: WillDiscardCause::NotAuthorized,
            });
            return;
        }
        self.outbox.event(|| Event::WillFired {
            client_id,
            topic,
            cause,
        });
        let properties = PublishProperties {
            message_expiry_interval: will.message_expiry_interval,
            ..will.message.properties(now)
        };
        let (payload, qos) = (will.message.payload(), will.message.qos());
        let mut publication = Publication::new(name, payload, qos, will.retain, &properties, now);
        self.publish(&mut publication, Some(key), now);
    }
}
