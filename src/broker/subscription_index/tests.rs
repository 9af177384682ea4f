use proptest::prelude::*;

use super::*;
use crate::codec::{Qos, matches};

#[test]
fn a_second_subscription_to_a_filter_replaces_the_first() {
    let mut index = SubscriptionIndex::default();
    assert_eq!(insert(&mut index, 1, "a/+", 0), None);
    assert_eq!(insert(&mut index, 1, "a/+", 2), Some(with_qos(0)));
    assert_eq!(
        (index.len(), index.count_of_session(SessionKey::new(1))),
        (1, 1)
    );
    assert_eq!(found(&index, "a/b"), ["1 2"]);
    assert_eq!(remove(&mut index, 1, "a/+"), Some(with_qos(2)));
    assert_eq!(remove(&mut index, 1, "a/+"), None);
    assert_eq!(remove(&mut index, 2, "x"), None);
    assert!(index.is_empty());
    assert_eq!(index.footprint(), 0);
}

#[test]
fn a_session_is_told_once_for_each_of_its_filters() {
    let mut index = SubscriptionIndex::default();
    for (session, filter) in [(1, "#"), (2, "a/#"), (1, "a/b"), (1, "+/b"), (3, "$SYS/#")] {
        insert(&mut index, session, filter, 1);
    }
    assert_eq!(found(&index, "a/b"), ["1 1", "1 1", "1 1", "2 1"]);
    assert_eq!(found(&index, "$SYS/uptime"), ["3 1"]);
    assert_eq!(index.remove_session(SessionKey::new(1)), 3);
    assert_eq!(index.remove_session(SessionKey::new(1)), 0);
    assert_eq!(found(&index, "a/b"), ["2 1"]);
    let all: Vec<_> = index
        .iter()
        .map(|(session, filter, _)| (session.value(), filter))
        .collect();
    assert_eq!(all, [(2, "a/#"), (3, "$SYS/#")]);
}

#[test]
fn a_group_is_told_once_and_by_its_name() {
    let mut index = SubscriptionIndex::default();
    for (session, filter) in [
        (1, "$share/g/a/+"),
        (2, "$share/g/a/+"),
        (1, "$share/h/a/+"),
        (1, "$share/g/a/b"),
        (3, "a/b"),
    ] {
        insert(&mut index, session, filter, 1);
    }
    // `a/+` and `a/b` under one name are two groups [MQTT-4.8.2-3].
    assert_eq!(found(&index, "a/b"), ["3 1", "g", "g", "h"]);
    assert_eq!(found(&index, "a/c"), ["g", "h"]);
    assert_eq!(turns(&mut index, "a/c", 4), [1, 1, 2, 1, 1, 1, 2, 1]);
    index.remove_session(SessionKey::new(1));
    assert_eq!(found(&index, "a/b"), ["3 1", "g"]);
    assert_eq!(turns(&mut index, "a/b", 2), [2, 2]);
    assert_eq!(remove(&mut index, 2, "$share/g/a/+"), Some(with_qos(1)));
    assert_eq!(found(&index, "a/b"), ["3 1"]);
    assert!(index.group_count() == 0);
}

#[test]
fn share_can_be_a_level_like_any_other() {
    let mut index = SubscriptionIndex::default();
    let filter = TopicFilter::parse("$share/g/a").unwrap();
    let plain = Subscription {
        is_shared: false,
        ..with_qos(1)
    };
    let session = SessionKey::new(7);
    index.insert(session, &filter, plain);
    assert_eq!(found(&index, "$share/g/a"), ["7 1"]);
    assert_eq!(found(&index, "a"), Vec::<String>::new());
    // The same Session comes back in 5.0 and subscribes anew.
    assert_eq!(index.insert(session, &filter, with_qos(1)), Some(plain));
    assert_eq!(found(&index, "$share/g/a"), Vec::<String>::new());
    assert_eq!(found(&index, "a"), ["g"]);
    assert_eq!(index.len(), 1);
    index.remove_session(session);
    assert_eq!(index.footprint(), 0);
}

#[test]
fn few_become_many_and_few_again() {
    let mut index = SubscriptionIndex::default();
    let mut expected = Vec::new();
    for session in (0..200).rev() {
        insert(&mut index, session, "a", 1);
    }
    for session in 0..200 {
        expected.push(format!("{session} 1"));
    }
    assert_eq!(in_order(&index, "a"), expected);
    for session in (0..200).filter(|session| session % 40 != 0) {
        remove(&mut index, session, "a");
    }
    assert_eq!(
        in_order(&index, "a"),
        ["0 1", "40 1", "80 1", "120 1", "160 1"]
    );
}

#[test]
fn what_a_filter_costs_is_known_before() {
    let mut index = SubscriptionIndex::default();
    for text in ["a/b", "a/c", "$share/g/a/c/d", &"/".repeat(65_535)] {
        let filter = TopicFilter::parse(text).unwrap();
        let expected = index.footprint() + index.cost(&filter);
        index.insert(SessionKey::new(1), &filter, with_qos(0));
        assert_eq!(index.footprint(), expected);
    }
    assert!(index.footprint() > 6_000_000);
}

