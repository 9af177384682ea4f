//! A windowed list that grows at its end while someone reads it: where it is scrolled to.
//!
//! Rows are numbered by their place in the list, 0 for the first that it ever had, and the newest is drawn last.
//! What comes in therefore moves nothing; what the trace drops goes at the top, and the rows in view stay.

use crate::lab::list_view::RowStep;
use crate::lab::sight::Sight;
use crate::lab::window::{ListShape, Window};

/// What a list has now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TailExtent {
    /// Which list it is. Another number (another filter) begins again, at the end.
    pub list: u64,
    /// The number of its oldest row: how many have left it.
    pub first: u64,
    /// The number after its newest row's.
    pub end: u64,
}

impl TailExtent {
    /// How many rows there are.
    pub fn count(&self) -> usize {
        usize::try_from(self.end.saturating_sub(self.first)).unwrap_or(usize::MAX)
    }

    /// The position from the top of the row with this number.
    pub fn position(&self, number: u64) -> Option<usize> {
        let is_there = self.first <= number && number < self.end;
        is_there.then(|| usize::try_from(number - self.first).unwrap_or(usize::MAX))
    }

    /// The number of the row at this position from the top.
    pub fn number(&self, position: usize) -> Option<u64> {
        let number = self.first.checked_add(position as u64)?;
        (number < self.end).then_some(number)
    }
}

/// How many rows a list has at most while it follows. A list of always the same height, drawn at its end, needs not be
/// measured nor its bar moved when rows come in, which would make the browser lay it out twice.
const FOLLOWED: u64 = 2_000;

impl TailExtent {
    /// The same with the newest rows alone, for a list that follows.
    #[must_use]
    pub fn followed(self) -> Self {
        Self {
            first: self.first.max(self.end.saturating_sub(FOLLOWED)),
            ..self
        }
    }
}

/// Where a list is scrolled to.
///
/// The methods that return `Some` ask for the scrolled element's `scrollTop` to be set to that value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TailView {
    extent: TailExtent,
    sight: Sight,
}

impl TailView {
    /// What the list had when it was last told.
    pub const fn extent(&self) -> TailExtent {
        self.extent
    }

    /// The height of a row in CSS pixels, 0 before it is known.
    pub const fn row_height(&self) -> f64 {
        self.sight.row_height()
    }

    /// Whether the newest row is in full view.
    pub fn is_at_end(&self) -> bool {
        self.shape()
            .is_none_or(|shape| self.sight.scroll.is_at_end(&shape))
    }

    /// Takes what the list has now. `follows`: the newest row stays in view.
    pub fn on_extent(&mut self, extent: TailExtent, follows: bool) -> Option<f64> {
        let before = core::mem::replace(&mut self.extent, extent);
        let is_other = before.list != extent.list;
        let shape = self.shape()?;
        if follows || is_other {
            return self.sight.scroll.to_end(&shape);
        }
        let rows = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
        let gone = rows(extent.first.saturating_sub(before.first));
        let added = rows(before.first.saturating_sub(extent.first));
        self.sight.scroll.on_rows_changed(&shape, added, gone, true)
    }

    /// Takes the heights in CSS pixels: of a row, and of what is seen of the list; none while it is not displayed.
    pub fn on_resize(
        &mut self,
        row_height: f64,
        viewport_height: f64,
        follows: bool,
    ) -> Option<f64> {
        let count = self.extent.count();
        let first_row = self.sight.resize(count, row_height, viewport_height);
        let shape = self.shape()?;
        if follows {
            return self.sight.scroll.to_end(&shape);
        }
        match first_row {
            // Other rows, same first one.
            Some(row) => self.sight.keep_first_row(&shape, row),
            None => self.sight.scroll.on_rows_changed(&shape, 0, 0, true),
        }
    }

    /// Takes a scroll event with the element's `scrollTop`.
    pub fn on_scroll(&mut self, bar: f64) -> Option<f64> {
        let shape = self.shape()?;
        self.sight.scroll.on_scroll(&shape, bar)
    }

    /// Scrolls to the newest row.
    pub fn to_end(&mut self) -> Option<f64> {
        let shape = self.shape()?;
        self.sight.scroll.to_end(&shape)
    }

    /// Scrolls as little as it takes to see the row with this number.
    pub fn reveal(&mut self, number: u64) -> Option<f64> {
        let position = self.extent.position(number)?;
        let shape = self.shape()?;
        self.sight.scroll.reveal(&shape, position)
    }

    /// The number of the row that is `step` away from the selected one; without a selection, the newest.
    pub fn step(&self, selected: Option<u64>, step: RowStep) -> Option<u64> {
        let last = self.extent.count().checked_sub(1)?;
        let Some(here) = selected.and_then(|number| self.extent.position(number)) else {
            let oldest_or_newest = if step == RowStep::Top { 0 } else { last };
            return self.extent.number(oldest_or_newest);
        };
        self.extent.number(self.sight.step(here, step, last))
    }

    /// Which rows to draw, and where. Before the heights are known, none.
    pub fn window(&self) -> Window {
        self.sight.window(self.extent.count())
    }

