//! Which Packet Identifiers are in use.

use super::PacketId;

/// A set of Packet Identifiers: one bit each, and no more memory than the largest one needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct PacketIdSet {
    words: Vec<u64>,
    len: usize,
}

impl PacketIdSet {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn contains(&self, packet_id: PacketId) -> bool {
        let (word, bit) = position(packet_id);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Adds the identifier; whether it was new.
    pub(crate) fn insert(&mut self, packet_id: PacketId) -> bool {
        let (index, bit) = position(packet_id);
        if index >= self.words.len() {
            self.words.resize(index + 1, 0);
        }
        let Some(word) = self.words.get_mut(index) else {
            return false;
        };
        let new = *word & bit == 0;
        *word |= bit;
        self.len += usize::from(new);
        new
    }

    /// Takes the identifier out; whether it was there.
    pub(crate) fn remove(&mut self, packet_id: PacketId) -> bool {
        let (index, bit) = position(packet_id);
        let Some(word) = self.words.get_mut(index) else {
            return false;
        };
        let present = *word & bit != 0;
        *word &= !bit;
        self.len -= usize::from(present);
        present
    }

    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.len = 0;
    }

    /// The identifiers, smallest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = PacketId> + '_ {
        let mut left = self.len;
        self.words
            .iter()
            .enumerate()
            .flat_map(move |(index, &word)| {
                let bits = if left == 0 { 0 } else { word };
                left = left.saturating_sub(bits.count_ones() as usize);
                (0..64_u32)
                    .filter(move |bit| bits >> bit & 1 == 1)
                    .filter_map(move |bit| {
                        let value = u16::try_from(index * 64 + bit as usize).ok()?;
                        PacketId::new(value)
                    })
            })
    }

    /// The smallest identifier from `from` to `to`, both included, that is not in the set.
    fn first_absent(&self, from: PacketId, to: PacketId) -> Option<PacketId> {
        let mut value = u32::from(from.value());
        let last = u32::from(to.value());
        while value <= last {
            let word = self.words.get(value as usize / 64).copied().unwrap_or(0);
            let offset = value % 64;
            let taken = (word >> offset).trailing_ones();
            if taken < 64 - offset {
                let free = value + taken;
                return (free <= last)
                    .then(|| u16::try_from(free).ok().and_then(PacketId::new))
                    .flatten();
            }
            value = (value / 64 + 1) * 64;
        }
        None
    }
}

/// Gives out Packet Identifiers, round and round, never one that is still in use
/// [MQTT-2.2.1-3].
#[derive(Clone, Debug)]
pub(crate) struct PacketIds {
    used: PacketIdSet,
    next: PacketId,
}

impl Default for PacketIds {
    fn default() -> Self {
        Self {
            used: PacketIdSet::default(),
            next: PacketId::MIN,
        }
    }
}

impl PacketIds {
    /// How many are in use.
    pub(crate) const fn in_use(&self) -> usize {
        self.used.len()
    }

    /// Whether all 65,535 are in use.
    pub(crate) const fn exhausted(&self) -> bool {
        self.used.len() >= u16::MAX as usize
    }

    /// The next free identifier, now in use; `None` while all are.
    pub(crate) fn allocate(&mut self) -> Option<PacketId> {
        if self.exhausted() {
            return None;
        }
        let packet_id = self
            .used
            .first_absent(self.next, PacketId::MAX)
            .or_else(|| self.used.first_absent(PacketId::MIN, self.next))?;
        self.used.insert(packet_id);
        self.next = packet_id
            .value()
            .checked_add(1)
            .and_then(PacketId::new)
            .unwrap_or(PacketId::MIN);
        Some(packet_id)
    }

    /// Whether an identifier is in use.
    pub(crate) fn contains(&self, packet_id: PacketId) -> bool {
        self.used.contains(packet_id)
    }

    /// Takes this very identifier, if it is free.
    pub(crate) fn reserve(&mut self, packet_id: PacketId) -> bool {
        self.used.insert(packet_id)
    }

    /// Makes an identifier free again.
    pub(crate) fn release(&mut self, packet_id: PacketId) {
        self.used.remove(packet_id);
    }
}

const fn position(packet_id: PacketId) -> (usize, u64) {
    let value = packet_id.value() as usize;
    (value / 64, 1 << (value % 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn id(value: u16) -> PacketId {
        PacketId::new(value).expect("not zero")
    }

    #[test]
    fn mqtt_2_2_1_3_identifiers_run_from_1_to_65535_and_round() {
        let mut ids = PacketIds::default();
        for value in 1..=u16::MAX {
            assert_eq!(ids.allocate(), Some(id(value)));
            ids.release(id(value));
        }
        assert_eq!(ids.allocate(), Some(id(1)));
    }

    #[test]
    fn mqtt_2_2_1_3_an_identifier_in_use_is_skipped_and_all_in_use_gives_none() {
        let mut ids = PacketIds::default();
        assert_eq!(ids.allocate(), Some(id(1)));
        for value in 2..=u16::MAX {
            assert_eq!(ids.allocate(), Some(id(value)));
        }
        assert!(ids.exhausted());
        assert_eq!(ids.allocate(), None);
        ids.release(id(40_000));
        assert_eq!(ids.allocate(), Some(id(40_000)));
        assert_eq!(ids.allocate(), None);
        assert_eq!(ids.in_use(), 65_535);
    }

    #[test]
    fn the_set_agrees_with_a_tree() {
        let mut set = PacketIdSet::default();
        let mut tree = BTreeSet::new();
        let mut value: u32 = 1;
        for step in 0..20_000_u32 {
            value = value.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            let candidate = (value >> 16) as u16 % 300;
            let Some(packet_id) = PacketId::new(candidate) else {
                continue;
            };
            if step % 3 == 0 {
                assert_eq!(set.remove(packet_id), tree.remove(&packet_id));
            } else {
                assert_eq!(set.insert(packet_id), tree.insert(packet_id));
            }
            assert_eq!(set.len(), tree.len());
            assert_eq!(set.contains(packet_id), tree.contains(&packet_id));
        }
        assert!(set.iter().eq(tree.iter().copied()));
        set.clear();
        assert_eq!(set.iter().count(), 0);
    }
}
