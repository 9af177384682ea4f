//! The history of one topic, with what each message has changed.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;

use crate::connected;

both_versions!(each_message_tells_what_it_has_changed);

async fn each_message_tells_what_it_has_changed(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("h/#", 1).await?;
    for (topic, payload) in [
        ("h/n", "20"),
        ("h/other", "never shown"),
        ("h/n", "21.5"),
        ("h/n", "21.5"),
        ("h/n", "{\"a\":1,\"b\":2}"),
        ("h/n", "{\"a\":1,\"b\":3}"),
    ] {
        broker.publish(topic, payload.as_bytes(), false).await?;
    }
    page.wait_received(6).await?;
    let details = page.open_details("h/n").await?;
    details.button("History").click().await?;
    let dialog = page.document().all("dialog");
    dialog.wait_contains("5 messages are kept").await?;
    let text = dialog.wait_contains("first that is known").await?;
    for words in [
        "History of h/n",
        "first that is known",
        "+ 1.5",
        "unchanged",
        "b: 2 → 3",
    ] {
        ensure!(text.contains(words), "{words:?} is not in {text:?}");
    }
    ensure!(!text.contains("never shown"), "{text:?}");
    // What comes meanwhile is taken in.
    broker.publish("h/n", b"{\"a\":2,\"b\":3}", false).await?;
    dialog.wait_contains("a: 1 → 2").await?;
    dialog.button("Close").click().await?;
    dialog.wait_gone().await
}
