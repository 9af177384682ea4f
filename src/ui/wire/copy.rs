//! Buttons that put one packet on the clipboard: as text in several forms, and as a link.

use leptos::prelude::*;

use crate::codec::ProtocolVersion;
use crate::lab::trace::Direction;
use crate::lab::wire::copy_as::CopyAs;
use crate::lab::wire::link::packet_link;
use crate::platform::page;
use crate::ui::components::Button;
use crate::ui::element::view;
use crate::ui::memo::State;

/// A packet that can be copied.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Copied {
    pub(super) raw: Vec<u8>,
    pub(super) version: ProtocolVersion,
    pub(super) direction: Option<Direction>,
}

/// The buttons. `packet` is asked for when one is pressed.
pub(super) fn buttons(
    packet: impl Fn() -> Option<Copied> + Copy + Send + Sync + 'static,
) -> AnyView {
    let said = State::new(String::new());
    let copy_as = move |form: CopyAs| {
        view! {
            <Button
                label=form.label()
                small=true
                hint=Signal::stored(form.hint().to_owned())
                on_press=move |()| {
                    if let Some(packet) = untrack(packet) {
                        page::copy_text(&form.text(&packet.raw));
                        said.set("Copied.".to_owned());
                    }
                }
            />
        }
    };
    let copy_link = move |()| {
        let Some(packet) = untrack(packet) else {
            return;
        };
        said.set(
            match packet_link(&packet.raw, packet.version, packet.direction) {
                Ok(fragment) => {
                    page::copy_text(&page::address_with(&fragment));
                    "Copied.".to_owned()
                }
                Err(error) => format!("There is no link to this packet: {error}."),
            },
        );
    };
    view! {
        <div class="copy" role="group" aria-label="Copy as">
            <span class="muted">"Copy as"</span>
            {CopyAs::ALL.map(copy_as).collect_view()}
            <Button
                label="link"
                small=true
                hint="Copies an address that shows this packet taken apart, in any browser and without a connection. The bytes stand in it: whoever has the link has the packet."
                on_press=copy_link
            />
            <span class="copy__said muted" role="status">
                {move || said.get()}
            </span>
        </div>
    }
    .into_any()
}
