//! One Network Connection: a task that reads and a task that writes, with bounded buffers between
//! them and the broker.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use mqtt_lab::broker::ConnectionId;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::hub::Happening;
use crate::transport::{Received, Receiver, Sender};

/// With more bytes than this waiting to be sent, a connection is congested: the broker sends it no
/// more messages, and nothing more is read from it.
pub(crate) const CONGESTED: usize = 1024 * 1024;

/// What a packet that waits takes beside its bytes, so that many small ones count for what they are.
const PACKET: usize = 64;

/// With no more than this, it is no longer.
const RELIEVED: usize = CONGESTED / 4;

/// How many pieces of one connection wait for the broker; the next is read when one is done with.
const AHEAD: usize = 2;

/// How long a closing may take, to the last byte in each direction.
const FAREWELL: Duration = Duration::from_secs(3);

/// What the two tasks and the broker know of a connection together.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: AtomicUsize,
    is_congested: AtomicBool,
    is_closing: AtomicBool,
    /// Wakes the task that reads.
    reading: Notify,
    /// Wakes the task that writes.
    writing: Notify,
}

impl Outbox {
    /// Counts a packet that will wait; tells whether it makes the connection congested.
    pub(crate) fn add(&self, length: usize) -> bool {
        let bytes = length + PACKET;
        let waiting = self.waiting.fetch_add(bytes, Ordering::AcqRel) + bytes;
        waiting > CONGESTED && !self.is_congested.swap(true, Ordering::AcqRel)
    }

    /// Counts a packet that was sent; tells whether the connection is congested no longer.
    fn remove(&self, length: usize) -> bool {
        let bytes = length + PACKET;
        let waiting = self.waiting.fetch_sub(bytes, Ordering::AcqRel) - bytes;
        let is_relieved = waiting <= RELIEVED && self.is_congested.swap(false, Ordering::AcqRel);
        if is_relieved {
            self.reading.notify_one();
        }
        is_relieved
    }

    /// Lets both tasks come to an end, in which the one that writes takes some time for what waits.
    pub(crate) fn close(&self) {
        self.is_closing.store(true, Ordering::Release);
        self.reading.notify_one();
        self.writing.notify_one();
    }

    /// Waits until the task that reads may go on; `false` if it is to end.
    async fn may_read(&self) -> bool {
        while !self.is_closing() && self.is_congested.load(Ordering::Acquire) {
            self.reading.notified().await;
        }
        !self.is_closing()
    }

    async fn until_closing(&self, woken: &Notify) {
        while !self.is_closing() {
            woken.notified().await;
        }
    }

    fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Acquire)
    }
}

/// What the broker says to the task that writes.
pub(crate) enum Outgoing {
    Packet(Vec<u8>),
    /// Nothing more; over WebSocket, with this code.
    Close(CloseCode),
}

/// Reads until either side ends it.
pub(crate) async fn read(
    connection: ConnectionId,
    mut receiver: Receiver,
    outbox: Arc<Outbox>,
    hub: mpsc::Sender<Happening>,
) {
    let turns = Arc::new(Semaphore::new(AHEAD));
    while let Ok(turn) = Arc::clone(&turns).acquire_owned().await {
        if !outbox.may_read().await {
            break;
        }
        let received = tokio::select! {
            () = outbox.until_closing(&outbox.reading) => break,
            received = receiver.receive() => received,
        };
        let happening = match received {
            Received::Bytes(bytes) => Happening::Received(connection, bytes, turn),
            Received::End => Happening::Ended(connection, CloseCode::Normal),
            Received::NotBinary => Happening::Ended(connection, CloseCode::Unsupported),
        };
        let is_end = matches!(happening, Happening::Ended(..));
        if hub.send(happening).await.is_err() || is_end {
            return;
        }
    }
    // What was sent last must arrive. To close a socket with bytes unread would reset it.
    let farewell = async { while let Received::Bytes(_) = receiver.receive().await {} };
    let _ = timeout(FAREWELL, farewell).await;
}

/// Writes until it is told to close, or until it cannot.
pub(crate) async fn write(
    connection: ConnectionId,
    sender: Sender,
    outgoing: mpsc::UnboundedReceiver<Outgoing>,
    outbox: Arc<Outbox>,
    hub: mpsc::Sender<Happening>,
) {
    tokio::select! {
        () = write_all(connection, sender, outgoing, &outbox, hub) => {}
        // Whoever takes nothing is not waited for.
        () = async {
            outbox.until_closing(&outbox.writing).await;
            sleep(FAREWELL).await;
        } => {}
    }
    outbox.close();
}

async fn write_all(
    connection: ConnectionId,
    mut sender: Sender,
    mut outgoing: mpsc::UnboundedReceiver<Outgoing>,
    outbox: &Outbox,
    hub: mpsc::Sender<Happening>,
) {
    let mut code = CloseCode::Away;
    while let Some(next) = outgoing.recv().await {
        let packet = match next {
            Outgoing::Packet(packet) => packet,
            Outgoing::Close(why) => {
                code = why;
                break;
            }
        };
        let length = packet.len();
        let mut written = sender.send(packet).await;
        if written.is_ok() && outgoing.is_empty() {
            written = sender.flush().await;
        }
        if written.is_err() {
            let _ = hub.send(Happening::Ended(connection, code)).await;
            return;
        }
        if outbox.remove(length) {
            let _ = hub.send(Happening::Relieved(connection)).await;
        }
    }
    if sender.flush().await.is_ok() {
        sender.finish(code).await;
    }
}
