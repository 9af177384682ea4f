//! The Subscriptions panel: its form and its rows.

use super::field::Field;
use super::form_check::{FormCheck, first_error};
use super::keys::SubscriptionKey;
use super::refusal::{FormCause, Refusal, RefusalCause};
use super::subscription_row::{SubscriptionRow, SubscriptionState, fixed_part, granted};
use super::{ClientKey, Lab};
use crate::client::{
    ServerLimits, SubscribeError, SubscribeRequest, SubscribeToken, UnsubscribeRequest,
    UnsubscribeToken,
};
use crate::codec::{
    ProtocolVersion, Qos, ReasonCode, RetainHandling, SubscriptionIdentifier,
    SubscriptionIdentifiers, SubscriptionOptions, TopicFilter, TopicName,
};

/// How many subscriptions a client can hold.
pub const SUBSCRIPTIONS_MAXIMUM: usize = 1_000;

/// How many colours there are; a colour is a number below this one.
pub const COLOURS: u8 = 12;

/// The form that *Add New Topic Subscription* opens, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscribeForm {
    /// Topic Filter.
    pub filter: String,
    /// The highest QoS at which messages shall be delivered.
    pub qos: Qos,
    /// The colour, below [`COLOURS`]; `None` takes the next one.
    pub colour: Option<u8>,
    /// 5.0: not to be given messages which this client itself has published.
    pub no_local: bool,
    /// 5.0: to be given the Retain flag as it was published.
    pub retain_as_published: bool,
    /// 5.0: when to be given retained messages.
    pub retain_handling: RetainHandling,
    /// 5.0: Subscription Identifier, 1 to 268,435,455; empty leaves it out.
    pub subscription_identifier: String,
}

impl Default for SubscribeForm {
    fn default() -> Self {
        Self {
            filter: "testtopic/#".to_owned(),
            qos: Qos::ExactlyOnce,
            colour: None,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::SendAtSubscribe,
            subscription_identifier: String::new(),
        }
    }
}

/// What a message was matched to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Matched {
    /// The first subscription it came for.
    pub(super) first: Option<SubscriptionKey>,
    /// Whether one of them asked for Retain As Published.
    pub(super) retain_as_published: bool,
}

/// The subscriptions of one client, with the requests that await an answer.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    rows: Vec<SubscriptionRow>,
    /// The colour of each key ever given, also of rows that are gone: their messages stay.
    colours: Vec<u8>,
    subscribing: Vec<(SubscribeToken, Vec<SubscriptionKey>)>,
    /// With the state each row had before: the server may refuse.
    unsubscribing: Vec<(UnsubscribeToken, SubscriptionKey, SubscriptionState)>,
}

impl Subscriptions {
    pub(super) fn rows(&self) -> &[SubscriptionRow] {
        &self.rows
    }

    pub(super) fn find(&self, key: SubscriptionKey) -> Option<&SubscriptionRow> {
        self.rows.iter().find(|row| row.key == key)
    }

    pub(super) fn find_mut(
        &mut self,
        key: SubscriptionKey,
    ) -> Result<&mut SubscriptionRow, Refusal> {
        self.rows
            .iter_mut()
            .find(|row| row.key == key)
            .ok_or_else(|| Refusal::new(RefusalCause::UnknownSubscription))
    }

    /// The colour of a row that is there, or was.
    pub(super) fn colour(&self, key: u16) -> Option<u8> {
        self.colours.get(usize::from(key).checked_sub(1)?).copied()
    }

    pub(super) fn set_colour(&mut self, key: SubscriptionKey, colour: u8) -> Result<(), Refusal> {
        let colour = colour % COLOURS;
        self.find_mut(key)?.colour = colour;
        let place = (key.value() as usize).checked_sub(1);
        if let Some(kept) = place.and_then(|place| self.colours.get_mut(place)) {
            *kept = colour;
        }
        Ok(())
    }

