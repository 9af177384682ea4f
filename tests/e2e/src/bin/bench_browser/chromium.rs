//! A headless Chromium without WebDriver: nothing listens to its network, and while a page is measured nothing is
//! attached to it at all.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use mqtt_lab_e2e::browser;
use mqtt_lab_e2e::process::find;
use mqtt_lab_e2e::wait;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longest time for one command.
const LIMIT: Duration = Duration::from_secs(240);

/// A running browser, and the one connection to it.
pub struct Chromium {
    process: Child,
    profile: TempDir,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    target: String,
    session: Option<String>,
    next: u64,
}

impl Chromium {
    /// Starts a browser with one empty page, and attaches to that.
    pub async fn start() -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut command = Command::new(find("CHROMIUM", browser::PROGRAMS)?);
        command
            .args(browser::arguments(profile.path())?)
            .arg("--remote-debugging-port=0")
            .arg("--no-default-browser-check")
            .arg("--enable-precise-memory-info")
            .arg("--window-size=1440,900")
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let process = command.spawn().context("Chromium did not start")?;
        let address = wait::soon("Chromium's port", async || {
            let text = tokio::fs::read_to_string(profile.path().join("DevToolsActivePort")).await?;
            let (port, path) = text.trim().split_once('\n').context("half written")?;
            Ok(format!("ws://127.0.0.1:{port}{path}"))
        })
        .await?;
        let (socket, _) = connect_async(&address).await?;
        let mut chromium = Self {
            process,
            profile,
            socket,
            target: String::new(),
            session: None,
            next: 0,
        };
        let targets = chromium.ask_browser("Target.getTargets", json!({})).await?;
        let targets = targets["targetInfos"].as_array().context("no targets")?;
        let page = targets.iter().find(|target| target["type"] == "page");
        let page = page.context("Chromium has no page")?;
        page["targetId"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut chromium.target);
        chromium.attach().await?;
        Ok(chromium)
    }

    /// Opens `url`, with `script` run before any script of the page.
    pub async fn open(&mut self, url: &str, script: &str) -> Result<()> {
        self.ask("Page.enable", json!({})).await?;
        let source = json!({ "source": script });
        self.ask("Page.addScriptToEvaluateOnNewDocument", source)
            .await?;
        self.ask("Page.navigate", json!({ "url": url })).await?;
        self.ask("Page.disable", json!({})).await?;
        Ok(())
    }

    /// The value of an expression, awaited where it is a promise.
    pub async fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let parameters = json!({
            "expression": expression,
            "awaitPromise": true,
            "returnByValue": true,
        });
        let mut answer = self.ask("Runtime.evaluate", parameters).await?;
        if let Some(exception) = answer.get("exceptionDetails") {
            bail!("{expression}: {exception}");
        }
        Ok(answer["result"]["value"].take())
    }

    /// Waits until an expression is true.
    pub async fn until(&mut self, expression: &str) -> Result<()> {
        for _ in 0..300 {
            // While the page is being opened there is nothing to ask.
            if self
                .evaluate(expression)
                .await
                .is_ok_and(|value| value == true)
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("waited in vain for {expression}")
    }

    /// Presses and releases a key, as a keyboard does.
    pub async fn press(&mut self, key: &str, code: u32) -> Result<()> {
        let mut down = json!({ "type": "keyDown", "key": key, "windowsVirtualKeyCode": code });
        if key.len() == 1 {
            down["text"] = key.into();
        }
        self.ask("Input.dispatchKeyEvent", down).await?;
        let up = json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code });
        self.ask("Input.dispatchKeyEvent", up).await?;
        Ok(())
    }

    /// Begins to note where the page spends its time. That costs time itself.
    pub async fn start_profile(&mut self) -> Result<()> {
        self.ask("Profiler.enable", json!({})).await?;
        let interval = json!({ "interval": 200 });
        self.ask("Profiler.setSamplingInterval", interval).await?;
        self.ask("Profiler.start", json!({})).await?;
        Ok(())
    }

    /// Writes that down, in the form that Chromium's developer tools open.
    pub async fn end_profile(&mut self, path: &Path) -> Result<()> {
        let answer = self.ask("Profiler.stop", json!({})).await?;
        tokio::fs::write(path, answer["profile"].to_string()).await?;
        Ok(())
    }

    /// Attaches to the page.
    pub async fn attach(&mut self) -> Result<()> {
        let parameters = json!({ "targetId": self.target, "flatten": true });
        let answer = self
            .ask_browser("Target.attachToTarget", parameters)
            .await?;
        self.session = answer["sessionId"].as_str().map(str::to_owned);
        ensure!(self.session.is_some(), "no session: {answer}");
        Ok(())
    }

    /// Leaves the page alone.
    pub async fn detach(&mut self) -> Result<()> {
        if let Some(session) = self.session.take() {
            let parameters = json!({ "sessionId": session });
            self.ask_browser("Target.detachFromTarget", parameters)
                .await?;
        }
        Ok(())
    }

    /// The seconds of processor time that the processes of pages have used, and their numbers.
    pub async fn page_processes(&mut self) -> Result<(f64, Vec<u64>)> {
        let answer = self
            .ask_browser("SystemInfo.getProcessInfo", json!({}))
            .await?;
        let processes = answer["processInfo"].as_array().context("no processes")?;
        let pages = processes.iter().filter(|one| one["type"] == "renderer");
        let mut seconds = 0.0;
        let mut numbers = Vec::new();
        for page in pages {
            seconds += page["cpuTime"].as_f64().unwrap_or_default();
            numbers.extend(page["id"].as_u64());
        }
        ensure!(!numbers.is_empty(), "no process of a page: {answer}");
        Ok((seconds, numbers))
    }

    /// Ends the browser and removes its profile.
    pub async fn quit(mut self) -> Result<()> {
        // It may be gone before it has answered.
        let _ = self.ask_browser("Browser.close", json!({})).await;
        let ended = tokio::time::timeout(Duration::from_secs(5), self.process.wait()).await;
        if ended.is_err() {
            self.process.kill().await?;
        }
        // The last helper may still be writing while the directory goes away.
        let _ = self.profile.close();
        Ok(())
    }

    async fn ask(&mut self, method: &str, parameters: Value) -> Result<Value> {
        let session = self.session.clone().context("attached to no page")?;
        self.exchange(method, parameters, Some(session)).await
    }

    async fn ask_browser(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.exchange(method, parameters, None).await
    }

    async fn exchange(
        &mut self,
        method: &str,
        parameters: Value,
        session: Option<String>,
    ) -> Result<Value> {
        self.next += 1;
        let id = self.next;
        let mut command = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        let answer = async {
            self.socket.send(Message::text(command.to_string())).await?;
            loop {
                let message = self.socket.next().await.context("Chromium hung up")??;
                let Message::Text(text) = message else {
                    continue;
                };
                let mut answer: Value = serde_json::from_str(&text)?;
                // Everything else is an event.
                if answer["id"] == id {
                    ensure!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                    return Ok(answer["result"].take());
                }
            }
        };
        tokio::time::timeout(LIMIT, answer)
            .await
            .with_context(|| format!("{method} took too long"))?
    }
}

/// The memory of its own that the largest of these processes has, in bytes: without the program itself, which all
/// share. 0 where the system does not tell.
pub fn own_memory(processes: &[u64]) -> f64 {
    let own = |process: &u64| {
        let status = Path::new("/proc").join(process.to_string()).join("status");
        let status = std::fs::read_to_string(status).ok()?;
        let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    };
    processes.iter().filter_map(own).fold(0.0, f64::max) * 1024.0
}
