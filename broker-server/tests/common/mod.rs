//! What the tests have in common: a broker on free ports, programs with an end, and a bare client.

#![allow(
    dead_code,
    reason = "each test program uses a part of what they have in common"
)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use mqtt_lab::broker::BrokerOptions;
use mqtt_lab_broker_server::{Server, Settings, loopback};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::timeout;

/// How long anything may take that is awaited.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A broker with these options, on a free port each.
pub async fn start(options: BrokerOptions) -> Server {
    let any = Some(loopback("127.0.0.1:0").expect("an address"));
    let settings = Settings {
        options,
        tcp: any,
        websocket: any,
        ..Settings::default()
    };
    Server::start(settings).await.expect("the broker starts")
}

/// The port of one of the broker's addresses.
pub fn port(address: Option<SocketAddr>) -> String {
    address.expect("it listens").port().to_string()
}

/// Where a program is that `cargo xtask test strangers` has set up.
pub fn tool(variable: &str, in_tools: &str) -> PathBuf {
    let found = std::env::var_os(variable).map_or_else(
        || {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
            root.expect("a workspace").join(".tools").join(in_tools)
        },
        PathBuf::from,
    );
    assert!(
        found.exists(),
        "{} is missing: `cargo xtask test strangers` sets it up",
        found.display()
    );
    found
}

/// Runs a program to its end, and gives what it has written to standard output.
pub async fn run(command: &mut Command) -> String {
    let output = finish(command).await;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{command:?} ended with {}\n{stdout}{stderr}",
        output.status
    );
    stdout
}

/// Runs a program to its end, however that is.
pub async fn finish(command: &mut Command) -> Output {
    let running = command.stdin(Stdio::null()).kill_on_drop(true).output();
    timeout(PATIENCE, running)
        .await
        .unwrap_or_else(|_| panic!("{command:?} does not end"))
        .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"))
}

/// A TCP connection on which packets are written by hand.
pub struct Bare(pub TcpStream);

impl Bare {
    /// Connects as a 3.1.1 client with a Clean Session and without Keep Alive.
    pub async fn connect(address: SocketAddr, client_id: &str) -> Self {
        let mut bare = Self(TcpStream::connect(address).await.expect("a connection"));
        bare.send(&connect(client_id)).await;
        assert_eq!(bare.receive(4).await, [0x20, 2, 0, 0]);
        bare
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        let sending = timeout(PATIENCE, self.0.write_all(bytes)).await;
        sending.expect("in time").expect("to be sent");
    }

    pub async fn receive(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let receiving = timeout(PATIENCE, self.0.read_exact(&mut bytes)).await;
        receiving.expect("in time").expect("bytes");
        bytes
    }

    /// All that comes until the broker ends the connection.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let receiving = timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await;
        receiving.expect("in time").expect("an end");
        bytes
    }
}

/// CONNECT of 3.1.1.
pub fn connect(client_id: &str) -> Vec<u8> {
    let id = u8::try_from(client_id.len()).expect("a short one");
    let mut packet = vec![
        0x10,
        12 + id,
        0,
        4,
        b'M',
        b'Q',
        b'T',
        b'T',
        4,
        2,
        0,
        0,
        0,
        id,
    ];
    packet.extend_from_slice(client_id.as_bytes());
    packet
}

/// SUBSCRIBE of 3.1.1 with Packet Identifier 1.
pub fn subscribe(filter: &str, qos: u8) -> Vec<u8> {
    let length = u8::try_from(filter.len()).expect("a short one");
    let mut packet = vec![0x82, 5 + length, 0, 1, 0, length];
    packet.extend_from_slice(filter.as_bytes());
    packet.push(qos);
    packet
}

/// PUBLISH of 3.1.1 at QoS 0.
pub fn publish(topic: &str, payload: &[u8]) -> Vec<u8> {
    let mut remaining = 2 + topic.len() + payload.len();
    let mut packet = vec![0x30];
    while remaining >= 0x80 {
        packet.push(0x80 | (remaining % 0x80) as u8);
        remaining /= 0x80;
    }
    packet.extend_from_slice(&[remaining as u8, 0, topic.len() as u8]);
    packet.extend_from_slice(topic.as_bytes());
    packet.extend_from_slice(payload);
    packet
}
