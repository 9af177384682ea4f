//! One device: how it is, what it has done, what can be done with it.

use leptos::prelude::*;

use super::settings;
use crate::lab::bots::BotKind;
use crate::lab::{BotRow, ClientKey, Command, Lab, LabClient, Refusal, SubscribeForm};
use crate::ui::components::{
    Button, ButtonKind, Disclosure, Icon, Question, State as StateView, use_confirm, when,
};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::memo::State;
use crate::ui::present::standing_tone;

/// The row of `bot`.
pub(super) fn view(bot: ClientKey, refusal: State<Option<Refusal>>) -> AnyView {
    let (lab, dispatch, confirm) = (use_lab(), use_dispatch(), use_confirm());
    let find = move |lab: &Lab| lab.bot_rows().into_iter().find(|row| row.key == bot);
    let Some(first) = lab.with_untracked(find) else {
        return ().into_any();
    };
    let row = lab.memo(move |lab| find(lab));
    let read = move |part: fn(&BotRow) -> String| {
        Signal::derive(move || row.with(|row| row.as_ref().map(part).unwrap_or_default()))
    };
    let is_on = move || row.with(|row| row.as_ref().is_some_and(|row| row.state.is_on()));
    let send = move |command: Command| refusal.set(dispatch.send(command).err());
    let name = first.client_id.clone();
    let (started, stopped, removed) = (name.clone(), name.clone(), name.clone());
    let problem = read(|row| row.problem.clone().unwrap_or_default());
    let words = first.kind.words();
    view! {
        <li class="device" aria-label=name.clone()>
            <div class="device__line">
                <b class="mono">{name.clone()}</b>
                <span class="muted">{words.title}</span>
                <span class="grow"></span>
                <StateView
                    tone=Signal::derive(move || {
                        row.with(|row| {
                            row.as_ref().map(|row| standing_tone(row.state.standing())).unwrap_or_default()
                        })
                    })
                    text=read(|row| row.state_words.clone())
                />
            </div>
            <p class="hint">{read(BotRow::count_words)}</p>
            <p class="hint">"To " {read(|row| row.leads_to.clone())}</p>
            <p class="field__error" hidden=move || problem.with(String::is_empty)>
                {problem}
            </p>
            <p>"Try: " {coded(words.try_this)}</p>
            <div class="device__line">
                {when(
                    is_on,
                    move || {
                        view! {
                            <Button
                                label=format!("Stop {stopped}")
                                picture=Icon::Pause
                                small=true
                                on_press=move |()| send(Command::StopBot { bot })
                            />
                        }
                            .into_any()
                    },
                )}
                {when(
                    move || !is_on(),
                    move || {
                        view! {
                            <Button
                                label=format!("Start {started}")
                                picture=Icon::Play
                                small=true
                                on_press=move |()| send(Command::StartBot { bot })
                            />
                        }
                            .into_any()
                    },
                )}
                {watch(first.kind, refusal)}
                <span class="grow"></span>
                <Button
                    label=format!("Remove {name}")
                    kind=ButtonKind::Quiet
                    picture=Icon::Remove
                    icon_only=true
                    small=true
                    on_press=move |()| {
                        confirm
                            .ask(Question {
                                title: format!("Remove {removed}?"),
                                text: "It disconnects and goes from this page. What it has published stays where it is."
                                    .to_owned(),
                                action: "Remove".to_owned(),
                                on_yes: Callback::new(move |()| send(Command::RemoveBot { bot })),
                            });
                    }
                />
            </div>
            <Disclosure title="Settings" summary=read(BotRow::settings_words)>
                {settings::view(first.clone(), refusal)}
            </Disclosure>
        </li>
    }
    .into_any()
}

/// Subscribes the selected client to what the device publishes.
fn watch(kind: BotKind, refusal: State<Option<Refusal>>) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let filter = kind.words().watch;
    let client = lab.memo(|lab| {
        let client = lab.selected()?;
        let line = lab.state_line(client.key())?;
        let can = line.phase.is_connected();
        Some((client.key(), client.name().to_owned(), can))
    });
    let subscribe = move |()| {
        let Some((client, ..)) = client.get_untracked() else {
            return;
        };
        // What stands in the form is the person's, and stays.
        let own = lab.with_untracked(|lab| {
            let form = lab.client(client).map(LabClient::subscribe_form);
            form.cloned().unwrap_or_default()
        });
        let form = Box::new(SubscribeForm {
            filter: filter.to_owned(),
            colour: None,
            ..own.clone()
        });
        let edited = dispatch.send(Command::EditSubscribe { client, form });
        let outcome = edited.and_then(|()| dispatch.send(Command::Subscribe { client }));
        let form = Box::new(own);
        dispatch.tell(Command::EditSubscribe { client, form });
        refusal.set(outcome.err());
    };
    let label = Signal::derive(move || {
        let name = client.with(|client| client.as_ref().map(|client| client.1.clone()));
        format!("Subscribe {} to {filter}", name.unwrap_or_default())
    });
    view! {
        <Button
            label=label
            small=true
            disabled=Signal::derive(move || {
                client.with(|client| client.as_ref().is_none_or(|client| !client.2))
            })
            hint=Signal::stored(
                "The selected client subscribes to what this device publishes. It has to be connected to the same broker."
                    .to_owned(),
            )
            on_press=subscribe
        />
    }
    .into_any()
}

/// Words in which what a person types stands between back quotes.
pub(super) fn coded(words: &'static str) -> AnyView {
    let part = |(place, part): (usize, &'static str)| match place % 2 {
        1 => view! { <code class="mono">{part}</code> }.into_any(),
        _ => part.into_any(),
    };
    let parts = words.split('`').enumerate().map(part);
    parts.collect::<Vec<_>>().into_any()
}
