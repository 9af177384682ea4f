//! Another colour for a subscription.

use leptos::prelude::*;

use super::RowSignal;
use crate::lab::{COLOURS, ClientKey, Command};
use crate::ui::components::when;
use crate::ui::element::view;
use crate::ui::handle::use_dispatch;

/// A button with the colour of a subscription; pressed, it offers all of them.
#[component]
pub(super) fn ColourPicker(
    row: RowSignal,
    open: RwSignal<bool>,
    filter: Signal<String>,
) -> AnyView {
    let label = Signal::derive(move || format!("Color of {}", filter.get()));
    view! {
        <button
            type="button"
            class="button button--quiet button--small button--icon"
            aria-label=move || label.get()
            title="Gives the subscription and its messages another color"
            aria-expanded=move || open.get().to_string()
            on:click=move |_| open.update(|open| *open = !*open)
        >
            <span
                class="subscription__swatch"
                data-hue=move || row.read().as_ref().map(|row| row.colour.to_string())
            ></span>
        </button>
    }
    .into_any()
}

/// All colours, to choose one.
#[component]
pub(super) fn Colours(client: ClientKey, row: RowSignal, open: RwSignal<bool>) -> AnyView {
    let dispatch = use_dispatch();
    let swatch = move |colour: u8| {
        let chosen = move || row.read().as_ref().is_some_and(|row| row.colour == colour);
        view! {
            <button
                type="button"
                class="button button--quiet button--small button--icon"
                aria-label=format!("Color {}", colour + 1)
                aria-pressed=move || chosen().to_string()
                on:click=move |_| {
                    let key = row.read_untracked().as_ref().map(|row| row.key);
                    if let Some(subscription) = key {
                        dispatch
                            .tell(Command::ColourSubscription {
                                client,
                                subscription,
                                colour,
                            });
                    }
                    open.set(false);
                }
            >
                <span class="subscription__swatch" data-hue=colour.to_string()></span>
            </button>
        }
        .into_any()
    };
    when(
        move || open.get(),
        move || {
            view! {
                <div
                    class="subscription__colours"
                    role="group"
                    aria-label="Color"
                    on:keydown=move |event| {
                        if event.key() == "Escape" {
                            open.set(false);
                        }
                    }
                >
                    {(0..COLOURS).map(swatch).collect::<Vec<_>>()}
                </div>
            }
            .into_any()
        },
    )
}
