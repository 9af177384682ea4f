use super::line::{write_csv, write_json};
use super::read::read_line;
use super::*;
use crate::codec::{
    ControlPacket, PacketId, PayloadFormat, ProtocolVersion, Publish, PublishProperties, Qos,
    SubscriptionIdentifier, TopicName, encode,
};
use crate::lab::trace::{Direction, PacketFacts, Trace};
use proptest::prelude::*;

fn origin() -> Origin<'static> {
    Origin {
        clock: Imported::clock(60),
        client: "alice",
    }
}

fn record(trace: &mut Trace, publish: Publish<'_>, version: ProtocolVersion) -> Sequence {
    let packet = ControlPacket::Publish(publish);
    let mut raw = Vec::new();
    encode(&packet, version, &mut raw).unwrap();
    let mut facts = PacketFacts::of(&packet, &raw, version);
    facts.delivered = true;
    let at = Instant::from_micros(1_795_303_815_250_123);
    trace.append_packet(at, IMPORTED, Direction::Received, &raw, facts)
}

fn publish<'a>(topic: &'a str, payload: &'a [u8]) -> Publish<'a> {
    Publish {
        dup: false,
        qos: Qos::AtMostOnce,
        retain: false,
        topic: Some(TopicName::parse(topic).unwrap()),
        packet_id: None,
        properties: PublishProperties::default(),
        payload,
    }
}

fn csv(topic: &str, payload: &[u8]) -> String {
    let mut trace = Trace::new(1 << 20);
    let sequence = record(&mut trace, publish(topic, payload), ProtocolVersion::V3_1_1);
    let mut out = String::new();
    write_csv(&trace.get(sequence).unwrap(), origin(), &mut out);
    out
}

