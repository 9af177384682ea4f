//! Topic Aliases, one table for each direction (section 3.3.2.3.4). Both live as long as one
//! Network Connection [MQTT-3.3.2-7].

use core::num::NonZeroU16;
use std::collections::BTreeMap;

use super::TopicName;

/// Room that a slot may keep for a longer name, beside twice what it needs.
const SPARE: usize = 64;

/// The names that the other end has given to its aliases.
#[derive(Clone, Debug)]
pub(crate) struct IncomingAliases {
    maximum: u16,
    names: Vec<String>,
    /// What the names hold in memory.
    bytes: usize,
}

impl IncomingAliases {
    /// A table for aliases from 1 to `maximum`.
    pub(crate) const fn new(maximum: u16) -> Self {
        Self {
            maximum,
            names: Vec::new(),
            bytes: 0,
        }
    }

    pub(crate) const fn maximum(&self) -> u16 {
        self.maximum
    }

    pub(crate) const fn allows(&self, alias: NonZeroU16) -> bool {
        alias.get() <= self.maximum
    }

    /// Gives `alias` a name, in place of the one it had.
    pub(crate) fn define(&mut self, alias: NonZeroU16, name: TopicName<'_>) {
        let index = usize::from(alias.get()) - 1;
        if index >= self.names.len() {
            self.names.resize_with(index + 1, String::new);
        }
        if let Some(slot) = self.names.get_mut(index) {
            let name = name.as_str();
            self.bytes = self.bytes.saturating_sub(slot.capacity());
            slot.clear();
            // A long name must not go on taking its room under a short one.
            if slot.capacity() > 2 * name.len() + SPARE {
                *slot = String::new();
            }
            slot.reserve_exact(name.len());
            slot.push_str(name);
            self.bytes = self.bytes.saturating_add(slot.capacity());
        }
    }

    /// How many bytes of memory the names take.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many aliases have a name.
    pub(crate) fn len(&self) -> usize {
        self.names.iter().filter(|name| !name.is_empty()).count()
    }

    /// The name of `alias`, if it has one.
    pub(crate) fn name(&self, alias: NonZeroU16) -> Option<TopicName<'_>> {
        let name = self.names.get(usize::from(alias.get()) - 1)?;
        // A slot that was never defined is empty, which is no Topic Name.
        TopicName::parse(name).ok()
    }
}

/// How the next PUBLISH to a Topic Name is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AliasUse {
    /// With its name only.
    None,
    /// With its name and this alias, which stands for it from then on.
    Define(NonZeroU16),
    /// With this alias only.
    Use(NonZeroU16),
}

/// The aliases this end has given out: to the first Topic Names it publishes to, until the
/// other end's Topic Alias Maximum is reached. Later names go without.
#[derive(Clone, Debug)]
pub(crate) struct OutgoingAliases {
    maximum: u16,
    aliases: BTreeMap<Box<str>, NonZeroU16>,
}

impl OutgoingAliases {
    /// A table that never gives out more than `maximum` aliases.
    pub(crate) const fn new(maximum: u16) -> Self {
        Self {
            maximum,
            aliases: BTreeMap::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.aliases.len()
    }

    /// Whether no alias is ever given out.
    pub(crate) const fn is_off(&self) -> bool {
        self.maximum == 0
    }

    pub(crate) fn choose(&self, name: TopicName<'_>) -> AliasUse {
        if self.maximum == 0 {
            return AliasUse::None;
        }
        if let Some(&alias) = self.aliases.get(name.as_str()) {
            return AliasUse::Use(alias);
        }
        u16::try_from(self.aliases.len() + 1)
            .ok()
            .filter(|&next| next <= self.maximum)
            .and_then(NonZeroU16::new)
            .map_or(AliasUse::None, AliasUse::Define)
    }

    /// Notes that a PUBLISH with this name and alias has gone out.
    pub(crate) fn define(&mut self, alias: NonZeroU16, name: TopicName<'_>) {
        self.aliases.insert(name.as_str().into(), alias);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> TopicName<'_> {
        TopicName::parse(text).expect("a topic name")
    }

    fn alias(value: u16) -> NonZeroU16 {
        NonZeroU16::new(value).expect("not zero")
    }

    #[test]
    fn mqtt_3_3_2_10_incoming_aliases_are_defined_used_and_mapped_anew() {
        let mut table = IncomingAliases::new(3);
        assert!(table.allows(alias(3)));
        assert!(!table.allows(alias(4)));
        assert_eq!(table.name(alias(2)), None);
        table.define(alias(2), name("a"));
        assert_eq!(table.name(alias(2)), Some(name("a")));
        assert_eq!(table.name(alias(1)), None);
        table.define(alias(2), name("b/c"));
        assert_eq!(table.name(alias(2)), Some(name("b/c")));
    }

    #[test]
    fn the_bytes_of_names_are_counted_and_given_back() {
        let long = "x".repeat(65_535);
        let mut table = IncomingAliases::new(u16::MAX);
        for value in [1, 2, 3] {
            table.define(alias(value), name(&long));
        }
        assert_eq!(table.bytes(), 3 * 65_535);
        for value in [1, 2, 3] {
            table.define(alias(value), name("a"));
        }
        assert!(table.bytes() <= 3 * (2 + SPARE), "{}", table.bytes());
        table.define(alias(1), name("b/c"));
        assert_eq!(table.name(alias(1)), Some(name("b/c")));
    }

    #[test]
    fn mqtt_3_2_2_17_outgoing_aliases_stop_at_the_maximum() {
        let mut table = OutgoingAliases::new(2);
        for (index, topic) in ["a", "b"].into_iter().enumerate() {
            let next = alias(u16::try_from(index + 1).expect("small"));
            assert_eq!(table.choose(name(topic)), AliasUse::Define(next));
            table.define(next, name(topic));
        }
        assert_eq!(table.choose(name("c")), AliasUse::None);
        assert_eq!(table.choose(name("a")), AliasUse::Use(alias(1)));
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn mqtt_3_2_2_18_no_alias_at_all_without_a_maximum() {
        assert_eq!(OutgoingAliases::new(0).choose(name("a")), AliasUse::None);
    }
}
