//! The harness for the tests of the built page: a static server for `dist/`, a Chromium session per test, a real
//! mosquitto, a WebSocket peer with scripted behaviour, and the page as a person finds it: by role and accessible
//! name.
//!
//! The tests are in `tests/tasks`, one file per user task; `tests/harness.rs` proves the harness itself against a
//! small fixture page, so that a failing task test speaks about the product.

pub mod browser;
pub mod certificate;
pub mod dist;
pub mod dom;
pub mod downloads;
pub mod inspector;
pub mod lab;
pub mod ladder;
pub mod login;
pub mod mosquitto;
pub mod names;
pub mod packet;
pub mod page;
pub mod peer;
pub mod process;
pub mod public_brokers;
pub mod static_server;
pub mod wait;
pub mod wire;
