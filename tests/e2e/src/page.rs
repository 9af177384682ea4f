//! The page, as a person with a lab sheet uses it.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use thirtyfour::prelude::*;

use crate::dom::Place;
pub use crate::login::{Login, Will};
use crate::names::{PAYLOAD, button, field, region};
use crate::wait;

/// The page shows its form within this time even where two browsers share two cores.
const START_LIMIT: Duration = Duration::from_secs(30);

/// What hides parts of the Connection form, by the beginning of the name.
const DISCLOSURES: &[&str] = &[button::EDIT, "Last Will", "Time-out", "MQTT 5"];

/// The fields that are there only for a broker that has an address.
const ADDRESS: &[&str] = &["Host", "Port", "Path", "SSL"];

/// What the state line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// `connected`
    Connected,
    /// `disconnected`
    Disconnected,
    /// `connecting ...`
    Connecting,
    /// `reconnecting in N s`
    Reconnecting,
}

impl State {
    /// The state that a status text means, if it is the state line.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "connected" => Some(Self::Connected),
            "disconnected" => Some(Self::Disconnected),
            text if text.starts_with("connecting") => Some(Self::Connecting),
            text if text.starts_with("reconnecting") => Some(Self::Reconnecting),
            _ => None,
        }
    }
}

/// A row of the message list.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    /// The rendered text of the whole row.
    pub text: String,
    /// The text of each cell.
    pub cells: Vec<String>,
}

impl Row {
    /// What stands after `Topic: `.
    pub fn topic(&self) -> Option<&str> {
        self.labelled("Topic: ")
    }

    /// What stands after `Qos: `.
    pub fn qos(&self) -> Option<u8> {
        self.labelled("Qos: ")?.parse().ok()
    }

    /// Whether the row is marked as retained.
    pub fn retained(&self) -> bool {
        self.cells
            .iter()
            .any(|cell| cell.lines().any(|line| line.trim() == "Retained"))
    }

    /// Whether any part of the row has this text.
    pub fn contains(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    fn labelled(&self, label: &str) -> Option<&str> {
        let start = self.cells.iter().find_map(|cell| cell.split_once(label))?.1;
        Some(start.lines().next().unwrap_or_default().trim_end())
    }
}

/// The page object.
pub struct Page {
    driver: WebDriver,
}

impl fmt::Debug for Page {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Page")
    }
}

impl Page {
    /// The page in this session.
    pub fn new(driver: &WebDriver) -> Self {
        Self {
            driver: driver.clone(),
        }
    }

    /// Waits until the Connection panel can be used.
    pub async fn ready(&self) -> Result<()> {
        wait::until("the Connection panel", START_LIMIT, async || {
            self.state().await.map(drop)
        })
        .await
    }

    /// The whole page.
    pub fn document(&self) -> Place {
        Place::document(&self.driver)
    }

    /// A named panel.
    pub fn region(&self, name: &str) -> Place {
        self.document().region(name)
    }

    /// The Connection panel.
    pub fn connection(&self) -> Place {
        self.region(region::CONNECTION)
    }

    /// The Publish panel.
    pub fn publishing(&self) -> Place {
        self.region(region::PUBLISH)
    }

    /// The Subscriptions panel.
    pub fn subscriptions(&self) -> Place {
        self.region(region::SUBSCRIPTIONS)
    }

    /// The Messages panel.
    pub fn messages(&self) -> Place {
        self.region(region::MESSAGES)
    }

    /// Where a narrow screen chooses this panel; nothing is there on a wide one.
    pub fn chooser_of(&self, panel: &str) -> Place {
        self.document().tab_of(region::PANELS, panel)
    }

    /// Shows a panel that a narrow screen has behind another; nothing to do where it is shown.
    pub async fn show(&self, panel: &str) -> Result<Place> {
        let place = self.region(panel);
        if !place.exists().await? {
            self.chooser_of(panel).click().await?;
            place.wait().await?;
        }
        Ok(place)
    }

    // Connection.

