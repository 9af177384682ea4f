//! The history of one topic in a dialog: its messages, newest first, and what each has changed.

use leptos::prelude::*;

use crate::lab::history::{Difference, HistoryRow};
use crate::lab::{ClientKey, Command, format, wording};
use crate::ui::components::{Dialog, Entry, Flag, HelpTip, Tone, dynamic, keyed};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::lazy::lazy_view;
use crate::ui::memo::{Memo, effect};
use crate::ui::screen::use_screen;
use crate::ui::scroller::Scroller;

/// The dialog; open while the screen names a client whose history is gathered.
#[component]
pub fn HistoryDialog() -> AnyView {
    let (lab, dispatch, screen) = (use_lab(), use_dispatch(), use_screen());
    let shown = screen.history;
    let title = lab.words(move |lab| {
        let topic = shown.get().and_then(|client| lab.history_topic(client));
        format!("History of {}", topic.unwrap_or("a topic"))
    });
    view! {
        <Dialog
            title=title
            open=Signal::derive(move || shown.get().is_some())
            on_close=move |()| {
                if let Some(client) = shown.get_untracked() {
                    dispatch.tell(Command::CloseHistory { client });
                }
                shown.set(None);
            }
            wide=true
        >
            {dynamic(move || match shown.get() {
                Some(client) => history_of(client),
                None => ().into_any(),
            })}
        </Dialog>
    }
    .into_any()
}

lazy_view! {
    fn history_of(client: ClientKey)
    in records, "The history" => view! { <History client=client /> }.into_any()
}

#[component]
fn History(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let scroller = Scroller::attach();
    let extent = lab.memo(move |lab| lab.history_extent(client));
    effect(move || scroller.on_extent(extent.get(), false));
    let window = scroller.window();
    let rows = Memo::new(move || {
        let drawn = window.read().rows.clone();
        lab.with(|lab| lab.history_rows(client, drawn))
    });
    let words = lab.words(move |lab| {
        let progress = lab.history_progress(client).unwrap_or_default();
        let found = wording::messages(progress.found);
        if progress.is_searching {
            format!(
                "{found} so far · {} of {} looked at",
                format::count(progress.looked_at),
                format::count(progress.total)
            )
        } else {
            let are = if progress.found == 1 { "is" } else { "are" };
            format!("{found} {are} kept of this topic, newest first")
        }
    });
    view! {
        <p class="hint history__words">
            <span role="status">{words}</span>
            <HelpTip
                about="the difference"
                text="Under each value stands what has changed since the message before it: by how much a number has grown, which values of a JSON payload are others now, or where two texts differ."
            />
        </p>
        <div
            class="history"
            tabindex="0"
            autofocus=true
            role="group"
            aria-label="Messages of the topic, newest first"
            node_ref=scroller.node
            on:scroll=move |_| scroller.on_scroll()
        >
            <div class="history__content" node_ref=scroller.content>
                <div class="history__probe" node_ref=scroller.probe></div>
                <ul role="list" style:transform=scroller.shift(window)>
                    {keyed(move || {
                        let entry = |row: HistoryRow| {
                            // The message before it can still be found, and then it differs from that.
                            let key = format!("{}.{}", row.sequence, row.difference == Difference::First);
                            Entry::new(key, move || row_view(row))
                        };
                        rows.get().into_iter().map(entry).collect()
                    })}
                </ul>
            </div>
        </div>
    }
    .into_any()
}

fn row_view(row: HistoryRow) -> AnyView {
    let is_quiet = matches!(row.difference, Difference::First | Difference::Same);
    let difference = row.difference.words();
    let whole = difference.clone();
    view! {
        <li class="history__row">
            <span class="history__time mono muted">{row.time}</span>
            <span class="history__value mono cut">
                {if row.value.is_empty() { "(no payload)".to_owned() } else { row.value }}
            </span>
            <span class="history__flags">
                <span class="muted">{format!("QoS {}", row.qos)}</span>
                {row.is_sent.then(|| view! { <Flag tone=Tone::Accent text="sent" /> })}
                {row.retain.then(|| view! { <Flag tone=Tone::Warn text="Retained" /> })}
                {row.dup.then(|| view! { <Flag text="DUP" /> })}
            </span>
            <span
                class="history__difference mono cut"
                class:muted=is_quiet
                title=whole
            >
                {difference}
            </span>
        </li>
    }
    .into_any()
}
