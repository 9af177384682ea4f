//! Around the list: how far a search is, what comes and goes, what is kept, and what had to go.

use leptos::prelude::*;

use crate::lab::{ClientKey, Command};
use crate::ui::components::{Button, when};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};

/// While the list is filtered: what was found, and how far older messages were looked at.
#[component]
pub(super) fn Searching(client: ClientKey) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let progress = lab.memo(move |lab| lab.search_progress(client));
    let is_searching = move || {
        let progress = progress.read();
        progress.is_some_and(|progress| progress.is_searching)
    };
    let bar = move || {
        let part = move |part: fn(u64, u64) -> u64| {
            let progress = progress.read().unwrap_or_default();
            part(progress.looked_at, progress.total).to_string()
        };
        view! {
            <progress
                aria-label="Older messages looked at"
                max=move || part(|_, total| total)
                prop:value=move || part(|looked_at, _| looked_at)
            ></progress>
            <Button
                label="Cancel"
                small=true
                hint="Leaves the older messages that were not looked at yet. New ones are filtered on."
                on_press=move |()| dispatch.tell(Command::StopSearch { client })
            />
        }
        .into_any()
    };
    when(
        move || progress.read().is_some(),
        move || {
            view! {
                <p class="hint messages__search">
                    <span>{move || progress.read().map(|progress| progress.words())}</span>
                    {when(is_searching, bar)}
                </p>
            }
            .into_any()
        },
    )
}

/// The lines under the list.
#[component]
pub(super) fn Status(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let kept = lab.words(move |lab| lab.kept_words(client));
    let received = lab.words(move |lab| lab.message_status(client).received_words());
    let sent = lab.words(move |lab| lab.message_status(client).sent_words());
    let dropped = lab.memo(move |lab| lab.dropped_words(client));
    view! {
        {when(move || dropped.read().is_some(), move || view! {
            <p class="hint messages__dropped">{move || dropped.get()}</p>
        }.into_any())}
        <p class="hint messages__kept">
            <span title="In this list; in the memory of the whole page, of the budget that the settings give it; and how many of the oldest records had to go.">
                {kept}
            </span>
            <span class="grow"></span>
            <span title="Messages a second and bytes a second, whole packets of every type, from the broker to this client.">
                {received}
            </span>
            <span title="The same from this client to the broker.">{sent}</span>
        </p>
    }
    .into_any()
}