    /// A field of the Connection form, with the part of the form that holds it unfolded.
    pub async fn connection_field(&self, name: &str) -> Result<Place> {
        let field = self.connection().field(name);
        if ADDRESS.contains(&name) && !field.exists().await? {
            self.leave_lab_broker(&field).await?;
        }
        if !field.exists().await? {
            for part in DISCLOSURES {
                let unfold = self.connection().chooser_starting(part);
                if unfold.count().await? == 1 {
                    unfold.click().await?;
                    if field.exists().await? {
                        break;
                    }
                }
            }
        }
        Ok(field)
    }

    /// Chooses *Custom* where the form leads to the broker in the page, which has no address.
    async fn leave_lab_broker(&self, address: &Place) -> Result<()> {
        let broker = self.connection().field("Broker");
        let edit = self.connection().chooser_starting(button::EDIT);
        if !broker.exists().await? && edit.count().await? == 1 {
            edit.click().await?;
        }
        if broker.exists().await? && !address.exists().await? {
            broker.choose("Custom").await?;
        }
        Ok(())
    }

    /// Fills the Connection form.
    pub async fn fill_login(&self, login: &Login) -> Result<()> {
        self.connection_field("MQTT version")
            .await?
            .choose(login.version.label())
            .await?;
        self.connection_field("SSL").await?.check(false).await?;
        self.connection_field("Host")
            .await?
            .fill(&login.host)
            .await?;
        self.connection_field("Port")
            .await?
            .fill(&login.port.to_string())
            .await?;
        self.connection_field("Path")
            .await?
            .fill(&login.path)
            .await?;
        let keep_alive = login.keep_alive.map(|seconds| seconds.to_string());
        for (name, value) in [
            ("ClientID", &login.client_id),
            ("Username", &login.username),
            ("Password", &login.password),
            ("Keep Alive", &keep_alive),
        ] {
            if let Some(value) = value {
                self.connection_field(name).await?.fill(value).await?;
            }
        }
        if let Some(clean) = login.clean_session {
            self.connection_field("Clean Session")
                .await?
                .check(clean)
                .await?;
        }
        if let Some(will) = &login.will {
            self.connection_field("Last-Will Topic")
                .await?
                .fill(&will.topic)
                .await?;
            self.connection_field("Last-Will QoS")
                .await?
                .choose(&will.qos.to_string())
                .await?;
            self.connection_field("Last-Will Retain")
                .await?
                .check(will.retain)
                .await?;
            self.connection_field("Last-Will Message")
                .await?
                .fill(&will.message)
                .await?;
        }
        Ok(())
    }

    /// Fills the form and clicks Connect, without waiting for what comes of it.
    pub async fn start_connecting(&self, login: &Login) -> Result<()> {
        self.fill_login(login).await?;
        self.connection().button(button::CONNECT).click().await
    }

    /// Connects, and waits until the page says so.
    pub async fn connect(&self, login: &Login) -> Result<()> {
        self.start_connecting(login).await?;
        self.wait_state(State::Connected).await
    }

    /// Clicks Disconnect, and waits until the page says so.
    pub async fn disconnect(&self) -> Result<()> {
        self.connection().button(button::DISCONNECT).click().await?;
        self.wait_state(State::Disconnected).await
    }

    /// Ends whatever the connection is doing: connected, connecting or waiting to try again.
    pub async fn go_idle(&self) -> Result<()> {
        wait::soon("the state Disconnected", async || {
            if self.state().await? == State::Disconnected {
                return Ok(());
            }
            for name in [button::DISCONNECT, "Cancel", "Stop"] {
                let stop = self.connection().chooser_starting(name);
                if stop.count().await? == 1 {
                    stop.click().await?;
                    break;
                }
            }
            let state = self.state().await?;
            ensure!(state == State::Disconnected, "it is {state:?}");
            Ok(())
        })
        .await
    }

    /// What the state line says now.
    pub async fn state(&self) -> Result<State> {
        let mut texts = Vec::new();
        for status in self.connection().all("status").elements().await? {
            texts.push(status.text().await?);
        }
        texts
            .iter()
            .find_map(|text| State::parse(text))
            .with_context(|| format!("no state line among {texts:?}"))
    }

