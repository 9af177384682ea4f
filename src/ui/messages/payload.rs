//! The payload of the selected message as text, JSON or bytes: views of bytes that never change.

use std::sync::Arc;

use leptos::prelude::*;

use super::hex::HexView;
use super::pieces::PiecesView;
use crate::lab::payload::{PayloadKind, as_text, hex_text, pretty_json};
use crate::lab::{Command, PayloadView, format};
use crate::platform::page;
use crate::ui::components::{Button, ButtonKind, Callout, Icon, Tab, Tabs, Tone, unique_id};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};

/// Larger payloads are indented as JSON, or copied as hexadecimal, only when asked for.
const LARGE: usize = 1_000_000;

const VIEWS: [(PayloadView, &str); 3] = [
    (PayloadView::Text, "Text"),
    (PayloadView::Json, "JSON"),
    (PayloadView::Hex, "Hex"),
];

/// The payload with its views, and how to take it along.
#[component]
pub(super) fn Payload(payload: Vec<u8>, kind: PayloadKind) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let payload = Arc::new(payload);
    let id = unique_id("payload");
    let chosen = lab.memo(|lab| lab.settings().payload_view);
    let select = move |index: usize| {
        let Some((payload_view, _)) = VIEWS.get(index).copied() else {
            return;
        };
        let mut settings = lab.with_untracked(|lab| lab.settings().clone());
        settings.payload_view = payload_view;
        dispatch.tell(Command::SetSettings { settings });
    };
    let tabs = VIEWS
        .map(|(_, label)| Tab {
            label: label.to_owned(),
            controls: id.clone(),
        })
        .to_vec();
    let (copied, saved) = (payload.clone(), payload.clone());
    let shown = payload.clone();
    let length = payload.len();
    view! {
        <div class="payload">
            <div class="payload__head">
                <Tabs
                    label="Payload as"
                    tabs=tabs
                    selected=Signal::derive(move || {
                        let chosen = chosen.get();
                        VIEWS.iter().position(|(payload_view, _)| *payload_view == chosen).unwrap_or(0)
                    })
                    on_select=select
                />
                <span class="muted nowrap">{format::exact_bytes(length as u64)}</span>
                <span class="grow"></span>
                <Button
                    label="Copy"
                    kind=ButtonKind::Quiet
                    picture=Icon::Copy
                    small=true
                    hint="Puts the payload on the clipboard: as text, or as hexadecimal where Hex is chosen or it is no text."
                    on_press=move |()| page::copy_text(&copy_text(&copied, chosen.get_untracked()))
                />
                <Button
                    label="Save"
                    kind=ButtonKind::Quiet
                    picture=Icon::Export
                    small=true
                    hint="Saves the payload's bytes as a file, unchanged."
                    on_press=move |()| save(&saved, kind)
                />
            </div>
            <div id=id role="tabpanel" aria-label="Payload" class="payload__view">
                {move || match chosen.get() {
                    _ if shown.is_empty() => {
                        view! {
                            <p class="hint">
                                "No payload: 0 bytes." <span data-testid="payload"></span>
                            </p>
                        }
                            .into_any()
                    }
                    PayloadView::Text => text_view(&shown),
                    PayloadView::Json => json_view(&shown),
                    PayloadView::Hex => view! { <HexView payload=shown.clone() /> }.into_any(),
                }}
            </div>
        </div>
    }
    .into_any()
}

fn text_view(payload: &Arc<Vec<u8>>) -> AnyView {
    let not_text = as_text(payload).err().map(|error| {
        view! {
            <Callout tone=Tone::Idle title=format!("This payload is {error}.")>
                <p>"Bytes that are no text are marked here; Hex shows every byte."</p>
            </Callout>
        }
    });
    view! {
        {not_text}
        <PiecesView bytes=payload.clone() />
    }
    .into_any()
}

fn json_view(payload: &Arc<Vec<u8>>) -> AnyView {
    let payload = payload.clone();
    let wanted = RwSignal::new(payload.len() <= LARGE);
    let size = format::bytes(payload.len() as u64);
    let size = StoredValue::new(size);
    move_view(move || {
        if !wanted.get() {
            return view! {
                <p class="hint">
                    {format!("{} are much to indent; it may take a moment. ", size.get_value())}
                    <Button label="Indent it" small=true on_press=move |()| wanted.set(true) />
                </p>
            }
            .into_any();
        }
        match pretty_json(&payload, usize::MAX) {
            Ok(pretty) => {
                view! { <PiecesView bytes=Arc::new(pretty.text.into_bytes()) /> }.into_any()
            }
            Err(error) => view! {
                <Callout tone=Tone::Idle title=sentence(&error.to_string())>
                    <p>"Text and Hex show the payload as it is."</p>
                </Callout>
            }
            .into_any(),
        }
    })
}

fn move_view(view: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    view.into_any()
}

fn sentence(words: &str) -> String {
    format!("This payload is {words}.")
}

fn copy_text(payload: &[u8], view: PayloadView) -> String {
    let text = as_text(payload).ok().filter(|_| view != PayloadView::Hex);
    let pretty = match view {
        PayloadView::Json if payload.len() <= LARGE => pretty_json(payload, usize::MAX).ok(),
        _ => None,
    };
    match (pretty, text) {
        (Some(pretty), _) => pretty.text,
        (None, Some(text)) => text.to_owned(),
        (None, None) => hex_text(payload),
    }
}

fn save(payload: &[u8], kind: PayloadKind) {
    let (name, media_type) = match kind {
        PayloadKind::Json => ("message.json", "application/json"),
        PayloadKind::Text => ("message.txt", "text/plain"),
        PayloadKind::Empty | PayloadKind::Binary => ("message.bin", "application/octet-stream"),
    };
    // A browser that saves no files says so itself.
    let _ = page::download(name, media_type, payload);
}
