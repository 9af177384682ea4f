//! What survives a reload: settings and profiles. What does not, unless asked: passwords.

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::mosquitto::{self, Mosquitto};
use mqtt_lab_e2e::names::{button, field};
use mqtt_lab_e2e::packet::Version;
use mqtt_lab_e2e::page::Login;
use mqtt_lab_e2e::wait;

both_versions!(
    the_form_survives_a_reload_without_the_password,
    the_password_is_kept_only_if_asked,
    a_session_is_taken_over_after_a_reload,
);

async fn broker_with_account() -> Result<Mosquitto> {
    Mosquitto::start_with(mosquitto::Options {
        accounts: vec![("alice".to_owned(), "pass-word-1".to_owned())],
        ..Default::default()
    })
    .await
}

/// Everything in the page's storage, as one text.
async fn stored(lab: &Lab) -> Result<String> {
    const SCRIPT: &str =
        "return JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage })";
    Ok(lab.driver().execute(SCRIPT, vec![]).await?.convert()?)
}

async fn the_form_survives_a_reload_without_the_password(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = broker_with_account().await?;
    let mut login = Login::to_broker(&broker, lab.version).client_id("comes-back");
    login.keep_alive = Some(33);
    login.path = "/some/path".to_owned();
    page.connect(&login.account("alice", "pass-word-1")).await?;
    page.disconnect().await?;
    ensure!(
        !stored(lab).await?.contains("pass-word-1"),
        "the password is in the storage"
    );
    lab.reload().await?;
    let port = broker.websocket_port.to_string();
    for (name, value) in [
        ("Host", "127.0.0.1"),
        ("Port", port.as_str()),
        ("Path", "/some/path"),
        ("ClientID", "comes-back"),
        ("Username", "alice"),
        ("Password", ""),
        ("Keep Alive", "33"),
    ] {
        page.connection_field(name)
            .await?
            .wait_value(value)
            .await
            .context(name)?;
    }
    let version = page.connection_field("MQTT version").await?.value().await?;
    ensure!(
        version.contains(lab.version.label()),
        "the version is {version:?}"
    );
    ensure!(!page.connection_field("SSL").await?.is_checked().await?);
    Ok(())
}

async fn the_password_is_kept_only_if_asked(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = broker_with_account().await?;
    let login = Login::to_broker(&broker, lab.version).account("alice", "pass-word-1");
    page.fill_login(&login).await?;
    page.connection()
        .check_box(field::KEEP_PASSWORD)
        .check(true)
        .await?;
    page.connect(&login).await?;
    page.disconnect().await?;
    lab.reload().await?;
    page.connection_field("Password")
        .await?
        .wait_value("pass-word-1")
        .await?;
    // Taken back, it is gone from the storage at once.
    page.connection()
        .check_box(field::KEEP_PASSWORD)
        .check(false)
        .await?;
    wait::soon("a storage without the password", async || {
        ensure!(!stored(lab).await?.contains("pass-word-1"));
        Ok(())
    })
    .await
}

async fn a_session_is_taken_over_after_a_reload(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    let broker = Mosquitto::start().await?;
    let mut login = Login::to_broker(&broker, lab.version).client_id("comes-back");
    login.clean_session = Some(false);
    page.fill_login(&login).await?;
    if lab.version == Version::V5_0 {
        let expiry = page.connection_field("Session Expiry Interval").await?;
        expiry.fill("600").await?;
    }
    page.connect(&login).await?;
    page.subscribe_granted("away/#", 1).await?;
    lab.reload().await?;
    broker
        .publish("away/1", b"while you were away", false)
        .await?;
    page.connection().button(button::CONNECT).click().await?;
    page.wait_row("away/1", |row| row.contains("while you were away"))
        .await?;
    // The page knows nothing of the subscription that this came for, so it says why it came.
    page.document().wait_contains("takes it over").await?;
    page.wait_explanation(&["session present"], wait::PATIENCE)
        .await
        .map(drop)
}

#[tokio::test]
async fn a_profile_is_given_another_name() -> Result<()> {
    mqtt_lab_e2e::lab::run("profile", Version::V3_1_1, async |lab| {
        let page = &lab.page;
        page.connection().button("Profiles").click().await?;
        let dialog = page.document().all("dialog");
        dialog.field("Profile name").wait().await?;
        dialog.field("Profile name").fill("first").await?;
        dialog.button("Save").click().await?;
        dialog.button("Rename first").wait().await?;
        dialog.button("Rename first").click().await?;
        dialog.field("New name").fill("second").await?;
        dialog.button("Rename").click().await?;
        dialog.button("Rename second").wait().await?;
        dialog.button("Rename first").wait_gone().await?;
        // By keyboard one is where one was.
        const FOCUSED: &str = "const active = document.activeElement; \
             return active.getAttribute('aria-label') ?? active.textContent";
        wait::soon("the focus", async || {
            let focused: String = lab.driver().execute(FOCUSED, vec![]).await?.convert()?;
            ensure!(focused.contains("Rename second"), "it is at {focused:?}");
            Ok(())
        })
        .await?;
        lab.reload().await?;
        ensure!(stored(lab).await?.contains("second"), "it is kept");
        Ok(())
    })
    .await
}
