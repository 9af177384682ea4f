//! The Devices pane: simulated devices, and what to do with them.

mod row;
mod settings;

use leptos::prelude::*;

use crate::lab::bots::BotKind;
use crate::lab::{Command, Refusal};
use crate::ui::components::{Button, Callout, Entry, Icon, Tone, keyed, when};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::lazy::lazy_view;
use crate::ui::memo::State;

lazy_view! {
    /// The pane.
    pub fn view() in devices, "The Devices pane" => pane()
}

fn pane() -> AnyView {
    let lab = use_lab();
    let refusal = State::new(None::<Refusal>);
    let keys = lab.memo(|lab| {
        let rows = lab.bot_rows().into_iter();
        rows.map(|row| row.key).collect::<Vec<_>>()
    });
    view! {
        <h2 class="panel__title">"Devices"</h2>
        <p class="hint">
            "Simulated devices. Each is an ordinary client: the broker cannot tell it from a real one, and it can be cut off and disturbed like one."
        </p>
        {when(
            move || refusal.with(Option::is_some),
            move || {
                let words = refusal.get().map(|why| why.words()).unwrap_or_default();
                view! { <Callout tone=Tone::Bad title=words /> }.into_any()
            },
        )}
        <ul class="devices" role="list">
            {keyed(move || {
                let entry = |bot: crate::lab::ClientKey| {
                    Entry::new(bot.number(), move || row::view(bot, refusal))
                };
                keys.get().into_iter().map(entry).collect()
            })}
        </ul>
        <h3 class="heading">"Add a device"</h3>
        <ul class="devices devices--kinds" role="list">
            {BotKind::ALL.map(|kind| offer(kind, refusal)).collect_view()}
        </ul>
    }
    .into_any()
}

/// One kind of device, and the button that adds and starts one.
fn offer(kind: BotKind, refusal: State<Option<Refusal>>) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let words = kind.words();
    let add = move |()| {
        let before = dispatch.send(Command::AddBot { kind });
        let added = lab.with_untracked(|lab| lab.bot_rows().last().map(|row| row.key));
        let outcome = before.and_then(|()| match added {
            Some(bot) => dispatch.send(Command::StartBot { bot }),
            None => Ok(()),
        });
        refusal.set(outcome.err());
    };
    view! {
        <li class="device">
            <div class="device__line">
                <b>{words.title}</b>
                <span class="grow"></span>
                <Button
                    label=format!("Add {}", words.title)
                    picture=Icon::Add
                    small=true
                    hint=Signal::stored("Adds one and starts it, at the lab broker.".to_owned())
                    on_press=add
                />
            </div>
            <p>{row::coded(words.does)}</p>
            <p class="hint">"Topics: " <span class="mono">{kind.topics()}</span></p>
        </li>
    }
    .into_any()
}
