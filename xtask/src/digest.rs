//! How the page names its files by their contents, and says what they must be.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha384};

/// What a page says of a file that must be exactly this one.
pub(crate) fn integrity(contents: impl AsRef<[u8]>) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(contents)))
}

/// The beginning of a digest, long enough to tell versions of a file apart, as it stands in names.
pub(crate) fn short(digest: impl AsRef<[u8]>) -> String {
    let bytes = digest.as_ref().iter().take(8);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}
