//! One Chromium session for one test: its own driver process, its own profile directory, no way out of this machine,
//! and a check at the end that the page kept quiet.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use thirtyfour::{
    BrowserLogEntry, ChromeCapabilities, ChromiumLikeCapabilities, LoggingPrefsLogLevel,
};
use tokio::process::{Child, Command};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::process::{find, free_port, wait_for_port};

/// Browsers at the same time in this process: one per core, and two where there is one. More only makes every wait
/// longer.
static BROWSERS: LazyLock<Semaphore> = LazyLock::new(|| {
    let cores = available_parallelism().map_or(2, NonZero::get);
    Semaphore::new(cores.max(2))
});

/// Longest time for one request to the driver.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);

/// How a session looks and what it denies to the page.
#[derive(Debug, Clone)]
pub struct Options {
    /// Width and height of the viewport in CSS pixels.
    pub size: (u32, u32),
    /// Whether the page is told that the person prefers dark colours.
    pub dark: bool,
    /// A script that runs before any script of the page: to deny or fill the storage, for instance.
    pub before_page: Option<String>,
    /// Whether any certificate is taken for a good one.
    pub trusts_all: bool,
    /// Whether the page is served over https, with a certificate that nobody has signed.
    pub https: bool,
    /// Whether timers of a hidden tab are held back as for a person, and as hard as after an hour (one run a
    /// minute). WebDriver sessions are spared otherwise.
    pub throttled: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            size: (1440, 900),
            dark: false,
            before_page: None,
            trusts_all: false,
            https: false,
            throttled: false,
        }
    }
}

/// A running browser.
pub struct Browser {
    /// The session.
    pub driver: WebDriver,
    process: Child,
    profile: TempDir,
    _permit: SemaphorePermit<'static>,
}

impl Browser {
    /// Starts a driver and a browser.
    pub async fn start(options: &Options) -> Result<Self> {
        let permit = BROWSERS.acquire().await?;
        let profile = tempfile::tempdir()?;
        let port = free_port()?;
        let mut process = Command::new(find("CHROMEDRIVER", &["chromedriver"])?)
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("chromedriver did not start")?;
        wait_for_port("chromedriver", port).await?;
        let driver = WebDriver::builder(
            format!("http://127.0.0.1:{port}"),
            capabilities(options, profile.path())?,
        )
        .request_timeout(REQUEST_LIMIT)
        .connect()
        .await;
        let driver = match driver {
            Ok(driver) => driver,
            Err(error) => {
                process.kill().await?;
                bail!("no browser session: {error}");
            }
        };
        let browser = Self {
            driver,
            process,
            profile,
            _permit: permit,
        };
        if let Err(error) = browser.prepare(options).await {
            browser.quit().await?;
            return Err(error);
        }
        Ok(browser)
    }

    async fn prepare(&self, options: &Options) -> Result<()> {
        self.resize(options.size).await?;
        let scheme = if options.dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.driver
            .cdp()
            .send_raw("Emulation.setEmulatedMedia", features)
            .await?;
        if let Some(script) = &options.before_page {
            let source = json!({ "source": script });
            self.driver
                .cdp()
                .send_raw("Page.addScriptToEvaluateOnNewDocument", source)
                .await?;
        }
        // The browser's own first page loads things; they are not the product's requests.
        self.driver.goto("about:blank").await?;
        self.requests().await?;
        Ok(())
    }

    /// Sets the size of the viewport: exact, and as small as a telephone, which a window cannot be.
    pub async fn resize(&self, (width, height): (u32, u32)) -> Result<()> {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.driver
            .cdp()
            .send_raw("Emulation.setDeviceMetricsOverride", metrics)
            .await?;
        Ok(())
    }

    /// What the page has written to the console since the last call.
    pub async fn console(&self) -> Result<Vec<BrowserLogEntry>> {
        Ok(self.driver.browser_log().await?)
    }

