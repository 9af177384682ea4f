//! A browser that denies its storage, or has no room left, is a browser that works: the page says what it cannot keep.

use anyhow::Result;
use mqtt_lab_e2e::browser::Options;
use mqtt_lab_e2e::lab::{self, Lab};
use mqtt_lab_e2e::packet::Version;

use crate::connected;

const DENIED: &str = "Object.defineProperty(window, 'localStorage', \
     { get() { throw new DOMException('denied', 'SecurityError'); } });";

const FULL: &str =
    "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };";

async fn works_and_says_so(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("storage", 0).await?;
    broker.publish("storage", b"works", false).await?;
    page.wait_row("storage", |row| row.contains("works"))
        .await?;
    page.document()
        .wait_text("a word about the storage", |text| {
            let text = text.to_lowercase();
            text.contains("storage")
                || text.contains("cannot be kept")
                || text.contains("not saved")
        })
        .await
        .map(drop)
}

async fn with_storage(name: &str, script: &str, version: Version) -> Result<()> {
    let options = Options {
        before_page: Some(script.to_owned()),
        ..Default::default()
    };
    lab::run_with(name, version, &options, works_and_says_so).await
}

#[tokio::test]
async fn denied_with_mqtt_3_1_1() -> Result<()> {
    with_storage("storage denied", DENIED, Version::V3_1_1).await
}

#[tokio::test]
async fn denied_with_mqtt_5_0() -> Result<()> {
    with_storage("storage denied", DENIED, Version::V5_0).await
}

#[tokio::test]
async fn full_with_mqtt_3_1_1() -> Result<()> {
    with_storage("storage full", FULL, Version::V3_1_1).await
}

#[tokio::test]
async fn full_with_mqtt_5_0() -> Result<()> {
    with_storage("storage full", FULL, Version::V5_0).await
}

#[tokio::test]
async fn unreadable_values_are_reported_and_the_page_works() -> Result<()> {
    lab::run("storage unreadable", Version::V3_1_1, async |lab| {
        let broker = connected(lab).await?;
        lab.page.disconnect().await?;
        drop(broker);
        const SPOIL: &str = "const keys = Object.keys(localStorage); \
             for (const key of keys) localStorage.setItem(key, '{\"version\":'); return keys.length";
        let spoilt: usize = lab.driver().execute(SPOIL, vec![]).await?.convert()?;
        anyhow::ensure!(spoilt > 0, "the page has stored nothing");
        lab.reload().await?;
        works_and_says_so(lab).await
    })
    .await
}
