//! mosquitto behind the harness: a process of its own for each row, over TCP on the loopback.

#![expect(clippy::disallowed_methods, reason = "mosquitto lives in real time")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant as Clock};

use super::runner::{Read, Server};

/// How long an answer is waited for. What should come comes in milliseconds, keep alives aside.
const PATIENCE: Duration = Duration::from_secs(6);

/// How long it must stay silent where silence is what is expected.
const A_MOMENT: Duration = Duration::from_millis(20);

/// Names a program to be run in mosquitto's place, with `--tcp ADDRESS`: `cargo xtask broker`'s, for
/// example. It runs the rows that need no configuration.
pub const OTHER: &str = "CONFORMANCE_SERVER";

pub struct Mosquitto {
    child: Child,
    port: u16,
    folder: PathBuf,
    streams: BTreeMap<u64, TcpStream>,
}

impl Mosquitto {
    /// `name` tells the processes of one test apart.
    pub fn start(name: &str, options: &str) -> Self {
        // Another process may take the port between our look and mosquitto's start.
        for attempt in 0..20 {
            if let Some(server) = Self::try_start(name, options, attempt) {
                return server;
            }
        }
        panic!("mosquitto does not start; `cargo xtask test` installs it");
    }

    fn try_start(name: &str, options: &str, attempt: u32) -> Option<Self> {
        let port = free_port();
        let folder =
            std::env::temp_dir().join(format!("mqtt-lab-{name}-{}-{attempt}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let write = |file: &str, text: &str| {
            let path = folder.join(file);
            std::fs::write(&path, text).expect("a file in it");
            path.display().to_string()
        };
        let anonymous = "allow_anonymous true\n";
        let settings = match options {
            "default" | "response" => anonymous.to_owned(),
            // ann's password is secret.
            "users" => {
                let users = write(
                    "users",
                    "ann:$7$101$QH0HWTXw3oFNHui3$PhPA97nlQzr2oc8AXxXZIy4RsfGrq4LSIfTVzFY6VyMJ4fy7\
                     iLICQ2UIvOqQWCpRkG/RUGSWvZPbJp90rfE19g==\n",
                );
                format!("allow_anonymous false\npassword_file {users}\n")
            }
            "acl" => {
                let text = "topic readwrite open/#\ntopic read read/#\ntopic write write/#\n";
                format!("{anonymous}acl_file {}\n", write("acl", text))
            }
            "system" => format!("{anonymous}sys_interval 1\n"),
            "qos1" => format!("{anonymous}max_qos 1\n"),
            "qos0" => format!("{anonymous}max_qos 0\n"),
            "no-retain" => format!("{anonymous}retain_available false\n"),
            "keep-alive-10" => format!("{anonymous}max_keepalive 10\n"),
            "packet-200" => format!("{anonymous}max_packet_size 200\n"),
            "receive-2" => format!("{anonymous}max_inflight_messages 2\n"),
            "queue-3" => format!("{anonymous}max_queued_messages 3\n"),
            "queue-qos0" => format!("{anonymous}queue_qos0_messages true\n"),
            "alias-2" => format!("{anonymous}max_topic_alias 2\n"),
            "no-alias" => format!("{anonymous}max_topic_alias 0\n"),
            "connections-2" => format!("{anonymous}max_connections 2\n"),
            other => panic!("mosquitto has no configuration {other}"),
        };
        // As root, mosquitto would become a user who cannot read the folder.
        let user = if is_root() { "user root\n" } else { "" };
        let system = if options == "system" {
            ""
        } else {
            "sys_interval 0\n"
        };
        let inflight = if options == "receive-2" {
            ""
        } else {
            "max_inflight_messages 0\n"
        };
        let text = format!(
            "{user}listener {port} 127.0.0.1\n{settings}persistence false\nlog_type none\n\
             {system}{inflight}"
        );
        let configuration = write("mosquitto.conf", &text);
        let mut command = match std::env::var_os(OTHER) {
            Some(other) => {
                let mut command = Command::new(other);
                command.arg("--tcp").arg(format!("127.0.0.1:{port}"));
                command
            }
            None => {
                let mut command = Command::new(program());
                command.arg("-c").arg(&configuration);
                command
            }
        };
        let child = command
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
            streams: BTreeMap::new(),
        };
        let deadline = Clock::now() + PATIENCE;
        while Clock::now() < deadline {
            if server.child.try_wait().expect("a status").is_some() {
                return None;
            }
            if let Ok(stream) = server.try_open() {
                return answers(stream).then_some(server);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }

    fn try_open(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Server for Mosquitto {
    fn is_ours(&self) -> bool {
        false
    }

    fn open(&mut self, connection: u64) {
        let stream = self.try_open().expect("mosquitto listens");
        self.streams.insert(connection, stream);
    }

    fn send(&mut self, connection: u64, bytes: &[u8]) {
        // That it has closed shows when its end is read.
        let stream = self.streams.get_mut(&connection).expect("opened");
        let _ = stream.write_all(bytes);
    }

    fn read(&mut self, connection: u64, patient: bool) -> Read {
        let stream = self.streams.get_mut(&connection).expect("opened");
        let wait = if patient { PATIENCE } else { A_MOMENT };
        stream.set_read_timeout(Some(wait)).expect("a time limit");
        let mut buffer = [0; 16_384];
        match stream.read(&mut buffer) {
            Ok(0) => Read::Closed,
            Ok(length) => Read::Bytes(buffer[..length].to_vec()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Read::Nothing
            }
            Err(_) => Read::Closed,
        }
    }

    fn cut(&mut self, connection: u64) {
        let stream = &self.streams[&connection];
        let _ = stream.shutdown(Shutdown::Write);
        // When it closes its end, it knows.
        while matches!(self.read(connection, true), Read::Bytes(_)) {}
    }

    fn wait(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    fn deed(&mut self, words: &[String]) -> Result<(), String> {
        Err(format!("mosquitto cannot be told {words:?}"))
    }

    fn congest(&mut self, _connection: u64, _congested: bool) {}
}

/// Whether what listens there answers a CONNECT; it has forgotten the connection afterwards.
fn answers(mut stream: TcpStream) -> bool {
    const CONNECT: &[u8] = b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05probe";
    let mut answer = [0; 4];
    let limit = stream.set_read_timeout(Some(PATIENCE));
    let asked = limit.and_then(|()| stream.write_all(CONNECT));
    let is_answered = asked.and_then(|()| stream.read_exact(&mut answer)).is_ok();
    let _ = stream.shutdown(Shutdown::Write);
    while stream.read(&mut answer).is_ok_and(|length| length > 0) {}
    is_answered && answer[0] == 0x20
}

/// A port that nobody has, and that no other row of this process is about to take.
fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port of the loopback");
        let port = free.local_addr().expect("an address").port();
        let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
        if given.insert(port) {
            return port;
        }
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
