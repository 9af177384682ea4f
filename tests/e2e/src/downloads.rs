//! What the page hands to the person as a file.

use std::fs::read_dir;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::json;

use crate::lab::Lab;
use crate::wait;

/// Has the browser put its downloads into `folder`.
pub async fn save_into(lab: &Lab, folder: &Path) -> Result<()> {
    let parameters = json!({ "behavior": "allow", "downloadPath": folder });
    lab.driver()
        .cdp()
        .send_raw("Browser.setDownloadBehavior", parameters)
        .await?;
    Ok(())
}

/// The file with this ending, once it is whole.
pub async fn saved(folder: &Path, ending: &str) -> Result<PathBuf> {
    wait::soon(&format!("a file .{ending}"), async || {
        for entry in read_dir(folder)? {
            let entry = entry?;
            // The name is there, with nothing under it, before the browser has put the file there.
            let is_there = entry.metadata()?.len() > 0;
            let path = entry.path();
            if is_there && path.extension().is_some_and(|own| own == ending) {
                return Ok(path);
            }
        }
        bail!("there is none")
    })
    .await
}
