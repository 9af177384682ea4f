//! One Control Packet: where it went, its fields, its bytes.

use std::sync::Arc;

use leptos::prelude::*;

use crate::lab::{EventView, FieldRow, PacketView};
use crate::ui::components::{Callout, Tone, dynamic};
use crate::ui::handle::use_lab;
use crate::ui::memo::Memo;
use crate::ui::messages::HexView;
use crate::ui::screen::use_screen;

/// The selected record: where it went, its fields, its bytes.
pub(super) fn contents() -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let shown = screen.packet;
    // Read once: a packet does not change, and it stays readable when the trace drops it.
    let packet = Memo::new(move || {
        let sequence = shown.get()?;
        lab.with_untracked(|lab| lab.packet_view(sequence))
    });
    let event = Memo::new(move || {
        let sequence = shown.get()?;
        lab.with_untracked(|lab| lab.event_view(sequence))
    });
    content_view(packet, event)
}

fn content_view(packet: Memo<Option<PacketView>>, event: Memo<Option<EventView>>) -> AnyView {
    dynamic(move || {
        match (packet.get(), event.get()) {
        (Some(packet), _) => packet_view(packet),
        (None, Some(event)) => event_view(event),
        (None, None) => view! {
            <p class="muted">
                "This packet is no longer kept: the trace has dropped its oldest records to stay within its budget."
            </p>
        }
        .into_any(),
    }
    })
}

/// What happened, where no packet is shown.
fn event_view(event: EventView) -> AnyView {
    view! {
        <div class="stack">
            <p>{event.text}</p>
            <dl class="facts">
                <dt>"Time"</dt>
                <dd>{event.time}</dd>
            </dl>
        </div>
    }
    .into_any()
}

fn packet_view(packet: PacketView) -> AnyView {
    let bytes = Arc::new(packet.bytes);
    let facts = [
        ("Time", packet.time),
        ("Way", packet.way),
        ("MQTT", packet.version.name().to_owned()),
        ("Size", packet.size),
    ];
    let fact = |(name, value): (&'static str, String)| {
        view! {
            <dt>{name}</dt>
            <dd>{value}</dd>
        }
    };
    view! {
        <div class="stack">
            <dl class="facts">{facts.map(fact).collect_view()}</dl>
            {packet.fault.map(|fault| view! { <Callout tone=Tone::Bad title=fault /> })}
            <div class="packet__fields" role="group" aria-label="Fields" tabindex="0">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Field"</th>
                            <th scope="col">"Value"</th>
                            <th scope="col">"Where"</th>
                            <th scope="col">"Described in"</th>
                        </tr>
                    </thead>
                    <tbody>{packet.fields.into_iter().map(field_view).collect_view()}</tbody>
                </table>
            </div>
            <HexView payload=bytes />
        </div>
    }
    .into_any()
}

fn field_view(field: FieldRow) -> AnyView {
    let depth = field.depth.min(6).to_string();
    view! {
        <tr class="packet__field" class:packet__field--heading=field.is_heading data-depth=depth>
            <th scope="row">{field.name}</th>
            <td>
                <span class="mono">{field.value}</span>
                {(!field.meaning.is_empty())
                    .then(|| view! { <span class="muted">" " {field.meaning}</span> })}
            </td>
            <td class="muted nowrap">{field.place}</td>
            <td class="muted">{field.section}</td>
        </tr>
    }
    .into_any()
}
