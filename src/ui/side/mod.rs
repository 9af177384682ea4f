//! The side pane: what stands beside the bench, one thing at a time.

use leptos::prelude::*;

use super::components::{
    Button, ButtonKind, Extent, Icon, Resizer, Tab, Tabs, dynamic, panel_id, when,
};
use super::screen::{SidePane, use_screen};
use super::server::with_server;

/// How wide the side pane can be made, in CSS pixels.
const WIDTH: Extent = Extent {
    least: 280,
    most: 900,
};

/// How wide it is at first.
const FIRST_WIDTH: i32 = 440;

/// The side pane, where one is open.
#[component]
pub fn Side() -> AnyView {
    let screen = use_screen();
    let width = RwSignal::new(FIRST_WIDTH);
    when(
        move || screen.side.get().is_some(),
        move || view! { <Opened width=width /> }.into_any(),
    )
}

#[component]
fn Opened(width: RwSignal<i32>) -> AnyView {
    let screen = use_screen();
    let pane = move || screen.side.get().unwrap_or(SidePane::ALL[0]);
    let tabs = SidePane::ALL.map(|pane| Tab {
        label: pane.title().to_owned(),
        controls: panel_id(pane.title()),
    });
    let place = move || SidePane::ALL.iter().position(|one| *one == pane());
    view! {
        <div class="side" style:--side-width=move || format!("{}px", width.get())>
            <Resizer label="Width of the side pane" extent=WIDTH size=width />
            <div class="side__head">
                <Tabs
                    label="Side pane"
                    tabs=tabs.to_vec()
                    selected=Signal::derive(move || place().unwrap_or_default())
                    on_select=move |index: usize| {
                        if let Some(pane) = SidePane::ALL.get(index) {
                            screen.side.set(Some(*pane));
                        }
                    }
                />
                <span class="grow"></span>
                <Button
                    label="Close the side pane"
                    kind=ButtonKind::Quiet
                    picture=Icon::Close
                    icon_only=true
                    small=true
                    on_press=move |()| screen.close_side()
                />
            </div>
            {dynamic(move || {
                let pane = pane();
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
        </div>
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
