//! Has the ladder follow the trace while the pane is open: once in a frame, a share of the work at a time.

use leptos::prelude::*;

use crate::lab::trace::Sequence;
use crate::lab::wire::TailExtent;
use crate::lab::wire::ladder::{Ladder, LadderChoice, LadderWords, Lane, Picture};
use crate::ui::handle::{LabHandle, use_lab};
use crate::ui::memo::{State, effect};
use crate::ui::screen::{Screen, use_screen};

/// How many records are looked at in one go: some milliseconds' worth.
const SHARE: usize = 5_000;

/// The ladder of the pane, and what of it is shown.
#[derive(Clone, Copy)]
pub(super) struct Following {
    pub(super) lab: LabHandle,
    pub(super) screen: Screen,
    ladder: StoredValue<Ladder>,
    is_under_way: StoredValue<bool>,
    /// The record that is to come into view when the ladder has reached it.
    wanted: StoredValue<Option<Sequence>>,
    /// The rows that are shown: while the Wire stands still, those there were then.
    pub(super) extent: State<TailExtent>,
    /// Counts the changes of what is shown.
    pub(super) tick: State<u64>,
    /// How many rows more there are.
    pub(super) missed: State<u64>,
    /// The lanes.
    pub(super) lanes: State<Vec<Lane>>,
    /// How far it is, in hundredths, where it has much before it.
    pub(super) progress: State<Option<u8>>,
    /// How many older records are not in it.
    pub(super) left_out: State<u64>,
    /// The row that is to come into view.
    pub(super) reveal: State<Option<u64>>,
    /// The row of the selected record.
    pub(super) selected: State<Option<u64>>,
}

impl Following {
    /// Begins with the choice that the screen has.
    pub(super) fn begin() -> Self {
        let (lab, screen) = (use_lab(), use_screen());
        let choice = screen.ladder_choice.get_untracked();
        let following = Self {
            lab,
            screen,
            ladder: StoredValue::new(Ladder::new(choice)),
            is_under_way: StoredValue::new(false),
            wanted: StoredValue::new(None),
            extent: State::new(TailExtent::default()),
            tick: State::new(0),
            missed: State::new(0),
            lanes: State::new(Vec::new()),
            progress: State::new(None),
            left_out: State::new(0),
            reveal: State::new(None),
            selected: State::new(None),
        };
        effect(move || {
            following.wanted.set_value(screen.packet.get());
            following.ask();
        });
        effect(move || {
            // Whatever of these has changed.
            lab.with(|_| ());
            screen.ladder_choice.read();
            screen.wire_paused.read();
            following.ask();
        });
        following
    }

    fn ask(self) {
        if !self.is_under_way.get_value() {
            self.advance();
        }
    }

    fn advance(self) {
        let choice = self.screen.ladder_choice.get_untracked();
        let has_more = self.lab.with_untracked(|lab| {
            self.ladder.try_update_value(|ladder| {
                ladder.choose(choice);
                ladder.follow(lab, SHARE)
            })
        });
        // None: the pane has been closed.
        let Some(has_more) = has_more else { return };
        self.is_under_way.set_value(has_more);
        self.tell(has_more);
        if has_more {
            request_animation_frame(move || self.advance());
        }
    }

    fn tell(self, has_more: bool) {
        let paused = self.screen.wire_paused.get_untracked();
        let (extent, all, revision, left_out, progress, lanes) = self.lab.with_untracked(|lab| {
            self.ladder.with_value(|ladder| {
                let all = ladder.extent();
                let shown = paused.map_or(all, |paused| ladder.extent_before(paused));
                let progress = has_more.then(|| (ladder.progress(lab) * 100.0) as u8);
                let (left_out, lanes) = (ladder.left_out(lab), ladder.lanes(lab));
                (shown, all, ladder.revision(), left_out, progress, lanes)
            })
        });
        set_new(self.lanes, lanes);
        set_new(self.extent, extent);
        set_new(self.missed, all.end.saturating_sub(extent.end));
        set_new(self.progress, progress);
        set_new(self.left_out, left_out);
        set_new(self.tick, revision);
        self.find_wanted(has_more);
    }