    /// Addresses of HTTP requests and of WebSockets that were started since the last call.
    pub async fn requests(&self) -> Result<Vec<String>> {
        let mut urls = Vec::new();
        for entry in self.driver.get_log("performance").await? {
            let event: Value = serde_json::from_str(&entry.message)?;
            let url = match event.pointer("/message/method").and_then(Value::as_str) {
                Some("Network.requestWillBeSent") => "/message/params/request/url",
                Some("Network.webSocketCreated") => "/message/params/url",
                _ => continue,
            };
            urls.extend(
                event
                    .pointer(url)
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
        }
        Ok(urls)
    }

    /// Writes what helps to understand a failure: picture, page source, console.
    pub async fn save_artifacts(
        &self,
        directory: &Path,
        console: &[BrowserLogEntry],
    ) -> Result<PathBuf> {
        tokio::fs::create_dir_all(directory).await?;
        self.driver
            .screenshot(&directory.join("screen.png"))
            .await?;
        tokio::fs::write(directory.join("page.html"), self.driver.source().await?).await?;
        let mut text = String::new();
        for entry in console.iter().cloned().chain(self.console().await?) {
            text.push_str(&format!("{} {}\n", entry.level, entry.message));
        }
        tokio::fs::write(directory.join("console.log"), text).await?;
        Ok(directory.to_owned())
    }

    /// Ends browser and driver and removes the profile.
    pub async fn quit(self) -> Result<()> {
        let Self {
            driver,
            mut process,
            profile,
            _permit,
        } = self;
        let quit = driver.quit().await;
        process.kill().await.context("chromedriver did not end")?;
        quit?;
        // Chromium's last helper may still be writing while the directory goes away.
        let _ = profile.close();
        Ok(())
    }
}

/// What Chromium is called, by those who package it.
pub const PROGRAMS: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

const ARGUMENTS: &[&str] = &[
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-search-engine-choice-screen",
    "--force-device-scale-factor=1",
    "--hide-scrollbars=false",
    "--lang=en-GB",
    // Nothing but this machine has a name: a request to anywhere else fails, here as on a train.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/// What every Chromium is started with here; `profile` is a directory that this process has just made.
pub fn arguments(profile: &Path) -> Result<Vec<String>> {
    let mut arguments: Vec<String> = ARGUMENTS.iter().map(ToString::to_string).collect();
    if is_root(profile)? {
        // Chromium's sandbox refuses root.
        arguments.push("--no-sandbox".to_owned());
    }
    arguments.push(format!("--user-data-dir={}", profile.display()));
    Ok(arguments)
}

fn capabilities(options: &Options, profile: &Path) -> Result<ChromeCapabilities> {
    let mut capabilities = ChromeCapabilities::new();
    let binary = find("CHROMIUM", PROGRAMS)?;
    capabilities.set_binary(
        binary
            .to_str()
            .context("the path of Chromium is not UTF-8")?,
    )?;
    for argument in arguments(profile)? {
        capabilities.add_arg(&argument)?;
    }
    if options.trusts_all || options.https {
        capabilities.add_arg("--ignore-certificate-errors")?;
    }
    if options.throttled {
        let spared = [
            "disable-background-timer-throttling",
            "disable-renderer-backgrounding",
        ];
        capabilities.add_experimental_option("excludeSwitches", spared)?;
        capabilities
            .add_arg("--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1")?;
    }
    let (width, height) = options.size;
    capabilities.add_arg(&format!("--window-size={width},{height}"))?;
    capabilities.set_logging_prefs("browser", LoggingPrefsLogLevel::All)?;
    capabilities.set_logging_prefs("performance", LoggingPrefsLogLevel::All)?;
    Ok(capabilities)
}

/// Whether this process runs as root, told by the owner of a directory that it has just made.
#[cfg(unix)]
fn is_root(own: &Path) -> Result<bool> {
    Ok(std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(own)?) == 0)
}

#[cfg(not(unix))]
fn is_root(_own: &Path) -> Result<bool> {
    Ok(false)
}

/// Checks that the page wrote no error to the console (a violation of its Content Security Policy is one) and asked
/// no other origin for anything. `expected` are parts of messages that a test provokes on purpose.
pub fn check_quiet(
    console: &[BrowserLogEntry],
    requests: &[String],
    origin: &str,
    expected: &[&str],
) -> Result<()> {
    let errors: Vec<_> = console
        .iter()
        .filter(|entry| {
            entry.level == "SEVERE" || entry.message.contains("Content Security Policy")
        })
        .filter(|entry| !expected.iter().any(|part| entry.message.contains(part)))
        .map(|entry| &entry.message)
        .collect();
    let own = |url: &str| {
        url.strip_prefix(origin)
            .is_some_and(|rest| rest.starts_with('/'))
            || ["data:", "blob:", "about:"]
                .iter()
                .any(|scheme| url.starts_with(scheme))
    };
    // Brokers are asked by WebSocket, and each test says which.
    let websocket = |url: &str| url.starts_with("ws://") || url.starts_with("wss://");
    let foreign: Vec<_> = requests
        .iter()
        .filter(|url| !own(url) && !websocket(url))
        .collect();
    ensure!(
        errors.is_empty() && foreign.is_empty(),
        "the page was not quiet; errors in the console: {errors:#?}; requests to other origins: {foreign:#?}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(level: &str, message: &str) -> BrowserLogEntry {
        BrowserLogEntry {
            level: level.into(),
            message: message.into(),
            timestamp: 0,
            source: None,
        }
    }

    #[test]
    fn errors_and_foreign_requests_are_found() {
        let origin = "http://127.0.0.1:8000";
        let quiet = |console: &[BrowserLogEntry], urls: &[&str], expected: &[&str]| {
            let urls: Vec<_> = urls.iter().map(|url| (*url).to_owned()).collect();
            check_quiet(console, &urls, origin, expected).is_ok()
        };
        assert!(quiet(
            &[entry("INFO", "hello")],
            &["http://127.0.0.1:8000/a", "data:,"],
            &[]
        ));
        assert!(!quiet(&[entry("SEVERE", "panicked at")], &[], &[]));
        assert!(quiet(
            &[entry("SEVERE", "WebSocket connection to x failed")],
            &[],
            &["WebSocket connection"]
        ));
        assert!(!quiet(
            &[entry("INFO", "Refused ... Content Security Policy")],
            &[],
            &[]
        ));
        assert!(!quiet(&[], &["http://127.0.0.1:80001/a"], &[]));
        assert!(!quiet(&[], &["https://cdn.example/x.js"], &[]));
    }
}
