//! The Client as a state machine without I/O, for MQTT 3.1, 3.1.1 and 5.0.
//!
//! It opens no socket and reads no clock: whoever drives it hands in what happened and when, and
//! does what it asks for. There is no randomness in it either, so the same inputs give the same
//! outputs, byte for byte.
//!
//! **After every call that takes `&mut self`, drain [`Client::poll_output`] until `None`, then arm
//! one timer for [`Client::poll_timeout`].**
//!
//! 1. Call a verb ([`connect`](Client::connect), [`publish`](Client::publish), ...).
//! 2. Do what [`poll_output`](Client::poll_output) says, in its order.
//! 3. Hand in what the transport does with [`handle_input`](Client::handle_input), and its bytes,
//!    in pieces of any size, with [`receive`](Client::receive).
//! 4. At the moment of [`poll_timeout`](Client::poll_timeout), hand in [`Input::Timeout`].
//!
//! A verb refuses what must not be sent with an error that holds the limit and the value; then
//! nothing has changed. A fault of the Server is no error of the caller: it becomes the right
//! packet, a closed transport, and an [`Event::Closed`] that says who ended the connection and
//! why. Publishing needs a connection; nothing is queued without one, but what is in flight stays
//! in the session and is sent again when the Server still has the session too.
//!
//! ```
//! use mqtt_lab::client::{Client, ConnectOptions, Input, Limits, Output};
//! use mqtt_lab::codec::ProtocolVersion;
//! use mqtt_lab::time::Instant;
//!
//! let now = Instant::ORIGIN;
//! let mut client = Client::new(Limits::default());
//! client.connect(ConnectOptions::new(ProtocolVersion::V3_1_1, "me"), now)?;
//! assert_eq!(client.poll_output(), Some(Output::OpenTransport));
//! client.handle_input(Input::TransportOpened, now);
//! let Some(Output::Transmit(connect)) = client.poll_output() else { unreachable!() };
//! assert_eq!(connect, b"\x10\x0e\0\x04MQTT\x04\x02\0\x3c\0\x02me");
//!
//! let mut bytes: &[u8] = &[0x20, 2, 0, 0];
//! while let Some(received) = client.receive(&mut bytes, now) {
//!     assert_eq!(received.violation, None);
//! }
//! assert!(matches!(client.poll_output(), Some(Output::Event(_))));
//! # Ok::<(), mqtt_lab::client::ConnectError>(())
//! ```

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

mod authenticate;
mod by_hand;
mod close_reason;
mod connack;
mod connect;
mod disconnect;
mod error;
mod event;
mod machine;
mod negotiated;
mod options;
pub(crate) mod ordered;
mod outbound;
mod output;
mod publish;
mod receive;
mod requests;
mod session;
mod state;
mod subscribe;
mod timer;
mod view;
mod waiting;

pub use by_hand::{BY_HAND_BYTES_MAXIMUM, Framing, Piece, PieceKind, RequestByHand, pieces};
pub use close_reason::{
    CloseReason, LocalClose, Phase, TransportClose, TransportMisuse, Violation,
};
pub use error::{
    AuthenticateError, ByHandError, ConnectError, ConnectField, DisconnectError, PublishError,
    SubscribeError,
};
pub use event::{
    Answer, Event, GiveUp, PublishState, PublishToken, SessionEnd, SubscribeToken, UnsubscribeToken,
};
pub use negotiated::{ClientLimits, Negotiated, ServerLimits};
pub use options::{
    ConnectOptions, DisconnectOptions, Limits, PublishRequest, Reconnect, SubscribeRequest,
    UnsubscribeRequest, WillMessage,
};
pub use outbound::Outbound;
pub use output::{Delivered, Input, Output, Received};
pub use session::SessionView;
pub use state::StateView;
pub use timer::Timer;
pub use view::{Counts, InFlight};

use crate::codec::PacketSplitter;
use crate::time::Instant;
use machine::Machine;

/// One MQTT Client. See the [module](self) for how to drive it.
#[derive(Debug)]
pub struct Client {
    splitter: PacketSplitter,
    machine: Machine,
}

impl Client {
    /// A Client that has never been connected.
    pub fn new(limits: Limits) -> Self {
        Self {
            splitter: PacketSplitter::new(limits.maximum_packet_size),
            machine: Machine::new(limits),
        }
    }

    /// Begins to connect; from a wait for the next attempt as well, which it replaces. Asks for a
    /// transport with [`Output::OpenTransport`].
    ///
    /// A session of an earlier connection is gone on with if CONNECT has the same Client
    /// Identifier and version, no Clean Start, and the Server has kept it.
    ///
    /// # Errors
    ///
    /// There is a connection already, or CONNECT would break a rule.
    pub fn connect(&mut self, options: ConnectOptions, now: Instant) -> Result<(), ConnectError> {
        self.machine.connect(options, now)
    }

    /// Publishes an Application Message, or queues it while the transport is congested or, at QoS
    /// 1 and 2, while the Server's Receive Maximum is in use. What becomes of it is told by
    /// [`Event::Publish`].
    ///
    /// # Errors
    ///
    /// Not connected, against a rule or a limit of the Server, or the queue is full.
    pub fn publish(
        &mut self,
        request: PublishRequest<'_>,
        now: Instant,
    ) -> Result<PublishToken, PublishError> {
        self.machine.publish(request, now)
    }

