//! The Connection panel: the form, and what it folds away to once connected.

mod binding;
mod closed;
mod form;
mod profiles;
mod properties;
mod state_line;
mod will;

use leptos::prelude::*;

use super::components::{Button, ButtonKind, Panel};
use super::handle::{use_dispatch, use_lab};
use crate::lab::explain::{Help, help};
use crate::lab::{ClientKey, Command, ConnectionPhase};

use closed::ClosedReport;
use form::ConnectionFields;
use profiles::Profiles;
use state_line::StateLineView;

/// The Connection panel of one client.
#[component]
pub fn ConnectionPanel(client: ClientKey) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let phase = lab.memo(move |lab| {
        let line = lab.state_line(client);
        line.map_or(ConnectionPhase::Disconnected, |line| line.phase)
    });
    // While there is a connection, or an attempt at one, the form is there for those who ask.
    let editing = RwSignal::new(false);
    let shows_form = Memo::new(move |_| phase.get().can_connect() || editing.get());
    let refusal = RwSignal::new(None::<String>);
    let connect = move || {
        let outcome = dispatch.send(Command::Connect { client });
        refusal.set(outcome.err().map(|refusal| refusal.words()));
        editing.set(false);
    };
    view! {
        <Panel
            title="Connection"
            class="pane pane--connection connection"
            head=move || {
                view! {
                    <StateLineView client=client phase=phase editing=editing />
                }
                    .into_any()
            }
        >
            <ClosedReport client=client />
            <Show when=move || shows_form.get()>
                <form
                    class="connection__form"
                    novalidate=true
                    on:submit=move |event| {
                        event.prevent_default();
                        connect();
                    }
                >
                    <ConnectionFields client=client>
                        <p class="field__error grow" role="alert">
                            {move || refusal.get()}
                        </p>
                        <Profiles client=client />
                        {move || {
                            if phase.get().can_connect() {
                                view! {
                                    <Button
                                        label="Connect"
                                        kind=ButtonKind::Primary
                                        submit=true
                                        hint=help(Help::Connect)
                                    />
                                }
                                    .into_any()
                            } else {
                                view! {
                                    <p class="hint">
                                        "What is changed here is used for the next connection."
                                    </p>
                                }
                                    .into_any()
                            }
                        }}
                    </ConnectionFields>
                </form>
            </Show>
        </Panel>
    }
    .into_any()
}
