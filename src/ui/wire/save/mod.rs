//! Packets to a file: a dialog that the drawer's head opens.

mod work;

use leptos::prelude::*;

use crate::lab::format;
use crate::lab::wire::save::{SaveFormat, SaveProgress, SaveScope};
use crate::ui::components::{
    Button, ButtonKind, Callout, Choice, Dialog, Icon, Select, Tone, when,
};
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::memo::State;
use crate::ui::screen::use_screen;
use work::Work;

/// The button in the drawer's head, with its dialog.
pub(super) fn button() -> AnyView {
    let open = State::new(false);
    let work = Work::new();
    view! {
        <Button
            label="Save …"
            picture=Icon::Export
            small=true
            hint="Saves packets to a file: a capture for Wireshark, or lines of JSON."
            on_press=move |()| open.set(true)
        />
        <Dialog
            title="Save packets"
            open=Signal::derive(move || open.get())
            on_close=move |()| {
                work.cancel();
                open.set(false);
            }
        >
            {body(work)}
        </Dialog>
    }
    .into_any()
}

fn body(work: Work) -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let all = State::new(false);
    let format = State::new(SaveFormat::Pcapng);
    let start = move |()| {
        let scope = if all.get_untracked() {
            Some(SaveScope::All)
        } else {
            let form = screen.packet_filter.get_untracked();
            let filter = lab.with_untracked(|lab| lab.check_packet_filter(&form));
            filter.ok().map(|filter| SaveScope::Shown(Box::new(filter)))
        };
        if let Some(scope) = scope {
            work.start(format.get_untracked(), scope);
        }
    };
    let is_busy = Signal::derive(move || work.progress.with(Option::is_some));
    view! {
        <div class="fields">
            <Select
                label="Packets to save"
                class="w-l"
                choices=vec![
                    Choice::new("shown", "what the filter shows"),
                    Choice::new("all", "everything that is kept"),
                ]
                value=Signal::derive(move || if all.get() { "all" } else { "shown" }.to_owned())
                on_change=move |value: String| all.set(value == "all")
                disabled=is_busy
            />
            <Select
                label="Format"
                class="w-l"
                choices=vec![
                    Choice::new("pcapng", "pcapng, for Wireshark"),
                    Choice::new("jsonl", "JSON Lines, for programs"),
                ]
                value=Signal::derive(move || {
                    match format.get() {
                        SaveFormat::Pcapng => "pcapng",
                        SaveFormat::JsonLines => "jsonl",
                    }
                        .to_owned()
                })
                on_change=move |value: String| {
                    let lines = value == "jsonl";
                    format.set(if lines { SaveFormat::JsonLines } else { SaveFormat::Pcapng });
                }
                disabled=is_busy
            />
            <Button label="Save" kind=ButtonKind::Primary disabled=is_busy on_press=start />
        </div>
        <p class="hint">{move || about(format.get())}</p>
        <p class="hint">
            "CONNECT packets hold user names and passwords as they were sent. Think of that before you pass the file on."
        </p>
        {when(move || work.progress.with(Option::is_some), move || under_way(work))}
        {when(
            move || work.outcome.with(Option::is_some),
            move || {
                let is_good = move || work.outcome.read().as_ref().is_some_and(Result::is_ok);
                let words = move || match work.outcome.get() {
                    Some(Ok(words) | Err(words)) => words,
                    None => String::new(),
                };
                view! {
                    <div role="status">
                        <Callout
                            tone=Signal::derive(move || if is_good() { Tone::Ok } else { Tone::Bad })
                            title=Signal::derive(words)
                        />
                    </div>
                }
                    .into_any()
            },
        )}
    }
    .into_any()
}

const fn about(format: SaveFormat) -> &'static str {
    match format {
        SaveFormat::Pcapng => {
            "The MQTT packets are the real bytes. Ethernet, IP and TCP around them are made up, so that Wireshark opens the file as MQTT on port 1883; WebSocket frames are left out. The file's comment says so. What Wireshark needs to read the others is always in it: how each connection began and ended, CONNECT, and what gives a Topic Alias its topic."
        }
        SaveFormat::JsonLines => {
            "A line for each packet: time, client, direction, type, every field by its name in the standard, and all bytes as hexadecimal. The lines can be pasted under Dissect again."
        }
    }
}

fn under_way(work: Work) -> AnyView {
    let progress = move || work.progress.get().unwrap_or_default();
    let words = move || {
        let SaveProgress { packets, size, .. } = progress();
        format!(
            "{} packets, {}",
            format::count(packets),
            format::bytes(size)
        )
    };
    view! {
        <p class="hint messages__search">
            <span>{words}</span>
            <progress
                aria-label="Packets looked at"
                max=move || progress().total.max(1).to_string()
                prop:value=move || progress().looked_at.to_string()
            ></progress>
            <Button label="Cancel saving" small=true on_press=move |()| work.cancel() />
        </p>
    }
    .into_any()
}
