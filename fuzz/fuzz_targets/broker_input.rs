//! Any script of hostile Clients and time, run against the broker beside two Clients who behave.

#![no_main]

#[path = "../../tests/common/broker_script.rs"]
mod script;

libfuzzer_sys::fuzz_target!(|script: &[u8]| drop(script::run(script)));
