//! The Client over real TCP, against mosquitto, in all three versions.
//!
//! mosquitto is needed: `cargo xtask test` installs it, or says how.

#![expect(
    clippy::disallowed_methods,
    reason = "the sockets of these tests live in real time"
)]

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant as Clock};

use common::{ALL, Message, V3_1, V3_1_1, V5_0};
use mqtt_lab::client::{
    Client, CloseReason, ConnectOptions, DisconnectOptions, Event, Input, Limits, Output,
    PublishRequest, PublishState, StateView, SubscribeRequest, TransportClose, WillMessage,
};
use mqtt_lab::codec::{PacketId, ProtocolVersion, Qos, ReasonCode, SubscriptionOptions};
use mqtt_lab::time::Instant;

/// Nothing on the loopback takes longer, unless it never comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mosquitto of this test's own, on a free port of the loopback.
struct Mosquitto {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Mosquitto {
    fn start(name: &str) -> Self {
        // Tests run side by side: the next one looks for a free port when this one's is taken.
        static STARTING: Mutex<()> = Mutex::new(());
        let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        // Another process may still take the port between our look and mosquitto's start.
        for attempt in 0..5 {
            if let Some(server) = Self::try_start(name, attempt) {
                return server;
            }
        }
        panic!("mosquitto does not start; it runs in no attempt of five");
    }

    fn try_start(name: &str, attempt: u32) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port of the loopback");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let folder =
            std::env::temp_dir().join(format!("mqtt-lab-{name}-{}-{attempt}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let configuration = folder.join("mosquitto.conf");
        // As root, mosquitto would become a user who cannot read the folder.
        let user = if is_root() { "user root\n" } else { "" };
        let text = format!(
            "{user}listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n\
             log_type none\nmax_inflight_messages 0\n"
        );
        std::fs::write(&configuration, text).expect("a file in it");
        let child = Command::new(program())
            .arg("-c")
            .arg(&configuration)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("mosquitto cannot be started ({error}); `cargo xtask test` installs it")
            });
        let mut server = Self {
            child,
            port,
            folder,
        };
        let deadline = Clock::now() + PATIENCE;
        while Clock::now() < deadline {
            if server.child.try_wait().expect("a status").is_some() {
                return None;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(server);
            }
            std::thread::yield_now();
        }
        None
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Debian puts it where not every user's path leads.
fn program() -> PathBuf {
    let known = Path::new("/usr/sbin/mosquitto");
    if known.exists() {
        known.to_owned()
    } else {
        PathBuf::from("mosquitto")
    }
}

fn is_root() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
    }
    #[cfg(not(unix))]
    {
        false
    }
}

/// A Client with the run loop around it that its documentation asks for.
struct Driver {
    client: Client,
    start: Clock,
    port: u16,
    stream: Option<TcpStream>,
    events: Vec<Event>,
    messages: Vec<Message>,
}

impl Driver {
    fn new(server: &Mosquitto) -> Self {
        Self {
            client: Client::new(Limits::default()),
            start: Clock::now(),
            port: server.port,
            stream: None,
            events: Vec::new(),
            messages: Vec::new(),
        }
    }

    fn connected(server: &Mosquitto, options: ConnectOptions) -> Self {
        let mut driver = Self::new(server);
        driver.connect(options);
        driver
    }

    fn connect(&mut self, options: ConnectOptions) {
        let now = self.now();
        self.client.connect(options, now).expect("in order");
        self.until("CONNACK", |driver| {
            assert!(driver.closed().is_none(), "{:?}", driver.events);
            matches!(driver.client.state(), StateView::Connected { .. })
        });
    }

    fn now(&self) -> Instant {
        let micros = self.start.elapsed().as_micros();
        Instant::from_micros(u64::try_from(micros).expect("a short test"))
    }

