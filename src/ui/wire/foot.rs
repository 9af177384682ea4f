//! Under the selected packet: what it costs on the network, and buttons that copy it.

use leptos::prelude::*;

use super::copy::{self, Copied};
use super::meter;
use crate::lab::wire::meter::{Carrier, PacketCost};
use crate::ui::components::{Disclosure, when};
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::memo::Memo;
use crate::ui::screen::use_screen;

/// The foot of the inspector, where a packet is selected.
pub(super) fn view() -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let packet = move || {
        let sequence = screen.packet.get()?;
        lab.with_untracked(|lab| {
            let record = lab.trace().get(sequence)?;
            Some(Copied {
                raw: record.raw().to_vec(),
                version: record.version()?,
                direction: record.direction(),
            })
        })
    };
    // Read once: a packet does not change.
    let cost = Memo::new(move || {
        let sequence = screen.packet.get()?;
        lab.with_untracked(|lab| PacketCost::of(&lab.trace().get(sequence)?, Carrier::WebSocket))
    });
    let summary = move || {
        cost.get()
            .map_or_else(String::new, |cost| cost.cost().short_words())
    };
    when(
        move || cost.with(Option::is_some),
        move || {
            view! {
                <div class="foot">
                    <Disclosure title="On the network" summary=Signal::derive(summary)>
                        {meter::cost_view(cost)}
                    </Disclosure>
                    {copy::buttons(packet)}
                </div>
            }
            .into_any()
        },
    )
}