    /// Brings the wanted record into view, if it is there by now.
    fn find_wanted(self, has_more: bool) {
        let selected = self.screen.packet.get_untracked();
        let row = selected.and_then(|sequence| self.row_of(sequence));
        set_new(self.selected, row);
        let Some(wanted) = self.wanted.get_value() else {
            return;
        };
        if let Some(row) = self.row_of(wanted) {
            self.wanted.set_value(None);
            self.reveal.set(Some(row));
            return;
        }
        let is_before = self.lab.with_untracked(|lab| {
            let mut is_before = false;
            self.ladder.update_value(|ladder| {
                // Who is not in the ladder does not come into it further up.
                let client = lab.trace().get(wanted).and_then(|record| record.client());
                let is_in = client.is_some_and(|client| ladder.choice().includes(client));
                is_before = is_in && ladder.is_before(lab, wanted);
                if is_before {
                    ladder.reach_back(lab, wanted);
                }
            });
            is_before
        });
        if is_before {
            self.is_under_way.set_value(true);
            request_animation_frame(move || self.advance());
        } else if !has_more {
            self.wanted.set_value(None);
        }
    }

    /// Begins again with the newest records, where an old one was sought.
    pub(super) fn to_newest(self) {
        self.ladder.update_value(Ladder::to_newest);
        self.screen.wire_paused.set(None);
        self.ask();
    }

    /// Whether it shows an old stretch, and not the newest records.
    pub(super) fn is_anchored(self) -> bool {
        self.tick.read();
        self.ladder.with_value(Ladder::is_anchored)
    }

    fn row_of(self, sequence: Sequence) -> Option<u64> {
        let (ladder, lab) = (self.ladder, self.lab);
        lab.with_untracked(|lab| ladder.with_value(|ladder| ladder.row_of(lab, sequence)))
    }

    /// What is drawn of the rows with these numbers; in a view, again when they have changed.
    pub(super) fn picture(self, numbers: core::ops::Range<u64>) -> Picture {
        self.tick.read();
        let (lanes, ladder) = (self.lanes.read(), self.ladder);
        let picture = |lab: &crate::lab::Lab| {
            ladder.with_value(|ladder| ladder.picture(lab, &lanes, numbers))
        };
        self.lab.with_untracked(picture)
    }

    /// A row in words; in a view, again when it has changed.
    pub(super) fn words(self, number: u64) -> Option<LadderWords> {
        self.tick.read();
        let (lanes, ladder) = (self.lanes.read(), self.ladder);
        let words =
            |lab: &crate::lab::Lab| ladder.with_value(|ladder| ladder.words(lab, &lanes, number));
        self.lab.with_untracked(words)
    }

    /// Selects a row's record, and has the Wire stand still with it.
    pub(super) fn select(self, number: u64) {
        let record = self.ladder.with_value(|ladder| ladder.record_of(number));
        if let Some(record) = record {
            self.screen.pause_wire(self.lab);
            self.screen.packet.set(Some(record));
        }
    }

    /// Selects the next row before or after the selected one.
    pub(super) fn step(self, later: bool) {
        let extent = self.extent.get_untracked();
        let next = match self.selected.get_untracked() {
            Some(here) => self
                .ladder
                .with_value(|ladder| ladder.neighbour(here, later)),
            None => extent.end.checked_sub(1),
        };
        if let Some(next) = next.filter(|next| *next < extent.end) {
            self.select(next);
        }
    }

    /// Selects the row, or the one nearest to it that is one of packets.
    pub(super) fn select_near(self, number: u64, later: bool) {
        let is_gap = |number| {
            self.ladder
                .with_value(|ladder| ladder.record_of(number).is_none())
        };
        if is_gap(number) {
            let next = self
                .ladder
                .with_value(|ladder| ladder.neighbour(number, later));
            next.into_iter().for_each(|next| self.select(next));
        } else {
            self.select(number);
        }
    }

    /// Who is in the ladder.
    pub(super) fn choose(self, change: impl FnOnce(&mut LadderChoice)) {
        self.screen.ladder_choice.update(change);
    }
}

fn set_new<T: Clone + PartialEq + Send + Sync + 'static>(state: State<T>, value: T) {
    if state.with_untracked(|old| *old != value) {
        state.set(value);
    }
}
