//! The Faults pane: what can be broken on the selected client's link, and what is.

mod card;
mod place;

use leptos::prelude::*;

use crate::lab::explain::{CUT, CUT_AT_REAL_SERVER};
use crate::lab::{ClientKey, Command, FaultKind, LabClient};
use crate::ui::components::{Button, ButtonKind, EmptyState, Icon, State, dynamic};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::lazy::lazy_view;
use crate::ui::memo::{Memo, State as Own};
use crate::ui::present::{state_tone, state_words};

lazy_view! {
    /// The pane.
    pub fn view() in faults, "Break it" => pane()
}

fn pane() -> AnyView {
    let lab = use_lab();
    let selected = lab.memo(|lab| lab.selected().map(LabClient::key));
    dynamic(move || match selected.get() {
        Some(client) => link(client),
        None => view! {
            <EmptyState
                title="No client is selected"
                text="Choose one under Clients: its link is what can be broken here."
            />
        }
        .into_any(),
    })
}

/// Everything about one client's link.
fn link(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let refusal = Own::new(None::<String>);
    let outside = lab.memo(move |lab| lab.client(client).is_some_and(LabClient::leads_outside));
    let name = lab.words(move |lab| {
        let client = lab.client(client);
        client.map_or_else(String::new, |client| client.name().to_owned())
    });
    view! {
        <div class="faults__head">
            <h2 class="panel__title">"Link of " {move || name.get()}</h2>
            <State tone=state_tone(lab, client) text=state_words(lab, client) />
        </div>
        <p class="hint">
            "What is broken stays so for this client's next connections too, until you remove it."
        </p>
        <p class="field__error" role="alert" hidden=move || refusal.with(Option::is_none)>
            {move || refusal.get()}
        </p>
        {place::view(client)}
        {cut(client, outside)}
        {FaultKind::ALL.map(|kind| card::view(client, kind, outside, refusal)).collect_view()}
    }
    .into_any()
}

/// The end of the connection, at once.
fn cut(client: ClientKey, outside: Memo<bool>) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let has_link = lab.memo(move |lab| lab.client(client).is_some_and(LabClient::has_link));
    view! {
        <section class="faults__kind" role="group" aria-label=CUT.title>
            <div class="faults__line">
                <Button
                    label=CUT.title
                    kind=ButtonKind::Danger
                    picture=Icon::Cut
                    disabled=Signal::derive(move || !has_link.get())
                    hint=CUT.does
                    on_press=move |()| dispatch.tell(Command::CutNow { client })
                />
                <span class="hint">
                    {move || (!has_link.get()).then_some("There is no connection to cut.")}
                </span>
            </div>
            {card::words(CUT, CUT_AT_REAL_SERVER, outside)}
        </section>
    }
    .into_any()
}
