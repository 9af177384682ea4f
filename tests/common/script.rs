//! Any bytes as the script of a Client's life: what the application does, what the Server sends
//! (sensible packets, and nonsense), how time passes. After each step, what must always hold is
//! checked. The property tests and the fuzz target run the same scripts.

use std::collections::BTreeSet;
use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use mqtt_lab::client::{
    Client, ConnectOptions, DisconnectOptions, Event, Input, Limits, Output, PublishRequest,
    Reconnect, StateView, SubscribeRequest, TransportClose, TransportMisuse, UnsubscribeRequest,
};
use mqtt_lab::codec::{
    ControlPacket, PacketId, Peer, ProtocolVersion, Qos, SubscriptionOptions, decode,
};
use mqtt_lab::time::Instant;

const LIMITS: Limits = Limits {
    ping_timeout: Duration::from_secs(10),
    close_timeout: Duration::from_secs(3),
    maximum_packet_size: 4_096,
    waiting_messages: 8,
    kept_bytes: 2_000,
    burst_bytes: 600,
    requests: 4,
    subscriptions: 6,
    outgoing_aliases: 3,
    incoming_alias_bytes: 4_096,
    stable_after: Duration::from_secs(5),
    short_connections: 3,
};

/// Runs a script to its end; everything the Client put out.
pub fn run(script: &[u8]) -> Vec<Output> {
    let mut world = World::new();
    let mut script = Script(script);
    // A script that begins with an established connection gets further.
    world.connect(&mut script);
    world.transport_opened();
    world.connack(script.next());
    while !script.is_empty() {
        world.step(&mut script);
        world.check();
    }
    world.transcript
}

struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn next(&mut self) -> u8 {
        self.0.split_first().map_or(0, |(&first, rest)| {
            self.0 = rest;
            first
        })
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken.to_vec()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    None,
    Opening,
    Open,
    Closing,
}

struct World {
    client: Client,
    version: ProtocolVersion,
    now: Instant,
    transport: Transport,
    opened: usize,
    closed: usize,
    in_use: BTreeSet<PacketId>,
    /// Whether what is sent now may be anything.
    is_by_hand: bool,
    transcript: Vec<Output>,
}

impl World {
    fn new() -> Self {
        Self {
            client: Client::new(LIMITS),
            version: ProtocolVersion::V3_1_1,
            now: Instant::ORIGIN,
            transport: Transport::None,
            opened: 0,
            closed: 0,
            in_use: BTreeSet::new(),
            is_by_hand: false,
            transcript: Vec::new(),
        }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        self.in_use = self.packet_ids();
        let held = (1..64).filter_map(PacketId::new);
        let held = held.filter(|&id| self.client.uses_packet_id(id));
        self.in_use.extend(held);
        match script.next() % 24 {
            0 => self.connect(script),
            1 => self.transport_opened(),
            2 => self.connack(script.next()),
            3..=5 => self.publish(script.next()),
            6 => self.subscribe(script.next()),
            7 => self.unsubscribe(),
            8..=10 => self.acknowledge(script.next(), script.next()),
            11..=13 => self.incoming(script.next(), script.next()),
            14 => {
                let length = usize::from(script.next());
                let bytes = script.take(length);
                self.receive(&bytes);
            }
            15 => {
                let congested = script.next().is_multiple_of(2);
                self.input(Input::TransportCongested(congested));
            }
            16 => self.pass(Duration::from_millis(u64::from(script.next()) * 100)),
            17 => self.pass(Duration::from_secs(u64::from(script.next()) * 60)),
            18 => self.transport_closed(),
            19 => {
                let interval = [None, Some(0), Some(60)];
                let options = DisconnectOptions {
                    session_expiry_interval: interval[usize::from(script.next() % 3)],
                    ..DisconnectOptions::default()
                };
                drop(self.client.disconnect(options, self.now));
            }
            20 => self.client.die(self.now),
            21 => self.input(Input::TransportMisused(TransportMisuse::TextFrame)),
            22 => {
                drop(self.client.authenticate(Some(b"x"), self.now));
                drop(self.client.reauthenticate(None, self.now));
            }
            _ => match script.next() {
                0..128 => self.client.forget_session(),
                choice => self.by_hand(choice, script),
            },
        }
        self.drain();
    }

