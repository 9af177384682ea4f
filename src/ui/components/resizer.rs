//! The edge of a part of the page that can be drawn wider or narrower.

use leptos::prelude::*;

use crate::ui::element::view;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent};

/// What a resizable part measures, in CSS pixels, and between which bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The smallest.
    pub least: i32,
    /// The largest.
    pub most: i32,
}

/// How far one press of an arrow key moves the edge, in CSS pixels.
const STEP: i32 = 24;

/// An edge that is dragged, or moved with the arrow keys: left and up make the part behind it larger.
#[component]
pub fn Resizer(
    /// What becomes larger or smaller; the accessible name.
    label: &'static str,
    /// Whether the part stands below the edge and not to its right.
    #[prop(optional)]
    below: bool,
    /// Its bounds.
    extent: Extent,
    /// What it measures.
    size: RwSignal<i32>,
) -> AnyView {
    let place = move |event: &PointerEvent| {
        if below {
            event.client_y()
        } else {
            event.client_x()
        }
    };
    let set = move |wanted: i32| size.set(wanted.clamp(extent.least, extent.most));
    // Where the pointer took hold, and what the part measured then.
    let hold = StoredValue::new(None::<(i32, i32)>);
    view! {
        <div
            class="resizer"
            class:resizer--below=below
            role="separator"
            tabindex="0"
            aria-label=label
            aria-orientation=if below { "horizontal" } else { "vertical" }
            aria-valuemin=extent.least.to_string()
            aria-valuemax=extent.most.to_string()
            aria-valuenow=move || size.get().to_string()
            on:pointerdown=move |event: PointerEvent| {
                event.prevent_default();
                if let Some(edge) = edge(&event) {
                    // Without it the drag would end where the pointer leaves the edge.
                    let _ = edge.set_pointer_capture(event.pointer_id());
                }
                hold.set_value(Some((place(&event), size.get_untracked())));
            }
            on:pointermove=move |event: PointerEvent| {
                if let Some((from, before)) = hold.get_value() {
                    set(before + from - place(&event));
                }
            }
            on:pointerup=move |_| hold.set_value(None)
            on:pointercancel=move |_| hold.set_value(None)
            on:keydown=move |event: KeyboardEvent| {
                let now = size.get_untracked();
                match event.key().as_str() {
                    "ArrowLeft" | "ArrowUp" => set(now + STEP),
                    "ArrowRight" | "ArrowDown" => set(now - STEP),
                    "Home" => set(extent.least),
                    "End" => set(extent.most),
                    _ => return,
                }
                event.prevent_default();
            }
        ></div>
    }
    .into_any()
}

fn edge(event: &PointerEvent) -> Option<Element> {
    event.current_target()?.dyn_into().ok()
}
