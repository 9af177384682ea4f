//! The ladder: what passes between clients and Servers as a diagram, time running down.

mod choice;
mod diagram;
mod draw;
mod follow;
mod inks;
mod legend;
mod table;

use leptos::prelude::*;

use follow::Following;

use crate::lab::format;
use crate::lab::wire::ladder::LadderWords;
use crate::ui::components::{Button, EmptyState, Icon, when};
use crate::ui::element::view;
use crate::ui::memo::{Memo, State};

/// The pane.
pub(super) fn view() -> AnyView {
    let following = Following::begin();
    let shows_table = State::new(false);
    let shows_legend = State::new(false);
    let is_empty = Memo::new(move || following.extent.read().count() == 0);
    let has_rows = move || !is_empty.get();
    view! {
        <div class="ladder">
            <div class="ladder__tools">
                {choice::view(following)}
                <span class="grow"></span>
                <Button
                    label="Previous"
                    picture=Icon::Up
                    icon_only=true
                    small=true
                    on_press=move |()| following.step(false)
                />
                <Button
                    label="Next"
                    picture=Icon::Down
                    icon_only=true
                    small=true
                    on_press=move |()| following.step(true)
                />
                <Button
                    label="Table"
                    picture=Icon::Tables
                    small=true
                    pressed=Signal::derive(move || shows_table.get())
                    hint="The same rows in words, as a table: for reading aloud, and for copying."
                    on_press=move |()| shows_table.set(!shows_table.get_untracked())
                />
                <Button
                    label="Legend"
                    picture=Icon::Info
                    small=true
                    pressed=Signal::derive(move || shows_legend.get())
                    hint="What the lines and marks mean."
                    on_press=move |()| shows_legend.set(!shows_legend.get_untracked())
                />
            </div>
            {when(move || shows_legend.get(), legend::view)}
            {when(move || has_rows() && !shows_table.get(), move || diagram::view(following))}
            {when(move || has_rows() && shows_table.get(), move || table::view(following))}
            {when(move || is_empty.get(), move || empty(following))}
            {foot(following)}
        </div>
    }
    .into_any()
}

fn empty(following: Following) -> AnyView {
    let text = move || {
        if following.progress.get().is_some() {
            "The trace is being read."
        } else {
            "Press Connect: the first arrow is CONNECT. Two clients and the Lab broker show that a message takes two hops, each with a handshake of its own."
        }
    };
    view! {
        <div class="ladder__empty">
            <EmptyState
                title="Nothing has passed yet"
                text=Signal::derive(move || text().to_owned())
            />
        </div>
    }
    .into_any()
}

/// The selected row as a sentence, and what is to be said of the whole.
fn foot(following: Following) -> AnyView {
    let words = Memo::new(move || {
        let number = following.selected.get();
        number
            .and_then(|number| following.words(number))
            .as_ref()
            .map(LadderWords::sentence)
    });
    let text = move || {
        match (words.get(), following.screen.packet.get()) {
        (Some(words), _) => words,
        (None, Some(_)) => {
            "The selected packet is not in this ladder: its client is not chosen, or it is no longer kept.".to_owned()
        }
        (None, None) => {
            "Press an arrow to take its packet apart. The arrow keys step from one to the next."
                .to_owned()
        }
    }
    };
    let about = move || {
        let mut parts = Vec::new();
        if let Some(hundredths) = following.progress.get() {
            parts.push(format!("reading, {hundredths} %"));
        }
        let left_out = following.left_out.get();
        if left_out > 0 {
            let count = format::count(left_out);
            parts.push(format!("{count} older records are not in this ladder"));
        }
        parts.join(" · ")
    };
    let missed = move || following.missed.get();
    view! {
        <div class="ladder__foot">
            <p class="ladder__words" role="status">{text}</p>
            <span class="ladder__about muted">{about}</span>
            {when(
                move || following.is_anchored(),
                move || {
                    view! {
                        <Button
                            label="To the newest"
                            small=true
                            hint="Leaves this old stretch, and shows what passes now."
                            on_press=move |()| following.to_newest()
                        />
                    }
                        .into_any()
                },
            )}
            {when(
                move || { missed() > 0 && !following.is_anchored() },
                move || {
                    view! {
                        <Button
                            label=Signal::derive(move || format!("{} new", format::count(missed())))
                            picture=Icon::Down
                            small=true
                            hint="Goes to the newest row, and along with what comes."
                            on_press=move |()| following.screen.wire_paused.set(None)
                        />
                    }
                        .into_any()
                },
            )}
        </div>
    }
    .into_any()
}
