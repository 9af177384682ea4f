//! Child processes and ports: found on this machine, bound to loopback, ended with the test.

use std::env;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Result, bail};
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

/// Below all that a system gives to whoever asks for any port.
const PORTS: Range<u16> = 20_000..32_000;

/// A loopback port that was free a moment ago. Nobody gets it who does not ask for it by its number, so that a
/// server which ends and starts again finds it free.
pub fn free_port() -> Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let count = PORTS.end - PORTS.start;
    // Two programs that run side by side begin at different ones.
    let first = (std::process::id().wrapping_mul(97) % u32::from(count)) as u16;
    for _ in PORTS {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % count;
        let port = PORTS.start + (first + step) % count;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free loopback port")
}

/// Waits until something accepts connections on this loopback port.
pub async fn wait_for_port(what: &str, port: u16) -> Result<()> {
    wait::soon(&format!("{what} to accept on port {port}"), async || {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        Ok(())
    })
    .await
}
