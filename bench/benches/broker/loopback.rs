//! Over TCP on loopback, beside mosquitto.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::packets::{PINGREQ, TOPIC, connect, filter, publish, subscribe, topic};
use crate::servers::Running;
use crate::{RECEIVERS, RETAINED, SUBSCRIPTIONS, median};
use mqtt_lab::codec::PacketSplitter;

/// Nothing may take longer than this.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many times each is measured, in turn.
const ROUNDS: usize = 5;

/// Runs everything, on both servers in turn, and prints what it took.
pub(crate) fn run() {
    println!(
        "Over TCP on loopback, with a client that does not send more before all is received.\n"
    );
    println!(
        "{:<44}{:>14}{:>14}{:>8}",
        "", "mqtt-lab", "mosquitto", "ratio"
    );
    for receivers in RECEIVERS {
        let name = format!("to {receivers} subscribers, deliveries/s");
        compare(&name, true, |server| fan_out(server, receivers));
    }
    let name = format!("one of {SUBSCRIPTIONS} subscriptions, messages/s");
    compare(&name, true, matching);
    compare(&format!("{RETAINED} retained, set/s"), true, |server| {
        retained(server).0
    });
    compare(
        &format!("{RETAINED} retained, sent to `#`/s"),
        true,
        |server| retained(server).1,
    );
    compare("memory of an idle session, bytes", false, |server| {
        vec![memory(server)]
    });
}

/// Runs a task on each server by itself, so that the other's work does not disturb it.
fn compare(name: &str, more_is_better: bool, task: impl Fn(&Running) -> Vec<f64>) {
    let ours = median(task(&Running::ours()));
    let Some(mosquitto) = Running::mosquitto() else {
        println!("{name:<44}{ours:>14.0}{:>14}{:>8}", "-", "-");
        return;
    };
    let theirs = median(task(&mosquitto));
    let ratio = match more_is_better {
        true => ours / theirs,
        false => theirs / ours,
    };
    println!("{name:<44}{ours:>14.0}{theirs:>14.0}{ratio:>8.2}");
}

/// A client on a socket.
struct Peer {
    stream: TcpStream,
    splitter: PacketSplitter,
    published: usize,
    others: usize,
}

impl Peer {
    fn connect(server: &Running, client_id: &str, clean_session: bool) -> Self {
        let stream = TcpStream::connect(server.address).expect("the server accepts");
        stream.set_nodelay(true).expect("an option of the socket");
        stream
            .set_nonblocking(true)
            .expect("an option of the socket");
        let mut peer = Self {
            stream,
            splitter: PacketSplitter::new(PacketSplitter::UNLIMITED),
            published: 0,
            others: 0,
        };
        peer.ask(&connect(client_id, clean_session));
        peer
    }

    /// Sends a packet that is answered with one, and awaits the answer.
    fn ask(&mut self, packet: &[u8]) {
        let answered = self.others + 1;
        self.send(packet);
        let mut buffer = vec![0; 64 * 1_024];
        wait(|| {
            self.read(&mut buffer);
            self.others >= answered
        });
    }

