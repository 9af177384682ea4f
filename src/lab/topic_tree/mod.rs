//! The topic tree: every topic that a client was given messages on, level by level.
//!
//! A message on a known topic costs a look-up and a step for each level. What is drawn is read by row:
//! the tree knows how many rows stand under each level. It is bounded:
//! [`TOPIC_LEVELS_MAXIMUM`] levels, [`TOPIC_NAMES_MAXIMUM`] bytes of names; messages on topics for which there is
//! no room are counted ([`TopicTreeView::left_out`]). Beyond [`TOPIC_DEPTH_MAXIMUM`] levels the rest of a topic is shown
//! as one level, with its slashes.

mod branch;
mod children;
mod command;
#[cfg(test)]
mod tests;
mod view;

use core::hash::{BuildHasherDefault, Hasher};
use std::collections::HashMap;

pub use branch::{BRANCH_PREVIEW_MAXIMUM, BranchRetained};
pub use command::TopicCommand;
pub use view::{TopicRow, TopicTreeView};

use super::filter::TextMatcher;
use super::rates::Rate;
use super::trace::{Record, Sequence, TopicId};
use crate::time::Instant;
use children::{Children, compare_names};

/// How many levels the tree of a client has at most, all branches together.
pub const TOPIC_LEVELS_MAXIMUM: usize = 100_000;
/// How many bytes the names of all levels have at most.
pub const TOPIC_NAMES_MAXIMUM: usize = 8_000_000;
/// How deep the tree goes.
pub const TOPIC_DEPTH_MAXIMUM: usize = 1_000;

/// One level of a topic tree. Given once; after the tree was cleared it names nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TopicKey(u64);

