//! The broker on bare sockets: what it does with those who behave badly, and the program itself.

mod common;

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use common::{Bare, PATIENCE, connect, finish, publish, run, start, subscribe};
use futures_util::{SinkExt, StreamExt};
use mqtt_lab::broker::BrokerOptions;
use mqtt_lab_broker_server::{Server, Settings};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const PROGRAM: &str = env!("CARGO_BIN_EXE_mqtt-lab-broker");

#[tokio::test(flavor = "multi_thread")]
async fn a_packet_may_come_byte_by_byte_and_many_at_once() {
    let server = start(BrokerOptions::default()).await;
    let address = server.tcp().expect("it listens");
    let mut bare = Bare(TcpStream::connect(address).await.expect("a connection"));
    for byte in connect("slow") {
        bare.send(&[byte]).await;
    }
    assert_eq!(bare.receive(4).await, [0x20, 2, 0, 0]);
    let mut burst = subscribe("a", 0);
    burst.extend(publish("a", b"1"));
    burst.extend(publish("a", b"2"));
    burst.extend([0xc0, 0]);
    bare.send(&burst).await;
    let mut expected = vec![0x90, 3, 0, 1, 0];
    expected.extend(publish("a", b"1"));
    expected.extend(publish("a", b"2"));
    expected.extend([0xd0, 0]);
    assert_eq!(bare.receive(expected.len()).await, expected);
    // DISCONNECT: the broker closes its side too.
    bare.send(&[0xe0, 0]).await;
    assert!(bare.rest().await.is_empty());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_arrives_although_more_was_sent_after_it() {
    let mut options = BrokerOptions::default();
    mqtt_lab_broker_server::set_option(&mut options, "user=ann:secret").expect("an option");
    let server = start(options).await;
    let address = server.tcp().expect("it listens");
    let mut bare = Bare(TcpStream::connect(address).await.expect("a connection"));
    // Nobody is let in without a User Name, and a megabyte follows that nobody will read.
    let mut bytes = connect("x");
    bytes.extend(vec![0; 1024 * 1024]);
    bare.send(&bytes).await;
    assert_eq!(bare.receive(4).await, [0x20, 2, 0, 5]);
    assert!(bare.rest().await.is_empty());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_reads_harms_nobody_else() {
    let server = start(BrokerOptions::default()).await;
    let address = server.tcp().expect("it listens");
    let mut deaf = Bare::connect(address, "deaf").await;
    deaf.send(&subscribe("flood", 0)).await;
    let mut reader = Bare::connect(address, "reader").await;
    reader.send(&subscribe("flood", 0)).await;
    assert_eq!(reader.receive(5).await, [0x90, 3, 0, 1, 0]);
    let mut flooder = Bare::connect(address, "flooder").await;
    let message = publish("flood", &[7; 60_000]);
    // 60 MB: far more than sockets and queues hold.
    for _ in 0..1_000 {
        flooder.send(&message).await;
        assert_eq!(reader.receive(message.len()).await, message);
    }
    // The deaf one is alive, gets what was kept for it, and less than all.
    let mut count = 0;
    assert_eq!(deaf.receive(5).await, [0x90, 3, 0, 1, 0]);
    deaf.send(&[0xc0, 0]).await;
    loop {
        match deaf.receive(2).await[..] {
            [0xd0, 0] => break,
            [0x30, first] => {
                let rest = deaf.receive(message.len() - 2).await;
                assert_eq!((first, &rest[..]), (message[1], &message[2..]));
                count += 1;
            }
            ref other => panic!("{other:?} came"),
        }
    }
    assert!((1..1_000).contains(&count), "{count}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_and_never_reads_is_not_read_from() {
    let server = start(BrokerOptions::default()).await;
    let address = server.tcp().expect("it listens");
    let mut deaf = Bare::connect(address, "deaf").await;
    // Each two bytes make two bytes of answer; without back-pressure this would go on for ever.
    let pings = [0xc0, 0].repeat(512 * 1024);
    let mut sent = 0;
    while timeout(Duration::from_secs(2), deaf.send(&pings))
        .await
        .is_ok()
    {
        sent += 1;
        assert!(sent < 40, "40 MB were taken from one who never reads");
    }
    let mut other = Bare::connect(address, "other").await;
    other.send(&[0xc0, 0]).await;
    assert_eq!(other.receive(2).await, [0xd0, 0]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_needs_one_of_the_two_sub_protocols() {
    let server = start(BrokerOptions::default()).await;
    let address = server.websocket().expect("it listens");
    for (offered, chosen) in [
        ("mqtt", "mqtt"),
        ("mqttv3.1", "mqttv3.1"),
        ("mqttv3.1, mqtt", "mqtt"),
        ("chat, mqttv3.1", "mqttv3.1"),
    ] {
        let (_, response) = connect_async(request(address, Some(offered)))
            .await
            .expect("open");
        assert_eq!(response.headers()["sec-websocket-protocol"], chosen);
    }
    for offered in [None, Some("chat"), Some("MQTT")] {
        match connect_async(request(address, offered)).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), 400),
            other => panic!("{offered:?}: {other:?}"),
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_may_be_of_any_size_but_binary() {
    let server = start(BrokerOptions::default()).await;
    let mut socket = open(&server).await;
    for byte in connect("frames") {
        for frame in [vec![byte], vec![]] {
            socket
                .send(Message::Binary(frame.into()))
                .await
                .expect("sent");
        }
    }
    assert_eq!(frame(&mut socket).await, [0x20, 2, 0, 0]);
    socket
        .send(Message::Ping(vec![1].into()))
        .await
        .expect("sent");
    let mut both = subscribe("a", 0);
    both.extend(publish("a", b"1"));
    socket
        .send(Message::Binary(both.into()))
        .await
        .expect("sent");
    // One packet in each frame.
    assert_eq!(frame(&mut socket).await, [0x90, 3, 0, 1, 0]);
    assert_eq!(frame(&mut socket).await, publish("a", b"1"));

    socket
        .send(Message::Text("text".into()))
        .await
        .expect("sent");
    let closed = timeout(PATIENCE, socket.next()).await.expect("in time");
    let Some(Ok(Message::Close(Some(why)))) = closed else {
        panic!("{closed:?}");
    };
    assert_eq!(u16::from(why.code), 1003);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn packets_and_frames_begin_and_end_where_they_like() {
    let server = start(BrokerOptions::default()).await;
    for is_v5 in [false, true] {
        let opening = match is_v5 {
            false => connect("me"),
            true => b"\x10\x0f\0\x04MQTT\x05\x02\0\0\0\0\x02me".to_vec(),
        };
        let subscribe = match is_v5 {
            false => subscribe("a", 0),
            true => b"\x82\x07\0\x01\0\0\x01a\0".to_vec(),
        };
        let publish = match is_v5 {
            false => publish("a", b"1"),
            true => b"\x30\x05\0\x01a\x001".to_vec(),
        };
        let mut all = opening.clone();
        all.extend(&subscribe);
        all.extend(&publish);
        // Three packets in one frame, and then the same as a message in three fragments, of which the
        // one in the middle holds nothing.
        for fragments in [false, true] {
            let mut socket = open(&server).await;
            if fragments {
                let (first, last) = all.split_at(opening.len() + 3);
                for (bytes, code, is_final) in [
                    (first, Data::Binary, false),
                    (&[][..], Data::Continue, false),
                    (last, Data::Continue, true),
                ] {
                    let frame = Frame::message(bytes.to_vec(), OpCode::Data(code), is_final);
                    socket.send(Message::Frame(frame)).await.expect("sent");
                }
            } else {
                let frame = Message::Binary(all.clone().into());
                socket.send(frame).await.expect("sent");
            }
            let connack = frame(&mut socket).await;
            assert_eq!((connack[0], connack[3]), (0x20, 0), "{connack:?}");
            let suback = frame(&mut socket).await;
            assert_eq!((suback[0], suback.last()), (0x90, Some(&0)), "{suback:?}");
            assert_eq!(frame(&mut socket).await, publish);
            // A text frame ends it, also in the middle of a packet.
            let half = Message::Binary(vec![0x30].into());
            socket.send(half).await.expect("sent");
            socket.send(Message::Text("1".into())).await.expect("sent");
            let closed = timeout(PATIENCE, socket.next()).await.expect("in time");
            assert!(matches!(closed, Some(Ok(Message::Close(_)))), "{closed:?}");
        }
    }
    server.stop().await;
}

/// However much asks for answers in one frame, no more of it is handled than can be answered.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_frame_is_handled_piece_by_piece() {
    let options = BrokerOptions {
        system_interval: Duration::from_millis(100),
        ..BrokerOptions::default()
    };
    let server = start(options).await;
    let mut deaf = open(&server).await;
    let pings = 4_000_000;
    let mut bytes = connect("deaf");
    bytes.extend([0xc0, 0].repeat(pings));
    let sending = tokio::spawn(async move {
        let sent = deaf.send(Message::Binary(bytes.into())).await;
        (deaf, sent)
    });
    let (_deaf, sent) = timeout(PATIENCE, sending)
        .await
        .expect("in time")
        .expect("no panic");
    sent.expect("sent");
    let mut other = open(&server).await;
    let mut bytes = connect("other");
    bytes.extend(subscribe("$SYS/broker/bytes/received", 0));
    other
        .send(Message::Binary(bytes.into()))
        .await
        .expect("sent");
    assert_eq!(frame(&mut other).await, [0x20, 2, 0, 0]);
    assert_eq!(frame(&mut other).await[0], 0x90);
    // It is told when it has changed: so much was handled in the end.
    let mut received = 0;
    let patience = |received: usize| match received {
        0 => PATIENCE,
        _ => Duration::from_secs(2),
    };
    while let Ok(told) = timeout(patience(received), other.next()).await {
        let told = told.expect("no end").expect("no error").into_data();
        let text = String::from_utf8_lossy(&told);
        let number = text.rsplit("received").next().expect("a payload");
        received = number.parse().expect("a number");
    }
    assert!(
        received < pings,
        "{received} bytes were handled for one who never reads"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_computer_is_served() {
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let settings = Settings {
            tcp: Some(address.parse().expect("an address")),
            ..Settings::default()
        };
        let error = Server::start(settings).await.expect_err("it is refused");
        assert!(error.to_string().contains("test bench"), "{error}");
    }
    let output = finish(Command::new(PROGRAM).args(["--tcp", "0.0.0.0:0"])).await;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("loopback only"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_says_what_it_is_and_where() {
    let help = run(Command::new(PROGRAM).arg("--help")).await;
    assert!(help.contains("not for production") && help.contains("maximum_qos"));

    let mut child = Command::new(PROGRAM)
        .args(["--tcp", "127.0.0.1:0", "--ws", "localhost:0"])
        .args(["--preset", "aws", "--option", "maximum_qos=0", "--events"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    let stdout = child.stdout.take().expect("a pipe");
    let mut lines = BufReader::new(stdout).lines();
    let mut next = async || {
        let line = timeout(PATIENCE, lines.next_line()).await;
        line.expect("in time").expect("text").expect("a line")
    };
    assert!(next().await.contains("not for production"));
    let tcp = next().await;
    let tcp = tcp.strip_prefix("listening: mqtt://").expect("an address");
    let websocket = next().await;
    assert!(
        websocket.starts_with("listening: ws://127.0.0.1:"),
        "{websocket}"
    );
    assert!(websocket.ends_with("/mqtt"), "{websocket}");
    assert!(next().await.contains("Ctrl-C"));

    let mut bare = Bare::connect(tcp.parse().expect("an address"), "someone").await;
    // The option counts more than the preset: QoS 1 is not granted.
    bare.send(&subscribe("a", 1)).await;
    assert_eq!(bare.receive(5).await, [0x90, 3, 0, 1, 0]);
    let event = next().await;
    assert!(
        event.contains("SessionCreated") && event.contains("someone"),
        "{event}"
    );
    end(&mut child).await;
}

/// Ends the program as Ctrl-C does, which lets its clients go.
#[cfg(unix)]
async fn end(child: &mut tokio::process::Child) {
    let id = child.id().expect("it runs").to_string();
    run(Command::new("kill").args(["-INT", &id])).await;
    let status = timeout(PATIENCE, child.wait()).await;
    assert!(status.expect("in time").expect("an end").success());
}

#[cfg(not(unix))]
async fn end(child: &mut tokio::process::Child) {
    child.kill().await.expect("an end");
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn open(server: &Server) -> Socket {
    let address = server.websocket().expect("it listens");
    let opening = connect_async(request(address, Some("mqtt"))).await;
    opening.expect("a WebSocket").0
}

fn request(
    address: SocketAddr,
    protocol: Option<&'static str>,
) -> tokio_tungstenite::tungstenite::handshake::client::Request {
    let mut request = format!("ws://{address}/mqtt")
        .into_client_request()
        .expect("an address");
    if let Some(protocol) = protocol {
        let value = HeaderValue::from_static(protocol);
        request
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", value);
    }
    request
}

/// The next binary frame.
async fn frame(socket: &mut Socket) -> Vec<u8> {
    loop {
        let message = timeout(PATIENCE, socket.next()).await.expect("in time");
        match message.expect("no end").expect("no error") {
            Message::Binary(bytes) => return bytes.into(),
            Message::Pong(_) => {}
            other => panic!("{other:?} came"),
        }
    }
}