    /// Runs until the condition holds.
    #[track_caller]
    fn until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let deadline = Clock::now() + PATIENCE;
        self.drain();
        while !condition(self) {
            assert!(
                Clock::now() < deadline,
                "no {what} within {PATIENCE:?}: {:?}, {:?}",
                self.client.state(),
                self.events
            );
            self.step();
        }
    }

    fn step(&mut self) {
        let now = self.now();
        if self.client.poll_timeout().is_some_and(|at| at <= now) {
            self.client.handle_input(Input::Timeout, now);
        }
        let mut buffer = [0; 4_096];
        let Some(stream) = &mut self.stream else {
            self.drain();
            return;
        };
        match stream.read(&mut buffer) {
            Ok(0) => self.lost(),
            Ok(length) => {
                let mut bytes = &buffer[..length];
                while let Some(received) = self.client.receive(&mut bytes, now) {
                    assert_eq!(received.violation, None, "{received:?}");
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
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => self.lost(),
        }
        self.drain();
    }

    fn lost(&mut self) {
        self.stream = None;
        let now = self.now();
        let close = Input::TransportClosed(TransportClose::default());
        self.client.handle_input(close, now);
    }

    fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            let now = self.now();
            match output {
                Output::OpenTransport => {
                    let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("open");
                    let wait = Some(Duration::from_millis(5));
                    stream.set_read_timeout(wait).expect("a time limit");
                    stream.set_nodelay(true).expect("no delay");
                    self.stream = Some(stream);
                    self.client.handle_input(Input::TransportOpened, now);
                }
                Output::Transmit(packet) => {
                    let stream = self.stream.as_mut().expect("open");
                    if stream.write_all(&packet).is_err() {
                        self.lost();
                    }
                }
                Output::CloseTransport => {
                    self.stream = None;
                    let closed = TransportClose {
                        code: None,
                        clean: true,
                    };
                    self.client
                        .handle_input(Input::TransportClosed(closed), now);
                }
                Output::Event(event) => self.events.push(event),
            }
        }
    }

    /// Sends bytes as they are.
    fn by_hand(&mut self, bytes: &[u8]) {
        let now = self.now();
        self.client.send_by_hand(bytes, now).expect("connected");
        self.drain();
    }

    fn closed(&self) -> Option<&CloseReason> {
        self.events.iter().find_map(|event| match event {
            Event::Closed(reason) => Some(reason),
            _ => None,
        })
    }

    fn subscribe(&mut self, filter: &str, qos: Qos) {
        let subscriptions = [(filter, SubscriptionOptions::with_qos(qos))];
        let request = SubscribeRequest {
            subscriptions: &subscriptions,
            ..SubscribeRequest::default()
        };
        let now = self.now();
        let token = self.client.subscribe(request, now).expect("accepted");
        let granted = move |event: &Event| match event {
            Event::SubscribeAnswered { token: t, answer } if *t == token => {
                assert_eq!(answer.reason_codes[0].as_u8(), qos.as_u8());
                true
            }
            _ => false,
        };
        self.until("SUBACK", |driver| driver.events.iter().any(granted));
    }

    /// Publishes and sees it through to the end.
    fn publish(&mut self, request: PublishRequest<'_>) {
        let now = self.now();
        let token = self.client.publish(request, now).expect("accepted");
        self.until("end of the exchange", |driver| {
            driver.events.iter().any(|event| match event {
                Event::Publish {
                    token: t, state, ..
                } if *t == token && state.is_final() => {
                    assert!(
                        matches!(state, PublishState::Sent | PublishState::Complete { .. }),
                        "{state:?}"
                    );
                    true
                }
                _ => false,
            })
        });
    }

    fn disconnect(&mut self) {
        let now = self.now();
        self.client
            .disconnect(DisconnectOptions::default(), now)
            .expect("allowed");
        self.until("end", |driver| driver.closed().is_some());
        self.events.clear();
    }
}

fn options(version: ProtocolVersion, client_id: &str) -> ConnectOptions {
    ConnectOptions::new(version, client_id)
}

fn lasting(version: ProtocolVersion, client_id: &str) -> ConnectOptions {
    ConnectOptions {
        clean_start: false,
        session_expiry_interval: (version == V5_0).then_some(600),
        ..options(version, client_id)
    }
}

