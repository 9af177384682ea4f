use super::*;
use crate::codec::{DecodeErrorKind, MAXIMUM_FIELDS};

const V3_1: ProtocolVersion = ProtocolVersion::V3_1;
const V3: ProtocolVersion = ProtocolVersion::V3_1_1;
const V5: ProtocolVersion = ProtocolVersion::V5_0;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| pair.iter().collect::<String>());
    pairs
        .map(|byte| u8::from_str_radix(&byte, 16).unwrap())
        .collect()
}

fn of(version: ProtocolVersion, text: &str) -> Inspection {
    inspect(&hex(text), version, None)
}

fn named(inspection: &Inspection, name: &str) -> InspectedField {
    let mut fields = inspection.fields();
    let found = fields.find(|field| field.name == name && field.kind != FieldKind::Group);
    found.unwrap_or_else(|| panic!("no {name} in {inspection:#?}"))
}

/// A PUBLISH of QoS 1 with a Topic Alias and a User Property.
const PUBLISH: &str = "3b 16 0003 612f62 10da 0c 23 0001 26 0001 6b 0003 616263 3231";

#[test]
fn a_field_has_its_value_its_words_and_its_arithmetic() {
    let publish = of(V5, PUBLISH);
    assert_eq!(publish.title, "PUBLISH 4314");
    assert_eq!((publish.fault.clone(), publish.remarks.len()), (None, 0));
    let packet_id = named(&publish, "Packet Identifier");
    assert_eq!(packet_id.value, "4314");
    assert_eq!(packet_id.arithmetic, "0x10 0xda = 16 × 256 + 218 = 4314");
    assert_eq!(packet_id.clause, "MQTT 5.0, 2.2.1");
    assert_eq!(packet_id.place, "bytes 7 to 8");
    assert!(packet_id.why.starts_with("The sender has chosen it"));
    let topic = named(&publish, "Topic Name");
    assert_eq!(topic.arithmetic, "0x00 0x03 = 3 bytes follow");
    let payload = named(&publish, "Payload");
    assert_eq!(payload.value, "21");
    assert!(payload.why.starts_with("2 bytes: what is left"));
    // The heading of a property has the property's name.
    let heading = publish.fields().find(|field| field.name == "User Property");
    assert_eq!(heading.unwrap().kind, FieldKind::Group);
}

#[test]
fn lengths_are_reckoned_byte_by_byte() {
    let mut raw = hex("30 93 02 0001 74");
    raw.resize(3 + 275, b'x');
    let publish = inspect(&raw, V3, None);
    let length = named(&publish, "Remaining Length");
    assert_eq!(length.arithmetic, "0x93 0x02 = 19 + 2 × 128 = 275");
    assert_eq!(
        length.why,
        "3 bytes of fixed header and 275 behind it: 278 bytes in all."
    );
    assert_eq!(
        named(&of(V3, "c0 00"), "Remaining Length").arithmetic,
        "0x00 = 0"
    );
    let four = [0xff, 0xff, 0xff, 0x7f];
    assert_eq!(
        field::variable_byte_integer(&four),
        "0xff 0xff 0xff 0x7f = 127 + 127 × 128 + 127 × 16,384 + 127 × 2,097,152 = 268435455"
    );
    assert_eq!(
        field::big_endian(&[0, 0, 0x0e, 0x10]),
        "0x00 0x00 0x0e 0x10 = 14 × 256 + 16 = 3600"
    );
}

#[test]
fn flags_are_drawn_as_bits() {
    let publish = of(V5, PUBLISH);
    let first = publish.field(1).unwrap();
    let bits: Vec<bool> = first.bits.iter().copied().map(Option::unwrap).collect();
    assert_eq!(bits, [false, false, true, true, true, false, true, true]);
    assert_eq!(first.value, "0x3b");
    let qos = named(&publish, "QoS");
    let expected = [None, None, None, None, None, Some(false), Some(true), None];
    assert_eq!(qos.bits, expected);
    assert_eq!(qos.place, "bits 2 to 1 of byte 0");
    assert_eq!((&*qos.value, qos.reading), ("1", "at least once"));
    assert!(named(&publish, "Packet Identifier").bits.is_empty());
    assert_eq!(publish.bits_of(1), 2..6);
    assert_eq!(publish.whole_byte(3), 1);
}

