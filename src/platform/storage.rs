//! The browser's `localStorage`: it may be refused, full, or hold what another page left there.

use web_sys::Storage;

use crate::lab::StorageError;

/// Every key of the lab begins so; other pages of the same origin have theirs.
const PREFIX: &str = "mqtt-lab.";

/// The names and values that earlier visits kept, or why nothing can be read.
pub(super) fn read_all() -> Result<Vec<(String, String)>, StorageError> {
    let storage = storage()?;
    let count = storage.length().map_err(|_| StorageError::Denied)?;
    let mut stored = Vec::new();
    for index in 0..count {
        let Ok(Some(key)) = storage.key(index) else {
            continue;
        };
        if !key.starts_with(PREFIX) {
            continue;
        }
        if let Ok(Some(value)) = storage.get_item(&key) {
            stored.push((key, value));
        }
    }
    Ok(stored)
}

/// Keeps `value` under `key`.
pub(super) fn write(key: &str, value: &str) -> Result<(), StorageError> {
    // The one reason for which a browser that gives a storage refuses a value is its size.
    storage()?
        .set_item(key, value)
        .map_err(|_| StorageError::Full)
}

/// Forgets what stands under `key`.
pub(super) fn remove(key: &str) -> Result<(), StorageError> {
    storage()?
        .remove_item(key)
        .map_err(|_| StorageError::Denied)
}

fn storage() -> Result<Storage, StorageError> {
    // Reading `localStorage` itself throws where the user has blocked it for this page.
    web_sys::window()
        .and_then(|window| window.local_storage().ok().flatten())
        .ok_or(StorageError::Denied)
}
