//! One row of the packets. Nothing in it changes while it is drawn but its place and how it is marked.

use leptos::prelude::*;

use crate::lab::trace::{Direction, Sequence};
use crate::lab::wire::{PacketRow, PartKind, RowPart};
use crate::ui::components::{Icon, icon};
use crate::ui::element::view;
use crate::ui::memo::Memo;

/// The id of a row, for `aria-activedescendant`.
pub(super) fn row_id(sequence: Sequence) -> String {
    format!("packet-{sequence}")
}

/// A row: time, client, way, type and Packet Identifier, the fields that matter, bytes. `first` is the number of the
/// list's oldest row, `count` how many there are. What is selected, or belongs to that, makes another row of it.
pub(super) fn row_view(
    row: PacketRow,
    first: Memo<u64>,
    count: Memo<usize>,
    is_selected: bool,
    is_same: bool,
    select: Callback<Sequence>,
) -> AnyView {
    let (sequence, number) = (row.sequence, row.number);
    let client = row.client.unwrap_or_else(no_client);
    let way = row.way.map(|way| match way {
        Direction::Sent => Icon::Up,
        Direction::Received => Icon::Down,
    });
    let label = match row.packet_id {
        Some(id) => format!("{} {id}", row.label),
        None => row.label.to_owned(),
    };
    view! {
        <div
            class="packet"
            class:packet--event=row.is_event
            class:packet--broker=row.is_at_broker
            class:packet--malformed=row.is_malformed
            class:packet--same=is_same
            role="option"
            id=row_id(sequence)
            data-family=row.family.map(|family| family.name())
            aria-selected=is_selected.to_string()
            aria-posinset=move || (number.saturating_sub(first.get()) + 1).to_string()
            aria-setsize=move || count.get().to_string()
            aria-description=(is_same && !is_selected)
                .then_some("same handshake as the selected packet")
            // A row that moves on between press and release gets no click.
            on:mousedown=move |_| select.run(sequence)
            on:click=move |_| select.run(sequence)
        >
            <span class="packet__time mono">{row.time}</span>
            <span class="packet__client cut" data-hue=client.hue.map(|hue| hue.to_string())>
                {client.name}
            </span>
            <span class="packet__way">{way.map(icon)} {row.way_words}</span>
            <span class="packet__type">{label}</span>
            <span class="packet__parts cut">
                {row.parts.into_iter().map(part_view).collect_view()}
            </span>
            <span class="packet__size mono">{row.size}</span>
        </div>
    }
    .into_any()
}

fn no_client() -> crate::lab::wire::RowClient {
    crate::lab::wire::RowClient {
        name: "the lab".to_owned(),
        hue: None,
    }
}

fn part_view(part: RowPart) -> AnyView {
    let class = match part.kind {
        PartKind::Code => "packet__code mono",
        PartKind::Word => "packet__word",
        PartKind::Flag => "flag",
        PartKind::Good => "packet__good",
        PartKind::Bad => "packet__bad",
        PartKind::Quiet => "packet__quiet muted",
    };
    view! { <span class=class>{part.text} " "</span> }.into_any()
}
