//! The `mosquitto.conf` that the README gives for a classroom works as it stands there.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn mosquitto_starts_with_the_configuration_of_the_readme() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(readme).expect("there is a README");
    let configuration = configuration(&readme).expect("the README has a mosquitto.conf");
    let (configuration, ports) = on_loopback(configuration);
    assert_eq!(ports.len(), 2, "a plain listener and one for browsers");

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mosquitto.conf");
    fs::write(&file, configuration).expect("a file");
    let program = std::env::var_os("MOSQUITTO").unwrap_or_else(|| "mosquitto".into());
    let child = Command::new(program)
        .arg("-c")
        .arg(&file)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("mosquitto is installed: `cargo xtask test strangers` sets it up");
    let mut mosquitto = Mosquitto(child);
    let begun = Instant::now();
    for port in ports {
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            mosquitto.must_run();
            assert!(begun.elapsed() < PATIENCE, "nobody listens at {port}");
            thread::sleep(Duration::from_millis(10));
        }
    }
    mosquitto.must_run();
}

/// The configuration with free ports on loopback in place of its own on every network, and nothing
/// else changed, so that no other computer can reach it and no other program is in its way.
fn on_loopback(configuration: &str) -> (String, Vec<u16>) {
    let mut ports = Vec::new();
    let mut changed = String::new();
    for line in configuration.lines() {
        if line.starts_with("listener ") {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr());
            let port = free.expect("a free port").port();
            // Without its second line, a WebSocket listener listens everywhere all the same.
            changed += &format!("listener {port} 127.0.0.1\nsocket_domain ipv4\n");
            ports.push(port);
        } else {
            changed += &format!("{line}\n");
        }
    }
    (changed, ports)
}

/// The block of the README that begins with ```` ```conf ````.
fn configuration(readme: &str) -> Option<&str> {
    let (_, rest) = readme.split_once("```conf\n")?;
    rest.split_once("```").map(|(block, _)| block)
}

/// Ends with the test.
struct Mosquitto(Child);

impl Mosquitto {
    fn must_run(&mut self) {
        let ended = self.0.try_wait().expect("a status");
        assert!(ended.is_none(), "mosquitto ended with {ended:?}");
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        // One that has ended already needs no end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