#[test]
fn connect_subscribe_and_publish_at_every_qos_both_ways() {
    let server = Mosquitto::start("qos");
    for version in ALL {
        let mut subscriber = Driver::connected(&server, options(version, "subscriber"));
        let mut publisher = Driver::connected(&server, options(version, "publisher"));
        subscriber.subscribe("lab/+/#", Qos::ExactlyOnce);
        for qos in Qos::ALL {
            for payload in [&b"text"[..], b"", &[0, 0xff, 0x80], &[7; 100_000]] {
                publisher.publish(PublishRequest {
                    topic: "lab/a/b",
                    payload,
                    qos,
                    ..PublishRequest::default()
                });
                subscriber.until("message", |driver| !driver.messages.is_empty());
                let message = subscriber.messages.remove(0);
                assert_eq!((message.payload.as_slice(), message.qos), (payload, qos));
                assert_eq!((message.topic.as_str(), message.retain), ("lab/a/b", false));
            }
        }
        subscriber.until("end of QoS 2", |driver| driver.client.counts().inbound == 0);
        assert_eq!(publisher.client.counts().packet_ids, 0);
        subscriber.disconnect();
        publisher.disconnect();
    }
}

#[test]
fn many_messages_in_flight_at_once_arrive_once_and_in_order() {
    let server = Mosquitto::start("flow");
    for version in ALL {
        let mut subscriber = Driver::connected(&server, options(version, "subscriber"));
        subscriber.subscribe("n", Qos::ExactlyOnce);
        let mut publisher = Driver::connected(&server, options(version, "publisher"));
        for n in 0..200_u8 {
            let now = publisher.now();
            let request = PublishRequest {
                topic: "n",
                payload: &[n],
                qos: Qos::ExactlyOnce,
                ..PublishRequest::default()
            };
            publisher.client.publish(request, now).expect("accepted");
            publisher.drain();
        }
        publisher.until("end of all exchanges", |driver| {
            let counts = driver.client.counts();
            counts.outbound + counts.waiting == 0
        });
        subscriber.until("200 messages", |driver| driver.messages.len() >= 200);
        let payloads: Vec<u8> = subscriber.messages.iter().map(|m| m.payload[0]).collect();
        assert!(payloads.iter().copied().eq(0..200), "{payloads:?}");
    }
}

#[test]
fn a_retained_message_is_kept_marked_and_cleared() {
    let server = Mosquitto::start("retain");
    for version in ALL {
        let mut publisher = Driver::connected(&server, options(version, "publisher"));
        let retained = |payload| PublishRequest {
            topic: "kept",
            payload,
            qos: Qos::AtLeastOnce,
            retain: true,
            ..PublishRequest::default()
        };
        publisher.publish(retained(b"value"));
        let mut late = Driver::connected(&server, options(version, "late"));
        late.subscribe("kept", Qos::AtLeastOnce);
        late.until("retained message", |driver| !driver.messages.is_empty());
        assert!(late.messages[0].retain && late.messages[0].payload == b"value");
        publisher.publish(retained(b""));
        late.until("clearing message", |driver| driver.messages.len() == 2);
        assert!(!late.messages[1].retain);
        let mut later = Driver::connected(&server, options(version, "later"));
        later.subscribe("kept", Qos::AtLeastOnce);
        // A message of our own comes after what would have been retained.
        publisher.publish(PublishRequest {
            topic: "kept",
            payload: b"now",
            ..Default::default()
        });
        later.until("message", |driver| !driver.messages.is_empty());
        assert_eq!(later.messages[0].payload, b"now");
    }
}

#[test]
fn the_will_is_published_after_die_and_not_after_disconnect() {
    let server = Mosquitto::start("will");
    for version in ALL {
        let mut watcher = Driver::connected(&server, options(version, "watcher"));
        watcher.subscribe("gone/#", Qos::AtLeastOnce);
        for die in [false, true] {
            let mut will = WillMessage::new("gone/one", *b"bye");
            will.qos = Qos::AtLeastOnce;
            let options = ConnectOptions {
                will: Some(will),
                ..options(version, "mortal")
            };
            let mut mortal = Driver::connected(&server, options);
            assert!(mortal.client.armed_will().is_some());
            if die {
                let now = mortal.now();
                mortal.client.die(now);
                mortal.until("end", |driver| driver.closed().is_some());
                watcher.until("will", |driver| !driver.messages.is_empty());
            } else {
                mortal.disconnect();
            }
        }
        assert_eq!(
            watcher.messages.len(),
            1,
            "one of the two had a will to publish"
        );
        assert_eq!(watcher.messages[0].payload, b"bye");
    }
}

