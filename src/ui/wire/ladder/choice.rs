//! Who is in the ladder: a button for each client, one for the devices, one for what the broker does.

use leptos::prelude::*;

use super::follow::Following;
use crate::lab::wire::ladder::LadderChoice;
use crate::lab::{ClientKey, Lab, LabClient};
use crate::ui::components::{Entry, keyed};
use crate::ui::element::view;

/// Somebody who can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    key: ClientKey,
    name: String,
    hue: Option<u8>,
}

/// The buttons.
pub(super) fn view(following: Following) -> AnyView {
    let candidates = following.lab.memo(candidates);
    let choice = following.screen.ladder_choice;
    let events = move || choice.read().broker_events;
    let entry = move |candidate: Candidate| {
        let key = format!("{}.{}", candidate.key.number(), candidate.name);
        Entry::new(key, move || chip(following, &candidate))
    };
    view! {
        <div class="ladder__choice" role="group" aria-label="Who is in the ladder">
            {keyed(move || candidates.get().into_iter().map(entry).collect())}
            <button
                type="button"
                class="chip"
                aria-pressed=move || events().to_string()
                title="What the Lab broker does besides sending packets: wills, sessions, queues."
                on:click=move |_| following.choose(|choice| choice.broker_events ^= true)
            >
                "Broker events"
            </button>
        </div>
    }
    .into_any()
}

fn chip(following: Following, candidate: &Candidate) -> AnyView {
    let key = candidate.key;
    let choice = following.screen.ladder_choice;
    let all = following.lab;
    let toggle = move |_| {
        let everybody = all.with_untracked(candidates);
        following.choose(|choice| change(choice, key, &everybody));
    };
    view! {
        <button
            type="button"
            class="chip"
            data-hue=candidate.hue.map(|hue| hue.to_string())
            aria-pressed=move || choice.read().includes(key).to_string()
            title=format!("Whether {} has a lane.", candidate.name)
            on:click=toggle
        >
            {candidate.name.clone()}
        </button>
    }
    .into_any()
}

/// Takes a client in or out. Once all clients and no device are chosen, later ones come in by themselves.
fn change(choice: &mut LadderChoice, key: ClientKey, everybody: &[Candidate]) {
    let keys = everybody.iter().map(|candidate| candidate.key);
    let mut chosen: Vec<_> = keys
        .filter(|one| choice.includes(*one) != (*one == key))
        .collect();
    chosen.sort_unstable();
    let clients = everybody.iter().map(|candidate| candidate.key);
    let mut clients: Vec<_> = clients.filter(|key| !key.is_bot()).collect();
    clients.sort_unstable();
    choice.clients = (chosen != clients).then_some(chosen);
}

fn candidates(lab: &Lab) -> Vec<Candidate> {
    let client = |client: &LabClient| Candidate {
        key: client.key(),
        name: client.name().to_owned(),
        hue: Some(client.colour()),
    };
    let mut candidates: Vec<_> = lab.clients().map(client).collect();
    candidates.extend(lab.bot_rows().into_iter().map(|bot| Candidate {
        key: bot.key,
        name: bot.client_id,
        hue: None,
    }));
    candidates
}
