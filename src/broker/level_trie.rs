//! A tree of topic levels that answers both questions a Server has: which stored filters take this
//! Topic Name, and which stored names does this Topic Filter take (section 4.7).
//!
//! Levels are found by hash, so that a step costs the same however many siblings there are, and are
//! gone through in the order in which they came, so that the same history gives the same answers in
//! the same order. A name may have 65,535 levels: nothing here calls itself, and matching needs no
//! stack at all, because the way back is written in the tree (parents) and in the text (slashes).

use core::hash::Hasher;
use core::num::NonZeroU32;
use std::hash::DefaultHasher;

use crate::codec::{TopicFilter, TopicName};

/// What one level costs beside its text, in bytes: for the accounts of those who bound the tree.
pub(super) const LEVEL_COST: usize = 96;

/// The tree. A value hangs at the last level of its name or filter.
#[derive(Clone, Debug)]
pub(super) struct LevelTrie<T> {
    nodes: Vec<Node<T>>,
    /// The first node that can be used again; the others follow by `next_in_bucket`.
    vacant: Option<NodeId>,
    /// The first node of each bucket; as many as a power of two.
    buckets: Vec<Option<NodeId>>,
    levels: usize,
    text_bytes: usize,
}

/// A place in the tree, good until its value is taken out and it is pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeId(NonZeroU32);

impl NodeId {
    const ROOT: Self = Self(NonZeroU32::MIN);

    const fn index(self) -> usize {
        self.0.get() as usize - 1
    }

    fn from_index(index: usize) -> Option<Self> {
        let number = u32::try_from(index).ok()?.checked_add(1)?;
        NonZeroU32::new(number).map(Self)
    }
}

#[derive(Clone, Debug)]
struct Node<T> {
    level: Box<str>,
    hash: u64,
    parent: Option<NodeId>,
    first_child: Option<NodeId>,
    last_child: Option<NodeId>,
    next_sibling: Option<NodeId>,
    previous_sibling: Option<NodeId>,
    next_in_bucket: Option<NodeId>,
    /// The children `+` and `#`.
    single: Option<NodeId>,
    multi: Option<NodeId>,
    value: Option<T>,
}

impl<T> Node<T> {
    fn new(level: &str, hash: u64, parent: Option<NodeId>) -> Self {
        Self {
            level: level.into(),
            hash,
            parent,
            first_child: None,
            last_child: None,
            next_sibling: None,
            previous_sibling: None,
            next_in_bucket: None,
            single: None,
            multi: None,
            value: None,
        }
    }
}

impl<T> Default for LevelTrie<T> {
    fn default() -> Self {
        Self {
            nodes: vec![Node::new("", 0, None)],
            vacant: None,
            buckets: vec![None; 16],
            levels: 0,
            text_bytes: 0,
        }
    }
}

impl<T> LevelTrie<T> {
    /// The place of `path`, if it is in the tree (with a value or on the way to one).
    pub(super) fn find(&self, path: &str) -> Option<NodeId> {
        path.split('/')
            .try_fold(NodeId::ROOT, |at, level| self.child(at, level))
    }

    /// The place of `path`, made where it is missing; `None` only if the tree has four thousand
    /// million levels. Without a value in it the place must be given back with [`Self::prune`].
    pub(super) fn insert(&mut self, path: &str) -> Option<NodeId> {
        let mut at = NodeId::ROOT;
        for level in path.split('/') {
            let hash = hash(at, level);
            at = match self.child_with(at, level, hash) {
                Some(child) => child,
                None => match self.add_child(at, level, hash) {
                    Some(child) => child,
                    None => {
                        self.prune(at);
                        return None;
                    }
                },
            };
        }
        Some(at)
    }

    /// What [`Self::insert`] would add to [`Self::footprint`].
    pub(super) fn cost(&self, path: &str) -> usize {
        let mut at = Some(NodeId::ROOT);
        let mut cost = 0;
        for level in path.split('/') {
            at = at.and_then(|at| self.child(at, level));
            if at.is_none() {
                cost += LEVEL_COST + level.len();
            }
        }
        cost
    }

    /// About how many bytes the tree itself takes, without what its values point to.
    pub(super) const fn footprint(&self) -> usize {
        self.levels * LEVEL_COST + self.text_bytes
    }

