//! What a person can do to the whole broker: stop, start, refuse.

use leptos::prelude::*;

use crate::codec::{ControlPacketType, ReasonCode};
use crate::lab::{Command, Memory};
use crate::ui::components::{Button, ButtonKind, Choice, Question, Select, use_confirm, when};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};

/// The codes with which a CONNECT can be refused: those a person meets.
const REFUSALS: [ReasonCode; 8] = [
    ReasonCode::UnsupportedProtocolVersion,
    ReasonCode::ClientIdentifierNotValid,
    ReasonCode::BadUserNameOrPassword,
    ReasonCode::NotAuthorized,
    ReasonCode::ServerUnavailable,
    ReasonCode::ServerBusy,
    ReasonCode::Banned,
    ReasonCode::QuotaExceeded,
];

/// The buttons and the picker.
pub(super) fn view() -> AnyView {
    let (lab, dispatch, confirm) = (use_lab(), use_dispatch(), use_confirm());
    let is_running = lab.memo(|lab| lab.broker_facts().is_running);
    let refusing = lab.memo(|lab| lab.broker_facts().refuse_next);
    let choices = core::iter::once(Choice::new("", "no: accept it"))
        .chain(REFUSALS.map(|code| {
            let label = format!(
                "0x{:02x} {}",
                code.as_u8(),
                code.name_in(ControlPacketType::Connack)
            );
            Choice::new(code.as_u8().to_string(), label)
        }))
        .collect::<Vec<_>>();
    let start = move |memory| dispatch.tell(Command::StartBroker { memory });
    view! {
        <div class="broker__deeds">
            {when(
                move || is_running.get(),
                move || {
                    view! {
                        <Button
                            label="Stop the broker"
                            kind=ButtonKind::Danger
                            small=true
                            hint=Signal::stored(
                                "Every connection ends: a single point of failure, seen from its clients."
                                    .to_owned(),
                            )
                            on_press=move |()| dispatch.tell(Command::StopBroker)
                        />
                    }
                        .into_any()
                },
            )}
            {when(
                move || !is_running.get(),
                move || {
                    view! {
                        <Button
                            label="Start"
                            kind=ButtonKind::Primary
                            small=true
                            hint=Signal::stored(
                                "With its sessions and retained messages, as a broker that stores them on disk."
                                    .to_owned(),
                            )
                            on_press=move |()| start(Memory::Kept)
                        />
                        <Button
                            label="Start without memory"
                            small=true
                            hint=Signal::stored(
                                "Sessions and retained messages are gone, as with a broker that keeps them in memory alone."
                                    .to_owned(),
                            )
                            on_press=move |()| {
                                confirm
                                    .ask(Question {
                                        title: "Start the broker without its memory?".to_owned(),
                                        text: "Its sessions, what waits in them, and its retained messages are gone for good."
                                            .to_owned(),
                                        action: "Start without memory".to_owned(),
                                        on_yes: Callback::new(move |()| start(Memory::Lost)),
                                    });
                            }
                        />
                    }
                        .into_any()
                },
            )}
            <Select
                label="Refuse the next CONNECT"
                choices=choices
                value=Signal::derive(move || {
                    refusing.get().map(|code| code.as_u8().to_string()).unwrap_or_default()
                })
                on_change=move |value: String| {
                    let code = value.parse().ok().and_then(ReasonCode::from_u8);
                    dispatch.tell(Command::RefuseNextConnect { code });
                }
                class="broker__refuse"
                help=Signal::stored(
                    "Once, with this Reason Code. A client before MQTT 5.0 is told the return code that comes nearest."
                        .to_owned(),
                )
            />
        </div>
    }
    .into_any()
}
