use super::*;
use crate::codec::ProtocolVersion;
use crate::lab::ClientKey;
use crate::lab::trace::{Direction, PacketFacts, Trace};
use proptest::prelude::*;

/// A tree over a trace of its own.
struct World {
    trace: Trace,
    tree: TopicTree,
}

impl World {
    fn new(budget: usize) -> Self {
        Self {
            trace: Trace::new(budget),
            tree: TopicTree::default(),
        }
    }

    fn take(&mut self, topic: &str) {
        let mut facts = PacketFacts::new(ProtocolVersion::V5_0);
        facts.topic = Some(topic);
        let now = Instant::from_millis(self.trace.next().number());
        let (client, direction) = (ClientKey::new(1), Direction::Received);
        let raw = [0x30, 1, b'x'];
        let sequence = self
            .trace
            .append_packet(now, client, direction, &raw, facts);
        let record = self.trace.get(sequence).unwrap();
        self.tree.take(&record, topic, self.trace.first());
    }
}

/// The rows as they are drawn.
fn rows(tree: &TopicTree) -> Vec<String> {
    let shown: Vec<_> = (0..).map_while(|row| tree.at_row(row)).collect();
    assert_eq!(shown.len(), tree.row_count());
    for (row, node) in shown.iter().enumerate() {
        assert_eq!(tree.row_of(*node), Some(row));
    }
    let indented = shown.into_iter().map(|node| {
        let node = tree.node(node).unwrap();
        format!("{}{}", " ".repeat(usize::from(node.depth) - 1), node.name)
    });
    indented.collect()
}

fn open(tree: &mut TopicTree, path: &str, is_open: bool) {
    let node = tree.find_or_add(path).unwrap();
    assert!(tree.set_open(tree.key(node), is_open));
}

fn searched(tree: &mut TopicTree, text: &str) -> Vec<String> {
    tree.set_filter(text);
    while tree.has_work() {
        tree.work(2);
    }
    rows(tree)
}

#[test]
fn topics_stand_level_by_level_in_order() {
    let mut world = World::new(1 << 20);
    for topic in ["b/10/x", "b/9", "a", "b", "/a", "b/9/", "b/9"] {
        world.take(topic);
    }
    let tree = &mut world.tree;
    assert_eq!(rows(tree), ["", "a", "b"]);
    open(tree, "b", true);
    open(tree, "b/9", true);
    assert_eq!(rows(tree), ["", "a", "b", " 9", "  ", " 10"]);
    open(tree, "b", false);
    assert_eq!(rows(tree), ["", "a", "b"]);
    let b = tree.find_or_add("b").unwrap();
    let node = tree.node(b).unwrap();
    assert_eq!((node.own, node.messages, node.topics), (1, 5, 4));
    let below = tree.find_or_add("b/9/").unwrap();
    assert_eq!(tree.path(below), "b/9/");
    let root = tree.node(ROOT).unwrap();
    assert_eq!((root.topics, root.messages), (6, 7));
    tree.clear();
    assert_eq!((tree.row_count(), tree.index(TopicKey(3))), (0, None));
}

#[test]
fn a_filter_shows_matches_and_what_leads_to_them() {
    let mut world = World::new(1 << 20);
    for topic in [
        "home/Kitchen/t",
        "home/kitchen/h",
        "home/bath/t",
        "office/t",
    ] {
        world.take(topic);
    }
    let tree = &mut world.tree;
    let all = ["home", " Kitchen", "  t", " kitchen", "  h"];
    assert_eq!(searched(tree, "KITCHEN"), all);
    // Topics are counted, not what leads to them; and a level that becomes one.
    assert_eq!(tree.nodes[0].matches, 2);
    world.take("home/kitchen");
    assert_eq!(world.tree.nodes[0].matches, 3);
    let tree = &mut world.tree;
    // Across levels, and for topics that come later.
    assert_eq!(searched(tree, "h/T"), ["home", " bath", "  t"]);
    world.take("north/t");
    world.take("east/t");
    let tree = &mut world.tree;
    assert_eq!(rows(tree), ["home", " bath", "  t", "north", " t"]);
    open(tree, "home", false);
    assert_eq!(rows(tree), ["home", "north", " t"]);
    assert_eq!(searched(tree, "nothing"), [""; 0]);
    assert_eq!(searched(tree, ""), ["east", "home", "north", "office"]);
    tree.set_all_open(true);
    assert_eq!(tree.row_count(), 13);
}

