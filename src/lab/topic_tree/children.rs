//! The levels under one level, in the order in which they are shown, and how many rows each has.

use core::cmp::Ordering;

/// How many levels a chunk holds before it is cut in two: what is moved for one that comes in between.
const CHUNK: usize = 512;

/// Levels in order, in chunks that know how many rows they have: to put one in and to find the one
/// at a row costs about the square root of their number.
#[derive(Debug, Default)]
pub(super) struct Children {
    chunks: Vec<Chunk>,
}

#[derive(Debug)]
struct Chunk {
    nodes: Vec<u32>,
    rows: u64,
}

/// Where a level stands, or would stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    chunk: usize,
    within: usize,
}

impl Children {
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The level that compares as equal, `Err` with the place where it belongs.
    pub(super) fn find(&self, compare: impl Fn(u32) -> Ordering) -> Result<(u32, Place), Place> {
        let starts_before = |chunk: &Chunk| {
            let first = chunk.nodes.first();
            first.is_some_and(|first| compare(*first) != Ordering::Greater)
        };
        let after = self.chunks.partition_point(starts_before);
        let chunk = after.saturating_sub(1);
        let Some(own) = self.chunks.get(chunk) else {
            return Err(Place { chunk, within: 0 });
        };
        match own.nodes.binary_search_by(|node| compare(*node)) {
            Ok(within) => {
                let node = own.nodes.get(within).copied().unwrap_or_default();
                Ok((node, Place { chunk, within }))
            }
            Err(within) => Err(Place { chunk, within }),
        }
    }

    /// Puts a level with `rows` rows where [`Self::find`] has said.
    pub(super) fn insert(&mut self, place: Place, node: u32, rows: u64) {
        let Some(chunk) = self.chunks.get_mut(place.chunk) else {
            let nodes = vec![node];
            self.chunks.push(Chunk { nodes, rows });
            return;
        };
        chunk
            .nodes
            .insert(place.within.min(chunk.nodes.len()), node);
        chunk.rows += rows;
    }

    /// Cuts the chunk at `place` where it has grown too large; `rows` tells the rows of a level.
    pub(super) fn cut(&mut self, place: Place, rows: impl Fn(u32) -> u64) {
        let Some(chunk) = self.chunks.get_mut(place.chunk) else {
            return;
        };
        if chunk.nodes.len() <= CHUNK {
            return;
        }
        let nodes = chunk.nodes.split_off(CHUNK / 2);
        let moved: u64 = nodes.iter().map(|node| rows(*node)).sum();
        chunk.rows -= moved;
        let rows = moved;
        self.chunks.insert(place.chunk + 1, Chunk { nodes, rows });
    }

    /// Takes in that the level at `place` has other rows now.
    pub(super) fn change_rows(&mut self, place: Place, before: u64, after: u64) {
        if let Some(chunk) = self.chunks.get_mut(place.chunk) {
            chunk.rows = chunk.rows - before + after;
        }
    }

    /// Counts all rows again.
    pub(super) fn recount(&mut self, rows: impl Fn(u32) -> u64) -> u64 {
        let mut all = 0;
        for chunk in &mut self.chunks {
            chunk.rows = chunk.nodes.iter().map(|node| rows(*node)).sum();
            all += chunk.rows;
        }
        all
    }

    /// The level that has the row, counted from the first row of all, and which of its rows it is.
    pub(super) fn at_row(&self, row: u64, rows: impl Fn(u32) -> u64) -> Option<(u32, u64)> {
        let mut left = row;
        for chunk in &self.chunks {
            if left >= chunk.rows {
                left -= chunk.rows;
                continue;
            }
            for &node in &chunk.nodes {
                let own = rows(node);
                if left < own {
                    return Some((node, left));
                }
                left -= own;
            }
        }
        None
    }

    /// How many rows stand before the level at `place`.
    pub(super) fn rows_before(&self, place: Place, rows: impl Fn(u32) -> u64) -> u64 {
        let chunks = self.chunks.iter().take(place.chunk);
        let before: u64 = chunks.map(|chunk| chunk.rows).sum();
        let within = self.chunks.get(place.chunk).map(|chunk| &chunk.nodes);
        let within = within.into_iter().flatten().take(place.within);
        before + within.map(|node| rows(*node)).sum::<u64>()
    }

    /// All levels in order.
    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.chunks
            .iter()
            .flat_map(|chunk| chunk.nodes.iter().copied())
    }
}

/// The order of names: numbers in them by their value, so that `room2` stands before `room10`.
pub(super) fn compare_names(one: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (one.as_bytes(), other.as_bytes());
    while let (Some(a), Some(b)) = (left.first(), right.first()) {
        if a.is_ascii_digit() && b.is_ascii_digit() {
            let (number, left_rest) = number(left);
            let (other_number, right_rest) = self::number(right);
            let by_length = number.len().cmp(&other_number.len());
            let order = by_length.then_with(|| number.cmp(other_number));
            if order != Ordering::Equal {
                return order;
            }
            (left, right) = (left_rest, right_rest);
        } else if a == b {
            left = left.get(1..).unwrap_or_default();
            right = right.get(1..).unwrap_or_default();
        } else {
            break;
        }
    }
    // `7` and `007` are the same number and not the same name.
    left.cmp(right).then_with(|| one.cmp(other))
}

/// The digits at the beginning without leading zeros, and what follows them.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
    let zeros = digits.iter().take_while(|byte| **byte == b'0').count();
    (digits.get(zeros..).unwrap_or_default(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_stand_by_their_value() {
        let mut names = [
            "room10", "room2", "room", "a", "room02", "room2b", "10", "9",
        ];
        names.sort_by(|one, other| compare_names(one, other));
        let expected = [
            "9", "10", "a", "room", "room02", "room2", "room2b", "room10",
        ];
        assert_eq!(names, expected);
    }

    proptest! {
        #[test]
        fn the_order_is_an_order(a in "[a0-2]{0,4}", b in "[a0-2]{0,4}", c in "[a0-2]{0,4}") {
            prop_assert_eq!(compare_names(&a, &b), compare_names(&b, &a).reverse());
            prop_assert_eq!(compare_names(&a, &b) == Ordering::Equal, a == b);
            let (ab, bc) = (compare_names(&a, &b), compare_names(&b, &c));
            if ab == bc {
                prop_assert_eq!(compare_names(&a, &c), ab, "{} {} {}", a, b, c);
            }
        }

        #[test]
        fn rows_are_found_in_order(mut numbers in prop::collection::vec(0_u32..5_000, 0..3_000)) {
            let rows = |node: u32| u64::from(node % 3);
            let mut children = Children::default();
            for &number in &numbers {
                if let Err(place) = children.find(|node| node.cmp(&number)) {
                    children.insert(place, number, rows(number));
                    children.cut(place, rows);
                }
            }
            numbers.sort_unstable();
            numbers.dedup();
            prop_assert!(children.iter().eq(numbers.iter().copied()));
            let mut row = 0;
            for &number in &numbers {
                let (found, place) = children.find(|node| node.cmp(&number)).unwrap();
                prop_assert_eq!((found, children.rows_before(place, rows)), (number, row));
                for own in 0..rows(number) {
                    prop_assert_eq!(children.at_row(row + own, rows), Some((number, own)));
                }
                row += rows(number);
            }
            prop_assert_eq!(children.at_row(row, rows), None);
            prop_assert_eq!(children.recount(rows), row);
        }
    }
}
