//! The page: header, rail, bench, and the dialogs over them.

use leptos::ev;
use leptos::prelude::*;

use super::bench::Bench;
use super::components::{Confirm, ConfirmDialog, TipLayer, Tips, show_help_here};
use super::handle::{provide_lab, use_dispatch, use_lab};
use super::header::Header;
use super::help::HelpDialog;
use super::history::HistoryDialog;
use super::rail::Rail;
use super::screen::Screen;
use super::settings::SettingsDialog;
use super::shortcuts::handle_key;
use super::side::Side;
use super::wire::Wire;
use crate::lab::Theme;
use crate::ui::element::view;
use crate::ui::memo::effect;

/// The whole page.
#[component]
pub fn App() -> AnyView {
    provide_lab();
    Confirm::provide();
    Tips::provide();
    Screen::provide();
    follow_theme();
    let (lab, dispatch, screen) = (use_lab(), use_dispatch(), super::screen::use_screen());
    let tips = super::components::use_tips();
    let keys = window_event_listener(ev::keydown, move |event| {
        let is_about_help = match event.key().as_str() {
            "Escape" => tips.dismiss(),
            "F1" => show_help_here(),
            _ => false,
        };
        if is_about_help {
            event.prevent_default();
        } else {
            if event.key() == "Tab" {
                tips.dismiss();
            }
            handle_key(&event, lab, dispatch, screen);
        }
    });
    on_cleanup(move || keys.remove());
    view! {
        <div class="app">
            <a class="skip" href="#bench">
                "Skip to the selected client"
            </a>
            <Header />
            <div class="shell">
                <Rail />
                <Bench />
                <Side />
            </div>
            <Wire />
            <SettingsDialog />
            <HelpDialog />
            <HistoryDialog />
            <ConfirmDialog />
            <TipLayer />
        </div>
    }
    .into_any()
}

/// Keeps `data-theme` on the root element, where the style sheets look for it.
fn follow_theme() {
    let theme = use_lab().memo(|lab| lab.settings().theme);
    effect(move || {
        let Some(root) = document().document_element() else {
            return;
        };
        // Both fail only for names that are none.
        let _ = match theme.get() {
            Theme::System => root.remove_attribute("data-theme"),
            Theme::Light => root.set_attribute("data-theme", "light"),
            Theme::Dark => root.set_attribute("data-theme", "dark"),
        };
    });
}
