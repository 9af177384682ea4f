//! The servers on loopback, each a process of its own.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use mqtt_lab_broker_server::{Server, Settings};

use crate::options;

/// The argument with which this program is our server; the port follows.
pub(crate) const SERVE: &str = "--serve-ours";

/// A server that runs until this is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    process: Child,
    file: Option<PathBuf>,
}

impl Running {
    /// Our broker.
    pub(crate) fn ours() -> Self {
        let port = free_port();
        let own = std::env::current_exe().expect("this program has a file");
        let mut command = Command::new(own);
        command.args([SERVE.to_owned(), port.to_string()]);
        Self::start("mqtt-lab", command, port, None).expect("our server starts")
    }

    /// mosquitto, if there is one.
    pub(crate) fn mosquitto() -> Option<Self> {
        let port = free_port();
        let file =
            std::env::temp_dir().join(format!("mqtt-lab-bench-{}-{port}.conf", std::process::id()));
        let text = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_queued_bytes 0\n\
             persistence false\nsys_interval 0\nset_tcp_nodelay true\nlog_dest none\n"
        );
        fs::write(&file, text).expect("the configuration is written");
        let mut command = Command::new("mosquitto");
        // Debian keeps it where only the system's own programs are looked for.
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin:/usr/local/sbin"));
        command.arg("-c").arg(&file);
        Self::start("mosquitto", command, port, Some(file))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "another program is waited for, outside the product"
    )]
    fn start(
        name: &'static str,
        mut command: Command,
        port: u16,
        file: Option<PathBuf>,
    ) -> Option<Self> {
        let quiet = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = quiet.spawn().ok()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let running = Self {
            address,
            process,
            file,
        };
        for _ in 0..200 {
            if TcpStream::connect(address).is_ok() {
                return Some(running);
            }
            sleep(Duration::from_millis(25));
        }
        panic!("{name} does not listen on port {port}");
    }

    /// The memory it has in use, in bytes, where the system tells.
    pub(crate) fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kibibytes * 1_024)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(file) = &self.file {
            let _ = fs::remove_file(file);
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it has an address").port()
}

/// Is our server, until it is ended from outside.
pub(crate) fn serve() {
    let port = std::env::args()
        .skip_while(|argument| argument != SERVE)
        .nth(1);
    let port: u16 = port.and_then(|port| port.parse().ok()).expect("a port");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let settings = Settings {
            options: options(),
            tcp: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
            ..Settings::default()
        };
        let server = Server::start(settings).await.expect("our server starts");
        std::future::pending::<()>().await;
        drop(server);
    });
}
