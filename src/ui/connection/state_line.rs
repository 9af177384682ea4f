//! The line under the heading: the state, what it means, and what can be done about it.

use leptos::prelude::*;

use crate::codec::{ProtocolVersion, ReasonCode};
use crate::lab::explain::{Help, help};
use crate::lab::{ClientKey, Command, ConnectionPhase, StateLine};
use crate::ui::components::{Button, ButtonKind, Choice, HelpTip, Select, State};
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::present::{connected_facts, state_line, state_tone};

/// The state of the connection, what belongs to it, and its buttons.
#[component]
pub(super) fn StateLineView(
    client: ClientKey,
    phase: Memo<ConnectionPhase>,
    editing: RwSignal<bool>,
) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let line = Memo::new(move |_| state_line(lab, client));
    let read = move |read: fn(&StateLine) -> String| {
        Signal::derive(move || line.read().as_ref().map(read).unwrap_or_default())
    };
    let facts = Memo::new(move |_| connected_facts(lab, client));
    let tell = move |command: Command| move |()| dispatch.tell(command.clone());
    view! {
            <p class="connection__words">
                <State
                    announced=true
                    tone=Signal::derive(move || line.read().as_ref().map(state_tone).unwrap_or_default())
                    text=read(|line| line.status.clone())
                />
                <HelpTip about="the state" text=help(Help::State) />
                <span class="connection__sentence">{read(|line| line.sentence.clone())}</span>
                {move || facts.get().into_iter().map(|fact| fact.view()).collect_view()}
            </p>
            <div class="buttons">
                <Show when=move || phase.get().is_connected()>
                    <Button
                        label=Signal::derive(move || {
                            if editing.get() { "Fold" } else { "Edit" }.to_owned()
                        })
                        hint="Shows the form. What is changed there is used for the next connection."
                        on_press=move |()| editing.update(|editing| *editing = !*editing)
                    />
                </Show>
                <Show when=move || phase.get() == ConnectionPhase::ReconnectDelay>
                    <Button
                        label="Stop reconnecting"
                        on_press=tell(Command::CancelReconnect { client })
                    />
                </Show>
                <Show when=move || {
                    matches!(
                        phase.get(),
                        ConnectionPhase::Opening | ConnectionPhase::AwaitingConnack
                    )
                }>
                    <Button
                        label="Cancel"
                        on_press=tell(Command::Disconnect {
                            client,
                            reason_code: ReasonCode::Success,
                        })
                    />
                </Show>
                <Show when=move || phase.get().is_connected()>
                    <Farewell client=client />
                </Show>
            </div>
    }
    .into_any()
}

/// The two ways to end a connection, and for MQTT 5.0 the reason to give.
#[component]
fn Farewell(client: ClientKey) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let with_will = RwSignal::new(false);
    let chooses = lab.memo(move |lab| {
        lab.client(client).is_some_and(|client| {
            client.will().is_some() && client.connection_form().version == ProtocolVersion::V5_0
        })
    });
    view! {
        <Show when=move || chooses.get()>
            <Select
                label="Reason to give"
                class="field--inline"
                choices=vec![
                    Choice::new("00", "0x00 normal"),
                    Choice::new("04", "0x04 with the will"),
                ]
                value=Signal::derive(move || if with_will.get() { "04" } else { "00" }.to_owned())
                on_change=move |code: String| with_will.set(code == "04")
            />
        </Show>
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
