//! The figures of the meter in sentences, and what makes them up.

use super::{Carrier, ClientMeter, Cost, TCP_IP, UPGRADE};
use crate::lab::format;
use crate::lab::trace::Direction;
use crate::lab::{ClientKey, Lab};

/// A figure with what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterFigure {
    /// What is counted: `MQTT`.
    pub label: &'static str,
    /// How many bytes.
    pub bytes: u64,
    /// Whether they were counted, and not computed.
    pub is_measured: bool,
    /// Where they come from.
    pub words: String,
}

impl ClientMeter {
    /// MQTT, WebSocket, TCP and IP, each in a sentence.
    pub fn figures(&self, carrier: Carrier) -> [MeterFigure; 3] {
        let (sent, received) = (self.way(Direction::Sent), self.way(Direction::Received));
        let total = self.total();
        let mqtt = format!(
            "Every byte of {}: {} from the client and {} to it.",
            packets(sent.packets + received.packets),
            format::exact_bytes(sent.mqtt),
            format::exact_bytes(received.mqtt),
        );
        let websocket = match carrier {
            Carrier::Tcp => "There is none: MQTT goes over TCP directly.".to_owned(),
            Carrier::WebSocket => format!(
                "{} before what the client sent: 6 a packet, 4 of them the mask. {} before what it received: 2 a \
                 packet. Long packets take more. {} for opening and closing: a usual browser asks with {} and \
                 is answered with {}.",
                format::count(sent.websocket),
                format::count(received.websocket),
                format::count(self.opening.websocket + self.closing.websocket),
                UPGRADE.0,
                UPGRADE.1,
            ),
        };
        let tcp_ip = format!(
            "{} with headers of {TCP_IP} bytes each: {} open and close the connection; the rest carry the packets, \
             or acknowledge those that MQTT does not answer.",
            ip_packets(total.ip_packets),
            format::count(self.opening.ip_packets + self.closing.ip_packets),
        );
        [
            figure("MQTT", total.mqtt, true, mqtt),
            figure("WebSocket", total.websocket, false, websocket),
            figure("TCP and IP", total.tcp_ip, false, tcp_ip),
        ]
    }
}

fn figure(label: &'static str, bytes: u64, is_measured: bool, words: String) -> MeterFigure {
    MeterFigure {
        label,
        bytes,
        is_measured,
        words,
    }
}

fn packets(number: u64) -> String {
    match number {
        1 => "1 packet".to_owned(),
        number => format::count(number) + " packets",
    }
}

fn ip_packets(number: u64) -> String {
    match number {
        1 => "1 IP packet".to_owned(),
        number => format::count(number) + " IP packets",
    }
}

impl Cost {
    /// The shortest: `79 bytes: 33 measured, 46 computed`.
    pub fn short_words(&self) -> String {
        format!(
            "{}: {} measured, {} computed",
            format::exact_bytes(self.total()),
            format::count(self.mqtt),
            format::count(self.websocket + self.tcp_ip),
        )
    }

    /// All in one line: `113 bytes: 27 MQTT (measured), 6 WebSocket and 80 TCP/IP (computed)`.
    pub fn words(&self) -> String {
        format!(
            "{}: {} MQTT (measured), {} WebSocket and {} TCP/IP (computed)",
            format::exact_bytes(self.total()),
            format::count(self.mqtt),
            format::count(self.websocket),
            format::count(self.tcp_ip),
        )
    }

    /// The share of each part in percent: MQTT, WebSocket, TCP and IP. They make 100 together, or are all 0.
    pub fn shares(&self) -> [u64; 3] {
        let total = self.total();
        if total == 0 {
            return [0; 3];
        }
        let percent = |part: u64| (part * 100 + total / 2) / total;
        let (websocket, tcp_ip) = (percent(self.websocket), percent(self.tcp_ip));
        [
            100_u64.saturating_sub(websocket + tcp_ip),
            websocket,
            tcp_ip,
        ]
    }
}

impl Lab {
    /// Whose totals these are, and since when.
    pub fn meter_title(&self, meter: &ClientMeter) -> String {
        let since = self.clock().time_of_day(meter.since);
        let name = self.meter_name(meter.client);
        match meter.is_partial {
            true => format!("{name}, of the packets kept since {since}"),
            false => format!("{name}, since its connection was opened at {since}"),
        }
    }

    /// What a client or a device is called, while it is there.
    pub fn meter_name(&self, client: ClientKey) -> String {
        let name = self.client(client).map(|client| client.name().to_owned());
        let name = name.or_else(|| self.bot_name(client));
        name.unwrap_or_else(|| "A client that was removed".to_owned())
    }
}
