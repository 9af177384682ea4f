//! Packets: what was sent and received, one under the other, newest last.

mod follow;
mod list;
mod row;
mod tools;

use leptos::prelude::*;

use crate::ui::components::when;
use crate::ui::memo::State;
use follow::Following;

/// The pane.
pub(super) fn view() -> AnyView {
    let Some(following) = Following::begin() else {
        return ().into_any();
    };
    let unfolded = State::new(false);
    view! {
        <div class="packets">
            {tools::view(following, unfolded)}
            {when(move || unfolded.get(), tools::filter_bar)}
            {list::view(following)}
            {tools::dropped()}
        </div>
    }
    .into_any()
}
