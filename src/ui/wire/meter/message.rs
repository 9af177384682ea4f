//! One message at QoS 0, 1 and 2, beside each other.

use leptos::prelude::*;

use super::{Metering, tag};
use crate::codec::{ControlPacketType, Qos};
use crate::lab::format::{count, exact_bytes};
use crate::lab::payload::foreign_words;
use crate::lab::trace::{Direction, Sequence};
use crate::lab::wire::meter::{HandshakeStepCost, QosComparison, QosCost};
use crate::lab::{Lab, wire::meter::Carrier};
use crate::ui::components::{Icon, dynamic, icon};
use crate::ui::element::view;
use crate::ui::memo::Memo;
use crate::ui::screen::use_screen;

pub(super) fn view(metering: Metering) -> AnyView {
    let (lab, screen) = (metering.lab, use_screen());
    let compared = Memo::new(move || {
        let selected = screen.packet.get();
        let latest = metering.shown.with(|shown| shown.as_ref()?.latest_publish);
        let carrier = metering.carrier.get();
        lab.with(|lab| {
            let of = |sequence: Option<Sequence>| compare(lab, sequence?, carrier);
            of(selected).or_else(|| of(latest))
        })
    });
    dynamic(move || match compared.get() {
        Some(compared) => section(&compared),
        None => ().into_any(),
    })
}

fn compare(lab: &Lab, sequence: Sequence, carrier: Carrier) -> Option<QosComparison> {
    let handshake = lab.handshake(sequence)?;
    lab.compare_qos(&handshake.packets, carrier)
}

fn section(compared: &QosComparison) -> AnyView {
    let about = format!(
        "{} of payload to {}, over one hop: from a client to the broker, or from the broker to a client. Each \
         subscriber is another hop.",
        exact_bytes(compared.payload),
        foreign_words(&compared.topic),
    );
    view! {
        <section class="meter__part" role="region" aria-label="One message at each QoS">
            <h3 class="heading">"One message at each QoS"</h3>
            <p class="hint">{about}</p>
            <div class="meter__columns">
                {compared.columns.iter().map(column).collect_view()}
            </div>
        </section>
    }
    .into_any()
}

fn column(column: &QosCost) -> AnyView {
    let name = match column.qos {
        Qos::AtMostOnce => "QoS 0, at most once",
        Qos::AtLeastOnce => "QoS 1, at least once",
        Qos::ExactlyOnce => "QoS 2, exactly once",
    };
    let cost = column.cost;
    view! {
        <div class="meter__column" class:meter__column--real=column.is_measured role="group" aria-label=name>
            <table class="meter__table">
                <caption>
                    <b>{name}</b>
                    " "
                    <span class="muted">
                        {if column.is_measured { "as it happened" } else { "as it would be" }}
                    </span>
                </caption>
                <thead>
                    <tr>
                        <th scope="col">"Packet"</th>
                        <th scope="col">"MQTT"</th>
                        <th scope="col">"WebSocket"</th>
                        <th scope="col">"TCP/IP"</th>
                    </tr>
                </thead>
                <tbody>{column.steps.iter().map(step).collect_view()}</tbody>
                <tfoot>
                    <tr>
                        <th scope="row">"Sum"</th>
                        <td>{count(cost.mqtt)} " " {tag(column.is_measured)}</td>
                        <td>{count(cost.websocket)} " " {tag(false)}</td>
                        <td>{count(cost.tcp_ip)} " " {tag(false)}</td>
                    </tr>
                </tfoot>
            </table>
            <p class="meter__result">
                <b>{count(cost.total())} " bytes"</b>
                {format!(
                    " in {} MQTT and {} IP packets",
                    count(cost.packets),
                    count(cost.ip_packets),
                )}
            </p>
        </div>
    }
    .into_any()
}

fn step(step: &HandshakeStepCost) -> AnyView {
    let name = step
        .packet_type
        .map_or("reserved type", ControlPacketType::name);
    let cost = step.cost.cost();
    let (way, words) = match step.cost.direction {
        Direction::Sent => (Icon::Up, "from the client"),
        Direction::Received => (Icon::Down, "to the client"),
    };
    view! {
        <tr>
            <th scope="row">
                <span class="meter__way" title=words>
                    {icon(way)}
                </span>
                {name}
            </th>
            <td>{count(cost.mqtt)}</td>
            <td class="meter__computed" title=step.cost.websocket_words()>
                {count(cost.websocket)}
            </td>
            <td class="meter__computed" title=step.cost.tcp_ip_words()>
                {count(cost.tcp_ip)}
            </td>
        </tr>
    }
    .into_any()
}
