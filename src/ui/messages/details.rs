//! Everything about the selected message. It stays while new ones arrive.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use super::payload::Payload;
use crate::lab::export::IMPORTED;
use crate::lab::payload::{PayloadKind, numbers_in};
use crate::lab::{ClientKey, Fact, MessageFacts};
use crate::platform::page;
use crate::ui::chart::Numbers;
use crate::ui::components::{Button, ButtonKind, HelpTip, Icon, dynamic};
use crate::ui::element::view;
use crate::ui::handle::use_dispatch;
use crate::ui::memo::{Memo, State};
use crate::ui::screen::use_screen;

/// The details pane.
#[component]
pub(super) fn Details(
    client: ClientKey,
    facts: Memo<Option<MessageFacts>>,
    #[prop(into)] on_close: Callback<()>,
) -> AnyView {
    let topic = Signal::derive(move || {
        let facts = facts.read();
        facts
            .as_ref()
            .map(|facts| facts.topic.clone())
            .unwrap_or_default()
    });
    let (dispatch, screen) = (use_dispatch(), use_screen());
    let node = NodeRef::<html::Section>::new();
    node.on_load(|pane| {
        // The rest of the panel takes its place first.
        request_animation_frame(move || {
            let options = ScrollIntoViewOptions::new();
            options.set_block(ScrollLogicalPosition::Nearest);
            pane.scroll_into_view_with_scroll_into_view_options(&options);
        });
    });
    view! {
        <section class="details" role="region" aria-label="Message details" node_ref=node>
            <div class="details__head">
                <b class="details__topic mono">{topic}</b>
                <Button
                    label="Copy topic"
                    kind=ButtonKind::Quiet
                    picture=Icon::Copy
                    icon_only=true
                    small=true
                    on_press=move |()| page::copy_text(&topic.get_untracked())
                />
                <span class="grow"></span>
                {(client != IMPORTED).then(|| packet_buttons(facts))}
                <Button
                    label="History"
                    kind=ButtonKind::Quiet
                    small=true
                    hint="All messages of this topic, and what each has changed."
                    on_press=move |()| screen.open_history(dispatch, client, topic.get_untracked())
                />
                <Button
                    label="Close details"
                    kind=ButtonKind::Quiet
                    picture=Icon::Close
                    icon_only=true
                    small=true
                    on_press=on_close
                />
            </div>
            <div class="details__body">
                <div class="details__facts">
                    {move || facts.read().as_ref().map(facts_view)}
                    {dynamic(move || match facts.read().as_ref() {
                        Some(facts) => numbers_view(client, facts),
                        None => ().into_any(),
                    })}
                </div>
                {move || {
                    facts
                        .with(|facts| {
                            facts
                                .as_ref()
                                .map(|facts| (facts.payload.clone(), facts.kind))
                        })
                        .map(|(payload, kind)| view! { <Payload payload=payload kind=kind /> })
                }}
            </div>
        </section>
    }
    .into_any()
}

/// From the message to the packet that carried it. A file of messages has no packets.
fn packet_buttons(facts: Memo<Option<MessageFacts>>) -> AnyView {
    let screen = use_screen();
    let sequence = move || facts.with_untracked(|facts| facts.as_ref().map(|facts| facts.sequence));
    view! {
        <Button
            label="Show packet"
            kind=ButtonKind::Quiet
            small=true
            hint="The packet that carried this message, byte by byte, in the Wire."
            on_press=move |()| {
                if let Some(sequence) = sequence() {
                    screen.show_packet(sequence);
                }
            }
        />
        <Button
            label="Whole handshake"
            kind=ButtonKind::Quiet
            small=true
            hint="Every packet that belongs to this message: its acknowledgements, and what was sent again."
            on_press=move |()| {
                if let Some(sequence) = sequence() {
                    screen.show_handshake(sequence);
                }
            }
        />
    }
    .into_any()
}

/// Larger payloads are looked through for numbers only when asked.
const LARGE: usize = 1_000_000;

/// How many numbers of a payload are offered.
const NUMBERS: usize = 200;

/// The numbers that can be drawn.
fn numbers_view(client: ClientKey, facts: &MessageFacts) -> AnyView {
    if !matches!(facts.kind, PayloadKind::Json | PayloadKind::Text) {
        return ().into_any();
    }
    let payload = Arc::new(facts.payload.clone());
    let topic = StoredValue::new(facts.topic.clone());
    let wanted = State::new(payload.len() <= LARGE);
    dynamic(move || {
        if !wanted.get() {
            return view! {
                <Button
                    label="Look for numbers"
                    small=true
                    hint="The payload is long: this may take a moment."
                    on_press=move |()| wanted.set(true)
                />
            }
            .into_any();
        }
        let numbers = numbers_in(&payload, NUMBERS);
        if numbers.is_empty() {
            return ().into_any();
        }
        view! {
            <h3 class="heading">"Numbers"</h3>
            <Numbers client=client topic=topic.get_value() numbers=numbers />
        }
        .into_any()
    })
}

fn facts_view(facts: &MessageFacts) -> AnyView {
    let properties = facts.properties.iter().map(|property| {
        view! {
            <dt>{property.name}</dt>
            <dd class="mono">{property.value.clone()}</dd>
        }
    });
    view! {
        <dl class="facts">{facts.facts.iter().map(fact_view).collect_view()}</dl>
        {(!facts.properties.is_empty())
            .then(|| {
                view! {
                    <h3 class="heading">"Properties (MQTT 5.0)"</h3>
                    <dl class="facts">{properties.collect_view()}</dl>
                }
            })}
    }
    .into_any()
}

fn fact_view(fact: &Fact) -> AnyView {
    view! {
        <dt>{fact.name} <HelpTip about=fact.name text=fact.help /></dt>
        <dd>{fact.value.clone()}</dd>
        {(!fact.note.is_empty()).then(|| view! { <dd class="hint details__note">{fact.note}</dd> })}
    }
    .into_any()
}
