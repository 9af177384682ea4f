//! A word about one thing, in a small box.

use leptos::prelude::*;

use super::Tone;
use crate::ui::element::view;

/// A word about one thing, such as `Retained` or `lower than asked`.
#[component]
pub fn Flag(
    /// How serious it is.
    #[prop(optional)]
    tone: Tone,
    /// The word.
    #[prop(into)]
    text: Signal<String>,
    /// One sentence on it, shown on hovering.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
) -> AnyView {
    view! {
        <span
            class=format!("flag flag--{}", tone.name())
            title=move || hint.map(|hint| hint.get())
        >
            {move || text.get()}
        </span>
    }
    .into_any()
}
