//! Proves the harness: the page object on a fixture page, the broker and the scripted peer with a bare WebSocket
//! client. None of this needs the built page.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use futures_util::{SinkExt, StreamExt};
use mqtt_lab_e2e::browser::Options;
use mqtt_lab_e2e::lab::{Lab, run_on};
use mqtt_lab_e2e::mosquitto::{self, Mosquitto};
use mqtt_lab_e2e::packet::{Stream, Version, connack, kind, publish, publish_at};
use mqtt_lab_e2e::page::{Login, State};
use mqtt_lab_e2e::peer::Peer;
use mqtt_lab_e2e::public_brokers::{Broker, check};
use mqtt_lab_e2e::wait;
use thirtyfour::WebDriver;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::rustls::RootCertStore;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// CONNECT of MQTT 3.1.1, Clean Session, Keep Alive 60, Client Identifier `x`.
const CONNECT: &[u8] = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x";

async fn fixture(name: &str, test: impl AsyncFnOnce(&Lab) -> Result<()>) -> Result<()> {
    fixture_with(name, &Options::default(), test).await
}

async fn fixture_with(
    name: &str,
    options: &Options,
    test: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixture");
    run_on(&root, name, Version::V3_1_1, options, test).await
}

async fn script<T: serde::de::DeserializeOwned>(driver: &WebDriver, text: &str) -> Result<T> {
    Ok(driver.execute(text, vec![]).await?.convert()?)
}

#[tokio::test]
async fn page_object_connects_through_every_kind_of_control() -> Result<()> {
    fixture("harness-connect", async |lab| {
        lab.page.ready().await?;
        assert_eq!(lab.page.state().await?, State::Disconnected);
        let mut login = Login::to(8080, Version::V5_0)
            .client_id("me")
            .will("a/will", 1, true, "gone");
        login.keep_alive = Some(30);
        login.clean_session = Some(false);
        lab.page.connect(&login).await?;
        let connection = lab.page.connection();
        assert_eq!(connection.field("Host").value().await?, "127.0.0.1");
        assert_eq!(connection.field("Port").value().await?, "8080");
        assert_eq!(connection.field("ClientID").value().await?, "me");
        assert_eq!(connection.field("Last-Will QoS").value().await?, "1");
        assert!(connection.field("Last-Will Retain").is_checked().await?);
        assert!(!connection.field("SSL").is_checked().await?);
        assert!(!connection.field("Clean Session").is_checked().await?);
        let version: bool = script(
            lab.driver(),
            "return document.querySelectorAll('[type=radio]')[2].checked",
        )
        .await?;
        assert!(version, "5.0 is chosen");
        connection.wait_contains("connection ACCEPTED").await?;
        let said = lab
            .page
            .wait_explanation(&["accepted"], wait::PATIENCE)
            .await?;
        assert_eq!(
            said, "connected Connection accepted",
            "the form's labels explain nothing"
        );
        lab.page.disconnect().await
    })
    .await
}

