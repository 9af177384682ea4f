//! `mosquitto_pub` and `mosquitto_sub`, which speak 3.1, 3.1.1 and 5.0 over TCP.

use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mqtt_lab::broker::{BrokerOptions, Preset};
use mqtt_lab_broker_server::Server;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::common::{PATIENCE, finish, port, run, start};

const VERSIONS: [&str; 3] = ["mqttv31", "mqttv311", "mqttv5"];

/// QoS, RETAIN flag, topic and payload.
const FORMAT: &str = "%q %r %t %p";

#[tokio::test(flavor = "multi_thread")]
async fn each_qos_both_ways_with_wildcards() {
    let server = start(BrokerOptions::default()).await;
    for version in VERSIONS {
        for qos in ["0", "1", "2"] {
            let subscriber = Subscriber::start(
                &server,
                version,
                &[
                    "-t",
                    "house/+/temperature",
                    "-t",
                    "garden/#",
                    "-q",
                    qos,
                    "-C",
                    "3",
                ],
            )
            .await;
            for (topic, payload) in [
                ("house/kitchen/temperature", "21.5"),
                ("house/kitchen/humidity", "not asked for"),
                ("garden", "parent"),
                ("garden/pond/level", "12"),
            ] {
                publish(&server, version, &["-q", qos, "-t", topic, "-m", payload]).await;
            }
            assert_eq!(
                subscriber.lines().await,
                [
                    format!("{qos} 0 house/kitchen/temperature 21.5"),
                    format!("{qos} 0 garden parent"),
                    format!("{qos} 0 garden/pond/level 12"),
                ],
                "{version} QoS {qos}"
            );
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retained_messages_are_kept_and_cleared() {
    let server = start(BrokerOptions::default()).await;
    for version in VERSIONS {
        let topic = format!("retained/{version}");
        publish(
            &server,
            version,
            &["-r", "-q", "1", "-t", &topic, "-m", "on"],
        )
        .await;
        let sub = ["-t", topic.as_str(), "-q", "1", "-C", "1", "-W", "20"];
        // It has what it waits for as soon as it is subscribed.
        let subscriber = Subscriber::spawn(&server, version, &sub, FORMAT);
        assert_eq!(subscriber.lines().await, [format!("1 1 {topic} on")]);
        publish(&server, version, &["-r", "-n", "-q", "1", "-t", &topic]).await;
        let subscriber = Subscriber::start(&server, version, &sub).await;
        publish(&server, version, &["-q", "1", "-t", &topic, "-m", "live"]).await;
        assert_eq!(subscriber.lines().await, [format!("1 0 {topic} live")]);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_will_is_published_for_a_client_that_is_killed() {
    let server = start(BrokerOptions::default()).await;
    for version in VERSIONS {
        let watch = ["-t", "will/+", "-q", "2", "-C", "1"];
        let watcher = Subscriber::start(&server, version, &watch).await;
        let mut doomed = Subscriber::start(
            &server,
            version,
            &[
                "-t",
                "nothing",
                "--will-topic",
                "will/doomed",
                "--will-payload",
                "farewell",
                "--will-qos",
                "1",
            ],
        )
        .await;
        doomed.child.kill().await.expect("it can be killed");
        assert_eq!(watcher.lines().await, ["1 0 will/doomed farewell"]);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlives_its_connection() {
    let server = start(BrokerOptions::default()).await;
    for version in VERSIONS {
        let id = format!("absent-{version}");
        let mut stay = vec!["-i", &id, "-c", "-t", "absent/+", "-q", "1"];
        if version == "mqttv5" {
            stay.extend(["-x", "600"]);
        }
        // Subscribes and leaves.
        let mut leave = stay.clone();
        leave.push("-E");
        run(client("mosquitto_sub", &server, version).args(&leave)).await;
        for payload in ["first", "second"] {
            publish(
                &server,
                version,
                &["-q", "1", "-t", "absent/a", "-m", payload],
            )
            .await;
        }
        stay.extend(["-C", "2"]);
        let back = Subscriber::spawn(&server, version, &stay, FORMAT);
        assert_eq!(
            back.lines().await,
            ["1 0 absent/a first", "1 0 absent/a second"],
            "{version}"
        );
        run(client("mosquitto_sub", &server, version).args(["-i", &id, "-t", "x", "-E"])).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_arrive_whole() {
    let server = start(BrokerOptions::default()).await;
    let payload = "0123456789".repeat(1024 * 1024);
    for version in VERSIONS {
        let arguments = ["-t", "large", "-q", "2", "-C", "1", "-N"];
        let subscriber = Subscriber::start_with_format(&server, version, &arguments, "%p").await;
        let mut publisher = client("mosquitto_pub", &server, version)
            .args(["-q", "2", "-t", "large", "-s"])
            .stdin(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("mosquitto_pub starts");
        let mut stdin = publisher.stdin.take().expect("a pipe");
        stdin.write_all(payload.as_bytes()).await.expect("a reader");
        drop(stdin);
        let ended = timeout(PATIENCE, publisher.wait()).await;
        assert!(ended.expect("in time").expect("an end").success());
        let lines = subscriber.lines().await;
        assert_eq!(lines.len(), 1);
        assert!(lines[0] == payload, "the payload is another");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_understood() {
    let mut options = Preset::by_slug("emqx").expect("a preset").options();
    mqtt_lab_broker_server::set_option(&mut options, "user=ann:secret").expect("an option");
    let server = start(options).await;
    for version in VERSIONS {
        let known = ["-u", "ann", "-P", "secret"];
        let publish = ["-t", "a", "-m", "x", "-q", "1"];
        run(client("mosquitto_pub", &server, version)
            .args(known)
            .args(publish))
        .await;
        for unknown in [&[][..], &["-u", "ann", "-P", "wrong"]] {
            let output = finish(
                client("mosquitto_pub", &server, version)
                    .args(unknown)
                    .args(publish),
            )
            .await;
            let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
            assert!(!output.status.success(), "{version} {unknown:?}");
            let is_refusal = ["not authori", "bad user"]
                .iter()
                .any(|words| said.contains(words));
            assert!(is_refusal, "{version} {unknown:?}: {said}");
        }
        let all = ["-t", "#", "-W", "20"];
        let output = finish(
            client("mosquitto_sub", &server, version)
                .args(known)
                .args(all),
        )
        .await;
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(said.contains("denied"), "{version}: {said}");
    }
    server.stop().await;
}

/// A running `mosquitto_sub` that the broker has granted its subscriptions.
struct Subscriber {
    child: Child,
}

impl Subscriber {
    /// Starts one and waits until it is subscribed; it says so itself only when it ends.
    async fn start(server: &Server, version: &str, arguments: &[&str]) -> Self {
        Self::start_with_format(server, version, arguments, FORMAT).await
    }

    async fn start_with_format(
        server: &Server,
        version: &str,
        arguments: &[&str],
        format: &str,
    ) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let client_id = format!("sub-{}", STARTED.fetch_add(1, Ordering::Relaxed));
        let mut all = vec!["-i", &client_id];
        all.extend(arguments);
        let subscriber = Self::spawn(server, version, &all, format);
        let wanted = arguments.iter().filter(|word| **word == "-t").count();
        let until_subscribed = async {
            while server.subscriptions(&client_id).await < wanted {
                sleep(Duration::from_millis(2)).await;
            }
        };
        let subscribed = timeout(PATIENCE, until_subscribed).await;
        assert!(subscribed.is_ok(), "{version} {arguments:?}");
        subscriber
    }

    fn spawn(server: &Server, version: &str, arguments: &[&str], format: &str) -> Self {
        let child = client("mosquitto_sub", server, version)
            .args(arguments)
            .args(["-F", format])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("mosquitto_sub cannot be started: {error}"));
        Self { child }
    }

    /// What it was given, a line each, when it has ended by itself.
    async fn lines(self) -> Vec<String> {
        let output = timeout(PATIENCE, self.child.wait_with_output()).await;
        let output = output.expect("mosquitto_sub ends in time").expect("an end");
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect()
    }
}

async fn publish(server: &Server, version: &str, arguments: &[&str]) {
    run(client("mosquitto_pub", server, version).args(arguments)).await;
}

fn client(program: &str, server: &Server, version: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["-h", "127.0.0.1", "-p", &port(server.tcp()), "-V", version]);
    command
}
