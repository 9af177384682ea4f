//! Takes in what happens in the broker: into the trace, and into what rows tell of their last
//! change.

use std::sync::Arc;

use crate::broker::{ClosedCause, Event, RefusedCause};
use crate::lab::Lab;
use crate::lab::trace::{Note, Sequence};

use super::marks::SessionShape;
use super::notes::{
    client_id, closed_cause, recorded, refused_cause, will_discard_cause, will_fire_cause,
};
use super::past::PastConnection;
use super::views::{PastWill, WillFate};
use super::{LabBroker, notes};

/// How many Client Identifiers the lab remembers the client of.
const OWNERS_MAXIMUM: usize = 10_000;

impl Lab {
    pub(super) fn take_broker_event(&mut self, event: &Event) {
        let now = self.now;
        let owner_of = |connection| {
            let owner = self.wires.owner(connection);
            owner.or_else(|| self.server.tabs.key_of(connection))
        };
        let connected = match event {
            Event::ConnectionAccepted { connection, .. }
            | Event::ConnectionRefused { connection, .. }
            | Event::ConnectionClosed { connection, .. } => owner_of(*connection),
            _ => None,
        };
        if let (Event::ConnectionAccepted { client_id, .. }, Some(owner)) = (event, connected)
            && owner.is_of_other_tab()
        {
            self.server.tabs.accept(owner, client_id);
        }
        let Some(here) = self.server.lab_broker_mut() else {
            return;
        };
        let owners = &mut here.owners;
        let owner = match event {
            Event::ConnectionAccepted { client_id, .. } => {
                if owners.len() >= OWNERS_MAXIMUM && !owners.contains_key(client_id) {
                    owners.clear();
                }
                match connected {
                    Some(owner) => owners.insert(Arc::clone(client_id), owner),
                    None => owners.remove(client_id),
                };
                connected
            }
            Event::ConnectionRefused { .. } | Event::ConnectionClosed { .. } => connected,
            _ => client_id(event).and_then(|id| owners.get(id).copied()),
        };
        let notes::Recorded {
            note,
            topic,
            packet_id,
        } = recorded(event, owner.is_some_and(|owner| !owner.is_of_other_tab()));
        let note = Note::Broker(note);
        let record = self
            .trace
            .append_note_about(now, owner, topic, packet_id, &note);
        here.mark(event, record, now);
    }

    /// Compares the sessions in which something has moved with what they were.
    pub(super) fn mark_sessions(&mut self) {
        let now = self.now;
        let Some(here) = self.server.lab_broker_mut() else {
            return;
        };
        let moved = core::mem::take(&mut here.moved);
        for (client_id, cause) in moved {
            here.mark_session(&client_id, cause, now);
        }
    }
}

