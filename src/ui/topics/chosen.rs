//! What can be done with the chosen level of the tree.

use leptos::prelude::*;

use super::clear::ClearRetained;
use crate::lab::export::IMPORTED;
use crate::lab::payload::NumberAt;
use crate::lab::topic_tree::{TopicCommand, TopicKey, TopicRow};
use crate::lab::{ClientKey, Refusal};
use crate::platform::page;
use crate::ui::chart::{Numbers, chart_number};
use crate::ui::components::{Button, ButtonKind, Icon, when};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::memo::{Memo, State};
use crate::ui::present::is_connected;
use crate::ui::screen::{Pane, use_screen};

/// The chosen level.
#[component]
pub(super) fn Chosen(
    client: ClientKey,
    key: TopicKey,
    #[prop(into)] on_close: Callback<()>,
) -> AnyView {
    let (lab, dispatch, screen) = (use_lab(), use_dispatch(), use_screen());
    let error = State::new(None::<String>);
    let clearing = State::new(false);
    let numbers = State::new(None::<Vec<NumberAt>>);
    let path = lab.with_untracked(|lab| lab.topic_path(client, key).unwrap_or_default());
    let path = StoredValue::new(path);
    let branch = lab.with_untracked(|lab| lab.branch_filter(client, key).unwrap_or_default());
    let branch = StoredValue::new(branch);
    let row = lab.memo(move |lab| {
        let place = lab.topic_row_of(client, key)?;
        lab.topic_rows(client, place..place + 1).pop()
    });
    let is_topic = Memo::new(move || {
        row.read()
            .as_ref()
            .is_some_and(|row: &TopicRow| row.is_topic)
    });
    // All that are retained are looked through, so not for each message.
    let known = lab.memo(move |lab| lab.retained_count(client));
    let retained = Memo::new(move || {
        let _ = known.get();
        lab.with_untracked(|lab| lab.branch_retained(client, key).topics.len())
    });
    let connected = is_connected(lab, client);
    let is_file = client == IMPORTED;
    let tell = move |outcome: Result<(), Refusal>| {
        error.set(outcome.err().map(|refusal| refusal.words()));
    };
    let chart = move |()| {
        let last = row.with_untracked(|row| row.as_ref().and_then(|row| row.last));
        let found = last.map(|last| lab.with_untracked(|lab| lab.numbers_of(client, last)));
        let found = found.unwrap_or_default();
        error.set(None);
        match found.as_slice() {
            [] => error.set(Some(
                "The last message on this topic has no number: a plain number, or JSON with one."
                    .to_owned(),
            )),
            [only] => {
                let outcome = chart_number(
                    dispatch,
                    screen,
                    client,
                    path.get_value(),
                    only.path.clone(),
                );
                tell(outcome);
            }
            _ => numbers.set(Some(found)),
        }
    };
    view! {
        <section class="chosen" role="region" aria-label="Chosen topic">
            <div class="chosen__head">
                <b class="chosen__topic mono">{path.get_value()}</b>
                <Button
                    label="Copy topic"
                    kind=ButtonKind::Quiet
                    picture=Icon::Copy
                    icon_only=true
                    small=true
                    on_press=move |()| page::copy_text(&path.get_value())
                />
                <span class="grow"></span>
                <Button
                    label="Close chosen topic"
                    kind=ButtonKind::Quiet
                    picture=Icon::Close
                    icon_only=true
                    small=true
                    on_press=on_close
                />
            </div>
            <div class="buttons">
                <Button
                    label="Show only these"
                    picture=Icon::Filter
                    small=true
                    hint="Filters the list of messages by this topic and all below it."
                    on_press=move |()| {
                        tell(dispatch.send(TopicCommand::RestrictToBranch { client, topic: key }.into()));
                        screen.pane.set(Pane::Messages);
                    }
                />
                {when(move || is_topic.get(), move || view! {
                    <Button
                        label="History"
                        small=true
                        hint="All messages of this topic, and what each has changed."
                        on_press=move |()| screen.open_history(dispatch, client, path.get_value())
                    />
                    <Button
                        label="Draw in chart"
                        picture=Icon::Chart
                        small=true
                        hint="Draws a number in this topic's payloads over time."
                        on_press=chart
                    />
                }.into_any())}
                {(!is_file).then(|| view! {
                    <Button
                        label=format!("Subscribe to {}", branch.get_value())
                        small=true
                        disabled=Signal::derive(move || !connected.get())
                        hint="Subscribes to this topic and all below it."
                        on_press=move |()| {
                            tell(dispatch.send(TopicCommand::SubscribeToBranch { client, topic: key }.into()));
                        }
                    />
                })}
                {when(move || { retained.get() > 0 }, move || view! {
                    <Button
                        label="Clear retained messages"
                        kind=ButtonKind::Danger
                        small=true
                        disabled=Signal::derive(move || !connected.get())
                        hint="Shows first what would be sent."
                        on_press=move |()| clearing.set(true)
                    />
                }.into_any())}
            </div>
            <p class="field__error" hidden=move || error.with(Option::is_none)>
                {move || error.get()}
            </p>
            {when(move || numbers.with(Option::is_some), move || view! {
                <Numbers
                    client=client
                    topic=path.get_value()
                    numbers=numbers.get_untracked().unwrap_or_default()
                />
            }.into_any())}
            <ClearRetained client=client key=key open=clearing />
        </section>
    }
    .into_any()
}
