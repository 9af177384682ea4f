//! The screen: Leptos components. They read the lab and send it commands; nothing is worked out here.

mod app;
mod bench;
mod broker;
mod chart;
pub mod components;
mod connection;
mod context;
mod devices;
mod element;
mod export;
mod faults;
pub mod handle;
mod header;
mod help;
mod history;
mod lazy;
pub mod memo;
mod messages;
mod piece;
pub mod present;
mod publish;
mod rail;
mod retained;
pub mod screen;
pub mod scroller;
mod server;
mod settings;
mod shortcuts;
mod side;
mod subscriptions;
mod time;
mod topics;
mod wire;

pub use app::App;

/// Draws the page in place of the words that stand there while it loads.
pub fn start() {
    use leptos::prelude::*;

    if let Some(loading) = document().get_element_by_id("loading") {
        loading.remove();
    }
    mount_to_body(App);
}
