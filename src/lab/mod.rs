//! The whole lab without a screen.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

pub mod address;
pub mod brokers;
pub mod client_identifier;
mod client_key;
pub mod diagnose;
pub mod explain;
pub mod format;
pub mod payload;
pub mod prefill;
pub mod random;
pub mod trace;
pub mod window;

pub use client_key::ClientKey;
