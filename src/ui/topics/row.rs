//! One level of the tree. It stays while it is in view; what it shows follows the lab.

use leptos::prelude::*;

use super::tree::row_id;
use crate::lab::export::IMPORTED;
use crate::lab::topic_tree::{TopicCommand, TopicKey, TopicRow};
use crate::lab::{ClientKey, format, wording};
use crate::ui::components::{Icon, dynamic, icon};
use crate::ui::element::view;
use crate::ui::handle::use_dispatch;
use crate::ui::memo::{Memo, State};
use crate::ui::messages::marked;

/// How far a level stands to the right of the one above it, in CSS pixels, and how often at most.
const INDENT: usize = 14;
const INDENT_MAXIMUM: usize = 16;

/// In which element a row stands, of as many as are drawn: those that stay in view keep theirs, and
/// the others are written anew for what has come into it.
pub(super) fn slot(place: usize, drawn: usize) -> usize {
    place % drawn.max(1)
}

/// The row in a slot: the level's name, and of its topic and those below the value, count, rate and age.
pub(super) fn row_view(
    client: ClientKey,
    own: usize,
    rows: Memo<Vec<(usize, TopicRow)>>,
    chosen: State<Option<TopicKey>>,
) -> AnyView {
    let dispatch = use_dispatch();
    // The messages of a file came at another time.
    let is_file = client == IMPORTED;
    let row = Memo::new(move || {
        let rows = rows.read();
        let mut all = rows.iter();
        all.find(|(place, _)| slot(*place, rows.len()) == own)
            .cloned()
    });
    let key = Memo::new(move || row.read().as_ref().map(|(_, row)| row.key));
    let read = move |read: fn(&TopicRow) -> String| {
        Signal::derive(move || {
            let row = row.read();
            row.as_ref().map(|(_, row)| read(row)).unwrap_or_default()
        })
    };
    let name = Memo::new(move || {
        let row = row.read();
        let parts = row.as_ref().map(|(_, row)| {
            let name = match (row.name.is_empty(), row.depth) {
                (true, _) => "(empty level)".to_owned(),
                (false, _) => row.name.clone(),
            };
            (name, row.name_matches.clone())
        });
        parts.unwrap_or_default()
    });
    // 0: nothing below; 1: closed; 2: open.
    let state = Memo::new(move || {
        let row = row.read();
        row.as_ref().map_or(0, |(_, row)| {
            u8::from(row.has_children) + u8::from(row.is_open)
        })
    });
    let indent = move || {
        let depth = row.read().as_ref().map_or(1, |(_, row)| row.depth);
        format!("{}px", (depth - 1).min(INDENT_MAXIMUM) * INDENT)
    };
    let toggle = move || {
        if let Some(topic) = key.get_untracked() {
            dispatch.tell(
                TopicCommand::Open {
                    client,
                    topic,
                    open: state.get_untracked() == 1,
                }
                .into(),
            );
        }
    };
    view! {
        <div
            class="topic"
            role="row"
            style:--indent=indent
            id=move || key.get().map(row_id)
            aria-rowindex=move || row.read().as_ref().map(|(place, _)| (place + 1).to_string())
            attr:aria-level=move || row.read().as_ref().map(|(_, row)| row.depth.to_string())
            aria-expanded=move || match state.get() {
                0 => None,
                1 => Some("false"),
                _ => Some("true"),
            }
            aria-selected=move || (chosen.get().is_some() && chosen.get() == key.get()).to_string()
            on:mousedown=move |_| chosen.set(key.get_untracked())
            on:click=move |_| chosen.set(key.get_untracked())
            on:dblclick=move |_| toggle()
        >
            <span class="topic__name mono" role="gridcell">
                <span
                    class="topic__mark"
                    class:topic__mark--open=move || state.get() == 2
                    on:mousedown=move |event| event.stop_propagation()
                    on:dblclick=move |event| event.stop_propagation()
                    on:click=move |event| {
                        event.stop_propagation();
                        toggle();
                    }
                >
                    {dynamic(move || {
                        if state.get() == 0 { ().into_any() } else { icon(Icon::Chevron) }
                    })}
                </span>
                <span class="cut">
                    {dynamic(move || {
                        let (name, matches) = name.get();
                        marked(name, &matches)
                    })}
                </span>
                <span class="topic__below muted">
                    {read(|row| {
                        if row.has_children {
                            wording::topics(row.topics)
                        } else {
                            String::new()
                        }
                    })}
                </span>
            </span>
            <span class="topic__value mono cut" role="gridcell">
                {read(|row| match (&row.value, row.is_topic) {
                    (Some(value), _) => value.clone(),
                    (None, true) => "(no longer kept)".to_owned(),
                    (None, false) => String::new(),
                })}
            </span>
            <span class="topic__count" role="gridcell" title="Messages on this topic and below">
                {read(|row| format::count(row.messages))}
            </span>
            <span class="topic__rate" role="gridcell" title="Messages a second on this topic and below">
                {(!is_file).then(|| read(|row| row.rate.clone()))}
            </span>
            <span class="topic__age muted" role="gridcell" title="Since the last of them">
                {(!is_file).then(|| read(|row| row.age.clone()))}
            </span>
        </div>
    }
    .into_any()
}
