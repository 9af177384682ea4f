//! Beside the heading: how many messages came, what is shown of them, and clearing the list.

use crate::ui::memo::State;
use leptos::prelude::*;

use crate::lab::trace::Sequence;
use crate::lab::{ClientKey, Command, Lab, format, wording};
use crate::ui::components::{Button, ButtonKind, Checkbox, Icon, Question, use_confirm, when};
use crate::ui::handle::{use_dispatch, use_lab};

/// From how many rows on clearing asks first.
const MANY: usize = 20;

/// The count, the filter, *Show sent* and *Clear*.
#[component]
pub(super) fn Head(client: ClientKey, selected: State<Option<Sequence>>) -> AnyView {
    let (lab, dispatch, confirm) = (use_lab(), use_dispatch(), use_confirm());
    let received = lab.words(move |lab| {
        let received = lab
            .client(client)
            .map_or(0, |client| client.messages_received());
        format!("Messages received: {}", format::count(received))
    });
    let filter = lab.memo(move |lab| filter_of(lab, client));
    let count = lab.memo(move |lab| lab.message_count(client));
    let clear = Callback::new(move |()| {
        selected.set(None);
        dispatch.tell(Command::ClearMessages { client });
    });
    let ask = move |()| {
        let count = count.get_untracked();
        if count <= MANY {
            clear.run(());
            return;
        }
        confirm
            .ask(Question {
                title: format!("Clear the list of {}?", wording::messages(count as u64)),
                text: "The list of this client and its count start again from nothing. The trace keeps every packet, and nothing changes at the broker."
                    .to_owned(),
                action: "Clear".to_owned(),
                on_yes: clear,
            });
    };
    view! {
        <span class="messages__count" role="status">
            {received}
        </span>
        {when(move || filter.read().is_some(), move || view! {
            <span class="messages__filter">
                "only " <b class="mono">{move || filter.get()}</b>
                <Button
                    label="Show all messages"
                    kind=ButtonKind::Quiet
                    picture=Icon::Close
                    icon_only=true
                    small=true
                    on_press=move |()| {
                        dispatch
                            .tell(Command::FilterMessages {
                                client,
                                subscription: None,
                            });
                    }
                />
            </span>
        }.into_any())}
        <span class="grow"></span>
        <Checkbox
            label="Show sent"
            help="Messages which this client has sent stand in the list too, marked with an arrow and the word sent."
            checked=lab.memo(|lab| lab.settings().show_sent)
            on_change=move |show_sent: bool| {
                let mut settings = lab.with_untracked(|lab| lab.settings().clone());
                settings.show_sent = show_sent;
                dispatch.tell(Command::SetSettings { settings });
            }
        />
        <Button
            label="Clear messages"
            small=true
            disabled=Signal::derive(move || count.get() == 0)
            hint="Empties this list. The trace keeps every packet."
            on_press=ask
        />
    }
    .into_any()
}

/// The line under the list: what is kept, how much room it takes, what had to go.
#[component]
pub(super) fn Kept(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let words = lab.words(move |lab| {
        let looking = if lab.is_filtering(client) {
            " · looking through older ones"
        } else {
            ""
        };
        lab.kept_words(client) + looking
    });
    let rate = lab.words(move |lab| {
        let now = lab.now();
        let rate = lab
            .client(client)
            .map_or(0.0, |client| client.received_rate().per_second(now));
        format!("{} in", format::rate(rate))
    });
    view! {
        <p class="hint messages__kept">
            <span title="In this list; in the memory of the whole page, of the budget that the settings give it; and how many of the oldest records had to go.">
                {words}
            </span>
            <span class="grow"></span>
            <span>{rate}</span>
            <span>"newest on top"</span>
        </p>
    }
    .into_any()
}

/// The filter of the subscription whose messages alone are shown.
pub(super) fn filter_of(lab: &Lab, client: ClientKey) -> Option<String> {
    let key = lab.message_filter(client)?;
    let mut rows = lab.client(client)?.subscriptions().iter();
    rows.find(|row| row.key == key)
        .map(|row| row.filter.clone())
}
