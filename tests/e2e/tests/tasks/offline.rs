//! No network: a page that was there before opens, and everything in it works at the broker in the page; and how the
//! browser comes to have all of it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::browser::Options;
use mqtt_lab_e2e::lab::{self, Lab};
use mqtt_lab_e2e::names::{button, region};
use mqtt_lab_e2e::packet::Version;
use mqtt_lab_e2e::page::State;
use mqtt_lab_e2e::{both_versions_offline, dist, wait};

use crate::lab_broker::{alice, connect, fill, join};

both_versions_offline!(
    every_file_of_the_page_is_there,
    every_part_opens,
    a_message_is_taken_apart,
    a_will_with_all_its_fields,
    the_fields_of_a_connection,
    retained_messages_are_seen_and_cleared,
    a_match_is_explained,
    settings_and_profiles_are_kept,
);

/// Longest time until a page that has nothing to do has fetched all of its parts.
const AHEAD_LIMIT: Duration = Duration::from_secs(60);

/// A browser without what keeps a page, as on a page that comes over http from another computer.
const KEEPS_NOTHING: &str = "delete window.caches; \
     Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined });";

/// A person who has asked for data to be saved.
const SAVES_DATA: &str = "Object.defineProperty(Navigator.prototype, 'connection', \
     { value: { saveData: true } });";

/// The names of the files in the folder of the built page that a page asks for.
fn files() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dist::directory()?)? {
        let name = entry?.file_name();
        names.push(name.to_str().context("a name of a file")?.to_owned());
    }
    names.retain(|name| name != "service-worker.js");
    Ok(names)
}

/// Whatever the build calls its files, and however many they are.
async fn every_file_of_the_page_is_there(lab: &Lab) -> Result<()> {
    // The page itself is given to whoever opens it, not to a script that asks for it.
    let names: Vec<_> = files()?
        .into_iter()
        .filter(|name| name != "index.html")
        .collect();
    let names = serde_json::to_string(&names)?;
    let script = format!(
        "const wrong = []; \
         for (const name of {names}) {{ \
             const response = await fetch(name).catch(() => undefined); \
             if (!response?.ok) wrong.push(name); \
         }} \
         return wrong;"
    );
    let wrong: Vec<String> = lab.driver().execute(&script, vec![]).await?.convert()?;
    ensure!(wrong.is_empty(), "not there without a network: {wrong:?}");
    Ok(())
}

/// Opens everything that is a part of its own.
async fn every_part_opens(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let document = page.document();
    alice(lab).await?;
    page.subscribe_granted("parts/#", 1).await?;
    page.publish("parts/1", "{\"part\":1}", 1, false).await?;
    page.open_details("parts/1").await?;
    page.view_payload_as("JSON").await?;
    page.wait_payload("indented JSON", |text| text.contains("\"part\": 1"))
        .await?;
    page.messages().button("Filter").click().await?;
    page.messages().field("Text").wait().await?;
    page.messages().button("History").click().await?;
    document.wait_contains("message is kept").await?;
    document.all("dialog").button("Close").click().await?;
    for (name, word) in [
        ("Topics", "topics seen"),
        ("Chart", "Nothing is drawn"),
        ("Devices", "Counter"),
        ("Broker tables", "Connections 1"),
    ] {
        document.button(name).click().await?;
        page.region(name).wait_contains(word).await?;
    }
    page.region("Broker tables")
        .button("Options")
        .click()
        .await?;
    let dialog = document.all("dialog");
    dialog.field("Maximum QoS").wait().await?;
    dialog.button("Cancel").click().await?;
    page.connection().button(region::FAULTS).click().await?;
    document.button("Cut now").wait().await?;
    document.button("Close the side pane").click().await?;
    document.button("Wire").click().await?;
    page.region("Wire").wait_contains("SUBSCRIBE").await?;
    document.button("Close the Wire").click().await?;
    document.button("Help and keys").click().await?;
    document.wait_contains("First steps").await?;
    document.all("dialog").button("Close").click().await?;
    document.button("Settings").click().await?;
    document.field("Show payloads as").wait().await?;
    document.button("Done").click().await
}

async fn a_message_is_taken_apart(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    alice(lab).await?;
    page.subscribe_granted("room/+", 2).await?;
    page.publish("room/1", "21.5", 2, false).await?;
    let details = page.open_details("room/1").await?;
    for word in ["room/1", "QoS", "21.5"] {
        details.wait_contains(word).await?;
    }
    page.view_payload_as("Hex").await?;
    page.wait_payload("the bytes", |text| text.contains("32 31 2e 35"))
        .await
        .map(drop)
}