impl TopicKey {
    /// The number of this key, for keyed lists.
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// The topics of one client.
#[derive(Debug)]
pub(super) struct TopicTree {
    /// The first is above all others and is not shown. A level stands after the one above it.
    nodes: Vec<Node>,
    by_topic: HashMap<TopicId, u32, BuildHasherDefault<NumberHasher>>,
    name_bytes: usize,
    /// The number of the first node's key.
    first_key: u64,
    left_out: u64,
    filter: Option<TreeFilter>,
}

#[derive(Debug)]
struct TreeFilter {
    text: String,
    matcher: TextMatcher,
    /// The first node that was not looked at.
    next: usize,
    /// [`TopicTree::look_at_next`]: whoever filters brings it along.
    look: fn(&mut TopicTree) -> usize,
}

#[derive(Debug)]
struct Node {
    name: Box<str>,
    parent: u32,
    depth: u16,
    is_open: bool,
    /// Whether it was closed while the tree is filtered; levels on the way to a match are open then.
    is_folded: bool,
    /// Whether its topic, or the beginning that leads to it, has the filter's text.
    is_match: bool,
    topic: Option<TopicId>,
    children: Children,
    /// How many messages came on this very topic.
    own: u64,
    /// How many came on it and on those below.
    messages: u64,
    /// How many topics with messages there are, itself and below.
    topics: u32,
    /// How many of these topics match, itself and below. What leads to one matches only with it.
    matches: u32,
    /// Its rows as it is shown now, its own included; 0 where it is not shown.
    rows: u64,
    /// The rows of the levels below, were it open.
    inner_rows: u64,
    /// The latest message on this very topic.
    last: Option<Sequence>,
    /// When the latest message came, on it or below.
    last_at: Instant,
    /// Of it and those below.
    rate: Rate,
}

const ROOT: u32 = 0;

impl Default for TopicTree {
    fn default() -> Self {
        Self {
            nodes: vec![Node {
                is_open: true,
                rows: 1,
                ..Node::new("", ROOT, 0)
            }],
            by_topic: HashMap::default(),
            name_bytes: 0,
            first_key: 0,
            left_out: 0,
            filter: None,
        }
    }
}

impl Node {
    fn new(name: &str, parent: u32, depth: u16) -> Self {
        Self {
            name: name.into(),
            parent,
            depth,
            is_open: false,
            is_folded: false,
            is_match: false,
            topic: None,
            children: Children::default(),
            own: 0,
            messages: 0,
            topics: 0,
            matches: 0,
            rows: 0,
            inner_rows: 0,
            last: None,
            last_at: Instant::ORIGIN,
            rate: Rate::default(),
        }
    }
}

impl TopicTree {
    /// Takes in a message that was given to the client. `first` is the oldest record that is kept.
    pub(super) fn take(&mut self, record: &Record<'_>, topic: &str, first: Sequence) {
        let known = record.topic_id().and_then(|id| self.by_topic.get(&id));
        // A number stands for the same topic as long as a record with it is kept.
        let is_sure = |node: &u32| {
            self.node(*node)
                .is_some_and(|node| node.last >= Some(first))
        };
        let node = match known.copied().filter(is_sure) {
            Some(node) => node,
            None => match self.find_or_add(topic) {
                Some(node) => node,
                None => {
                    self.left_out = self.left_out.saturating_add(1);
                    return;
                }
            },
        };
        self.remember(node, record.topic_id());
        let (mut is_new_topic, mut is_match) = (false, false);
        if let Some(own) = self.node_mut(node) {
            is_new_topic = own.own == 0;
            is_match = own.is_match;
            own.own += 1;
            own.last = Some(record.sequence());
        }
        let now = record.time();
        self.for_path(node, |level| {
            level.messages += 1;
            level.topics += u32::from(is_new_topic);
            level.matches += u32::from(is_new_topic && is_match);
            level.last_at = now;
            level.rate.count(now);
        });
        if is_new_topic && is_match {
            self.show_path(node);
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        let first_key = self.first_key + self.nodes.len() as u64;
        *self = Self {
            first_key,
            ..Self::default()
        };
    }

    /// How many rows there are to draw.
    pub(super) fn row_count(&self) -> usize {
        let rows = self.node(ROOT).map_or(0, |root| root.inner_rows);
        usize::try_from(rows).unwrap_or(usize::MAX)
    }

    /// The level at this row.
    fn at_row(&self, row: usize) -> Option<u32> {
        let mut left = row as u64;
        let mut level = ROOT;
        loop {
            let children = &self.node(level)?.children;
            let (child, within) = children.at_row(left, |child| self.rows(child))?;
            if within == 0 {
                return Some(child);
            }
            (level, left) = (child, within - 1);
        }
    }

    /// The row of a level; `None` where it is inside of one that is closed, or not shown.
    fn row_of(&self, node: u32) -> Option<usize> {
        let mut row = 0;
        let mut below = node;
        while below != ROOT {
            if self.rows(below) == 0 {
                return None;
            }
            let level = self.node(below)?;
            let parent = self.node(level.parent)?;
            let is_shut = level.parent != ROOT && !self.is_open(parent);
            if is_shut {
                return None;
            }
            let (_, place) = self.find_child(level.parent, &level.name).ok()?;
            row += parent.children.rows_before(place, |child| self.rows(child));
            row += u64::from(level.parent != ROOT);
            below = level.parent;
        }
        usize::try_from(row).ok()
    }

    /// Opens or closes a level.
    pub(super) fn set_open(&mut self, key: TopicKey, is_open: bool) -> bool {
        let Some(index) = self.index(key) else {
            return false;
        };
        let is_filtered = self.filter.is_some();
        if let Some(node) = self.node_mut(index) {
            if is_filtered {
                node.is_folded = !is_open;
            } else {
                node.is_open = is_open;
            }
        }
        self.update_rows(index);
        true
    }

    /// Opens or closes all levels.
    pub(super) fn set_all_open(&mut self, is_open: bool) {
        let is_filtered = self.filter.is_some();
        for node in self.nodes.iter_mut().skip(1) {
            if is_filtered {
                node.is_folded = !is_open;
            } else {
                node.is_open = is_open;
            }
        }
        self.count_rows();
    }

    /// Shows only topics that have the text, and the levels that lead to them; an empty one shows
    /// all. Without regard to case. The topics are looked at by [`Self::work`].
    pub(super) fn set_filter(&mut self, text: &str) {
        for node in &mut self.nodes {
            (node.is_match, node.matches, node.is_folded) = (false, 0, false);
        }
        self.filter = (!text.is_empty()).then(|| TreeFilter {
            text: text.to_owned(),
            matcher: TextMatcher::new(text, false),
            next: 1,
            look: Self::look_at_next,
        });
        self.count_rows();
    }

    /// Looks at levels for the filter for at most `budget` steps; gives what is left of them.
    pub(super) fn work(&mut self, budget: usize) -> usize {
        let mut left = budget;
        while left > 0
            && let Some(filter) = &self.filter
            && filter.next < self.nodes.len()
        {
            left = left.saturating_sub(1 + (filter.look)(self));
        }
        left
    }

    pub(super) fn has_work(&self) -> bool {
        let next = self.filter.as_ref().map(|filter| filter.next);
        next.is_some_and(|next| next < self.nodes.len())
    }

    /// The whole topic of a level.
    fn path(&self, node: u32) -> String {
        let mut names = Vec::new();
        let mut level = node;
        while level != ROOT
            && let Some(own) = self.node(level)
        {
            names.push(&*own.name);
            level = own.parent;
        }
        names.reverse();
        names.join("/")
    }

    /// Judges the next level that the filter has not seen; what that cost beside the step itself.
    fn look_at_next(&mut self) -> usize {
        let Some(filter) = &mut self.filter else {
            return 0;
        };
        let place = filter.next;
        filter.next += 1;
        let Ok(index) = u32::try_from(place) else {
            return 0;
        };
        let (is_match, cost) = self.matches_filter(index);
        if is_match {
            let mut is_topic = false;
            if let Some(node) = self.node_mut(index) {
                node.is_match = true;
                is_topic = node.own > 0;
            }
            if is_topic {
                self.for_path(index, |level| level.matches += 1);
                self.show_path(index);
            }
        }
        cost
    }

    fn matches_filter(&self, index: u32) -> (bool, usize) {
        let (Some(filter), Some(node)) = (&self.filter, self.node(index)) else {
            return (false, 0);
        };
        let parent = self.node(node.parent);
        if node.parent != ROOT && parent.is_some_and(|parent| parent.is_match) {
            return (true, 0);
        }
        // A match that ends in this level begins at most so many bytes before it.
        let mut names = vec![&*node.name];
        let mut before = 0;
        let mut level = node.parent;
        while before < filter.text.len()
            && level != ROOT
            && let Some(own) = self.node(level)
        {
            names.push(&own.name);
            before += own.name.len() + 1;
            level = own.parent;
        }
        names.reverse();
        let tail = names.join("/");
        (filter.matcher.is_in(tail.as_bytes()).0, tail.len() / 64)
    }

    fn find_or_add(&mut self, topic: &str) -> Option<u32> {
        let mut node = ROOT;
        let mut levels = topic.splitn(TOPIC_DEPTH_MAXIMUM, '/').peekable();
        while let Some(name) = levels.peek()
            && let Ok((child, _)) = self.find_child(node, name)
        {
            node = child;
            levels.next();
        }
        let new = levels.clone();
        let (count, bytes) = new.fold((0, 0), |(count, bytes), name| {
            (count + 1, bytes + name.len())
        });
        let is_full = self.nodes.len() + count > TOPIC_LEVELS_MAXIMUM
            || self.name_bytes + bytes > TOPIC_NAMES_MAXIMUM;
        if count > 0 && is_full {
            return None;
        }
        for name in levels {
            node = self.add(node, name)?;
        }
        Some(node)
    }

    fn add(&mut self, parent: u32, name: &str) -> Option<u32> {
        let place = self.find_child(parent, name).err()?;
        let index = u32::try_from(self.nodes.len()).ok()?;
        let depth = self.node(parent)?.depth.saturating_add(1);
        self.nodes.push(Node::new(name, parent, depth));
        self.name_bytes += name.len();
        let mut children = core::mem::take(&mut self.node_mut(parent)?.children);
        children.insert(place, index, 0);
        children.cut(place, |child| self.rows(child));
        self.node_mut(parent)?.children = children;
        match &self.filter {
            None => self.update_rows(index),
            Some(filter) if filter.next == index as usize => {
                (filter.look)(self);
            }
            // Its turn will come.
            Some(_) => {}
        }
        Some(index)
    }

    fn remember(&mut self, index: u32, topic: Option<TopicId>) {
        let Some(node) = self.node_mut(index).filter(|node| node.topic != topic) else {
            return;
        };
        let before = core::mem::replace(&mut node.topic, topic);
        if let Some(before) = before
            && self.by_topic.get(&before) == Some(&index)
        {
            self.by_topic.remove(&before);
        }
        if let Some(topic) = topic {
            self.by_topic.insert(topic, index);
        }
    }

    /// Makes the rows of a level and of those above it what they are now.
    fn update_rows(&mut self, index: u32) {
        let mut level = index;
        while level != ROOT
            && let Some(node) = self.node(level)
        {
            let (before, after) = (node.rows, self.rows_now(node));
            if before == after {
                return;
            }
            let parent = node.parent;
            let place = self
                .find_child(parent, &node.name)
                .ok()
                .map(|(_, place)| place);
            if let Some(node) = self.node_mut(level) {
                node.rows = after;
            }
            if let (Some(place), Some(above)) = (place, self.node_mut(parent)) {
                above.children.change_rows(place, before, after);
                above.inner_rows = above.inner_rows - before + after;
            }
            level = parent;
        }
    }

    /// The same where a level and some above it may just have become visible.
    fn show_path(&mut self, index: u32) {
        let mut level = index;
        while level != ROOT
            && let Some(node) = self.node(level)
        {
            let parent = node.parent;
            self.update_rows(level);
            level = parent;
        }
    }

    /// Counts the rows of all levels anew.
    fn count_rows(&mut self) {
        for place in (0..self.nodes.len()).rev() {
            let Some(node) = self.nodes.get_mut(place) else {
                continue;
            };
            let mut children = core::mem::take(&mut node.children);
            let inner = children.recount(|child| self.rows(child));
            let Some(node) = self.nodes.get_mut(place) else {
                continue;
            };
            node.children = children;
            node.inner_rows = inner;
            let rows = self.nodes.get(place).map_or(0, |node| self.rows_now(node));
            if let Some(node) = self.nodes.get_mut(place) {
                node.rows = rows;
            }
        }
    }

    fn rows_now(&self, node: &Node) -> u64 {
        let is_shown = self.filter.is_none() || node.matches > 0;
        if !is_shown {
            return 0;
        }
        1 + if self.is_open(node) {
            node.inner_rows
        } else {
            0
        }
    }

    fn is_open(&self, node: &Node) -> bool {
        match self.filter {
            Some(_) => !node.is_folded,
            None => node.is_open,
        }
    }

    fn find_child(
        &self,
        parent: u32,
        name: &str,
    ) -> Result<(u32, children::Place), children::Place> {
        let none = Children::default();
        let children = self.node(parent).map_or(&none, |node| &node.children);
        children.find(|child| {
            let own = self.node(child).map_or("", |node| &*node.name);
            compare_names(own, name)
        })
    }

    /// Does something to a level and to all above it.
    fn for_path(&mut self, index: u32, mut change: impl FnMut(&mut Node)) {
        let mut level = index;
        while let Some(node) = self.node_mut(level) {
            change(node);
            if level == ROOT {
                return;
            }
            level = node.parent;
        }
    }

    fn rows(&self, node: u32) -> u64 {
        self.node(node).map_or(0, |node| node.rows)
    }

    fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    fn node_mut(&mut self, index: u32) -> Option<&mut Node> {
        self.nodes.get_mut(index as usize)
    }

    fn key(&self, index: u32) -> TopicKey {
        TopicKey(self.first_key + u64::from(index))
    }

    fn index(&self, key: TopicKey) -> Option<u32> {
        let index = u32::try_from(key.0.checked_sub(self.first_key)?).ok()?;
        (index != ROOT && self.node(index).is_some()).then_some(index)
    }
}

/// Spreads the numbers of topics, which the lab itself gives out; nobody can choose them to collide.
#[derive(Default)]
struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(byte.into());
        }
    }

    fn write_u32(&mut self, number: u32) {
        let mixed = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}
