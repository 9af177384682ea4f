//! A windowed list that grows at its top while someone reads it: where it is scrolled to, which row
//! is selected, and how many rows have come in out of sight.
//!
//! Rows are numbered by their place in the log: 0 for the first that the list ever had. The newest
//! is drawn on top, so a row's position from the top changes with each one that comes in, its number
//! never.

use core::ops::Range;

pub use super::sight::RowStep;
use super::sight::Sight;
use super::window::{ListShape, Window};

/// What a list has now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListExtent {
    /// Which list it is. Another number (another filter, a cleared list) starts again at the top.
    pub list: u64,
    /// The number of its oldest row: how many have left it at the bottom.
    pub first: u64,
    /// The number after its newest row's: how many it ever had.
    pub end: u64,
}

impl ListExtent {
    /// How many rows there are.
    pub fn count(&self) -> usize {
        usize::try_from(self.end.saturating_sub(self.first)).unwrap_or(usize::MAX)
    }

    /// The position from the top of the row with this number.
    pub fn position(&self, number: u64) -> Option<usize> {
        let is_there = self.first <= number && number < self.end;
        is_there.then(|| usize::try_from(self.end - 1 - number).unwrap_or(usize::MAX))
    }

    /// The number of the row at this position from the top.
    pub fn number(&self, position: usize) -> Option<u64> {
        let number = self.end.checked_sub(1)?.checked_sub(position as u64)?;
        (number >= self.first).then_some(number)
    }

    /// The places in the list, oldest first and counted from 0, of the rows at these positions from
    /// the top.
    pub fn places(&self, positions: &Range<usize>) -> Range<usize> {
        let count = self.count();
        count.saturating_sub(positions.end)..count.saturating_sub(positions.start)
    }
}

/// Where a list is scrolled to and what was missed meanwhile.
///
/// The methods that return `Some` ask for the scrolled element's `scrollTop` to be set to that value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ListView {
    extent: ListExtent,
    sight: Sight,
    unseen: u64,
}

impl ListView {
    /// What the list had when it was last told.
    pub const fn extent(&self) -> ListExtent {
        self.extent
    }

    /// The height of a row in CSS pixels, 0 before it is known.
    pub const fn row_height(&self) -> f64 {
        self.sight.row_height()
    }

    /// How many rows have come in above what is seen since the newest was in view.
    pub const fn unseen(&self) -> u64 {
        self.unseen
    }

    /// Takes what the list has now. `keeps_place`: rows stay where they are even at the top.
    pub fn on_extent(&mut self, extent: ListExtent, keeps_place: bool) -> Option<f64> {
        let before = core::mem::replace(&mut self.extent, extent);
        if before.list != extent.list || extent.end < before.end {
            self.unseen = 0;
            let shape = self.shape()?;
            return self.sight.scroll.to_top(&shape);
        }
        let added = extent.end - before.end;
        let shape = self.shape()?;
        let added_rows = usize::try_from(added).unwrap_or(usize::MAX);
        let bar = self
            .sight
            .scroll
            .on_rows_changed(&shape, added_rows, 0, keeps_place);
        self.unseen += added;
        self.forget_what_is_seen();
        bar
    }

    /// Takes the heights in CSS pixels: of a row, and of what is seen of the list; none while it is not displayed.
    pub fn on_resize(&mut self, row_height: f64, viewport_height: f64) -> Option<f64> {
        let was_at_top = self.sight.scroll.is_at_top();
        let count = self.extent.count();
        let first_row = self.sight.resize(count, row_height, viewport_height);
        let shape = self.shape()?;
        match first_row {
            // Other rows, same first one.
            Some(row) if !was_at_top => self.sight.keep_first_row(&shape, row),
            _ => self.sight.scroll.on_rows_changed(&shape, 0, 0, false),
        }
    }

    /// Takes a scroll event with the element's `scrollTop`.
    pub fn on_scroll(&mut self, bar: f64) -> Option<f64> {
        let shape = self.shape()?;
        let answer = self.sight.scroll.on_scroll(&shape, bar);
        self.forget_what_is_seen();
        answer
    }

    /// Scrolls to the newest row.
    pub fn to_top(&mut self) -> Option<f64> {
        self.unseen = 0;
        let shape = self.shape()?;
        self.sight.scroll.to_top(&shape)
    }

    /// Scrolls as little as it takes to see the row with this number.
    pub fn reveal(&mut self, number: u64) -> Option<f64> {
        let position = self.extent.position(number)?;
        let shape = self.shape()?;
        let bar = self.sight.scroll.reveal(&shape, position);
        self.forget_what_is_seen();
        bar
    }

