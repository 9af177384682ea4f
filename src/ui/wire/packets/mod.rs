//! Packets: what was sent and received, one under the other, newest last.

mod follow;
mod list;
mod row;
mod scroller;

use leptos::prelude::*;

use follow::Following;

/// The pane.
pub(super) fn view() -> AnyView {
    let Some(following) = Following::begin() else {
        return ().into_any();
    };
    view! { <div class="packets">{list::view(following)}</div> }.into_any()
}