    fn connect(&mut self, script: &mut Script<'_>) {
        let choice = script.next();
        let version = ProtocolVersion::ALL[usize::from(choice % 3)];
        let five = version == ProtocolVersion::V5_0;
        let some = |bit: u8| choice & bit != 0;
        let options = ConnectOptions {
            clean_start: some(4),
            keep_alive: if some(8) { 2 } else { 60 },
            session_expiry_interval: (five && some(16)).then_some(30),
            receive_maximum: NonZeroU16::new(2).filter(|_| five && some(32)),
            topic_alias_maximum: (five && some(32)).then_some(2),
            maximum_packet_size: NonZeroU32::new(200).filter(|_| five && some(64)),
            authentication_method: (five && some(128)).then(|| "m".to_owned()),
            request_problem_information: (five && some(64)).then_some(false),
            reconnect: some(64).then_some(Reconnect {
                first_delay: Duration::from_millis(100),
                maximum_delay: Duration::from_secs(2),
            }),
            resubscribe: some(16),
            topic_aliases: some(32),
            ..ConnectOptions::new(version, "me")
        };
        if self.client.connect(options, self.now).is_ok() {
            // Whatever the old transport still has to say is not for the Client.
            self.transport = Transport::None;
            self.version = version;
        }
        self.drain();
    }

    fn transport_opened(&mut self) {
        if self.transport == Transport::Opening {
            self.transport = Transport::Open;
            self.input(Input::TransportOpened);
        }
    }

    fn transport_closed(&mut self) {
        if self.transport != Transport::None {
            self.transport = Transport::None;
            self.input(Input::TransportClosed(TransportClose::default()));
        }
    }

    fn connack(&mut self, choice: u8) {
        let present = choice & 1;
        if self.version != ProtocolVersion::V5_0 {
            let code = if choice < 240 { 0 } else { choice % 7 };
            return self.receive(&[0x20, 2, present, code]);
        }
        let code = if choice < 240 {
            0
        } else {
            0x80 | choice & 0x1f
        };
        let properties: &[u8] = match choice >> 1 & 7 {
            0 => &[0x21, 0, 2],
            1 => &[0x22, 0, 9],
            2 => &[0x27, 0, 0, 0, 40, 0x22, 0, 2],
            3 => &[0x24, 0, 0x25, 0],
            4 => &[0x13, 0, 1, 0x29, 0],
            5 => &[0x11, 0, 0, 0, 5],
            _ => &[],
        };
        let length = u8::try_from(properties.len()).expect("short");
        let mut packet = vec![0x20, 3 + length, present, code, length];
        packet.extend(properties);
        self.receive(&packet);
    }

    /// Anything at all, sent as it is; or a transport without CONNECT.
    fn by_hand(&mut self, choice: u8, script: &mut Script<'_>) {
        if choice > 250 {
            let options = ConnectOptions::new(self.version, "me");
            if self.client.open_without_connect(options, self.now).is_ok() {
                self.transport = Transport::None;
            }
            return self.drain();
        }
        let id = script.next() % 8;
        let five = self.version == ProtocolVersion::V5_0;
        let mut bytes = match choice % 12 {
            0 => vec![0x32, 5, 0, 1, b'a', 0, id],
            1 => vec![0x34, 5, 0, 1, b'a', 0, id],
            2 if five => vec![0x82, 7, 0, id, 0, 0, 1, b'h', 1],
            2 => vec![0x82, 6, 0, id, 0, 1, b'h', 1],
            3 if five => vec![0xa2, 6, 0, id, 0, 0, 1, b'h'],
            3 => vec![0xa2, 5, 0, id, 0, 1, b'h'],
            4 => vec![0x62, 2, 0, id],
            5 => vec![0xe0, 0],
            6 => b"\x10\x0d\0\x04MQTT\x04\x02\0\x0a\0\x01x".to_vec(),
            7 => vec![0x30, 9, 0, 1, b'a'],
            8 => vec![0xf0, 0],
            _ => script.take(usize::from(id)),
        };
        if five && matches!(choice % 12, 0 | 1) {
            bytes[1] += 1;
            bytes.push(0);
        }
        self.is_by_hand = true;
        let before = self.client.counts();
        if self.client.send_by_hand(&bytes, self.now).is_err() {
            assert_eq!(self.client.counts(), before, "a refusal changes nothing");
        }
        self.drain();
        self.is_by_hand = false;
    }

