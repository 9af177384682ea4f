//! The Topics pane: every topic that the selected client was given messages on, as a tree.

mod chosen;
mod clear;
mod row;
mod tree;

use leptos::prelude::*;

use crate::lab::topic_tree::{TopicCommand, TopicKey};
use crate::lab::{ClientKey, LabClient, format};
use crate::ui::components::{
    Button, ButtonKind, EmptyState, Icon, TextField, TextKind, dynamic, when,
};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::lazy::lazy_view;
use crate::ui::memo::State;
use crate::ui::screen::use_screen;

lazy_view! {
    /// The pane.
    pub fn view() in topics, "The Topics pane" => view! { <TopicsPane /> }.into_any()
}

#[component]
fn TopicsPane() -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let client = lab.memo(|lab| lab.selected().map(LabClient::key));
    dynamic(move || match client.get() {
        Some(client) => {
            let source = screen.source(lab, client);
            dynamic(move || view! { <Topics client=source.get() /> }.into_any())
        }
        None => ().into_any(),
    })
}

/// The topics of one client, or of the file that was read.
#[component]
fn Topics(client: ClientKey) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let chosen = State::new(None::<TopicKey>);
    let tree = lab.memo(move |lab| lab.topic_tree(client));
    let is_empty = lab.memo(move |lab| lab.topic_row_count(client) == 0);
    let whose = lab.words(move |lab| match lab.client(client) {
        Some(client) => format!("Topics of {}", client.name()),
        None => "Topics of the file".to_owned(),
    });
    let counts = move || {
        tree.with(|tree| {
            let topics = format::count(tree.topics);
            match (tree.filter.is_empty(), tree.is_searching) {
                (true, _) => format!("{topics} topics seen"),
                (false, false) => {
                    format!("{} of {topics} topics fit", format::count(tree.matches))
                }
                (false, true) => format!(
                    "{} of {topics} topics fit so far",
                    format::count(tree.matches)
                ),
            }
        })
    };
    let all = move |open: bool| dispatch.tell(TopicCommand::OpenAll { client, open }.into());
    view! {
        <div class="topics__head">
            <h2 class="panel__title">{move || whose.get()}</h2>
            <span class="hint">{counts}</span>
            <span class="grow"></span>
            <Button
                label="Begin anew"
                kind=ButtonKind::Quiet
                small=true
                hint="Empties the tree; topics of messages to come appear in it again. Nothing changes at the broker or in the list of messages."
                on_press=move |()| {
                    chosen.set(None);
                    dispatch.tell(TopicCommand::Clear { client }.into());
                }
            />
        </div>
        <div class="topics__tools">
            <TextField
                label="Filter topics"
                kind=TextKind::Code
                class="w-l"
                help="Shows only topics that have this text, and the levels that lead to them. Case does not matter."
                value=Signal::derive(move || tree.with(|tree| tree.filter.clone()))
                on_input=move |text: String| dispatch.tell(TopicCommand::Filter { client, text }.into())
            />
            <Button
                label="Open all"
                picture=Icon::Add
                small=true
                hint="Opens every level."
                on_press=move |()| all(true)
            />
            <Button
                label="Close all"
                small=true
                hint="Closes every level."
                on_press=move |()| all(false)
            />
        </div>
        <tree::Tree client=client chosen=chosen hidden=is_empty />
        {when(move || is_empty.get(), move || {
            let is_filtered = tree.with_untracked(|tree| !tree.filter.is_empty());
            let (title, text) = if is_filtered {
                ("No topic has this text", "Change the text, or empty the field to see all topics.")
            } else {
                (
                    "No topics yet",
                    "Subscribe to some: # takes all of them, home/# those that begin with home. Each topic on which a message comes appears here.",
                )
            };
            view! { <EmptyState title=title text=text /> }.into_any()
        })}
        <p class="hint" hidden=move || tree.with(|tree| tree.left_out == 0)>
            {move || tree.with(|tree| tree.left_out_words())}
        </p>
        {dynamic(move || match chosen.get() {
            Some(key) => view! { <chosen::Chosen client=client key=key on_close=move |()| chosen.set(None) /> }.into_any(),
            None => ().into_any(),
        })}
    }
    .into_any()
}
