//! What the lab is told about the world when it is opened.

use super::effect::StorageError;

/// Everything the lab knows of the world outside it, besides commands, bytes and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Where generated Client Identifiers come from. The same seed gives the same lab.
    pub seed: u64,
    /// The wall-clock time at [`Instant::ORIGIN`](crate::time::Instant::ORIGIN), in milliseconds
    /// since 1970-01-01 UTC.
    pub unix_origin_ms: u64,
    /// Local time minus UTC, in minutes: 60 for UTC+1.
    pub minutes_offset: i32,
    /// Whether the page itself was loaded over https, so that the browser refuses `ws://`.
    pub page_is_https: bool,
    /// The decoded names and values of the page's query string, in their order.
    pub query: Vec<(String, String)>,
    /// The values kept by earlier visits, by key; or why they cannot be read.
    pub stored: Result<Vec<(String, String)>, StorageError>,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            seed: 0,
            unix_origin_ms: 0,
            minutes_offset: 0,
            page_is_https: false,
            query: Vec::new(),
            stored: Ok(Vec::new()),
        }
    }
}
