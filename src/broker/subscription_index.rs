//! Who gets a message: Topic Filters to subscribers (sections 3.8.4, 4.7 and 4.8).
//!
//! To find the subscribers of a Topic Name costs what its levels and its matches cost; other
//! subscriptions do not count. Everything is gone through in an order that depends only on what has
//! happened, so the same history gives the same order.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::SessionKey;
use super::level_trie::{LEVEL_COST, LevelTrie, NodeId};
use super::shared::{Readiness, SharedGroup};
use crate::codec::{SubscriptionIdentifier, SubscriptionOptions, TopicFilter, TopicName};

/// All subscriptions of all Sessions.
#[derive(Clone, Debug, Default)]
pub struct SubscriptionIndex {
    filters: LevelTrie<Box<AtFilter>>,
    sessions: BTreeMap<SessionKey, OfSession>,
    groups: BTreeMap<GroupId, SharedGroup>,
    next_group: u64,
    count: usize,
    filter_bytes: usize,
}

/// The subscriptions of one Session, by Topic Filter.
#[derive(Clone, Debug, Default)]
struct OfSession {
    subscriptions: BTreeMap<Box<str>, Subscription>,
    /// What they would take if nobody else had any.
    bytes: usize,
}

/// What one Session is subscribed with for one Topic Filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subscription {
    /// The granted QoS and the other options.
    pub options: SubscriptionOptions,
    /// The Subscription Identifier, where it has one.
    pub identifier: Option<SubscriptionIdentifier>,
    /// Whether a filter of the form `$share/group/filter` makes the Session a member of the group.
    /// Where it is `false`, `$share` is a level like any other, as in MQTT 3.1.1's standard. Of no
    /// meaning for other filters.
    pub is_shared: bool,
}

/// A group of subscribers that share one filter. Good until the group's last member leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(u64);

/// Somebody to whom a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match<'a> {
    /// A Session with a subscription of its own.
    Session {
        /// Which.
        session: SessionKey,
        /// How it is subscribed.
        subscription: &'a Subscription,
    },
    /// A group: one of its members gets the message, see [`SubscriptionIndex::choose`].
    Group {
        /// Which.
        group: GroupId,
        /// Its ShareName.
        name: &'a str,
    },
}

impl SubscriptionIndex {
    /// Subscribes `session` to `filter`; gives back the subscription that this replaces.
    pub fn insert(
        &mut self,
        session: SessionKey,
        filter: &TopicFilter<'_>,
        subscription: Subscription,
    ) -> Option<Subscription> {
        let text = filter.as_str();
        let replaced = self.subscription(session, filter).copied();
        if replaced.is_some_and(|replaced| replaced.is_shared != subscription.is_shared) {
            self.remove(session, filter);
        }
        let place = Place::new(filter, subscription.is_shared);
        let at = self.filters.insert(place.path)?;
        let at_filter = self.filters.value_mut(at)?.get_or_insert_default();
        match place.group {
            None => at_filter.subscribers.insert(session, subscription),
            Some(name) => {
                let group = match at_filter.groups.get(name) {
                    Some(group) => *group,
                    None => {
                        let group = GroupId(self.next_group);
                        self.next_group += 1;
                        at_filter.groups.insert(name.into(), group);
                        group
                    }
                };
                let members = self.groups.entry(group).or_default();
                members.insert(session, subscription);
            }
        }
        let of_session = self.sessions.entry(session).or_default();
        let before = of_session.subscriptions.insert(text.into(), subscription);
        if before.is_none() {
            of_session.bytes += cost_alone(filter);
            self.count += 1;
            self.filter_bytes += text.len();
        }
        replaced
    }

    /// Ends the subscription of `session` to `filter`, if there is one.
    pub fn remove(
        &mut self,
        session: SessionKey,
        filter: &TopicFilter<'_>,
    ) -> Option<Subscription> {
        let of_session = self.sessions.get_mut(&session)?;
        let removed = of_session.subscriptions.remove(filter.as_str())?;
        of_session.bytes -= cost_alone(filter);
        if of_session.subscriptions.is_empty() {
            self.sessions.remove(&session);
        }
        self.take_out(session, filter, removed);
        Some(removed)
    }