#[test]
fn every_byte_belongs_to_a_field() {
    for (version, text) in [(V5, PUBLISH), (V3, "82 0a 10d8 0003 612f62 01 0009")] {
        let inspection = of(version, text);
        for offset in 0..inspection.bytes().len() {
            let field = inspection.field_at(offset).unwrap();
            assert!(inspection.span(field).unwrap().contains(&offset));
            assert_eq!(inspection.mask(field), None);
        }
        assert_eq!(inspection.field_at(inspection.bytes().len()), None);
    }
}

#[test]
fn the_version_of_a_packet_rules_its_words() {
    let connect = "10 16 0004 4d515454 04 c2 003c 0001 63 0001 75 0004 70617373";
    let connect = of(V5, connect);
    // CONNECT says its own version, whatever was asked for.
    assert_eq!(connect.version, V3);
    assert_eq!(named(&connect, "Protocol Level").value, "4");
    let clean = named(&connect, "Clean Session");
    assert_eq!(clean.clause, "MQTT 3.1.1, 3.1.2.4");
    let keep_alive = named(&connect, "Keep Alive");
    assert!(keep_alive.why.contains("after 90 s"), "{}", keep_alive.why);
    let flags = named(&connect, "Connect Flags");
    assert_eq!(
        flags.why,
        "Those that are 1 belong to User Name Flag, Password Flag, Clean Session."
    );
    let request = |version| named(&of(version, "82 06 0001 0001 66 01"), "Flags").why;
    assert_eq!(
        request(V3),
        "The standard fixes them at 0010 for SUBSCRIBE."
    );
    assert!(request(V3_1).contains("QoS 1"));
}

#[test]
fn a_code_is_told_in_the_words_of_its_packet() {
    let suback = of(V3, "90 04 10d8 01 80");
    let codes: Vec<_> = suback
        .fields()
        .filter(|field| field.name == "Return Code")
        .collect();
    assert!(codes[0].why.starts_with("Subscribed."));
    assert!(
        codes[1]
            .why
            .starts_with("The broker refused this subscription.")
    );
    let refused = of(V5, "20 03 00 87 00");
    assert!(
        named(&refused, "Connect Reason Code")
            .why
            .contains("does not let this client connect")
    );
    assert_eq!(
        named(&refused, "Session Present").why,
        "In a refusal it is always 0."
    );
}

#[test]
fn a_fault_says_what_should_have_stood_there() {
    for (version, text, offset, expected, found, clause) in [
        (
            V3,
            "81 02 0001",
            0,
            "the flags 0010",
            "the flags 0001",
            "MQTT 3.1.1, MQTT-3.8.1-1",
        ),
        (
            V3,
            "82 06 0000 0001 66 01",
            2,
            "a number from 1 to 65535",
            "0",
            "MQTT 3.1.1, MQTT-2.3.1-1",
        ),
        (
            V5,
            "82 07 0000 00 0001 66 01",
            2,
            "a number from 1 to 65535",
            "0",
            "MQTT 5.0, MQTT-2.2.1-3",
        ),
        (
            V3,
            "30 05 0003 612f2b",
            6,
            "a topic without + and #",
            "0x2b, which is +",
            "MQTT 3.1.1, MQTT-3.3.2-2",
        ),
        (
            V3,
            "30 80 80 80 80 01",
            1,
            "a fourth byte below 0x80, which ends the number",
            "0x80 0x80 0x80 0x80, and still no end",
            "MQTT 3.1.1, 2.2.3",
        ),
        (
            V5,
            "30 85 00 0003 612f62",
            1,
            "0x05, which is 5 as short as it can be",
            "0x85 0x00",
            "MQTT 5.0, MQTT-1.5.5-1",
        ),
        (
            V3,
            "30 09 0003 612f62",
            2,
            "9 bytes behind the fixed header, as the Remaining Length says",
            "only 5 bytes",
            "MQTT 3.1.1, 2.2.3",
        ),
        (
            V3,
            "c0 00 c0 00",
            2,
            "the end of the packet",
            "2 bytes more",
            "MQTT 3.1.1, 2.2.3",
        ),
        (
            V5,
            "30 06 0001 61 02 7e 00",
            6,
            "the number of a property that MQTT 5.0 has",
            "0x7e",
            "MQTT 5.0, 2.2.2.2",
        ),
        (
            V3,
            "10 0c 0004 4d515458 04 02 003c 0000",
            2,
            "the name MQTT, or MQIsdp in MQTT 3.1",
            "the name MQTX",
            "MQTT 3.1.1, MQTT-3.1.2-1",
        ),
    ] {
        let inspection = of(version, text);
        let fault = inspection.fault.clone().unwrap();
        assert_eq!(
            (
                fault.offset,
                &*fault.expected,
                &*fault.found,
                &*fault.clause
            ),
            (offset, expected, found, clause),
            "{text}"
        );
        assert!(inspection.faulty_field().is_some(), "{text}");
    }
}

