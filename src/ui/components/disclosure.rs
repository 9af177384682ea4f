//! Something that is there for those who want it: a title that opens.

use leptos::prelude::*;

use super::icon::{Icon, icon};

/// A title that opens on what stands under it.
#[component]
pub fn Disclosure(
    /// What is under it.
    title: &'static str,
    /// What it comes to while it is closed, such as `none` or a topic.
    #[prop(optional, into)]
    summary: Signal<String>,
    /// Whether it starts open.
    #[prop(optional)]
    open: bool,
    /// What it opens on.
    children: Children,
) -> AnyView {
    view! {
        <details class="disclosure" open=open>
            <summary>
                <span class="disclosure__mark">{icon(Icon::Chevron)}</span>
                <span class="disclosure__title">{title}</span>
                <span class="muted">{move || summary.get()}</span>
            </summary>
            <div class="disclosure__body">{children()}</div>
        </details>
    }
    .into_any()
}
