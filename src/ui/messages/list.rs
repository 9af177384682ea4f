//! The list of messages: only the rows in view are read and drawn.

use leptos::html;
use leptos::prelude::*;

use super::head::filter_of;
use super::rows::{Around, Rows, message_of, row_id};
use crate::lab::RowView;
use crate::lab::explain::Help;
use crate::lab::export::IMPORTED;
use crate::lab::list_view::RowStep;
use crate::lab::trace::Sequence;
use crate::lab::{ClientKey, Command, Lab, format};
use crate::ui::components::{Button, EmptyState, HelpTip, Icon, when};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::memo::{Memo, State, effect};
use crate::ui::screen::use_screen;
use crate::ui::scroller::Scroller;

/// The list; arrow keys, Page Up and Down, Home and End move the selection. Enter and a double click lead to the
/// packet in the Wire.
#[component]
pub(super) fn MessageList(client: ClientKey, selected: State<Option<Sequence>>) -> AnyView {
    let (lab, dispatch, screen) = (use_lab(), use_dispatch(), use_screen());
    let scroller = Scroller::attach();
    let extent = lab.memo(move |lab| lab.message_extent(client));
    // The element is outside of what signals reach: its height and its bar follow from here.
    effect(move || scroller.on_extent(extent.get(), selected.read_untracked().is_some()));
    let window = scroller.window();
    // What the list was last told it has: what came in since must not move the rows under it.
    let told = Memo::new(move || scroller.view().extent());
    let rows = Memo::new(move || {
        let (told, drawn) = (told.get(), window.read().rows.clone());
        lab.with(|lab| lab.message_row_views_in(client, told, drawn))
    });
    let count = Memo::new(move || extent.read().count());
    let is_empty = Memo::new(move || count.get() == 0);
    let waiting = lab.memo(move |lab| lab.message_pause(client).map_or(0, |pause| pause.waiting));
    let missed = move || scroller.view().unseen() + waiting.get();
    let home = NodeRef::<html::Div>::new();
    show_rows(home, rows, selected, move || {
        let extent = extent.get();
        (extent.end, extent.count())
    });
    let select = move |event: &web_sys::Event| {
        if let Some(sequence) = message_of(event) {
            selected.set(Some(sequence));
        }
    };
    let step = move |step: RowStep| {
        let view = scroller.view_untracked();
        let next = lab.with_untracked(|lab| {
            let position = selected.get_untracked();
            let position = position.and_then(|sequence| lab.message_index(client, sequence));
            let now = lab.message_extent(client);
            let number = position.and_then(|position| now.number(position));
            let next = view.step(number, step)?;
            let row = lab.message_row(client, now.position(next)?)?;
            Some((next, row.sequence))
        });
        if let Some((number, sequence)) = next {
            selected.set(Some(sequence));
            scroller.change(|view| view.reveal(number));
        }
    };
    // A file of messages has no packets.
    let show_packet = move || {
        if let Some(sequence) = selected.get_untracked().filter(|_| client != IMPORTED) {
            screen.show_packet(sequence);
        }
    };
    view! {
        <Columns hidden=is_empty />
        <div
            class="messages__list"
            role="listbox"
            aria-label="Messages, newest first"
            aria-activedescendant=move || selected.get().map(row_id)
            tabindex="0"
            hidden=move || is_empty.get()
            node_ref=scroller.node
            on:scroll=move |_| scroller.on_scroll()
            on:keydown=move |event| {
                if let Some(key) = RowStep::of_key(&event.key()) {
                    event.prevent_default();
                    step(key);
                } else if event.key() == "Enter" {
                    show_packet();
                }
            }
            on:dblclick=move |_| show_packet()
        >
            <div class="messages__content" role="presentation" node_ref=scroller.content>
                <div class="messages__probe" role="presentation" node_ref=scroller.probe></div>
                <div
                    role="presentation"
                    style:transform=scroller.shift(window)
                    node_ref=home
                    // A row that moves on between press and release gets no click.
                    on:mousedown=move |event| select(&event)
                    on:click=move |event| select(&event)
                ></div>
            </div>
        </div>
        {when(move || is_empty.get(), move || view! { <Empty client=client /> }.into_any())}
        {when(move || { missed() > 0 }, move || view! {
            <div class="messages__new">
                <Button
                    label=Signal::derive(move || {
                        format!("+{} new, jump to newest", format::count(missed()))
                    })
                    picture=Icon::Up
                    small=true
                    on_press=move |()| {
                        dispatch.tell(Command::ResumeMessages { client });
                        scroller.change(|view| view.to_top());
                    }
                />
            </div>
        }.into_any())}
    }
    .into_any()
}

