//! A record of the trace in the inspector: a packet, or what else happened.

use std::sync::Arc;

use leptos::prelude::*;

use super::inspector;
use crate::lab::EventView;
use crate::ui::components::when;
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::memo::Memo;
use crate::ui::screen::use_screen;

/// The record that the screen names: the inspector of a packet, or the words of an event.
pub(in crate::ui::wire) fn record_view() -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    // Read once: a record does not change, and it stays readable when the trace drops it.
    let packet = Memo::new(move || {
        let sequence = screen.packet.get()?;
        lab.with_untracked(|lab| lab.inspection(sequence))
            .map(Arc::new)
    });
    let event = Memo::new(move || {
        let sequence = screen.packet.get()?;
        lab.with_untracked(|lab| lab.event_view(sequence))
    });
    let is_gone = move || packet.with(Option::is_none) && event.with(Option::is_none);
    view! {
        {inspector(packet)}
        {move || event.get().map(event_words)}
        {when(
            is_gone,
            || {
                view! {
                    <p class="muted">
                        "This packet is no longer kept: the trace has dropped its oldest records to stay within its budget."
                    </p>
                }
                    .into_any()
            },
        )}
    }
    .into_any()
}

/// What happened, where no packet is shown.
fn event_words(event: EventView) -> AnyView {
    view! {
        <div class="selected__event">
            <p>{event.text}</p>
            <p class="muted">{event.time}</p>
        </div>
    }
    .into_any()
}
