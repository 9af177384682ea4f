//! The browser's edges: WebSocket, other tabs, ticker, storage, clipboard, files, the address of the page.
//!
//! [`Driver`] is the only run loop. Nothing here knows MQTT: bytes, closings and the time go into
//! the [`Lab`](crate::lab::Lab), effects come out and are carried out.

mod backlog;
pub mod download;
pub mod driver;
mod engine;
pub mod page;
mod server;
mod storage;
mod tabs;
pub mod ticker;
mod websocket;

pub use driver::Driver;
