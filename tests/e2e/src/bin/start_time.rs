//! Measures how long a first visit takes until the Connection form can be used, on loopback and on a slow line with a
//! slow processor: `cargo run -p mqtt-lab-e2e --bin start_time`. A measurement, not a test: it prints the median.

use std::time::Duration;

use anyhow::{Context, Result};
use mqtt_lab_e2e::browser::{Browser, Options};
use mqtt_lab_e2e::dist;
use mqtt_lab_e2e::static_server::StaticServer;
use mqtt_lab_e2e::wait;
use serde_json::json;

/// Visits per line; each with a fresh profile, so that nothing is in a cache.
const VISITS: usize = 7;

/// Notes when the form is there and can be used: its Connect button is drawn and enabled.
const WATCH: &str = "const look = () => { \
     const ready = [...document.querySelectorAll('button')].some((button) => \
         button.textContent.trim() === 'Connect' && !button.disabled && button.checkVisibility()); \
     if (ready) window.usableAt = performance.now(); else requestAnimationFrame(look); }; \
     requestAnimationFrame(look);";

#[tokio::main]
async fn main() -> Result<()> {
    let server = StaticServer::start_compressed(&dist::directory()?).await?;
    let lines = [
        ("loopback", None),
        (
            "10 Mbit/s, 40 ms, processor four times slower",
            Some((10_000_000, 40, 4)),
        ),
    ];
    for (name, line) in lines {
        let mut times = Vec::new();
        for _ in 0..VISITS {
            times.push(visit(&server, line).await?);
        }
        times.sort_by(f64::total_cmp);
        let median = times.get(VISITS / 2).context("no visit")?;
        let all: Vec<_> = times.iter().map(|time| format!("{time:.0}")).collect();
        println!(
            "{name}: {median:.0} ms until the form can be used (all: {})",
            all.join(", ")
        );
    }
    Ok(())
}

/// One first visit; milliseconds from the start of the navigation. `line` is bits per second, milliseconds there
/// and back, and by how much the processor is slowed down.
async fn visit(server: &StaticServer, line: Option<(u32, u32, u32)>) -> Result<f64> {
    let options = Options {
        before_page: Some(WATCH.to_owned()),
        ..Default::default()
    };
    let browser = Browser::start(&options).await?;
    let measured = async {
        if let Some((bits, latency, slower)) = line {
            let cdp = browser.driver.cdp();
            cdp.send_raw("Network.enable", json!({})).await?;
            let conditions = json!({
                "offline": false,
                "latency": latency,
                "downloadThroughput": bits / 8,
                "uploadThroughput": bits / 8,
            });
            cdp.send_raw("Network.emulateNetworkConditions", conditions)
                .await?;
            cdp.send_raw("Emulation.setCPUThrottlingRate", json!({ "rate": slower }))
                .await?;
        }
        browser.driver.goto(server.url()).await?;
        wait::until("the form", Duration::from_secs(60), async || {
            let time = browser
                .driver
                .execute("return window.usableAt || null", vec![])
                .await?;
            time.convert::<Option<f64>>()?.context("not usable yet")
        })
        .await
    };
    let measured = measured.await;
    browser.quit().await?;
    measured
}
