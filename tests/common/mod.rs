//! One Client and a scripted Server at the other end of its transport, in virtual time.
//!
//! What the Server says is written as bytes, so that these tests do not depend on the encoder they
//! run against.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part of the harness"
)]

use std::collections::VecDeque;
use std::time::Duration;

use mqtt_lab::client::{
    Client, CloseReason, ConnectOptions, Event, Input, Limits, Output, PublishRequest,
    PublishState, PublishToken, StateView, SubscribeRequest, SubscribeToken, TransportClose,
    Violation,
};
use mqtt_lab::codec::{PacketId, ProtocolVersion, Qos, SubscriptionOptions};
use mqtt_lab::time::Instant;

pub use ProtocolVersion::{V3_1, V3_1_1, V5_0};

/// Every version, for rules that hold in all.
pub const ALL: [ProtocolVersion; 3] = ProtocolVersion::ALL;
/// The versions of the two standards.
pub const BOTH: [ProtocolVersion; 2] = [V3_1_1, V5_0];

/// A message the Client handed to the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub topic: String,
    pub payload: Vec<u8>,
    pub qos: Qos,
    pub retain: bool,
    pub dup: bool,
    pub packet_id: Option<u16>,
}

/// Where the transport is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    None,
    Opening,
    Open,
    /// The Client has asked to close it.
    Closing,
}

pub struct Pair {
    pub client: Client,
    pub version: ProtocolVersion,
    pub now: Instant,
    pub transport: Transport,
    /// How many transports the Client has asked for.
    pub opened: usize,
    /// Packets from the Client the Server has not looked at yet, with the time they were sent.
    pub sent: VecDeque<(Instant, Vec<u8>)>,
    pub events: VecDeque<Event>,
    pub messages: Vec<Message>,
    pub violations: Vec<Violation>,
}

impl Pair {
    pub fn new(version: ProtocolVersion) -> Self {
        Self::with_limits(version, Limits::default())
    }

    pub fn with_limits(version: ProtocolVersion, limits: Limits) -> Self {
        Self {
            client: Client::new(limits),
            version,
            now: Instant::from_millis(1_000),
            transport: Transport::None,
            opened: 0,
            sent: VecDeque::new(),
            events: VecDeque::new(),
            messages: Vec::new(),
            violations: Vec::new(),
        }
    }

    /// A pair that has just exchanged CONNECT and CONNACK, with nothing left to look at.
    pub fn connected(version: ProtocolVersion) -> Self {
        Self::connected_with(Self::options(version))
    }

    pub fn connected_with(options: ConnectOptions) -> Self {
        let connack = accepted(options.protocol_version);
        Self::connected_by(options, &connack)
    }

    pub fn connected_by(options: ConnectOptions, connack: &str) -> Self {
        let mut pair = Self::new(options.protocol_version);
        pair.establish(options, connack);
        pair
    }

    /// Options whose CONNECT is the same in every test.
    pub fn options(version: ProtocolVersion) -> ConnectOptions {
        ConnectOptions::new(version, "me")
    }

    /// Options of a session that outlives its connection.
    pub fn lasting(version: ProtocolVersion) -> ConnectOptions {
        let mut options = Self::options(version);
        options.clean_start = false;
        if version == V5_0 {
            options.session_expiry_interval = Some(3_600);
        }
        options
    }

    pub fn connect(&mut self, options: ConnectOptions) {
        self.version = options.protocol_version;
        self.client
            .connect(options, self.now)
            .expect("options are in order");
        self.drain();
        assert_eq!(self.transport, Transport::Opening);
    }

    /// Connects and answers with this CONNACK.
    pub fn establish(&mut self, options: ConnectOptions, connack: &str) {
        self.connect(options);
        self.accept(connack);
    }

    /// Opens the transport the Client has asked for and answers with this CONNACK.
    pub fn accept(&mut self, connack: &str) {
        self.open();
        self.expect_type(1);
        self.feed(connack);
        assert!(self.is_connected(), "{:?}", self.client.state());
        self.events.retain(|e| !matches!(e, Event::Connected(_)));
    }