    fn publish(&mut self, choice: u8) {
        let payload = vec![0; usize::from(choice) * 2];
        let request = PublishRequest {
            topic: ["a", "b/c", "dd", "#"][usize::from(choice >> 2 & 3)],
            payload: &payload,
            qos: Qos::from_u8(choice % 3).expect("below 3"),
            retain: choice & 64 != 0,
            ..PublishRequest::default()
        };
        drop(self.client.publish(request, self.now));
    }

    fn subscribe(&mut self, choice: u8) {
        let options = SubscriptionOptions::with_qos(Qos::AtLeastOnce);
        let filters = ["a/#", "+", "c", "$share/g/x", "b#", "d", "e"];
        let filter = |n: u8| (filters[usize::from(n) % filters.len()], options);
        let subscriptions = [filter(choice), filter(choice >> 3)];
        let request = SubscribeRequest {
            subscriptions: &subscriptions[..1 + usize::from(choice >> 7)],
            ..SubscribeRequest::default()
        };
        drop(self.client.subscribe(request, self.now));
    }

    fn unsubscribe(&mut self) {
        let request = UnsubscribeRequest {
            filters: &["a/#"],
            ..UnsubscribeRequest::default()
        };
        drop(self.client.unsubscribe(request, self.now));
    }

    /// An answer to something that is in flight, mostly of the right kind.
    fn acknowledge(&mut self, choice: u8, which: u8) {
        let mut open: Vec<(PacketId, u8)> = self
            .client
            .in_flight()
            .map(|exchange| (exchange.packet_id, exchange.state.awaits().as_u8()))
            .collect();
        open.extend(self.client.requests().map(|id| (id, 9 + 2 * (choice & 1))));
        let picked = open.get(usize::from(which) % open.len().max(1));
        let (packet_id, mut kind) = picked.copied().unwrap_or((PacketId::MIN, 5));
        if choice > 230 {
            kind = 4 + choice % 8;
        }
        let [high, low] = packet_id.value().to_be_bytes();
        let five = self.version == ProtocolVersion::V5_0;
        let flags = if kind == 6 { 2 } else { 0 };
        let mut body = vec![high, low];
        match kind {
            9 | 11 => {
                if five {
                    body.push(0);
                }
                if five || kind == 9 {
                    body.push(if choice & 2 == 0 { 0 } else { 0x80 });
                }
            }
            _ if five && choice & 12 == 12 => body.push(0x87),
            _ => {}
        }
        let length = u8::try_from(body.len()).expect("short");
        let mut packet = vec![kind << 4 | flags, length];
        packet.extend(body);
        self.receive(&packet);
    }

    /// A PUBLISH or PUBREL from the Server.
    fn incoming(&mut self, choice: u8, id: u8) {
        if choice & 3 == 3 {
            return self.receive(&[0x62, 2, 0, id % 8]);
        }
        let five = self.version == ProtocolVersion::V5_0;
        let qos = choice & 3;
        let mut body = if five && choice & 16 != 0 {
            vec![0, 0]
        } else {
            vec![0, 1, b'a']
        };
        if qos > 0 {
            body.extend([0, id % 8]);
        }
        if five {
            if choice & 32 != 0 {
                body.extend([3, 0x23, 0, id % 4]);
            } else {
                body.push(0);
            }
        }
        body.resize(body.len() + usize::from(choice >> 6), 7);
        let length = u8::try_from(body.len()).expect("short");
        let mut packet = vec![0x30 | qos << 1 | choice & 8, length];
        packet.extend(body);
        self.receive(&packet);
    }