#[test]
fn a_session_is_resumed_with_what_was_kept_at_both_ends() {
    let server = Mosquitto::start("session");
    for version in ALL {
        let mut sleeper = Driver::connected(&server, lasting(version, "sleeper"));
        sleeper.subscribe("post", Qos::ExactlyOnce);
        let now = sleeper.now();
        // Taken by the Client, lost on the way: the transport is cut before it is written.
        let request = PublishRequest {
            topic: "mine",
            payload: b"unsent",
            qos: Qos::AtLeastOnce,
            ..PublishRequest::default()
        };
        let token = sleeper.client.publish(request, now).expect("accepted");
        while let Some(output) = sleeper.client.poll_output() {
            assert!(matches!(output, Output::Transmit(_) | Output::Event(_)));
        }
        sleeper.lost();
        sleeper.drain();
        assert!(matches!(
            sleeper.closed(),
            Some(CloseReason::Transport { .. })
        ));
        sleeper.events.clear();

        let mut writer = Driver::connected(&server, options(version, "writer"));
        writer.subscribe("mine", Qos::AtLeastOnce);
        writer.publish(PublishRequest {
            topic: "post",
            payload: b"while you were away",
            qos: Qos::ExactlyOnce,
            ..PublishRequest::default()
        });

        sleeper.connect(lasting(version, "sleeper"));
        let negotiated = sleeper.client.negotiated().expect("connected");
        assert_eq!(negotiated.session_present, version != V3_1);
        sleeper.until("kept message", |driver| !driver.messages.is_empty());
        assert_eq!(sleeper.messages[0].payload, b"while you were away");
        sleeper.until("PUBACK", |driver| {
            driver.events.iter().any(|event| matches!(
                event,
                Event::Publish { token: t, state: PublishState::Complete { .. }, .. } if *t == token
            ))
        });
        writer.until("message sent again", |driver| !driver.messages.is_empty());
        assert_eq!(writer.messages[0].payload, b"unsent");
        // Leave nothing behind for the next version.
        sleeper.disconnect();
        sleeper.connect(options(version, "sleeper"));
        sleeper.disconnect();
    }
}

#[test]
fn a_second_connection_with_the_same_identifier_ends_the_first() {
    let server = Mosquitto::start("takeover");
    for version in [V3_1_1, V5_0] {
        let mut first = Driver::connected(&server, options(version, "same"));
        let mut second = Driver::connected(&server, options(version, "same"));
        first.until("end", |driver| driver.closed().is_some());
        // Not every mosquitto says why before it closes, though 5.0 asks for it.
        match first.closed() {
            Some(CloseReason::ByServer { reason_code, .. }) => {
                assert_eq!(
                    (version, *reason_code),
                    (V5_0, ReasonCode::SessionTakenOver)
                );
            }
            other => assert!(
                matches!(other, Some(CloseReason::Transport { .. })),
                "{other:?}"
            ),
        }
        second.disconnect();
    }
}

#[test]
fn version_5_assigned_identifier_and_aliases() {
    let server = Mosquitto::start("five");
    let unnamed = ConnectOptions {
        topic_aliases: true,
        ..lasting(V5_0, "")
    };
    let mut driver = Driver::connected(&server, unnamed.clone());
    let negotiated = driver.client.negotiated().expect("connected");
    assert!(negotiated.client_id_assigned && !negotiated.client_id.is_empty());
    let assigned = negotiated.client_id.clone();
    let aliases = usize::from(negotiated.server.topic_alias_maximum);
    assert!(aliases > 0, "mosquitto offers aliases");
    driver.subscribe("alias/#", Qos::AtLeastOnce);
    let topics: Vec<String> = (0..aliases + 3).map(|n| format!("alias/{n}")).collect();
    for topic in topics.iter().chain(&topics) {
        driver.publish(PublishRequest {
            topic,
            qos: Qos::AtLeastOnce,
            ..PublishRequest::default()
        });
    }
    driver.until("all messages", |driver| {
        driver.messages.len() == 2 * topics.len()
    });
    let received: Vec<_> = driver.messages.iter().map(|m| &m.topic).collect();
    assert!(received.into_iter().eq(topics.iter().chain(&topics)));
    assert_eq!(driver.client.counts().outgoing_aliases, aliases);
    driver.disconnect();
    driver.connect(unnamed);
    let negotiated = driver.client.negotiated().expect("connected");
    assert_eq!(
        (negotiated.client_id.as_str(), negotiated.session_present),
        (assigned.as_str(), true)
    );
}

