//! What is wrong with the packet, and sending it.

use leptos::prelude::*;

use super::Building;
use crate::codec::ProtocolVersion;
use crate::lab::trace::Sequence;
use crate::lab::wire::build::{ByHand, PacketFault};
use crate::lab::{ClientKey, Command, LabClient};
use crate::ui::components::{Button, ButtonKind, Callout, State as Mark, Tone, dynamic, when};
use crate::ui::element::view;
use crate::ui::handle::{Dispatch, LabHandle, use_dispatch, use_lab};
use crate::ui::memo::{Memo, State};
use crate::ui::present::{state_tone, state_words};

/// Sending what is built on the connection of one client.
#[derive(Clone, Copy)]
pub(super) struct Sending {
    pub(super) lab: LabHandle,
    pub(super) client: ClientKey,
    dispatch: Dispatch,
    builder: Building,
    /// Why it was not sent.
    refusal: State<Option<String>>,
    /// The first record of what was sent last.
    pub(super) sent: State<Option<Sequence>>,
}

impl Sending {
    pub(super) fn new(client: ClientKey, builder: Building) -> Self {
        let lab = use_lab();
        let sent = lab.with_untracked(|lab| lab.sent_by_hand(client));
        Self {
            lab,
            client,
            dispatch: use_dispatch(),
            builder,
            refusal: State::new(None),
            sent: State::new(sent),
        }
    }

    /// Sends it; where it is strict, only if nothing is wrong with it.
    pub(super) fn send(self, is_strict: bool) {
        let bytes = self
            .builder
            .0
            .with_untracked(|builder| builder.bytes().map(<[u8]>::to_vec));
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => {
                return self
                    .refusal
                    .set(Some(format!("The bytes are not hexadecimal: {error}.")));
            }
        };
        self.tell(ByHand::send(self.client, bytes, is_strict));
        let client = self.client;
        let sent = self.lab.with_untracked(|lab| lab.sent_by_hand(client));
        if self.refusal.with_untracked(Option::is_none) {
            self.sent.set(sent);
        }
    }

    fn tell(self, by_hand: ByHand) {
        let outcome = self.dispatch.send(Command::ByHand(by_hand));
        self.refusal
            .set(outcome.err().map(|refusal| refusal.words()));
    }
}

/// The faults, and the buttons.
pub(super) fn view(sending: Sending) -> AnyView {
    let Sending {
        lab,
        client,
        builder,
        refusal,
        ..
    } = sending;
    let bytes = builder.memo(|builder| builder.bytes().ok().map(<[u8]>::to_vec));
    let version = builder.memo(|builder| builder.form().version);
    let faults: Memo<Vec<PacketFault>> = Memo::new(move || {
        let version = version.get();
        bytes.with(|bytes| {
            let bytes = bytes.as_deref().unwrap_or_default();
            lab.with(|lab| lab.packet_faults(client, bytes, version))
        })
    });
    let is_open = lab.memo(move |lab| {
        let client = lab.client(client);
        client.is_some_and(|client| client.mqtt().takes_by_hand())
    });
    let connection = lab.memo(move |lab| lab.version_by_hand(client));
    let framing = lab.memo(move |lab| lab.framing_words(client));
    // What was refused is about what was typed then.
    let typed = builder.memo(|builder| builder.hex().to_owned());
    crate::ui::memo::effect(move || {
        typed.with(String::len);
        refusal.set(None);
    });
    view! {
        {dynamic(move || {
            let length = bytes.with(|bytes| bytes.as_deref().map_or(0, <[u8]>::len));
            let read_as = connection.get().filter(|connection| *connection != version.get());
            faults_view(&faults.read(), length, read_as)
        })}
        {when(move || !is_open.get(), move || closed(sending))}
        {dynamic(move || match framing.get() {
            None => ().into_any(),
            Some(words) => view! { <p class="builder__described" role="status">{words}</p> }.into_any(),
        })}
        <div class="builder__send">
            <Button
                label="Send"
                kind=ButtonKind::Primary
                hint="Sends it, if nothing is wrong with it. Ctrl and Enter do the same."
                on_press=move |()| sending.send(true)
            />
            <Button
                label="Send anyway"
                kind=ButtonKind::Danger
                disabled=Signal::derive(move || faults.with(Vec::is_empty))
                hint="Sends it with what is wrong with it, to see what the server does."
                on_press=move |()| sending.send(false)
            />
            <span class="builder__client">
                {lab.words(move |lab| {
                    let client = lab.client(client);
                    client.map_or_else(String::new, |client| format!("on the connection of {}", client.name()))
                })}
                <Mark tone=state_tone(lab, client) text=state_words(lab, client) />
            </span>
        </div>
        <p class="field__error" role="alert" hidden=move || refusal.with(Option::is_none)>
            {move || refusal.get()}
        </p>
    }
    .into_any()
}

fn faults_view(faults: &[PacketFault], length: usize, read_as: Option<ProtocolVersion>) -> AnyView {
    if length == 0 {
        return ().into_any();
    }
    if faults.is_empty() {
        let words = match read_as {
            None => "Nothing is wrong with it.".to_owned(),
            Some(version) => format!("Read as MQTT {version}, nothing is wrong with it."),
        };
        return view! { <p class="builder__fine" role="status">{words}</p> }.into_any();
    }
    let row = |fault: &PacketFault| {
        let place = fault.byte.map(|byte| match byte < length {
            true => format!("byte {byte}"),
            false => "at the end".to_owned(),
        });
        view! {
            <li>
                <span class="builder__kind">{fault.kind.name()}</span>
                {place.map(|place| view! { <span class="builder__place">{place}</span> })}
                <span class="builder__words">{fault.words.clone()}</span>
                " "
                <span class="muted">{fault.clause_words()}</span>
            </li>
        }
        .into_any()
    };
    let title = match faults.len() {
        1 => "1 fault".to_owned(),
        count => format!("{count} faults"),
    };
    view! {
        <div class="builder__faults" role="group" aria-label="Faults">
            <p class="builder__title">{title}</p>
            <ul>{faults.iter().map(row).collect_view()}</ul>
        </div>
    }
    .into_any()
}

/// What to do where there is no open connection.
fn closed(sending: Sending) -> AnyView {
    let Sending {
        lab,
        client,
        dispatch,
        refusal,
        ..
    } = sending;
    let can_connect = lab.memo(move |lab| {
        let client = lab.client(client);
        client.is_some_and(|client| LabClient::phase(client).can_connect())
    });
    view! {
        <Callout tone=Tone::Accent title="A packet needs an open connection.">
            <p>
                "Connect, and the packet goes out on that connection. Or open the connection without CONNECT: then whatever is sent is the first packet, and nothing is sent or answered by itself."
            </p>
            <div class="buttons">
                <Button
                    label="Connect"
                    small=true
                    disabled=Signal::derive(move || !can_connect.get())
                    on_press=move |()| {
                        let outcome = dispatch.send(Command::Connect { client });
                        refusal.set(outcome.err().map(|refusal| refusal.words()));
                    }
                />
                <Button
                    label="Open without CONNECT"
                    small=true
                    disabled=Signal::derive(move || !can_connect.get())
                    on_press=move |()| sending.tell(ByHand::open_without_connect(client))
                />
            </div>
        </Callout>
    }
    .into_any()
}
