//! What carries MQTT: a TCP connection, bare or with WebSocket around it. Each is cut into a half
//! that receives and a half that sends.

use std::io;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

/// How long a WebSocket's opening may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The most that is handed on at once, also of a larger frame, so that back-pressure comes between;
/// small packets are written together up to as much.
const CHUNK: usize = 64 * 1024;

/// What there is to read.
pub(crate) enum Receiver {
    Tcp(OwnedReadHalf),
    /// With what is left of a frame that is larger than a piece.
    WebSocket(SplitStream<WebSocketStream<TcpStream>>, Bytes),
}

/// What there is to write to.
pub(crate) enum Sender {
    /// With what is to go out together; it takes no memory while nothing waits.
    Tcp(OwnedWriteHalf, Vec<u8>),
    WebSocket(SplitSink<WebSocketStream<TcpStream>, Message>),
}

/// What has come.
pub(crate) enum Received {
    /// At least one byte.
    Bytes(Vec<u8>),
    /// The other side has ended it, or it broke.
    End,
    /// The other side does what MQTT over WebSocket forbids [MQTT-6.0.0-1].
    NotBinary,
}

/// A bare connection.
pub(crate) fn tcp(stream: TcpStream) -> (Receiver, Sender) {
    let (reader, writer) = stream.into_split();
    (Receiver::Tcp(reader), Sender::Tcp(writer, Vec::new()))
}

/// Opens a WebSocket as its server; `None` if the other side does not get there. A frame may have
/// `largest` bytes.
pub(crate) async fn websocket(stream: TcpStream, largest: usize) -> Option<(Receiver, Sender)> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(largest))
        .max_frame_size(Some(largest));
    let opening =
        tokio_tungstenite::accept_hdr_async_with_config(stream, choose_protocol, Some(config));
    let websocket = timeout(HANDSHAKE, opening).await.ok()?.ok()?;
    let (sink, source) = websocket.split();
    let receiver = Receiver::WebSocket(source, Bytes::new());
    Some((receiver, Sender::WebSocket(sink)))
}

/// The sub-protocols, `mqtt` for 3.1.1 and 5.0 [MQTT-6.0.0-3] and `mqttv3.1` for what came before.
#[expect(
    clippy::result_large_err,
    reason = "the WebSocket library defines this type"
)]
fn choose_protocol(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offered: Vec<&str> = request
        .headers()
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let chosen = ["mqtt", "mqttv3.1"]
        .into_iter()
        .find(|name| offered.contains(name));
    if let Some(name) = chosen {
        let value = HeaderValue::from_static(name);
        response
            .headers_mut()
            .insert(header::SEC_WEBSOCKET_PROTOCOL, value);
        return Ok(response);
    }
    let mut refusal = ErrorResponse::new(Some(format!(
        "the WebSocket sub-protocol must be mqtt or mqttv3.1; offered was \"{}\"\n",
        offered.join(", ")
    )));
    *refusal.status_mut() = StatusCode::BAD_REQUEST;
    Err(refusal)
}

impl Receiver {
    /// Waits for the next bytes.
    pub(crate) async fn receive(&mut self) -> Received {
        match self {
            Self::Tcp(reader) => {
                loop {
                    // Whoever is silent takes no memory to read into.
                    if reader.readable().await.is_err() {
                        return Received::End;
                    }
                    let mut bytes = Vec::with_capacity(CHUNK);
                    match reader.try_read_buf(&mut bytes) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        Ok(0) | Err(_) => return Received::End,
                        Ok(_) => {
                            // Most pieces are small, and each may have to wait for its turn.
                            bytes.shrink_to_fit();
                            return Received::Bytes(bytes);
                        }
                    }
                }
            }
            Self::WebSocket(source, left) => loop {
                if !left.is_empty() {
                    let piece = left.split_to(left.len().min(CHUNK));
                    return Received::Bytes(piece.into());
                }
                match source.next().await {
                    // Some clients send empty frames.
                    Some(Ok(Message::Binary(bytes))) => *left = bytes,
                    Some(Ok(Message::Text(_))) => return Received::NotBinary,
                    // The library answers pings by itself.
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Received::End,
                }
            },
        }
    }
}

impl Sender {
    /// Hands one packet over; it goes out at the latest with the next [`Self::flush`].
    pub(crate) async fn send(&mut self, packet: Vec<u8>) -> io::Result<()> {
        match self {
            Self::Tcp(writer, together) => {
                together.extend_from_slice(&packet);
                if together.len() < CHUNK {
                    return Ok(());
                }
                let bytes = core::mem::take(together);
                writer.write_all(&bytes).await
            }
            Self::WebSocket(sink) => sink
                .feed(Message::Binary(packet.into()))
                .await
                .map_err(broken),
        }
    }

    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(writer, together) => {
                let bytes = core::mem::take(together);
                writer.write_all(&bytes).await
            }
            Self::WebSocket(sink) => sink.flush().await.map_err(broken),
        }
    }

    /// Says that nothing more comes.
    pub(crate) async fn finish(&mut self, code: CloseCode) {
        // Whoever has gone already need not be told.
        match self {
            Self::Tcp(writer, _) => {
                let _ = writer.shutdown().await;
            }
            Self::WebSocket(sink) => {
                let close = CloseFrame {
                    code,
                    reason: "".into(),
                };
                let _ = sink.send(Message::Close(Some(close))).await;
            }
        }
    }
}

fn broken(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        other => io::Error::other(other),
    }
}