#[test]
fn a_line_has_everything_and_is_read_again_to_the_byte() {
    let mut trace = Trace::new(1 << 20);
    let mut full = publish("a/ü", b"\xff\x00\n");
    (full.qos, full.retain, full.dup) = (Qos::ExactlyOnce, true, true);
    full.packet_id = PacketId::new(77);
    let properties = &mut full.properties;
    properties.payload_format_indicator = Some(PayloadFormat::UnspecifiedBytes);
    properties.message_expiry_interval = Some(60);
    properties.content_type = Some("text/plain");
    properties.response_topic = Some(TopicName::parse("r").unwrap());
    properties.correlation_data = Some(b"\x00\x01");
    properties.user_properties.push("k\"", "v").unwrap();
    properties.user_properties.push("k\"", "w").unwrap();
    let identifier = SubscriptionIdentifier::new(9).unwrap();
    properties.subscription_identifiers.push(identifier);
    let sequence = record(&mut trace, full, ProtocolVersion::V5_0);
    let record = trace.get(sequence).unwrap();
    let mut line = String::new();
    write_json(&record, origin(), &mut line);
    assert!(
        line.starts_with(r#"{"time":"2026-11-21T23:30:15.250123Z","client":"alice","#),
        "{line}"
    );
    assert!(
        line.ends_with("\"encoding\":\"base64\",\"payload\":\"/wAK\"}\n"),
        "{line}"
    );
    let mut again = Trace::new(1 << 20);
    let sequence = read_line(line.trim_end().as_bytes(), IMPORTED, &mut again).unwrap();
    let copy = again.get(sequence).unwrap();
    assert_eq!(copy.raw(), record.raw());
    assert_eq!((copy.time(), copy.topic()), (record.time(), record.topic()));
    assert_eq!(copy.payload(), record.payload());
}

#[test]
fn a_table_is_quoted_and_no_formula() {
    assert_eq!(
        csv("a", b"say \"hi\",\nyou"),
        "2026-11-21T23:30:15.250123Z,\"alice\",received,\"a\",0,false,false,,,utf8,\
         \"say \"\"hi\"\",\nyou\"\r\n"
    );
    for (payload, guarded, shown) in [
        ("=1+1", "payload", "'=1+1"),
        ("-21.5", "", "-21.5"),
        ("-1+cmd|' /C calc'!A0", "payload", "'-1+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "payload", "'@SUM(A1)"),
        ("\t=1", "payload", "'\t=1"),
    ] {
        let line = csv("a", payload.as_bytes());
        let expected = format!(",{guarded},utf8,\"{shown}\"\r\n");
        assert!(line.ends_with(&expected), "{line}");
    }
    assert!(csv("=a", b"+b").contains("\"'=a\",0,false,false,,topic payload,utf8,\"'+b\""));
    assert!(csv("a", b"\xff").ends_with(",base64,\"/w==\"\r\n"));
}

#[test]
fn lines_that_are_none_say_why() {
    let mut trace = Trace::new(1 << 20);
    let mut refuse = |line: &[u8]| read_line(line, IMPORTED, &mut trace).unwrap_err();
    assert_eq!(refuse(b"\xff"), LineError::NotText);
    assert_eq!(refuse(b"{"), LineError::NotJson);
    assert_eq!(refuse(b"[]"), LineError::Member { name: "time" });
    let whole = r#"{"time":"2026-11-21T23:30:15.250123Z","direction":"received","topic":"a","qos":0,"retain":false,"dup":false,"version":"3.1.1","encoding":"utf8","payload":"x"}"#;
    for (from, to, name) in [
        ("2026-11-21T", "21.11.2026 ", "time"),
        ("\"a\"", "\"a/#\"", "topic"),
        ("\"qos\":0", "\"qos\":3", "qos"),
        ("\"version\":\"3.1.1\"", "\"version\":4", "version"),
        ("utf8", "base64", "payload"),
        ("\"payload\"", "\"packet_id\":0,\"payload\"", "packet_id"),
    ] {
        let error = refuse(whole.replace(from, to).as_bytes());
        assert_eq!(error, LineError::Member { name }, "{from}");
    }
    // A property that its version does not have.
    let line = whole.replace(
        "\"payload\"",
        "\"properties\":{\"content_type\":\"t\"},\"payload\"",
    );
    assert_eq!(refuse(line.as_bytes()), LineError::NotPublish);
    assert!(read_line(whole.as_bytes(), IMPORTED, &mut trace).is_ok());
}

#[test]
fn a_file_and_the_clients_share_one_budget() {
    use crate::lab::{Command, Environment, Lab, Settings};
    let mut lab = Lab::new(Environment {
        seed: 1,
        unix_origin_ms: 1_790_000_000_000,
        minutes_offset: 0,
        page_is_https: false,
        query: Vec::new(),
        stored: Ok(Vec::new()),
    });
    let now = Instant::ORIGIN;
    let megabytes = |lab: &mut Lab, trace_megabytes| {
        let settings = Settings {
            trace_megabytes,
            ..lab.settings().clone()
        };
        lab.handle_command(Command::SetSettings { settings }, now)
            .unwrap();
    };
    let memory = |lab: &Lab| {
        let file = lab.trace_of(IMPORTED).map_or(0, Trace::bytes_used);
        (lab.trace().bytes_used(), file)
    };
    let fill = |lab: &mut Lab, count: usize| {
        for _ in 0..count {
            let message = publish("own", &[7; 1000]);
            record(&mut lab.trace, message, ProtocolVersion::V3_1_1);
        }
    };
    let line = format!(
        r#"{{"time":"2026-11-21T23:30:15.250123Z","direction":"received","topic":"a","qos":0,"retain":false,"dup":false,"version":"3.1.1","encoding":"utf8","payload":"{}"}}"#,
        "x".repeat(1000)
    ) + "\n";
    let part = line.repeat(400);
    let read = |lab: &mut Lab, parts: usize| {
        let (name, size) = ("f".to_owned(), 0);
        lab.handle_command(FileCommand::Import { name, size }.into(), now)
            .unwrap();
        for _ in 0..parts {
            assert!(lab.handle_import(ImportEvent::Chunk(part.as_bytes()), now));
            let (own, file) = memory(lab);
            assert!(own + file <= 8_000_000, "{own} + {file}");
        }
        lab.handle_import(ImportEvent::End, now);
    };

    // It has what is free.
    megabytes(&mut lab, 8);
    read(&mut lab, 30);
    let (own, file) = memory(&lab);
    assert!(own == 0 && file > 7_000_000, "{own} {file}");
    assert!(lab.import_view().unwrap().dropped > 4_000);
    // What it has, the clients cannot have meanwhile.
    fill(&mut lab, 4_000);
    assert!(memory(&lab).0 <= 8_000_000 - file);
    lab.handle_command(FileCommand::CloseImport.into(), now)
        .unwrap();
    fill(&mut lab, 9_000);
    assert!(memory(&lab).0 > 7_000_000, "{:?}", memory(&lab));

    // Where the clients have all of it, it has a quarter.
    let kept = lab.trace().len();
    read(&mut lab, 30);
    let (own, file) = memory(&lab);
    assert!((1_000_000..=2_000_000).contains(&file), "{file}");
    assert!(own > 5_000_000 && lab.trace().len() < kept, "{own}");
    let words = lab.kept_words(IMPORTED);
    assert!(words.contains(" of 8 MB · "), "{words}");
    // A smaller one is shared too.
    megabytes(&mut lab, 4);
    let (own, file) = memory(&lab);
    assert!(own + file <= 4_000_000 && file > 500_000, "{own} {file}");
}

proptest! {
    #[test]
    fn any_message_comes_back(
        topic in "[^\u{0}+#]{1,20}", payload in prop::collection::vec(any::<u8>(), 0..40),
        text in "\\PC{0,20}", is_text: bool, retain: bool,
    ) {
        prop_assume!(TopicName::parse(&topic).is_ok());
        let mut trace = Trace::new(1 << 20);
        let payload = if is_text { text.as_bytes() } else { &payload };
        let message = Publish { retain, ..publish(&topic, payload) };
        let sequence = record(&mut trace, message, ProtocolVersion::V3_1_1);
        let record = trace.get(sequence).unwrap();
        let mut line = String::new();
        write_json(&record, origin(), &mut line);
        prop_assert_eq!(line.find('\n'), Some(line.len() - 1));
        let mut again = Trace::new(1 << 20);
        let sequence = read_line(line.as_bytes(), IMPORTED, &mut again).unwrap();
        prop_assert_eq!(again.get(sequence).unwrap().raw(), record.raw());
    }
}
