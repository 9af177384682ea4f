//! A state in a shape and in words.

use leptos::prelude::*;

use super::Tone;
use crate::ui::element::view;

/// The shape alone, for a place where the words stand beside it anyway: a ring, a full circle, an
/// open arc that turns, a triangle.
#[component]
pub fn StateMark(
    /// The state.
    #[prop(into)]
    tone: Signal<Tone>,
) -> AnyView {
    view! {
        <svg class="state__mark" viewBox="0 0 10 10" aria-hidden="true">
            {move || match tone.get() {
                Tone::Idle | Tone::Accent => {
                    view! {
                        <circle cx="5" cy="5" r="3.75" fill="none" stroke="currentColor" stroke-width="1.5"></circle>
                    }
                        .into_any()
                }
                Tone::Ok => view! { <circle cx="5" cy="5" r="4.5" fill="currentColor"></circle> }.into_any(),
                Tone::Warn => {
                    view! {
                        <path d="M5 1.25A3.75 3.75 0 1 1 1.25 5" fill="none" stroke="currentColor" stroke-width="2"></path>
                    }
                        .into_any()
                }
                Tone::Bad => view! { <path d="M5 .5L9.8 9.3H.2z" fill="currentColor"></path> }.into_any(),
            }}
        </svg>
    }
    .into_any()
}

/// A state in a shape and in words.
#[component]
pub fn State(
    /// The shape.
    #[prop(into)]
    tone: Signal<Tone>,
    /// The words.
    #[prop(into)]
    text: Signal<String>,
    /// Whether a change of the words is read out: a `role=status`, whose text is the words alone.
    #[prop(optional)]
    announced: bool,
) -> AnyView {
    view! {
        <span class=move || format!("state state--{}", tone.get().name())>
            <StateMark tone=tone />
            <span class="state__text" role=announced.then_some("status")>
                {move || text.get()}
            </span>
        </span>
    }
    .into_any()
}