    /// Ends all subscriptions of `session`; tells how many there were.
    pub fn remove_session(&mut self, session: SessionKey) -> usize {
        let Some(OfSession { subscriptions, .. }) = self.sessions.remove(&session) else {
            return 0;
        };
        for (filter, &subscription) in &subscriptions {
            if let Ok(filter) = TopicFilter::parse_without_shared(filter) {
                self.take_out(session, &filter, subscription);
            }
        }
        subscriptions.len()
    }

    /// Calls `visit` for everybody to whom a message on `topic` goes. A Session comes once for each
    /// of its subscriptions that match, not necessarily one after the other.
    pub fn matches(&self, topic: &TopicName<'_>, mut visit: impl FnMut(Match<'_>)) {
        self.filters.filters_that_take(*topic, |at_filter| {
            at_filter.subscribers.visit(|session, subscription| {
                visit(Match::Session {
                    session,
                    subscription,
                });
            });
            for (name, &group) in &at_filter.groups {
                visit(Match::Group { group, name });
            }
        });
    }

    /// The member of `group` whose turn it is, with its subscription: taking turns among those whose
    /// readiness is best; whose is `None` may not have the message. `None` if there is nobody.
    pub fn choose(
        &mut self,
        group: GroupId,
        readiness: impl Fn(SessionKey) -> Option<Readiness>,
    ) -> Option<(SessionKey, Subscription)> {
        self.groups.get_mut(&group)?.choose(readiness)
    }

    /// The subscription of `session` to `filter`, if there is one.
    pub fn subscription(
        &self,
        session: SessionKey,
        filter: &TopicFilter<'_>,
    ) -> Option<&Subscription> {
        self.sessions
            .get(&session)?
            .subscriptions
            .get(filter.as_str())
    }

    /// The subscriptions of one Session, by Topic Filter.
    pub fn of_session(&self, session: SessionKey) -> impl Iterator<Item = (&str, &Subscription)> {
        let of_session = self.sessions.get(&session).into_iter();
        let subscriptions = of_session.flat_map(|of_session| &of_session.subscriptions);
        subscriptions.map(|(filter, subscription)| (&**filter, subscription))
    }

    /// How many subscriptions one Session has.
    pub fn count_of_session(&self, session: SessionKey) -> usize {
        self.sessions
            .get(&session)
            .map_or(0, |of_session| of_session.subscriptions.len())
    }

    /// About how many bytes the subscriptions of one Session would take if nobody else had any.
    pub fn bytes_of_session(&self, session: SessionKey) -> usize {
        self.sessions
            .get(&session)
            .map_or(0, |of_session| of_session.bytes)
    }

    /// All subscriptions, by Session and Topic Filter.
    pub fn iter(&self) -> impl Iterator<Item = (SessionKey, &str, &Subscription)> {
        self.sessions.iter().flat_map(|(&session, of_session)| {
            of_session
                .subscriptions
                .iter()
                .map(move |(filter, subscription)| (session, &**filter, subscription))
        })
    }

    /// How many subscriptions there are.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many groups share a filter.
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// About how many bytes all this takes. One filter of 65,535 empty levels takes some 6 MB, so it
    /// is this and not the number of subscriptions that bounds memory.
    pub fn footprint(&self) -> usize {
        self.filters.footprint() + self.filter_bytes + self.count * SUBSCRIPTION_COST
    }

    /// What a subscription to `filter` would add to [`Self::footprint`] at most.
    pub fn cost(&self, filter: &TopicFilter<'_>) -> usize {
        let place = Place::new(filter, true);
        self.filters.cost(place.path) + filter.as_str().len() + SUBSCRIPTION_COST
    }

    fn take_out(
        &mut self,
        session: SessionKey,
        filter: &TopicFilter<'_>,
        subscription: Subscription,
    ) {
        self.count -= 1;
        self.filter_bytes -= filter.as_str().len();
        let place = Place::new(filter, subscription.is_shared);
        if let Some(at) = self.filters.find(place.path) {
            self.take_out_at(at, session, place.group);
        }
    }

    fn take_out_at(&mut self, at: NodeId, session: SessionKey, group: Option<&str>) -> Option<()> {
        let at_filter = self.filters.value_mut(at)?.as_mut()?;
        match group {
            None => at_filter.subscribers.remove(session),
            Some(name) => {
                let group = *at_filter.groups.get(name)?;
                if let Entry::Occupied(mut members) = self.groups.entry(group) {
                    members.get_mut().remove(session);
                    if members.get().is_empty() {
                        members.remove();
                        at_filter.groups.remove(name);
                    }
                }
            }
        }
        if at_filter.subscribers.is_empty() && at_filter.groups.is_empty() {
            self.filters.take(at);
        }
        Some(())
    }
}

