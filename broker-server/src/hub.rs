//! The one task that owns the broker: everything that happens goes through it, one after the other.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mqtt_lab::broker::{Broker, ConnectionId, Input, Output};
use mqtt_lab::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{self, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::connection::{Outbox, Outgoing, read, write};
use crate::transport::{Receiver, Sender};

/// How long clients have to take what was sent last when the broker is ended.
const FAREWELL: Duration = Duration::from_secs(4);

/// What happens outside of the broker.
pub(crate) enum Happening {
    Opened(Receiver, Sender),
    /// With the connection's turn, which it gets back when this is done with.
    Received(ConnectionId, Vec<u8>, OwnedSemaphorePermit),
    Relieved(ConnectionId),
    Ended(ConnectionId, CloseCode),
    /// How many subscriptions has the session with this Client Identifier?
    Asked(String, oneshot::Sender<usize>),
    /// End the broker.
    Stop,
}

/// The broker with its connections.
pub(crate) struct Hub {
    broker: Broker,
    shows_events: bool,
    origin: time::Instant,
    connections: HashMap<ConnectionId, Connection>,
    opened: u64,
    sender: mpsc::Sender<Happening>,
    happenings: mpsc::Receiver<Happening>,
    /// Every writing task holds one of these.
    alive: mpsc::Sender<()>,
    all_dead: mpsc::Receiver<()>,
}

struct Connection {
    outgoing: mpsc::UnboundedSender<Outgoing>,
    outbox: Arc<Outbox>,
}

impl Connection {
    /// Lets it end, after what was to be transmitted.
    fn close(self, code: CloseCode) {
        let _ = self.outgoing.send(Outgoing::Close(code));
        self.outbox.close();
    }
}

impl Hub {
    pub(crate) fn new(broker: Broker, shows_events: bool) -> Self {
        // Bounded: who reads faster than the broker works has to wait.
        let (sender, happenings) = mpsc::channel(256);
        let (alive, all_dead) = mpsc::channel(1);
        Self {
            broker,
            shows_events,
            origin: time::Instant::now(),
            connections: HashMap::new(),
            opened: 0,
            sender,
            happenings,
            alive,
            all_dead,
        }
    }

    /// Where to say what happens.
    pub(crate) fn sender(&self) -> mpsc::Sender<Happening> {
        self.sender.clone()
    }

    /// Runs the broker until it is told to stop.
    pub(crate) async fn run(mut self) {
        loop {
            self.drain();
            let due = self
                .broker
                .poll_timeout()
                .map(|due| self.origin + Duration::from_micros(due.as_micros()));
            tokio::select! {
                happening = self.happenings.recv() => match happening {
                    None | Some(Happening::Stop) => break,
                    Some(happening) => self.handle(happening),
                },
                () = sleep_until(due.unwrap_or(self.origin)), if due.is_some() => {
                    let now = self.now();
                    self.broker.handle_input(Input::Timeout, now);
                }
            }
        }
        self.end().await;
    }

    fn handle(&mut self, happening: Happening) {
        let now = self.now();
        match happening {
            Happening::Opened(receiver, sender) => {
                let connection = self.open(receiver, sender);
                self.broker.handle_input(Input::Opened { connection }, now);
            }
            // The broker has closed some of those which still have something to say.
            Happening::Received(connection, bytes, turn) => {
                if self.connections.contains_key(&connection) {
                    let bytes = &bytes;
                    self.broker
                        .handle_input(Input::Received { connection, bytes }, now);
                    self.drain();
                }
                drop(turn);
            }
            Happening::Relieved(connection) => self.tell_congested(connection, false),
            Happening::Ended(connection, code) => {
                if let Some(ended) = self.connections.remove(&connection) {
                    ended.close(code);
                    self.broker.handle_input(Input::Closed { connection }, now);
                }
            }
            Happening::Asked(client_id, answer) => {
                let session = self.broker.session(&client_id);
                // Who asks may have lost interest.
                let _ = answer.send(session.map_or(0, |session| session.subscriptions));
            }
            Happening::Stop => {}
        }
    }

    fn open(&mut self, receiver: Receiver, sender: Sender) -> ConnectionId {
        self.opened += 1;
        let connection = ConnectionId::new(self.opened);
        let outbox = Arc::new(Outbox::default());
        let (outgoing, to_write) = mpsc::unbounded_channel();
        let hub = self.sender();
        tokio::spawn(read(connection, receiver, Arc::clone(&outbox), hub));
        let writing = write(
            connection,
            sender,
            to_write,
            Arc::clone(&outbox),
            self.sender(),
        );
        let alive = self.alive.clone();
        tokio::spawn(async move {
            writing.await;
            drop(alive);
        });
        self.connections
            .insert(connection, Connection { outgoing, outbox });
        connection
    }

    /// Does all that the broker asks for.
    fn drain(&mut self) {
        while let Some(output) = self.broker.poll_output() {
            match output {
                Output::Transmit { connection, bytes } => self.transmit(connection, bytes),
                Output::Close { connection } => {
                    if let Some(closed) = self.connections.remove(&connection) {
                        closed.close(CloseCode::Normal);
                    }
                }
                Output::Event(event) if self.shows_events => {
                    println!("{:>12} {event:?}", self.now().as_micros());
                }
                Output::Event(_) => {}
            }
        }
    }

    fn transmit(&mut self, connection: ConnectionId, bytes: Vec<u8>) {
        if let Some(to) = self.connections.get(&connection) {
            let is_congested = to.outbox.add(bytes.len());
            // A writer that has ended has said so, or is about to.
            let _ = to.outgoing.send(Outgoing::Packet(bytes));
            if is_congested {
                self.tell_congested(connection, true);
            }
        }
    }

    fn tell_congested(&mut self, connection: ConnectionId, congested: bool) {
        let now = self.now();
        let input = Input::Congested {
            connection,
            congested,
        };
        self.broker.handle_input(input, now);
    }

    /// Lets everybody go, with a word where the version has one.
    async fn end(mut self) {
        let now = self.now();
        self.broker.stop(now);
        self.drain();
        let Self {
            connections,
            alive,
            mut all_dead,
            happenings,
            ..
        } = self;
        for connection in connections.into_values() {
            connection.close(CloseCode::Away);
        }
        drop((alive, happenings));
        let _ = timeout(FAREWELL, all_dead.recv()).await;
    }

    fn now(&self) -> Instant {
        let elapsed = self.origin.elapsed().as_micros();
        Instant::from_micros(u64::try_from(elapsed).unwrap_or(u64::MAX))
    }
}
