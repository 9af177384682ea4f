//! Whether the public brokers that the page lists answer as it says: a WebSocket of the sub-protocol `mqtt`, a
//! CONNECT of MQTT 3.1.1, and a CONNACK that accepts it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::packet::{Stream, packet};

/// How long a broker has to answer, from the first packet of TCP to CONNACK.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// The type of CONNACK.
const CONNACK: u8 = 2;

/// The page's list, as far as it matters here.
#[derive(Debug, Deserialize)]
pub struct List {
    /// The brokers.
    pub brokers: Vec<Broker>,
}

/// One entry.
#[derive(Clone, Debug, Deserialize)]
pub struct Broker {
    /// What the picker calls it.
    pub label: String,
    /// `ws` or `wss`.
    pub scheme: String,
    /// The host's name.
    pub host: String,
    /// The port of its WebSocket listener.
    pub port: u16,
    /// The path of its WebSocket listener.
    pub path: String,
}

impl Broker {
    /// Where it is to be found.
    pub fn url(&self) -> String {
        let Self {
            scheme,
            host,
            port,
            path,
            ..
        } = self;
        format!("{scheme}://{host}:{port}{path}")
    }
}

impl List {
    /// Reads the list.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        serde_json::from_str(&text).with_context(|| format!("{} is no list", file.display()))
    }
}

/// The list's text with another day as the one on which all were checked; nothing else is touched.
pub fn with_day(text: &str, day: &str) -> Result<String> {
    const MEMBER: &str = "\"checked_on\":";
    let (before, rest) = text
        .split_once(MEMBER)
        .context("the list has no \"checked_on\"")?;
    let (_, after) = rest
        .split_once(',')
        .context("nothing follows \"checked_on\"")?;
    Ok(format!("{before}{MEMBER} \"{day}\",{after}"))
}

/// The authorities whose certificates this computer trusts.
pub fn authorities_of_this_computer() -> Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut authorities = RootCertStore::empty();
    authorities.add_parsable_certificates(found.certs);
    ensure!(
        !authorities.is_empty(),
        "this computer has no certificates of authorities: {:?}",
        found.errors
    );
    Ok(authorities)
}

/// Connects to a broker and leaves again; an error says how far it came.
pub async fn check(broker: &Broker, authorities: &RootCertStore) -> Result<()> {
    let place = (broker.host.as_str(), broker.port);
    let answer = async {
        let tcp = TcpStream::connect(place)
            .await
            .context("no connection over TCP")?;
        match broker.scheme.as_str() {
            "ws" => exchange(broker, tcp).await,
            "wss" => {
                let config =
                    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                        .with_safe_default_protocol_versions()?
                        .with_root_certificates(authorities.clone())
                        .with_no_client_auth();
                let name = ServerName::try_from(broker.host.clone())?;
                let tls = TlsConnector::from(Arc::new(config))
                    .connect(name, tcp)
                    .await
                    .context("TLS failed")?;
                exchange(broker, tls).await
            }
            other => bail!("{other:?} is neither ws nor wss"),
        }
    };
    tokio::time::timeout(PATIENCE, answer)
        .await
        .with_context(|| format!("no answer within {} s", PATIENCE.as_secs()))?
}

async fn exchange<S>(broker: &Broker, stream: S) -> Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut request = broker.url().into_client_request()?;
    let protocol = "mqtt".parse().context("a header")?;
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", protocol);
    let (mut socket, _) = client_async(request, stream)
        .await
        .context("no WebSocket of the sub-protocol mqtt")?;
    // An empty Client Identifier with Clean Session: the Server gives one, and keeps nothing.
    let connect = packet(0x10, &[b"\0\x04MQTT\x04\x02\0\x3c", b"\0\0"]);
    socket.send(Message::binary(connect)).await?;
    let mut packets = Stream::default();
    let connack = loop {
        if let Some(packet) = packets.next_packet()? {
            break packet;
        }
        match socket.next().await {
            Some(Ok(Message::Binary(bytes))) => packets.push(&bytes),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(other) => bail!("no CONNACK, but {other:?}"),
            None => bail!("the connection ended before CONNACK"),
        }
    };
    ensure!(
        connack.kind == CONNACK,
        "the first packet is of type {}, not CONNACK",
        connack.kind
    );
    match connack.body[..] {
        [_, 0] => {}
        [_, code] => bail!("CONNACK refuses with code {code}"),
        _ => bail!("CONNACK has {} bytes", connack.body.len()),
    }
    socket
        .send(Message::binary(packet(0xe0, &[])))
        .await
        .context("DISCONNECT could not be sent")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_day_is_written() {
        let text =
            "{\n  \"listed_on\": \"2026-11-21\",\n  \"checked_on\": null,\n  \"brokers\": []\n}\n";
        let once = with_day(text, "2026-12-01").unwrap();
        assert_eq!(once, text.replace("null", "\"2026-12-01\""));
        let twice = with_day(&once, "2027-01-31").unwrap();
        assert_eq!(twice, text.replace("null", "\"2027-01-31\""));
        assert!(with_day("{}", "2026-12-01").is_err());
    }

    #[test]
    fn the_pages_own_list_is_read() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/lab/brokers.json");
        let list = List::read(&file).unwrap();
        assert_eq!(list.brokers.len(), 6);
        assert!(list.brokers[0].url().starts_with("ws://"));
        let text = std::fs::read_to_string(file).unwrap();
        assert!(with_day(&text, "2026-12-01").is_ok());
    }
}
