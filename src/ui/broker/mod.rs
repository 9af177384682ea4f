//! The Broker pane: what the broker in this page keeps, and what a person can do to it.

mod deeds;
mod disconnect;
mod options;
mod rows;
mod system;

use leptos::prelude::*;

use crate::lab::{BrokerTable, format};
use crate::ui::components::{Button, Icon, State, Tab, Tabs, Tone, when};
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::lazy::lazy_view;
use crate::ui::memo::State as Own;

lazy_view! {
    /// The pane.
    pub fn view() in broker, "The Broker pane" => view! { <BrokerPane /> }.into_any()
}

#[component]
fn BrokerPane() -> AnyView {
    let lab = use_lab();
    let editing = Own::new(false);
    let is_running = lab.memo(|lab| lab.broker_facts().is_running);
    let seat = lab.memo(|lab| lab.broker_seat_words());
    let is_here = move || seat.with(|seat| seat.is_here);
    view! {
        <div class="broker__head">
            <h2 class="panel__title">"Lab broker"</h2>
            <State
                tone=Signal::derive(move || if is_running.get() { Tone::Ok } else { Tone::Bad })
                text=Signal::derive(move || seat.with(|seat| seat.place.to_owned()))
            />
            <span class="grow"></span>
            {when(
                is_here,
                move || {
                    view! {
                        <Button
                            label="Options"
                            picture=Icon::Settings
                            small=true
                            hint=Signal::stored(
                                "What this broker allows, and how much: QoS, wildcards, users, rules, queues, limits."
                                    .to_owned(),
                            )
                            on_press=move |()| editing.set(true)
                        />
                    }
                        .into_any()
                },
            )}
        </div>
        <p class="hint broker__seat" role="status">
            {move || seat.with(|seat| seat.sentence.clone())}
        </p>
        {when(is_here, own_broker)}
        {options::dialog(editing)}
    }
    .into_any()
}

/// What the broker of this very tab keeps, and what can be done to it.
fn own_broker() -> AnyView {
    let lab = use_lab();
    let table = Own::new(BrokerTable::Connections);
    let ending = Own::new(None);
    let counts = lab.words(|lab| {
        let counters = lab.broker_facts().counters;
        format!(
            "{} packets in, {} out · {} PUBLISH in, {} out · {} dropped",
            format::count(counters.packets_received),
            format::count(counters.packets_sent),
            format::count(counters.publish_received),
            format::count(counters.publish_sent),
            format::count(counters.dropped),
        )
    });
    let tabs = lab.memo(|lab| {
        BrokerTable::ALL
            .map(|table| Tab {
                label: format!(
                    "{} {}",
                    table.name(),
                    format::count(lab.broker_count(table) as u64)
                ),
                controls: TABLE_ID.to_owned(),
            })
            .to_vec()
    });
    let place = move || {
        let table = table.get();
        BrokerTable::ALL.iter().position(|one| *one == table)
    };
    view! {
        <p class="hint broker__counts">"Options: " {lab.words(|lab| lab.options_words())}</p>
        <p class="hint broker__counts">{move || counts.get()}</p>
        {deeds::view()}
        <div class="broker__tabs">
            <Tabs
                label="Tables of the broker"
                tabs=tabs
                selected=Signal::derive(move || place().unwrap_or_default())
                on_select=move |index: usize| {
                    if let Some(chosen) = BrokerTable::ALL.get(index) {
                        table.set(*chosen);
                    }
                }
            />
        </div>
        <div id=TABLE_ID role="tabpanel" aria-label=move || table.get().name() class="broker__table">
            {when(move || table.get() == BrokerTable::System, system::view)}
            {rows::view(table, ending)}
        </div>
        {disconnect::dialog(ending)}
    }
    .into_any()
}

const TABLE_ID: &str = "broker-table";
