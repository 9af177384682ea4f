//! What was sent, and what came of it.

use leptos::prelude::*;

use super::send::Sending;
use crate::lab::wire::build::{Outcome, OutcomeRow};
use crate::ui::components::{Icon, dynamic, icon};
use crate::ui::element::view;
use crate::ui::screen::{Screen, use_screen};

/// The list; each row leads to its packet.
pub(super) fn view(sending: Sending) -> AnyView {
    let screen = use_screen();
    let Sending {
        lab, client, sent, ..
    } = sending;
    let outcome = crate::ui::memo::Memo::new(move || {
        let first = sent.get()?;
        Some(lab.with(|lab| lab.outcome(client, first)))
    });
    dynamic(move || match outcome.get() {
        None => ().into_any(),
        Some(Outcome { rows, .. }) if rows.is_empty() => ().into_any(),
        Some(outcome) => {
            let rest = if outcome.has_more {
                Some("More has come since: see Packets.")
            } else if outcome.is_waiting {
                Some("Nothing has come yet.")
            } else {
                None
            };
            view! {
                <div class="builder__outcome" role="group" aria-label="What came of it">
                    <p class="builder__title">"What came of it"</p>
                    <ol>{outcome.rows.into_iter().map(|row| entry(screen, row)).collect_view()}</ol>
                    {rest.map(|rest| view! { <p class="hint" role="status">{rest}</p> })}
                </div>
            }
            .into_any()
        }
    })
}

fn entry(screen: Screen, row: OutcomeRow) -> AnyView {
    let after = row.after_words();
    let OutcomeRow {
        sequence,
        is_sent,
        is_end,
        words,
        ..
    } = row;
    let (way, picture) = match (is_sent, is_end) {
        (true, _) => ("Sent: ", Icon::Up),
        (false, false) => ("Came: ", Icon::Down),
        (false, true) => ("", Icon::Cut),
    };
    view! {
        <li>
            <button
                type="button"
                class="builder__row"
                class:builder__row--sent=is_sent
                title="Shows it in Packets."
                on:click=move |_| screen.show_packet(sequence)
            >
                {icon(picture)}
                <span class="builder__after">{after}</span>
                <span>{way}{words}</span>
            </button>
        </li>
    }
    .into_any()
}
