//! The conformance table of the Server: rows of plain text, and what runs them against any Server.

pub mod mosquitto;
pub mod ours;
pub mod packet;
mod pattern;
pub mod runner;
pub mod script;

use script::{Row, parse};

/// Every row, in the order of the files.
pub fn rows() -> Vec<Row> {
    const FILES: &[(&str, &str)] = &[
        ("connect.txt", include_str!("rows/connect.txt")),
        ("session.txt", include_str!("rows/session.txt")),
        ("publish.txt", include_str!("rows/publish.txt")),
        ("retain.txt", include_str!("rows/retain.txt")),
        ("subscribe.txt", include_str!("rows/subscribe.txt")),
        ("topics.txt", include_str!("rows/topics.txt")),
        ("will.txt", include_str!("rows/will.txt")),
        ("properties.txt", include_str!("rows/properties.txt")),
        ("flow.txt", include_str!("rows/flow.txt")),
        ("shared.txt", include_str!("rows/shared.txt")),
        ("malformed.txt", include_str!("rows/malformed.txt")),
        ("options.txt", include_str!("rows/options.txt")),
        ("lab.txt", include_str!("rows/lab.txt")),
    ];
    FILES
        .iter()
        .flat_map(|(file, text)| parse(file, text).unwrap_or_else(|what| panic!("{what}")))
        .collect()
}