#[tokio::test]
async fn page_object_subscribes_and_reads_rows() -> Result<()> {
    fixture("harness-rows", async |lab| {
        let page = &lab.page;
        page.subscribe_granted("a/+", 1).await?;
        page.subscription("a/+")
            .button("Unsubscribe a/+")
            .click()
            .await?;
        page.subscription("a/+").wait_gone().await?;
        assert_eq!(page.received().await?, 1204);
        let rows = page.rows().await?;
        assert_eq!(
            rows.len(),
            2,
            "the header and the hidden row are no messages: {rows:?}"
        );
        assert_eq!((rows[0].topic(), rows[0].qos()), (Some("a/b c"), Some(1)));
        assert!(rows[0].retained() && rows[0].contains("<b>hello</b>"));
        assert_eq!((rows[1].topic(), rows[1].retained()), (Some("d/e"), false));
        page.fill_publish("x", "line 1\nline 2", 2, true).await?;
        page.publishing()
            .field("Message")
            .paste("\u{1F600}\u{1}\u{0}x")
            .await?;
        page.publishing()
            .field("Message")
            .wait_value("\u{1F600}\u{1}\u{0}x")
            .await?;
        page.add_client("two").await?;
        assert_eq!(page.clients().await?, 2);
        page.select_client("one").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn page_object_opens_details_views_and_questions() -> Result<()> {
    fixture("harness-details", async |lab| {
        let page = &lab.page;
        page.open_details("a/b c").await?;
        page.wait_payload("the text", |text| text == "<b>hello</b>")
            .await?;
        page.view_payload_as("Hex").await?;
        page.wait_payload("the bytes", |text| text == "3c 62 3e")
            .await?;
        page.subscribe_granted("x/#", 0).await?;
        page.filter_by("x/#").await?;
        let pressed = page.subscription("x/#").chooser_starting("Show only x/#");
        wait::soon("the pressed button", async || {
            let pressed = pressed.single().await?.attr("aria-pressed").await?;
            ensure!(pressed.as_deref() == Some("true"));
            Ok(())
        })
        .await?;
        let retained = page.retained().await?;
        let clear = retained.button("Clear retained kept/a");
        clear.click().await?;
        let question = page.document().all("dialog");
        question.wait_contains("kept/a").await?;
        page.answer("Cancel").await?;
        assert!(clear.exists().await?);
        clear.click().await?;
        page.answer("Clear").await?;
        clear.wait_gone().await?;
        page.go_idle().await?;
        page.show("Publish").await.map(drop)
    })
    .await
}

#[tokio::test]
async fn absent_and_doubtful_controls_are_errors() -> Result<()> {
    fixture("harness-absent", async |lab| {
        let page = &lab.page;
        page.ready().await?;
        assert_eq!(
            page.document().button("Connect").count().await?,
            1,
            "inert parts do not count"
        );
        assert!(
            page.connection().field("Hos").single().await.is_err(),
            "names are exact"
        );
        assert!(
            page.connection().all("field").single().await.is_err(),
            "more than one"
        );
        let error = page
            .wait_state_for(State::Connected, std::time::Duration::ZERO)
            .await
            .unwrap_err();
        assert!(format!("{error:#}").contains("Disconnected"), "{error:#}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_page_that_is_not_quiet_fails_its_test() -> Result<()> {
    for (name, words, offence) in [
        (
            "harness-console",
            "panicked at",
            "console.error('panicked at')",
        ),
        (
            "harness-csp",
            "Content Security Policy",
            "const s = document.createElement('script'); s.textContent = '1'; document.body.append(s)",
        ),
        (
            "harness-origin",
            "requests to other origins: [\n    \"http://cannot.example/x.png",
            "new Image().src = 'http://cannot.example/x.png'",
        ),
    ] {
        let ended = fixture(name, async |lab| {
            let wrapped = format!("return (async () => {{ {offence} }})()");
            lab.driver().execute(wrapped, vec![]).await?;
            Ok(())
        })
        .await;
        let text = format!(
            "{:#}",
            ended.err().with_context(|| format!("{name} passed"))?
        );
        ensure!(text.contains(words), "{name}: {text}");
        let directory = mqtt_lab_e2e::dist::artifacts().join(name);
        ensure!(
            directory.join("screen.png").is_file(),
            "no picture of {name}"
        );
        std::fs::remove_dir_all(directory)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_panicking_test_is_an_error_with_artifacts() -> Result<()> {
    let ended = fixture("harness-panic", async |_| panic!("on purpose")).await;
    let text = format!("{:#}", ended.err().context("it passed")?);
    ensure!(text.contains("on purpose"), "{text}");
    let directory = mqtt_lab_e2e::dist::artifacts().join("harness-panic");
    ensure!(directory.join("page.html").is_file(), "no page source");
    Ok(std::fs::remove_dir_all(directory)?)
}

#[tokio::test]
async fn size_colours_and_early_scripts_reach_the_page() -> Result<()> {
    let options = Options {
        size: (360, 740),
        dark: true,
        before_page: Some("window.early = true".to_owned()),
        ..Default::default()
    };
    fixture_with("harness-options", &options, async |lab| {
        let seen: (u32, u32, bool, bool) = script(
            lab.driver(),
            "return [innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches, window.early]",
        )
        .await?;
        assert_eq!(seen, (360, 740, true, true));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_browser_speaks_to_a_peer_on_loopback() -> Result<()> {
    let peer =
        Peer::websocket(|mut connection| async move { connection.text("hello").await }).await?;
    let port = peer.port;
    fixture("harness-websocket", async |lab| {
        let text = format!(
            "return new Promise((done) => {{ const s = new WebSocket('ws://127.0.0.1:{port}/mqtt', 'mqtt'); \
             s.onmessage = (e) => done(e.data); s.onerror = () => done('error'); }})"
        );
        assert_eq!(script::<String>(lab.driver(), &text).await?, "hello");
        Ok(())
    })
    .await?;
    assert_eq!(peer.protocols(), ["mqtt"]);
    Ok(())
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn websocket(port: u16) -> Result<Socket> {
    let mut request = format!("ws://127.0.0.1:{port}/mqtt").into_client_request()?;
    request
        .headers_mut()
        .insert("sec-websocket-protocol", "mqtt".parse()?);
    let (socket, response) = connect_async(request).await?;
    ensure!(
        response
            .headers()
            .get("sec-websocket-protocol")
            .is_some_and(|value| value == "mqtt")
    );
    Ok(socket)
}

/// Reads frames until `count` Control Packets have come; answers how many frames that took.
async fn read_packets(socket: &mut Socket, count: usize) -> Result<(Vec<u8>, usize)> {
    let (mut stream, mut kinds, mut frames) = (Stream::default(), Vec::new(), 0);
    while kinds.len() < count {
        let message = socket.next().await.context("the peer is gone")??;
        if let Message::Binary(bytes) = message {
            frames += 1;
            stream.push(&bytes);
            while let Some(packet) = stream.next_packet()? {
                kinds.push(packet.kind);
            }
        }
    }
    Ok((kinds, frames))
}

#[tokio::test]
async fn mosquitto_answers_on_both_listeners_and_passes_messages() -> Result<()> {
    let mut broker = Mosquitto::start().await?;
    let mut socket = websocket(broker.websocket_port).await?;
    socket.send(Message::Binary(CONNECT.into())).await?;
    assert_eq!(read_packets(&mut socket, 1).await?.0, [2]);
    let listener = broker.subscribe("from/#").await?;
    socket
        .send(Message::Binary(
            publish(Version::V3_1_1, "from/page", &[0, 255]).into(),
        ))
        .await?;
    let delivery = listener.wait_for("from/page").await?;
    assert_eq!(delivery.payload, [0, 255]);
    broker.publish("kept", b"value", true).await?;
    let late = broker.subscribe("kept").await?;
    assert!(late.wait_for("kept").await?.retain);
    broker.restart().await?;
    websocket(broker.websocket_port).await?;
    Ok(())
}

#[tokio::test]
async fn mosquitto_with_accounts_refuses_the_others() -> Result<()> {
    let options = mosquitto::Options {
        accounts: vec![("alice".to_owned(), "secret".to_owned())],
        acl: vec!["user alice".to_owned(), "topic readwrite open/#".to_owned()],
        max_qos: Some(1),
        max_keep_alive: Some(30),
        max_packet_size: Some(100_000),
        ..mosquitto::Options::default()
    };
    let broker = Mosquitto::start_with(options).await?;
    let mut socket = websocket(broker.websocket_port).await?;
    socket.send(Message::Binary(CONNECT.into())).await?;
    let answer = socket.next().await.context("no answer")??;
    assert_eq!(
        answer.into_data().as_ref(),
        connack(Version::V3_1_1, false, 5)
    );
    let listener = broker.subscribe("#").await?;
    broker.publish("open/a", b"1", false).await?;
    assert_eq!(listener.wait_for("open/a").await?.payload, b"1");
    Ok(())
}

#[tokio::test]
async fn the_peer_frames_as_its_script_says() -> Result<()> {
    let peer = Peer::websocket(|mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection
            .split(&connack(Version::V3_1_1, false, 0), 1)
            .await?;
        connection.frame(&[]).await?;
        let one = publish(Version::V3_1_1, "a", b"b");
        connection.frame(&one.repeat(100)).await?;
        connection
            .frame(&publish_at(Version::V3_1_1, 2, 9, "a", b"c"))
            .await?;
        connection.expect(kind::PUBREC).await?;
        connection.close(1001, "going away").await
    })
    .await?;
    let mut socket = websocket(peer.port).await?;
    // The client's own bytes may be split, too.
    for byte in CONNECT {
        socket.send(Message::Binary(vec![*byte].into())).await?;
    }
    assert_eq!(read_packets(&mut socket, 1).await?, (vec![2], 4));
    assert_eq!(
        read_packets(&mut socket, 101).await?.1,
        3,
        "an empty frame, a full one, a last one"
    );
    socket
        .send(Message::Binary(b"\x50\x02\x00\x09".as_slice().into()))
        .await?;
    let close = socket.next().await.context("no close")??;
    assert!(matches!(close, Message::Close(Some(frame)) if u16::from(frame.code) == 1001));
    assert_eq!(
        (
            peer.count(kind::CONNECT),
            peer.count(kind::PUBREC),
            peer.connections()
        ),
        (1, 1, 1)
    );
    assert_eq!(peer.received()[1].packet_id()?, 9);
    drop(socket);
    wait::soon("the end of the script", async || {
        ensure!(
            peer.finished() == 1 && peer.faults().is_empty(),
            "{:?}",
            peer.faults()
        );
        Ok(())
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_raw_peer_has_the_bare_stream() -> Result<()> {
    let peer = Peer::raw(|mut stream| async move {
        stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            .await?;
        Ok(())
    })
    .await?;
    let mut stream = TcpStream::connect(("127.0.0.1", peer.port)).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    assert!(answer.starts_with("HTTP/1.1 404"));
    assert!(websocket(peer.port).await.is_err());
    Ok(())
}

fn listed(scheme: &str, port: u16) -> Broker {
    Broker {
        label: "On this computer".to_owned(),
        scheme: scheme.to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        path: "/mqtt".to_owned(),
    }
}

#[tokio::test]
async fn a_listed_broker_that_is_there_passes_and_one_that_is_not_says_why() -> Result<()> {
    let nobody = RootCertStore::empty();
    let broker = Mosquitto::start().await?;
    check(&listed("ws", broker.websocket_port), &nobody).await?;

    let fails = async |scheme: &str, port: u16, why: &str| -> Result<()> {
        let outcome = check(&listed(scheme, port), &nobody).await;
        let error = format!("{:#}", outcome.err().context("it passed")?);
        ensure!(error.contains(why), "{error}");
        Ok(())
    };
    fails("ws", broker.tcp_port, "no WebSocket").await?;
    fails("wss", broker.websocket_port, "TLS failed").await?;
    let refusing = Peer::websocket(|mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(&connack(Version::V3_1_1, false, 3)).await
    })
    .await?;
    fails("ws", refusing.port, "refuses with code 3").await?;
    let leaving = Peer::websocket(|mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.close(1000, "").await
    })
    .await?;
    fails("ws", leaving.port, "no CONNACK").await
}

#[tokio::test]
async fn a_listed_broker_with_tls_must_be_trusted() -> Result<()> {
    let options = mosquitto::Options {
        tls: true,
        ..Default::default()
    };
    let broker = Mosquitto::start_with(options).await?;
    let listed = listed("wss", broker.websocket_port);
    let stranger = check(&listed, &RootCertStore::empty()).await;
    let error = format!("{:#}", stranger.err().context("it was trusted")?);
    ensure!(error.contains("TLS failed"), "{error}");
    let mut trusted = RootCertStore::empty();
    trusted.add(broker.certificate().await?)?;
    check(&listed, &trusted).await
}
