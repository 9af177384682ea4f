//! The line in the heading: the state, what belongs to it, and what can be done about it.

use leptos::prelude::*;

use crate::codec::{ProtocolVersion, ReasonCode};
use crate::lab::explain::{Help, help};
use crate::lab::{ClientKey, Command, ConnectionPhase};
use crate::ui::components::{Button, ButtonKind, HelpTip, Icon, State, dynamic, when};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::memo::Memo;
use crate::ui::present::{ConnectionFact, connection_facts, state_tone, state_words};
use crate::ui::screen::{SidePane, use_screen};

/// The state of the connection, what belongs to it, and its buttons.
#[component]
pub(super) fn StateLineView(
    client: ClientKey,
    phase: Memo<ConnectionPhase>,
    editing: RwSignal<bool>,
) -> AnyView {
    let (lab, dispatch, screen) = (use_lab(), use_dispatch(), use_screen());
    let facts = lab.memo(move |lab| connection_facts(lab, client));
    let tell = move |command: fn(ClientKey) -> Command| {
        Callback::new(move |()| dispatch.tell(command(client)))
    };
    view! {
        <p class="connection__words">
            <State announced=true tone=state_tone(lab, client) text=state_words(lab, client) />
            <HelpTip about="the state" text=Help::State />
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
                            on_press=tell(|client| Command::CancelReconnect { client })
                        />
                    }
                        .into_any()
                }
                phase @ (ConnectionPhase::Opening
                | ConnectionPhase::AwaitingConnack
                | ConnectionPhase::WithoutConnect) => {
                    let label = match phase {
                        ConnectionPhase::WithoutConnect => "Close the connection",
                        _ => "Cancel",
                    };
                    view! {
                        <Button
                            label=label
                            on_press=tell(|client| Command::Disconnect {
                                client,
                                reason_code: ReasonCode::Success,
                            })
                        />
                    }
                        .into_any()
                }
                ConnectionPhase::Disconnected | ConnectionPhase::Closing => ().into_any(),
            })}
            {when(
                move || phase.get() != ConnectionPhase::Disconnected,
                move || {
                    view! {
                        <Button
                            label="Break it"
                            picture=Icon::Fault
                            hint="Opens what can be broken on this connection: cut it, lose packets, delay them."
                            on_press=move |()| {
                                dispatch.tell(Command::SelectClient { client });
                                screen.show_side(SidePane::Faults);
                            }
                        />
                    }
                        .into_any()
                },
            )}
        </div>
    }
    .into_any()
}

/// The form again, and the ways to end a connection.
#[component]
fn Farewell(client: ClientKey, editing: RwSignal<bool>) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let may_leave_will = lab.memo(move |lab| {
        lab.client(client).is_some_and(|client| {
            client.will().is_some() && client.version() == ProtocolVersion::V5_0
        })
    });
    let disconnect = move |reason_code: ReasonCode| {
        Callback::new(move |()| {
            dispatch.tell(Command::Disconnect {
                client,
                reason_code,
            })
        })
    };
    let edit = Signal::derive(move || if editing.get() { "Fold" } else { "Edit" }.to_owned());
    view! {
        <Button
            label=edit
            hint="Shows the form. What is changed there is used for the next connection."
            on_press=move |()| editing.update(|editing| *editing = !*editing)
        />
        <Button
            label="Disconnect"
            hint=const { help(Help::Disconnect) }
            on_press=disconnect(ReasonCode::Success)
        />
        {when(
            move || may_leave_will.get(),
            move || {
                view! {
                    <Button
                        label="Leave with will"
                        hint="Sends DISCONNECT with Reason Code 0x04: a goodbye after which the server publishes the will all the same."
                        on_press=disconnect(ReasonCode::DisconnectWithWillMessage)
                    />
                }
                    .into_any()
            },
        )}
        <Button
            label="Die without DISCONNECT"
            kind=ButtonKind::Danger
            hint=const { help(Help::Die) }
            on_press=move |()| dispatch.tell(Command::Die { client })
        />
        <HelpTip about="Die without DISCONNECT" text=Help::Die />
    }
    .into_any()
}
