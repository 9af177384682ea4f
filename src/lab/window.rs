//! The arithmetic of a list that draws only the rows in view.
//!
//! Browsers cap the height of an element (some below 18 million pixels, less when zoomed in), so a
//! list of a million rows cannot simply be as high as its rows. Up to [`MAXIMUM_HEIGHT`] it is; above that
//! the first and the last [`EXACT_ZONE`] pixels of the scroll bar still move the rows one to one,
//! and the stretch between them stands for all other rows. Small steps there (wheel, arrow and page
//! keys) also move the rows one to one, by setting the bar to where it belongs after each step.
//!
//! Lengths are CSS pixels.

use core::ops::Range;

/// The height that the scrolled element never exceeds.
pub const MAXIMUM_HEIGHT: f64 = 8_000_000.0;

/// How far from either end of a longer list a pixel of the bar is a pixel of the rows.
pub const EXACT_ZONE: f64 = 1_000_000.0;

/// What does not change while one scrolls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ListShape {
    /// How many rows there are.
    pub count: usize,
    /// The height of every row, more than 0.
    pub row_height: f64,
    /// The height of what the user sees of the list.
    pub viewport_height: f64,
    /// How many rows are drawn above and below what is seen.
    pub overscan: usize,
}

impl ListShape {
    /// The height of all rows.
    pub fn content_height(&self) -> f64 {
        self.count as f64 * self.row_height
    }

    /// The height to give the scrolled element.
    pub fn element_height(&self) -> f64 {
        self.content_height().min(MAXIMUM_HEIGHT)
    }

    /// The largest distance between the first row's top and the viewport's.
    pub fn maximum_offset(&self) -> f64 {
        (self.content_height() - self.viewport_height).max(0.0)
    }

    /// The row at the top of the viewport when it is `offset` below the first row's top.
    pub fn row_at(&self, offset: f64) -> usize {
        let row = (offset.max(0.0) / self.row_height) as usize;
        row.min(self.count.saturating_sub(1))
    }

    fn maximum_bar(&self) -> f64 {
        (self.element_height() - self.viewport_height).max(0.0)
    }

    /// How many pixels of the rows one pixel of the bar's middle stretch stands for; `None` where
    /// the whole bar is exact.
    fn scale(&self) -> Option<f64> {
        (self.content_height() > MAXIMUM_HEIGHT).then(|| {
            (self.maximum_offset() - 2.0 * EXACT_ZONE) / (self.maximum_bar() - 2.0 * EXACT_ZONE)
        })
    }

    fn offset_of_bar(&self, bar: f64) -> f64 {
        let bar = bar.clamp(0.0, self.maximum_bar());
        let from_end = self.maximum_bar() - bar;
        match self.scale() {
            Some(_) if from_end <= EXACT_ZONE => self.maximum_offset() - from_end,
            Some(scale) if bar > EXACT_ZONE => EXACT_ZONE + (bar - EXACT_ZONE) * scale,
            _ => bar,
        }
    }

    fn bar_of_offset(&self, offset: f64) -> f64 {
        let offset = offset.clamp(0.0, self.maximum_offset());
        let from_end = self.maximum_offset() - offset;
        match self.scale() {
            Some(_) if from_end <= EXACT_ZONE => self.maximum_bar() - from_end,
            Some(scale) if offset > EXACT_ZONE => EXACT_ZONE + (offset - EXACT_ZONE) / scale,
            _ => offset,
        }
    }
}

/// Which rows to draw, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The rows, counted from the top.
    pub rows: Range<usize>,
    /// From the scrolled element's top to the first drawn row's.
    pub padding_top: f64,
    /// From the last drawn row's bottom to the scrolled element's.
    pub padding_bottom: f64,
}

/// Where a list is scrolled to.
///
/// The methods that return `Some` ask for the element's `scrollTop` to be set to that value; the
/// scroll event which follows from it changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scroll {
    /// From the first row's top to the viewport's.
    offset: f64,
    /// The element's `scrollTop` as last seen or asked for.
    bar: f64,
}

impl Scroll {
    /// At the top.
    pub const TOP: Self = Self {
        offset: 0.0,
        bar: 0.0,
    };