    /// How many levels there are, all branches together.
    #[cfg(test)]
    pub(super) const fn levels(&self) -> usize {
        self.levels
    }

    pub(super) fn value(&self, at: NodeId) -> Option<&T> {
        self.node(at)?.value.as_ref()
    }

    /// The value's place at `at`; to be filled, changed or emptied.
    pub(super) fn value_mut(&mut self, at: NodeId) -> Option<&mut Option<T>> {
        Some(&mut self.node_mut(at)?.value)
    }

    /// Takes the value at `at` out, and what of the branch held only it.
    pub(super) fn take(&mut self, at: NodeId) -> Option<T> {
        let value = self.node_mut(at)?.value.take();
        self.prune(at);
        value
    }

    /// Takes out `at` and the levels above it, as far as they have neither value nor children.
    pub(super) fn prune(&mut self, mut at: NodeId) {
        while at != NodeId::ROOT
            && let Some(node) = self.node(at)
            && node.value.is_none()
            && node.first_child.is_none()
            && let Some(parent) = node.parent
        {
            self.unlink(at);
            at = parent;
        }
    }

    /// Calls `visit` with the value of each stored filter that takes `topic`.
    pub(super) fn filters_that_take<'a>(
        &'a self,
        topic: TopicName<'_>,
        mut visit: impl FnMut(&'a T),
    ) {
        let topic = topic.as_str();
        let protects = topic.starts_with('$');
        // A place, and where in the topic the levels begin that are left for it.
        let (mut at, mut start) = (NodeId::ROOT, 0);
        while let Some(node) = self.node(at) {
            let is_protected = protects && at == NodeId::ROOT;
            // `#` takes what is left, also nothing.
            if !is_protected && let Some(value) = self.value_of(node.multi) {
                visit(value);
            }
            let level = level_at(topic, start);
            let below = match level {
                Some(level) => {
                    let single = if is_protected { None } else { node.single };
                    self.child(at, level).or(single)
                }
                None => {
                    if let Some(value) = &node.value {
                        visit(value);
                    }
                    None
                }
            };
            (at, start) = match (below, level) {
                (Some(below), Some(level)) => (below, start + level.len() + 1),
                _ => match self.next_filter_branch(at, start, topic) {
                    Some(next) => next,
                    None => return,
                },
            };
        }
    }

    /// Calls `visit` with the value of each stored name that `filter` takes.
    pub(super) fn names_taken_by<'a>(
        &'a self,
        filter: TopicFilter<'_>,
        mut visit: impl FnMut(&'a T),
    ) {
        let filter = filter.matched_part().as_str();
        let (mut at, mut start) = (NodeId::ROOT, 0);
        while let Some(node) = self.node(at) {
            let level = level_at(filter, start);
            let below = match level {
                None => {
                    if let Some(value) = &node.value {
                        visit(value);
                    }
                    None
                }
                Some("#") => {
                    self.visit_subtree(at, &mut visit);
                    None
                }
                Some("+") => self.unprotected(node.first_child),
                Some(level) => self.child(at, level),
            };
            (at, start) = match (below, level) {
                (Some(below), Some(level)) => (below, start + level.len() + 1),
                _ => match self.next_name_branch(at, start, filter) {
                    Some(next) => next,
                    None => return,
                },
            };
        }
    }