#[test]
fn whatever_is_wrong_there_are_words_for_it() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/conformance/vectors.json"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        return;
    };
    let vectors: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for vector in &vectors {
        let version = match vector["protocolVersion"].as_str().unwrap() {
            "3.1" => V3_1,
            "3.1.1" => V3,
            _ => V5,
        };
        let raw = hex(vector["hex"].as_str().unwrap());
        let inspection = inspect(&raw, version, None);
        for field in inspection.fields() {
            let is_silent = field.meaning.is_empty() || field.place.is_empty();
            assert!(!is_silent, "{} {field:?}", vector["hex"]);
            for sentence in [&field.why, field.meaning] {
                assert!(sentence.is_empty() || sentence.ends_with('.'), "{sentence}");
            }
        }
        let Some(fault) = &inspection.fault else {
            continue;
        };
        for words in [&*fault.expected, &fault.found, &fault.clause, fault.name] {
            assert!(!words.is_empty() && !words.ends_with('.'), "{fault:?}");
        }
        assert!(fault.answer.ends_with('.'));
        let kind: DecodeErrorKind = decode(&raw, inspection.version).unwrap_err().kind;
        kinds.insert(
            format!("{kind:?}")
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect::<String>(),
        );
    }
    assert!(kinds.len() > 25, "{kinds:?}");
}

#[test]
fn a_packet_of_a_wrong_length_is_taken_apart_as_far_as_it_goes() {
    let cut = of(V3, "82 16 10d8 0007 746f7069632f31 01 0007 746f");
    assert_eq!(cut.fault.clone().unwrap().name, "Field cut off");
    assert_eq!(named(&cut, "Topic Filter").value, "topic/1");
    let several = of(V3, "c0 00 d0 00");
    assert_eq!(several.title, "PINGREQ");
    assert_eq!(named(&several, "Not decoded").span, 2..4);
    // 256 MiB announced: nothing is made room for.
    let huge = of(V3, "30 ff ff ff 7f 0001 74 78");
    assert_eq!(named(&huge, "Topic Name").value, "t");
    assert_eq!(huge.fault.unwrap().found, "only 4 bytes");
}

#[test]
fn bytes_of_another_version_are_recognised() {
    // A PUBACK of 5.0 with a Reason Code.
    let puback = of(V3, "40 03 0001 10");
    assert_eq!(
        puback.remarks,
        ["Read as a packet of MQTT 5.0, nothing is wrong with it. Was that the version?"]
    );
    assert!(of(V3, "00 00").remarks.is_empty());
}

#[test]
fn the_wrong_end_is_told() {
    let subscribe = hex("82 06 0001 0001 66 01");
    let remarks = |direction| inspect(&subscribe, V3, Some(direction)).remarks;
    assert!(remarks(Direction::Sent).is_empty());
    assert_eq!(
        remarks(Direction::Received),
        ["The packet is whole, but a broker never sends SUBSCRIBE in MQTT 3.1.1."]
    );
}

