//! The handshake of the selected packet, which the panes mark.

use std::sync::Arc;

use leptos::prelude::*;

use crate::lab::trace::Sequence;
use crate::lab::wire::{Handshake, LOOK};
use crate::ui::context::provided;
use crate::ui::handle::use_lab;
use crate::ui::memo::{State, effect};
use crate::ui::screen::use_screen;

/// The packets that belong to the selected one.
#[derive(Clone, Copy)]
pub(super) struct SelectedHandshake(State<Option<Arc<Handshake>>>);

impl SelectedHandshake {
    /// Has every pane below know it. It is looked for again while the trace is near enough for more of it to come.
    pub(super) fn provide() {
        let (lab, screen) = (use_lab(), use_screen());
        let found = State::new(None::<Arc<Handshake>>);
        let mut looked = None::<(Sequence, Sequence)>;
        effect(move || {
            lab.with(|_| ());
            let Some(sequence) = screen.packet.get() else {
                looked = None;
                if found.read_untracked().is_some() {
                    found.set(None);
                }
                return;
            };
            let next = lab.with_untracked(|lab| lab.trace().next());
            let is_known = looked.is_some_and(|(packet, until)| {
                packet == sequence
                    && (until == next || until.number() > sequence.number() + 2 * LOOK)
            });
            if is_known {
                return;
            }
            looked = Some((sequence, next));
            let handshake = lab
                .with_untracked(|lab| lab.handshake(sequence))
                .map(Arc::new);
            if *found.read_untracked() != handshake {
                found.set(handshake);
            }
        });
        provide_context(Self(found));
    }

    /// It; in a view, again when it has changed.
    pub(super) fn get(self) -> Option<Arc<Handshake>> {
        self.0.get()
    }

    /// It, for an event handler.
    pub(super) fn get_untracked(self) -> Option<Arc<Handshake>> {
        self.0.get_untracked()
    }

    /// Whether this record belongs to it; in a view, again when that has changed.
    pub(super) fn has(self, sequence: Sequence) -> bool {
        self.0
            .with(|found| found.as_ref().is_some_and(|found| found.has(sequence)))
    }
}

/// The handshake of the selected packet.
pub(super) fn use_handshake() -> SelectedHandshake {
    provided::<SelectedHandshake>()
}
