//! The built page, by user task, each with MQTT 3.1.1 and with 5.0, in Chromium, against a real mosquitto or a peer
//! with scripted behaviour.
//!
//! One binary, so that the limit on browsers at the same time holds for all of them.

mod accessibility;
mod bad_input;
mod bad_payloads;
mod broker_options;
mod broker_pane;
mod connect_and_states;
mod cut_connections;
mod devices;
mod faults;
mod framing;
mod hidden_tab;
mod in_lab;
mod lab_broker;
mod lazy_parts;
mod messages;
mod persistence;
mod publish;
mod retained;
mod several_clients;
mod side_by_side;
mod sleep_and_tabs;
mod storage;
mod subscribe_and_why;
mod time;
mod will;

use anyhow::Result;
use in_lab::at_lab_broker;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::mosquitto::Mosquitto;
use mqtt_lab_e2e::page::Login;

/// A broker that lets everybody in, and the page's first client connected to it.
async fn connected(lab: &Lab) -> Result<Mosquitto> {
    let broker = Mosquitto::start().await?;
    lab.page
        .connect(&Login::to_broker(&broker, lab.version))
        .await?;
    Ok(broker)
}