    /// Whether there is room for one more with this filter.
    pub(super) fn check_room(&self, filter: &str) -> Result<(), Refusal> {
        if self.rows.len() < SUBSCRIPTIONS_MAXIMUM || self.rows.iter().any(|r| r.filter == filter) {
            return Ok(());
        }
        Err(Refusal::new(RefusalCause::InForm(FormCause::TooMany {
            what: "subscriptions",
            maximum: SUBSCRIPTIONS_MAXIMUM,
        })))
    }

    /// Takes in that SUBSCRIBE was sent for what a form asks for. A row with the same filter is
    /// replaced, as the server replaces the subscription [MQTT-3.8.4-3].
    pub(super) fn begin(
        &mut self,
        token: SubscribeToken,
        form: &SubscribeForm,
        identifier: Option<SubscriptionIdentifier>,
    ) -> SubscriptionKey {
        let key = self.list(form, identifier);
        self.await_suback(token, vec![key]);
        key
    }

    pub(super) fn await_suback(&mut self, token: SubscribeToken, keys: Vec<SubscriptionKey>) {
        self.subscribing.push((token, keys));
    }

    /// The row of what is asked for, as one that awaits its SUBACK.
    pub(super) fn list(
        &mut self,
        form: &SubscribeForm,
        identifier: Option<SubscriptionIdentifier>,
    ) -> SubscriptionKey {
        let known = self.rows.iter().position(|row| row.filter == form.filter);
        let row = known.and_then(|place| self.rows.get_mut(place));
        let key = if let Some(row) = row {
            row.take(form, identifier);
            row.key
        } else {
            self.add(form, identifier)
        };
        if let Some(colour) = form.colour {
            let _ = self.set_colour(key, colour);
        }
        key
    }

    fn add(
        &mut self,
        form: &SubscribeForm,
        identifier: Option<SubscriptionIdentifier>,
    ) -> SubscriptionKey {
        let colour = form.colour.unwrap_or_else(|| self.next_colour()) % COLOURS;
        self.colours.push(colour);
        let number = u32::try_from(self.colours.len()).unwrap_or(u32::MAX);
        let key = SubscriptionKey::new(number);
        let filter = TopicFilter::parse(&form.filter);
        let is_exact = filter.is_ok_and(|f| !f.has_wildcard() && f.shared().is_none());
        let fixed = filter.map_or(0..0, fixed_part);
        let mut row = SubscriptionRow {
            key,
            filter: form.filter.clone(),
            requested: form.qos,
            state: SubscriptionState::Subscribing,
            colour,
            messages: 0,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::default(),
            subscription_identifier: None,
            is_exact,
            fixed,
        };
        row.take(form, identifier);
        self.rows.push(row);
        key
    }

    /// The colour that the fewest rows have, the first of several.
    fn next_colour(&self) -> u8 {
        let uses = |colour: &u8| self.rows.iter().filter(|row| row.colour == *colour).count();
        (0..COLOURS).min_by_key(uses).unwrap_or_default()
    }

    /// Takes in that the client subscribes again by itself.
    pub(super) fn resubscribe(&mut self, token: SubscribeToken, filters: &[String]) {
        let mut keys = Vec::with_capacity(filters.len());
        for filter in filters {
            let row = self.rows.iter_mut().find(|row| row.filter == *filter);
            // A row that was taken off the list keeps its place among the answers.
            keys.push(row.map_or(SubscriptionKey::new(0), |row| {
                row.state = SubscriptionState::Subscribing;
                row.key
            }));
        }
        self.subscribing.push((token, keys));
    }

    /// Takes in SUBACK.
    pub(super) fn subscribed(&mut self, token: SubscribeToken, codes: &[ReasonCode]) {
        for (key, code) in self.take_subscribing(token).into_iter().zip(codes) {
            if let Ok(row) = self.find_mut(key) {
                row.state = match code {
                    ReasonCode::Success => granted(Qos::AtMostOnce),
                    ReasonCode::GrantedQos1 => granted(Qos::AtLeastOnce),
                    ReasonCode::GrantedQos2 => granted(Qos::ExactlyOnce),
                    &reason_code => SubscriptionState::Refused { reason_code },
                };
            }
        }
    }

