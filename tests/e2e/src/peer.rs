//! A server with scripted behaviour: a script is an async function over the connection, and the next connection
//! starts it again. What the client sent is kept for the test to look at.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use crate::packet::{Received, Stream, Version, acknowledgement, kind, pingresp, suback};

/// Longest life of one connection: a script that waits for ever ends with the test.
const SCRIPT_LIMIT: Duration = Duration::from_secs(120);

/// A running peer; dropping it ends it and every connection to it.
pub struct Peer {
    /// The loopback port that it listens on.
    pub port: u16,
    record: Arc<Mutex<Record>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Record {
    packets: Vec<Received>,
    protocols: Vec<String>,
    connections: usize,
    finished: usize,
    faults: Vec<String>,
}

impl Peer {
    /// A WebSocket server that runs `script` on every connection.
    pub async fn websocket<S, F>(script: S) -> Result<Self>
    where
        S: Fn(Connection) -> F + Send + Sync + 'static,
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let script = Arc::new(script);
        Self::start(move |stream, record| {
            let script = Arc::clone(&script);
            async move {
                let connection = Connection::accept(stream, record).await?;
                script(connection).await
            }
        })
        .await
    }

    /// A TCP server that is not a WebSocket server: `script` has the bare stream.
    pub async fn raw<S, F>(script: S) -> Result<Self>
    where
        S: Fn(TcpStream) -> F + Send + Sync + 'static,
        F: Future<Output = Result<()>> + Send + 'static,
    {
        Self::start(move |stream, _| script(stream)).await
    }

