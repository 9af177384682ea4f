//! Child processes and ports: found on this machine, bound to loopback, ended with the test.

use std::env;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use tokio::net::TcpStream;

use crate::wait;

/// Where a program is: named by the environment variable, or the first of `names` on the PATH (and in `sbin`,
/// where Debian keeps servers).
pub fn find(variable: &str, names: &[&str]) -> Result<PathBuf> {
    if let Some(path) = env::var_os(variable) {
        return Ok(PathBuf::from(path));
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let directories = env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")]);
    for directory in directories {
        for name in names {
            let candidate = directory.join(name);
            if candidate.is_file() {
                return Ok(candidate);
            }
        }
    }
    bail!(
        "none of {names:?} is installed; `cargo xtask test` says how to get it, or set {variable} to its path"
    )
}

/// A loopback port that was free a moment ago.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free loopback port")?;
    Ok(listener.local_addr()?.port())
}

/// Waits until something accepts connections on this loopback port.
pub async fn wait_for_port(what: &str, port: u16) -> Result<()> {
    wait::soon(&format!("{what} to accept on port {port}"), async || {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        Ok(())
    })
    .await
}
