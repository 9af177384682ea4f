//! Connections that cannot work: each gets an answer that says what was wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::both_versions;
use mqtt_lab_e2e::lab::Lab;
use mqtt_lab_e2e::mosquitto::Mosquitto;
use mqtt_lab_e2e::names::button;
use mqtt_lab_e2e::packet::{Version, connack, kind, publish, server_disconnect};
use mqtt_lab_e2e::page::{Login, State};
use mqtt_lab_e2e::peer::Peer;
use mqtt_lab_e2e::process::free_port;
use mqtt_lab_e2e::wait;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The page gives up after 10 s; the rest is for a slow machine.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);

both_versions!(
    wrong_fields_are_named_before_connecting,
    nothing_listens_there,
    no_such_host,
    wrong_path,
    a_port_that_speaks_plain_mqtt,
    a_websocket_server_that_is_not_mqtt,
    each_refusal_in_words,
    a_server_that_never_answers,
    a_server_that_accepts_and_says_nothing,
    malformed_packets,
    packets_announced_too_large,
    a_frame_of_a_hundred_thousand_packets,
    another_client_takes_the_identifier,
);

async fn wrong_fields_are_named_before_connecting(lab: &Lab) -> Result<()> {
    let page = &lab.page;
    page.fill_login(&Login::to(1, lab.version)).await?;
    for (name, wrong, right) in [
        ("Host", "exa mple", "127.0.0.1"),
        ("Host", "", "127.0.0.1"),
        ("Port", "0", "8000"),
        ("Port", "65536", "8000"),
        ("Port", "mqtt", "8000"),
        ("Keep Alive", "65536", "60"),
        ("Keep Alive", "-1", "60"),
    ] {
        let field = page.connection_field(name).await?;
        field.fill(wrong).await?;
        let submit = page.connection().button(button::CONNECT).wait().await?;
        if submit.is_enabled().await? {
            submit.click().await?;
        }
        // Whatever it says, it must say something.
        field
            .wait_problem("")
            .await
            .with_context(|| format!("{wrong:?}"))?;
        ensure!(
            page.state().await? == State::Disconnected,
            "it tried {wrong:?}"
        );
        field.fill(right).await?;
        field
            .wait_invalid(false)
            .await
            .with_context(|| format!("{right:?}"))?;
    }
    Ok(())
}

/// Tries to connect and expects a failure that is explained.
async fn fails(lab: &Lab, login: &Login, words: &[&str]) -> Result<()> {
    lab.page.start_connecting(login).await?;
    lab.page.wait_explanation(words, CONNECT_LIMIT).await?;
    let state = lab.page.state().await?;
    ensure!(state != State::Connected, "it says that it is connected");
    lab.page.go_idle().await
}

async fn nothing_listens_there(lab: &Lab) -> Result<()> {
    lab.expect_failing_websocket();
    let login = Login::to(free_port()?, lab.version);
    fails(lab, &login, &["on this port"]).await
}

async fn no_such_host(lab: &Lab) -> Result<()> {
    lab.expect_failing_websocket();
    let mut login = Login::to(8000, lab.version);
    login.host = "no-such-host.invalid".to_owned();
    fails(lab, &login, &["host name", "the host", "name of the host"]).await
}

async fn wrong_path(lab: &Lab) -> Result<()> {
    lab.expect_failing_websocket();
    let peer = Peer::raw(|mut stream| async move {
        let mut request = [0; 2048];
        let length = stream.read(&mut request).await?;
        ensure!(
            request[..length].starts_with(b"GET /wrong "),
            "not the path that was asked for"
        );
        stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            .await?;
        Ok(())
    })
    .await?;
    let mut login = Login::to(peer.port, lab.version);
    login.path = "/wrong".to_owned();
    fails(lab, &login, &["wrong path", "only on one path"]).await?;
    ensure!(peer.faults().is_empty(), "{:?}", peer.faults());
    Ok(())
}

async fn a_port_that_speaks_plain_mqtt(lab: &Lab) -> Result<()> {
    lab.expect_failing_websocket();
    let broker = Mosquitto::start().await?;
    let login = Login::to(broker.tcp_port, lab.version);
    fails(
        lab,
        &login,
        &["plain MQTT", "MQTT over TCP", "raw MQTT", "1883"],
    )
    .await
}

async fn a_websocket_server_that_is_not_mqtt(lab: &Lab) -> Result<()> {
    let peer = Peer::websocket(|mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        connection.frame(b"<html>hello</html>").await?;
        while connection.receive().await.is_ok() {}
        Ok(())
    })
    .await?;
    let login = Login::to(peer.port, lab.version);
    fails(
        lab,
        &login,
        &[
            "not MQTT",
            "not an MQTT",
            "malformed",
            "protocol",
            "CONNACK",
        ],
    )
    .await
}

