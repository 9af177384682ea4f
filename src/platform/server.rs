//! The lab broker, fetched: where the page comes in several modules it is in one of its own.

use super::driver::{self, OpenTabs};
use crate::lab::ServerInPage;

/// The lab broker, and what finds the other tabs that share it.
pub(super) struct Fetched {
    pub(super) server: ServerInPage,
    pub(super) open_tabs: OpenTabs,
}

impl Fetched {
    const fn new() -> Self {
        Self {
            server: ServerInPage::new(),
            open_tabs: driver::open_tabs,
        }
    }
}

/// The module with the broker did not arrive: the network failed, or the host has it no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unfetched;

#[cfg(feature = "split")]
impl From<wasm_split_helpers::SplitLoaderError> for Unfetched {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self
    }
}

/// Fetches the lab broker. May be called again where it has failed.
#[cfg(feature = "split")]
#[wasm_split_helpers::wasm_split(server, fallible)]
pub(super) fn fetch() -> Result<Fetched, Unfetched> {
    Ok(Fetched::new())
}

/// The lab broker, which is there.
#[cfg(not(feature = "split"))]
pub(super) async fn fetch() -> Result<Fetched, Unfetched> {
    Ok(Fetched::new())
}
