//! What ends by itself: sessions, waiting messages and retained messages.

use super::SessionKey;
use super::event::{DiscardCause, Event, WillFireCause};
use super::machine::Machine;
use super::timer::Timer;
use crate::time::Instant;

impl Machine {
    /// A session has outlived its connection by its Session Expiry Interval [MQTT-3.1.2-23].
    pub(super) fn expire_session(&mut self, key: SessionKey, now: Instant) {
        let Some(session) = self.sessions.at(key.value()) else {
            return;
        };
        let client_id = session.client_id.clone();
        self.counters.sessions_expired += 1;
        self.outbox.event(|| Event::SessionExpired { client_id });
        self.end_session(key, now);
    }

    /// Ends a session that has no connection (any more).
    pub(super) fn discard(&mut self, key: SessionKey, cause: DiscardCause, now: Instant) {
        let Some(session) = self.sessions.at(key.value()) else {
            return;
        };
        let client_id = session.client_id.clone();
        self.outbox
            .event(|| Event::SessionDiscarded { client_id, cause });
        self.end_session(key, now);
    }

    fn end_session(&mut self, key: SessionKey, now: Instant) {
        // Its subscriptions go first: its own Will Message finds nobody there.
        self.subscriptions.remove_session(key);
        self.fire_will(key, WillFireCause::SessionEnded, now);
        self.timers.stop(Timer::SessionExpiry(key));
        self.timers.stop(Timer::MessageExpiry(key));
        if let Some(session) = self.sessions.remove(key.value()) {
            self.session_keys.remove(&session.client_id);
            self.counters.dropped += session.queue.len() as u64;
        }
    }

    /// Drops what waits for a session and is over its Message Expiry Interval [MQTT-3.3.2-5].
    pub(super) fn expire_queued(&mut self, key: SessionKey, now: Instant) {
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return;
        };
        let (expired, next) = session.queue.expire(now);
        if let Some(at) = next {
            self.timers.set(Timer::MessageExpiry(key), at);
        }
        self.counters.expired += expired.len() as u64;
        for delivery in expired {
            self.outbox.event(|| Event::MessageExpired {
                client_id: session.client_id.clone(),
                topic: delivery.message.topic().clone(),
            });
        }
    }

    pub(super) fn expire_retained(&mut self, now: Instant) {
        while let Some(message) = self.retained.expire(now) {
            self.counters.expired += 1;
            self.outbox.event(|| Event::RetainedExpired {
                topic: message.topic().clone(),
            });
        }
    }
}
