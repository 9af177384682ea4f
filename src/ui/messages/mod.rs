//! The Messages panel: the list, newest on top, and the details of the selected message.

mod details;
mod head;
mod hex;
mod list;
mod payload;
mod pieces;
mod row;

use leptos::prelude::*;

use super::components::{Panel, when};
use super::handle::use_lab;
use super::lazy::lazy_view;
use crate::lab::ClientKey;
use crate::lab::trace::Sequence;

use crate::ui::memo::{Memo, State};
use details::Details;
use head::{Head, Kept};
pub use hex::HexView;
use list::MessageList;

/// The Messages panel of one client.
#[component]
pub fn MessagesPanel(client: ClientKey) -> AnyView {
    let selected = State::new(None::<Sequence>);
    view! {
        <Panel
            title="Messages"
            class="pane pane--messages panel--fill messages"
            head=move || view! { <Head client=client selected=selected /> }.into_any()
        >
            <MessageList client=client selected=selected />
            <Kept client=client />
            {when(move || selected.read().is_some(), move || details_of(client, selected))}
        </Panel>
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
        move || view! { <Details facts=facts on_close=move |()| selected.set(None) /> }.into_any(),
    )
}
