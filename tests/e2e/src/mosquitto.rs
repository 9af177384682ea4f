//! A real mosquitto with a generated configuration: one plain listener and one WebSocket listener, both on
//! loopback, on free ports. It ends with its owner.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use crate::certificate::Certificate;
use crate::process::{find, free_port, wait_for_port};
use crate::wait;

/// Ports are found free and then given to mosquitto, which opens them itself; another process may be faster.
const ATTEMPTS: u32 = 3;

/// What a broker is started with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Accounts. Empty means that anonymous clients are allowed.
    pub accounts: Vec<(String, String)>,
    /// Lines of an access control file (`topic read a/#`, `user alice`, ...). Empty means no such file.
    pub acl: Vec<String>,
    /// The highest QoS that the Server accepts (MQTT 5.0 tells the Client).
    pub max_qos: Option<u8>,
    /// The longest Keep Alive in seconds; a longer one is overridden for MQTT 5.0 and refused for 3.1.1.
    pub max_keep_alive: Option<u16>,
    /// Largest packet in bytes.
    pub max_packet_size: Option<u32>,
    /// Whether the WebSocket listener speaks TLS, with a certificate that nobody has signed.
    pub tls: bool,
    /// For a flood: nothing is logged but warnings, and no queue has a limit. With its usual ones the Server drops
    /// messages of QoS 0 for a Client that is slower than they come.
    pub for_load: bool,
    /// A configuration to start with in place of one made for tests: its listeners on 1883 and 9001 are moved to free
    /// ports of the loopback, and everything else holds as it stands.
    pub configuration: Option<String>,
}

/// What [`Options::for_load`] stands for in the configuration.
pub const FOR_LOAD: &[&str] = &["max_queued_messages 0", "max_inflight_messages 0"];

/// A running broker.
pub struct Mosquitto {
    /// Port of the plain TCP listener.
    pub tcp_port: u16,
    /// Port of the WebSocket listener.
    pub websocket_port: u16,
    options: Options,
    directory: TempDir,
    child: Option<Child>,
}

impl Mosquitto {
    /// Starts a broker that lets everybody in.
    pub async fn start() -> Result<Self> {
        Self::start_with(Options::default()).await
    }