    /// Sends SUBSCRIBE. The answer is told by [`Event::SubscribeAnswered`].
    ///
    /// # Errors
    ///
    /// Not connected, against a rule or a limit of the Server, or too much is going on.
    pub fn subscribe(
        &mut self,
        request: SubscribeRequest<'_>,
        now: Instant,
    ) -> Result<SubscribeToken, SubscribeError> {
        self.machine.subscribe(request, now)
    }

    /// Sends UNSUBSCRIBE. The answer is told by [`Event::UnsubscribeAnswered`].
    ///
    /// # Errors
    ///
    /// Not connected, against a rule or a limit of the Server, or too much is going on.
    pub fn unsubscribe(
        &mut self,
        request: UnsubscribeRequest<'_>,
        now: Instant,
    ) -> Result<UnsubscribeToken, SubscribeError> {
        self.machine.unsubscribe(request, now)
    }

    /// Sends DISCONNECT, then closes the transport: the Server drops the will (unless told to
    /// publish it). Without a connection, gives up connecting again; then the options do not
    /// matter.
    ///
    /// # Errors
    ///
    /// DISCONNECT would break a rule; the connection goes on.
    pub fn disconnect(
        &mut self,
        options: DisconnectOptions<'_>,
        now: Instant,
    ) -> Result<(), DisconnectError> {
        self.machine.disconnect(options, now)
    }

    /// Closes the transport with no DISCONNECT, as a crash would: the Server publishes the will.
    /// Without a connection, gives up connecting again.
    pub fn die(&mut self, now: Instant) {
        self.machine.die(now);
    }

    /// Answers an [`Event::AuthenticationChallenge`] (5.0).
    ///
    /// # Errors
    ///
    /// The Server has not asked, or the packet would be too large.
    pub fn authenticate(
        &mut self,
        data: Option<&[u8]>,
        now: Instant,
    ) -> Result<(), AuthenticateError> {
        self.machine.authenticate(data, now)
    }

    /// Begins a re-authentication with the method of CONNECT (5.0, section 4.12.1).
    ///
    /// # Errors
    ///
    /// Not connected, no method was set, one is under way, or the packet would be too large.
    pub fn reauthenticate(
        &mut self,
        data: Option<&[u8]>,
        now: Instant,
    ) -> Result<(), AuthenticateError> {
        self.machine.reauthenticate(data, now)
    }

    /// Opens a transport and sends no CONNECT on it: everything on it is made by hand
    /// ([`send_by_hand`](Self::send_by_hand)), and nothing that comes is answered. The session is
    /// left alone, and there is no attempt to connect again. Of the options only the version and the
    /// time limit matter.
    ///
    /// # Errors
    ///
    /// There is a connection already.
    pub fn open_without_connect(
        &mut self,
        options: ConnectOptions,
        now: Instant,
    ) -> Result<(), ConnectError> {
        self.machine.open_without_connect(options, now)
    }

    /// Sends bytes as they are, right or wrong, cut into packets where their Remaining Lengths say
    /// ([`pieces`]): each piece is one [`Output::Transmit`]. The Client takes over what right ones
    /// change; the SUBSCRIBEs and UNSUBSCRIBEs among them whose answers will be told are given back.
    ///
    /// # Errors
    ///
    /// Not connected, nothing to send, too much at once, or the transport is congested; then nothing
    /// was sent.
    pub fn send_by_hand(
        &mut self,
        bytes: &[u8],
        now: Instant,
    ) -> Result<Vec<RequestByHand>, ByHandError> {
        self.machine.send_by_hand(bytes, now)
    }

    /// Drops the local session state, the subscriptions and an assigned Client Identifier: for
    /// when the next connection goes to another Server. Does nothing while there is a connection.
    pub fn forget_session(&mut self) {
        self.machine.forget_session();
    }

    /// Does not subscribe again to this Topic Filter. The Server is not told: for a filter that
    /// [`unsubscribe`](Self::unsubscribe) cannot reach, because there is no connection.
    pub fn forget_subscription(&mut self, filter: &str) {
        self.machine.subscriptions.remove(filter);
    }

    /// Takes in what happened outside.
    pub fn handle_input(&mut self, input: Input, now: Instant) {
        if input == Input::TransportOpened && self.machine.awaits_transport() {
            self.splitter = PacketSplitter::new(self.machine.maximum_packet_size());
        }
        self.machine.handle_input(input, now);
    }

    /// Takes one Control Packet off the front of `bytes`, and says what became of it. Call it
    /// until it gives `None`; then `bytes` is empty, and the beginning of a packet that is not
    /// whole yet is kept.
    ///
    /// Bytes that no longer count, because the connection is being closed, are passed over.
    pub fn receive<'a, 'bytes: 'a>(
        &'a mut self,
        bytes: &mut &'bytes [u8],
        now: Instant,
    ) -> Option<Received<'a>> {
        let Self { splitter, machine } = self;
        if !machine.listens() {
            *bytes = &[];
            return None;
        }
        if bytes.is_empty() {
            return None;
        }
        machine.heard(now);
        let before = *bytes;
        match splitter.next(bytes) {
            Ok(Some(raw)) => Some(machine.handle_packet(raw, now)),
            Ok(None) => None,
            Err(error) => {
                *bytes = &[];
                Some(machine.malformed(before, error, now))
            }
        }
    }

    /// The next thing to do, in order; `None` when there is nothing left.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.machine.outbox.poll()
    }

    /// When to hand in [`Input::Timeout`]; `None` if time changes nothing.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.machine.outbox.timers.next_timeout()
    }

    /// What [`poll_timeout`](Self::poll_timeout) waits for, and when it comes.
    pub fn next_timer(&self) -> Option<(Instant, Timer)> {
        self.machine.outbox.timers.next()
    }
}
