//! What both kinds of windowed lists have in common: how high rows and view are, where the view is scrolled to, and
//! which row a key leads to. Rows are told by their position from the top here.

use super::window::{ListShape, Scroll, Window};

/// How many rows are drawn above and below what is seen.
pub(super) const OVERSCAN: usize = 6;

/// A step of the selection by keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowStep {
    /// To the row above.
    Up,
    /// To the row below.
    Down,
    /// As many rows up as are seen.
    PageUp,
    /// As many rows down as are seen.
    PageDown,
    /// To the row on top of the list.
    Top,
    /// To the row at its end.
    End,
}

impl RowStep {
    /// The step that a key stands for, by the name that browsers give it.
    pub fn of_key(key: &str) -> Option<Self> {
        Some(match key {
            "ArrowUp" => Self::Up,
            "ArrowDown" => Self::Down,
            "PageUp" => Self::PageUp,
            "PageDown" => Self::PageDown,
            "Home" => Self::Top,
            "End" => Self::End,
            _ => return None,
        })
    }
}

/// How a list is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sight {
    /// In CSS pixels, 0 before it is known.
    row_height: f64,
    viewport_height: f64,
    /// Whether it is not displayed at present, so that it has no heights: those that were known hold.
    is_aside: bool,
    pub(super) scroll: Scroll,
}

impl Sight {
    pub(super) const fn row_height(&self) -> f64 {
        self.row_height
    }

    /// Takes the heights in CSS pixels: of a row, and of what is seen of the list; no height where the list is not
    /// displayed. Answers the first row that was in view, where rows have another height now.
    pub(super) fn resize(
        &mut self,
        count: usize,
        row_height: f64,
        viewport_height: f64,
    ) -> Option<usize> {
        if row_height <= 0.0 {
            self.is_aside = true;
            return None;
        }
        if core::mem::take(&mut self.is_aside) {
            self.scroll.lose_bar();
        }
        let shape = self.shape(count);
        let first_row = shape.map(|shape| shape.row_at(self.scroll.offset()));
        let has_new_height = (row_height - self.row_height).abs() > f64::EPSILON;
        self.row_height = row_height;
        self.viewport_height = viewport_height;
        first_row.filter(|_| has_new_height)
    }

    /// Scrolls to a row of a list whose rows have another height now.
    pub(super) fn keep_first_row(&mut self, shape: &ListShape, row: usize) -> Option<f64> {
        let end = self.scroll.to_end(shape);
        self.scroll.reveal(shape, row).or(end)
    }

    /// The row that is `step` away from `here`, of a list with this `last` one.
    pub(super) fn step(&self, here: usize, step: RowStep, last: usize) -> usize {
        let page = self.rows_in_view().saturating_sub(1).max(1);
        let there = match step {
            RowStep::Up => here.saturating_sub(1),
            RowStep::Down => here.saturating_add(1),
            RowStep::PageUp => here.saturating_sub(page),
            RowStep::PageDown => here.saturating_add(page),
            RowStep::Top => 0,
            RowStep::End => last,
        };
        there.min(last)
    }

    /// Which rows of a list to draw, and where. Before the heights are known, none.
    pub(super) fn window(&self, count: usize) -> Window {
        let nothing = Window {
            rows: 0..0,
            padding_top: 0.0,
            padding_bottom: 0.0,
        };
        let shape = self.shape(count);
        shape.map_or(nothing, |shape| self.scroll.window(&shape))
    }

    /// A list of so many rows; `None` before the heights are known.
    pub(super) fn shape(&self, count: usize) -> Option<ListShape> {
        (self.row_height > 0.0).then_some(ListShape {
            count,
            row_height: self.row_height,
            viewport_height: self.viewport_height,
            overscan: OVERSCAN,
        })
    }

    fn rows_in_view(&self) -> usize {
        if self.row_height > 0.0 {
            (self.viewport_height / self.row_height) as usize
        } else {
            0
        }
    }
}
