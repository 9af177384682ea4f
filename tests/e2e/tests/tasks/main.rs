//! The built page, by user task, each with MQTT 3.1.1 and with 5.0, in Chromium, against a real mosquitto or a peer
//! with scripted behaviour.
//!
//! One binary, so that the limit on browsers at the same time holds for all of them.

mod accessibility;
mod authentication;
mod bad_input;
mod bad_payloads;
mod broker_options;
mod broker_pane;
mod chart;
mod classroom;
mod connect_and_states;
mod cut_connections;
mod devices;
mod export_import;
mod faults;
mod filter;
mod framing;
mod hidden_tab;
mod history;
mod in_lab;
mod lab_broker;
mod lazy_parts;
mod messages;
mod offline;
mod pause;
mod persistence;
mod publish;
mod retained;
mod secure;
mod several_clients;
mod side_by_side;
mod sleep_and_tabs;
mod storage;
mod subscribe_and_why;
mod tabs;
mod time;
mod topics;
mod will;
mod wire_build;
mod wire_dissect;
mod wire_inspector;
mod wire_ladder;
mod wire_meter;
mod wire_packets;
mod wire_save;

use anyhow::Result;
use in_lab::at_lab_broker;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::mosquitto::Mosquitto;
use mqtt_lab_e2e::packet::{connack, kind, publish, suback};
use mqtt_lab_e2e::page::Login;
use mqtt_lab_e2e::peer::Peer;

/// A broker that lets everybody in, and the page's first client connected to it.
async fn connected(lab: &Lab) -> Result<Mosquitto> {
    let broker = Mosquitto::start().await?;
    lab.page
        .connect(&Login::to_broker(&broker, lab.version))
        .await?;
    Ok(broker)
}

/// The page's first client connected to a peer that sends these messages once it is subscribed to `#`, as fast as they go;
/// mosquitto would take its time over WebSocket.
async fn sending(lab: &Lab, messages: Vec<(String, Vec<u8>)>) -> Result<Peer> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| {
        let messages = messages.clone();
        async move {
            connection.expect(kind::CONNECT).await?;
            connection.frame(&connack(version, false, 0)).await?;
            let packet_id = connection.expect(kind::SUBSCRIBE).await?.packet_id()?;
            connection.frame(&suback(version, packet_id, &[0])).await?;
            for part in messages.chunks(500) {
                let mut frame = Vec::new();
                for (topic, payload) in part {
                    frame.extend(publish(version, topic, payload));
                }
                connection.frame(&frame).await?;
            }
            connection.serve(version).await
        }
    })
    .await?;
    let page = &lab.page;
    page.connect(&Login::to(peer.port, version)).await?;
    page.subscribe_granted("#", 0).await?;
    Ok(peer)
}
