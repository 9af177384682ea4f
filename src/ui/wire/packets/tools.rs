//! Above the list: whose packets are shown, and which.

use leptos::prelude::*;

use crate::lab::trace::Direction;
use crate::lab::wire::{ClientChoice, PacketChoice, PacketFilterError, PacketFilterForm};
use crate::lab::{LabClient, format};
use crate::ui::components::{
    Button, ButtonKind, Checkbox, Choice, Icon, Select, TextField, TextKind, when,
};
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::memo::{Memo, State};
use crate::ui::screen::use_screen;

use super::follow::Following;

/// The line above the list.
pub(super) fn view(following: Following, unfolded: State<bool>) -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let form = screen.packet_filter;
    let clients = lab.memo(|lab| {
        let choices = lab.packet_clients().into_iter();
        choices
            .map(|(choice, label)| (choice.value(), label))
            .collect::<Vec<_>>()
    });
    let choices = Signal::derive(move || {
        let clients = clients.get().into_iter();
        clients
            .map(|(value, label)| Choice::new(value, label))
            .collect::<Vec<_>>()
    });
    let conditions = move || form.with(PacketFilterForm::conditions);
    let shows_handshake = move || form.with(|form| form.handshake.is_some());
    let listed = move || {
        let rows = following.shown.with(|shown| shown.count() as u64);
        format!("{} listed", format::count(rows))
    };
    view! {
        <div class="packets__tools">
            <Select
                label="Client"
                choices=choices
                value=Signal::derive(move || form.with(|form| form.clients.value()))
                on_change=move |value: String| {
                    form.update(|form| {
                        form.clients = ClientChoice::from_value(&value);
                        form.handshake = None;
                    });
                }
            />
            <Button
                label=Signal::derive(move || match conditions() {
                    0 => "Filter".to_owned(),
                    conditions => format!("Filter ({conditions})"),
                })
                picture=Icon::Filter
                small=true
                pressed=Signal::derive(move || unfolded.get())
                hint="Conditions on what is listed: type, direction, topic, Packet Identifier, events."
                on_press=move |()| unfolded.set(!unfolded.get_untracked())
            />
            {when(
                shows_handshake,
                move || {
                    view! {
                        <span class="packets__only">
                            "one handshake only "
                            <Button
                                label="Show all packets"
                                kind=ButtonKind::Quiet
                                picture=Icon::Close
                                icon_only=true
                                small=true
                                on_press=move |()| form.update(|form| form.handshake = None)
                            />
                        </span>
                    }
                        .into_any()
                },
            )}
            <span class="grow"></span>
            {progress(following)}
            <span class="muted nowrap">{listed}</span>
        </div>
    }
    .into_any()
}

/// How far the list is, where it has the trace still before it.
fn progress(following: Following) -> AnyView {
    let progress = following.progress;
    let part = move |read: fn(u64, u64) -> u64| {
        let progress = progress.get().unwrap_or_default();
        read(progress.looked_at, progress.total).to_string()
    };
    when(
        // A frame's worth of new records is no wait.
        move || {
            progress
                .get()
                .is_some_and(|progress| progress.total - progress.looked_at > 20_000)
        },
        move || {
            view! {
                <progress
                    aria-label="Records looked at"
                    max=move || part(|_, total| total)
                    prop:value=move || part(|looked_at, _| looked_at)
                ></progress>
            }
            .into_any()
        },
    )
}