    /// Takes in that SUBACK will not come.
    pub(super) fn subscribe_lost(&mut self, token: SubscribeToken) {
        for key in self.take_subscribing(token) {
            if let Ok(row) = self.find_mut(key) {
                row.state = SubscriptionState::NotActive;
            }
        }
    }

    pub(super) fn begin_unsubscribe(&mut self, token: UnsubscribeToken, key: SubscriptionKey) {
        let before = self
            .find_mut(key)
            .map_or(SubscriptionState::NotActive, |row| {
                core::mem::replace(&mut row.state, SubscriptionState::Unsubscribing)
            });
        self.unsubscribing.push((token, key, before));
    }

    /// Takes in UNSUBACK; gives the filter and the code where the server has refused, the last of
    /// several.
    pub(super) fn unsubscribed(
        &mut self,
        token: UnsubscribeToken,
        codes: &[ReasonCode],
    ) -> Option<(String, ReasonCode)> {
        let mut refused = None;
        let mut codes = codes.iter();
        while let Some((key, before)) = self.take_unsubscribing(token) {
            let code = codes.next().filter(|code| code.is_error());
            let Ok(row) = self.find_mut(key) else {
                continue;
            };
            if let Some(code) = code {
                row.state = before;
                refused = Some((row.filter.clone(), *code));
            } else if row.state == SubscriptionState::Unsubscribing {
                // Subscribed anew in the meantime, it would be another subscription.
                self.remove(key);
            }
        }
        refused
    }

    /// Takes in that UNSUBACK will not come: whether the server has it is not known, but nothing
    /// is lost by taking it as kept.
    pub(super) fn unsubscribe_lost(&mut self, token: UnsubscribeToken) {
        while let Some((key, before)) = self.take_unsubscribing(token) {
            if let Ok(row) = self.find_mut(key) {
                row.state = before;
            }
        }
    }

    pub(super) fn remove(&mut self, key: SubscriptionKey) {
        self.rows.retain(|row| row.key != key);
    }

    /// Takes in that the connection is gone, and whether the session goes on without it.
    pub(super) fn connection_lost(&mut self, session_goes_on: bool) {
        for row in &mut self.rows {
            row.state = match row.state {
                SubscriptionState::Refused { .. } => continue,
                SubscriptionState::Granted { qos } | SubscriptionState::KeptByServer { qos }
                    if session_goes_on =>
                {
                    SubscriptionState::KeptByServer { qos }
                }
                _ => SubscriptionState::NotActive,
            };
        }
    }

    /// Takes in whether the server has kept the session.
    pub(super) fn connected(&mut self, session_present: bool) {
        if session_present {
            return;
        }
        for row in &mut self.rows {
            if matches!(row.state, SubscriptionState::KeptByServer { .. }) {
                row.state = SubscriptionState::NotActive;
            }
        }
    }

    /// Finds and counts the subscriptions that a message came for: those whose Subscription
    /// Identifier it carries, else those whose filter takes its topic. Allocates nothing.
    pub(super) fn count(
        &mut self,
        topic: TopicName<'_>,
        identifiers: &SubscriptionIdentifiers<'_>,
    ) -> Matched {
        let mut matched = Matched::default();
        if !identifiers.is_empty() {
            self.count_where(&mut matched, |row| {
                let own = row.subscription_identifier;
                // A message has no more of them than there are subscriptions; a hostile one could
                // have millions.
                let mut identifiers = identifiers.iter().take(SUBSCRIPTIONS_MAXIMUM);
                own.is_some_and(|own| identifiers.any(|identifier| identifier == own))
            });
        }
        if matched.first.is_none() {
            self.count_where(&mut matched, |row| row.takes(topic));
        }
        matched
    }

    fn count_where(&mut self, matched: &mut Matched, is_for: impl Fn(&SubscriptionRow) -> bool) {
        for row in &mut self.rows {
            if row.may_receive() && is_for(row) {
                row.messages = row.messages.saturating_add(1);
                matched.first = matched.first.or(Some(row.key));
                matched.retain_as_published |= row.retain_as_published;
            }
        }
    }