    fn send(&mut self, mut bytes: &[u8]) {
        let mut buffer = vec![0; 64 * 1_024];
        wait(|| {
            match self.stream.write(bytes) {
                Ok(sent) => bytes = &bytes[sent..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
            if !bytes.is_empty() {
                self.read(&mut buffer);
            }
            bytes.is_empty()
        });
    }

    /// Takes what has come.
    fn read(&mut self, buffer: &mut [u8]) {
        loop {
            let mut bytes = match self.stream.read(buffer) {
                Ok(0) => panic!("the server closed the connection"),
                Ok(length) => &buffer[..length],
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => panic!("{error}"),
            };
            while let Some(packet) = self.splitter.next(&mut bytes).expect("good packets") {
                match packet[0] >> 4 {
                    3 => self.published += 1,
                    _ => self.others += 1,
                }
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, outside the product"
)]
fn now() -> Instant {
    Instant::now()
}

/// Looks again and again.
fn wait(mut is_done: impl FnMut() -> bool) {
    let start = now();
    while !is_done() {
        assert!(start.elapsed() < PATIENCE, "it takes too long");
    }
}

/// Reads from all until so many messages have come altogether.
fn await_messages(peers: &mut [Peer], messages: usize, buffer: &mut [u8]) {
    let before: usize = peers.iter().map(|peer| peer.published).sum();
    let mut come = 0;
    wait(|| {
        for peer in &mut *peers {
            peer.read(buffer);
        }
        come = peers.iter().map(|peer| peer.published).sum::<usize>() - before;
        come >= messages
    });
    assert_eq!(come, messages, "no more than that");
}

fn fan_out(server: &Running, receivers: usize) -> Vec<f64> {
    let filters = [TOPIC.to_owned()];
    let mut peers: Vec<Peer> = (0..receivers)
        .map(|number| {
            let mut peer = Peer::connect(server, &format!("receiver-{number}"), true);
            peer.ask(&subscribe(&filters));
            peer
        })
        .collect();
    let mut sender = Peer::connect(server, "sender", true);
    let at_once = (1_000 / receivers).max(1);
    let bursts = 20_000_usize.div_ceil(at_once * receivers).max(5);
    let burst = publish(TOPIC, false).repeat(at_once);
    let mut buffer = vec![0; 64 * 1_024];
    let mut round = || {
        let start = now();
        for _ in 0..bursts {
            sender.send(&burst);
            await_messages(&mut peers, at_once * receivers, &mut buffer);
        }
        (bursts * at_once * receivers) as f64 / start.elapsed().as_secs_f64()
    };
    round();
    (0..ROUNDS).map(|_| round()).collect()
}

fn matching(server: &Running) -> Vec<f64> {
    let numbers: Vec<usize> = (0..SUBSCRIPTIONS).collect();
    let mut peers: Vec<Peer> = numbers
        .chunks(1_000)
        .enumerate()
        .map(|(holder, numbers)| {
            let mut peer = Peer::connect(server, &format!("holder-{holder}"), true);
            for numbers in numbers.chunks(100) {
                let filters: Vec<_> = numbers.iter().map(|&number| filter(number)).collect();
                peer.ask(&subscribe(&filters));
            }
            peer
        })
        .collect();
    let mut sender = Peer::connect(server, "sender", true);
    let bursts: Vec<Vec<u8>> = (0..20)
        .map(|burst| {
            let numbers = (0..500).map(|number| (burst * 500 + number) * 7_919 % SUBSCRIPTIONS);
            numbers
                .flat_map(|number| publish(&topic(number), false))
                .collect()
        })
        .collect();
    let mut buffer = vec![0; 64 * 1_024];
    let mut round = || {
        let start = now();
        for burst in &bursts {
            sender.send(burst);
            await_messages(&mut peers, 500, &mut buffer);
        }
        (bursts.len() * 500) as f64 / start.elapsed().as_secs_f64()
    };
    round();
    (0..ROUNDS).map(|_| round()).collect()
}

/// Messages set each second, on new topics; and messages sent each second to those who come.
fn retained(server: &Running) -> (Vec<f64>, Vec<f64>) {
    let mut sender = Peer::connect(server, "sender", true);
    let packets: Vec<u8> = (0..RETAINED)
        .flat_map(|number| publish(&topic(number), true))
        .collect();
    let start = now();
    sender.send(&packets);
    sender.ask(PINGREQ);
    let set = RETAINED as f64 / start.elapsed().as_secs_f64();
    let mut buffer = vec![0; 64 * 1_024];
    let all = subscribe(&["#".to_owned()]);
    let sent = (0..ROUNDS).map(|round| {
        let mut peers = [Peer::connect(server, &format!("receiver-{round}"), true)];
        let start = now();
        peers[0].send(&all);
        await_messages(&mut peers, RETAINED, &mut buffer);
        RETAINED as f64 / start.elapsed().as_secs_f64()
    });
    let sent = sent.collect();
    (vec![set], sent)
}

/// Bytes of a connected session with one subscription, as the process grows by it.
fn memory(server: &Running) -> f64 {
    const SESSIONS: usize = 5_000;
    let open = |range: std::ops::Range<usize>| -> Vec<Peer> {
        range
            .map(|number| {
                let mut peer = Peer::connect(server, &format!("session-{number}"), false);
                peer.ask(&subscribe(&[filter(number)]));
                peer
            })
            .collect()
    };
    // What is taken once is taken before.
    let first = open(0..100);
    let Some(before) = server.memory() else {
        return f64::NAN;
    };
    let rest = open(100..100 + SESSIONS);
    let after = server.memory().unwrap_or(before);
    drop((first, rest));
    (after - before) as f64 / SESSIONS as f64
}
