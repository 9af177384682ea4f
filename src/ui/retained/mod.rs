//! The Retained panel: topics for which this client was given a retained message.

use leptos::prelude::*;

use super::components::{
    Button, ButtonKind, Entry, Flag, HelpTip, Icon, Panel, Question, State, Tone, keyed,
    use_confirm, when,
};
use super::handle::{use_dispatch, use_lab};
use super::present::{is_connected, standing_tone};
use super::screen::keep_focus;
use super::scroller::Scroller;
use crate::lab::explain::Help;
use crate::lab::list_view::ListExtent;
use crate::lab::{ClientKey, Command, LabClient, RETAINED_MAXIMUM, RetainedView, wording};
use crate::ui::element::view;
use crate::ui::memo::{Memo, effect};

/// The Retained panel of one client.
#[component]
pub fn RetainedPanel(client: ClientKey) -> AnyView {
    let lab = use_lab();
    // The topic that was last asked to be cleared; gone from the list, it is said to be cleared.
    let asked = RwSignal::new(None::<String>);
    let is_cleared = lab.memo(move |lab| {
        let asked = asked.read();
        asked
            .as_ref()
            .is_some_and(|topic| !lab.is_retained(client, topic))
    });
    // Its row is gone, and the button that had the focus with it.
    effect(move || {
        if is_cleared.get() {
            keep_focus(".retained button");
        }
    });
    let is_empty = lab.memo(move |lab| lab.retained_count(client) == 0);
    let left_out = lab.words(move |lab| {
        let left_out = lab.client(client).map_or(0, LabClient::retained_left_out);
        match left_out {
            0 => String::new(),
            more => format!(
                "{} for further topics are not in this view, which is full; the message list has them.",
                wording::messages(more)
            ),
        }
    });
    view! {
        <Panel
            title="Retained"
            class="pane pane--subscriptions retained"
            head=|| view! { <HelpTip about="Retained" text=Help::RetainedView /> }.into_any()
        >
            <RetainedList client=client asked=asked />
            <p class="hint" hidden=move || !is_empty.get()>
                "None so far. Subscribe to a topic for which the broker keeps a message, and its value stands here."
            </p>
            <p class="hint" hidden=move || left_out.read().is_empty()>
                {left_out}
            </p>
            <p class="hint" role="status">
                {move || {
                    is_cleared
                        .get()
                        .then(|| {
                            let topic = asked.get().unwrap_or_default();
                            format!("Cleared: the broker keeps nothing for {topic} any more.")
                        })
                }}
            </p>
            <p class="hint">
                "The Retain flag is set only on delivery because of a new subscription. Who is subscribed already gets the same message without it."
            </p>
        </Panel>
    }
    .into_any()
}

#[component]
fn RetainedList(client: ClientKey, asked: RwSignal<Option<String>>) -> AnyView {
    let lab = use_lab();
    let scroller = Scroller::attach();
    let count = lab.memo(move |lab| lab.retained_count(client));
    // The element is outside of what signals reach: its height follows from here. Topics come in
    // anywhere, so the list is told to grow at its bottom, where nothing has to move.
    effect(move || {
        let most = RETAINED_MAXIMUM as u64;
        scroller.on_extent(
            ListExtent {
                list: 1,
                first: most.saturating_sub(count.get() as u64),
                end: most,
            },
            false,
        );
    });
    let window = scroller.window();
    let rows = Memo::new(move || {
        let drawn = window.read().rows.clone();
        lab.with(|lab| lab.retained_views(client, drawn))
    });
    let topics = Memo::new(move || {
        let rows = rows.read();
        rows.iter().map(|row| row.topic.clone()).collect::<Vec<_>>()
    });
    let connected = is_connected(lab, client);
    view! {
        <div
            class="retained__list"
            hidden=move || count.get() == 0
            node_ref=scroller.node
            on:scroll=move |_| scroller.on_scroll()
        >
            <div class="retained__content" node_ref=scroller.content>
                <div class="retained__probe" node_ref=scroller.probe></div>
                <ul role="list" style:transform=scroller.shift(window)>
                    {keyed(move || {
                        let entry = |topic: String| {
                            Entry::new(
                                topic.clone(),
                                move || row_view(client, topic, rows, connected, asked),
                            )
                        };
                        topics.get().into_iter().map(entry).collect()
                    })}
                </ul>
            </div>
        </div>
    }
    .into_any()
}

fn row_view(
    client: ClientKey,
    topic: String,
    rows: Memo<Vec<RetainedView>>,
    connected: Memo<bool>,
    asked: RwSignal<Option<String>>,
) -> AnyView {
    let (dispatch, confirm) = (use_dispatch(), use_confirm());
    let own = StoredValue::new(topic.clone());
    let row = Memo::new(move || {
        let rows = rows.read();
        let row = rows
            .iter()
            .find(|row| own.with_value(|own| row.topic == *own));
        row.cloned()
    });
    let read = move |read: fn(&RetainedView) -> String| {
        Signal::derive(move || row.read().as_ref().map(read).unwrap_or_default())
    };
    let clear = Callback::new(move |()| {
        let topic = own.get_value();
        asked.set(Some(topic.clone()));
        dispatch.tell(Command::ClearRetained { client, topic });
    });
    let ask = move |()| {
        confirm
            .ask(Question {
                title: format!("Clear the retained message of {}?", own.get_value()),
                text: "An empty message with Retain is published to the topic. The broker then forgets what it kept, for everyone, and those who are subscribed now get the empty message."
                    .to_owned(),
                action: "Clear".to_owned(),
                on_yes: clear,
            });
    };
    let tone = Signal::derive(move || {
        let row = row.read();
        row.as_ref()
            .map(|row| standing_tone(row.standing))
            .unwrap_or_default()
    });
    let (later, state) = (
        read(|row| row.later.clone()),
        read(|row| row.state.to_owned()),
    );
    view! {
        <li class="retained__row">
            <span class="retained__topic mono cut">{topic.clone()}</span>
            <Button
                label=format!("Clear retained {topic}")
                kind=ButtonKind::Quiet
                picture=Icon::Remove
                icon_only=true
                small=true
                disabled=Signal::derive(move || !connected.get())
                on_press=ask
            />
            <span class="retained__value mono cut">{read(|row| row.value.clone())}</span>
            <span class="retained__facts muted">
                {read(|row| format!("QoS {} · {}", row.qos, row.time))}
                {when(
                    move || !later.read().is_empty(),
                    move || view! { <Flag tone=Tone::Warn text="newer since" hint=later /> }.into_any(),
                )}
                {when(
                    move || !state.read().is_empty(),
                    move || view! { <State tone=tone text=state /> }.into_any(),
                )}
            </span>
        </li>
    }
    .into_any()
}