    fn take_subscribing(&mut self, token: SubscribeToken) -> Vec<SubscriptionKey> {
        let place = self
            .subscribing
            .iter()
            .position(|(known, _)| *known == token);
        place.map_or_else(Vec::new, |place| self.subscribing.remove(place).1)
    }

    fn take_unsubscribing(
        &mut self,
        token: UnsubscribeToken,
    ) -> Option<(SubscriptionKey, SubscriptionState)> {
        let mut waiting = self.unsubscribing.iter();
        let place = waiting.position(|(known, ..)| *known == token)?;
        let (_, key, before) = self.unsubscribing.remove(place);
        Some((key, before))
    }
}

impl Lab {
    pub(super) fn subscribe(&mut self, key: ClientKey) -> Result<(), Refusal> {
        let form = self.roster.find_mut(key)?.subscribe_form.clone();
        self.send_subscribe(key, &form)
    }

    pub(super) fn subscribe_again(
        &mut self,
        key: ClientKey,
        subscription: SubscriptionKey,
    ) -> Result<(), Refusal> {
        let subscriptions = &mut self.roster.find_mut(key)?.subscriptions;
        let form = subscriptions.find_mut(subscription)?.to_form();
        self.send_subscribe(key, &form)
    }

    pub(super) fn send_subscribe(
        &mut self,
        key: ClientKey,
        form: &SubscribeForm,
    ) -> Result<(), Refusal> {
        let now = self.now;
        let client = self.roster.find_mut(key)?;
        let identifier = first_error(form.check(client.version()))?;
        client.subscriptions.check_room(&form.filter)?;
        let mut options = SubscriptionOptions {
            qos: form.qos,
            ..SubscriptionOptions::default()
        };
        // The forms keep what they hold while another version is chosen; only 5.0 uses it.
        let is_version_5 = client.version() == ProtocolVersion::V5_0;
        let plain = SubscribeForm {
            filter: form.filter.clone(),
            qos: form.qos,
            colour: form.colour,
            ..SubscribeForm::default()
        };
        let form = if is_version_5 { form } else { &plain };
        options.no_local = form.no_local;
        options.retain_as_published = form.retain_as_published;
        options.retain_handling = form.retain_handling;
        let request = SubscribeRequest {
            subscriptions: &[(form.filter.as_str(), options)],
            subscription_identifier: identifier,
            ..SubscribeRequest::default()
        };
        let token = client
            .mqtt
            .subscribe(request, now)
            .map_err(|error| Refusal::at(Field::Filter, RefusalCause::Subscribe(error)))?;
        client.subscriptions.begin(token, form, identifier);
        self.drain(key);
        Ok(())
    }

    pub(super) fn unsubscribe(
        &mut self,
        key: ClientKey,
        subscription: SubscriptionKey,
    ) -> Result<(), Refusal> {
        let now = self.now;
        let client = self.roster.find_mut(key)?;
        let row = client.subscriptions.find_mut(subscription)?;
        if matches!(
            row.state,
            SubscriptionState::Refused { .. } | SubscriptionState::NotActive
        ) {
            // There is nothing to tell the server.
            return self.remove_subscription(key, subscription);
        }
        let filter = row.filter.clone();
        let request = UnsubscribeRequest {
            filters: &[filter.as_str()],
            ..UnsubscribeRequest::default()
        };
        let token = client
            .mqtt
            .unsubscribe(request, now)
            .map_err(|error| Refusal::new(RefusalCause::Subscribe(error)))?;
        client.subscriptions.begin_unsubscribe(token, subscription);
        self.drain(key);
        Ok(())
    }