    pub fn open(&mut self) {
        assert_eq!(self.transport, Transport::Opening);
        self.transport = Transport::Open;
        self.input(Input::TransportOpened);
    }

    pub fn input(&mut self, input: Input) {
        self.client.handle_input(input, self.now);
        self.drain();
    }

    /// The Server, or the network, ends the transport.
    pub fn cut(&mut self) {
        self.close_transport(Some(1006), false);
    }

    pub fn close_transport(&mut self, code: Option<u16>, clean: bool) {
        self.transport = Transport::None;
        self.input(Input::TransportClosed(TransportClose { code, clean }));
    }

    /// The Server sends these bytes, written in hex.
    pub fn feed(&mut self, bytes: &str) {
        self.feed_bytes(&hex(bytes));
    }

    pub fn feed_bytes(&mut self, mut bytes: &[u8]) {
        while let Some(received) = self.client.receive(&mut bytes, self.now) {
            if let Some(delivered) = received.delivered {
                self.messages.push(Message {
                    topic: delivered.topic.as_str().to_owned(),
                    payload: delivered.payload.to_vec(),
                    qos: delivered.qos,
                    retain: delivered.retain,
                    dup: delivered.dup,
                    packet_id: delivered.packet_id.map(PacketId::value),
                });
            }
            self.violations.extend(received.violation);
            self.drain();
        }
        assert!(bytes.is_empty(), "bytes are left: {bytes:?}");
        self.drain();
    }

    pub fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::OpenTransport => {
                    assert!(matches!(
                        self.transport,
                        Transport::None | Transport::Closing
                    ));
                    self.transport = Transport::Opening;
                    self.opened += 1;
                }
                Output::Transmit(packet) => {
                    assert_eq!(self.transport, Transport::Open, "sent {packet:02x?}");
                    self.sent.push_back((self.now, packet));
                }
                Output::CloseTransport => {
                    assert!(matches!(
                        self.transport,
                        Transport::Open | Transport::Opening
                    ));
                    self.transport = Transport::Closing;
                }
                Output::Event(event) => self.events.push_back(event),
            }
        }
    }

    /// Lets time pass, with a timer that fires at each deadline.
    pub fn advance(&mut self, duration: Duration) {
        let target = self.now + duration;
        let mut wakes = 0;
        while let Some(at) = self.client.poll_timeout().filter(|&at| at <= target) {
            self.now = self.now.max(at);
            self.input(Input::Timeout);
            wakes += 1;
            assert!(wakes < 100_000, "timeouts do not end");
        }
        self.now = target;
    }

    pub fn advance_secs(&mut self, seconds: u64) {
        self.advance(Duration::from_secs(seconds));
    }

    /// Lets time pass with nobody to fire timers, then fires once.
    pub fn sleep_secs(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.input(Input::Timeout);
    }

    /// The next packet from the Client.
    pub fn next_sent(&mut self) -> Vec<u8> {
        self.sent.pop_front().expect("a packet was sent").1
    }

    /// The next packet from the Client, of this type.
    pub fn expect_type(&mut self, packet_type: u8) -> Vec<u8> {
        let packet = self.next_sent();
        assert_eq!(packet[0] >> 4, packet_type, "{packet:02x?}");
        packet
    }

    /// The next packet from the Client is exactly this.
    #[track_caller]
    pub fn expect(&mut self, packet: &str) {
        assert_eq!(to_hex(&self.next_sent()), to_hex(&hex(packet)));
    }

    #[track_caller]
    pub fn expect_nothing(&self) {
        assert_eq!(self.sent, []);
    }

    pub fn publish(&mut self, topic: &str, payload: &[u8], qos: Qos) -> PublishToken {
        let request = PublishRequest {
            topic,
            payload,
            qos,
            ..PublishRequest::default()
        };
        let token = self.client.publish(request, self.now).expect("accepted");
        self.drain();
        token
    }

    pub fn subscribe(&mut self, filter: &str, qos: Qos) -> SubscribeToken {
        let subscriptions = [(filter, SubscriptionOptions::with_qos(qos))];
        let request = SubscribeRequest {
            subscriptions: &subscriptions,
            ..SubscribeRequest::default()
        };
        let token = self.client.subscribe(request, self.now).expect("accepted");
        self.drain();
        token
    }

    /// Everything reported about one publication so far, taken out of the events.
    pub fn progress(&mut self, wanted: PublishToken) -> Vec<PublishState> {
        let mut states = Vec::new();
        self.events.retain(|event| match event {
            Event::Publish { token, state, .. } if *token == wanted => {
                states.push(state.clone());
                false
            }
            _ => true,
        });
        states
    }

    pub fn is_connected(&self) -> bool {
        matches!(self.client.state(), StateView::Connected { .. })
    }

    /// How the connection ended. Ends it if the Client waits for the transport to close.
    #[track_caller]
    pub fn closed(&mut self) -> CloseReason {
        if self.transport == Transport::Closing {
            self.close_transport(Some(1005), true);
        }
        let mut reasons: Vec<_> = self
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Closed(reason) => Some(reason.clone()),
                _ => None,
            })
            .collect();
        self.events
            .retain(|event| !matches!(event, Event::Closed(_)));
        assert_eq!(reasons.len(), 1, "one end for each connection: {reasons:?}");
        reasons.remove(0)
    }

    /// The Client has broken off because of the Server, in 5.0 with this Reason Code.
    #[track_caller]
    pub fn expect_violation(&mut self, reason_code: u8) -> Violation {
        if self.version == V5_0 {
            assert_eq!(to_hex(&self.next_sent()), to_hex(&[0xe0, 1, reason_code]));
        }
        self.expect_silent_violation()
    }

    /// The Client has broken off because of the Server, without a word.
    #[track_caller]
    pub fn expect_silent_violation(&mut self) -> Violation {
        self.expect_nothing();
        assert_eq!(self.transport, Transport::Closing);
        match self.closed() {
            CloseReason::Violation(violation) => violation,
            other => panic!("{other:?}"),
        }
    }
}

