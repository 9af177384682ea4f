//! One row of the message list. Nothing in it changes while it is drawn but its place and whether it
//! is selected.

use core::ops::Range;

use leptos::prelude::*;

use super::list::row_id;
use crate::lab::RowView;
use crate::lab::explain::{Help, help};
use crate::lab::trace::Sequence;
use crate::ui::components::{Icon, icon};
use crate::ui::memo::{Memo, State};

/// A row: time, topic, QoS, flags and the beginning of the payload. `end` is the number after the
/// newest row's, from which its position follows; `count` is how many rows there are.
pub(super) fn row_view(
    row: RowView,
    end: Memo<u64>,
    count: Memo<usize>,
    selected: State<Option<Sequence>>,
    select: Callback<Sequence>,
) -> AnyView {
    let (sequence, number) = (row.sequence, row.number);
    let is_selected = move || selected.get() == Some(sequence);
    view! {
        <div
            class="message"
            class:message--sent=row.is_sent
            role="option"
            id=row_id(sequence)
            data-hue=row.colour
            aria-selected=move || is_selected().to_string()
            aria-posinset=move || end.get().saturating_sub(number).to_string()
            aria-setsize=move || count.get().to_string()
            // A row that moves on between press and release gets no click.
            on:mousedown=move |_| select.run(sequence)
            on:click=move |_| select.run(sequence)
        >
            <span class="message__time mono">{row.time}</span>
            <span class="message__topic mono cut">
                <span class="message__label">"Topic: "</span>
                {marked(row.topic, &row.topic_matches)}
            </span>
            <span class="message__qos">{format!("Qos: {}", row.qos)}</span>
            <span class="message__message">
                {row
                    .is_sent
                    .then(|| {
                        view! {
                            <span class="flag flag--accent" title="Sent by this client">
                                {icon(Icon::Up)}
                                "sent"
                            </span>
                        }
                    })}
                {row.retain.then(|| flag("flag flag--warn", "Retained", const { help(Help::Retained) }))}
                {row.dup.then(|| flag("flag", "DUP", const { help(Help::Dup) }))}
                {row
                    .will_of
                    .map(|name| {
                        view! {
                            <span class="flag flag--bad" title=const { help(Help::MatchesWill) }>
                                {format!("matches the will of {name}")}
                            </span>
                        }
                    })}
                <span class="message__payload mono cut" class:muted=row.is_empty>
                    {marked(row.payload, &row.payload_matches)}
                </span>
            </span>
        </div>
    }
    .into_any()
}

/// A text with some parts of it highlighted: byte ranges, in order.
pub fn marked(text: String, parts: &[Range<usize>]) -> AnyView {
    if parts.is_empty() {
        return text.into_any();
    }
    let mut pieces = Vec::new();
    let mut end = 0;
    for part in parts {
        let plain = text.get(end..part.start).unwrap_or_default().to_owned();
        let found = text.get(part.clone()).unwrap_or_default().to_owned();
        pieces.push(plain.into_any());
        pieces.push(view! { <mark class="found">{found}</mark> }.into_any());
        end = part.end;
    }
    pieces.push(text.get(end..).unwrap_or_default().to_owned().into_any());
    pieces.into_any()
}

fn flag(class: &'static str, word: &'static str, meaning: &'static str) -> AnyView {
    view! {
        <span class=class title=meaning>
            {word}
        </span>
    }
    .into_any()
}
