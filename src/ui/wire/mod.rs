//! The Wire: a drawer under the bench that shows what is sent.

mod build;
mod copy;
mod dissect;
mod foot;
mod handshake;
mod inspector;
mod ladder;
mod meter;
mod packets;
mod save;
mod scroller;
mod selected;

use leptos::prelude::*;

use super::components::{
    Button, ButtonKind, Extent, Icon, Resizer, Tab, Tabs, dynamic, panel_id, when,
};
use super::handle::use_lab;
use super::lazy::lazy_view;
use super::screen::{WirePane, use_screen};
use crate::ui::element::view;
use crate::ui::memo::State;

/// How high the drawer is at first, in CSS pixels; a low window gives it less.
const FIRST_HEIGHT: i32 = 380;
/// The least that shows a row and the tabs.
const LEAST_HEIGHT: i32 = 160;
/// What stays of the page above it: the header and a strip of the bench.
const LEFT_ABOVE: i32 = 120;

/// How wide the inspector can be made.
const INSPECTOR: Extent = Extent {
    least: 280,
    most: 1_600,
};

/// What is remembered while the drawer is closed.
#[derive(Clone, Copy)]
struct Sizes {
    height: RwSignal<i32>,
    inspector: RwSignal<i32>,
    pasted: State<dissect::Kept>,
}

/// The drawer, where it is open.
#[component]
pub fn Wire() -> AnyView {
    let screen = use_screen();
    let sizes = Sizes {
        height: RwSignal::new(FIRST_HEIGHT),
        inspector: RwSignal::new(0),
        pasted: State::new(dissect::Kept::default()),
    };
    view! {
        <div class="wire-dock">
            {when(move || screen.wire.get().is_some(), move || drawer(sizes))}
        </div>
    }
    .into_any()
}

lazy_view! {
    fn drawer(sizes: Sizes) in wire, "The Wire" => view! { <Drawer sizes=sizes /> }.into_any()
}

#[component]
fn Drawer(sizes: Sizes) -> AnyView {
    let screen = use_screen();
    provide_context(sizes.pasted);
    let window_size = |size: Result<wasm_bindgen::JsValue, _>| {
        size.ok()
            .and_then(|size: wasm_bindgen::JsValue| size.as_f64())
            .unwrap_or_default() as i32
    };
    let most = (window_size(window().inner_height()) - LEFT_ABOVE).max(LEAST_HEIGHT);
    sizes.height.update(|height| *height = (*height).min(most));
    if sizes.inspector.get_untracked() == 0 {
        sizes
            .inspector
            .set(window_size(window().inner_width()) * 9 / 20);
    }
    let extent = Extent {
        least: LEAST_HEIGHT,
        most,
    };
    handshake::SelectedHandshake::provide();
    let pane = move || screen.wire.get().unwrap_or(WirePane::ALL[0]);
    let tabs = WirePane::ALL.map(|pane| Tab {
        label: pane.title().to_owned(),
        controls: panel_id(pane.title()),
    });
    let place = move || WirePane::ALL.iter().position(|one| *one == pane());
    view! {
        <section
            class="wire"
            role="region"
            aria-label="Wire"
            style:--wire-height=move || format!("{}px", sizes.height.get())
            style:--inspector-width=move || format!("{}px", sizes.inspector.get())
        >
            <Resizer label="Height of the Wire" below=true extent=extent size=sizes.height />
            <div class="wire__head">
                <h2 class="wire__title">"Wire"</h2>
                <Tabs
                    label="Wire"
                    tabs=tabs.to_vec()
                    selected=Signal::derive(move || place().unwrap_or_default())
                    on_select=move |index: usize| {
                        if let Some(pane) = WirePane::ALL.get(index) {
                            screen.wire.set(Some(*pane));
                        }
                    }
                />
                <span class="grow"></span>
                {when(move || pane().shows_trace(), follow_button)}
                {save::button()}
                <Button
                    label="Close the Wire"
                    kind=ButtonKind::Quiet
                    picture=Icon::Close
                    icon_only=true
                    small=true
                    on_press=move |()| screen.close_wire()
                />
            </div>
            <div class="wire__body">
                {dynamic(move || {
                    let pane = pane();
                    view! {
                        <div
                            class="wire__pane"
                            role="tabpanel"
                            id=panel_id(pane.title())
                            aria-label=pane.title()
                        >
                            {body(pane)}
                        </div>
                    }
                        .into_any()
                })}
                {when(
                    move || pane().shows_trace() && screen.packet.get().is_some(),
                    move || {
                        view! {
                            <div class="wire__inspector">
                                <Resizer
                                    label="Width of the inspector"
                                    extent=INSPECTOR
                                    size=sizes.inspector
                                />
                                {selected::view()}
                            </div>
                        }
                            .into_any()
                    },
                )}
            </div>
        </section>
    }
    .into_any()
}

/// What a pane shows: each is a folder of its own, entered here.
fn body(pane: WirePane) -> AnyView {
    match pane {
        WirePane::Packets => packets::view(),
        WirePane::Ladder => ladder::view(),
        WirePane::Build => build::view(),
        WirePane::Meter => meter::view(),
        WirePane::Dissect => dissect::view(crate::ui::context::provided()),
    }
}

/// Has the panes stand still, or move with what comes.
fn follow_button() -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    dynamic(move || {
        if screen.wire_paused.get().is_some() {
            view! {
                <Button
                    label="Follow"
                    picture=Icon::Play
                    small=true
                    hint="Shows what has come meanwhile, and then each packet as it comes."
                    on_press=move |()| screen.wire_paused.set(None)
                />
            }
            .into_any()
        } else {
            view! {
                <Button
                    label="Pause"
                    picture=Icon::Pause
                    small=true
                    hint="The Wire stands still. Everything goes on, and what comes is kept and counted."
                    on_press=move |()| screen.pause_wire(lab)
                />
            }
            .into_any()
        }
    })
}
