//! Clearing the retained messages of a branch: first what would be sent, then the question.

use leptos::prelude::*;

use crate::lab::topic_tree::{BranchRetained, TopicCommand, TopicKey};
use crate::lab::{ClientKey, format};
use crate::ui::components::{Button, ButtonKind, Dialog};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::memo::State;

/// How many topics are named; the rest is counted.
const NAMED: usize = 200;

/// The dialog.
#[component]
pub(super) fn ClearRetained(client: ClientKey, key: TopicKey, open: State<bool>) -> AnyView {
    view! {
        <Dialog
            title="Clear retained messages?"
            open=Signal::derive(move || open.get())
            on_close=move |()| open.set(false)
        >
            {preview(client, key, open)}
        </Dialog>
    }
    .into_any()
}

fn preview(client: ClientKey, key: TopicKey, open: State<bool>) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    // What was shown is what is sent, whatever comes meanwhile.
    let BranchRetained {
        topics,
        may_be_more,
    } = lab.with_untracked(|lab| lab.branch_retained(client, key));
    let error = State::new(None::<String>);
    let count = topics.len();
    let more = count.saturating_sub(NAMED);
    let named = topics.iter().take(NAMED).map(|topic| {
        view! { <li class="mono">{topic.clone()}</li> }
    });
    let named = named.collect_view();
    let topics = StoredValue::new(topics);
    let send = move |()| {
        let topics = topics.get_value();
        match dispatch.send(TopicCommand::ClearRetained { client, topics }.into()) {
            Ok(()) => open.set(false),
            Err(refusal) => error.set(Some(refusal.words())),
        }
    };
    let words = match count {
        1 => "An empty message with Retain is published to this topic. The broker then forgets what it kept, for everyone.".to_owned(),
        count => format!(
            "An empty message with Retain is published to each of these {} topics. The broker then forgets what it kept, for everyone.",
            format::count(count as u64)
        ),
    };
    view! {
        <p>{words}</p>
        <ul class="topics__preview" tabindex="0" aria-label="Topics that would be cleared">
            {named}
            {(more > 0).then(|| view! { <li>{format!("and {} more", format::count(more as u64))}</li> })}
        </ul>
        {may_be_more
            .then(|| {
                view! {
                    <p class="hint">
                        "The broker may keep more in this branch than this client was shown."
                    </p>
                }
            })}
        <p class="field__error" hidden=move || error.with(Option::is_none)>
            {move || error.get()}
        </p>
        <div class="buttons buttons--end">
            <Button label="Cancel" autofocus=true on_press=move |()| open.set(false) />
            <Button
                label=format!("Clear {}", format::count(count as u64))
                kind=ButtonKind::DangerStrong
                on_press=send
            />
        </div>
    }
    .into_any()
}