    /// All values, each before those below it.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        let mut next = Some(NodeId::ROOT);
        core::iter::from_fn(move || {
            loop {
                let at = next?;
                next = self.following(at, NodeId::ROOT);
                if let Some(value) = self.value(at) {
                    return Some(value);
                }
            }
        })
    }

    /// From `at`, where nothing more is to be found, back up to the nearest place that also has a
    /// `+`, and down that.
    fn next_filter_branch(
        &self,
        mut at: NodeId,
        mut start: usize,
        topic: &str,
    ) -> Option<(NodeId, usize)> {
        loop {
            let parent = self.node(at)?.parent?;
            let single = self.node(parent)?.single;
            let after = start;
            start = level_before(topic, start);
            let is_protected = start == 0 && topic.starts_with('$');
            if let Some(single) = single
                && single != at
                && !is_protected
            {
                return Some((single, after));
            }
            at = parent;
        }
    }

    /// From `at`, where nothing more is to be found, back up to the nearest place that a `+` led to
    /// and that has a sibling left.
    fn next_name_branch(
        &self,
        mut at: NodeId,
        mut start: usize,
        filter: &str,
    ) -> Option<(NodeId, usize)> {
        loop {
            let node = self.node(at)?;
            let parent = node.parent?;
            let after = start;
            start = level_before(filter, start);
            if level_at(filter, start) == Some("+")
                && let Some(sibling) = self.unprotected(node.next_sibling)
            {
                return Some((sibling, after));
            }
            at = parent;
        }
    }

    fn visit_subtree<'a>(&'a self, top: NodeId, visit: &mut impl FnMut(&'a T)) {
        let mut next = Some(top);
        while let Some(at) = next {
            if let Some(value) = self.value(at) {
                visit(value);
            }
            next = self.following(at, top);
            // From the root `#` goes into no branch that begins with `$`.
            if top == NodeId::ROOT {
                while let Some(branch) = next
                    && self.is_protected(branch)
                {
                    next = self.after_branch(branch, top);
                }
            }
        }
    }

    /// What follows `at` when a parent comes before its children, within the branch `top`.
    fn following(&self, at: NodeId, top: NodeId) -> Option<NodeId> {
        let first_child = self.node(at)?.first_child;
        first_child.or_else(|| self.after_branch(at, top))
    }

    /// What follows the whole branch `at`, within the branch `top`.
    fn after_branch(&self, mut at: NodeId, top: NodeId) -> Option<NodeId> {
        while at != top {
            let node = self.node(at)?;
            if node.next_sibling.is_some() {
                return node.next_sibling;
            }
            at = node.parent?;
        }
        None
    }

    /// `at`, or the first sibling after it that a wildcard takes.
    fn unprotected(&self, mut at: Option<NodeId>) -> Option<NodeId> {
        while let Some(candidate) = at
            && self.is_protected(candidate)
        {
            at = self.node(candidate)?.next_sibling;
        }
        at
    }

    /// Whether no wildcard takes this level [MQTT-4.7.2-1].
    fn is_protected(&self, at: NodeId) -> bool {
        self.node(at)
            .is_some_and(|node| node.parent == Some(NodeId::ROOT) && node.level.starts_with('$'))
    }

    fn child(&self, parent: NodeId, level: &str) -> Option<NodeId> {
        self.child_with(parent, level, hash(parent, level))
    }

    fn child_with(&self, parent: NodeId, level: &str, hash: u64) -> Option<NodeId> {
        let mut candidate = *self.buckets.get(self.bucket(hash))?;
        while let Some(at) = candidate {
            let node = self.node(at)?;
            if node.hash == hash && node.parent == Some(parent) && *node.level == *level {
                return Some(at);
            }
            candidate = node.next_in_bucket;
        }
        None
    }

    fn add_child(&mut self, parent: NodeId, level: &str, hash: u64) -> Option<NodeId> {
        if self.levels >= self.buckets.len() {
            self.double_buckets();
        }
        let mut node = Node::new(level, hash, Some(parent));
        node.previous_sibling = self.node(parent)?.last_child;
        let before = node.previous_sibling;
        let at = self.place(node)?;
        self.put_into_bucket(at);
        let parent = self.node_mut(parent)?;
        parent.last_child = Some(at);
        match level {
            "+" => parent.single = Some(at),
            "#" => parent.multi = Some(at),
            _ => {}
        }
        match before {
            None => parent.first_child = Some(at),
            Some(before) => self.node_mut(before)?.next_sibling = Some(at),
        }
        self.levels += 1;
        self.text_bytes += level.len();
        Some(at)
    }

    fn place(&mut self, node: Node<T>) -> Option<NodeId> {
        if let Some(at) = self.vacant {
            let place = self.node_mut(at)?;
            let next_vacant = place.next_in_bucket;
            *place = node;
            self.vacant = next_vacant;
            return Some(at);
        }
        let at = NodeId::from_index(self.nodes.len())?;
        self.nodes.push(node);
        Some(at)
    }

    fn unlink(&mut self, at: NodeId) -> Option<()> {
        self.take_from_bucket(at);
        let next_vacant = self.vacant;
        let node = self.node_mut(at)?;
        let (parent, before, after) = (node.parent?, node.previous_sibling, node.next_sibling);
        let text_bytes = node.level.len();
        node.level = Box::default();
        node.parent = None;
        node.next_in_bucket = next_vacant;
        self.vacant = Some(at);
        self.levels -= 1;
        self.text_bytes -= text_bytes;

        if let Some(before) = before {
            self.node_mut(before)?.next_sibling = after;
        }
        if let Some(after) = after {
            self.node_mut(after)?.previous_sibling = before;
        }
        let parent = self.node_mut(parent)?;
        for (place, instead) in [
            (&mut parent.first_child, after),
            (&mut parent.last_child, before),
            (&mut parent.single, None),
            (&mut parent.multi, None),
        ] {
            if *place == Some(at) {
                *place = instead;
            }
        }
        Some(())
    }

    fn put_into_bucket(&mut self, at: NodeId) -> Option<()> {
        let bucket = self.bucket(self.node(at)?.hash);
        let first = self.buckets.get_mut(bucket)?;
        let next = first.replace(at);
        self.node_mut(at)?.next_in_bucket = next;
        Some(())
    }

    fn take_from_bucket(&mut self, at: NodeId) -> Option<()> {
        let node = self.node(at)?;
        let (bucket, next) = (self.bucket(node.hash), node.next_in_bucket);
        let mut before = (*self.buckets.get(bucket)?)?;
        if before == at {
            *self.buckets.get_mut(bucket)? = next;
            return Some(());
        }
        while let Some(candidate) = self.node(before)?.next_in_bucket {
            if candidate == at {
                self.node_mut(before)?.next_in_bucket = next;
                return Some(());
            }
            before = candidate;
        }
        None
    }

    fn double_buckets(&mut self) {
        self.buckets = vec![None; self.buckets.len() * 2];
        for index in 1..self.nodes.len() {
            // The vacant ones have no parent, and are chained for another purpose.
            if let Some(at) = NodeId::from_index(index)
                && self.node(at).is_some_and(|node| node.parent.is_some())
            {
                self.put_into_bucket(at);
            }
        }
    }

    fn bucket(&self, hash: u64) -> usize {
        hash as usize & (self.buckets.len() - 1)
    }

    fn value_of(&self, at: Option<NodeId>) -> Option<&T> {
        self.value(at?)
    }

    fn node(&self, at: NodeId) -> Option<&Node<T>> {
        self.nodes.get(at.index())
    }

    fn node_mut(&mut self, at: NodeId) -> Option<&mut Node<T>> {
        self.nodes.get_mut(at.index())
    }
}

