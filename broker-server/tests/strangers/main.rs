//! Other people's clients against the lab's broker: what they all do, over both transports and in
//! every version they speak.

#[path = "../common/mod.rs"]
mod common;
mod mosquitto;

use std::path::{Path, PathBuf};

use common::{port, run, start, tool};
use mqtt_lab::broker::BrokerOptions;
use tokio::process::Command;

/// Runs each body as a test with a broker of its own.
macro_rules! tests {
    ($run:ident: $($name:ident => $transport:literal, $version:literal;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            $run($transport, $version).await;
        }
    )*};
}

tests! { paho:
    paho_over_tcp_with_3_1_1 => "tcp", "4";
    paho_over_tcp_with_5_0 => "tcp", "5";
    paho_over_websocket_with_3_1_1 => "websockets", "4";
    paho_over_websocket_with_5_0 => "websockets", "5";
}

tests! { mqttjs:
    mqttjs_over_tcp_with_3_1 => "mqtt", "3";
    mqttjs_over_tcp_with_3_1_1 => "mqtt", "4";
    mqttjs_over_tcp_with_5_0 => "mqtt", "5";
    mqttjs_over_websocket_with_3_1 => "ws", "3";
    mqttjs_over_websocket_with_3_1_1 => "ws", "4";
    mqttjs_over_websocket_with_5_0 => "ws", "5";
}

async fn paho(transport: &str, version: &str) {
    let in_tools = if cfg!(windows) {
        "python/Scripts/python.exe"
    } else {
        "python/bin/python"
    };
    let server = start(BrokerOptions::default()).await;
    let address = if transport == "tcp" {
        server.tcp()
    } else {
        server.websocket()
    };
    let said = run(Command::new(tool("PAHO_PYTHON", in_tools))
        .arg(script("paho_client.py"))
        .args([&port(address), transport, version]))
    .await;
    assert_eq!(said.lines().count(), if version == "5" { 7 } else { 6 });
    server.stop().await;
}

async fn mqttjs(scheme: &str, version: &str) {
    let script_of_browser = tool("MQTTJS", "npm/node_modules/mqtt/dist/mqtt.min.js");
    let package = script_of_browser.parent().and_then(Path::parent);
    let server = start(BrokerOptions::default()).await;
    let address = if scheme == "mqtt" {
        server.tcp()
    } else {
        server.websocket()
    };
    let said = run(Command::new("node")
        .arg(script("mqttjs_client.cjs"))
        .arg(package.expect("a package"))
        .args([&port(address), scheme, version]))
    .await;
    assert_eq!(said.lines().count(), if version == "5" { 7 } else { 6 });
    server.stop().await;
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join("strangers")
        .join(name)
}
