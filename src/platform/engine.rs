//! What the lab works with, fetched: where the page comes in several modules it is in that of the bench.

use super::driver::{self, CarryOut};
use crate::lab::EngineInPage;

/// What the lab works with, and what carries out the effects that it then has.
pub(super) struct Fetched {
    pub(super) engine: EngineInPage,
    pub(super) carry_out: CarryOut,
}

impl Fetched {
    const fn new() -> Self {
        Self {
            engine: EngineInPage::new(),
            carry_out: driver::carry_out,
        }
    }
}

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
pub(super) fn fetch() -> Result<Fetched, Unfetched> {
    Ok(Fetched::new())
}

/// What the lab works with, which is there.
#[cfg(not(feature = "split"))]
pub(super) async fn fetch() -> Result<Fetched, Unfetched> {
    Ok(Fetched::new())
}
