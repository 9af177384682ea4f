//! The header: what this page is, and what concerns all of it.

use leptos::prelude::*;

use super::components::{Button, ButtonKind, Icon, State as Mark, Tone, icon, when};
use super::handle::{use_dispatch, use_lab};
use super::memo::State;
use super::screen::{OpenDialog, SidePane, keep_focus, use_screen};
use super::settings::change_settings;
use crate::lab::{Command, Theme};
use crate::ui::element::view;

/// The header of the page.
#[component]
pub fn Header() -> AnyView {
    let screen = use_screen();
    view! {
        <header class="top">
            <h1 class="brand">{icon(Icon::Brand)} "MQTT Lab"</h1>
            <span class="brand__line">"learn MQTT by doing it"</span>
            <span class="grow"></span>
            {lab_tools()}
            <PaneButtons />
            <WireButton />
            <ThemeSwitch />
            <Button
                label="Settings"
                kind=ButtonKind::Quiet
                picture=Icon::Settings
                icon_only=true
                on_press=move |()| screen.dialog.set(Some(OpenDialog::Settings))
            />
            <Button
                label="Help and keys"
                kind=ButtonKind::Quiet
                picture=Icon::Help
                icon_only=true
                on_press=move |()| screen.dialog.set(Some(OpenDialog::Help))
            />
        </header>
    }
    .into_any()
}

/// What concerns the whole lab: its time, and the faults that are in place anywhere. A narrow screen
/// shows them when asked to, and by itself while time does not run or something is broken.
fn lab_tools() -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let open = State::new(false);
    let faults = lab.memo(|lab| lab.fault_count());
    let unusual = lab.memo(|lab| lab.fault_count() > 0 || lab.is_time_paused());
    view! {
        <div class="top__lab" class:top__lab--open=move || open.get() || unusual.get()>
            {super::time::view()}
            {when(
                move || faults.get() > 0,
                move || {
                    let count = Signal::derive(move || match faults.get() {
                        1 => "1 fault".to_owned(),
                        count => format!("{count} faults"),
                    });
                    view! {
                        <div class="top__faults">
                            <Mark announced=true tone=Tone::Bad text=count />
                            <Button
                                label="Clear all faults"
                                kind=ButtonKind::Danger
                                small=true
                                hint="Takes every fault off the links of all clients and devices."
                                on_press=move |()| {
                                    dispatch.tell(Command::ClearAllFaults);
                                    keep_focus(".top__panes .button");
                                }
                            />
                        </div>
                    }
                        .into_any()
                },
            )}
        </div>
        <div class="top__fold">
            <Button
                label="Time and faults"
                kind=ButtonKind::Quiet
                picture=Icon::Clock
                icon_only=true
                pressed=Signal::derive(move || open.get())
                on_press=move |()| open.update(|open| *open = !*open)
            />
        </div>
    }
    .into_any()
}

/// Opens and closes the side pane.
#[component]
fn PaneButtons() -> AnyView {
    let screen = use_screen();
    let button = move |pane: SidePane| {
        let (picture, hint) = match pane {
            SidePane::Broker => (
                Icon::Tables,
                "What the broker in this page keeps: connections, sessions, subscriptions, retained messages, wills.",
            ),
            SidePane::Faults => (
                Icon::Fault,
                "Break the selected client's link on purpose: cut it, lose packets, delay them.",
            ),
            SidePane::Devices => (
                Icon::Device,
                "Simulated devices that connect as ordinary clients.",
            ),
            SidePane::Topics => (
                Icon::Tree,
                "Every topic the selected client has seen, as a tree.",
            ),
            SidePane::Chart => (Icon::Chart, "Numbers in payloads, drawn over time."),
        };
        view! {
            <Button
                label=pane.title()
                kind=ButtonKind::Quiet
                picture=picture
                pressed=Signal::derive(move || screen.shows_side(pane))
                hint=Signal::stored(hint.to_owned())
                on_press=move |()| screen.toggle_side(pane)
            />
        }
    };
    view! {
        <div class="top__panes" role="group" aria-label="Side pane">
            {SidePane::ALL.map(button).collect_view()}
        </div>
    }
    .into_any()
}

/// Opens and closes the Wire.
#[component]
fn WireButton() -> AnyView {
    let screen = use_screen();
    view! {
        <div class="top__wire">
            <Button
                label="Wire"
                kind=ButtonKind::Quiet
                picture=Icon::Wire
                pressed=Signal::derive(move || screen.wire.get().is_some())
                hint="Every packet that is sent and received, byte by byte."
                on_press=move |()| screen.toggle_wire()
            />
        </div>
    }
    .into_any()
}

/// Goes from the system's colours to light, to dark, and back.
#[component]
fn ThemeSwitch() -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let theme = lab.memo(|lab| lab.settings().theme);
    let button = move || {
        let (name, picture, next) = match theme.get() {
            Theme::System => ("Theme: as the system", Icon::System, Theme::Light),
            Theme::Light => ("Theme: light", Icon::Light, Theme::Dark),
            Theme::Dark => ("Theme: dark", Icon::Dark, Theme::System),
        };
        view! {
            <Button
                label=name
                kind=ButtonKind::Quiet
                picture=picture
                icon_only=true
                on_press=move |()| change_settings(lab, dispatch, |settings| settings.theme = next)
            />
        }
    };
    button.into_any()
}
