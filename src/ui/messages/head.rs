//! Beside the heading: how many messages came, what is shown of them, pausing and clearing the list.

use crate::ui::element::view;
use crate::ui::memo::State;
use leptos::prelude::*;

use crate::lab::export::IMPORTED;
use crate::lab::filter::MessageFilterForm;
use crate::lab::trace::Sequence;
use crate::lab::{ClientKey, Command, Lab, format, wording};
use crate::ui::components::{
    Button, ButtonKind, Checkbox, Icon, Question, dynamic, use_confirm, when,
};
use crate::ui::export::FilesDialog;
use crate::ui::handle::{use_dispatch, use_lab};

/// From how many rows on clearing asks first.
const MANY: usize = 20;

/// The count, the filter, *Pause*, *Show sent* and *Clear*.
#[component]
pub(super) fn Head(
    client: ClientKey,
    selected: State<Option<Sequence>>,
    unfolded: State<bool>,
) -> AnyView {
    let (lab, dispatch, confirm) = (use_lab(), use_dispatch(), use_confirm());
    let received = lab.words(move |lab| {
        if client == IMPORTED {
            return "Messages of a file".to_owned();
        }
        let received = lab
            .client(client)
            .map_or(0, |client| client.messages_received());
        format!("Messages received: {}", format::count(received))
    });
    let conditions = lab.memo(move |lab| {
        let form = lab.message_filter_form(client);
        form.map_or(0, MessageFilterForm::conditions)
    });
    let filter = lab.memo(move |lab| match filter_of(lab, client) {
        Some(filter) => Some(format!("only {filter}")),
        None => lab
            .message_filter_form(client)
            .map(|_| "filtered".to_owned()),
    });
    let is_paused = lab.memo(move |lab| lab.message_pause(client).is_some());
    let count = lab.memo(move |lab| lab.message_count(client));
    let files = State::new(false);
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
                {move || filter.get()}
                <Button
                    label="Show all messages"
                    kind=ButtonKind::Quiet
                    picture=Icon::Close
                    icon_only=true
                    small=true
                    on_press=move |()| {
                        dispatch
                            .tell(Command::FilterMessagesBy {
                                client,
                                filter: None,
                            });
                    }
                />
            </span>
        }.into_any())}
        <span class="grow"></span>
        <Button
            label=Signal::derive(move || match conditions.get() {
                0 => "Filter".to_owned(),
                conditions => format!("Filter ({conditions})"),
            })
            picture=Icon::Filter
            small=true
            pressed=Signal::derive(move || unfolded.get())
            hint="Conditions on what the list shows: text, topics, QoS, flags, times."
            on_press=move |()| unfolded.set(!unfolded.get_untracked())
        />
        {dynamic(move || pause_button(client, is_paused.get()))}
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
            label="Export or import"
            picture=Icon::Export
            icon_only=true
            small=true
            on_press=move |()| files.set(true)
        />
        <Button
            label="Clear messages"
            picture=Icon::Remove
            small=true
            disabled=Signal::derive(move || client == IMPORTED || count.get() == 0)
            hint="Empties this list. The trace keeps every packet."
            on_press=ask
        />
        <FilesDialog client=client open=files />
    }
    .into_any()
}

fn pause_button(client: ClientKey, is_paused: bool) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    if is_paused {
        let missed = lab.words(move |lab| {
            let pause = lab.message_pause(client);
            pause.map_or_else(String::new, |pause| pause.words())
        });
        return view! {
            <span class="messages__paused">{missed}</span>
            <Button
                label="Resume"
                picture=Icon::Play
                small=true
                pressed=Signal::derive(|| true)
                hint="The list moves again, with all that came meanwhile."
                on_press=move |()| dispatch.tell(Command::ResumeMessages { client })
            />
        }
        .into_any();
    }
    view! {
        <Button
            label="Pause"
            picture=Icon::Pause
            small=true
            hint="The list stands still. Receiving goes on, and what comes is counted and kept."
            on_press=move |()| dispatch.tell(Command::PauseMessages { client })
        />
    }
    .into_any()
}

/// The filter of the subscription, where the list is filtered by that and nothing else.
pub(super) fn filter_of(lab: &Lab, client: ClientKey) -> Option<String> {
    if lab.message_filter_form(client)?.conditions() > 1 {
        return None;
    }
    let key = lab.message_filter(client)?;
    let mut rows = lab.client(client)?.subscriptions().iter();
    rows.find(|row| row.key == key)
        .map(|row| row.filter.clone())
}