    /// Waits for this state.
    pub async fn wait_state(&self, expected: State) -> Result<()> {
        self.wait_state_for(expected, wait::PATIENCE).await
    }

    /// Waits for this state, with a deadline of its own.
    pub async fn wait_state_for(&self, expected: State, limit: Duration) -> Result<()> {
        wait::until(&format!("the state {expected:?}"), limit, async || {
            let state = self.state().await?;
            ensure!(
                state == expected,
                "the state is {state:?}, the panel says {:?}",
                self.connection().text().await?
            );
            Ok(())
        })
        .await
    }

    /// What the Connection panel says beside its form: the state, and how a connection ended.
    pub async fn explanation(&self) -> Result<String> {
        // The form's own labels say `Port` and `Path` at all times.
        const SCRIPT: &str = "const [panel] = arguments; \
             const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT); \
             let text = ''; \
             while (walker.nextNode()) { \
                 const parent = walker.currentNode.parentElement; \
                 if (!parent.closest('form, label, legend, button, select, summary, [role=switch]') && parent.checkVisibility()) \
                     text += walker.currentNode.data + ' '; } \
             return text.replace(/\\s+/g, ' ').trim()";
        let panel = self.connection().single().await?;
        let text = self.driver.execute(SCRIPT, vec![panel.to_json()?]).await?;
        Ok(text.convert()?)
    }

    /// Waits until the Connection panel says one of these things, upper and lower case being the same.
    pub async fn wait_explanation(&self, any_of: &[&str], limit: Duration) -> Result<String> {
        wait::until(
            &format!("one of {any_of:?} as an explanation"),
            limit,
            async || {
                let text = self.explanation().await?;
                let lower = text.to_lowercase();
                ensure!(
                    any_of
                        .iter()
                        .any(|part| lower.contains(&part.to_lowercase())),
                    "the panel says {text:?}"
                );
                Ok(text)
            },
        )
        .await
    }

    // Subscriptions.

    /// Opens the form of a subscription where it is not open.
    pub async fn open_subscription_form(&self) -> Result<()> {
        let submit = self.subscription_form().await?.button(button::SUBSCRIBE);
        if !submit.exists().await? {
            self.subscriptions()
                .button(button::ADD_SUBSCRIPTION)
                .click()
                .await?;
            wait::soon("the form of a subscription", async || {
                let submit = self.subscription_form().await?.button(button::SUBSCRIBE);
                submit.single().await.map(drop)
            })
            .await?;
        }
        Ok(())
    }

    /// Where the form of a subscription is: a dialog, or the panel itself.
    pub async fn subscription_form(&self) -> Result<Place> {
        let dialog = self.document().all("dialog");
        Ok(if dialog.exists().await? {
            dialog
        } else {
            self.subscriptions()
        })
    }

    /// The `Topic` field of the form of a subscription.
    pub async fn filter_field(&self) -> Result<Place> {
        Ok(self
            .subscription_form()
            .await?
            .field_outside("Topic", region::WHY))
    }

    /// Subscribes and waits for the row.
    pub async fn subscribe(&self, filter: &str, qos: u8) -> Result<()> {
        self.open_subscription_form().await?;
        self.filter_field().await?.fill(filter).await?;
        let form = self.subscription_form().await?;
        form.field("QoS").choose(&qos.to_string()).await?;
        form.button(button::SUBSCRIBE).click().await?;
        self.subscription(filter).wait().await?;
        Ok(())
    }

    /// Subscribes and waits until the Server has granted it.
    pub async fn subscribe_granted(&self, filter: &str, qos: u8) -> Result<()> {
        self.subscribe(filter, qos).await?;
        self.subscription(filter)
            .wait_text("a granted QoS", |text| {
                text.to_lowercase().contains("granted")
            })
            .await?;
        Ok(())
    }

    /// The row of a subscription.
    pub fn subscription(&self, filter: &str) -> Place {
        self.subscriptions()
            .button(&button::unsubscribe(filter))
            .item_around()
    }