    /// From the first row's top to the viewport's.
    pub const fn offset(&self) -> f64 {
        self.offset
    }

    /// Whether the first row is in full view.
    pub fn is_at_top(&self) -> bool {
        self.offset < 1.0
    }

    /// Whether the last row is in full view.
    pub fn is_at_end(&self, shape: &ListShape) -> bool {
        shape.maximum_offset() - self.offset < 1.0
    }

    /// Takes a scroll event.
    pub fn on_scroll(&mut self, shape: &ListShape, bar: f64) -> Option<f64> {
        let step = bar - self.bar;
        if step.abs() < 1.0 && bar > 0.0 && bar < shape.maximum_bar() {
            // Our own setting of the bar, which the browser may round.
            return None;
        }
        let is_small = step.abs() <= 2.0 * shape.viewport_height;
        let is_inside = bar > EXACT_ZONE && shape.maximum_bar() - bar > EXACT_ZONE;
        self.bar = bar;
        if shape.scale().is_some() && is_small && is_inside {
            self.offset = (self.offset + step).clamp(0.0, shape.maximum_offset());
            return self.set_bar(shape);
        }
        self.offset = shape.offset_of_bar(bar);
        None
    }

    /// Takes a change of the list: `added` rows came in above the first, `removed` went from
    /// there; `shape` is the list afterwards. Rows that come or go at the bottom need no mention.
    ///
    /// Who has scrolled away from the top keeps seeing the same rows; who is at the top sees the
    /// new ones, unless `keeps_place` (a row is selected, say).
    pub fn on_rows_changed(
        &mut self,
        shape: &ListShape,
        added: usize,
        removed: usize,
        keeps_place: bool,
    ) -> Option<f64> {
        if !self.is_at_top() || keeps_place {
            let rows = added as f64 - removed as f64;
            self.offset += rows * shape.row_height;
        }
        self.offset = self.offset.clamp(0.0, shape.maximum_offset());
        self.set_bar(shape)
    }

    /// Takes in that the element may be scrolled to anywhere, as when it is displayed again: the next change sets it.
    pub fn lose_bar(&mut self) {
        self.bar = -1.0;
    }

    /// Scrolls as little as it takes to bring `row` into full view.
    pub fn reveal(&mut self, shape: &ListShape, row: usize) -> Option<f64> {
        let top = row.min(shape.count.saturating_sub(1)) as f64 * shape.row_height;
        let lowest_offset = top + shape.row_height - shape.viewport_height;
        self.offset = self.offset.max(lowest_offset).min(top);
        self.offset = self.offset.clamp(0.0, shape.maximum_offset());
        self.set_bar(shape)
    }

    /// Scrolls to the top.
    pub fn to_top(&mut self, shape: &ListShape) -> Option<f64> {
        self.offset = 0.0;
        self.set_bar(shape)
    }

    /// Scrolls to the end.
    pub fn to_end(&mut self, shape: &ListShape) -> Option<f64> {
        self.offset = shape.maximum_offset();
        self.set_bar(shape)
    }

    /// Which rows to draw now.
    pub fn window(&self, shape: &ListShape) -> Window {
        let offset = self.offset.clamp(0.0, shape.maximum_offset());
        let seen_end = ((offset + shape.viewport_height) / shape.row_height).ceil() as usize;
        let end = seen_end.saturating_add(shape.overscan).min(shape.count);
        let start = shape.row_at(offset).saturating_sub(shape.overscan).min(end);

        let element_height = shape.element_height();
        let drawn_height = (end - start) as f64 * shape.row_height;
        let bar = self.bar.clamp(0.0, shape.maximum_bar());
        let wanted_top = bar + start as f64 * shape.row_height - offset;
        let padding_top = wanted_top.min(element_height - drawn_height).max(0.0);
        Window {
            rows: start..end,
            padding_top,
            padding_bottom: (element_height - drawn_height - padding_top).max(0.0),
        }
    }

