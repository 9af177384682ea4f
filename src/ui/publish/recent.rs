//! What became of the latest publications: each packet of their handshakes, and where they stand.

use leptos::prelude::*;

use super::binding::PublishBinding;
use crate::lab::explain::Help;
use crate::lab::wording::{self, Wording};
use crate::lab::{ClientKey, HandshakeStep, Publication, PublicationKey, format};
use crate::ui::components::{Flag, HelpTip, State};
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::present::standing_tone;

/// How many publications are listed.
const LISTED: usize = 12;

/// What a row shows, without the form that it can bring back.
#[derive(Clone, PartialEq)]
struct Row {
    key: PublicationKey,
    topic: String,
    qos: u8,
    retain: bool,
    is_empty: bool,
    has_form: bool,
    packet_id: Option<u16>,
    steps: Vec<HandshakeStep>,
    words: Wording,
}

impl Row {
    fn of(publication: &Publication) -> Self {
        Self {
            key: publication.key,
            topic: publication.topic.clone(),
            qos: publication.qos.as_u8(),
            retain: publication.retain,
            is_empty: publication.payload_size == 0,
            has_form: publication.form.is_some(),
            packet_id: publication.packet_id.map(|id| id.value()),
            steps: publication.steps.clone(),
            words: wording::publication(publication),
        }
    }
}

/// The latest publication, and under it the ones before.
#[component]
pub(super) fn Recent(client: ClientKey, form: PublishBinding) -> AnyView {
    let lab = use_lab();
    let rows = lab.memo(move |lab| {
        lab.client(client).map_or_else(Vec::new, |client| {
            client.publications().take(LISTED).map(Row::of).collect()
        })
    });
    let recall = Callback::new(move |key: PublicationKey| {
        let recalled = lab.with_untracked(|lab| {
            let mut publications = lab.client(client)?.publications();
            publications
                .find(|publication| publication.key == key)?
                .form
                .clone()
        });
        if let Some(recalled) = recalled {
            form.edit(|form| *form = *recalled);
        }
    });
    view! {
        <div class="publish__recent" hidden=move || rows.read().is_empty()>
            <ul class="publications" role="list" aria-label="Recent publications">
                {move || rows.get().into_iter().enumerate().map(|(index, row)| row_view(index == 0, row, recall)).collect_view()}
            </ul>
        </div>
    }
    .into_any()
}

fn row_view(is_latest: bool, row: Row, recall: Callback<PublicationKey>) -> AnyView {
    let key = row.key;
    let again = if row.has_form {
        "Fill the form with this publication again."
    } else {
        "This message was too long to be kept for the form."
    };
    let meaning = row.words.meaning.clone();
    view! {
        <li class="publications__row">
            <button
                type="button"
                class="publications__topic mono cut"
                title=again
                disabled=!row.has_form
                on:click=move |_| recall.run(key)
            >
                {row.topic}
            </button>
            <span class="publications__flags">
                <span class="nowrap">{format!("QoS {}", row.qos)}</span>
                {row.retain.then(|| view! { <Flag text=if row.is_empty { "clears" } else { "Retain" } /> })}
            </span>
            <span class="handshake mono">
                {is_latest
                    .then(|| view! { <HelpTip about="the handshake" text=Help::Handshake /> })}
                {row.packet_id.map(|id| view! { <span class="muted">{format!("#{id} ")}</span> })}
                {row.steps.into_iter().enumerate().map(|(index, step)| step_view(index, step)).collect_view()}
            </span>
            <span class="publications__state" title=meaning>
                <State tone=standing_tone(row.words.standing) text=row.words.text />
            </span>
        </li>
    }
    .into_any()
}

fn step_view(index: usize, step: HandshakeStep) -> AnyView {
    let class = if step.kind.is_sent() {
        "handshake__packet handshake__packet--sent"
    } else {
        "handshake__packet"
    };
    let way = if step.kind.is_sent() {
        "sent to the broker"
    } else {
        "received from the broker"
    };
    view! {
        {(index > 0).then_some(" → ")}
        <span class=class title=way>
            {step.kind.name()}
        </span>
        {step.kind.is_repeat().then_some(" again")}
        {(!step.kind.is_sent())
            .then(|| view! { <span class="muted">{format!(" {}", format::short_duration(step.after))}</span> })}
    }
    .into_any()
}
