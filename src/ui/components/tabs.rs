//! A few views of the same thing, one at a time.

use leptos::html;
use leptos::prelude::*;

use crate::ui::element::view;

/// One tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// What it is called.
    pub label: String,
    /// The id of the element that it shows.
    pub controls: String,
}

/// A row of tabs. The left and right arrows, Home and End go from one to the next.
#[component]
pub fn Tabs(
    /// What the tabs are views of; the accessible name of the row.
    label: &'static str,
    /// The tabs.
    #[prop(into)]
    tabs: Signal<Vec<Tab>>,
    /// Which one is chosen, from 0.
    #[prop(into)]
    selected: Signal<usize>,
    /// Called with the one that was chosen.
    #[prop(into)]
    on_select: Callback<usize>,
) -> AnyView {
    let row = NodeRef::<html::Div>::new();
    let go = move |index: usize| {
        on_select.run(index);
        let tab = row
            .get_untracked()
            .and_then(|row| row.children().item(u32::try_from(index).unwrap_or(0)));
        if let Some(tab) = tab {
            // Moving the focus fails for no element that is on the screen.
            let _ = wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(tab).focus();
        }
    };
    view! {
        <div
            class="tabs"
            role="tablist"
            aria-label=label
            node_ref=row
            on:keydown=move |event| {
                let last = tabs.with_untracked(Vec::len).saturating_sub(1);
                let here = selected.get_untracked();
                let next = match event.key().as_str() {
                    "ArrowLeft" => here.checked_sub(1).unwrap_or(last),
                    "ArrowRight" => if here < last { here + 1 } else { 0 },
                    "Home" => 0,
                    "End" => last,
                    _ => return,
                };
                event.prevent_default();
                go(next);
            }
        >
            {move || {
                tabs.get()
                    .into_iter()
                    .enumerate()
                    .map(|(index, tab)| {
                        view! {
                            <button
                                type="button"
                                role="tab"
                                class="tabs__tab"
                                aria-selected=move || (selected.get() == index).to_string()
                                aria-controls=tab.controls
                                tabindex=move || if selected.get() == index { "0" } else { "-1" }
                                on:click=move |_| on_select.run(index)
                            >
                                {tab.label}
                            </button>
                        }
                    })
                    .collect_view()
            }}
        </div>
    }
    .into_any()
}
