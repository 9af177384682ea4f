//! What the lab works with, fetched: where the page comes in several modules it is in that of the bench.

use crate::lab::EngineInPage;

/// The module did not arrive: the network failed, or the host has it no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unfetched;

#[cfg(feature = "split")]
impl From<wasm_split_helpers::SplitLoaderError> for Unfetched {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self
    }
}

/// Fetches it. May be called again where it has failed.
#[cfg(feature = "split")]
#[wasm_split_helpers::wasm_split(bench, fallible)]
pub(super) fn fetch() -> Result<EngineInPage, Unfetched> {
    Ok(EngineInPage::new())
}

/// What the lab works with, which is there.
#[cfg(not(feature = "split"))]
pub(super) async fn fetch() -> Result<EngineInPage, Unfetched> {
    Ok(EngineInPage::new())
}
