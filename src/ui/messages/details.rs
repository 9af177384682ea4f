//! Everything about the selected message. It stays while new ones arrive.

use leptos::html;
use leptos::prelude::*;
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use super::payload::Payload;
use crate::lab::{Fact, MessageFacts};
use crate::platform::page;
use crate::ui::components::{Button, ButtonKind, HelpTip, Icon};
use crate::ui::memo::Memo;

/// The details pane.
#[component]
pub(super) fn Details(
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
