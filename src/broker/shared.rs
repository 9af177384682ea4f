//! Shared Subscriptions: one copy for a whole group, and which member gets it (section 4.8.2).

use core::ops::Bound;
use std::collections::BTreeMap;

use super::SessionKey;
use super::subscription_index::Subscription;

/// How well a member of a group could take a message right now, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Readiness {
    /// Connected, with room for one more.
    Ready,
    /// Connected, but the message would have to wait.
    Busy,
    /// Not connected; the message would wait for it to come back.
    Absent,
}

/// The Sessions that share one Topic Filter under one ShareName.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedGroup {
    members: BTreeMap<SessionKey, Subscription>,
    /// Who was chosen last; it may have left since.
    last: Option<SessionKey>,
}

impl SharedGroup {
    pub(super) fn insert(&mut self, session: SessionKey, subscription: Subscription) {
        self.members.insert(session, subscription);
    }

    pub(super) fn remove(&mut self, session: SessionKey) {
        self.members.remove(&session);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The member whose turn it is: of those with the best readiness the first one after the
    /// member that was chosen last, in the order of their Sessions' numbers. Who has none may not
    /// have the message.
    ///
    /// The standard leaves the choice to the Server. This one spreads evenly over members that keep
    /// up, spares those that do not while others can take over, and repeats itself exactly.
    pub(super) fn choose(
        &mut self,
        readiness: impl Fn(SessionKey) -> Option<Readiness>,
    ) -> Option<(SessionKey, Subscription)> {
        let (after, until) = match self.last {
            None => (Bound::Unbounded, None),
            Some(last) => (Bound::Excluded(last), Some(last)),
        };
        let later = self.members.range((after, Bound::Unbounded));
        let sooner = until.map(|last| self.members.range(..=last));

        let mut best: Option<(Readiness, SessionKey, Subscription)> = None;
        for (&session, &subscription) in later.chain(sooner.into_iter().flatten()) {
            let Some(found) = readiness(session) else {
                continue;
            };
            if best.is_none_or(|(best, ..)| found < best) {
                best = Some((found, session, subscription));
            }
            if found == Readiness::Ready {
                break;
            }
        }
        let (_, session, subscription) = best?;
        self.last = Some(session);
        Some((session, subscription))
    }
}

#[cfg(test)]
mod tests {
    use super::Readiness::*;
    use super::*;

    #[test]
    fn members_take_turns() {
        let mut group = group(&[1, 2, 3]);
        let turns: Vec<u32> = (0..7).map(|_| chosen(&mut group, |_| Ready)).collect();
        assert_eq!(turns, [1, 2, 3, 1, 2, 3, 1]);
        group.remove(SessionKey::new(2));
        group.insert(SessionKey::new(4), Subscription::default());
        let turns: Vec<u32> = (0..4).map(|_| chosen(&mut group, |_| Ready)).collect();
        assert_eq!(turns, [3, 4, 1, 3]);
    }

    #[test]
    fn the_one_chosen_last_may_leave() {
        let mut group = group(&[1, 2, 3]);
        assert_eq!(chosen(&mut group, |_| Ready), 1);
        group.remove(SessionKey::new(1));
        assert_eq!(chosen(&mut group, |_| Ready), 2);
        group.remove(SessionKey::new(2));
        group.remove(SessionKey::new(3));
        assert_eq!(group.choose(|_| Some(Ready)), None);
        assert!(group.is_empty());
    }

    #[test]
    fn those_who_can_take_it_now_come_first() {
        let mut group = group(&[1, 2, 3, 4]);
        let state = |session: u32| match session {
            1 => Absent,
            2 => Busy,
            _ => Ready,
        };
        let turns: Vec<u32> = (0..4).map(|_| chosen(&mut group, state)).collect();
        assert_eq!(turns, [3, 4, 3, 4]);
        let turns: Vec<u32> = (0..3)
            .map(|_| {
                chosen(
                    &mut group,
                    |session| if session < 3 { Absent } else { Busy },
                )
            })
            .collect();
        assert_eq!(turns, [3, 4, 3]);
        let turns: Vec<u32> = (0..5).map(|_| chosen(&mut group, |_| Absent)).collect();
        assert_eq!(turns, [4, 1, 2, 3, 4]);
    }

    fn group(members: &[u32]) -> SharedGroup {
        let mut group = SharedGroup::default();
        for &member in members {
            group.insert(SessionKey::new(member), Subscription::default());
        }
        group
    }

    fn chosen(group: &mut SharedGroup, readiness: impl Fn(u32) -> Readiness) -> u32 {
        let (session, _) = group
            .choose(|session| Some(readiness(session.value())))
            .expect("somebody is chosen");
        session.value()
    }
}
