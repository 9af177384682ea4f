//! The rows of the table that is chosen, a page of them at a time.

use leptos::prelude::*;

use super::disconnect::Ending;
use crate::lab::{BrokerRow, BrokerTable, Command, RowDeed, format};
use crate::ui::components::{
    Button, ButtonKind, EmptyState, Entry, Icon, Question, State, dynamic, keyed, use_confirm, when,
};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::memo::{Memo, State as Own, effect};
use crate::ui::present::standing_tone;
use crate::ui::screen::use_screen;

/// How many rows stand on one page: no more are made, however many there are.
const PAGE: usize = 40;

/// The rows, or what would fill the table.
pub(super) fn view(table: Own<BrokerTable>, ending: Own<Ending>) -> AnyView {
    let lab = use_lab();
    let page = Own::new(0_usize);
    effect(move || {
        table.get();
        page.set(0);
    });
    let count = lab.memo(move |lab| lab.broker_count(table.get()));
    let first = move || {
        // Rows may have gone since the page was turned.
        let last = count.get().saturating_sub(1) / PAGE;
        page.get().min(last) * PAGE
    };
    let rows = lab.memo(move |lab| {
        let first = first();
        lab.broker_rows(table.get(), first..first + PAGE)
    });
    let entries = move || {
        let kind = table.get();
        let names = rows.with(|rows| rows.iter().map(key).collect::<Vec<_>>());
        let entry = |name: (String, u64)| {
            let id = format!("{kind:?} {} {}", name.1, name.0);
            Entry::new(id, move || {
                let row = Memo::new(move || {
                    rows.with(|rows| rows.iter().find(|row| key(row) == name).cloned())
                });
                row_view(row, ending)
            })
        };
        names.into_iter().map(entry).collect()
    };
    view! {
        {when(
            move || count.get() == 0,
            move || {
                dynamic(move || {
                    let table = table.get();
                    view! { <EmptyState title=format!("{}: none", table.name()) text=table.when_empty() /> }
                        .into_any()
                })
            },
        )}
        <ul class="broker__rows" role="list">
            {keyed(entries)}
        </ul>
        {when(
            move || { count.get() > PAGE },
            move || {
                view! {
                    <div class="broker__pages">
                        <Button
                            label="Previous rows"
                            small=true
                            disabled=Signal::derive(move || first() == 0)
                            on_press=move |()| page.set((first() / PAGE).saturating_sub(1))
                        />
                        <span class="muted">
                            {move || {
                                let to = (first() + PAGE).min(count.get());
                                format!("{} to {} of {}", first() + 1, to, format::count(count.get() as u64))
                            }}
                        </span>
                        <Button
                            label="Next rows"
                            small=true
                            disabled=Signal::derive(move || first() + PAGE >= count.get())
                            on_press=move |()| page.set(first() / PAGE + 1)
                        />
                    </div>
                }
                    .into_any()
            },
        )}
    }
    .into_any()
}

/// A row's key. Subscriptions of several clients may have one filter.
fn key(row: &BrokerRow) -> (String, u64) {
    let owner = row.facts.first().filter(|(name, _)| *name == "Goes to");
    let name = match owner {
        Some((_, owner)) => [&row.name, "\u{0}", owner].concat(),
        None => row.name.clone(),
    };
    (name, row.number)
}

fn row_view(row: Memo<Option<BrokerRow>>, ending: Own<Ending>) -> AnyView {
    let screen = use_screen();
    let fresh = move || row.with(|row| row.as_ref().is_some_and(|row| row.is_fresh));
    view! {
        <li class="broker__row" class:broker__row--fresh=fresh>
            {dynamic(move || {
                let Some(row) = row.get() else { return ().into_any() };
                let tone = standing_tone(row.state.0);
                let fact = |(name, value): (&'static str, String)| {
                    view! {
                        <dt>{name}</dt>
                        <dd class="mono">{value}</dd>
                    }
                };
                let state = row.state.1;
                let cause = row.cause;
                view! {
                    <div class="broker__line">
                        <b class="mono broker__name">{row.name.clone()}</b>
                        {row.client.map(|(_, name)| view! { <span class="muted">{name}</span> })}
                        <span class="grow"></span>
                        {(!state.is_empty()).then(|| view! { <State tone=tone text=state /> })}
                    </div>
                    <dl class="broker__facts">{row.facts.into_iter().map(fact).collect_view()}</dl>
                    {(!row.list.is_empty())
                        .then(|| {
                            let lines = row.list.into_iter();
                            let lines = lines.map(|line| view! { <li class="mono">{line}</li> });
                            view! { <ul class="broker__list">{lines.collect_view()}</ul> }
                        })}
                    {(!row.note.is_empty()).then(|| view! { <p class="hint">{row.note}</p> })}
                    <div class="broker__line">
                        <span class="broker__was">{row.was}</span>
                        <span class="grow"></span>
                        {cause
                            .map(|sequence| {
                                view! {
                                    <Button
                                        label="Show the cause"
                                        kind=ButtonKind::Quiet
                                        small=true
                                        hint=Signal::stored(
                                            "The packet, or the event, that made this row what it is.".to_owned(),
                                        )
                                        on_press=move |()| screen.show_packet(sequence)
                                    />
                                }
                            })}
                        {row.deed.map(|deed| deed_button(deed, &row.name, ending))}
                    </div>
                }
                    .into_any()
            })}
        </li>
    }
    .into_any()
}

fn deed_button(deed: RowDeed, name: &str, ending: Own<Ending>) -> AnyView {
    let (dispatch, confirm) = (use_dispatch(), use_confirm());
    let (label, action, text, what, command): (_, _, _, _, fn(String) -> Command) = match deed {
        RowDeed::Disconnect(connection) => {
            let named = (connection, name.to_owned());
            return button(
                format!("Disconnect {name} at the broker"),
                Icon::Cut,
                Callback::new(move |()| ending.set(Some(named.clone()))),
            );
        }
        RowDeed::DiscardSession(client_id) => (
            format!("Discard the session of {name}"),
            "Discard",
            "Its subscriptions and everything that waits for it are gone, and its connection ends.",
            client_id,
            |client_id| Command::DiscardSession { client_id },
        ),
        RowDeed::ClearRetained(topic) => (
            format!("Forget the retained message of {name}"),
            "Forget",
            "Who subscribes from now on gets no message of this topic at once.",
            topic,
            |topic| Command::ClearRetainedAtBroker { topic },
        ),
    };
    let title = format!("{label}?");
    let ask = move |()| {
        let what = what.clone();
        confirm.ask(Question {
            title: title.clone(),
            text: text.to_owned(),
            action: action.to_owned(),
            on_yes: Callback::new(move |()| dispatch.tell(command(what.clone()))),
        });
    };
    button(label, Icon::Remove, Callback::new(ask))
}

fn button(label: String, picture: Icon, on_press: Callback<()>) -> AnyView {
    view! {
        <Button
            label=label
            kind=ButtonKind::Quiet
            picture=picture
            icon_only=true
            small=true
            on_press=on_press
        />
    }
    .into_any()
}
