//! The rail: the clients of this page.

use leptos::html;
use leptos::prelude::*;
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use super::components::{
    Button, ButtonKind, Dialog, Entry, Icon, Question, State, TextField, Tone, icon, keyed,
    use_confirm, when,
};
use super::handle::{use_dispatch, use_lab};
use super::present::{rail_line, state_tone, state_words};
use super::screen::{SidePane, use_screen};
use crate::lab::{ClientKey, Command, LabClient};
use crate::ui::element::view;
use crate::ui::memo::{State, effect};

/// The clients of this page: add, select, rename, remove.
#[component]
pub fn Rail() -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let keys = lab.memo(|lab| lab.clients().map(LabClient::key).collect::<Vec<_>>());
    let refusal = RwSignal::new(None::<String>);
    let renaming = State::new(None::<ClientKey>);
    view! {
        <nav class="rail" aria-label="Clients">
            <h2 class="heading rail__title">"Clients"</h2>
            <ul class="rail__clients" role="list">
                {keyed(move || {
                    let entry = |client: ClientKey| {
                        Entry::new(
                            client.number(),
                            move || view! { <RailClient client=client renaming=renaming /> }.into_any(),
                        )
                    };
                    keys.get().into_iter().map(entry).collect()
                })}
            </ul>
            <Button
                label="Add client"
                picture=Icon::Add
                wide=true
                hint="A second client in this page can be the other end: a subscriber, or the one that is told of a will."
                on_press=move |()| {
                    refusal.set(dispatch.send(Command::AddClient).err().map(|why| lab.words_of(&why)));
                }
            />
            <p class="field__error" hidden=move || refusal.with(Option::is_none)>
                {move || refusal.get()}
            </p>
            {broker_entry()}
        </nav>
        <RenameDialog renaming=renaming />
    }
    .into_any()
}

/// The broker in this page: how it stands, and the way to its tables.
fn broker_entry() -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let is_running = lab.memo(|lab| lab.broker_facts().is_running);
    let is_shown = move || screen.shows_side(SidePane::Broker);
    view! {
        <div class="client client--broker">
            <button
                type="button"
                class="client__select"
                aria-pressed=move || is_shown().to_string()
                on:click=move |_| screen.toggle_side(SidePane::Broker)
            >
                <span class="client__name">"Lab broker"</span>
                <State
                    tone=Signal::derive(move || if is_running.get() { Tone::Ok } else { Tone::Bad })
                    text=Signal::derive(move || {
                        if is_running.get() { "running" } else { "stopped" }.to_owned()
                    })
                />
                <span class="client__line">{lab.words(|lab| lab.broker_line())}</span>
            </button>
        </div>
    }
    .into_any()
}

