//! What the screen reads of the topic tree.

use core::ops::Range;

use super::{Node, TopicKey, TopicTree};
use crate::lab::payload::preview;
use crate::lab::trace::Sequence;
use crate::lab::{ClientKey, Lab, format};

/// The longest name and value of a row, in characters.
const ROW_TEXT_MAXIMUM: usize = 120;

/// One row of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicRow {
    /// The level, and the row's key.
    pub key: TopicKey,
    /// How deep it lies, 1 for the first levels.
    pub depth: usize,
    /// The name of the level, with what would be invisible made visible; empty for an empty level.
    pub name: String,
    /// What of the name is the text that the tree is filtered by: byte ranges.
    pub name_matches: Vec<Range<usize>>,
    /// Whether messages came on this very topic.
    pub is_topic: bool,
    /// Whether there are levels below it.
    pub has_children: bool,
    /// Whether these are shown.
    pub is_open: bool,
    /// How many topics it stands for, itself and below.
    pub topics: u64,
    /// How many messages came on them.
    pub messages: u64,
    /// Messages per second on them: `120/s`.
    pub rate: String,
    /// How long ago the latest of them came: `00:12`.
    pub age: String,
    /// The record of the latest message on this very topic.
    pub last: Option<Sequence>,
    /// The beginning of its payload; `None` where there is no such message, or the trace has
    /// dropped it.
    pub value: Option<String>,
}

/// What there is to say of the tree as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicTreeView {
    /// How many topics it has.
    pub topics: u64,
    /// How many levels, all branches together.
    pub levels: u64,
    /// How many messages came on topics for which it has no room.
    pub left_out: u64,
    /// The text that it is filtered by; empty: it shows all.
    pub filter: String,
    /// How many topics have the text, so far.
    pub matches: u64,
    /// Whether some were not looked at yet.
    pub is_searching: bool,
}

impl TopicTreeView {
    /// What it lacks, where it lacks something: a whole sentence.
    pub fn left_out_words(&self) -> Option<String> {
        (self.left_out > 0).then(|| {
            format!(
                "{} messages came on topics that are not in this tree: it is full at {} levels. \
                 They are in the list of messages.",
                format::count(self.left_out),
                format::count(self.levels)
            )
        })
    }
}

impl Lab {
    /// How many rows the topic tree of a client has, as it is opened and filtered.
    pub fn topic_row_count(&self, client: ClientKey) -> usize {
        self.tree_of(client).map_or(0, TopicTree::row_count)
    }

    /// The rows at these positions from the top. Costs what these rows cost, however many there are.
    pub fn topic_rows(&self, client: ClientKey, rows: Range<usize>) -> Vec<TopicRow> {
        let Some(tree) = self.tree_of(client) else {
            return Vec::new();
        };
        rows.map_while(|row| {
            let index = tree.at_row(row)?;
            Some(self.topic_row(client, tree, index, tree.node(index)?))
        })
        .collect()
    }

    /// The row of a level, where it is shown.
    pub fn topic_row_of(&self, client: ClientKey, key: TopicKey) -> Option<usize> {
        let tree = self.tree_of(client)?;
        tree.row_of(tree.index(key)?)
    }

    /// The level above a level, where there is one.
    pub fn topic_parent(&self, client: ClientKey, key: TopicKey) -> Option<TopicKey> {
        let tree = self.tree_of(client)?;
        let parent = tree.node(tree.index(key)?)?.parent;
        (parent != super::ROOT).then(|| tree.key(parent))
    }

    /// The whole topic that a level stands for, exactly, for copying.
    pub fn topic_path(&self, client: ClientKey, key: TopicKey) -> Option<String> {
        let tree = self.tree_of(client)?;
        Some(tree.path(tree.index(key)?))
    }

    /// What there is to say of a client's topic tree.
    pub fn topic_tree(&self, client: ClientKey) -> TopicTreeView {
        let Some(tree) = self.tree_of(client) else {
            return TopicTreeView::default();
        };
        let root = tree.node(super::ROOT);
        let filter = tree.filter.as_ref();
        TopicTreeView {
            topics: root.map_or(0, |root| root.topics.into()),
            levels: tree.nodes.len() as u64 - 1,
            left_out: tree.left_out,
            filter: filter.map_or_else(String::new, |filter| filter.text.clone()),
            matches: root.map_or(0, |root| root.matches.into()),
            is_searching: tree.has_work(),
        }
    }

    pub(in crate::lab) fn tree_of(&self, client: ClientKey) -> Option<&TopicTree> {
        Some(self.messages_of(client)?.tree())
    }

    fn topic_row(&self, client: ClientKey, tree: &TopicTree, index: u32, node: &Node) -> TopicRow {
        let now = self.now();
        let name = match &*node.name {
            "" => String::new(),
            name => preview(name.as_bytes(), ROW_TEXT_MAXIMUM),
        };
        let trace = self.trace_of(client);
        let payload = node.last.and_then(|last| trace?.get(last)?.payload());
        let matcher = tree.filter.as_ref().map(|filter| &filter.matcher);
        TopicRow {
            key: tree.key(index),
            depth: node.depth.into(),
            name_matches: matcher.map_or_else(Vec::new, |matcher| matcher.spans(&name, 8)),
            name,
            is_topic: node.own > 0,
            has_children: !node.children.is_empty(),
            is_open: tree.is_open(node) && !node.children.is_empty(),
            topics: node.topics.into(),
            messages: node.messages,
            rate: format::rate(node.rate.per_second(now)),
            age: format::duration(now.saturating_since(node.last_at)),
            last: node.last,
            value: payload.map(|payload| preview(payload, ROW_TEXT_MAXIMUM)),
        }
    }
}
