//! The record that is selected in the Wire.

use leptos::prelude::*;

use super::packet::contents;
use crate::ui::handle::use_lab;
use crate::ui::memo::Memo;
use crate::ui::screen::use_screen;

/// What it is, and what stands in it.
pub(super) fn view() -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    // Read once: a record does not change, and it stays readable when the trace drops it.
    let title = Memo::new(move || {
        let sequence = screen.packet.get()?;
        lab.with_untracked(|lab| lab.record_title(sequence))
    });
    view! {
        <section class="selected" role="region" aria-label="Selected">
            <h3 class="selected__title">{move || title.get().unwrap_or_else(|| "Packet".to_owned())}</h3>
            {contents()}
        </section>
    }
    .into_any()
}
