//! Has the list follow the trace while the pane is open: once in a frame, a share of the work at a time.

use leptos::prelude::*;

use crate::lab::trace::Sequence;
use crate::lab::wire::{ListProgress, PacketFilterForm, PacketList, PacketRow, TailExtent};
use crate::ui::handle::{LabHandle, use_lab};
use crate::ui::memo::{State, effect};
use crate::ui::screen::{Screen, use_screen};

/// How many records are looked at in one go: some milliseconds' worth.
const SHARE: usize = 10_000;

/// The list of the pane, and what of it is shown.
#[derive(Clone, Copy)]
pub(super) struct Following {
    lab: LabHandle,
    screen: Screen,
    list: StoredValue<PacketList>,
    is_under_way: StoredValue<bool>,
    /// What was selected and is not brought into view yet.
    wanted: StoredValue<Option<Sequence>>,
    /// The rows that are shown: while the Wire stands still, those there were then.
    pub(super) shown: State<TailExtent>,
    /// Those of them that can be scrolled to: while it follows, the newest.
    pub(super) extent: State<TailExtent>,
    /// How many rows more there are.
    pub(super) missed: State<u64>,
    /// The number of a row to be brought into view, once it is there.
    pub(super) revealed: State<Option<u64>>,
    /// How far the list is, where it has the trace still before it.
    pub(super) progress: State<Option<ListProgress>>,
}

impl Following {
    /// Begins with the filter that the screen has.
    pub(super) fn begin() -> Option<Self> {
        let (lab, screen) = (use_lab(), use_screen());
        let form = screen.packet_filter.get_untracked();
        let filter = lab.with_untracked(|lab| {
            let checked = lab.check_packet_filter(&form);
            checked.or_else(|_| lab.check_packet_filter(&Default::default()))
        });
        let following = Self {
            lab,
            screen,
            list: StoredValue::new(PacketList::new(filter.ok()?)),
            is_under_way: StoredValue::new(false),
            shown: State::new(TailExtent::default()),
            extent: State::new(TailExtent::default()),
            wanted: StoredValue::new(None),
            missed: State::new(0),
            revealed: State::new(None),
            progress: State::new(None),
        };
        effect(move || {
            let selected = screen.packet.get();
            following.wanted.set_value(selected);
            if selected.is_some() {
                screen.pause_wire(lab);
                following.bring_into_view();
            }
        });
        effect(move || {
            // Whatever of these has changed.
            lab.with(|_| ());
            screen.packet_filter.read();
            screen.wire_paused.read();
            if !following.is_under_way.get_value() {
                following.advance();
            }
        });
        Some(following)
    }

    fn advance(self) {
        let form = self.screen.packet_filter.get_untracked();
        let has_more = self.lab.with_untracked(|lab| {
            self.list.try_update_value(|list| {
                // What cannot be read leaves the list as it is; the field says why.
                if let Ok(filter) = lab.check_packet_filter(&form) {
                    list.set_filter(filter);
                }
                list.follow(lab, SHARE)
            })
        });
        // None: the pane has been closed.
        let Some(has_more) = has_more else { return };
        self.tell();
        self.bring_into_view();
        self.is_under_way.set_value(has_more);
        if has_more {
            request_animation_frame(move || self.advance());
        }
    }

    /// Brings what was selected into view: at once, or when the list has come so far. Where the filter leaves it out,
    /// a jump from elsewhere has led to it, and the filter gives way.
    fn bring_into_view(self) {
        let Some(sequence) = self.wanted.get_value() else {
            return;
        };
        let (number, has_looked) = self
            .list
            .with_value(|list| (list.number(sequence), list.has_looked_at(sequence)));
        if let Some(number) = number {
            self.wanted.set_value(None);
            let paused = self.screen.wire_paused.get_untracked();
            if paused.is_some_and(|paused| paused <= sequence) {
                self.screen.wire_paused.set(None);
                self.screen.pause_wire(self.lab);
            }
            self.tell();
            self.revealed.set(Some(number));
        } else if has_looked {
            let wide = self.lab.with_untracked(|lab| {
                let record = lab.trace().get(sequence)?;
                Some(PacketFilterForm::showing(&record, lab))
            });
            let now = self.screen.packet_filter.get_untracked();
            match wide.filter(|wide| *wide != now) {
                Some(wide) => self.screen.packet_filter.set(wide),
                // It has been dropped.
                None => self.wanted.set_value(None),
            }
        }
    }

    fn tell(self) {
        let paused = self.screen.wire_paused.get_untracked();
        let (shown, all, progress) = self.list.with_value(|list| {
            let all = list.extent();
            let shown = paused.map_or(all, |paused| list.extent_before(paused));
            (shown, all, list.progress())
        });
        let extent = match paused {
            Some(_) => shown,
            None => shown.followed(),
        };
        if self.extent.get_untracked() != extent {
            self.extent.set(extent);
        }
        if self.shown.get_untracked() != shown {
            self.shown.set(shown);
        }
        let missed = all.end - shown.end;
        if self.missed.get_untracked() != missed {
            self.missed.set(missed);
        }
        if self.progress.get_untracked() != progress {
            self.progress.set(progress);
        }
    }

    /// The rows with these positions from the top; in a view, again when the lab has changed.
    pub(super) fn rows(
        self,
        extent: TailExtent,
        positions: core::ops::Range<usize>,
    ) -> Vec<PacketRow> {
        let first = extent.first;
        let numbers = first + positions.start as u64..first + positions.end as u64;
        self.lab
            .with(|lab| self.list.with_value(|list| list.rows(lab, numbers)))
    }

    /// The number of a record in the list.
    pub(super) fn number(self, sequence: Sequence) -> Option<u64> {
        self.list.with_value(|list| list.number(sequence))
    }

    /// The record with this number.
    pub(super) fn sequence(self, number: u64) -> Option<Sequence> {
        self.list.with_value(|list| list.sequence(number))
    }
}
