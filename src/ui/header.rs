//! The header: what this page is, and what concerns all of it.

use leptos::prelude::*;

use super::components::{Button, ButtonKind, Icon, icon};
use super::handle::{use_dispatch, use_lab};
use super::screen::{OpenDialog, use_screen};
use super::settings::change_settings;
use crate::lab::Theme;

/// The header of the page.
#[component]
pub fn Header() -> AnyView {
    let screen = use_screen();
    view! {
        <header class="top">
            <h1 class="brand">{icon(Icon::Brand)} "MQTT Lab"</h1>
            <span class="brand__line">"learn MQTT by doing it"</span>
            <span class="grow"></span>
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
