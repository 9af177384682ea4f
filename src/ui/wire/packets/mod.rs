//! Packets: what was sent and received, one under the other, newest last.

mod follow;
mod list;
mod row;
mod tools;

use leptos::prelude::*;

use crate::lab::wire::ClientChoice;
use crate::ui::components::when;
use crate::ui::element::view;
use crate::ui::memo::State;
use crate::ui::screen::use_screen;
use follow::Following;

/// The pane.
pub(super) fn view() -> AnyView {
    let Some(following) = Following::begin() else {
        return ().into_any();
    };
    let unfolded = State::new(false);
    let filter = use_screen().packet_filter;
    let is_of_one = move || filter.with(|form| form.clients != ClientChoice::All);
    view! {
        <div class="packets" class:packets--one=is_of_one>
            {tools::view(following, unfolded)}
            {when(move || unfolded.get(), tools::filter_bar)}
            {list::view(following)}
            {tools::dropped()}
        </div>
    }
    .into_any()
}
