//! Measures time and allocations of one side by side with the other: each contestant runs in
//! turn, many times over, and the median of its runs counts. So a machine that slows down slows
//! all of them.

mod allocations;
mod measure;

pub use allocations::bytes_in_use;
pub use measure::{Contestant, Sample, Table, timed};

/// How many packets one run handles.
pub const BATCH: usize = 2_000;
