//! MQTT Lab: learn MQTT by doing it.
//!
//! The layers, from the bottom: [`time`], [`codec`], [`client`], [`lab`], and, for the browser
//! only, `platform` and `ui`. Each may use only what stands before it.

pub mod client;
pub mod codec;
pub mod lab;
pub mod time;