/// One client: who it is, how it stands, and what can be done with it while it is selected.
#[component]
fn RailClient(client: ClientKey, renaming: State<Option<ClientKey>>) -> AnyView {
    let (lab, dispatch, confirm) = (use_lab(), use_dispatch(), use_confirm());
    let screen = use_screen();
    let words = move |read: fn(&LabClient) -> String| {
        Signal::derive(move || lab.client(client, read).unwrap_or_default())
    };
    let selected = lab.memo(move |lab| lab.selected().map(LabClient::key) == Some(client));
    let only = lab.memo(|lab| lab.clients().len() < 2);
    let name = words(|client| client.name().to_owned());
    let state = state_words(lab, client);
    let tone = state_tone(lab, client);
    let line = Signal::derive(move || {
        lab.with(|lab| lab.client(client).map(|client| rail_line(lab, client)))
            .unwrap_or_default()
    });
    let faults = lab.memo(move |lab| lab.faults(client).len());
    let node = NodeRef::<html::Li>::new();
    effect(move || {
        if let (true, Some(item)) = (selected.get(), node.get()) {
            // On a narrow screen the clients stand side by side, and most of them out of sight.
            let options = ScrollIntoViewOptions::new();
            options.set_block(ScrollLogicalPosition::Nearest);
            options.set_inline(ScrollLogicalPosition::Nearest);
            item.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    let hue = move || lab.client(client, |client| client.colour().to_string());
    view! {
        <li class="client" node_ref=node data-hue=hue>
            <button
                type="button"
                class="client__select"
                aria-current=move || selected.get().then_some("true")
                on:click=move |_| dispatch.tell(Command::SelectClient { client })
            >
                <span class="client__name cut">{move || name.get()}</span>
                <State tone=tone text=state />
                <span class="client__line mono cut">
                    {words(|client| client.connection_form().client_id.clone())}
                </span>
                <span class="client__line cut">{move || line.get()}</span>
                {when(
                    move || faults.get() > 0,
                    move || {
                        view! {
                            <span class="client__faults">
                                {icon(Icon::Fault)}
                                {move || match faults.get() {
                                    1 => "1 fault".to_owned(),
                                    count => format!("{count} faults"),
                                }}
                            </span>
                        }
                            .into_any()
                    },
                )}
            </button>
            {when(
                move || !selected.get() && screen.is_wide.get(),
                move || {
                    let is_beside = Signal::derive(move || {
                        screen.pair.with(|pair| pair.is_some_and(|pair| pair.contains(&client)))
                    });
                    let toggle = move || {
                        let selected = lab.with_untracked(|lab| lab.selected().map(LabClient::key));
                        let pair = selected.filter(|_| !is_beside.get_untracked());
                        screen.pair.set(pair.map(|selected| [selected, client]));
                    };
                    view! {
                        <div class="client__tools client__beside">
                            <Button
                                label=Signal::derive(move || format!("Show {} beside", name.get()))
                                kind=ButtonKind::Quiet
                                picture=Icon::Beside
                                icon_only=true
                                small=true
                                pressed=is_beside
on_press=move |()| toggle()
                            />
                        </div>
                    }
                        .into_any()
                },
            )}
            {move || {
                selected
                    .get()
                    .then(|| {
                        view! {
                            <div class="client__tools">
                                <Button
                                    label=Signal::derive(move || format!("Break it: {}", name.get()))
                                    kind=ButtonKind::Quiet
                                    picture=Icon::Fault
                                    icon_only=true
                                    small=true
                                    pressed=Signal::derive(move || screen.shows_side(SidePane::Faults))
                                    on_press=move |()| screen.toggle_side(SidePane::Faults)
                                />
                                <Button
                                    label=Signal::derive(move || format!("Rename {}", name.get()))
                                    kind=ButtonKind::Quiet
                                    picture=Icon::Edit
                                    icon_only=true
                                    small=true
                                    on_press=move |()| renaming.set(Some(client))
                                />
                                <Button
                                    label=Signal::derive(move || format!("Remove {}", name.get()))
                                    kind=ButtonKind::Quiet
                                    picture=Icon::Remove
                                    icon_only=true
                                    small=true
                                    disabled=only
                                    on_press=move |()| {
                                        confirm
                                            .ask(Question {
                                                title: format!("Remove {}?", name.get_untracked()),
                                                text: "It disconnects, and its subscriptions and messages go from this page. What the broker keeps for its Client Identifier stays there.".to_owned(),
                                                action: "Remove".to_owned(),
                                                on_yes: Callback::new(move |()| {
                                                    dispatch.tell(Command::RemoveClient { client });
                                                }),
                                            });
                                    }
                                />
                            </div>
                        }
                    })
            }}
        </li>
    }
    .into_any()
}

/// Asks for another name.
#[component]
fn RenameDialog(renaming: State<Option<ClientKey>>) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let name = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    effect(move || {
        let Some(client) = renaming.get() else { return };
        error.set(None);
        name.set(lab.with_untracked(|lab| {
            let client = lab.client(client);
            client
                .map(|client| client.name().to_owned())
                .unwrap_or_default()
        }));
    });
    let rename = move || {
        let Some(client) = renaming.get_untracked() else {
            return;
        };
        let name = name.get_untracked();
        match dispatch.send(Command::RenameClient { client, name }) {
            Ok(()) => renaming.set(None),
            Err(refusal) => error.set(Some(lab.words_of(&refusal))),
        }
    };
    view! {
        <Dialog
            title="Rename client"
            open=Signal::derive(move || renaming.get().is_some())
            on_close=move |()| renaming.set(None)
        >
            <form
                class="stack"
                on:submit=move |event| {
                    event.prevent_default();
                    rename();
                }
            >
                <TextField
                    label="Name"
                    value=name
                    autofocus=true
                    help="A name for people, on this page only. The broker knows the client by its ClientID."
                    error=error
                    on_input=move |text: String| name.set(text)
                />
                <div class="buttons buttons--end">
                    <Button label="Cancel" on_press=move |()| renaming.set(None) />
                    <Button label="Rename" kind=ButtonKind::Primary submit=true />
                </div>
            </form>
        </Dialog>
    }
    .into_any()
}