/// CONNACK that accepts and says nothing else.
pub fn accepted(version: ProtocolVersion) -> String {
    let connack = if version == V5_0 {
        "2003000000"
    } else {
        "20020000"
    };
    connack.to_owned()
}

/// CONNACK that accepts and goes on with a session. 3.1 has none; there it is the same as without.
pub fn resumed(version: ProtocolVersion) -> String {
    let connack = match version {
        V3_1 => "20020000",
        V3_1_1 => "20020100",
        V5_0 => "2003010000",
    };
    connack.to_owned()
}

/// A PUBLISH as a Server or Client sends it, without properties.
pub fn publish(
    version: ProtocolVersion,
    flags: u8,
    topic: &str,
    packet_id: Option<u16>,
    payload: &[u8],
) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(u16::try_from(topic.len()).expect("short").to_be_bytes());
    body.extend(topic.as_bytes());
    body.extend(packet_id.iter().flat_map(|id| id.to_be_bytes()));
    if version == V5_0 {
        body.push(0);
    }
    body.extend(payload);
    with_header(0x30 | flags, &body)
}

/// Fixed header and body.
pub fn with_header(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    let mut length = body.len();
    loop {
        let low = (length % 128) as u8;
        length /= 128;
        packet.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}

/// The Packet Identifier of a PUBLISH with QoS 1 or 2.
pub fn publish_packet_id(packet: &[u8]) -> u16 {
    let header = 2 + packet[1..].iter().take_while(|&&b| b >= 0x80).count();
    let topic = usize::from(u16::from_be_bytes([packet[header], packet[header + 1]]));
    let at = header + 2 + topic;
    u16::from_be_bytes([packet[at], packet[at + 1]])
}

/// Bytes written in hex, with or without spaces.
pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    assert!(digits.len().is_multiple_of(2), "half a byte in {text}");
    digits
        .chunks(2)
        .map(|pair| (pair[0] << 4 | pair[1]) as u8)
        .collect()
}

pub fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