    /// Clicks a subscription, which filters the message list by it, or ends that.
    pub async fn filter_by(&self, filter: &str) -> Result<()> {
        let row = self.subscription(filter);
        let named = row.chooser_starting(&button::show_only(filter));
        if named.exists().await? {
            return named.click().await;
        }
        row.chooser_starting(filter).click().await
    }

    /// The explanation of matches, inside the Subscriptions panel.
    pub fn why(&self) -> Place {
        self.subscriptions().region(region::WHY)
    }

    // Publish.

    /// Fills the Publish form.
    pub async fn fill_publish(
        &self,
        topic: &str,
        message: &str,
        qos: u8,
        retain: bool,
    ) -> Result<()> {
        let panel = self.publishing();
        panel.field("Topic").fill(topic).await?;
        panel.field("QoS").choose(&qos.to_string()).await?;
        panel.field("Retain").check(retain).await?;
        panel.field("Message").fill(message).await
    }

    /// Publishes.
    pub async fn publish(&self, topic: &str, message: &str, qos: u8, retain: bool) -> Result<()> {
        self.fill_publish(topic, message, qos, retain).await?;
        self.publishing().button(button::PUBLISH).click().await
    }

    /// Waits until the Publish panel says this size on the wire.
    pub async fn wait_size(&self, bytes: u32) -> Result<()> {
        let number = bytes.to_string();
        let says = |text: &str| {
            let words: Vec<_> = text.split_whitespace().collect();
            words
                .windows(2)
                .any(|pair| pair[0] == number && pair[1].starts_with("byte"))
        };
        self.publishing()
            .wait_text(&format!("{bytes} bytes"), says)
            .await
            .map(drop)
    }

    // Messages.

    /// The rows that are drawn now, top to bottom.
    pub async fn rows(&self) -> Result<Vec<Row>> {
        const SCRIPT: &str = "return [...arguments].map((row) => { \
             const cells = [...row.querySelectorAll('[role=gridcell], [role=cell], td')]; \
             return { text: row.innerText, \
                      cells: (cells.length ? cells : [...row.children]).map((c) => c.innerText) }; })";
        let elements = self.messages().items().elements().await?;
        let arguments: Vec<_> = elements
            .iter()
            .map(WebElement::to_json)
            .collect::<Result<_, _>>()?;
        let rows: Vec<Row> = self.driver.execute(SCRIPT, arguments).await?.convert()?;
        Ok(rows
            .into_iter()
            .filter(|row| row.topic().is_some())
            .collect())
    }

    /// Waits for a row with this topic that also satisfies `accepted`.
    pub async fn wait_row(&self, topic: &str, accepted: impl Fn(&Row) -> bool) -> Result<Row> {
        wait::soon(&format!("a message on {topic:?}"), async || {
            let rows = self.rows().await?;
            let found = rows
                .iter()
                .find(|row| row.topic() == Some(topic) && accepted(row))
                .cloned();
            found.with_context(|| format!("the rows are {rows:#?}"))
        })
        .await
    }

    /// N of `Messages received: N`.
    pub async fn received(&self) -> Result<u64> {
        let mut texts = Vec::new();
        for status in self.messages().all("status").elements().await? {
            let text = status.text().await?;
            if let Some((_, count)) = text.split_once("Messages received:") {
                let digits: String = count
                    .trim()
                    .chars()
                    .take_while(|c| !c.is_alphabetic())
                    .filter(char::is_ascii_digit)
                    .collect();
                return Ok(digits.parse()?);
            }
            texts.push(text);
        }
        bail!("no status says how many messages were received, only {texts:?}")
    }

    /// Waits until exactly this many messages have been received.
    pub async fn wait_received(&self, expected: u64) -> Result<()> {
        wait::until(
            &format!("{expected} messages"),
            wait::PATIENCE * 2,
            async || {
                let received = self.received().await?;
                ensure!(received == expected, "{received} were received");
                Ok(())
            },
        )
        .await
    }

