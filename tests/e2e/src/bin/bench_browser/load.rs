//! The load: a process of its own that publishes over a plain TCP socket. Its packets are made before it begins, so
//! that it is the broker and the page that are measured, never it.

use std::io::{BufRead, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Topics that messages are spread over, where nothing else is said.
const TOPICS: u64 = 50;

/// How often a paced load looks how much is due.
const PACE: Duration = Duration::from_millis(1);

/// What to publish.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Load {
    /// Messages go to `<prefix>/<0..topics>`.
    pub prefix: String,
    /// Topics that they are spread over.
    pub topics: u64,
    /// How many.
    pub count: u64,
    /// Messages a second; `None` is as fast as the broker takes them.
    pub rate: Option<u64>,
    /// Bytes of each payload.
    pub payload: usize,
}

impl Load {
    /// Messages of the usual size under `lab/load`.
    pub fn new(count: u64, rate: Option<u64>) -> Self {
        Self {
            prefix: "lab/load".to_owned(),
            topics: TOPICS,
            count,
            rate,
            payload: 80,
        }
    }
}

/// What became of a load; times are in milliseconds since 1970.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Sent {
    /// When the first packet was handed over.
    pub started: f64,
    /// When the last one had been.
    pub ended: f64,
}

/// The other process, connected to the broker, waiting to be told to begin.
pub struct Generator {
    _child: Child,
    stdin: ChildStdin,
    stdout: tokio::io::Lines<tokio::io::BufReader<ChildStdout>>,
}

impl Generator {
    /// Starts the process and waits until it is connected.
    pub async fn start(port: u16, load: &Load) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("load")
            .arg(port.to_string())
            .arg(serde_json::to_string(load)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().context("no standard input")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let mut stdout = tokio::io::BufReader::new(stdout).lines();
        let ready = stdout.next_line().await?;
        ensure!(ready.as_deref() == Some("ready"), "the load did not start");
        Ok(Self {
            _child: child,
            stdin,
            stdout,
        })
    }

    /// Has it begin.
    pub async fn begin(&mut self) -> Result<()> {
        self.stdin.write_all(b"go\n").await?;
        self.stdin.flush().await?;
        Ok(())
    }

    /// Waits until it has handed everything over.
    pub async fn finish(mut self) -> Result<Sent> {
        let line = self.stdout.next_line().await?;
        Ok(serde_json::from_str(&line.context("the load broke off")?)?)
    }
}

/// The body of the other process.
pub fn run(arguments: &[String]) -> Result<()> {
    let [port, load] = arguments else {
        anyhow::bail!("usage: load <port> <what, as JSON>")
    };
    let load: Load = serde_json::from_str(load)?;
    let packets = Packets::new(&load);
    let mut socket = connect(port.parse()?)?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "ready")?;
    stdout.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    ensure!(line == "go\n", "told {line:?}");
    let sent = send(&mut socket, &load, &packets)?;
    writeln!(stdout, "{}", serde_json::to_string(&sent)?)?;
    stdout.flush()?;
    // The broker may still be reading: DISCONNECT, and wait for it to close.
    socket.write_all(&[0xe0, 0])?;
    let mut rest = Vec::new();
    socket.read_to_end(&mut rest)?;
    Ok(())
}

/// Messages a second that the load hands over to a socket that takes everything: what it can reach at best.
pub async fn own_speed() -> Result<f64> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    let sink = tokio::task::spawn_blocking(move || -> Result<()> {
        let (mut stream, _) = listener.accept()?;
        let mut buffer = vec![0; 1 << 16];
        let connect = stream.read(&mut buffer)?;
        ensure!(connect > 0, "no CONNECT");
        stream.write_all(&[0x20, 2, 0, 0])?;
        while stream.read(&mut buffer)? > 0 && !buffer.starts_with(&[0xe0]) {}
        Ok(())
    });
    let load = Load::new(500_000, None);
    let mut generator = Generator::start(port, &load).await?;
    generator.begin().await?;
    let sent = generator.finish().await?;
    // The sink ends when the load closes; its outcome says nothing about the speed.
    sink.abort();
    Ok(load.count as f64 / (sent.ended - sent.started) * 1000.0)
}

