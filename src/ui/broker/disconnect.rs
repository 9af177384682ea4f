//! Ending a connection at the broker, with a reason that a person chooses.

use leptos::prelude::*;

use crate::codec::{ControlPacketType, ReasonCode};
use crate::lab::{Command, explain};
use crate::ui::components::{Button, ButtonKind, Choice, Dialog, Select};
use crate::ui::element::view;
use crate::ui::handle::use_dispatch;
use crate::ui::memo::State;

/// A connection that is about to be ended: its number and whose it is.
pub(super) type Ending = Option<(u64, String)>;

/// What a DISCONNECT of a broker can say, those first that a person meets.
const REASONS: [ReasonCode; 11] = [
    ReasonCode::AdministrativeAction,
    ReasonCode::ServerShuttingDown,
    ReasonCode::ServerBusy,
    ReasonCode::NotAuthorized,
    ReasonCode::KeepAliveTimeout,
    ReasonCode::SessionTakenOver,
    ReasonCode::MessageRateTooHigh,
    ReasonCode::QuotaExceeded,
    ReasonCode::UseAnotherServer,
    ReasonCode::ServerMoved,
    ReasonCode::UnspecifiedError,
];

/// The dialog; open while it names a connection.
pub(super) fn dialog(ending: State<Ending>) -> AnyView {
    let title = Signal::derive(move || {
        ending.with(|ending| match ending {
            Some((_, name)) => format!("Disconnect {name} at the broker?"),
            None => "Disconnect".to_owned(),
        })
    });
    view! {
        <Dialog
            title=title
            open=Signal::derive(move || ending.with(Option::is_some))
            on_close=move |()| ending.set(None)
        >
            {body(ending)}
        </Dialog>
    }
    .into_any()
}

fn body(ending: State<Ending>) -> AnyView {
    let dispatch = use_dispatch();
    let reason = State::new(REASONS[0]);
    let packet = ControlPacketType::Disconnect;
    let choices = REASONS
        .map(|reason| {
            let code = reason.as_u8();
            let label = format!("0x{code:02x} {}", reason.name_in(packet));
            Choice::new(code.to_string(), label)
        })
        .to_vec();
    view! {
        <p>
            "The broker ends this connection. With MQTT 5.0 it says why in a DISCONNECT; before that it can only close the connection. The will is published."
        </p>
        <Select
            label="Reason"
            choices=choices
            value=Signal::derive(move || reason.get().as_u8().to_string())
            on_change=move |value: String| {
                if let Some(chosen) = value.parse().ok().and_then(ReasonCode::from_u8) {
                    reason.set(chosen);
                }
            }
            help="The Reason Code of the DISCONNECT that a 5.0 client is sent."
        />
        <p class="hint">{move || explain::reason_code(reason.get().as_u8(), packet).meaning}</p>
        <div class="buttons buttons--end">
            <Button label="Cancel" autofocus=true on_press=move |()| ending.set(None) />
            <Button
                label="Disconnect"
                kind=ButtonKind::DangerStrong
                on_press=move |()| {
                    if let Some((connection, _)) = ending.get_untracked() {
                        let reason = reason.get_untracked();
                        dispatch.tell(Command::DisconnectAtBroker { connection, reason });
                    }
                    ending.set(None);
                }
            />
        </div>
    }
    .into_any()
}