/// The conditions, each of which holds at once.
pub(super) fn filter_bar() -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let form = screen.packet_filter;
    let errors = Memo::new(move || {
        let form = form.read();
        lab.with_untracked(|lab| lab.check_packet_filter(&form).err())
            .unwrap_or_default()
    });
    let error = move |is_about_topic: bool| {
        Signal::derive(move || {
            let errors = errors.read();
            let own = errors
                .iter()
                .find(|error| error.is_about_topic() == is_about_topic);
            own.map(PacketFilterError::words)
        })
    };
    let change = move |change: &dyn Fn(&mut PacketFilterForm)| {
        form.update(|form| {
            change(form);
            form.handshake = None;
        });
    };
    let packets: Vec<_> = PacketChoice::all()
        .enumerate()
        .map(|(place, choice)| {
            let one = Choice::new(place.to_string(), choice.label());
            match choice {
                PacketChoice::Any | PacketChoice::Malformed => one,
                PacketChoice::Family(_) => one.under("Families"),
                PacketChoice::Type(_) => one.under("Types"),
            }
        })
        .collect();
    let directions: Vec<_> = DIRECTIONS
        .iter()
        .map(|(value, label, _)| Choice::new(*value, *label))
        .collect();
    view! {
        <div class="packets__filter fields" role="search" aria-label="Packet filter">
            <Select
                label="Packets"
                class="w-m"
                choices=Signal::stored(packets)
                value=Signal::derive(move || {
                    let chosen = form.with(|form| form.packets);
                    let place = PacketChoice::all().position(|choice| choice == chosen);
                    place.unwrap_or_default().to_string()
                })
                on_change=move |value: String| {
                    let place = value.parse().unwrap_or_default();
                    let chosen = PacketChoice::all().nth(place).unwrap_or_default();
                    change(&|form| form.packets = chosen);
                }
                help="One type of packet, or a family of types that belong together."
            />
            <Select
                label="Direction"
                class="w-m"
                choices=Signal::stored(directions)
                value=Signal::derive(move || {
                    let chosen = form.with(|form| form.direction);
                    let one = DIRECTIONS.iter().find(|(_, _, direction)| *direction == chosen);
                    one.map(|(value, ..)| *value).unwrap_or_default().to_owned()
                })
                on_change=move |value: String| {
                    let one = DIRECTIONS.iter().find(|(own, ..)| *own == value);
                    let chosen = one.and_then(|(_, _, direction)| *direction);
                    change(&|form| form.direction = chosen);
                }
                help="Which way the packets went."
            />
            <TextField
                label="Topic"
                kind=TextKind::Code
                class="w-l"
                placeholder="sensors/+/temp, or a part"
                value=Signal::derive(move || form.with(|form| form.topic.clone()))
                on_input=move |text: String| change(&|form| form.topic.clone_from(&text))
                error=error(true)
                help="With + or # a topic filter, otherwise a part of a topic. What acknowledges such a message is listed too."
            />
            <TextField
                label="Packet Identifier"
                kind=TextKind::Number
                class="w-p"
                value=Signal::derive(move || form.with(|form| form.packet_id.clone()))
                on_input=move |text: String| change(&|form| form.packet_id.clone_from(&text))
                error=error(false)
                help="The number that a message or a request shares with its answers."
            />
            <Checkbox
                label="Events"
                help="What is no packet: connections opened and closed and by whom, faults at work, what was refused here, time that was moved."
                checked=Signal::derive(move || form.with(|form| form.events))
                on_change=move |events: bool| change(&|form| form.events = events)
            />
            <Checkbox
                label="Lab broker"
                help="What the broker in this page did: sessions, subscriptions, retained messages, queues, wills."
                checked=Signal::derive(move || form.with(|form| form.broker_notes))
                on_change=move |notes: bool| change(&|form| form.broker_notes = notes)
            />
            <Button
                label="Clear filter"
                kind=ButtonKind::Quiet
                disabled=Signal::derive(move || form.with(|form| *form == cleared(form)))
                on_press=move |()| form.update(|form| *form = cleared(form))
            />
        </div>
    }
    .into_any()
}

/// Whose packets are shown is no condition.
fn cleared(form: &PacketFilterForm) -> PacketFilterForm {
    PacketFilterForm {
        clients: form.clients,
        ..PacketFilterForm::default()
    }
}

const DIRECTIONS: [(&str, &str, Option<Direction>); 3] = [
    ("both", "both ways", None),
    ("up", "client to broker", Some(Direction::Sent)),
    ("down", "broker to client", Some(Direction::Received)),
];

/// Under the list: what is not in it any more.
pub(super) fn dropped() -> AnyView {
    let lab = use_lab();
    let words = lab.memo(|lab| lab.dropped_words(lab.selected().map(LabClient::key)?));
    when(
        move || words.read().is_some(),
        move || view! { <p class="hint packets__dropped">{move || words.get()}</p> }.into_any(),
    )
}
