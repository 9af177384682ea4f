//! SUBSCRIBE and UNSUBSCRIBE (sections 3.8 to 3.11).

use std::collections::VecDeque;
use std::sync::Arc;

use super::SessionKey;
use super::connection::Told;
use super::deliver::Receiver;
use super::event::{Event, Violation};
use super::machine::Machine;
use super::publication::Publication;
use super::queue::Backlog;
use super::subscription_index;
use crate::codec::{
    ControlPacket, Qos, ReasonCode, RetainHandling, Suback, Subscribe, Subscription,
    SubscriptionIdentifier, SubscriptionIdentifiers, SubscriptionOptions, TopicFilter, Unsuback,
    Unsubscribe, UserProperties,
};
use crate::time::Instant;

/// What follows from one Topic Filter of a SUBSCRIBE.
struct Granted<'a> {
    filter: TopicFilter<'a>,
    qos: Qos,
    /// Whether its retained messages are to be sent.
    sends_retained: bool,
}

impl Machine {
    pub(super) fn on_subscribe(
        &mut self,
        place: u32,
        subscribe: &Subscribe<'_>,
        now: Instant,
    ) -> Result<(), Violation> {
        let Some(connected) = self.connected_mut(place) else {
            return Ok(());
        };
        let key = connected.session;
        let is_v5 = connected.version.has_properties();
        if is_v5 {
            check_features(connected.told, subscribe)?;
        }
        let identifier = subscribe.subscription_identifier;
        let mut codes = Vec::with_capacity(subscribe.subscriptions.len());
        let mut granted = Vec::new();
        for subscription in &subscribe.subscriptions {
            match self.subscribe(place, key, subscription, identifier) {
                Ok(one) => {
                    codes.push(granted_code(one.qos));
                    granted.push(one);
                }
                Err(code) => {
                    self.tell_refused(key, subscription.filter, code);
                    // Before 5.0 there is one code for every refusal.
                    codes.push(match is_v5 {
                        true => code,
                        false => ReasonCode::UnspecifiedError,
                    });
                }
            }
        }
        let worst = codes.iter().copied().find(|code| code.is_error());
        let words = worst.and_then(|code| self.words(place, code));
        let suback = |reason_string| {
            ControlPacket::Suback(Suback {
                packet_id: subscribe.packet_id,
                reason_string,
                user_properties: UserProperties::EMPTY,
                reason_codes: codes.clone(),
            })
        };
        if words.is_none() || !self.try_answer(place, &suback(words)) {
            self.answer(place, &suback(None));
        }
        for one in granted {
            if one.sends_retained {
                self.send_retained(key, one.filter, one.qos, identifier, now);
            }
        }
        Ok(())
    }

