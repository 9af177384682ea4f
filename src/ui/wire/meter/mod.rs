//! Bytes: what the packets cost on the network, measured and computed.

mod message;
mod packet;
mod totals;

use leptos::prelude::*;

use crate::lab::wire::meter::{Carrier, ClientMeter, Meter};
use crate::lab::{ClientKey, LabClient};
use crate::ui::components::{Choice, EmptyState, Select, dynamic};
use crate::ui::element::view;
use crate::ui::handle::{LabHandle, use_lab};
use crate::ui::memo::{Memo, State, effect};

pub(super) use packet::cost_view;

/// How many records are read in one go: some milliseconds' worth.
const SHARE: usize = 20_000;

/// The meter of the pane.
#[derive(Clone, Copy)]
struct Metering {
    lab: LabHandle,
    meter: StoredValue<Meter>,
    is_under_way: StoredValue<bool>,
    /// Which client was chosen; none: the one that is selected.
    chosen: State<Option<ClientKey>>,
    carrier: State<Carrier>,
    /// What there is to show of it.
    shown: State<Option<ClientMeter>>,
    /// Everybody who has a total.
    keys: State<Vec<ClientKey>>,
}

/// The pane.
pub(super) fn view() -> AnyView {
    let metering = Metering::begin();
    let has_total = Memo::new(move || metering.shown.with(Option::is_some));
    view! {
        <div class="meter" tabindex="0" role="group" aria-label="What the packets cost">
            {choices(metering)}
            {dynamic(move || {
                if has_total.get() {
                    view! {
                        <div class="meter__parts">
                            {totals::view(metering)}
                            <div class="meter__beside">
                                {message::view(metering)}
                                {packet::view(metering.carrier)}
                            </div>
                        </div>
                    }
                        .into_any()
                } else {
                    view! {
                        <EmptyState
                            title="No bytes yet"
                            text="Press Connect: every packet of this client is counted here from the moment its connection opens."
                        />
                    }
                        .into_any()
                }
            })}
        </div>
    }
    .into_any()
}

impl Metering {
    fn begin() -> Self {
        let metering = Self {
            lab: use_lab(),
            meter: StoredValue::new(Meter::new(Carrier::WebSocket)),
            is_under_way: StoredValue::new(false),
            chosen: State::new(None),
            carrier: State::new(Carrier::WebSocket),
            shown: State::new(None),
            keys: State::new(Vec::new()),
        };
        effect(move || {
            // Whatever of these has changed.
            metering.lab.with(|_| ());
            metering.chosen.read();
            metering.carrier.read();
            if !metering.is_under_way.get_value() {
                metering.advance();
            }
        });
        metering
    }

    fn advance(self) {
        let carrier = self.carrier.get_untracked();
        let has_more = self.lab.with_untracked(|lab| {
            self.meter.try_update_value(|meter| {
                if meter.carrier() != carrier {
                    *meter = Meter::new(carrier);
                }
                meter.follow(lab, SHARE)
            })
        });
        // None: the pane has been closed.
        let Some(has_more) = has_more else { return };
        self.is_under_way.set_value(has_more);
        if has_more {
            request_animation_frame(move || self.advance());
        } else {
            self.tell();
        }
    }

    fn tell(self) {
        let chosen = self.chosen.get_untracked();
        let selected = self
            .lab
            .with_untracked(|lab| lab.selected().map(LabClient::key));
        let (shown, keys) = self.meter.with_value(|meter| {
            let shown = chosen
                .or(selected)
                .and_then(|key| meter.client(key).cloned());
            let keys: Vec<_> = meter.clients().iter().map(|client| client.client).collect();
            (shown, keys)
        });
        if *self.shown.read_untracked() != shown {
            self.shown.set(shown);
        }
        if *self.keys.read_untracked() != keys {
            self.keys.set(keys);
        }
    }
}

fn choices(metering: Metering) -> AnyView {
    let lab = metering.lab;
    let clients = Memo::new(move || {
        let keys = metering.keys.get();
        lab.with(|lab| {
            let mut choices = vec![Choice::new("selected", "the selected client")];
            choices.extend(
                keys.iter()
                    .map(|key| Choice::new(key.number().to_string(), lab.meter_name(*key))),
            );
            choices
        })
    });
    view! {
        <div class="fields meter__choices">
            <Select
                label="Client"
                class="w-m"
                choices=clients
                value=Signal::derive(move || match metering.chosen.get() {
                    Some(key) => key.number().to_string(),
                    None => "selected".to_owned(),
                })
                on_change=move |value: String| {
                    metering.chosen.set(value.parse().ok().map(ClientKey::new));
                }
            />
            <Select
                label="Carried by"
                class="w-m"
                help="A browser can only use WebSocket. Devices mostly use TCP alone: see what that would save. Only what is computed changes."
                choices=vec![
                    Choice::new("websocket", "WebSocket over TCP"),
                    Choice::new("tcp", "TCP alone"),
                ]
                value=Signal::derive(move || {
                    match metering.carrier.get() {
                        Carrier::WebSocket => "websocket",
                        Carrier::Tcp => "tcp",
                    }
                        .to_owned()
                })
                on_change=move |value: String| {
                    let is_tcp = value == "tcp";
                    metering.carrier.set(if is_tcp { Carrier::Tcp } else { Carrier::WebSocket });
                }
            />
            <p class="hint meter__legend">
                <span class="meter__tag meter__tag--measured">"measured"</span>
                " counted in the packets. "
                <span class="meter__tag">"computed"</span>
                " what carries them, which no page can see: each packet in a frame and a segment of its own, nothing lost, without TLS and Ethernet."
            </p>
        </div>
    }
    .into_any()
}

/// The words that say where a figure comes from.
fn tag(is_measured: bool) -> AnyView {
    view! {
        <span class="meter__tag" class:meter__tag--measured=is_measured>
            {if is_measured { "measured" } else { "computed" }}
        </span>
    }
    .into_any()
}
