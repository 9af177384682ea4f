//! The side pane: what stands beside the bench, one thing at a time, or two of them one above the other.

use leptos::prelude::*;

use super::components::{
    Button, ButtonKind, Extent, Icon, Resizer, Tab, Tabs, dynamic, panel_id, when,
};
use super::lazy::lazy_view;
use super::memo::Memo;
use super::screen::{SidePane, keep_focus, use_screen};
use super::server::with_server;
use crate::lab::halves::Half;
use crate::ui::element::view;

/// How wide the side pane can be made, in CSS pixels.
const WIDTH: Extent = Extent {
    least: 280,
    most: 900,
};

/// How wide it is at first.
const FIRST_WIDTH: i32 = 440;

/// How high its lower half can be made, in CSS pixels; the style sheet leaves the upper one some room.
const HEIGHT: Extent = Extent {
    least: 160,
    most: 1_200,
};

/// How high that is at first.
const FIRST_HEIGHT: i32 = 360;

/// The side pane, where one is open.
#[component]
pub fn Side() -> AnyView {
    let screen = use_screen();
    let (width, height) = (RwSignal::new(FIRST_WIDTH), RwSignal::new(FIRST_HEIGHT));
    when(
        move || screen.side.read().is_open(),
        move || opened(width, height),
    )
}

lazy_view! {
    fn opened(width: RwSignal<i32>, height: RwSignal<i32>) in bench, "Side pane" as "side" => view! {
        <Opened width=width height=height />
    }
    .into_any()
}

#[component]
fn Opened(width: RwSignal<i32>, height: RwSignal<i32>) -> AnyView {
    let screen = use_screen();
    let is_split = Memo::new(move || screen.side.read().is_split());
    view! {
        <div class="side" style:--side-width=move || format!("{}px", width.get())>
            <Resizer label="Width of the side pane" extent=WIDTH size=width />
            {half(Half::Upper, is_split)}
            {when(
                move || is_split.get(),
                move || {
                    view! {
                        <div class="side__lower" style:--side-height=move || format!("{}px", height.get())>
                            <Resizer label="Height of the lower pane" below=true extent=HEIGHT size=height />
                            {half(Half::Lower, is_split)}
                        </div>
                    }
                        .into_any()
                },
            )}
        </div>
    }
    .into_any()
}

/// One half: the tabs of what it can show, and that.
fn half(half: Half, is_split: Memo<bool>) -> AnyView {
    let screen = use_screen();
    let pane = Memo::new(move || {
        let pane = screen.side.read().at(half);
        pane.unwrap_or(SidePane::ALL[0])
    });
    let tabs = SidePane::ALL.map(|pane| Tab {
        label: pane.title().to_owned(),
        controls: panel_id(pane.title()),
    });
    let place = move || SidePane::ALL.iter().position(|one| *one == pane.get());
    let (label, close) = match half {
        Half::Upper => ("Side pane", "Close the upper pane"),
        Half::Lower => ("Side pane, lower half", "Close the lower pane"),
    };
    view! {
        <div class="side__head">
            <Tabs
                label=label
                tabs=tabs.to_vec()
                selected=Signal::derive(move || place().unwrap_or_default())
                on_select=move |index: usize| {
                    if let Some(pane) = SidePane::ALL.get(index) {
                        screen.side.update(|halves| halves.choose(half, *pane));
                    }
                }
            />
            <span class="grow"></span>
<span class="side__split">
            {when(
                move || !is_split.get(),
                move || {
                    view! {
                        <Button
                            label="Show a second pane below"
                            kind=ButtonKind::Quiet
                            picture=Icon::Split
                            icon_only=true
                            small=true
                            on_press=move |()| {
                                screen
                                    .side
                                    .update(|halves| halves.split(pane.get_untracked().companion()));
                                keep_focus(".side__lower [role=tab][aria-selected=true]");
                            }
                        />
                    }
                        .into_any()
                },
            )}
</span>
            <Button
                label=Signal::derive(move || {
                    if is_split.get() { close } else { "Close the side pane" }.to_owned()
                })
                kind=ButtonKind::Quiet
                picture=Icon::Close
                icon_only=true
                small=true
                on_press=move |()| screen.close_side(half)
            />
        </div>
        {dynamic(move || {
            let pane = pane.get();
            view! {
                <section
                    class=format!("side__body side__body--{}", pane.name())
                    id=panel_id(pane.title())
                    role="region"
                    aria-label=pane.title()
                >
                    {body(pane)}
                </section>
            }
            .into_any()
        })}
    }
    .into_any()
}

/// What a pane shows: each is a folder of its own, entered here.
fn body(pane: SidePane) -> AnyView {
    match pane {
        SidePane::Broker => with_server(super::broker::view),
        SidePane::Devices => with_server(super::devices::view),
        SidePane::Faults => with_server(super::faults::view),
        SidePane::Topics => super::topics::view(),
        SidePane::Chart => super::chart::view(),
    }
}