    /// The number of the row that is `step` away from the selected one; without a selection, the
    /// newest.
    pub fn step(&self, selected: Option<u64>, step: RowStep) -> Option<u64> {
        let last = self.extent.count().checked_sub(1)?;
        let Some(here) = selected.and_then(|number| self.extent.position(number)) else {
            let newest_or_oldest = if step == RowStep::End { last } else { 0 };
            return self.extent.number(newest_or_oldest);
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

    /// Rows that the view has reached again are no longer unseen.
    fn forget_what_is_seen(&mut self) {
        if self.row_height() > 0.0 {
            let above = (self.sight.scroll.offset() / self.row_height()).ceil() as u64;
            self.unseen = self.unseen.min(above);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sight::OVERSCAN;
    use super::*;

    fn extent(first: u64, end: u64) -> ListExtent {
        ListExtent {
            list: 1,
            first,
            end,
        }
    }

    fn list(end: u64) -> ListView {
        let mut list = ListView::default();
        list.on_resize(20.0, 200.0);
        list.on_extent(extent(0, end), false);
        list
    }

    #[test]
    fn nothing_is_drawn_before_the_heights_are_known() {
        let mut list = ListView::default();
        assert_eq!(list.on_extent(extent(0, 50), false), None);
        assert_eq!(list.window().rows, 0..0);
        list.on_resize(20.0, 200.0);
        assert_eq!(list.window().rows, 0..10 + OVERSCAN);
    }

    #[test]
    fn at_the_top_new_rows_are_seen_at_once() {
        let mut list = list(100);
        list.on_extent(extent(0, 130), false);
        assert_eq!((list.unseen(), list.window().rows.start), (0, 0));
    }

    #[test]
    fn away_from_the_top_the_rows_stay_and_the_new_ones_are_counted() {
        let mut list = list(1_000);
        list.on_scroll(2_000.0);
        assert_eq!(list.on_extent(extent(0, 1_030), false), Some(2_600.0));
        assert_eq!(list.unseen(), 30);
        // Scrolling back to where ten of them are still above.
        list.on_scroll(200.0);
        assert_eq!(list.unseen(), 10);
        assert_eq!(list.to_top(), Some(0.0));
        assert_eq!(list.unseen(), 0);
    }

    #[test]
    fn a_selected_row_keeps_its_place_even_at_the_top() {
        let mut list = list(100);
        list.on_extent(extent(0, 105), true);
        assert_eq!((list.unseen(), list.window().rows.start), (5, 0));
    }

    #[test]
    fn a_list_that_is_put_aside_goes_on_and_comes_back_where_it_was() {
        let mut list = list(1_000);
        list.on_scroll(2_000.0);
        // What is not displayed has no heights.
        assert_eq!(list.on_resize(0.0, 0.0), None);
        list.on_extent(extent(0, 1_030), false);
        assert_eq!(list.unseen(), 30);
        // The browser may have forgotten where it was, so it is told again.
        assert_eq!(list.on_resize(20.0, 200.0), Some(2_600.0));
        assert_eq!(list.window().rows.start, 130 - OVERSCAN);
        assert_eq!(list.on_resize(20.0, 200.0), None);
    }

    #[test]
    fn a_short_list_hides_nothing_and_so_counts_nothing() {
        let mut list = list(2);
        list.on_extent(extent(0, 5), true);
        assert_eq!(list.unseen(), 0);
    }

    #[test]
    fn another_list_begins_at_the_top() {
        let mut list = list(1_000);
        list.on_scroll(2_000.0);
        let other = ListExtent {
            list: 2,
            first: 0,
            end: 2_000,
        };
        assert_eq!(list.on_extent(other, true), Some(0.0));
        assert_eq!((list.unseen(), list.window().rows.start), (0, 0));
    }

    #[test]
    fn rows_that_leave_at_the_bottom_move_nothing() {
        let mut list = list(1_000);
        list.on_scroll(2_000.0);
        assert_eq!(list.on_extent(extent(500, 1_000), false), None);
        assert_eq!(list.extent().count(), 500);
        assert_eq!(list.unseen(), 0);
    }

    #[test]
    fn numbers_positions_and_places() {
        let extent = extent(10, 30);
        assert_eq!(extent.position(29), Some(0));
        assert_eq!(extent.position(10), Some(19));
        assert_eq!((extent.position(9), extent.position(30)), (None, None));
        assert_eq!((extent.number(0), extent.number(19)), (Some(29), Some(10)));
        assert_eq!(extent.number(20), None);
        assert_eq!(extent.places(&(0..5)), 15..20);
        assert_eq!(extent.places(&(15..25)), 0..5);
        assert_eq!(ListExtent::default().number(0), None);
    }

    #[test]
    fn the_selection_steps_through_the_list_and_stays_in_it() {
        let list = list(100);
        assert_eq!(list.step(None, RowStep::Down), Some(99));
        assert_eq!(list.step(None, RowStep::End), Some(0));
        assert_eq!(list.step(Some(50), RowStep::Down), Some(49));
        assert_eq!(list.step(Some(50), RowStep::Up), Some(51));
        assert_eq!(list.step(Some(50), RowStep::PageDown), Some(41));
        assert_eq!(list.step(Some(98), RowStep::PageUp), Some(99));
        assert_eq!(list.step(Some(0), RowStep::Down), Some(0));
        assert_eq!(list.step(Some(7), RowStep::Top), Some(99));
        assert_eq!(list.step(Some(7), RowStep::End), Some(0));
        assert_eq!(ListView::default().step(None, RowStep::Down), None);
        // One that the trace has dropped: from the newest again.
        assert_eq!(list.step(Some(500), RowStep::Down), Some(99));
    }

    #[test]
    fn a_row_is_brought_into_view() {
        let mut list = list(1_000);
        assert_eq!(list.reveal(999), None);
        assert_eq!(list.reveal(979), Some(220.0));
        assert!(list.window().rows.contains(&20));
    }

    #[test]
    fn rows_of_another_height_keep_the_first_one_in_view() {
        let mut list = list(1_000);
        list.on_scroll(2_000.0);
        list.on_resize(40.0, 200.0);
        assert!(list.window().rows.contains(&100), "{:?}", list.window());
    }
}
