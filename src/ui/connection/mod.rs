//! The Connection panel: the form, and what it folds away to once connected.

mod authentication;
mod binding;
mod closed;
mod facts;
mod form;
mod profiles;
mod properties;
mod state_line;
mod will;

use leptos::prelude::*;

use super::components::{Button, ButtonKind, Panel, dynamic, when};
use super::handle::{use_dispatch, use_lab};
use super::screen::keep_focus;
use crate::lab::explain::{Help, help};
use crate::lab::{ClientKey, Command, ConnectionPhase, LabClient};
use crate::ui::element::view;

use crate::ui::memo::{Memo, effect};
use authentication::Authentication;
use closed::{ClosedReport, Doubts};
use facts::ServerFacts;
use form::ConnectionFields;
use profiles::Profiles;
use state_line::StateLineView;

/// The Connection panel of one client.
#[component]
pub fn ConnectionPanel(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let phase = lab.memo(move |lab| {
        let client = lab.client(client);
        client.map_or(ConnectionPhase::Disconnected, LabClient::phase)
    });
    // While there is a connection the form is there for those who ask.
    let editing = RwSignal::new(false);
    let is_folded = move || {
        let connected = matches!(
            phase.get(),
            ConnectionPhase::Connected | ConnectionPhase::Closing
        );
        connected && !editing.get()
    };
    let mut was_connected = false;
    effect(move || {
        let phase = phase.get();
        if phase.is_connected() {
            editing.set(false);
            keep_focus(".pane--connection .button");
        } else if was_connected && phase.can_connect() {
            keep_focus(".connection__go .button--primary");
        }
        // While it closes, neither the button that did it nor the one to connect is there.
        was_connected =
            phase.is_connected() || (was_connected && phase == ConnectionPhase::Closing);
    });
    view! {
        <Panel
            title="Connection"
            class="pane pane--connection connection"
            head=move || {
                view! { <StateLineView client=client phase=phase editing=editing /> }.into_any()
            }
        >
            <ClosedReport client=client />
            <Authentication client=client />
            {when(
                move || !is_folded(),
                move || view! { <ConnectionForm client=client phase=phase /> }.into_any(),
            )}
            <ServerFacts client=client />
        </Panel>
    }
    .into_any()
}

/// The form with its buttons.
#[component]
fn ConnectionForm(client: ClientKey, phase: Memo<ConnectionPhase>) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let refusal = RwSignal::new(None::<String>);
    // Once there is nothing left to correct, the words that asked for it go.
    let errors = lab.memo(move |lab| lab.connection_errors(client).len());
    let said = Signal::derive(move || refusal.get().filter(|_| errors.get() > 0));
    let waits = lab.memo(move |lab| lab.is_waiting_for_engine(client));
    let connect = move || {
        let outcome = dispatch.send(Command::Connect { client });
        refusal.set(outcome.err().map(|refusal| lab.words_of(&refusal)));
    };
    view! {
        <form
            class="connection__form"
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                connect();
            }
        >
            {when(move || waits.get(), || view! {
                <p class="hint" role="status">
                    "Connects as soon as the rest of this page has come …"
                </p>
            }.into_any())}
            <ConnectionFields client=client>
                <p class="field__error" role="alert">
                    {said}
                </p>
                <Profiles client=client />
                {dynamic(move || go(lab.client(client, LabClient::form_is_for_next_connection), phase))}
            </ConnectionFields>
            // Below, so that no field moves away from who is typing in it.
            <Doubts client=client />
        </form>
    }
    .into_any()
}

/// The button that connects; while that cannot be, what the form is good for.
fn go(is_for_next: Option<bool>, phase: Memo<ConnectionPhase>) -> AnyView {
    if phase.get().can_connect() {
        view! {
            <Button
                label="Connect"
                kind=ButtonKind::Primary
                submit=true
                hint=const { help(Help::Connect) }
            />
        }
        .into_any()
    } else {
        let words = if is_for_next.unwrap_or_default() {
            "Changed: used for the next connection."
        } else {
            "What is changed here is used for the next connection."
        };
        view! { <p class="hint">{words}</p> }.into_any()
    }
}
