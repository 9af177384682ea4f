//! The rows of the ladder in words, as a table: for screen readers, and for who would rather read.

use leptos::prelude::*;

use super::diagram::begin_at_selected;
use super::follow::Following;
use crate::lab::list_view::RowStep;
use crate::lab::wire::ladder::LadderWords;
use crate::ui::components::{Entry, keyed};
use crate::ui::element::view;
use crate::ui::memo::{Memo, State, effect};
use crate::ui::wire::scroller::TailScroller;

/// The table. Only the rows in view are made; each has a button that selects its packet.
pub(super) fn view(following: Following) -> AnyView {
    let screen = following.screen;
    let follows = move || screen.wire_paused.get_untracked().is_none();
    let scroller = TailScroller::attach(follows);
    effect(move || scroller.on_extent(following.extent.get(), follows()));
    begin_at_selected(following, scroller);
    let left = State::new(0_i32);
    let window = scroller.window();
    let told = Memo::new(move || scroller.view().extent());
    let rows = Memo::new(move || {
        let (extent, window) = (told.get(), window.read());
        let numbers = window.rows.clone().filter_map(|place| extent.number(place));
        numbers
            .filter_map(|number| Some((number, following.words(number)?)))
            .collect::<Vec<_>>()
    });
    let first = move || told.read().first;
    let entry = move |(number, words): (u64, LadderWords)| {
        let key = format!(
            "{}.{number}.{}",
            told.read_untracked().list,
            words.sentence()
        );
        Entry::new(key, move || row(following, number, &words, first))
    };
    let step = move |event: web_sys::KeyboardEvent| {
        let Some(step) = RowStep::of_key(&event.key()) else {
            return;
        };
        event.prevent_default();
        let here = following.selected.get_untracked();
        if let Some(next) = scroller.view_untracked().step(here, step) {
            let later = !matches!(step, RowStep::Up | RowStep::PageUp);
            following.select_near(next, later);
        }
    };
    view! {
        <div class="ladder__columns" aria-hidden="true">
            <table style:transform=move || format!("translateX({}px)", -left.get())>
                {columns()}
                <thead>{titles()}</thead>
            </table>
        </div>
        <div
            class="ladder__table"
            tabindex="0"
            role="region"
            aria-label="Ladder as a table"
            node_ref=scroller.node
            on:scroll=move |_| {
                if let Some(node) = scroller.node.get_untracked() {
                    left.set(node.scroll_left());
                }
                if !scroller.on_scroll() && follows() {
                    screen.pause_wire(following.lab);
                }
            }
            on:keydown=step
        >
            <div class="ladder__content" node_ref=scroller.content>
                <div class="ladder__probe" node_ref=scroller.probe></div>
                <table
                    aria-rowcount=move || (told.read().count() + 1).to_string()
                    style:transform=move || format!("translateY({}px)", window.read().padding_top)
                >
                    {columns()}
                    <thead>{titles()}</thead>
                    <tbody>{keyed(move || rows.get().into_iter().map(entry).collect())}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}

/// The widths of the columns, which the rows and the titles over them share.
fn columns() -> AnyView {
    let classes = ["time", "lane", "lane", "what", "remark", "handshake"];
    view! {
        <colgroup>
            {classes
                .map(|class| view! { <col class=format!("ladder__column--{class}") /> })
                .collect_view()}
        </colgroup>
    }
    .into_any()
}

fn titles() -> AnyView {
    view! {
        <tr aria-rowindex="1">
            {["Time", "From", "To", "What", "What became of it", "Handshake"]
                .map(|title| view! { <th scope="col">{title}</th> })
                .collect_view()}
        </tr>
    }
    .into_any()
}

fn row(
    following: Following,
    number: u64,
    words: &LadderWords,
    first: impl Fn() -> u64 + Send + Sync + 'static,
) -> AnyView {
    let is_selected = move || following.selected.get() == Some(number);
    let what = words.what.clone();
    let is_gap = words.time.is_empty();
    view! {
        <tr
            class:is-selected=is_selected
            aria-rowindex=move || (number.saturating_sub(first()) + 2).to_string()
        >
            <td class="mono">{words.time.clone()}</td>
            <td>{words.from.clone()}</td>
            <td>{words.to.clone()}</td>
            <td>
                {if is_gap {
                    view! { <span class="muted">{what}</span> }.into_any()
                } else {
                    view! {
                        <button
                            type="button"
                            class="ladder__pick"
                            aria-pressed=move || is_selected().to_string()
                            on:click=move |_| following.select(number)
                        >
                            {what}
                        </button>
                    }
                        .into_any()
                }}
            </td>
            <td title=words.remark.clone()>{words.remark.clone()}</td>
            <td title=words.handshake.clone()>{words.handshake.clone()}</td>
        </tr>
    }
    .into_any()
}
