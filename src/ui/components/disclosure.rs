//! Something that is there for those who want it: a title that opens.

use leptos::prelude::*;

use super::dynamic::when;
use super::icon::{Icon, icon};
use crate::ui::element::view;
use crate::ui::memo::State;

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
    /// What it opens on; made when it is first opened.
    children: ChildrenFn,
) -> AnyView {
    let opened = State::new(open);
    view! {
        <details
            class="disclosure"
            open=open
            on:toggle=move |_| {
                // Once made it stays: what was typed in it is not lost by closing it.
                if !opened.get_untracked() {
                    opened.set(true);
                }
            }
        >
            <summary>
                <span class="disclosure__mark">{icon(Icon::Chevron)}</span>
                <span class="disclosure__title">{title}</span>
                <span class="muted">{move || summary.get()}</span>
            </summary>
            <div class="disclosure__body">{when(move || opened.get(), move || children())}</div>
        </details>
    }
    .into_any()
}
