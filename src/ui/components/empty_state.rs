//! What an empty pane says: what would fill it, and how.

use leptos::prelude::*;

use crate::ui::element::view;

/// Stands where rows would stand.
#[component]
pub fn EmptyState(
    /// What there is none of.
    #[prop(into)]
    title: Signal<String>,
    /// What would fill it, and how.
    #[prop(into)]
    text: Signal<String>,
) -> AnyView {
    view! {
        <div class="empty">
            <p class="empty__title">{move || title.get()}</p>
            <p>{move || text.get()}</p>
        </div>
    }
    .into_any()
}
