//! What stands above the panes: what such a packet is for, and what is wrong with this one.

use leptos::prelude::*;

use super::Inspected;
use super::pointing::{Pane, Pointed, Pointing};
use crate::lab::wire::inspect::{InspectedFault, Inspection};
use crate::ui::components::{Button, Callout, Tone, dynamic};
use crate::ui::element::view;
use crate::ui::memo::Memo;

/// The facts of the packet, its fault and remarks.
pub(super) fn view(shown: Inspected, pointing: Pointing) -> AnyView {
    let facts = Memo::new(move || shown.with(|shown| shown.as_deref().map(facts_of)));
    let fault = Memo::new(move || {
        let shown = shown.read();
        let shown = shown.as_ref()?;
        Some((shown.fault.clone()?, shown.faulty_field()))
    });
    let remarks = Memo::new(move || {
        shown.with(|shown| {
            shown
                .as_ref()
                .map_or_else(Vec::new, |shown| shown.remarks.clone())
        })
    });
    view! {
        <div class="inspector__facts">
            {move || facts.get().map(|(facts, words)| {
                view! {
                    <p class="inspector__what">{words}</p>
                    <p class="inspector__where muted">{facts}</p>
                }
            })}
            {dynamic(move || match fault.get() {
                Some((fault, field)) => fault_view(fault, field, pointing),
                None => ().into_any(),
            })}
            {move || {
                remarks
                    .get()
                    .into_iter()
                    .map(|remark| view! { <Callout tone=Tone::Accent title=remark /> })
                    .collect_view()
            }}
        </div>
    }
    .into_any()
}

fn facts_of(shown: &Inspection) -> (String, &'static str) {
    let mut facts = Vec::new();
    if let Some(record) = &shown.record {
        facts.push(record.time.clone());
        facts.push(record.way.clone());
    }
    facts.push(format!("MQTT {}", shown.version));
    facts.push(shown.size());
    (facts.join(" · "), shown.words)
}

fn fault_view(fault: InspectedFault, field: Option<usize>, pointing: Pointing) -> AnyView {
    let at = format!("{}, at byte {}", fault.name, fault.offset);
    let offset = fault.offset;
    let show = move |()| {
        if let Some(field) = field {
            pointing.select(Pointed {
                field,
                byte: Some(offset),
                from: Pane::Words,
            });
        }
    };
    view! {
        <div class="inspector__fault" role="group" aria-label="Fault">
            <Callout tone=Tone::Bad title=at>
                <p>{fault.meaning} " " {fault.hint}</p>
                <dl class="inspector__instead">
                    <dt>"Should be"</dt>
                    <dd>{fault.expected}</dd>
                    <dt>"Is"</dt>
                    <dd>{fault.found}</dd>
                </dl>
                <p class="muted">{fault.clause} ". " {fault.answer}</p>
                <Button label="Show the byte" small=true on_press=show />
            </Callout>
        </div>
    }
    .into_any()
}