#[test]
fn the_rows_of_bytes_show_a_byte_that_is_missing() {
    let publish = of(V5, PUBLISH);
    let rows = publish.byte_rows(0..9);
    assert_eq!((rows.len(), byte_row_count(&publish)), (2, 2));
    assert_eq!((&*rows[1].label, rows[1].cells.len()), ("0010", 8));
    assert_eq!(
        (&*rows[0].cells[4].hex, rows[0].cells[4].character),
        ("61", 'a')
    );
    let mut cut = hex("30 20 0003 612f62");
    cut.resize(16, b'x');
    let cut = inspect(&cut, V3, None);
    // The fault is the length, and it is told where the body begins.
    assert!(cut.byte_rows(0..1)[0].cells[2].is_fault);
    let no_filter = of(V3, "82 02 0001");
    let rows = no_filter.byte_rows(0..1);
    assert_eq!(
        (&*rows[0].cells[4].hex, rows[0].cells[4].is_fault),
        ("··", true)
    );
    assert_eq!(no_filter.step_byte(0, -1), 0);
    assert_eq!(no_filter.step_byte(0, 99), 3);
}

#[test]
fn the_tree_closes_and_opens_and_is_walked_by_keys() {
    let publish = of(V5, PUBLISH);
    let mut tree = FieldTree::default();
    let all = tree.rows(&publish);
    assert_eq!(all.len(), publish.field_count());
    let properties = publish
        .fields()
        .find(|field| field.name == "Properties")
        .unwrap()
        .field;
    let go = |tree: &mut FieldTree, from, step| tree.step(&publish, Some(from), step).unwrap();
    assert_eq!(go(&mut tree, properties, TreeStep::In), properties + 1);
    assert_eq!(go(&mut tree, properties + 1, TreeStep::Out), properties + 1);
    assert_eq!(go(&mut tree, properties + 1, TreeStep::Out), properties);
    assert_eq!(go(&mut tree, properties, TreeStep::Out), properties);
    let rows = tree.rows(&publish);
    let row = rows.iter().find(|row| row.field == properties).unwrap();
    assert_eq!(row.is_open, Some(false));
    // Fixed header, topic, Packet Identifier, length, properties, payload.
    assert_eq!((row.place, row.siblings), (5, 6));
    let bits = (rows[2].place, rows[2].siblings, rows[2].depth);
    assert_eq!((bits, rows[5].place), ((1, 4, 2), 4));
    // Below the closed heading comes the payload.
    let below = go(&mut tree, properties, TreeStep::Down);
    assert_eq!(publish.field(below).unwrap().name, "Payload");
    tree.reveal(&publish, properties + 2);
    assert_eq!(tree.rows(&publish).len(), publish.field_count());
    assert_eq!(tree.step(&publish, None, TreeStep::Down), Some(0));
    assert_eq!(go(&mut tree, 0, TreeStep::Last), publish.field_count() - 1);
    assert_eq!(go(&mut tree, 0, TreeStep::Up), 0);
}

#[test]
fn sentences_leave_out_headings_and_are_bounded() {
    let publish = of(V5, PUBLISH);
    let all = publish.sentences_around(0, 50);
    let leaves = publish
        .fields()
        .filter(|field| field.kind != FieldKind::Group);
    assert!(all.iter().copied().eq(leaves.map(|field| field.field)));
    let near = publish.sentences_around(all[6], 2);
    assert_eq!(near, all[4..9]);
}

#[test]
fn very_many_fields_cost_no_more_than_they_must() {
    let mut raw = hex("90 a2 8d 06 0001");
    raw.resize(6 + 100_000, 0x01);
    let suback = inspect(&raw, V3, None);
    assert_eq!(suback.field_count(), MAXIMUM_FIELDS + 1);
    let last = suback.field(MAXIMUM_FIELDS).unwrap();
    assert_eq!((last.name, &*last.clause), ("Not listed", ""));
    assert_eq!(suback.field_at(100_005), Some(MAXIMUM_FIELDS));
    assert_eq!(FieldTree::default().rows(&suback).len(), MAXIMUM_FIELDS + 1);
}

#[test]
fn nothing_at_all_is_told_too() {
    let nothing = of(V5, "");
    assert_eq!(nothing.title, "Packet of a reserved type");
    assert_eq!(
        nothing.fault.unwrap().expected,
        "Packet type and flags, of 1 byte"
    );
    for byte in 0..=u8::MAX {
        for version in ProtocolVersion::ALL {
            let one = inspect(&[byte], version, Some(Direction::Sent));
            assert!(one.fault.is_some());
            assert!(
                one.fields().all(|field| !field.meaning.is_empty()),
                "{one:?}"
            );
        }
    }
}
