//! A checkbox with its label.

use leptos::prelude::*;

use super::help::{HelpText, HelpTip};
use crate::ui::element::view;

/// A checkbox; its label is its accessible name.
#[component]
pub fn Checkbox(
    /// The words beside it.
    label: &'static str,
    /// Whether it is ticked.
    #[prop(into)]
    checked: Signal<bool>,
    /// Called with what it was changed to.
    #[prop(into)]
    on_change: Callback<bool>,
    /// One sentence in a teacher's words.
    #[prop(optional, into)]
    help: Option<HelpText>,
    /// Whether it can be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> AnyView {
    view! {
        <div class="check">
            <div class="check__line">
                <label>
                    <input
                        type="checkbox"
                        prop:checked=move || checked.get()
                        disabled=move || disabled.get()
                        on:change=move |event| on_change.run(event_target_checked(&event))
                    />
                    {label}
                </label>
                {help.map(|help| view! { <HelpTip about=label text=help /> })}
            </div>
        </div>
    }
    .into_any()
}