async fn each_refusal_in_words(lab: &Lab) -> Result<()> {
    let refusals: &'static [(u8, &str)] = match lab.version {
        Version::V5_0 => &[
            (0x80, "unspecified"),
            (0x81, "malformed"),
            (0x82, "protocol error"),
            (0x84, "version"),
            (0x85, "identifier"),
            (0x86, "user name"),
            (0x87, "authori"),
            (0x88, "unavailable"),
            (0x89, "busy"),
            (0x8a, "banned"),
            (0x8c, "authentication method"),
            (0x90, "topic name"),
            (0x95, "too large"),
            (0x97, "quota"),
            (0x99, "payload format"),
            (0x9a, "retain"),
            (0x9b, "qos"),
            (0x9c, "another server"),
            (0x9d, "moved"),
            (0x9f, "rate"),
        ],
        _ => &[
            (1, "version"),
            (2, "identifier"),
            (3, "unavailable"),
            (4, "user name"),
            (5, "authori"),
        ],
    };
    let version = lab.version;
    let next = Arc::new(AtomicUsize::new(0));
    let shared = Arc::clone(&next);
    let peer = Peer::websocket(move |mut connection| {
        let (code, _) = refusals[shared.load(Ordering::SeqCst)];
        async move {
            connection.expect(kind::CONNECT).await?;
            connection.frame(&connack(version, false, code)).await?;
            connection.close(1000, "").await
        }
    })
    .await?;
    for (index, (code, words)) in refusals.iter().enumerate() {
        next.store(index, Ordering::SeqCst);
        fails(lab, &Login::to(peer.port, version), &[words])
            .await
            .with_context(|| format!("CONNACK {code:#04x}"))?;
    }
    Ok(())
}

async fn a_server_that_never_answers(lab: &Lab) -> Result<()> {
    lab.expect_failing_websocket();
    // The WebSocket never opens.
    let peer = Peer::raw(|mut stream| async move {
        let mut sink = [0; 2048];
        while stream.read(&mut sink).await? > 0 {}
        Ok(())
    })
    .await?;
    // By itself the page gives up after ten seconds.
    fails(
        lab,
        &Login::to(peer.port, lab.version),
        &["within 10 s the websocket did not open"],
    )
    .await
}

async fn a_server_that_accepts_and_says_nothing(lab: &Lab) -> Result<()> {
    // The WebSocket opens, the CONNACK does not come.
    let peer = Peer::websocket(|mut connection| async move {
        while connection.receive().await.is_ok() {}
        Ok(())
    })
    .await?;
    let timeout = lab.page.connection_field("Connect Timeout").await?;
    timeout.fill("2").await?;
    fails(
        lab,
        &Login::to(peer.port, lab.version),
        &["within 2 s no connack came"],
    )
    .await?;
    ensure!(
        peer.count(kind::CONNECT) == 1,
        "{} CONNECT",
        peer.count(kind::CONNECT)
    );
    Ok(())
}

/// Sends `bytes` to a connected client; it must leave, say why, and lose nothing.
async fn breaks(lab: &Lab, bytes: Vec<u8>, words: &[&str]) -> Result<()> {
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| {
        let bytes = bytes.clone();
        async move {
            connection.expect(kind::CONNECT).await?;
            connection.frame(&connack(version, false, 0)).await?;
            connection
                .frame(&publish(version, "bad/before", b"keep me"))
                .await?;
            connection.frame(&bytes).await?;
            while connection.receive().await.is_ok() {}
            Ok(())
        }
    })
    .await?;
    lab.page
        .start_connecting(&Login::to(peer.port, version))
        .await?;
    // The script reads until the client goes away.
    wait::until("the client to leave", CONNECT_LIMIT, async || {
        ensure!(peer.finished() > 0, "it stays");
        Ok(())
    })
    .await?;
    lab.page.wait_explanation(words, CONNECT_LIMIT).await?;
    lab.page.go_idle().await?;
    lab.page
        .wait_row("bad/before", |row| row.contains("keep me"))
        .await?;
    if version == Version::V5_0 {
        // MQTT 5.0 lets the Client say why; whoever closes for a fault must.
        ensure!(
            peer.count(kind::DISCONNECT) >= 1,
            "no DISCONNECT with a reason"
        );
    }
    Ok(())
}

