//! The points of one series, in the order of their times, and what of them a column of pixels shows.

use core::ops::Range;
use std::collections::VecDeque;

use crate::time::Instant;

/// How many points a series keeps; the oldest go first.
pub const POINTS_MAXIMUM: usize = 200_000;

/// How many points are summed up together.
const BLOCK: usize = 64;

/// What a column of pixels shows: the points that fall into it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
    /// The oldest, to which a line from the column before leads.
    pub first: f64,
    /// The youngest.
    pub last: f64,
}

/// Points, with the lowest and the highest of each block of them.
#[derive(Debug, Default)]
pub(super) struct Points {
    times: VecDeque<Instant>,
    values: VecDeque<f64>,
    /// The first belongs to the first points; the last is still being filled.
    blocks: VecDeque<(f64, f64)>,
    dropped: u64,
}

impl Points {
    /// Adds a point. One that is older than the last, as files can have it, counts as being of its time.
    pub(super) fn push(&mut self, at: Instant, value: f64) {
        let at = self.times.back().map_or(at, |last| at.max(*last));
        if self.times.len() >= POINTS_MAXIMUM {
            self.times.drain(..BLOCK);
            self.values.drain(..BLOCK);
            self.blocks.pop_front();
            self.dropped += BLOCK as u64;
        }
        if self.times.len().is_multiple_of(BLOCK) {
            self.blocks.push_back((value, value));
        } else if let Some((low, high)) = self.blocks.back_mut() {
            (*low, *high) = (low.min(value), high.max(value));
        }
        self.times.push_back(at);
        self.values.push_back(value);
    }

    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    /// How many have gone.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn span(&self) -> Option<(Instant, Instant)> {
        Some((*self.times.front()?, *self.times.back()?))
    }

    pub(super) fn last(&self) -> Option<f64> {
        self.values.back().copied()
    }

    /// The points at the end before `at` and from then on.
    pub(super) fn around(&self, window: &Range<Instant>) -> (Option<f64>, Option<f64>) {
        let start = self.times.partition_point(|time| *time < window.start);
        let end = self.times.partition_point(|time| *time < window.end);
        let before = start.checked_sub(1);
        (
            before.and_then(|before| self.values.get(before).copied()),
            self.values.get(end).copied(),
        )
    }

    /// What `width` columns of equal time show, `None` where no point falls into one.
    pub(super) fn columns(&self, window: &Range<Instant>, width: usize) -> Vec<Option<Column>> {
        let start = window.start.as_micros();
        let length = u128::from(window.end.as_micros().saturating_sub(start));
        let mut from = self.times.partition_point(|time| *time < window.start);
        let mut columns = Vec::with_capacity(width);
        for column in 1..=width {
            let part = length * column as u128 / width as u128;
            let end = Instant::from_micros(start.saturating_add(part as u64));
            // Most often the end is near: looked for from here, in growing steps.
            let to = self.first_from(from, end);
            columns.push(self.column(from..to));
            from = to;
        }
        columns
    }

    fn first_from(&self, from: usize, end: Instant) -> usize {
        let is_before = |index: usize| self.times.get(index).is_some_and(|time| *time < end);
        let mut step = 1;
        let (mut low, mut high) = (from, from);
        while is_before(high) {
            low = high + 1;
            high += step;
            step *= 2;
        }
        high = high.min(self.times.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn column(&self, range: Range<usize>) -> Option<Column> {
        let first = *self
            .values
            .get(range.start)
            .filter(|_| range.start < range.end)?;
        let last = *self.values.get(range.end - 1)?;
        let (mut low, mut high) = (first, first);
        let mut index = range.start;
        while index < range.end {
            let is_block = index.is_multiple_of(BLOCK) && index + BLOCK <= range.end;
            let (own_low, own_high, step) = if is_block {
                let (low, high) = *self.blocks.get(index / BLOCK)?;
                (low, high, BLOCK)
            } else {
                let value = *self.values.get(index)?;
                (value, value, 1)
            };
            (low, high) = (low.min(own_low), high.max(own_high));
            index += step;
        }
        Some(Column {
            low,
            high,
            first,
            last,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_oldest_points_go_and_are_counted() {
        let mut points = Points::default();
        for number in 0..POINTS_MAXIMUM as u64 + 1_000 {
            points.push(Instant::from_micros(number), number as f64);
        }
        assert!(points.len() <= POINTS_MAXIMUM);
        assert_eq!(points.len() as u64 + points.dropped(), 201_000);
        let window = Instant::ORIGIN..Instant::from_micros(300_000);
        let columns = points.columns(&window, 1);
        let column = columns[0].unwrap();
        assert_eq!(
            (column.low, column.high),
            (points.dropped() as f64, 200_999.0)
        );
    }

    proptest! {
        #[test]
        fn columns_show_what_a_naive_look_finds(
            gaps in prop::collection::vec((0_u64..9, -50_i32..50), 0..400),
            start in 0_u64..500, length in 0_u64..2_000, width in 1_usize..40,
        ) {
            let mut points = Points::default();
            let mut model = Vec::new();
            let mut at = 0;
            for (gap, value) in gaps {
                at += gap;
                points.push(Instant::from_micros(at), f64::from(value));
                model.push((at, f64::from(value)));
            }
            let window = Instant::from_micros(start)..Instant::from_micros(start + length);
            let columns = points.columns(&window, width);
            prop_assert_eq!(columns.len(), width);
            for (place, column) in columns.into_iter().enumerate() {
                let edge = |place: usize| start + length * place as u64 / width as u64;
                let own: Vec<f64> = model
                    .iter()
                    .filter(|(at, _)| (edge(place)..edge(place + 1)).contains(at))
                    .map(|(_, value)| *value)
                    .collect();
                let expected = own.first().map(|first| Column {
                    low: own.iter().copied().fold(f64::INFINITY, f64::min),
                    high: own.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    first: *first,
                    last: own[own.len() - 1],
                });
                prop_assert_eq!(column, expected);
            }
        }
    }
}