    /// Selects the newest row with this topic, and waits for its details.
    pub async fn open_details(&self, topic: &str) -> Result<Place> {
        wait::soon(&format!("the row of {topic:?}"), async || {
            for row in self.messages().items().elements().await? {
                if row.text().await?.contains(&format!("Topic: {topic}")) {
                    row.click().await?;
                    return Ok(());
                }
            }
            bail!("it is not drawn")
        })
        .await?;
        let details = self.region(region::DETAILS);
        details.wait_contains(topic).await?;
        Ok(details)
    }

    /// Chooses how the payload of the selected message is shown: `Text`, `JSON` or `Hex`.
    pub async fn view_payload_as(&self, view: &str) -> Result<()> {
        let details = self.region(region::DETAILS);
        let select = details.field("Payload");
        if select.exists().await? {
            return select.choose(view).await;
        }
        details.chooser_starting(view).click().await
    }

    /// The payload of the selected message, as it is shown.
    pub async fn shown_payload(&self) -> Result<String> {
        let selector = format!("[data-testid=\"{PAYLOAD}\"]");
        let element = self.driver.find(By::Css(selector)).await?;
        let text = self
            .driver
            .execute("return arguments[0].textContent", vec![element.to_json()?])
            .await?;
        Ok(text.convert()?)
    }

    /// Waits until the payload of the selected message is shown so.
    pub async fn wait_payload(
        &self,
        what: &str,
        accepted: impl Fn(&str) -> bool,
    ) -> Result<String> {
        wait::soon(&format!("{what} as the payload"), async || {
            let payload = self.shown_payload().await?;
            ensure!(accepted(&payload), "it is {payload:?}");
            Ok(payload)
        })
        .await
    }

    // Retained.

    /// The view of retained messages, opened where it is behind a tab.
    pub async fn retained(&self) -> Result<Place> {
        let view = self.region(region::RETAINED);
        if !view.exists().await? {
            self.document()
                .chooser_starting(region::RETAINED)
                .click()
                .await?;
            view.wait().await?;
        }
        Ok(view)
    }

    // Clients.

    /// Adds a client, which becomes the selected one, and names it.
    pub async fn add_client(&self, name: &str) -> Result<()> {
        let before = self.clients().await?;
        self.document().button(button::ADD_CLIENT).click().await?;
        wait::soon("one more client", async || {
            let now = self.clients().await?;
            ensure!(now == before + 1, "there were {before}, there are {now}");
            Ok(())
        })
        .await?;
        self.rename_client(name).await
    }

    /// Waits for a question and answers it with the button whose name begins so.
    pub async fn answer(&self, beginning: &str) -> Result<()> {
        let dialog = self.document().all("dialog");
        dialog.chooser_starting(beginning).click().await?;
        dialog.wait_gone().await
    }

    /// How many clients the rail shows.
    pub async fn clients(&self) -> Result<usize> {
        self.region(region::CLIENTS).items().count().await
    }

    /// Names the selected client.
    pub async fn rename_client(&self, name: &str) -> Result<()> {
        if self.is_current(name).await.unwrap_or(false) {
            return Ok(());
        }
        let rail = self.region(region::CLIENTS);
        rail.chooser_starting(&button::rename("")).click().await?;
        let dialog = self.document().all("dialog");
        dialog.field(field::NAME).fill(name).await?;
        dialog.chooser_starting(&button::rename("")).click().await?;
        dialog.wait_gone().await?;
        self.client(name).wait().await?;
        Ok(())
    }

    /// The entry of a client in the rail.
    pub fn client(&self, name: &str) -> Place {
        self.region(region::CLIENTS).chooser_starting(name)
    }

    /// Selects a client.
    pub async fn select_client(&self, name: &str) -> Result<()> {
        let entry = self.client(name);
        entry.click().await?;
        wait::soon(&format!("{entry} to be the current one"), async || {
            ensure!(self.is_current(name).await?, "another one is");
            Ok(())
        })
        .await
    }

    /// Whether this client is the selected one.
    async fn is_current(&self, name: &str) -> Result<bool> {
        let current = self
            .client(name)
            .single()
            .await?
            .attr("aria-current")
            .await?;
        Ok(current.as_deref() == Some("true"))
    }
}