async fn malformed_packets(lab: &Lab) -> Result<()> {
    for (name, bytes, words) in [
        (
            "packet type 0",
            vec![0x00, 0x00],
            "packet type 0 is reserved",
        ),
        (
            "a second CONNACK",
            connack(lab.version, false, 0),
            "CONNACK must not come",
        ),
        (
            "a packet only clients send",
            vec![0xc0, 0x00],
            "a server must not send this: PINGREQ",
        ),
        (
            "PUBLISH at QoS 3",
            vec![0x36, 0x05, 0x00, 0x01, b'a', 0x00, 0x01],
            "QoS is 3",
        ),
        (
            "PUBLISH with a wildcard",
            publish(lab.version, "a/#", b"x"),
            "wildcard '#'",
        ),
        (
            "PUBLISH with U+0000",
            publish(lab.version, "a\u{0}", b"x"),
            "U+0000",
        ),
        (
            "a topic longer than the packet",
            vec![0x30, 0x04, 0x00, 0x09, b'a', b'b'],
            "Topic Name needs 11 bytes",
        ),
        (
            "a topic that is not UTF-8",
            vec![0x30, 0x05, 0x00, 0x02, 0xff, 0xfe, 0x00],
            "not well-formed UTF-8",
        ),
        (
            "Packet Identifier 0",
            vec![0x32, 0x06, 0x00, 0x01, b'a', 0x00, 0x00, 0x00],
            "packet identifier is 0",
        ),
        ("PINGRESP with a body", vec![0xd0, 0x01, 0x00], "left over"),
        (
            "a PUBREL with wrong flags",
            vec![0x60, 0x02, 0x00, 0x01],
            "flags are 0x0",
        ),
    ] {
        breaks(lab, bytes, &[words])
            .await
            .with_context(|| name.to_owned())?;
    }
    Ok(())
}

async fn packets_announced_too_large(lab: &Lab) -> Result<()> {
    // 300,000,000 bytes need a fifth byte of Remaining Length, which MQTT does not have.
    breaks(
        lab,
        vec![0x30, 0x80, 0xc6, 0x86, 0x8f, 0x01, 0x00],
        &["longer than 4 bytes"],
    )
    .await
    .context("300 MB")?;
    // The largest that the field can say: refused from the header, long before it has come.
    breaks(
        lab,
        vec![0x30, 0xff, 0xff, 0xff, 0x7f, 0x00],
        &["packet is 268435460 bytes"],
    )
    .await
    .context("256 MB")
}

/// All of them are counted, in their order, and what comes behind them comes after them: a small frame, and the
/// closing.
async fn a_frame_of_a_hundred_thousand_packets(lab: &Lab) -> Result<()> {
    const PACKETS: u64 = 100_000;
    let version = lab.version;
    let peer = Peer::websocket(move |mut connection| async move {
        connection.expect(kind::CONNECT).await?;
        let mut flood = connack(version, false, 0);
        for number in 0..PACKETS {
            flood.extend(publish(version, "flood", number.to_string().as_bytes()));
        }
        connection.frame(&flood).await?;
        let last = publish(version, "last", b"the very last");
        connection.frame(&last).await?;
        connection.close(1008, "that was all").await
    })
    .await?;
    lab.page
        .start_connecting(&Login::to(peer.port, version))
        .await?;
    lab.page.wait_received(PACKETS + 1).await?;
    lab.page
        .wait_explanation(&["that was all"], CONNECT_LIMIT)
        .await?;
    let rows = lab.page.rows().await?;
    let newest = rows.first().context("no row")?;
    ensure!(newest.contains("the very last"), "{newest:?}");
    let before = rows.get(1).context("one row")?;
    ensure!(before.contains(&(PACKETS - 1).to_string()), "{before:?}");
    Ok(())
}

async fn another_client_takes_the_identifier(lab: &Lab) -> Result<()> {
    let version = lab.version;
    let words = &["another client", "taken over", "another connection"];
    match version {
        Version::V5_0 => {
            let peer = Peer::websocket(move |mut connection| async move {
                connection.expect(kind::CONNECT).await?;
                connection.frame(&connack(version, false, 0)).await?;
                connection.frame(&server_disconnect(0x8e)).await?;
                connection.close(1000, "").await
            })
            .await?;
            lab.page
                .start_connecting(&Login::to(peer.port, version))
                .await?;
            lab.page.wait_explanation(words, CONNECT_LIMIT).await?;
        }
        _ => {
            // 3.1.1 has no packet for it: the Server just closes, again and again.
            let broker = Mosquitto::start().await?;
            lab.page.rename_client("first").await?;
            let login = Login::to_broker(&broker, version).client_id("the-same");
            lab.page.connect(&login).await?;
            lab.page.add_client("second").await?;
            lab.page.connect(&login).await?;
            lab.page.select_client("first").await?;
            lab.page.wait_explanation(words, CONNECT_LIMIT).await?;
        }
    }
    lab.page.go_idle().await
}