fn connect(port: u16) -> Result<TcpStream> {
    let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    socket.set_nodelay(true)?;
    let id = format!("load-{}", std::process::id());
    let mut packet = vec![0x10, u8::try_from(12 + id.len())?];
    packet.extend([0, 4]);
    packet.extend(b"MQTT");
    packet.extend([4, 2, 0, 0, 0, u8::try_from(id.len())?]);
    packet.extend(id.as_bytes());
    socket.write_all(&packet)?;
    let mut connack = [0; 4];
    socket.read_exact(&mut connack)?;
    ensure!(connack == [0x20, 2, 0, 0], "CONNACK is {connack:x?}");
    Ok(socket)
}

/// All packets in one buffer, one after the other.
struct Packets {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Packets {
    fn new(load: &Load) -> Self {
        let mut packets = Self {
            bytes: Vec::new(),
            ends: Vec::new(),
        };
        for number in 0..load.count {
            let topic = format!("{}/{}", load.prefix, number % load.topics);
            let payload = payload(number, load.payload);
            packets.push(topic.as_bytes(), &payload);
        }
        packets
    }

    fn push(&mut self, topic: &[u8], payload: &[u8]) {
        self.bytes.push(0x30);
        let mut length = 2 + topic.len() + payload.len();
        loop {
            let digit = (length & 0x7f) as u8;
            length >>= 7;
            let more = if length > 0 { 0x80 } else { 0 };
            self.bytes.push(digit | more);
            if length == 0 {
                break;
            }
        }
        self.bytes
            .extend([(topic.len() >> 8) as u8, (topic.len() & 0xff) as u8]);
        self.bytes.extend(topic);
        self.bytes.extend(payload);
        self.ends.push(self.bytes.len());
    }
}

/// JSON of exactly `size` bytes: one object, or an array of them where there is room for more.
fn payload(number: u64, size: usize) -> Vec<u8> {
    let object = |number: u64| {
        let value = (number % 1000) as f64 / 10.0;
        format!(
            "{{\"n\":{number},\"value\":{value},\"unit\":\"C\",\"room\":\"r{}\"}}",
            number % 7
        )
    };
    let mut text = if size <= 1000 {
        object(number)
    } else {
        let mut text = String::from("[");
        for item in 0.. {
            let next = object(item);
            if text.len() + next.len() + 2 > size {
                break;
            }
            if item > 0 {
                text.push(',');
            }
            text.push_str(&next);
        }
        text.push(']');
        text
    };
    // White space is JSON too.
    let last = text.pop();
    while text.len() + 1 < size {
        text.push(' ');
    }
    text.extend(last);
    text.into_bytes()
}

fn send(socket: &mut TcpStream, load: &Load, packets: &Packets) -> Result<Sent> {
    let started = now();
    match load.rate {
        None => socket.write_all(&packets.bytes)?,
        Some(rate) => {
            let start = Instant::now();
            let (mut done, mut at) = (0, 0);
            while done < packets.ends.len() {
                let due = start.elapsed().as_secs_f64() * rate as f64;
                let due = (due as usize).min(packets.ends.len());
                if due > done {
                    let end = packets.ends[due - 1];
                    socket.write_all(&packets.bytes[at..end])?;
                    (done, at) = (due, end);
                }
                std::thread::sleep(PACE);
            }
        }
    }
    Ok(Sent {
        started,
        ended: now(),
    })
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64() * 1000.0)
}

/// Reads and counts PUBLISH packets, as the test of the load does.
#[cfg(test)]
fn count(reader: impl Read) -> Result<(u64, usize)> {
    let mut reader = std::io::BufReader::new(reader);
    let (mut packets, mut largest) = (0, 0);
    let mut first = [0];
    while reader.read(&mut first)? == 1 {
        ensure!(first == [0x30], "packet {first:x?}");
        let (mut length, mut shift) = (0, 0);
        loop {
            let mut digit = [0];
            reader.read_exact(&mut digit)?;
            length |= usize::from(digit[0] & 0x7f) << shift;
            shift += 7;
            if digit[0] < 0x80 {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        packets += 1;
        largest = largest.max(length);
    }
    Ok((packets, largest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_whole_and_of_the_size_asked_for() {
        let packets = Packets::new(&Load::new(120, None));
        let (counted, largest) = count(packets.bytes.as_slice()).unwrap();
        // The length of the topic, `lab/load/49`, and 80 bytes.
        assert_eq!((counted, largest), (120, 2 + 11 + 80));
    }

    #[test]
    fn payloads_are_json_of_exactly_that_size() {
        for size in [80, 10_000] {
            let payload = payload(123_456, size);
            assert_eq!(payload.len(), size);
            assert!(serde_json::from_slice::<serde_json::Value>(&payload).is_ok());
        }
    }
}