impl LabBroker {
    fn mark(&mut self, event: &Event, record: Sequence, now: crate::time::Instant) {
        let cause = Some(self.cause.unwrap_or(record));
        let marks = &mut self.marks;
        match event {
            Event::ConnectionAccepted {
                connection,
                client_id,
                ..
            } => {
                marks.connections.set(&connection.value(), (), now, cause);
                self.move_session(client_id, cause);
            }
            Event::ConnectionClosed {
                connection,
                client_id,
                cause: why,
                reason_code,
            } => {
                marks.connections.remove(&connection.value());
                // One that was refused is remembered as that.
                if *why != ClosedCause::Refused {
                    self.remember_connection(PastConnection {
                        key: connection.value(),
                        client_id: client_id.as_deref().unwrap_or_default().to_owned(),
                        is_refused: false,
                        word: closed_cause(why),
                        code: *reason_code,
                        at: now,
                        cause,
                    });
                }
                if let Some(client_id) = client_id {
                    self.move_session(client_id, cause);
                }
            }
            Event::SessionDiscarded { client_id, .. } | Event::SessionExpired { client_id } => {
                self.moved.remove(client_id);
                marks.sessions.remove(client_id);
                self.owners_forget(client_id);
            }
            Event::Subscribed {
                client_id,
                filter,
                qos,
                ..
            } => {
                let key = (Arc::clone(client_id), Arc::clone(filter));
                let is = format!("QoS {}", qos.as_u8());
                marks.subscriptions.set(&key, is, now, cause);
                self.move_session(client_id, cause);
            }
            Event::Unsubscribed { client_id, filter } => {
                let key = (Arc::clone(client_id), Arc::clone(filter));
                marks.subscriptions.remove(&key);
                self.move_session(client_id, cause);
            }
            Event::RetainedSet { topic, .. } => marks.retained.set(topic, cause, now, cause),
            Event::RetainedCleared { topic } | Event::RetainedExpired { topic } => {
                marks.retained.remove(topic);
            }
            Event::WillStored { client_id, .. } => {
                marks.wills.set(client_id, "armed", now, cause);
            }
            Event::WillDelayed { client_id, .. } => {
                marks.wills.set(client_id, "delayed", now, cause);
            }
            Event::WillDiscarded {
                client_id,
                topic,
                cause: why,
            } => {
                let word = will_discard_cause(*why);
                self.end_will(
                    client_id,
                    topic,
                    WillFate::Discarded,
                    word,
                    record,
                    cause,
                    now,
                );
            }
            Event::WillFired {
                client_id,
                topic,
                cause: why,
            } => {
                let word = will_fire_cause(*why);
                self.end_will(client_id, topic, WillFate::Fired, word, record, cause, now);
            }
            Event::WillCancelled { client_id, topic } => {
                self.end_will(
                    client_id,
                    topic,
                    WillFate::Cancelled,
                    "",
                    record,
                    cause,
                    now,
                );
            }
            Event::ConnectionRefused {
                connection,
                client_id,
                cause: why,
                code,
            } => {
                if *why == RefusedCause::AsTold {
                    self.refuse_next = None;
                }
                self.remember_connection(PastConnection {
                    key: connection.value(),
                    client_id: client_id.as_deref().unwrap_or_default().to_owned(),
                    is_refused: true,
                    word: refused_cause(why),
                    code: *code,
                    at: now,
                    cause,
                });
            }
            Event::SessionCreated { client_id }
            | Event::SessionResumed { client_id, .. }
            | Event::Queued { client_id, .. }
            | Event::Dropped { client_id, .. }
            | Event::Inflight { client_id, .. }
            | Event::MessageExpired { client_id, .. } => self.move_session(client_id, cause),
            Event::SubscriptionRefused { .. }
            | Event::RetainedRefused { .. }
            | Event::Published { .. }
            | Event::PublishRefused { .. }
            | Event::SystemTick
            | Event::Started { .. }
            | Event::Stopped => {}
        }
    }

    /// Nothing is known of the rows any more.
    pub(super) fn forget_marks(&mut self) {
        self.marks = super::Marks::default();
        self.moved.clear();
        self.owners.clear();
    }

    fn move_session(&mut self, client_id: &Arc<str>, cause: Option<Sequence>) {
        if let Some(known) = self.moved.get_mut(client_id) {
            *known = cause;
        } else {
            self.moved.insert(Arc::clone(client_id), cause);
        }
    }

    fn mark_session(
        &mut self,
        client_id: &Arc<str>,
        cause: Option<Sequence>,
        now: crate::time::Instant,
    ) {
        let Some(session) = self.broker.session(client_id) else {
            self.marks.sessions.remove(client_id);
            return;
        };
        let shape = SessionShape {
            is_connected: session.connection.is_some(),
            subscriptions: session.subscriptions,
            inflight_out: session.inflight_out,
            inflight_in: session.inflight_in,
            queued: session.queued,
        };
        self.marks.sessions.set(client_id, shape, now, cause);
    }

    fn owners_forget(&mut self, client_id: &Arc<str>) {
        // Whoever has a will left, or comes back, is still the same.
        if self.owners.len() > OWNERS_MAXIMUM / 2 {
            self.owners.remove(client_id);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one row")]
    fn end_will(
        &mut self,
        client_id: &Arc<str>,
        topic: &Arc<str>,
        fate: WillFate,
        word: &'static str,
        record: Sequence,
        cause: Option<Sequence>,
        at: crate::time::Instant,
    ) {
        self.marks.wills.remove(client_id);
        self.remember_will(PastWill {
            key: 0,
            client_id: client_id.to_string(),
            topic: topic.to_string(),
            fate,
            word,
            at,
            record,
            cause,
        });
    }
}
