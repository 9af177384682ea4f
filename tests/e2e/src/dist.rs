//! Where the built page is.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// The directory with the built page: `MQTT_LAB_DIST`, or `dist/` at the root of the repository.
pub fn directory() -> Result<PathBuf> {
    let directory =
        env::var_os("MQTT_LAB_DIST").map_or_else(|| repository().join("dist"), PathBuf::from);
    ensure!(
        directory.join("index.html").is_file(),
        "there is no built page in {}; build it with `cargo xtask build` (or `trunk build --release`)",
        directory.display()
    );
    Ok(directory)
}

/// Where screenshots and logs of failed tests go.
pub fn artifacts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("artifacts")
}

fn repository() -> PathBuf {
    // This package stands two levels below the root.
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own).to_owned()
}
