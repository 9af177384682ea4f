//! The Messages panel: the list, newest on top, and the details of the selected message.

mod details;
mod filter;
mod head;
mod hex;
mod list;
mod marked;
mod payload;
mod pieces;
mod rows;
mod status;

use leptos::prelude::*;

use super::components::{Panel, dynamic, when};
use super::export::file_bar;
use super::handle::use_lab;
use super::lazy::lazy_view;
use super::screen::use_screen;
use crate::lab::ClientKey;
use crate::lab::trace::Sequence;
use crate::ui::element::view;

use crate::ui::memo::{Memo, State, effect};
use details::Details;
use head::Head;
use list::MessageList;
pub use marked::marked;
use status::{Searching, Status};

/// The Messages panel of one client, or of the file that was read.
#[component]
pub fn MessagesPanel(client: ClientKey) -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let source = screen.source(lab, client);
    let has_file = lab.memo(|lab| lab.import_view().is_some());
    let unfolded = State::new(false);
    let shown = StoredValue::new(source.get_untracked());
    let messages = screen.messages;
    let before = messages.with_untracked(|all| all.get(&shown.get_value()).copied());
    let selected = State::new(before);
    // Panels are made anew when another client is selected or stands beside; the selection is not.
    effect(move || {
        let now = selected.get();
        messages.update(|all| match now {
            Some(sequence) => all.insert(shown.get_value(), sequence),
            None => all.remove(&shown.get_value()),
        });
    });
    let head = move || {
        dynamic(move || {
            let client = source.get();
            view! { <Head client=client selected=selected unfolded=unfolded /> }.into_any()
        })
    };
    view! {
        <Panel title="Messages" class="pane pane--messages panel--fill messages" head=head>
            {when(move || has_file.get(), move || file_bar(client))}
            {dynamic(move || {
                let source = source.get();
                if shown.get_value() != source {
                    // Of the file, or of the client again: another list.
                    shown.set_value(source);
                    selected.set(None);
                }
                body(source, selected, unfolded)
            })}
        </Panel>
    }
    .into_any()
}

fn body(client: ClientKey, selected: State<Option<Sequence>>, unfolded: State<bool>) -> AnyView {
    view! {
        {when(move || unfolded.get(), move || filter::filter_bar(client))}
        <Searching client=client />
        <MessageList client=client selected=selected />
        <Status client=client />
        {when(move || selected.read().is_some(), move || details_of(client, selected))}
    }
    .into_any()
}

lazy_view! {
    fn details_of(client: ClientKey, selected: State<Option<Sequence>>)
    in details, "Message details" => selected_details(client, selected)
}

fn selected_details(client: ClientKey, selected: State<Option<Sequence>>) -> AnyView {
    let lab = use_lab();
    // Read once for each selection, so that it stays readable when the trace drops the packet.
    let facts = Memo::new(move || {
        let sequence = selected.get()?;
        lab.with_untracked(|lab| lab.message_facts(client, sequence))
    });
    when(
        move || facts.read().is_some(),
        move || {
            view! { <Details client=client facts=facts on_close=move |()| selected.set(None) /> }
                .into_any()
        },
    )
}
