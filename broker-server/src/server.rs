//! The listeners.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use mqtt_lab::broker::{Broker, BrokerOptions};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::hub::{Happening, Hub};
use crate::transport;

/// How many WebSockets may be opening at once.
const OPENINGS: usize = 256;

/// What a server is started with.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The broker's options.
    pub options: BrokerOptions,
    /// What its assigned Client Identifiers are made of.
    pub seed: u64,
    /// Where to listen for bare MQTT; see [`loopback`](crate::loopback).
    pub tcp: Option<SocketAddr>,
    /// Where to listen for MQTT over WebSocket.
    pub websocket: Option<SocketAddr>,
    /// Whether every event of the broker is printed to standard output.
    pub shows_events: bool,
}

/// A broker that listens. It ends with [`Server::stop`], or with the runtime it was started in.
#[derive(Debug)]
pub struct Server {
    tcp: Option<SocketAddr>,
    websocket: Option<SocketAddr>,
    hub: mpsc::Sender<Happening>,
    running: JoinHandle<()>,
    listening: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts a broker; when this returns, it can be connected to.
    ///
    /// # Errors
    ///
    /// If an address is not on loopback or cannot be listened on, or the options cannot be had.
    pub async fn start(settings: Settings) -> Result<Self> {
        let largest_frame = largest_frame(&settings.options);
        let broker = Broker::new(settings.options, settings.seed)?;
        let hub = Hub::new(broker, settings.shows_events);
        let sender = hub.sender();
        let mut server = Self {
            tcp: None,
            websocket: None,
            hub: sender,
            running: tokio::spawn(hub.run()),
            listening: Vec::new(),
        };
        if let Some(address) = settings.tcp {
            let listener = bind(address).await?;
            server.tcp = Some(listener.local_addr()?);
            let listening = listen(listener, server.hub.clone(), None);
            server.listening.push(tokio::spawn(listening));
        }
        if let Some(address) = settings.websocket {
            let listener = bind(address).await?;
            server.websocket = Some(listener.local_addr()?);
            let listening = listen(listener, server.hub.clone(), Some(largest_frame));
            server.listening.push(tokio::spawn(listening));
        }
        Ok(server)
    }

    /// Where it listens for bare MQTT.
    pub const fn tcp(&self) -> Option<SocketAddr> {
        self.tcp
    }

    /// Where it listens for MQTT over WebSocket.
    pub const fn websocket(&self) -> Option<SocketAddr> {
        self.websocket
    }

    /// How many subscriptions the session with this Client Identifier has now; 0 if there is none.
    pub async fn subscriptions(&self, client_id: &str) -> usize {
        let (answer, answered) = oneshot::channel();
        let asked = Happening::Asked(client_id.to_owned(), answer);
        let _ = self.hub.send(asked).await;
        answered.await.unwrap_or(0)
    }

    /// Ends the broker: every client is told, as far as its version allows, and let go.
    pub async fn stop(self) {
        for listening in &self.listening {
            listening.abort();
        }
        let _ = self.hub.send(Happening::Stop).await;
        let _ = self.running.await;
    }
}

/// A frame may hold several packets, or a part of one.
fn largest_frame(options: &BrokerOptions) -> usize {
    let packet = usize::try_from(options.maximum_packet_size).unwrap_or(usize::MAX);
    packet.saturating_mul(2).saturating_add(1024 * 1024)
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    let address = crate::loopback(&address.to_string())?;
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}

/// Accepts connections for ever, with WebSocket around MQTT if a frame's size is given.
async fn listen(listener: TcpListener, hub: mpsc::Sender<Happening>, frame: Option<usize>) {
    let openings = Arc::new(Semaphore::new(OPENINGS));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Most likely there are no file descriptors left; some connection will end.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        // Packets are small and are waited for. Without it they only travel more slowly.
        let _ = stream.set_nodelay(true);
        let Some(largest) = frame else {
            if tell_opened(&hub, transport::tcp(stream)).await.is_none() {
                return;
            }
            continue;
        };
        let Ok(permit) = Arc::clone(&openings).acquire_owned().await else {
            return;
        };
        let hub = hub.clone();
        tokio::spawn(async move {
            open_websocket(&hub, stream, largest).await;
            drop(permit);
        });
    }
}

async fn open_websocket(hub: &mpsc::Sender<Happening>, stream: TcpStream, largest: usize) {
    if let Some(halves) = transport::websocket(stream, largest).await {
        tell_opened(hub, halves).await;
    }
}

async fn tell_opened(
    hub: &mpsc::Sender<Happening>,
    (receiver, sender): (transport::Receiver, transport::Sender),
) -> Option<()> {
    hub.send(Happening::Opened(receiver, sender)).await.ok()
}