    fn shape(&self) -> Option<ListShape> {
        self.sight.shape(self.extent.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::sight::OVERSCAN;

    fn extent(first: u64, end: u64) -> TailExtent {
        TailExtent {
            list: 1,
            first,
            end,
        }
    }

    fn list(end: u64) -> TailView {
        let mut list = TailView::default();
        list.on_resize(20.0, 200.0, true);
        list.on_extent(extent(0, end), true);
        list
    }

    #[test]
    fn nothing_is_drawn_before_the_heights_are_known() {
        let mut list = TailView::default();
        assert_eq!(list.on_extent(extent(0, 50), true), None);
        assert_eq!(list.window().rows, 0..0);
        assert_eq!(list.on_resize(20.0, 200.0, true), Some(800.0));
        assert_eq!(list.window().rows, 40 - OVERSCAN..50);
    }

    #[test]
    fn a_list_that_is_put_aside_comes_back_where_it_was() {
        let mut list = list(1_000);
        list.on_scroll(2_000.0);
        assert_eq!(list.on_resize(0.0, 0.0, false), None);
        list.on_extent(extent(50, 1_100), false);
        assert_eq!(list.on_resize(20.0, 200.0, false), Some(1_000.0));
    }

    #[test]
    fn who_follows_sees_the_newest_at_the_end() {
        let mut list = list(100);
        assert_eq!(list.on_extent(extent(0, 130), true), Some(2_400.0));
        assert!(list.is_at_end());
        assert_eq!(list.window().rows.end, 130);
    }

    #[test]
    fn who_does_not_follow_keeps_the_rows_in_view() {
        let mut list = list(1_000);
        list.on_scroll(2_000.0);
        assert_eq!(list.on_extent(extent(0, 1_100), false), None);
        assert!(list.window().rows.contains(&100) && !list.is_at_end());
        // What leaves at the top takes the bar along, and no row moves.
        assert_eq!(list.on_extent(extent(50, 1_100), false), Some(1_000.0));
        assert_eq!(
            list.extent().number(list.window().rows.start + OVERSCAN),
            Some(100)
        );
    }

    #[test]
    fn a_long_list_that_follows_moves_no_bar() {
        let mut list = list(5_000);
        let followed = extent(0, 9_000).followed();
        assert_eq!((followed.first, followed.count()), (7_000, 2_000));
        list.on_extent(followed, true);
        for end in 9_001..9_010 {
            assert_eq!(list.on_extent(extent(0, end).followed(), true), None);
            assert_eq!(list.window().rows.end, 2_000);
        }
        // Whoever stops sees the same rows, now of all there are.
        let first = |list: &TailView| list.extent().number(list.window().rows.start);
        let before = first(&list);
        assert_eq!(list.on_extent(extent(0, 9_009), false), Some(179_980.0));
        assert_eq!(first(&list), before);
        assert_eq!(extent(3, 8).followed(), extent(3, 8));
    }

    #[test]
    fn another_list_begins_at_its_end() {
        let mut list = list(1_000);
        list.on_scroll(0.0);
        let other = TailExtent {
            list: 2,
            first: 0,
            end: 500,
        };
        assert_eq!(list.on_extent(other, false), Some(9_800.0));
    }

    #[test]
    fn numbers_and_positions() {
        let extent = extent(10, 30);
        assert_eq!(
            (extent.position(10), extent.position(29)),
            (Some(0), Some(19))
        );
        assert_eq!((extent.position(9), extent.position(30)), (None, None));
        assert_eq!((extent.number(0), extent.number(19)), (Some(10), Some(29)));
        assert_eq!(extent.number(20), None);
        assert_eq!(TailExtent::default().number(0), None);
    }

    #[test]
    fn the_selection_steps_through_the_list_and_stays_in_it() {
        let list = list(100);
        assert_eq!(list.step(None, RowStep::Up), Some(99));
        assert_eq!(list.step(None, RowStep::Top), Some(0));
        assert_eq!(list.step(Some(50), RowStep::Down), Some(51));
        assert_eq!(list.step(Some(50), RowStep::Up), Some(49));
        assert_eq!(list.step(Some(50), RowStep::PageDown), Some(59));
        assert_eq!(list.step(Some(3), RowStep::PageUp), Some(0));
        assert_eq!(list.step(Some(99), RowStep::Down), Some(99));
        assert_eq!(list.step(Some(7), RowStep::Top), Some(0));
        assert_eq!(list.step(Some(7), RowStep::End), Some(99));
        assert_eq!(TailView::default().step(None, RowStep::Down), None);
    }

    #[test]
    fn a_row_is_brought_into_view() {
        let mut list = list(1_000);
        assert_eq!(list.reveal(999), None);
        assert_eq!(list.reveal(100), Some(2_000.0));
        assert_eq!(list.reveal(1_000), None);
    }

    #[test]
    fn rows_of_another_height_keep_the_first_one_in_view() {
        let mut list = list(1_000);
        list.on_scroll(2_000.0);
        list.on_resize(40.0, 200.0, false);
        assert!(list.window().rows.contains(&100), "{:?}", list.window());
    }
}