async fn a_will_with_all_its_fields(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    page.rename_client("alice").await?;
    fill(lab, "alice", true).await?;
    for (field, text) in [
        ("Last-Will Topic", "status/alice"),
        ("Last-Will Message", "lost"),
    ] {
        page.connection_field(field).await?.fill(text).await?;
    }
    page.connection_field("Last-Will QoS")
        .await?
        .choose("1")
        .await?;
    page.connection_field("Last-Will Retain")
        .await?
        .check(true)
        .await?;
    if lab.version == Version::V5_0 {
        let delay = page.connection_field("Will Delay Interval").await?;
        delay.fill("1").await?;
        let expiry = page.connection_field("Session Expiry Interval").await?;
        expiry.fill("60").await?;
    }
    connect(lab).await?;
    page.connection()
        .wait_text("the armed will", |text| text.contains("status/alice"))
        .await?;
    join(lab, "bob").await?;
    page.subscribe_granted("status/#", 1).await?;
    page.select_client("alice").await?;
    page.connection().button(button::DIE).click().await?;
    page.wait_state(State::Disconnected).await?;
    page.select_client("bob").await?;
    page.wait_row("status/alice", |row| {
        row.contains("lost") && row.contains("matches the will of alice")
    })
    .await?;
    page.document().button("Broker tables").click().await?;
    page.region("Broker tables")
        .wait_contains("Retained 1")
        .await
        .map(drop)
}

async fn the_fields_of_a_connection(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    page.rename_client("alice").await?;
    fill(lab, "alice", false).await?;
    page.connection_field("Keep Alive")
        .await?
        .fill("77")
        .await?;
    if lab.version == Version::V5_0 {
        for (field, text) in [
            ("Session Expiry Interval", "600"),
            ("Receive Maximum", "5"),
            ("Maximum Packet Size", "4096"),
            ("Topic Alias Maximum", "3"),
        ] {
            page.connection_field(field).await?.fill(text).await?;
        }
    }
    connect(lab).await?;
    page.document().button("Broker tables").click().await?;
    let pane = page.region("Broker tables");
    pane.wait_contains("77 s").await?;
    pane.chooser_starting("Sessions").click().await?;
    let ends = match lab.version {
        Version::V5_0 => "600 s after its connection",
        _ => "never",
    };
    pane.wait_contains(ends).await?;
    page.disconnect().await?;
    connect(lab).await?;
    page.connection()
        .wait_contains("session present")
        .await
        .map(drop)
}

async fn retained_messages_are_seen_and_cleared(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    alice(lab).await?;
    page.publish("kept/a", "1", 1, true).await?;
    page.subscribe_granted("kept/#", 1).await?;
    page.wait_row("kept/a", |row| row.retained()).await?;
    page.publish("kept/b", "2", 1, true).await?;
    page.wait_row("kept/b", |row| !row.retained()).await?;
    let view = page.retained().await?;
    view.wait_contains("kept/a").await?;
    let clear = view.button(&button::clear_retained("kept/a"));
    clear.click().await?;
    page.answer("Clear").await?;
    clear.wait_gone().await?;
    page.document().button("Broker tables").click().await?;
    page.region("Broker tables")
        .wait_contains("Retained 1")
        .await
        .map(drop)
}

async fn a_match_is_explained(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    alice(lab).await?;
    page.subscribe_granted("sport/+", 0).await?;
    page.subscribe_granted("news/#", 0).await?;
    let why = page.why();
    why.field("Topic").fill("sport/tennis").await?;
    why.wait_text("what matches and what does not", |text| {
        let text = text.to_lowercase();
        text.contains("sport/+") && text.contains("not match") || text.contains("no match")
    })
    .await
    .map(drop)
}

async fn settings_and_profiles_are_kept(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let document = page.document();
    document.button("Settings").click().await?;
    document.field("Theme").choose("Dark").await?;
    document.button("Done").click().await?;
    page.connection_field("ClientID")
        .await?
        .fill("of-the-profile")
        .await?;
    page.connection().button("Profiles").click().await?;
    let dialog = document.all("dialog");
    dialog.field("Profile name").wait().await?;
    dialog.field("Profile name").fill("class").await?;
    dialog.button("Save").click().await?;
    dialog.button("Rename class").wait().await?;
    lab.reload().await?;
    document.button("Settings").click().await?;
    document.field("Theme").wait_value("Dark").await?;
    document.button("Done").click().await?;
    page.connection().button("Profiles").click().await?;
    dialog.button("Rename class").wait().await.map(drop)
}

/// Where the browser keeps no page: what has been fetched ahead opens all the same, while the page is open.
#[tokio::test]
async fn parts_are_fetched_ahead_where_no_page_is_kept() -> Result<()> {
    let options = Options {
        before_page: Some(KEEPS_NOTHING.to_owned()),
        ..Options::default()
    };
    lab::run_with("ahead", Version::V5_0, &options, async |lab| {
        let modules: BTreeSet<String> = files()?
            .into_iter()
            .filter(|name| name.ends_with(".wasm") || name.ends_with(".css"))
            .collect();
        let mut missing = modules.clone();
        wait::until("all modules and style sheets", AHEAD_LIMIT, async || {
            for url in lab.browser.requests().await? {
                let name = url.rsplit('/').next().unwrap_or_default();
                missing.remove(name);
            }
            ensure!(missing.is_empty(), "not asked for: {missing:?}");
            Ok(())
        })
        .await?;
        lab.cut_network().await?;
        every_part_opens(lab).await
    })
    .await
}