    /// Starts a broker and waits until both listeners accept.
    pub async fn start_with(options: Options) -> Result<Self> {
        let mut attempt = 1;
        loop {
            let mut broker = Self {
                tcp_port: free_port()?,
                websocket_port: free_port()?,
                options: options.clone(),
                directory: tempfile::tempdir()?,
                child: None,
            };
            match broker.run().await {
                Ok(()) => return Ok(broker),
                Err(_) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Ends the broker at once, as a power cut would. What it had in memory is gone.
    pub async fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().await.context("mosquitto did not end")?;
        }
        Ok(())
    }

    /// Starts the broker again, on the same ports, after [`Self::kill`].
    pub async fn restart(&mut self) -> Result<()> {
        self.kill().await?;
        self.run().await
    }

    /// Publishes from outside the page, over plain TCP, at QoS 1, so that the Server has it when this returns.
    pub async fn publish(&self, topic: &str, payload: &[u8], retain: bool) -> Result<()> {
        let mut command = Command::new(find("MOSQUITTO_PUB", &["mosquitto_pub"])?);
        command
            .args(["-h", "127.0.0.1", "-p", &self.tcp_port.to_string()])
            .args(["-q", "1", "-t", topic]);
        // Standard input must not be empty, so that no payload is an option of its own.
        command.arg(if payload.is_empty() { "-n" } else { "-s" });
        if retain {
            command.arg("-r");
        }
        if let Some((user, password)) = self.options.accounts.first() {
            command.args(["-u", user, "-P", password]);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut stdin = child
            .stdin
            .take()
            .context("mosquitto_pub has no standard input")?;
        stdin.write_all(payload).await?;
        drop(stdin);
        let output = child.wait_with_output().await?;
        ensure!(
            output.status.success(),
            "mosquitto_pub: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// Subscribes from outside the page and returns once the Server has granted it.
    pub async fn subscribe(&self, filter: &str) -> Result<Listener> {
        Listener::start(self, filter).await
    }

    /// The certificate of its listeners, where they speak TLS.
    pub async fn certificate(&self) -> Result<CertificateDer<'static>> {
        let pem = tokio::fs::read(self.directory.path().join("certificate.pem")).await?;
        CertificateDer::from_pem_slice(&pem).context("no certificate")
    }

    /// Everything that the broker has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Waits until the log has a line with this text.
    pub async fn wait_for_log(&self, text: &str) -> Result<()> {
        wait::soon(&format!("{text:?} in the broker's log"), async || {
            let log = self.log();
            ensure!(log.contains(text), "the log is\n{log}");
            Ok(())
        })
        .await
    }

    async fn run(&mut self) -> Result<()> {
        let configuration = self.write_configuration().await?;
        // Standard output stays empty: the log goes to a file.
        let child = Command::new(find("MOSQUITTO", &["mosquitto"])?)
            .arg("-c")
            .arg(configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("mosquitto did not start")?;
        self.child = Some(child);
        for port in [self.tcp_port, self.websocket_port] {
            wait_for_port("mosquitto", port)
                .await
                .with_context(|| self.log())?;
        }
        // Another process may sit on the port that was free a moment ago: ours must be alive.
        let ended = self
            .child
            .as_mut()
            .and_then(|child| child.try_wait().ok().flatten());
        ensure!(
            ended.is_none(),
            "mosquitto ended with {ended:?}\n{}",
            self.log()
        );
        Ok(())
    }

    async fn write_configuration(&self) -> Result<PathBuf> {
        let path = self.directory.path();
        if let Some(text) = &self.options.configuration {
            let (tcp, websocket) = (self.tcp_port, self.websocket_port);
            let mut moved = format!("user root\nlog_dest file {}\n", self.log_file().display());
            for line in text.lines() {
                match line {
                    "listener 1883" => writeln!(moved, "listener {tcp} 127.0.0.1")?,
                    // Without its last line a WebSocket listener binds every interface.
                    "listener 9001" => {
                        writeln!(moved, "listener {websocket} 127.0.0.1\nsocket_domain ipv4")?;
                    }
                    line => writeln!(moved, "{line}")?,
                }
            }
            let file = path.join("mosquitto.conf");
            tokio::fs::write(&file, moved).await?;
            return Ok(file);
        }
        let mut text = format!(
            // A broker started as root would become another user, who may not read this directory.
            "user root\n\
             persistence false\n\
             log_dest file {log}\n\
             log_type {log_type}\n\
             connection_messages true\n\
             listener {tcp} 127.0.0.1\n\
             listener {websocket} 127.0.0.1\n\
             protocol websockets\n\
             # Without this line a WebSocket listener binds every interface.\n\
             socket_domain ipv4\n\
             allow_anonymous {anonymous}\n",
            log = self.log_file().display(),
            log_type = if self.options.for_load {
                "warning"
            } else {
                "all"
            },
            tcp = self.tcp_port,
            websocket = self.websocket_port,
            anonymous = self.options.accounts.is_empty(),
        );
        if self.options.tls {
            let (certificate, key) = Certificate::new()?.pem();
            for (option, file, pem) in [
                ("certfile", "certificate.pem", certificate),
                ("keyfile", "key.pem", key),
            ] {
                let file = path.join(file);
                tokio::fs::write(&file, pem).await?;
                writeln!(text, "{option} {}", file.display())?;
            }
        }
        if !self.options.accounts.is_empty() {
            let file = path.join("passwords");
            write_passwords(&file, &self.options.accounts).await?;
            writeln!(text, "password_file {}", file.display())?;
        }
        if !self.options.acl.is_empty() {
            let file = path.join("acl");
            tokio::fs::write(&file, self.options.acl.join("\n") + "\n").await?;
            writeln!(text, "acl_file {}", file.display())?;
        }
        if let Some(qos) = self.options.max_qos {
            writeln!(text, "max_qos {qos}")?;
        }
        if let Some(seconds) = self.options.max_keep_alive {
            writeln!(text, "max_keepalive {seconds}")?;
        }
        if let Some(bytes) = self.options.max_packet_size {
            writeln!(text, "max_packet_size {bytes}")?;
        }
        if self.options.for_load {
            text.push_str(&FOR_LOAD.join("\n"));
            text.push('\n');
        }
        let file = path.join("mosquitto.conf");
        tokio::fs::write(&file, text).await?;
        Ok(file)
    }

    fn log_file(&self) -> PathBuf {
        self.directory.path().join("mosquitto.log")
    }
}

/// Writes the accounts in clear and lets mosquitto's own tool hash them in place.
async fn write_passwords(file: &Path, accounts: &[(String, String)]) -> Result<()> {
    let mut text = String::new();
    for (user, password) in accounts {
        writeln!(text, "{user}:{password}")?;
    }
    tokio::fs::write(file, text).await?;
    let status = Command::new(find("MOSQUITTO_PASSWD", &["mosquitto_passwd"])?)
        .arg("-U")
        .arg(file)
        .stdout(Stdio::null())
        .status()
        .await?;
    ensure!(status.success(), "mosquitto_passwd ended with {status}");
    Ok(())
}

/// A subscription from outside the page (`mosquitto_sub`), which keeps what it was given.
pub struct Listener {
    output: PathBuf,
    _directory: TempDir,
    _child: Child,
}

/// An Application Message as an outside subscriber was given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The Topic Name.
    pub topic: String,
    /// The QoS of the delivery.
    pub qos: u8,
    /// The RETAIN flag of the delivery.
    pub retain: bool,
    /// The payload.
    pub payload: Vec<u8>,
}

impl Listener {
    async fn start(broker: &Mosquitto, filter: &str) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let output = directory.path().join("messages");
        let client_id = format!("listener-{}", free_port()?);
        let mut command = Command::new(find("MOSQUITTO_SUB", &["mosquitto_sub"])?);
        // Hexadecimal payloads keep one delivery on one line whatever the bytes are.
        command.args([
            "-h",
            "127.0.0.1",
            "-p",
            &broker.tcp_port.to_string(),
            "-i",
            &client_id,
        ]);
        command.args(["-q", "2", "-t", filter, "-F", "%q %r %x %t"]);
        if let Some((user, password)) = broker.options.accounts.first() {
            command.args(["-u", user, "-P", password]);
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&output)?)
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        broker
            .wait_for_log(&format!("Sending SUBACK to {client_id}"))
            .await?;
        Ok(Self {
            output,
            _directory: directory,
            _child: child,
        })
    }

    /// What has come so far.
    pub fn deliveries(&self) -> Result<Vec<Delivery>> {
        let text = std::fs::read_to_string(&self.output)?;
        // The last line may be half written.
        let complete = text.rfind('\n').map_or("", |end| &text[..end]);
        complete.lines().map(parse_delivery).collect()
    }

    /// Waits for a delivery with this topic.
    pub async fn wait_for(&self, topic: &str) -> Result<Delivery> {
        wait::soon(&format!("a delivery on {topic:?}"), async || {
            let deliveries = self.deliveries()?;
            let found = deliveries
                .iter()
                .find(|delivery| delivery.topic == topic)
                .cloned();
            found.with_context(|| format!("only these came: {deliveries:?}"))
        })
        .await
    }
}

fn parse_delivery(line: &str) -> Result<Delivery> {
    let mut parts = line.splitn(4, ' ');
    let mut next = || {
        parts
            .next()
            .with_context(|| format!("not a delivery: {line:?}"))
    };
    let (qos, retain, hex, topic) = (next()?, next()?, next()?, next()?);
    let payload = (0..hex.len() / 2)
        .map(|index| u8::from_str_radix(&hex[index * 2..index * 2 + 2], 16))
        .collect::<Result<_, _>>()?;
    Ok(Delivery {
        topic: topic.to_owned(),
        qos: qos.parse()?,
        retain: retain == "1",
        payload,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_read_from_one_line() {
        let delivery = parse_delivery("1 1 00ff a topic").unwrap();
        assert_eq!(delivery.topic, "a topic");
        assert_eq!(delivery.payload, [0, 255]);
        assert!(delivery.retain);
        assert!(parse_delivery("1 1").is_err());
    }
}
