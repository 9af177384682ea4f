//! The totals of a client: by what the bytes are, by direction, by type of packet.

use leptos::prelude::*;

use super::{Metering, tag};
use crate::codec::ControlPacketType;
use crate::lab::format::count;
use crate::lab::trace::Direction;
use crate::lab::wire::PacketFamily;
use crate::lab::wire::meter::{ClientMeter, Cost, MeterFigure, MeterRow};
use crate::ui::components::dynamic;
use crate::ui::element::view;
use crate::ui::memo::Memo;

pub(super) fn view(metering: Metering) -> AnyView {
    let lab = metering.lab;
    let title = Memo::new(move || {
        let shown = metering.shown.get();
        shown.map(|shown| lab.with(|lab| lab.meter_title(&shown)))
    });
    view! {
        <section class="meter__part" role="region" aria-label="Totals">
            <h3 class="heading">{move || title.get()}</h3>
            {dynamic(move || match metering.shown.get() {
                Some(shown) => {
                    let carrier = metering.carrier.get_untracked();
                    view! {
                        {sums(&shown.figures(carrier), shown.total())}
                        {table(&shown)}
                    }
                        .into_any()
                }
                None => ().into_any(),
            })}
        </section>
    }
    .into_any()
}

/// Each kind of bytes in a block, and all of them as one bar.
fn sums(figures: &[MeterFigure; 3], total: Cost) -> AnyView {
    let shares = total.shares();
    let spoken = figures
        .iter()
        .zip(shares)
        .map(|(figure, share)| format!("{} {share} %", figure.label))
        .collect::<Vec<_>>()
        .join(", ");
    let part = |place: usize| {
        let share = shares.get(place).copied().unwrap_or(0);
        view! {
            <span
                class="meter__share"
                class:meter__share--measured=place == 0
                data-part=place.to_string()
                style:width=format!("{share}%")
            ></span>
        }
    };
    view! {
        <div class="meter__bar" role="img" aria-label=spoken>
            {(0..3).map(part).collect_view()}
        </div>
        <dl class="meter__sums">
            {figures
                .iter()
                .enumerate()
                .map(|(place, figure)| sum(place, figure))
                .collect_view()}
            <div class="meter__sum meter__sum--total">
                <dt>"Together"</dt>
                <dd>
                    <b>{count(total.total())} " bytes"</b>
                    <span class="meter__words">
                        {format!("in {} IP packets; a byte of MQTT took {} on the network.", count(total.ip_packets), ratio(total))}
                    </span>
                </dd>
            </div>
        </dl>
    }
    .into_any()
}

fn sum(place: usize, figure: &MeterFigure) -> AnyView {
    view! {
        <div class="meter__sum">
            <dt>
                <span class="meter__key" class:meter__key--measured=place == 0 data-part=place.to_string()></span>
                {figure.label} " " {tag(figure.is_measured)}
            </dt>
            <dd>
                <b>{count(figure.bytes)} " bytes"</b>
                <span class="meter__words">{figure.words.clone()}</span>
            </dd>
        </div>
    }
    .into_any()
}

/// How many bytes on the network a byte of MQTT took.
fn ratio(total: Cost) -> String {
    let tenths = (total.total() * 10).checked_div(total.mqtt).unwrap_or(0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn table(shown: &ClientMeter) -> AnyView {
    let rows = shown.rows();
    let (sent, received) = (shown.way(Direction::Sent), shown.way(Direction::Received));
    let connection = shown.opening + shown.closing;
    let label = if shown.is_open {
        "Opening the connection"
    } else {
        "Opening and closing"
    };
    view! {
        <div class="meter__scroll" role="group" aria-label="By type of packet" tabindex="0">
            <table class="meter__table">
                <thead>
                    <tr>
                        <th rowspan="2" scope="col">"Packet"</th>
                        <th colspan="4" scope="colgroup">"Sent by the client"</th>
                        <th colspan="4" scope="colgroup">"Received by the client"</th>
                        <th rowspan="2" scope="col">"All bytes"</th>
                    </tr>
                    <tr>{heads()} {heads()}</tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                <tfoot>
                    <tr>
                        <th scope="row">"All packets"</th>
                        {cells(sent)}
                        {cells(received)}
                        <td>{count((sent + received).total())}</td>
                    </tr>
                    <tr>
                        <th scope="row">{label}</th>
                        <td colspan="8" class="meter__note">
                            {format!(
                                "computed: {} of WebSocket and {} of TCP and IP",
                                count(connection.websocket),
                                count(connection.tcp_ip),
                            )}
                        </td>
                        <td>{count(connection.total())}</td>
                    </tr>
                </tfoot>
            </table>
        </div>
    }
    .into_any()
}

fn heads() -> AnyView {
    view! {
        <th scope="col">"Packets"</th>
        <th scope="col">"MQTT " <small>"measured"</small></th>
        <th scope="col">"WebSocket " <small>"computed"</small></th>
        <th scope="col">"TCP/IP " <small>"computed"</small></th>
    }
    .into_any()
}

fn row(row: MeterRow) -> AnyView {
    let name = row
        .packet_type
        .map_or("reserved type", ControlPacketType::name);
    let family = row
        .packet_type
        .map(|packet_type| PacketFamily::of(packet_type).name());
    view! {
        <tr data-family=family>
            <th scope="row">{name}</th>
            {cells(row.sent)}
            {cells(row.received)}
            <td>{count((row.sent + row.received).total())}</td>
        </tr>
    }
    .into_any()
}

fn cells(cost: Cost) -> AnyView {
    let cell = |number: u64, is_computed: bool| {
        let text = match cost.packets {
            0 => "–".to_owned(),
            _ => count(number),
        };
        view! { <td class:meter__computed=is_computed>{text}</td> }
    };
    view! {
        {cell(cost.packets, false)}
        {cell(cost.mqtt, false)}
        {cell(cost.websocket, true)}
        {cell(cost.tcp_ip, true)}
    }
    .into_any()
}
