//! The packets of what was pasted, where they are several.

use leptos::prelude::*;

use super::{Answer, Form};
use crate::lab::format::exact_bytes;
use crate::lab::trace::Direction;
use crate::lab::wire::PacketFamily;
use crate::lab::wire::paste::{Extent, PastedPacket};
use crate::ui::components::{Icon, dynamic, icon};
use crate::ui::element::view;
use crate::ui::memo::Memo;

pub(super) fn view(kept: Form, answer: Answer) -> AnyView {
    let packets = Memo::new(move || {
        let answer = answer.read();
        let pasted = answer.as_ref().and_then(|answer| answer.as_ref().ok());
        pasted
            .map(|pasted| pasted.packets.clone())
            .unwrap_or_default()
    });
    let count = Memo::new(move || packets.with(Vec::len));
    let step = move |later: bool| {
        let here = kept.0.with_untracked(|kept| kept.chosen);
        let next = if later {
            here + 1
        } else {
            here.saturating_sub(1)
        };
        if next < count.get_untracked() {
            kept.choose(next);
        }
    };
    view! {
        <div
            class="dissect__list"
            role="listbox"
            aria-label="Packets in these bytes"
            aria-activedescendant=move || row_id(kept.chosen())
            tabindex="0"
            hidden=move || count.get() < 2
            on:keydown=move |event| {
                let is_later = match event.key().as_str() {
                    "ArrowDown" => true,
                    "ArrowUp" => false,
                    _ => return,
                };
                event.prevent_default();
                step(is_later);
            }
        >
            {dynamic(move || {
                let rows = packets.get().into_iter().enumerate();
                rows.map(|(place, packet)| row(kept, place, &packet)).collect_view().into_any()
            })}
        </div>
    }
    .into_any()
}

fn row_id(place: usize) -> String {
    format!("pasted-{place}")
}

fn row(kept: Form, place: usize, packet: &PastedPacket) -> AnyView {
    let (way, words) = match packet.direction {
        Direction::Sent => (Icon::Up, "from the client"),
        Direction::Received => (Icon::Down, "from the server"),
    };
    let family = packet
        .packet_type
        .map(|packet_type| PacketFamily::of(packet_type).name());
    let fault = packet.fault.is_some().then(|| {
        let word = match packet.extent {
            Extent::Whole => "malformed",
            _ => "cut off",
        };
        view! { <span class="packet__bad">{icon(Icon::Warning)} {word}</span> }
    });
    view! {
        <div
            class="dissect__packet"
            role="option"
            id=row_id(place)
            data-family=family
            aria-selected=move || (kept.chosen() == place).to_string()
            on:click=move |_| kept.choose(place)
        >
            <span title=words>{icon(way)}</span>
            <span class="packet__type cut">{packet.title.clone()}</span>
            {fault}
            <span class="muted mono">{exact_bytes(packet.span.len() as u64)}</span>
        </div>
    }
    .into_any()
}