#[test]
fn a_million_topics_are_bounded_and_counted() {
    let mut world = World::new(8 << 20);
    for number in 0..150_000 {
        world.take(&format!("flood/{number}"));
    }
    let tree = &world.tree;
    assert_eq!(tree.nodes.len(), TOPIC_LEVELS_MAXIMUM);
    assert_eq!(tree.left_out, 150_002 - TOPIC_LEVELS_MAXIMUM as u64);
    assert!(tree.by_topic.len() < TOPIC_LEVELS_MAXIMUM);
    // One that the trace has forgotten, and so given up its number.
    world.take("flood/0");
    let node = world.tree.find_or_add("flood/0").unwrap();
    assert_eq!(world.tree.node(node).unwrap().own, 2);
    open(&mut world.tree, "flood", true);
    assert_eq!(world.tree.row_count(), TOPIC_LEVELS_MAXIMUM - 1);
    let node = world.tree.at_row(77_778).unwrap();
    assert_eq!(world.tree.path(node), "flood/77777");
}

#[test]
fn the_longest_and_the_deepest_topics_have_their_bounds() {
    let mut world = World::new(64 << 20);
    let deep = "x/".repeat(32_767);
    world.take(&deep);
    world.take(&deep);
    assert_eq!(world.tree.nodes.len(), 1 + TOPIC_DEPTH_MAXIMUM);
    let last = world.tree.find_or_add(&deep).unwrap();
    assert_eq!(world.tree.path(last), deep);
    assert_eq!(world.tree.node(last).unwrap().own, 2);
    for number in 0..200 {
        world.take(&format!("{number}{}", "y".repeat(65_000)));
    }
    assert!(world.tree.name_bytes <= TOPIC_NAMES_MAXIMUM);
    let kept = world.tree.nodes.len() as u64 - 1_001;
    assert_eq!(world.tree.left_out, 200 - kept);
    assert!(kept > 100);
    assert!(searched(&mut world.tree, "199y").is_empty());
    assert_eq!(searched(&mut world.tree, "99y").len(), 1);
}

proptest! {
    #[test]
    fn rows_are_those_that_a_naive_walk_finds(
        steps in prop::collection::vec((0_u8..12, "[ab](/[ab]){0,3}"), 0..60),
    ) {
        let mut world = World::new(1 << 20);
        for (step, path) in steps {
            match step {
                0..6 => world.take(&path),
                6..9 => {
                    if let Some(node) = world.tree.find_existing(&path) {
                        let key = world.tree.key(node);
                        world.tree.set_open(key, step != 8);
                    }
                }
                9 => world.tree.set_filter(&path),
                10 => world.tree.set_filter(""),
                _ => drop(world.tree.work(3)),
            }
            let tree = &world.tree;
            let naive = naive_rows(tree, ROOT);
            let shown: Vec<_> = (0..).map_while(|row| tree.at_row(row)).collect();
            prop_assert_eq!(&shown, &naive);
            prop_assert_eq!(tree.row_count(), naive.len());
            for (row, node) in naive.iter().enumerate() {
                prop_assert_eq!(tree.row_of(*node), Some(row));
            }
        }
    }
}

impl TopicTree {
    fn find_existing(&self, path: &str) -> Option<u32> {
        let names = path.split('/');
        names
            .into_iter()
            .try_fold(ROOT, |node, name| Some(self.find_child(node, name).ok()?.0))
    }
}

fn naive_rows(tree: &TopicTree, node: u32) -> Vec<u32> {
    let own = tree.node(node).unwrap();
    let mut rows = Vec::new();
    for child in own.children.iter() {
        let level = tree.node(child).unwrap();
        let is_shown = tree.filter.is_none() || has_match(tree, child);
        if is_shown {
            rows.push(child);
            if tree.is_open(level) {
                rows.extend(naive_rows(tree, child));
            }
        }
    }
    rows
}

fn has_match(tree: &TopicTree, node: u32) -> bool {
    let own = tree.node(node).unwrap();
    (own.is_match && own.own > 0) || own.children.iter().any(|child| has_match(tree, child))
}