#[test]
fn pings_keep_a_short_keep_alive_going() {
    let server = Mosquitto::start("ping");
    let mut idle = ALL.map(|version| {
        let options = ConnectOptions {
            keep_alive: 1,
            ..options(version, &format!("idle-{}", version.level()))
        };
        Driver::connected(&server, options)
    });
    // Past one and a half keep alives, mosquitto would have closed them.
    let begin = Clock::now();
    while begin.elapsed() < Duration::from_secs(3) {
        for driver in &mut idle {
            driver.step();
        }
    }
    for mut driver in idle {
        assert!(driver.closed().is_none(), "{:?}", driver.events);
        driver.disconnect();
    }
}

/// A PUBLISH of this QoS with the Packet Identifier 1000.
fn publish_by_hand(version: ProtocolVersion, qos: u8) -> Vec<u8> {
    let mut packet = vec![0x30 | qos << 1, 8, 0, 3, b'b', b'/', b'h', 0x03, 0xe8];
    if version == V5_0 {
        packet.push(0);
    }
    packet.push(b'x');
    packet[1] = u8::try_from(packet.len() - 2).expect("short");
    packet
}

#[test]
fn packets_made_by_hand_are_answered_and_leave_the_client_as_it_is() {
    let server = Mosquitto::start("by-hand");
    for version in ALL {
        let mut subscriber = Driver::connected(&server, options(version, "subscriber"));
        subscriber.subscribe("b/h", Qos::ExactlyOnce);
        let mut client = Driver::connected(&server, options(version, "by-hand"));
        let id = PacketId::new(1_000).expect("not zero");
        client.by_hand(&publish_by_hand(version, 1));
        client.until("PUBACK", |driver| !driver.client.uses_packet_id(id));
        // PUBREC is not answered by itself; PUBREL by hand brings PUBCOMP.
        client.by_hand(&publish_by_hand(version, 2));
        client.by_hand(b"\x62\x02\x03\xe8");
        client.until("PUBCOMP", |driver| !driver.client.uses_packet_id(id));
        subscriber.until("both messages", |driver| driver.messages.len() == 2);
        client.by_hand(b"\xc0\0");
        client.publish(PublishRequest {
            topic: "own",
            qos: Qos::ExactlyOnce,
            ..PublishRequest::default()
        });
        assert!(client.closed().is_none());
        client.by_hand(b"\xe0\0");
        client.until("end", |driver| driver.closed().is_some());
        subscriber.disconnect();
    }
}

#[test]
fn mosquitto_ends_the_connection_after_a_wrong_packet() {
    let server = Mosquitto::start("wrong");
    for version in ALL {
        for wrong in [
            // A second CONNECT, QoS 3, a reserved type, a wildcard in a topic.
            &b"\x10\x0f\0\x04MQTT\x04\x02\0\x0a\0\x03two"[..],
            b"\x36\x05\0\x01a\0\x01",
            b"\x00\x00",
            b"\x30\x04\0\x01#\0",
        ] {
            let mut client = Driver::connected(&server, options(version, "wrong"));
            client.by_hand(wrong);
            client.until("end", |driver| driver.closed().is_some());
            let reason = client.closed().expect("it is over");
            match version {
                // mosquitto says why, or just closes.
                V5_0 => assert!(
                    matches!(
                        reason,
                        CloseReason::ByServer { .. } | CloseReason::Transport { .. }
                    ),
                    "{reason:?}"
                ),
                _ => assert!(
                    matches!(reason, CloseReason::Transport { .. }),
                    "{reason:?}"
                ),
            }
        }
    }
}

#[test]
fn mosquitto_and_a_connection_without_connect() {
    let server = Mosquitto::start("bare");
    for version in ALL {
        let mut client = Driver::new(&server);
        let now = client.now();
        client
            .client
            .open_without_connect(options(version, "bare"), now)
            .expect("idle");
        client.drain();
        client.by_hand(&publish_by_hand(version, 1));
        client.until("end", |driver| driver.closed().is_some());
        assert!(matches!(
            client.closed(),
            Some(CloseReason::Transport { .. })
        ));
        client.events.clear();
        client.connect(options(version, "bare"));
        client.disconnect();
    }
}
