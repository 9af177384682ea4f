//! Build a packet: any Control Packet as a form and as bytes, right or wrong, sent by hand.

mod bytes;
mod fields;
mod header;
mod outcome;
mod properties;
mod send;

use core::cell::Cell;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::codec::ProtocolVersion;
use crate::lab::LabClient;
use crate::lab::wire::build::{Builder, PacketForm};
use crate::ui::components::{EmptyState, dynamic};
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::memo::{Memo, State};

thread_local! {
    /// What was being built when the pane was closed.
    static KEPT: Cell<Option<Builder>> = const { Cell::new(None) };
}

/// The pane, for the selected client.
pub(super) fn view() -> AnyView {
    let lab = use_lab();
    let selected = lab.memo(|lab| lab.selected().map(LabClient::key));
    let version = lab.with_untracked(|lab| lab.selected().map(LabClient::version));
    let builder = KEPT.take();
    let builder = builder.unwrap_or_else(|| Builder::new(version.unwrap_or_default()));
    let builder = Building(State::new(builder));
    on_cleanup(move || KEPT.set(Some(builder.0.get_untracked())));
    dynamic(move || match selected.get() {
        None => view! {
            <EmptyState
                title="No client is selected"
                text="Choose one under Clients: what is built here is sent on its connection."
            />
        }
        .into_any(),
        Some(client) => {
            let sending = send::Sending::new(client, builder);
            view! {
                <div
                    class="builder"
                    on:keydown=move |event: KeyboardEvent| {
                        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                            event.prevent_default();
                            sending.send(true);
                        }
                    }
                >
                    <div class="builder__form" role="group" aria-label="Fields of the packet">
                        {header::view(client, builder)} {fields::view(builder)}
                    </div>
                    <div class="builder__result" role="group" aria-label="Bytes of the packet">
                        {bytes::view(builder)} {send::view(sending)} {outcome::view(sending)}
                        {bytes::taken_apart(client, builder)}
                    </div>
                </div>
            }
            .into_any()
        }
    })
}

/// Takes a packet over, for when the pane is opened next.
pub(super) fn take(bytes: &[u8], version: ProtocolVersion) {
    let mut builder = KEPT.take().unwrap_or_else(|| Builder::new(version));
    builder.take(bytes, version);
    KEPT.set(Some(builder));
}

/// What is being built.
#[derive(Clone, Copy)]
struct Building(State<Builder>);

impl Building {
    /// Changes the form, and with it the bytes.
    fn edit(self, change: impl FnOnce(&mut PacketForm)) {
        let mut form = self.0.with_untracked(|builder| builder.form().clone());
        change(&mut form);
        self.0.update(|builder| builder.edit(form));
    }

    /// A value that follows what is built.
    fn memo<T: PartialEq + Send + Sync + 'static>(
        self,
        read: impl Fn(&Builder) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move || self.0.with(&read))
    }

    /// Words that follow what is built.
    fn words(self, read: impl Fn(&Builder) -> String + Send + Sync + 'static) -> Signal<String> {
        self.memo(read).into()
    }

    /// What is wrong, if anything.
    fn fault(
        self,
        read: impl Fn(&Builder) -> Option<String> + Send + Sync + 'static,
    ) -> Signal<Option<String>> {
        self.memo(read).into()
    }
}