    fn set_bar(&mut self, shape: &ListShape) -> Option<f64> {
        let bar = shape.bar_of_offset(self.offset);
        let has_moved = (bar - self.bar).abs() > f64::EPSILON;
        self.bar = bar;
        has_moved.then_some(bar)
    }
}

/// The place in the log, oldest first, of a list's row when the newest is on top. `None` for a row
/// that is not there.
pub const fn newest_first(count: usize, row: usize) -> Option<usize> {
    match count.checked_sub(row) {
        Some(left) => left.checked_sub(1),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(count: usize) -> ListShape {
        ListShape {
            count,
            row_height: 28.0,
            viewport_height: 560.0,
            overscan: 5,
        }
    }

    #[test]
    fn an_empty_and_a_short_list_draw_all_they_have() {
        let empty = Scroll::TOP.window(&shape(0));
        assert_eq!(empty.rows, 0..0);
        assert_eq!((empty.padding_top, empty.padding_bottom), (0.0, 0.0));
        let short = Scroll::TOP.window(&shape(3));
        assert_eq!(short.rows, 0..3);
        assert_eq!((short.padding_top, short.padding_bottom), (0.0, 0.0));
    }

    #[test]
    fn a_list_that_fits_the_cap_is_exact() {
        let shape = shape(1_000);
        let mut scroll = Scroll::TOP;
        assert_eq!(scroll.window(&shape).rows, 0..25);
        assert_eq!(scroll.on_scroll(&shape, 2_814.0), None);
        let window = scroll.window(&shape);
        assert_eq!(window.rows, 95..126);
        assert_eq!(window.padding_top, 95.0 * 28.0);
        assert_eq!(window.padding_bottom, (1_000.0 - 126.0) * 28.0);
        assert_eq!(scroll.on_scroll(&shape, 28_000.0 - 560.0), None);
        assert!(scroll.is_at_end(&shape));
        assert_eq!(scroll.window(&shape).rows, 975..1_000);
    }

    #[test]
    fn new_rows_on_top_leave_the_reader_where_he_is() {
        let mut scroll = Scroll::TOP;
        scroll.on_scroll(&shape(100), 700.0);
        assert_eq!(
            scroll.on_rows_changed(&shape(110), 10, 0, false),
            Some(980.0)
        );
        assert_eq!(scroll.offset(), 980.0);
        // The event that follows from setting the bar, rounded by the browser, changes nothing.
        assert_eq!(scroll.on_scroll(&shape(110), 980.4), None);
        assert_eq!(scroll.offset(), 980.0);
    }

    #[test]
    fn at_the_top_the_newest_rows_are_shown_unless_the_place_is_kept() {
        let mut scroll = Scroll::TOP;
        assert_eq!(scroll.on_rows_changed(&shape(110), 10, 0, false), None);
        assert!(scroll.is_at_top());
        assert_eq!(
            scroll.on_rows_changed(&shape(120), 10, 0, true),
            Some(280.0)
        );
        assert!(!scroll.is_at_top());
    }

    #[test]
    fn rows_that_go_pull_the_view_back_into_the_list() {
        let mut scroll = Scroll::TOP;
        scroll.to_end(&shape(1_000));
        assert_eq!(scroll.on_rows_changed(&shape(10), 0, 0, false), Some(0.0));
        assert_eq!(scroll.window(&shape(10)).rows, 0..10);
        scroll.to_end(&shape(1_000));
        // Oldest first: the rows dropped above the view move it up.
        let before = scroll.offset();
        scroll.on_rows_changed(&shape(900), 0, 100, false);
        assert_eq!(scroll.offset(), before - 2_800.0);
    }

    #[test]
    fn a_row_is_brought_into_view_with_the_least_movement() {
        let shape = shape(1_000);
        let mut scroll = Scroll::TOP;
        assert_eq!(scroll.reveal(&shape, 5), None);
        assert_eq!(scroll.reveal(&shape, 20), Some(28.0));
        assert_eq!(scroll.reveal(&shape, 0), Some(0.0));
        scroll.reveal(&shape, 5_000);
        assert!(scroll.is_at_end(&shape));
    }

    #[test]
    fn a_million_rows_fit_the_cap_and_both_ends_are_exact() {
        let shape = shape(1_000_000);
        assert_eq!(shape.element_height(), MAXIMUM_HEIGHT);
        let mut scroll = Scroll::TOP;
        assert_eq!(scroll.on_scroll(&shape, 100.0), None);
        assert_eq!(scroll.offset(), 100.0);
        assert_eq!(scroll.on_scroll(&shape, EXACT_ZONE), None);
        assert_eq!(scroll.offset(), EXACT_ZONE);
        assert_eq!(scroll.on_scroll(&shape, MAXIMUM_HEIGHT - 560.0), None);
        assert!(scroll.is_at_end(&shape));
        assert_eq!(scroll.window(&shape).rows.end, 1_000_000);
        assert_eq!(scroll.on_scroll(&shape, MAXIMUM_HEIGHT - 660.0), None);
        assert_eq!(scroll.offset(), shape.maximum_offset() - 100.0);
    }

    #[test]
    fn in_the_middle_the_bar_jumps_far_and_the_wheel_steps_small() {
        let shape = shape(10_000_000);
        let mut scroll = Scroll::TOP;
        assert_eq!(scroll.on_scroll(&shape, 4_000_000.0), None);
        let middle = scroll.offset();
        assert!(
            (middle - shape.maximum_offset() / 2.0).abs() < 50_000.0,
            "{middle}"
        );
        let mut bar = 4_000_000.0;
        for step in 1..=50 {
            bar = scroll.on_scroll(&shape, bar + 100.0).unwrap().round();
            // Half a pixel a step is what the browser's rounding of the bar may cost.
            let steps = f64::from(step);
            assert!((scroll.offset() - middle - steps * 100.0).abs() <= steps * 0.5);
        }
        assert!(bar < 4_000_300.0);
        let window = scroll.window(&shape);
        // The drawn rows lie around the viewport, whose top is at the bar.
        let first_seen = shape.row_at(scroll.offset());
        let seen_at = window.padding_top + (first_seen - window.rows.start) as f64 * 28.0;
        assert!((seen_at - scroll.bar).abs() <= 28.0);
    }

    #[test]
    fn newest_on_top() {
        assert_eq!(newest_first(3, 0), Some(2));
        assert_eq!(newest_first(3, 2), Some(0));
        assert_eq!(newest_first(3, 3), None);
        assert_eq!(newest_first(0, 0), None);
        assert_eq!(newest_first(3, 7), None);
    }

    proptest! {
        #[test]
        fn the_window_covers_the_viewport_and_stays_in_the_element(
            count in 0_usize..30_000_000,
            bars in prop::collection::vec(0.0..8_000_000.0_f64, 1..8),
            added in 0_usize..1_000,
        ) {
            let shape = shape(count);
            let mut scroll = Scroll::TOP;
            for bar in bars {
                scroll.on_scroll(&shape, bar.min(shape.maximum_bar()));
                let grown = ListShape { count: count + added, ..shape };
                let mut later = scroll;
                later.on_rows_changed(&grown, added, 0, false);
                for (scroll, shape) in [(scroll, shape), (later, grown)] {
                    let window = scroll.window(&shape);
                    prop_assert!(window.rows.len() <= 32);
                    prop_assert!(window.rows.end <= shape.count);
                    let drawn = window.rows.len() as f64 * 28.0;
                    let height = window.padding_top + drawn + window.padding_bottom;
                    prop_assert!((height - shape.element_height()).abs() < 0.01);
                    // Every pixel of the viewport that has a row shows it.
                    let top = scroll.bar;
                    let bottom = (top + 560.0).min(shape.element_height());
                    prop_assert!(window.padding_top <= top + 0.01);
                    prop_assert!(window.padding_top + drawn >= bottom - 0.01);
                }
            }
        }

        #[test]
        fn bar_and_offset_are_each_others_inverse(count in 1_usize..30_000_000, part in 0.0..1.0_f64) {
            let shape = shape(count);
            let offset = shape.maximum_offset() * part;
            let back = shape.offset_of_bar(shape.bar_of_offset(offset));
            prop_assert!((back - offset).abs() < 0.1, "{offset} {back}");
        }
    }
}
