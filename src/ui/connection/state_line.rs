//! The line in the heading: the state, what belongs to it, and what can be done about it.

use leptos::prelude::*;

use crate::codec::{ProtocolVersion, ReasonCode};
use crate::lab::explain::{Help, help};
use crate::lab::{ClientKey, Command, ConnectionPhase};
use crate::ui::components::{Button, ButtonKind, Choice, HelpTip, Select, State, dynamic, when};
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::present::{ConnectionFact, connection_facts, state_tone, state_words};

/// The state of the connection, what belongs to it, and its buttons.
#[component]
pub(super) fn StateLineView(
    client: ClientKey,
    phase: Memo<ConnectionPhase>,
    editing: RwSignal<bool>,
) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let facts = lab.memo(move |lab| connection_facts(lab, client));
    let tell = move |command: Command| Callback::new(move |()| dispatch.tell(command.clone()));
    view! {
        <p class="connection__words">
            <State announced=true tone=state_tone(lab, client) text=state_words(lab, client) />
            <HelpTip about="the state" text=help(Help::State) />
            {dynamic(move || {
                facts.get().into_iter().map(ConnectionFact::view).collect::<Vec<_>>().into_any()
            })}
        </p>
        <div class="buttons">
            {dynamic(move || match phase.get() {
                ConnectionPhase::Connected => {
                    view! { <Farewell client=client editing=editing /> }.into_any()
                }
                ConnectionPhase::ReconnectDelay => {
                    view! {
                        <Button
                            label="Stop reconnecting"
                            on_press=tell(Command::CancelReconnect { client })
                        />
                    }
                        .into_any()
                }
                ConnectionPhase::Opening | ConnectionPhase::AwaitingConnack => {
                    view! {
                        <Button
                            label="Cancel"
                            on_press=tell(Command::Disconnect {
                                client,
                                reason_code: ReasonCode::Success,
                            })
                        />
                    }
                        .into_any()
                }
                ConnectionPhase::Disconnected | ConnectionPhase::Closing => ().into_any(),
            })}
        </div>
    }
    .into_any()
}

/// The form again, and the two ways to end a connection; for MQTT 5.0 with the reason to give.
#[component]
fn Farewell(client: ClientKey, editing: RwSignal<bool>) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let with_will = RwSignal::new(false);
    let chooses = lab.memo(move |lab| {
        lab.client(client).is_some_and(|client| {
            client.will().is_some() && client.version() == ProtocolVersion::V5_0
        })
    });
    let edit = Signal::derive(move || if editing.get() { "Fold" } else { "Edit" }.to_owned());
    let reason = Signal::derive(move || if with_will.get() { "04" } else { "00" }.to_owned());
    view! {
        <Button
            label=edit
            hint="Shows the form. What is changed there is used for the next connection."
            on_press=move |()| editing.update(|editing| *editing = !*editing)
        />
        {when(
            move || chooses.get(),
            move || {
                view! {
                    <Select
                        label="Reason to give"
                        class="field--inline"
                        choices=vec![
                            Choice::new("00", "0x00 normal"),
                            Choice::new("04", "0x04 with the will"),
                        ]
                        value=reason
                        on_change=move |code: String| with_will.set(code == "04")
                    />
                }
                    .into_any()
            },
        )}
        <Button
            label="Disconnect"
            hint=help(Help::Disconnect)
            on_press=move |()| {
                let reason_code = if chooses.get_untracked() && with_will.get_untracked() {
                    ReasonCode::DisconnectWithWillMessage
                } else {
                    ReasonCode::Success
                };
                dispatch.tell(Command::Disconnect { client, reason_code });
            }
        />
        <Button
            label="Die without DISCONNECT"
            kind=ButtonKind::Danger
            hint=help(Help::Die)
            on_press=move |()| dispatch.tell(Command::Die { client })
        />
        <HelpTip about="Die without DISCONNECT" text=help(Help::Die) />
    }
    .into_any()
}
