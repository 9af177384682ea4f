//! The fields as a tree whose headings can be closed: which rows it has, and where the keys lead.

use std::collections::BTreeSet;

use super::Inspection;

/// Which headings are closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldTree {
    closed: BTreeSet<usize>,
}

/// A row of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeRow {
    /// The field.
    pub field: usize,
    /// How many headings and bytes it stands in.
    pub depth: u8,
    /// Whether what is in it is shown; `None` where there is nothing in it.
    pub is_open: Option<bool>,
    /// Its place among those that stand in the same heading, from 1.
    pub place: usize,
    /// How many stand in that heading.
    pub siblings: usize,
}

/// A key that leads from one row to another, as in any tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeStep {
    /// To the row above.
    Up,
    /// To the row below.
    Down,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Closes an open heading, or goes to the one that the row stands under.
    Out,
    /// Opens a closed heading, or goes to the first row in it.
    In,
}

impl FieldTree {
    /// The rows that are shown, from the top.
    pub fn rows(&self, inspection: &Inspection) -> Vec<TreeRow> {
        let mut rows = Vec::with_capacity(inspection.entries.len());
        let mut hidden_below = None;
        for (field, entry) in inspection.entries.iter().enumerate() {
            if hidden_below.is_some_and(|depth| entry.depth > depth) {
                continue;
            }
            let is_open = inspection
                .has_inner(field)
                .then(|| !self.closed.contains(&field));
            hidden_below = (is_open == Some(false)).then_some(entry.depth);
            rows.push(TreeRow {
                field,
                depth: entry.depth,
                is_open,
                place: 1,
                siblings: 1,
            });
        }
        count_siblings(&mut rows);
        rows
    }

    /// Opens what is closed, and the other way round.
    pub fn toggle(&mut self, inspection: &Inspection, field: usize) {
        if inspection.has_inner(field) && !self.closed.remove(&field) {
            self.closed.insert(field);
        }
    }

    /// Opens all that a field stands in, so that it has a row.
    pub fn reveal(&mut self, inspection: &Inspection, field: usize) {
        let mut inner = field;
        while let Some(outer) = inspection.outer(inner) {
            self.closed.remove(&outer);
            inner = outer;
        }
    }

    /// Where a key leads from a field; without one, to the first row.
    pub fn step(
        &mut self,
        inspection: &Inspection,
        from: Option<usize>,
        step: TreeStep,
    ) -> Option<usize> {
        let rows = self.rows(inspection);
        let row = |index: usize| rows.get(index).map(|row| row.field);
        let here = from.and_then(|from| rows.iter().position(|row| row.field == from));
        let last = rows.len().checked_sub(1)?;
        let Some(here) = here else {
            return row(if step == TreeStep::Last { last } else { 0 });
        };
        let field = row(here)?;
        match (step, rows.get(here)?.is_open) {
            (TreeStep::Up, _) => row(here.saturating_sub(1)),
            (TreeStep::Down, _) => row((here + 1).min(last)),
            (TreeStep::First, _) => row(0),
            (TreeStep::Last, _) => row(last),
            (TreeStep::Out, Some(true)) | (TreeStep::In, Some(false)) => {
                self.toggle(inspection, field);
                Some(field)
            }
            (TreeStep::Out, _) => inspection.outer(field).or(Some(field)),
            (TreeStep::In, Some(true)) => row(here + 1),
            (TreeStep::In, None) => Some(field),
        }
    }
}

/// Tells each row its place among its siblings, and how many they are.
fn count_siblings(rows: &mut [TreeRow]) {
    // The rows of each heading that is not over yet, the innermost last.
    let mut open: Vec<Vec<usize>> = Vec::new();
    let close = |rows: &mut [TreeRow], siblings: Vec<usize>| {
        let count = siblings.len();
        for (place, index) in siblings.into_iter().enumerate() {
            if let Some(row) = rows.get_mut(index) {
                (row.place, row.siblings) = (place + 1, count);
            }
        }
    };
    for index in 0..rows.len() {
        let depth = rows.get(index).map_or(0, |row| usize::from(row.depth));
        while open.len() > depth + 1 {
            close(rows, open.pop().unwrap_or_default());
        }
        open.resize_with(depth + 1, Vec::new);
        if let Some(siblings) = open.last_mut() {
            siblings.push(index);
        }
    }
    for siblings in open {
        close(rows, siblings);
    }
}

impl Inspection {
    /// Whether other fields stand in this one.
    fn has_inner(&self, field: usize) -> bool {
        let depth = |field: usize| self.entries.get(field).map(|entry| entry.depth);
        depth(field + 1) > depth(field)
    }

    /// The field that this one stands in.
    fn outer(&self, field: usize) -> Option<usize> {
        let depth = self.entries.get(field)?.depth;
        let before = self.entries.get(..field)?;
        before.iter().rposition(|entry| entry.depth < depth)
    }
}
