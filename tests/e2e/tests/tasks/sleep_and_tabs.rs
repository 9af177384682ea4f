//! What the page cannot see while it happens: a computer that sleeps, and another tab of the same page.

use anyhow::{Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::wait;

use crate::connected;

both_versions!(
    messages_after_a_sleep_have_the_time_on_the_wall,
    a_profile_of_another_tab_is_not_lost,
);

/// An hour of sleep as most computers have it: the steady clock of the page stands still, the one on the wall goes on.
const SLEEP: &str = "const now = Date.now.bind(Date); Date.now = () => now() + 3600 * 1000";

/// Hours and minutes on that wall.
const TIME: &str = "return new Date(Date.now()).toTimeString().slice(0, 5)";

async fn messages_after_a_sleep_have_the_time_on_the_wall(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = connected(lab).await?;
    page.subscribe_granted("clock/#", 0).await?;
    lab.driver().execute(SLEEP, vec![]).await?;
    let before: String = lab.driver().execute(TIME, vec![]).await?.convert()?;
    broker.publish("clock/1", b"good morning", false).await?;
    let row = page
        .wait_row("clock/1", |row| row.contains("good morning"))
        .await?;
    let after: String = lab.driver().execute(TIME, vec![]).await?.convert()?;
    ensure!(
        row.contains(&before) || row.contains(&after),
        "{:?} is not of {before} to {after}",
        row.text
    );
    // Nor is the connection given up for it.
    broker.publish("clock/2", b"still here", false).await?;
    page.wait_row("clock/2", |row| row.contains("still here"))
        .await
        .map(drop)
}

/// Saves a profile as the same page in another tab would.
const SAVE_ELSEWHERE: &str = "const profile = { name: 'saved elsewhere', form: { host: 'elsewhere.example' } }; \
     localStorage.setItem('mqtt-lab.profiles', JSON.stringify({ version: 1, profiles: [profile] }))";

async fn a_profile_of_another_tab_is_not_lost(lab: &Lab) -> Result<()> {
    let driver = lab.driver();
    let own = driver.window().await?;
    let other = driver.new_tab().await?;
    driver.switch_to_window(other).await?;
    driver.goto(lab.url()).await?;
    lab.page.ready().await?;
    driver.execute(SAVE_ELSEWHERE, vec![]).await?;
    driver.switch_to_window(own).await?;
    let page = &lab.page;
    page.connection().button("Profiles").click().await?;
    let dialog = page.document();
    dialog.wait_contains("saved elsewhere").await?;
    dialog.field("Profile name").fill("saved here").await?;
    dialog.button("Save").click().await?;
    wait::soon("both profiles in the storage", async || {
        const STORED: &str = "return localStorage.getItem('mqtt-lab.profiles')";
        let stored: String = driver.execute(STORED, vec![]).await?.convert()?;
        ensure!(
            stored.contains("saved elsewhere") && stored.contains("saved here"),
            "{stored}"
        );
        Ok(())
    })
    .await
}
