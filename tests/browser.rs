//! Components in a real browser: `cargo xtask test browser`.
//!
//! `controls` and `lists` hold the parts that every pane is made of; `panels`, `messages` and `inspector` the whole page,
//! over a WebSocket whose server is the test; `edges` what `platform` makes of the browser itself.

#![cfg(target_arch = "wasm32")]

#[path = "browser/controls.rs"]
mod controls;
#[path = "browser/edges.rs"]
mod edges;
#[path = "browser/inspector.rs"]
mod inspector;
#[path = "browser/lab.rs"]
mod lab;
#[path = "browser/lists.rs"]
mod lists;
#[path = "browser/messages.rs"]
mod messages;
#[path = "browser/page.rs"]
mod page;
#[path = "browser/panels.rs"]
mod panels;
#[path = "browser/server.rs"]
mod server;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