    fn subscribe<'a>(
        &mut self,
        place: u32,
        key: SessionKey,
        asked: &Subscription<'a>,
        identifier: Option<SubscriptionIdentifier>,
    ) -> Result<Granted<'a>, ReasonCode> {
        let Some(connected) = self.connected_mut(place) else {
            return Err(ReasonCode::UnspecifiedError);
        };
        let is_v5 = connected.version.has_properties();
        let username = connected.username.clone();
        let client_id = connected.client_id.clone();
        let filter = asked.filter;
        let options = &self.options;
        let is_shared = filter.shared().is_some()
            && (is_v5
                || options.shared_subscription_before_v5 && options.shared_subscription_available);
        if !is_v5 && filter.has_wildcard() && !options.wildcard_subscription_available {
            return Err(ReasonCode::WildcardSubscriptionsNotSupported);
        }
        // A group that is none in 5.0 is none before it either.
        if !is_v5
            && options.shared_subscription_before_v5
            && TopicFilter::parse(filter.as_str()).is_err()
        {
            return Err(ReasonCode::TopicFilterInvalid);
        }
        if !options.may_subscribe(username.as_deref(), filter) {
            return Err(ReasonCode::NotAuthorized);
        }
        let is_new = self.subscriptions.subscription(key, &filter).is_none();
        if is_new && self.subscriptions.count_of_session(key) >= options.maximum_subscriptions {
            return Err(ReasonCode::QuotaExceeded);
        }
        if is_new && !self.has_room_for_filter(key, &filter) {
            return Err(ReasonCode::QuotaExceeded);
        }
        let options = &self.options;
        let qos = asked.options.qos.min(options.maximum_qos);
        let subscription = subscription_index::Subscription {
            options: SubscriptionOptions {
                qos,
                ..asked.options
            },
            identifier,
            is_shared,
        };
        self.subscriptions.insert(key, &filter, subscription);
        self.outbox.event(|| Event::Subscribed {
            client_id,
            filter: filter.as_str().into(),
            qos,
            identifier,
            replaced: !is_new,
        });
        let sends_retained = !is_shared
            && match asked.options.retain_handling {
                RetainHandling::SendAtSubscribe => true,
                RetainHandling::SendIfNew => is_new,
                RetainHandling::DoNotSend => false,
            };
        Ok(Granted {
            filter,
            qos,
            sends_retained,
        })
    }

    /// Whether one more filter keeps to what subscriptions may take in memory.
    fn has_room_for_filter(&self, key: SessionKey, filter: &TopicFilter<'_>) -> bool {
        let (index, options) = (&self.subscriptions, &self.options);
        let of_session = index.bytes_of_session(key) + subscription_index::cost_alone(filter);
        of_session <= options.maximum_subscription_bytes
            && index.footprint() + index.cost(filter) <= options.maximum_subscription_bytes_in_all
    }

    fn send_retained(
        &mut self,
        key: SessionKey,
        filter: TopicFilter<'_>,
        granted: Qos,
        identifier: Option<SubscriptionIdentifier>,
        now: Instant,
    ) {
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return;
        };
        let limit = self.options.maximum_retained_bytes;
        let mut room = limit.saturating_sub(session.queue.retained_bytes());
        let (mut messages, mut too_many) = (VecDeque::new(), Vec::new());
        let (username, options) = (session.username.as_deref(), &self.options);
        self.retained.matches(&filter, |message| {
            let may_receive = |topic| options.may_receive(username, topic);
            if message.has_expired(now) || !message.topic_name().is_some_and(may_receive) {
                return;
            }
            match room.checked_sub(message.size()) {
                Some(rest) if too_many.is_empty() => {
                    room = rest;
                    messages.push_back(Arc::clone(message));
                }
                _ => too_many.push(Arc::clone(message)),
            }
        });
        let identifiers: SubscriptionIdentifiers<'static> = identifier.into_iter().collect();
        session.queue.push_retained(Backlog {
            messages,
            granted,
            identifiers: identifiers.clone(),
        });
        self.pump(key, now);
        for message in too_many {
            if let Some(mut publication) = Publication::kept(&message, true, now) {
                let qos = message.qos().min(granted);
                let receiver = Receiver::of_retained(key, qos, identifiers.clone());
                self.deliver(&mut publication, receiver, now);
            }
        }
    }

    fn tell_refused(&mut self, key: SessionKey, filter: TopicFilter<'_>, code: ReasonCode) {
        if let Some(session) = self.sessions.at(key.value()) {
            self.outbox.event(|| Event::SubscriptionRefused {
                client_id: session.client_id.clone(),
                filter: filter.as_str().into(),
                code,
            });
        }
    }

    pub(super) fn on_unsubscribe(&mut self, place: u32, unsubscribe: &Unsubscribe<'_>) {
        let Some(connected) = self.connected_mut(place) else {
            return;
        };
        let key = connected.session;
        let is_v5 = connected.version.has_properties();
        let client_id = connected.client_id.clone();
        let mut codes = Vec::with_capacity(unsubscribe.filters.len());
        for filter in &unsubscribe.filters {
            match self.subscriptions.remove(key, filter) {
                Some(_) => {
                    codes.push(ReasonCode::Success);
                    self.outbox.event(|| Event::Unsubscribed {
                        client_id: client_id.clone(),
                        filter: filter.as_str().into(),
                    });
                }
                None => codes.push(ReasonCode::NoSubscriptionExisted),
            }
        }
        if !is_v5 {
            codes.clear();
        }
        let unsuback = ControlPacket::Unsuback(Unsuback {
            packet_id: unsubscribe.packet_id,
            reason_string: None,
            user_properties: UserProperties::EMPTY,
            reason_codes: codes,
        });
        self.answer(place, &unsuback);
    }
}

/// What CONNACK said is not available is an error of the protocol (section 3.2.2.3).
fn check_features(told: Told, subscribe: &Subscribe<'_>) -> Result<(), Violation> {
    if subscribe.subscription_identifier.is_some() && !told.subscription_identifiers {
        return Err(Violation::SubscriptionIdentifiersNotSupported);
    }
    for subscription in &subscribe.subscriptions {
        if subscription.filter.shared().is_some() && !told.shared {
            return Err(Violation::SharedSubscriptionsNotSupported);
        }
        if subscription.filter.has_wildcard() && !told.wildcards {
            return Err(Violation::WildcardSubscriptionsNotSupported);
        }
    }
    Ok(())
}

const fn granted_code(qos: Qos) -> ReasonCode {
    match qos {
        Qos::AtMostOnce => ReasonCode::Success,
        Qos::AtLeastOnce => ReasonCode::GrantedQos1,
        Qos::ExactlyOnce => ReasonCode::GrantedQos2,
    }
}
