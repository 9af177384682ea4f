//! MQTT Lab: learn MQTT by doing it.
//!
//! The layers, from the bottom: [`time`] and [`random`], [`codec`], [`client`], [`broker`],
//! [`network`], [`lab`], and, for the browser only, `platform` and `ui`. Each may use only what
//! stands before it.

pub mod broker;
pub mod client;
pub mod codec;
pub mod lab;
pub mod network;
#[cfg(target_arch = "wasm32")]
pub mod platform;
pub mod random;
pub mod time;
#[cfg(target_arch = "wasm32")]
#[expect(
    unreachable_pub,
    reason = "the component macro keeps each component's body in a public function of its own"
)]
pub mod ui;