/// What a subscription to `filter` takes when no other has any of its levels: it does not depend on
/// what else is there, so that what was added can be taken off again.
pub(super) fn cost_alone(filter: &TopicFilter<'_>) -> usize {
    let text = filter.as_str();
    let levels = text.split('/').count();
    2 * text.len() + levels * LEVEL_COST + SUBSCRIPTION_COST
}

/// What a subscription takes beside the text and the levels of its filter, in bytes.
const SUBSCRIPTION_COST: usize = 128;

/// Where a subscription stands in the tree.
struct Place<'a> {
    path: &'a str,
    group: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn new(filter: &TopicFilter<'a>, is_shared: bool) -> Self {
        match filter.shared() {
            Some((group, shared)) if is_shared => Self {
                path: shared.as_str(),
                group: Some(group),
            },
            _ => Self {
                path: filter.as_str(),
                group: None,
            },
        }
    }
}

/// All who are subscribed to one filter.
#[derive(Clone, Debug, Default)]
struct AtFilter {
    subscribers: Subscribers,
    groups: BTreeMap<Box<str>, GroupId>,
}

/// Most filters have one subscriber, some have ten thousand.
#[derive(Clone, Debug)]
enum Subscribers {
    /// In the order of their numbers.
    Few(Vec<(SessionKey, Subscription)>),
    Many(BTreeMap<SessionKey, Subscription>),
}

/// How many subscribers are looked through one by one.
const FEW: usize = 16;

impl Default for Subscribers {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Subscribers {
    fn insert(&mut self, session: SessionKey, subscription: Subscription) {
        match self {
            Self::Few(few) => match few.binary_search_by_key(&session, |(session, _)| *session) {
                Ok(at) => {
                    if let Some(place) = few.get_mut(at) {
                        place.1 = subscription;
                    }
                }
                Err(at) if few.len() < FEW => {
                    if few.is_empty() {
                        few.reserve_exact(1);
                    }
                    few.insert(at, (session, subscription));
                }
                Err(_) => {
                    let mut many: BTreeMap<_, _> = few.drain(..).collect();
                    many.insert(session, subscription);
                    *self = Self::Many(many);
                }
            },
            Self::Many(many) => {
                many.insert(session, subscription);
            }
        }
    }

    fn remove(&mut self, session: SessionKey) {
        match self {
            Self::Few(few) => few.retain(|(candidate, _)| *candidate != session),
            Self::Many(many) => {
                many.remove(&session);
                // Not at once where it became many, so that no one at the limit makes it go to and fro.
                if many.len() <= FEW / 2 {
                    *self = Self::Few(core::mem::take(many).into_iter().collect());
                }
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Few(few) => few.is_empty(),
            Self::Many(many) => many.is_empty(),
        }
    }

    fn visit<'a>(&'a self, mut visit: impl FnMut(SessionKey, &'a Subscription)) {
        match self {
            Self::Few(few) => {
                for (session, subscription) in few {
                    visit(*session, subscription);
                }
            }
            Self::Many(many) => {
                for (session, subscription) in many {
                    visit(*session, subscription);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
