//! What the selected packet costs, each figure with its reason.

use leptos::prelude::*;

use super::tag;
use crate::lab::format::{count, exact_bytes};
use crate::lab::wire::meter::{Carrier, PacketCost};
use crate::ui::components::dynamic;
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::memo::{Memo, State};
use crate::ui::screen::use_screen;

/// The packet that is selected in the Wire, in the pane, with the handshake it belongs to.
pub(super) fn view(carrier: State<Carrier>) -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let cost = selected(move || carrier.get());
    let handshake = lab.memo(move |lab| {
        let (kind, cost) = lab.handshake_cost(screen.packet.get()?, carrier.get())?;
        let packets = count(cost.packets);
        Some(format!(
            "{}, {packets} packets, take {}.",
            kind.label(),
            cost.words()
        ))
    });
    dynamic(move || {
        match cost.get() {
        Some(cost) => view! {
            <section class="meter__part" role="region" aria-label="The selected packet">
                <h3 class="heading">"The selected packet"</h3>
                {figures(&cost)}
                <p hidden=move || handshake.with(Option::is_none)>
                    "With those that belong to it: " {move || handshake.get()}
                </p>
            </section>
        }
        .into_any(),
        None => view! {
            <p class="hint meter__part">
                "Select a packet under Packets, and come back: what it costs by itself, and its handshake, stand here too."
            </p>
        }
        .into_any(),
    }
    })
}

/// The same beside the fields of the packet.
pub(in crate::ui::wire) fn cost_view(cost: Memo<Option<PacketCost>>) -> AnyView {
    dynamic(move || match cost.get() {
        Some(cost) => figures(&cost),
        None => ().into_any(),
    })
}

fn selected(carrier: impl Fn() -> Carrier + Send + Sync + 'static) -> Memo<Option<PacketCost>> {
    let (lab, screen) = (use_lab(), use_screen());
    Memo::new(move || {
        let carrier = carrier();
        let sequence = screen.packet.get()?;
        // Read once: a packet does not change.
        lab.with_untracked(|lab| PacketCost::of(&lab.trace().get(sequence)?, carrier))
    })
}

fn figures(cost: &PacketCost) -> AnyView {
    let sum = cost.cost();
    let figure = |label: &'static str, bytes: u64, is_measured: bool, words: String| {
        view! {
            <dt>{label} " " {tag(is_measured)}</dt>
            <dd>
                <b>{exact_bytes(bytes)}</b>
                <span class="meter__words">{words}</span>
            </dd>
        }
    };
    view! {
        <dl class="meter__figures">
            {figure("MQTT", sum.mqtt, true, "The packet itself, as it was sent or received.".to_owned())}
            {figure("WebSocket", sum.websocket, false, cost.websocket_words())}
            {figure("TCP and IP", sum.tcp_ip, false, cost.tcp_ip_words())}
            <dt>"Together"</dt>
            <dd>
                <b>{exact_bytes(sum.total())}</b>
            </dd>
        </dl>
    }
    .into_any()
}