fn hash(parent: NodeId, level: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_u32(parent.0.get());
    hasher.write(level.as_bytes());
    hasher.finish()
}

/// The level that begins at `start`, or `None` behind the last one.
fn level_at(text: &str, start: usize) -> Option<&str> {
    let rest = text.get(start..)?;
    rest.split('/').next()
}

/// Where the level begins that ends before the one that begins (or would begin) at `start`.
fn level_before(text: &str, start: usize) -> usize {
    text.get(..start.saturating_sub(1))
        .and_then(|before| before.rfind('/'))
        .map_or(0, |slash| slash + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec::matches;

    #[test]
    fn branches_go_when_nothing_hangs_on_them() {
        let mut trie = LevelTrie::default();
        for path in ["a/b/c", "a/b", "a/b/d", "x//", "+/#", "/"] {
            let at = trie.insert(path).unwrap();
            *trie.value_mut(at).unwrap() = Some(path);
        }
        assert_eq!(trie.levels(), 4 + 3 + 2 + 2);
        let at = trie.find("a/b").unwrap();
        assert_eq!(trie.take(at), Some("a/b"));
        assert_eq!(trie.find("a/b"), Some(at));
        for path in ["a/b/c", "a/b/d", "x//", "+/#", "/"] {
            assert_eq!(trie.cost(path), 0);
            let at = trie.find(path).unwrap();
            assert_eq!(trie.take(at), Some(path));
        }
        assert_eq!((trie.levels(), trie.footprint()), (0, 0));
        assert_eq!(trie.find("a"), None);
        assert_eq!(trie.values().count(), 0);
        assert!(trie.buckets.iter().all(Option::is_none));
    }

    #[test]
    fn the_deepest_topic_is_only_long() {
        let deep = "/".repeat(65_535);
        let mut wild = "+/".repeat(32_767);
        wild.push('#');
        let mut trie = LevelTrie::default();
        for path in [deep.as_str(), &wild] {
            let at = trie.insert(path).unwrap();
            *trie.value_mut(at).unwrap() = Some(path.len());
        }
        let mut taken = Vec::new();
        let name = TopicName::parse(&deep).unwrap();
        trie.filters_that_take(name, |length| taken.push(*length));
        taken.sort_unstable();
        assert_eq!(taken, [65_535, 65_535]);

        let mut names = LevelTrie::default();
        let at = names.insert(&deep).unwrap();
        *names.value_mut(at).unwrap() = Some(());
        let mut count = 0;
        for filter in [wild.as_str(), "#", "/#", &deep] {
            names.names_taken_by(TopicFilter::parse(filter).unwrap(), |()| count += 1);
        }
        assert_eq!(count, 4);
        assert_eq!(names.take(at), Some(()));
        assert_eq!(names.levels(), 0);
        drop(trie.clone());
    }

    #[test]
    fn places_are_used_again() {
        let mut trie = LevelTrie::default();
        for round in 0..1_000 {
            let path = format!("a/{round}/{}", round * 7);
            let at = trie.insert(&path).unwrap();
            *trie.value_mut(at).unwrap() = Some(round);
            if let Some(old) = trie.find(&format!("a/{}/{}", round - 10, (round - 10) * 7)) {
                assert_eq!(trie.take(old), Some(round - 10));
            }
        }
        assert_eq!(trie.levels(), 21);
        assert!(trie.nodes.len() < 40, "{}", trie.nodes.len());
    }

    proptest! {
        #[test]
        fn both_questions_are_answered_as_one_filter_and_one_name_at_a_time(
            filters in prop::collection::btree_set("(\\$?[ab]?|\\+)(/(|a|b|\\+|\\$a)){0,4}(/#)?|#", 0..40),
            names in prop::collection::btree_set("\\$?[ab]?(/(|a|b|\\$a)){0,4}", 0..40),
            removed in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let mut filters: Vec<String> = filters.into_iter().filter(|text| TopicFilter::parse(text).is_ok()).collect();
            let mut names: Vec<String> = names.into_iter().filter(|text| TopicName::parse(text).is_ok()).collect();
            let mut filter_trie = filled(&filters);
            let mut name_trie = filled(&names);
            for index in removed {
                for (texts, trie) in [(&mut filters, &mut filter_trie), (&mut names, &mut name_trie)] {
                    if !texts.is_empty() {
                        let text = texts.swap_remove(index.index(texts.len()));
                        let at = trie.find(&text).unwrap();
                        prop_assert_eq!(trie.take(at), Some(text));
                    }
                }
            }
            for name in ["a", "$a", "/", "a/b/a", "b//", "$a/b"].into_iter().chain(names.iter().map(String::as_str)) {
                let name = TopicName::parse(name).unwrap();
                let mut taken = Vec::new();
                filter_trie.filters_that_take(name, |text| taken.push(text.clone()));
                taken.sort_unstable();
                let mut expected: Vec<String> = filters.iter().filter(|text| matches(TopicFilter::parse(text).unwrap(), name)).cloned().collect();
                expected.sort_unstable();
                prop_assert_eq!(taken, expected, "{}", name);
            }
            for filter in ["#", "+", "a/#", "+/+", "$a/#", "+/b/#"].into_iter().chain(filters.iter().map(String::as_str)) {
                let filter = TopicFilter::parse(filter).unwrap();
                let mut taken = Vec::new();
                name_trie.names_taken_by(filter, |text| taken.push(text.clone()));
                taken.sort_unstable();
                let mut expected: Vec<String> = names.iter().filter(|text| matches(filter, TopicName::parse(text).unwrap())).cloned().collect();
                expected.sort_unstable();
                prop_assert_eq!(taken, expected, "{}", filter);
            }
            prop_assert_eq!(name_trie.values().count(), names.len());
        }
    }

    fn filled(texts: &[String]) -> LevelTrie<String> {
        let mut trie = LevelTrie::default();
        for text in texts {
            let at = trie.insert(text).unwrap();
            *trie.value_mut(at).unwrap() = Some(text.clone());
        }
        trie
    }
}