/// Nothing is fetched behind the back of whoever saves data.
#[tokio::test]
async fn whoever_saves_data_fetches_what_is_opened() -> Result<()> {
    let options = Options {
        before_page: Some(SAVES_DATA.to_owned()),
        ..Options::default()
    };
    lab::run_with("save data", Version::V5_0, &options, async |lab| {
        alice(lab).await?;
        lab.browser.requests().await?;
        // Longer than a page waits that does fetch ahead.
        tokio::time::sleep(Duration::from_secs(8)).await;
        let requests = lab.browser.requests().await?;
        ensure!(requests.is_empty(), "{requests:?}");
        let script = "return navigator.serviceWorker.getRegistration() \
             .then((registration) => registration === undefined)";
        let is_none: bool = lab.driver().execute(script, vec![]).await?.convert()?;
        ensure!(is_none, "the browser was asked to keep the page");
        lab.page.document().button("Devices").click().await?;
        let pane = lab.page.region("Devices");
        pane.button("Add Counter").wait().await.map(drop)
    })
    .await
}

/// What stands in the page of the second version alone.
const SECOND: &str = "<meta name=\"version\" content=\"second\">";

/// Makes the page in `folder` another version of itself: its HTML is another one, and its service worker says so.
async fn update(lab: &Lab, folder: &Path) -> Result<()> {
    let (page, worker) = (folder.join("index.html"), folder.join("service-worker.js"));
    let html = std::fs::read_to_string(&page)?.replace("</head>", &format!("{SECOND}</head>"));
    std::fs::write(&page, &html)?;
    let script = "const bytes = new TextEncoder().encode(arguments[0]); \
         const hash = await crypto.subtle.digest('SHA-256', bytes); \
         return btoa(String.fromCharCode(...new Uint8Array(hash)));";
    let arguments = vec![serde_json::Value::from(html)];
    let hash: String = lab.driver().execute(script, arguments).await?.convert()?;
    let text = std::fs::read_to_string(&worker)?;
    let own = "[\"\", \"sha256-";
    let start = text.find(own).context("the page's own line")? + own.len();
    let end = start + text[start..].find('"').context("its end")?;
    let text = [&text[..start], &hash, &text[end..]].concat();
    let text = text.replace(
        "const CACHE = FAMILY + \"",
        "const CACHE = FAMILY + \"second",
    );
    std::fs::write(&worker, text)?;
    Ok(())
}

async fn is_second(lab: &Lab) -> Result<bool> {
    let script = "return document.querySelector('meta[name=version]') !== null";
    Ok(lab.driver().execute(script, vec![]).await?.convert()?)
}

/// Nobody who can have the newer page sees the older one, and each is kept whole until it is not needed.
#[tokio::test]
async fn a_newer_page_takes_the_place_of_the_older() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for name in files()?
        .iter()
        .map(String::as_str)
        .chain(["service-worker.js"])
    {
        std::fs::copy(dist::directory()?.join(name), folder.path().join(name))?;
    }
    let options = Options::default();
    let version = Version::V5_0;
    lab::run_on(folder.path(), "update", version, &options, async |lab| {
        lab.page.ready().await?;
        lab.wait_kept().await?;
        update(lab, folder.path()).await?;
        ensure!(!is_second(lab).await?, "it is there already");
        lab.reload().await?;
        ensure!(is_second(lab).await?, "the older page was shown");
        const WAITS: &str = "return navigator.serviceWorker.getRegistration() \
             .then((registration) => Boolean(registration?.waiting))";
        wait::until("the newer page, kept", AHEAD_LIMIT, async || {
            let waits: bool = lab.driver().execute(WAITS, vec![]).await?.convert()?;
            ensure!(waits, "it is not kept yet");
            Ok(())
        })
        .await?;
        // No tab shows the page any more: the older one can go.
        lab.driver().goto("about:blank").await?;
        lab.driver().goto(lab.url()).await?;
        lab.page.ready().await?;
        lab.wait_kept().await?;
        const CACHES: &str = "return caches.keys()";
        wait::soon("one kept page", async || {
            let names: Vec<String> = lab.driver().execute(CACHES, vec![]).await?.convert()?;
            ensure!(names.len() == 1 && names[0].contains("second"), "{names:?}");
            Ok(())
        })
        .await?;
        lab.cut_network().await?;
        lab.reload().await?;
        ensure!(is_second(lab).await?, "the older page was shown");
        alice(lab).await
    })
    .await
}
