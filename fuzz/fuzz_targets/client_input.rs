//! Any script of an application, a Server and time, run against the Client.

#![no_main]

#[path = "../../tests/common/script.rs"]
mod script;

libfuzzer_sys::fuzz_target!(|script: &[u8]| drop(script::run(script)));
