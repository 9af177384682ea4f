//! One test: a server for the page, a browser, and what to do when the test ends either way.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use futures_util::FutureExt;
use serde_json::json;
use thirtyfour::prelude::*;
use tokio::time::timeout;

use crate::browser::{Browser, Options, check_quiet};
use crate::certificate::Certificate;
use crate::dist;
use crate::packet::Version;
use crate::page::Page;
use crate::static_server::StaticServer;
use crate::wait;

/// Longest time until a browser has all of the page.
const KEEP_LIMIT: Duration = Duration::from_secs(60);

/// Longest time for one test.
const TEST_LIMIT: Duration = Duration::from_secs(180);

/// What a test works with.
pub struct Lab {
    /// The browser session.
    pub browser: Browser,
    /// The page in it, opened.
    pub page: Page,
    /// Which MQTT this run speaks.
    pub version: Version,
    server: StaticServer,
    expected: Mutex<Vec<&'static str>>,
}

impl Lab {
    /// The session's driver.
    pub fn driver(&self) -> &WebDriver {
        &self.browser.driver
    }

    /// The address of the page, without a query.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Says that this test provokes console errors with this text in them.
    pub fn expect_console_error(&self, part: &'static str) {
        self.expected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(part);
    }

    /// Chromium writes a console error for every WebSocket that does not open; no page can prevent it.
    pub fn expect_failing_websocket(&self) {
        self.expect_console_error("WebSocket connection to");
    }

    /// Waits until the browser has all of the page, then takes the network away.
    pub async fn go_offline(&self) -> Result<()> {
        self.wait_kept().await?;
        self.cut_network().await
    }

    /// Waits until the browser keeps all of the page.
    pub async fn wait_kept(&self) -> Result<()> {
        // One that is active has finished fetching what it keeps.
        const IS_KEPT: &str = "return navigator.serviceWorker.getRegistration() \
            .then((registration) => Boolean(registration?.active))";
        wait::until("a browser that keeps the page", KEEP_LIMIT, async || {
            let is_kept: bool = self.driver().execute(IS_KEPT, vec![]).await?.convert()?;
            ensure!(is_kept, "it does not yet");
            Ok(())
        })
        .await
    }

    /// Takes the network away: the host answers nothing any more, and the browser says so to the page in this tab.
    pub async fn cut_network(&self) -> Result<()> {
        self.server.stop();
        let cdp = self.driver().cdp();
        cdp.send_raw("Network.enable", json!({})).await?;
        let offline = json!({
            "offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
        });
        cdp.send_raw("Network.emulateNetworkConditions", offline)
            .await?;
        Ok(())
    }

    /// Loads the page again, as a person does with the reload button.
    pub async fn reload(&self) -> Result<()> {
        self.driver().refresh().await?;
        self.page.ready().await
    }
}

/// Runs one test on the built page.
pub async fn run(
    name: &str,
    version: Version,
    test: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    run_with(name, version, &Options::default(), test).await
}

/// [`run`] on a page that is opened when there is no network any more, in a browser that has been there before.
pub async fn run_offline(
    name: &str,
    version: Version,
    test: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    run(name, version, async |lab| {
        lab.go_offline().await?;
        lab.reload().await?;
        test(lab).await
    })
    .await
}

/// [`run`] with a browser of other size, colours or storage.
pub async fn run_with(
    name: &str,
    version: Version,
    options: &Options,
    test: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    let name =
        format!("{name} {}", version.label()).replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    run_on(&dist::directory()?, &name, version, options, async |lab| {
        lab.page.ready().await?;
        test(lab).await
    })
    .await
}

/// Runs one test on the page in `root`: the browser ends whatever happens, a failure leaves artifacts, and a page
/// that was not quiet is a failure.
pub async fn run_on(
    root: &Path,
    name: &str,
    version: Version,
    options: &Options,
    test: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    let server = if options.https {
        StaticServer::start_tls(root, &Certificate::new()?).await?
    } else {
        StaticServer::start(root).await?
    };
    let browser = Browser::start(options).await?;
    let page = Page::new(&browser.driver);
    let lab = Lab {
        browser,
        page,
        version,
        server,
        expected: Mutex::default(),
    };
    let body = async {
        lab.driver().goto(lab.url()).await?;
        test(&lab).await
    };
    let ended = timeout(TEST_LIMIT, AssertUnwindSafe(body).catch_unwind()).await;
    let mut result = match ended {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(anyhow!("{}", panic_text(panic.as_ref()))),
        Err(_) => Err(anyhow!("the test took longer than {TEST_LIMIT:?}")),
    };
    let console = lab.browser.console().await.unwrap_or_default();
    if result.is_ok() {
        let expected = lab
            .expected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        result = match lab.browser.requests().await {
            Ok(requests) => check_quiet(&console, &requests, &lab.server.origin(), &expected),
            Err(error) => Err(error),
        };
    }
    let saved = if result.is_err() {
        let directory = dist::artifacts().join(name);
        Some(lab.browser.save_artifacts(&directory, &console).await)
    } else {
        None
    };
    let quit = lab.browser.quit().await;
    match (result, saved) {
        (Err(error), Some(Ok(directory))) => {
            Err(error.context(format!("see {}", directory.display())))
        }
        (Err(error), Some(Err(saving))) => {
            Err(error.context(format!("and no artifacts: {saving}")))
        }
        (result, _) => result.and(quit),
    }
    .with_context(|| name.to_owned())
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("the test panicked")
}

/// Makes the tests of one task: each function once with MQTT 3.1.1 and once with 5.0.
#[macro_export]
macro_rules! both_versions {
    ($($name:ident),+ $(,)?) => { $crate::both_versions_by!(run: $($name),+); };
}

/// The same on a page that is opened without a network.
#[macro_export]
macro_rules! both_versions_offline {
    ($($name:ident),+ $(,)?) => { $crate::both_versions_by!(run_offline: $($name),+); };
}

/// What both are made by.
#[doc(hidden)]
#[macro_export]
macro_rules! both_versions_by {
    ($run:ident: $($name:ident),+) => {$(
        mod $name {
            #[tokio::test]
            async fn mqtt_3_1_1() -> anyhow::Result<()> {
                $crate::lab::$run(
                    module_path!(), $crate::packet::Version::V3_1_1, super::$name,
                ).await
            }

            #[tokio::test]
            async fn mqtt_5_0() -> anyhow::Result<()> {
                $crate::lab::$run(
                    module_path!(), $crate::packet::Version::V5_0, super::$name,
                ).await
            }
        }
    )+};
}