    pub(super) fn remove_subscription(
        &mut self,
        key: ClientKey,
        subscription: SubscriptionKey,
    ) -> Result<(), Refusal> {
        let client = self.roster.find_mut(key)?;
        let row = client.subscriptions.find_mut(subscription)?;
        if row.may_receive() && client.mqtt.negotiated().is_some() {
            // While messages come for it, only the server can end it.
            return self.unsubscribe(key, subscription);
        }
        let filter = row.filter.clone();
        // Or the client would subscribe to it again after a reconnect.
        client.mqtt.forget_subscription(&filter);
        client.subscriptions.remove(subscription);
        if client.messages.filter() == Some(subscription) {
            client.messages.set_filter(None);
        }
        Ok(())
    }
}

impl SubscribeForm {
    /// The Subscription Identifier that the form asks for; or what of it cannot be used.
    pub(super) fn check(
        &self,
        version: ProtocolVersion,
    ) -> Result<Option<SubscriptionIdentifier>, Vec<Refusal>> {
        let mut check = FormCheck::default();
        let filter = if version == ProtocolVersion::V5_0 {
            TopicFilter::parse(&self.filter)
        } else {
            TopicFilter::parse_without_shared(&self.filter)
        };
        if let Err(error) = filter {
            check.fault(Field::Filter, RefusalCause::TopicFilter(error));
        }
        let mut identifier = None;
        if version == ProtocolVersion::V5_0 {
            let is_shared = filter.is_ok_and(|filter| filter.shared().is_some());
            if self.no_local && is_shared {
                check.fault(Field::NoLocal, RefusalCause::NoLocalOnShared);
            }
            let (field, text) = (Field::SubscriptionIdentifier, &self.subscription_identifier);
            identifier = check
                .optional(field, text, 1, SUBSCRIPTION_IDENTIFIER_MAXIMUM)
                .and_then(|number| SubscriptionIdentifier::new(u32::try_from(number).ok()?));
        }
        check.finish(identifier)
    }
}

impl SubscribeForm {
    /// What of the form this server does not allow.
    pub(super) fn against(&self, server: &ServerLimits) -> Vec<Refusal> {
        let Ok(filter) = TopicFilter::parse(&self.filter) else {
            return Vec::new();
        };
        let has_identifier = !self.subscription_identifier.trim().is_empty();
        let index = 0;
        [
            (
                filter.has_wildcard() && !server.wildcard_subscription_available,
                Field::Filter,
                SubscribeError::WildcardNotAvailable { index },
            ),
            (
                filter.shared().is_some() && !server.shared_subscription_available,
                Field::Filter,
                SubscribeError::SharedNotAvailable { index },
            ),
            (
                has_identifier && !server.subscription_identifiers_available,
                Field::SubscriptionIdentifier,
                SubscribeError::SubscriptionIdentifierNotAvailable,
            ),
        ]
        .into_iter()
        .filter(|(is_refused, ..)| *is_refused)
        .map(|(_, field, error)| Refusal::at(field, RefusalCause::Subscribe(error)))
        .collect()
    }
}

/// The largest Variable Byte Integer (section 1.5.5).
const SUBSCRIPTION_IDENTIFIER_MAXIMUM: u64 = 268_435_455;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::matches;

    #[test]
    fn what_a_row_takes_is_what_its_filter_takes() {
        let filters = [
            "#",
            "+",
            "+/#",
            "a",
            "a/#",
            "a/+",
            "a/+/c",
            "a/+/#",
            "/#",
            "/+",
            "ab/#",
            "$SYS/#",
            "$share/g/a/#",
            "$share/g/+/b",
            "$share/g/a",
            "ä/+",
        ];
        let topics = [
            "a", "a/", "a/b", "a/b/c", "ab", "ab/c", "/", "/a", "b", "$SYS", "$SYS/a", "ä/b",
        ];
        for filter in filters {
            let mut subscriptions = Subscriptions::default();
            let form = SubscribeForm {
                filter: filter.to_owned(),
                ..SubscribeForm::default()
            };
            subscriptions.add(&form, None);
            let row = &subscriptions.rows()[0];
            let filter = TopicFilter::parse(filter).unwrap();
            for topic in topics {
                let topic = TopicName::parse(topic).unwrap();
                assert_eq!(row.takes(topic), matches(filter, topic), "{filter} {topic}");
            }
        }
    }
}