/// Keeps the rows in `home` as they are to be. They are outside of what signals reach.
fn show_rows(
    home: NodeRef<html::Div>,
    rows: Memo<Vec<RowView>>,
    selected: State<Option<Sequence>>,
    extent: impl Fn() -> (u64, usize) + 'static,
) {
    let shown = StoredValue::new_local(None::<Rows>);
    effect(move || {
        let (end, count) = extent();
        let around = Around {
            end,
            count,
            selected: selected.get(),
        };
        let (views, home) = (rows.read(), home.get());
        shown.update_value(|shown| {
            if let Some(home) = home {
                let rows = shown.get_or_insert_with(|| Rows::new(home.into()));
                rows.show(&views, around);
            }
        });
    });
}

/// The headings of the columns, each with its explanation.
#[component]
fn Columns(hidden: Memo<bool>) -> AnyView {
    let column = |class: &'static str, name: &'static str, subject: Help| {
        view! {
            <span class=class>
                {name} <HelpTip about=name text=subject />
            </span>
        }
    };
    view! {
        <div class="message message--head" hidden=move || hidden.get()>
            {column("message__time", "Time", Help::MessageTime)}
            {column("message__topic", "Topic", Help::Topic)}
            {column("message__qos", "Qos", Help::Qos)}
            {column("message__message", "Flags and message", Help::Retained)}
        </div>
    }
    .into_any()
}

/// What would fill the list, and how.
#[component]
fn Empty(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let words = lab.memo(move |lab| empty_words(lab, client));
    view! {
        <div class="messages__empty">
            <EmptyState
                title=Signal::derive(move || words.read().0.clone())
                text=Signal::derive(move || words.read().1.to_owned())
            />
        </div>
    }
    .into_any()
}

fn empty_words(lab: &Lab, client: ClientKey) -> (String, &'static str) {
    if lab.is_filtering(client) {
        let title = "Looking through the messages so far".to_owned();
        return (title, "They appear here as they are found.");
    }
    if lab.message_pause(client).is_some() {
        let title = "The list was paused before anything came".to_owned();
        return (title, "Resume it to see what has come since.");
    }
    if client == IMPORTED {
        let title = "No messages were found in the file".to_owned();
        return (
            title,
            "A file that this page has exported as JSON Lines can be read.",
        );
    }
    if let Some(filter) = filter_of(lab, client) {
        return (
            format!("No messages for {filter}"),
            "Only the messages of this subscription are shown. Press its filter again to see all.",
        );
    }
    if lab.message_filter_form(client).is_some() {
        let title = "No message fits the filter".to_owned();
        return (
            title,
            "Change the filter or clear it. New messages appear here as soon as one fits.",
        );
    }
    let connected = lab
        .state_line(client)
        .is_some_and(|line| line.phase.is_connected());
    let subscribed = lab
        .client(client)
        .is_some_and(|client| !client.subscriptions().is_empty());
    let text = match (connected, subscribed) {
        (false, _) => {
            "Connect to a broker, then add a topic subscription. What the broker sends for it appears here, newest on top."
        }
        (true, false) => {
            "Add a topic subscription: the broker sends only what a client has subscribed to."
        }
        (true, true) if leads_to_lab_broker(lab, client) => {
            "Waiting for a message on a subscribed topic. Publish one to see it come back, add a second client to be the other end, or open Broker tables to see what the broker keeps."
        }
        (true, true) => {
            "Waiting for a message on a subscribed topic. Publish one to see it come back."
        }
    };
    ("No messages yet".to_owned(), text)
}

fn leads_to_lab_broker(lab: &Lab, client: ClientKey) -> bool {
    let client = lab.client(client);
    client.is_some_and(|client| client.connection_form().lab_broker)
}
