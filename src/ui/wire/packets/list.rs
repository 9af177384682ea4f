//! The list of packets: only the rows in view are read and drawn.

use leptos::html;
use leptos::prelude::*;

use super::follow::Following;
use super::row::{row_id, row_view};
use crate::lab::format;
use crate::lab::list_view::RowStep;
use crate::lab::trace::Sequence;
use crate::lab::wire::PacketRow;
use crate::ui::components::{Button, EmptyState, Entry, HelpTip, Icon, keyed, when};
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::memo::{Memo, effect};
use crate::ui::screen::use_screen;
use crate::ui::wire::handshake::use_handshake;
use crate::ui::wire::scroller::TailScroller;

/// The list; arrow keys, Page Up and Down, Home and End move the selection.
pub(super) fn view(following: Following) -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let follows = move || screen.wire_paused.get_untracked().is_none();
    let scroller = TailScroller::attach(follows);
    // The element is outside of what signals reach: its height and its bar follow from here.
    effect(move || scroller.on_extent(following.extent.get(), follows()));
    let window = scroller.window();
    let told = Memo::new(move || scroller.view().extent());
    let rows = Memo::new(move || following.rows(told.get(), window.read().rows.clone()));
    let first = Memo::new(move || following.shown.read().first);
    let count = Memo::new(move || following.shown.read().count());
    let is_empty = Memo::new(move || count.get() == 0);
    let time_view = lab.memo(|lab| lab.settings().time_view);
    let selected = screen.packet;
    let select = Callback::new(move |sequence: Sequence| {
        screen.pause_wire(lab);
        selected.set(Some(sequence));
    });
    // Wherever it was selected.
    effect(move || {
        if let Some(number) = following.revealed.get() {
            scroller.on_extent(following.extent.get_untracked(), false);
            scroller.change(|view| view.reveal(number));
            take_focus(scroller.node);
        }
    });
    let handshake = use_handshake();
    let step_in_handshake = move |later: bool| {
        let next = selected.get_untracked().and_then(|here| {
            let handshake = handshake.get_untracked()?;
            handshake.neighbour(here, later)
        });
        if let Some(sequence) = next {
            select.run(sequence);
        }
    };
    let step = move |step: RowStep| {
        let here = selected.get_untracked();
        let here = here.and_then(|sequence| following.number(sequence));
        let next = scroller.view_untracked().step(here, step);
        if let Some(sequence) = next.and_then(|number| following.sequence(number)) {
            select.run(sequence);
        }
    };
    view! {
        {columns(is_empty)}
        <div
            class="packets__list"
            role="listbox"
            aria-label="Packets, newest last"
            aria-activedescendant=move || selected.get().map(row_id)
            tabindex="0"
            hidden=move || is_empty.get()
            node_ref=scroller.node
            on:scroll=move |_| {
                if !scroller.on_scroll() && follows() {
                    screen.pause_wire(lab);
                }
            }
            on:keydown=move |event| {
                let key = event.key();
                match RowStep::of_key(&key) {
                    Some(way) => step(way),
                    None if key == "ArrowRight" => step_in_handshake(true),
                    None if key == "ArrowLeft" => step_in_handshake(false),
                    None if key == "Enter" => focus_inspector(),
                    None => return,
                }
                event.prevent_default();
            }
        >
            <div class="packets__content" role="presentation" node_ref=scroller.content>
                <div class="packets__probe" role="presentation" node_ref=scroller.probe></div>
                <div
                    role="presentation"
                    style:transform=move || format!("translateY({}px)", window.read().padding_top)
                >
                    {keyed(move || {
                        let entry = |row: PacketRow| {
                            // What can change about a row that is drawn makes it another one.
                            let client = row.client.as_ref();
                            let is_selected = selected.get() == Some(row.sequence);
                            let is_same = handshake.has(row.sequence);
                            let key = format!(
                                "{}.{}.{}.{is_selected}.{is_same}.{}",
                                told.read_untracked().list,
                                row.sequence,
                                time_view.get_untracked() as u8,
                                client.map_or("", |client| client.name.as_str()),
                            );
                            Entry::new(key, move || row_view(row, first, count, is_selected, is_same, select))
                        };
                        rows.get().into_iter().map(entry).collect()
                    })}
                </div>
            </div>
        </div>
        {when(move || is_empty.get(), move || empty(following))}
        {when(
            move || { following.missed.get() > 0 },
            move || {
                view! {
                    <div class="packets__new">
                        <Button
                            label=Signal::derive(move || {
                                let missed = format::count(following.missed.get());
                                format!("+{missed} new, jump to newest")
                            })
                            picture=Icon::Down
                            small=true
                            on_press=move |()| screen.wire_paused.set(None)
                        />
                    </div>
                }
                    .into_any()
            },
        )}
    }
    .into_any()
}

/// A jump from elsewhere on the page leads to the list, so that its keys go on from there.
fn take_focus(node: NodeRef<html::Div>) {
    request_animation_frame(move || {
        let Some(list) = node.try_get_untracked().flatten() else {
            return;
        };
        let active = document().active_element();
        let is_here = active
            .and_then(|active| active.closest(".wire").ok().flatten())
            .is_some();
        if !is_here {
            // Fails for no element that is on the screen.
            let _ = list.focus();
        }
    });
}

/// From the list to what stands in the selected packet.
fn focus_inspector() {
    let target = document()
        .query_selector(".wire__inspector :is([tabindex='0'], button:not(.help)):not(.resizer)");
    if let Ok(Some(target)) = target {
        let target: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(target);
        let _ = target.focus();
    }
}

/// The headings of the columns, each with its explanation.
fn columns(hidden: Memo<bool>) -> AnyView {
    let column = |class: &'static str, name: &'static str, help: &'static str| {
        view! {
            <span class=class>
                {name} <HelpTip about=name text=help />
            </span>
        }
    };
    view! {
        <div class="packet packet--head" hidden=move || hidden.get()>
            {column(
                "packet__time",
                "Time",
                "When the packet was sent, or received, by this page, to the millisecond.",
            )}
            {column("packet__client", "Client", "Whose connection it went over.")}
            {column(
                "packet__way",
                "Way",
                "Up is from the client to the broker, down from the broker to the client. While faults are in place on a link to the lab broker, its end is listed too, because it may get something else, later, or nothing.",
            )}
            {column(
                "packet__type",
                "Packet",
                "The type of the packet, and its Packet Identifier where it has one: the number by which an answer is known.",
            )}
            {column(
                "packet__parts",
                "Fields",
                "The few fields that matter most. Select the packet to see every one.",
            )}
            {column(
                "packet__size",
                "Bytes",
                "All bytes of the MQTT packet, counted; what WebSocket and TCP add is not in it.",
            )}
        </div>
    }
    .into_any()
}

/// What would fill the list, and how.
fn empty(following: Following) -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let words = Memo::new(move || {
        let is_looking = following.progress.read().is_some();
        let form = screen.packet_filter.read();
        lab.with(|lab| lab.no_packets_words(&form, is_looking))
    });
    view! {
        <div class="packets__empty">
            <EmptyState
                title=Signal::derive(move || words.read().0.to_owned())
                text=Signal::derive(move || words.read().1.to_owned())
            />
        </div>
    }
    .into_any()
}