proptest! {
    #[test]
    fn the_index_agrees_with_one_filter_at_a_time(
        deeds in prop::collection::vec(
            (0_u32..5, "(\\$share/[gh]/)?((\\$?[ab]?|\\+)(/(|a|b|\\+)){0,3}(/#)?|#)", 0_u8..3, any::<bool>(), 0_u8..12),
            1..80,
        ),
        names in prop::collection::vec("\\$?[ab]?(/(|a|b)){0,3}", 1..10),
    ) {
        let mut index = SubscriptionIndex::default();
        let mut model: BTreeMap<(u32, String), Subscription> = BTreeMap::new();
        for (session, filter, qos, is_shared, kind) in deeds {
            let id = SessionKey::new(session);
            match kind {
                0 => {
                    let before = model.len();
                    model.retain(|(other, _), _| *other != session);
                    prop_assert_eq!(index.remove_session(id), before - model.len());
                }
                1..4 => {
                    if let Ok(parsed) = TopicFilter::parse(&filter) {
                        prop_assert_eq!(index.remove(id, &parsed), model.remove(&(session, filter.clone())));
                    }
                }
                _ => {
                    if let Ok(parsed) = TopicFilter::parse(&filter) {
                        let subscription = Subscription { is_shared, ..with_qos(qos) };
                        let replaced = index.insert(id, &parsed, subscription);
                        prop_assert_eq!(replaced, model.insert((session, filter.clone()), subscription));
                    }
                }
            }
            prop_assert_eq!(index.len(), model.len());
        }
        for name in &names {
            let Ok(topic) = TopicName::parse(name) else { continue };
            let mut expected: Vec<String> = model
                .iter()
                .filter(|((_, filter), subscription)| takes(filter, subscription.is_shared, topic))
                .filter(|((_, filter), subscription)| {
                    !(subscription.is_shared && TopicFilter::parse(filter).unwrap().shared().is_some())
                })
                .map(|((session, _), subscription)| format!("{session} {}", subscription.options.qos.as_u8()))
                .collect();
            let groups: std::collections::BTreeSet<(&str, &str)> = model
                .iter()
                .filter(|((_, filter), subscription)| subscription.is_shared && takes(filter, true, topic))
                .filter_map(|((_, filter), _)| {
                    let (group, filter) = TopicFilter::parse(filter).unwrap().shared()?;
                    Some((group, filter.as_str()))
                })
                .collect();
            expected.extend(groups.iter().map(|(group, _)| (*group).to_owned()));
            expected.sort_unstable();
            prop_assert_eq!(found(&index, name), expected, "{}", name);
        }
        for session in 0..5 {
            index.remove_session(SessionKey::new(session));
        }
        prop_assert!(index.is_empty() && index.group_count() == 0);
        prop_assert_eq!(index.footprint(), 0);
    }
}

/// Whether a filter takes a name, with or without a meaning for `$share`.
fn takes(filter: &str, is_shared: bool, name: TopicName<'_>) -> bool {
    let filter = TopicFilter::parse(filter).unwrap();
    if filter.shared().is_none() || is_shared {
        return matches(filter, name);
    }
    // The codec always takes `$share` for what it is in 5.0; one more level hides it.
    let (filter, name) = (format!("x/{filter}"), format!("x/{name}"));
    matches(
        TopicFilter::parse(&filter).unwrap(),
        TopicName::parse(&name).unwrap(),
    )
}

fn with_qos(qos: u8) -> Subscription {
    Subscription {
        options: SubscriptionOptions::with_qos(Qos::from_u8(qos).unwrap()),
        identifier: None,
        is_shared: true,
    }
}

fn insert(
    index: &mut SubscriptionIndex,
    session: u32,
    filter: &str,
    qos: u8,
) -> Option<Subscription> {
    let filter = TopicFilter::parse(filter).unwrap();
    index.insert(SessionKey::new(session), &filter, with_qos(qos))
}

fn remove(index: &mut SubscriptionIndex, session: u32, filter: &str) -> Option<Subscription> {
    index.remove(
        SessionKey::new(session),
        &TopicFilter::parse(filter).unwrap(),
    )
}

/// Sessions with their QoS and groups by name, sorted.
fn found(index: &SubscriptionIndex, topic: &str) -> Vec<String> {
    let mut found = in_order(index, topic);
    found.sort_unstable();
    found
}

fn in_order(index: &SubscriptionIndex, topic: &str) -> Vec<String> {
    let mut found = Vec::new();
    index.matches(&TopicName::parse(topic).unwrap(), |matched| {
        found.push(match matched {
            Match::Session {
                session,
                subscription,
            } => {
                format!("{} {}", session.value(), subscription.options.qos.as_u8())
            }
            Match::Group { name, .. } => name.to_owned(),
        });
    });
    found
}

/// Who is chosen for each group that a message on `topic` meets, `count` times over.
fn turns(index: &mut SubscriptionIndex, topic: &str, count: usize) -> Vec<u32> {
    let mut chosen = Vec::new();
    for _ in 0..count {
        let mut groups = Vec::new();
        index.matches(&TopicName::parse(topic).unwrap(), |matched| {
            if let Match::Group { group, .. } = matched {
                groups.push(group);
            }
        });
        for group in groups {
            let (session, _) = index.choose(group, |_| Some(Readiness::Ready)).unwrap();
            chosen.push(session.value());
        }
    }
    chosen
}
