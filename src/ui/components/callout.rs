//! A calm block that says what happened and what to do next.

use leptos::prelude::*;

use super::Tone;
use super::icon::{Icon, icon};
use crate::ui::element::view;

/// A block beside the matter it speaks of, never over it.
#[component]
pub fn Callout(
    /// How serious it is.
    #[prop(into)]
    tone: Signal<Tone>,
    /// What happened, in one sentence.
    #[prop(into)]
    title: Signal<String>,
    /// Why, and what can be done: paragraphs, lists, buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    view! {
        <div class=move || format!("callout callout--{}", tone.get().name())>
            {move || {
                icon(match tone.get() {
                    Tone::Ok => Icon::Done,
                    Tone::Idle | Tone::Accent => Icon::Info,
                    Tone::Warn | Tone::Bad => Icon::Warning,
                })
            }}
            <div class="callout__body">
                <p class="callout__title">{move || title.get()}</p>
                {children.map(|children| children())}
            </div>
        </div>
    }
    .into_any()
}