    fn receive(&mut self, mut bytes: &[u8]) {
        if self.transport != Transport::Open {
            return;
        }
        while let Some(received) = self.client.receive(&mut bytes, self.now) {
            if received.violation.is_some() {
                assert_eq!(received.delivered, None);
            }
            if received.delivered.is_some() {
                assert!(matches!(received.packet, Ok(ControlPacket::Publish(_))));
            }
            self.drain();
        }
        assert!(bytes.is_empty());
        self.drain();
    }

    fn input(&mut self, input: Input) {
        self.client.handle_input(input, self.now);
        self.drain();
    }

    /// One wake-up, on time or late, moves the next deadline behind it.
    fn pass(&mut self, duration: Duration) {
        self.now = self.now + duration;
        self.input(Input::Timeout);
        if let Some(next) = self.client.poll_timeout() {
            assert!(next > self.now, "a deadline stays due");
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            self.transcript.push(output.clone());
            match output {
                Output::OpenTransport => {
                    assert_ne!(self.transport, Transport::Open, "two transports at once");
                    self.transport = Transport::Opening;
                    self.opened += 1;
                }
                Output::CloseTransport => {
                    assert!(matches!(
                        self.transport,
                        Transport::Open | Transport::Opening
                    ));
                    self.transport = Transport::Closing;
                }
                Output::Transmit(packet) => self.check_packet(&packet),
                Output::Event(Event::Closed(_)) => self.closed += 1,
                Output::Event(_) => {}
            }
        }
    }

    fn check_packet(&self, packet: &[u8]) {
        assert_eq!(self.transport, Transport::Open, "sent {packet:02x?}");
        if self.is_by_hand {
            return;
        }
        let decoded = decode(packet, self.version).expect("the Client sends what can be read");
        decoded
            .check_sender(Peer::Client, self.version)
            .expect("the Client sends what a Client may");
        let new = match &decoded {
            ControlPacket::Publish(publish) if !publish.dup => publish.packet_id,
            ControlPacket::Subscribe(subscribe) => Some(subscribe.packet_id),
            ControlPacket::Unsubscribe(unsubscribe) => Some(unsubscribe.packet_id),
            _ => None,
        };
        if let Some(packet_id) = new {
            assert!(
                !self.in_use.contains(&packet_id),
                "packet identifier {packet_id} is in use"
            );
        }
        if let Some(negotiated) = self.client.negotiated() {
            assert!(packet.len() <= negotiated.server.largest_packet());
        }
    }

    fn packet_ids(&self) -> BTreeSet<PacketId> {
        let exchanges = self.client.in_flight().map(|exchange| exchange.packet_id);
        exchanges.chain(self.client.requests()).collect()
    }

    fn check(&self) {
        let counts = self.client.counts();
        assert_eq!(counts.packet_ids, self.packet_ids().len() + counts.by_hand);
        let parts = counts.outbound + counts.requests + counts.by_hand;
        assert_eq!(counts.packet_ids, parts);
        assert!(counts.waiting <= LIMITS.waiting_messages);
        let kept: usize = self.client.in_flight().map(|exchange| exchange.bytes).sum();
        assert!(counts.waiting_bytes + kept <= LIMITS.kept_bytes);
        assert!(counts.requests <= LIMITS.requests);
        assert!(counts.subscriptions <= LIMITS.subscriptions);
        assert!(counts.outgoing_aliases <= usize::from(LIMITS.outgoing_aliases));
        if let Some(negotiated) = self.client.negotiated() {
            let receive_maximum = negotiated.server.receive_maximum;
            assert!(counts.send_quota <= receive_maximum);
        }
        let active = match self.client.state() {
            StateView::Disconnected { .. } | StateView::ReconnectDelay { .. } => 0,
            StateView::Opening { .. }
            | StateView::AwaitingConnack { .. }
            | StateView::Connected { .. }
            | StateView::WithoutConnect { .. }
            | StateView::Closing { .. } => {
                assert_ne!(self.transport, Transport::None);
                1
            }
        };
        assert_eq!(
            self.opened,
            self.closed + active,
            "one end for each beginning"
        );
    }
}