    async fn start<S, F>(serve: S) -> Result<Self>
    where
        S: Fn(TcpStream, Arc<Mutex<Record>>) -> F + Send + 'static,
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let record = Arc::new(Mutex::new(Record::default()));
        let shared = Arc::clone(&record);
        let task = tokio::spawn(async move {
            // The set ends its tasks when it is dropped, so no connection outlives the peer.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                lock(&shared).connections += 1;
                let served = serve(stream, Arc::clone(&shared));
                let record = Arc::clone(&shared);
                connections.spawn(async move {
                    let ended = timeout(SCRIPT_LIMIT, served).await;
                    lock(&record).finished += 1;
                    match ended {
                        Ok(Ok(())) => {}
                        Ok(Err(fault)) => lock(&record).faults.push(format!("{fault:#}")),
                        Err(_) => lock(&record)
                            .faults
                            .push("the script took too long".to_owned()),
                    }
                });
            }
        });
        Ok(Self { port, record, task })
    }

    /// Every Control Packet that clients have sent, in order.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.record).packets.clone()
    }

    /// How many packets of this kind clients have sent.
    pub fn count(&self, kind: u8) -> usize {
        lock(&self.record)
            .packets
            .iter()
            .filter(|packet| packet.kind == kind)
            .count()
    }

    /// The WebSocket sub-protocols that were asked for, one entry per connection.
    pub fn protocols(&self) -> Vec<String> {
        lock(&self.record).protocols.clone()
    }

    /// How many connections have been opened.
    pub fn connections(&self) -> usize {
        lock(&self.record).connections
    }

    /// How many connections are over: the script has ended.
    pub fn finished(&self) -> usize {
        lock(&self.record).finished
    }

    /// Scripts that ended badly, in words: for a test's error message.
    pub fn faults(&self) -> Vec<String> {
        lock(&self.record).faults.clone()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One WebSocket connection, seen from the server.
pub struct Connection {
    socket: WebSocketStream<TcpStream>,
    stream: Stream,
    record: Arc<Mutex<Record>>,
}

impl Connection {
    async fn accept(stream: TcpStream, record: Arc<Mutex<Record>>) -> Result<Self> {
        stream.set_nodelay(true)?;
        let shared = Arc::clone(&record);
        #[expect(
            clippy::result_large_err,
            reason = "the type of this callback is the library's"
        )]
        let choose =
            move |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
                let header = request.headers().get("sec-websocket-protocol");
                let asked = header
                    .and_then(|value| value.to_str().ok())
                    .unwrap_or_default();
                lock(&shared).protocols.push(asked.to_owned());
                let first = asked.split(',').next().unwrap_or_default().trim();
                if let Ok(value) = first.parse()
                    && !first.is_empty()
                {
                    response
                        .headers_mut()
                        .insert("sec-websocket-protocol", value);
                }
                Ok(response)
            };
        let socket = accept_hdr_async(stream, choose)
            .await
            .context("no WebSocket handshake")?;
        Ok(Self {
            socket,
            stream: Stream::default(),
            record,
        })
    }

    /// The next Control Packet from the client; an error once it has gone away.
    pub async fn receive(&mut self) -> Result<Received> {
        loop {
            if let Some(packet) = self.stream.next_packet()? {
                lock(&self.record).packets.push(packet.clone());
                return Ok(packet);
            }
            match self.socket.next().await {
                Some(Ok(Message::Binary(bytes))) => self.stream.push(&bytes),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => bail!("the client is gone: {other:?}"),
            }
        }
    }

    /// Reads until a packet of this kind has come.
    pub async fn expect(&mut self, kind: u8) -> Result<Received> {
        loop {
            let packet = self.receive().await?;
            if packet.kind == kind {
                return Ok(packet);
            }
        }
    }

    /// Sends these bytes as one binary frame, whatever they hold.
    pub async fn frame(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self
            .socket
            .send(Message::Binary(bytes.to_vec().into()))
            .await?)
    }

    /// Sends these bytes in binary frames of at most `size` bytes.
    pub async fn split(&mut self, bytes: &[u8], size: usize) -> Result<()> {
        for part in bytes.chunks(size) {
            self.socket
                .feed(Message::Binary(part.to_vec().into()))
                .await?;
        }
        Ok(self.socket.flush().await?)
    }

    /// Sends a text frame, which MQTT forbids.
    pub async fn text(&mut self, text: &str) -> Result<()> {
        Ok(self.socket.send(Message::text(text)).await?)
    }

    /// Closes the WebSocket in the orderly way.
    pub async fn close(mut self, code: u16, reason: &str) -> Result<()> {
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: reason.to_owned().into(),
        };
        self.socket.close(Some(frame)).await?;
        while let Some(Ok(_)) = self.socket.next().await {}
        Ok(())
    }

    /// Cuts the TCP connection without a close frame.
    pub fn cut(self) {
        drop(self);
    }

    /// Behaves like a plain Server until the client goes away: grants what is asked, acknowledges what is
    /// published, answers pings, delivers nothing.
    pub async fn serve(mut self, version: Version) -> Result<()> {
        while let Ok(packet) = self.receive().await {
            let answer = match packet.kind {
                kind::SUBSCRIBE => suback(
                    version,
                    packet.packet_id()?,
                    &[packet.body.last().map_or(0, |options| options & 3)],
                ),
                kind::UNSUBSCRIBE => unsuback(version, packet.packet_id()?),
                kind::PUBLISH if packet.qos() == 1 => {
                    acknowledgement(kind::PUBACK, packet.packet_id()?)
                }
                kind::PUBLISH if packet.qos() == 2 => {
                    acknowledgement(kind::PUBREC, packet.packet_id()?)
                }
                kind::PUBREL => acknowledgement(kind::PUBCOMP, packet.packet_id()?),
                kind::PINGREQ => pingresp(),
                _ => continue,
            };
            self.frame(&answer).await?;
        }
        Ok(())
    }
}

fn unsuback(version: Version, packet_id: u16) -> Vec<u8> {
    match version {
        Version::V3_1 | Version::V3_1_1 => acknowledgement(11, packet_id),
        Version::V5_0 => crate::packet::packet(0xb0, &[&packet_id.to_be_bytes(), &[0, 0]]),
    }
}

/// A panic in a script must not hide what was recorded before it.
fn lock(record: &Mutex<Record>) -> std::sync::MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}
