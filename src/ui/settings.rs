//! The settings of the page.

use leptos::prelude::*;

use super::components::{Button, ButtonKind, Checkbox, Choice, Dialog, Select};
use super::handle::{Dispatch, LabHandle, use_dispatch, use_lab};
use super::lazy::lazy_view;
use super::screen::{OpenDialog, use_screen};
use crate::lab::{Command, PayloadView, Settings, Theme, TimeView};
use crate::ui::element::view;

/// The amounts of memory that are offered for the trace, in megabytes.
const TRACE_MEGABYTES: [u32; 7] = [16, 64, 128, 256, 512, 1_024, 2_048];

/// Changes some settings and keeps the rest.
pub fn change_settings(lab: LabHandle, dispatch: Dispatch, change: impl FnOnce(&mut Settings)) {
    let mut settings = lab.with_untracked(|lab| lab.settings().clone());
    change(&mut settings);
    dispatch.tell(Command::SetSettings { settings });
}

/// The dialog with all settings.
#[component]
pub fn SettingsDialog() -> AnyView {
    let screen = use_screen();
    let close = move |()| screen.dialog.set(None);
    view! {
        <Dialog
            title="Settings"
            open=Signal::derive(move || screen.dialog.get() == Some(OpenDialog::Settings))
            on_close=close
        >
            {settings_form()}
            <div class="buttons buttons--end">
                <Button label="Done" kind=ButtonKind::Primary on_press=close />
            </div>
        </Dialog>
    }
    .into_any()
}

lazy_view! {
    fn settings_form() in dialogs, "Settings" => view! { <SettingsForm /> }.into_any()
}

#[component]
fn SettingsForm() -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let read = move |read: fn(&Settings) -> String| lab.words(move |lab| read(lab.settings()));
    let tick = move |read: fn(&Settings) -> bool| {
        Signal::derive(move || lab.with(|lab| read(lab.settings())))
    };
    let choose = move |change: fn(&mut Settings, &str)| {
        Callback::new(move |value: String| {
            change_settings(lab, dispatch, |settings| change(settings, &value));
        })
    };
    let toggle = move |change: fn(&mut Settings, bool)| {
        Callback::new(move |value| {
            change_settings(lab, dispatch, |settings| change(settings, value));
        })
    };
    view! {
        <div class="fields">
            <Select
                label="Theme"
                class="w-m"
                choices=choices(&[
                    ("system", "As the system"),
                    ("light", "Light"),
                    ("dark", "Dark"),
                ])
                value=read(|settings| {
                    match settings.theme {
                        Theme::System => "system",
                        Theme::Light => "light",
                        Theme::Dark => "dark",
                    }
                    .to_owned()
                })
                on_change=choose(|settings, value| {
                    settings.theme = match value {
                        "light" => Theme::Light,
                        "dark" => Theme::Dark,
                        _ => Theme::System,
                    };
                })
            />
            <Select
                label="Time of a message"
                class="w-m"
                help="Local time reads like the clock on the wall; seconds since the lab was opened make intervals easy to see."
                choices=choices(&[
                    ("clock", "Local time"),
                    ("utc", "UTC"),
                    ("elapsed", "Since the lab was opened"),
                ])
                value=read(|settings| {
                    match settings.time_view {
                        TimeView::Clock => "clock",
                        TimeView::Utc => "utc",
                        TimeView::Elapsed => "elapsed",
                    }
                    .to_owned()
                })
                on_change=choose(|settings, value| {
                    settings.time_view = match value {
                        "utc" => TimeView::Utc,
                        "elapsed" => TimeView::Elapsed,
                        _ => TimeView::Clock,
                    };
                })
            />
            <Select
                label="Show payloads as"
                class="w-m"
                help="MQTT carries bytes and says nothing of what they mean. They are kept as they came, so this can be changed at any time."
                choices=choices(&[("text", "Text"), ("json", "JSON, indented"), ("hex", "Hex and ASCII")])
                value=read(|settings| {
                    match settings.payload_view {
                        PayloadView::Text => "text",
                        PayloadView::Json => "json",
                        PayloadView::Hex => "hex",
                    }
                    .to_owned()
                })
                on_change=choose(|settings, value| {
                    settings.payload_view = match value {
                        "json" => PayloadView::Json,
                        "hex" => PayloadView::Hex,
                        _ => PayloadView::Text,
                    };
                })
            />
            <Select
                label="Memory for packets"
                class="w-m"
                help="Every packet is kept until this much memory is used; then the oldest go, and the page says how many. A file that is opened has its part of it: what is free, and a quarter at the least."
                choices=Signal::derive(move || trace_choices(lab))
                value=read(|settings| settings.trace_megabytes.to_string())
                on_change=choose(|settings, value| {
                    if let Ok(megabytes) = value.parse() {
                        settings.trace_megabytes = megabytes;
                    }
                })
            />
        </div>
        <div>
            <Checkbox
                label="Show sent messages in the message lists"
                help="Messages that a client of this page has sent stand among those it was given, marked with an arrow."
                checked=tick(|settings| settings.show_sent)
                on_change=toggle(|settings, on| settings.show_sent = on)
            />
            <Checkbox
                label="Subscribe again after a reconnect"
                help="A server that has kept no session has forgotten the subscriptions too. With this, the lab makes them again, as most client libraries do."
                checked=tick(|settings| settings.resubscribe)
                on_change=toggle(|settings, on| settings.resubscribe = on)
            />
        </div>
    }
    .into_any()
}

fn choices(entries: &[(&str, &str)]) -> Vec<Choice> {
    let entries = entries.iter();
    entries
        .map(|(value, label)| Choice::new(*value, *label))
        .collect()
}

/// The usual amounts, and the one that is set where it is none of them.
fn trace_choices(lab: LabHandle) -> Vec<Choice> {
    let set = lab.with(|lab| lab.settings().trace_megabytes);
    let mut amounts = TRACE_MEGABYTES.to_vec();
    if let Err(place) = amounts.binary_search(&set) {
        amounts.insert(place, set);
    }
    let amounts = amounts.into_iter();
    amounts
        .map(|amount| Choice::new(amount.to_string(), format!("{amount} MB")))
        .collect()
}
