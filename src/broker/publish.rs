//! A message taken in: kept if it is to be retained, and given to whoever subscribed.

use super::SessionKey;
use super::deliver::Receiver;
use super::event::Event;
use super::machine::Machine;
use super::options::Overlapping;
use super::publication::Publication;
use super::shared::Readiness;
use super::subscription_index::{GroupId, Match, Subscription};
use crate::codec::{Qos, SubscriptionIdentifiers};
use crate::time::Instant;

impl Machine {
    /// Retains a message and gives it to every session that subscribed to it.
    pub(super) fn publish(
        &mut self,
        publication: &mut Publication<'_>,
        publisher: Option<SessionKey>,
        now: Instant,
    ) {
        let receivers = self.take_in(publication, publisher);
        self.forward(publication, receivers, publisher, now);
    }

    /// Retains a message, and finds who gets it.
    pub(super) fn take_in(
        &mut self,
        publication: &mut Publication<'_>,
        publisher: Option<SessionKey>,
    ) -> Vec<Receiver> {
        if publication.retain && self.options.retain_available {
            self.retain(publication);
        }
        self.find_receivers(publication, publisher)
    }

    /// Gives a message to those who were found for it.
    pub(super) fn forward(
        &mut self,
        publication: &mut Publication<'_>,
        mut receivers: Vec<Receiver>,
        publisher: Option<SessionKey>,
        now: Instant,
    ) {
        let mut reached = 0;
        publication.copies_left = receivers.len();
        for receiver in receivers.drain(..) {
            reached += usize::from(self.deliver(publication, receiver, now));
            publication.copies_left -= 1;
        }
        self.receivers = receivers;
        if self.outbox.makes_events() {
            let client_id = publisher
                .and_then(|key| self.sessions.at(key.value()))
                .map(|session| session.client_id.clone());
            self.outbox.event(|| Event::Published {
                client_id,
                topic: publication.topic_text(),
                qos: publication.qos,
                retain: publication.retain,
                receivers: reached,
            });
        }
    }

    /// Keeps the message for future subscribers, or clears its topic where it is empty
    /// [MQTT-3.3.1-5] [MQTT-3.3.1-6].
    fn retain(&mut self, publication: &mut Publication<'_>) {
        if publication.payload.is_empty() {
            if let Some(message) = self.retained.clear(&publication.topic) {
                self.outbox.event(|| Event::RetainedCleared {
                    topic: message.topic().clone(),
                });
            }
            return;
        }
        let message = publication.message().clone();
        match self.retained.set(message) {
            Ok(former) => self.outbox.event(|| Event::RetainedSet {
                topic: publication.topic_text(),
                qos: publication.qos,
                length: publication.payload.len(),
                replaced: former.is_some(),
            }),
            Err(_) => self.outbox.event(|| Event::RetainedRefused {
                topic: publication.topic_text(),
            }),
        }
    }

    /// Who gets the message, and how, in the order of their subscriptions in the index.
    fn find_receivers(
        &mut self,
        publication: &Publication<'_>,
        publisher: Option<SessionKey>,
    ) -> Vec<Receiver> {
        let mut receivers = core::mem::take(&mut self.receivers);
        let mut groups: Vec<GroupId> = Vec::new();
        self.publications += 1;
        let Self {
            subscriptions,
            sessions,
            options,
            publications,
            ..
        } = self;
        subscriptions.matches(&publication.topic, |found| match found {
            Match::Session {
                session: key,
                subscription,
            } => {
                // [MQTT-3.8.3-3]
                if subscription.options.no_local && publisher == Some(key) {
                    return;
                }
                let Some(session) = sessions.at_mut(key.value()) else {
                    return;
                };
                if !options.may_receive(session.username.as_deref(), publication.topic) {
                    return;
                }
                let (mark, index) = session.matched;
                if mark == *publications
                    && options.overlapping == Overlapping::OneCopy
                    && let Some(receiver) = receivers.get_mut(index)
                {
                    receiver.join(publication, subscription);
                    return;
                }
                session.matched = (*publications, receivers.len());
                receivers.push(Receiver::new(key, publication, subscription));
            }
            Match::Group { group, .. } => groups.push(group),
        });
        for group in groups {
            let chosen = self.subscriptions.choose(group, |key| {
                let session = self.sessions.at(key.value())?;
                let may = self
                    .options
                    .may_receive(session.username.as_deref(), publication.topic);
                may.then(|| readiness(session, &self.connections))
            });
            if let Some((key, subscription)) = chosen {
                receivers.push(Receiver::new(key, publication, &subscription));
            }
        }
        receivers
    }
}

impl Receiver {
    fn new(
        session: SessionKey,
        publication: &Publication<'_>,
        subscription: &Subscription,
    ) -> Self {
        let options = subscription.options;
        Self {
            session,
            qos: options.qos.min(publication.qos),
            retain: options.retain_as_published && publication.retain,
            identifiers: subscription.identifier.into_iter().collect(),
        }
    }

    /// One more subscription of the same session matches: the highest QoS counts, and every
    /// Subscription Identifier is sent [MQTT-3.3.4-2] [MQTT-3.3.4-4].
    fn join(&mut self, publication: &Publication<'_>, subscription: &Subscription) {
        let Self {
            qos,
            retain,
            identifiers,
            ..
        } = Self::new(self.session, publication, subscription);
        self.qos = self.qos.max(qos);
        self.retain |= retain;
        for identifier in identifiers.iter() {
            self.identifiers.push(identifier);
        }
    }

    /// A retained message for a subscription that has just been made.
    pub(super) fn of_retained(
        session: SessionKey,
        qos: Qos,
        identifiers: SubscriptionIdentifiers<'static>,
    ) -> Self {
        Self {
            session,
            qos,
            retain: true,
            identifiers,
        }
    }
}

/// How well a member of a shared group could take a message.
fn readiness(
    session: &super::session::Session,
    connections: &super::slab::Slab<super::connection::Connection>,
) -> Readiness {
    let connection = session.connection.and_then(|place| connections.at(place));
    let Some(connection) = connection else {
        return Readiness::Absent;
    };
    let has_room = connection
        .connected
        .as_ref()
        .is_some_and(|connected| connected.has_quota());
    match has_room && !connection.congested && session.queue.is_empty() {
        true => Readiness::Ready,
        false => Readiness::Busy,
    }
}
