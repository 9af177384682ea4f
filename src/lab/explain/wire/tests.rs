use std::collections::BTreeSet;

use super::*;
use crate::codec::{MAXIMUM_FIELDS, PropertyId, dissect};

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

/// What `property` may hold, behind its identifier.
fn value_of(property: PropertyId) -> &'static [u8] {
    use PropertyId as Id;
    match property {
        Id::PayloadFormatIndicator
        | Id::RequestProblemInformation
        | Id::RequestResponseInformation
        | Id::MaximumQos
        | Id::RetainAvailable
        | Id::WildcardSubscriptionAvailable
        | Id::SubscriptionIdentifierAvailable
        | Id::SharedSubscriptionAvailable
        | Id::SubscriptionIdentifier => b"\x01",
        Id::ServerKeepAlive | Id::ReceiveMaximum | Id::TopicAliasMaximum | Id::TopicAlias => {
            b"\x00\x07"
        }
        Id::MessageExpiryInterval
        | Id::SessionExpiryInterval
        | Id::WillDelayInterval
        | Id::MaximumPacketSize => b"\x00\x00\x00\x09",
        Id::ContentType
        | Id::ResponseTopic
        | Id::AssignedClientIdentifier
        | Id::AuthenticationMethod
        | Id::ResponseInformation
        | Id::ServerReference
        | Id::ReasonString
        | Id::CorrelationData
        | Id::AuthenticationData => b"\x00\x01x",
        Id::UserProperty => b"\x00\x01n\x00\x01v",
    }
}

/// A packet of that type whose properties are `properties`; with `in_will`, those of the will.
fn packet_of_5_0(packet: ControlPacketType, in_will: bool, properties: &[u8]) -> Vec<u8> {
    use ControlPacketType as Type;
    let section = |before: &[u8], after: &[u8]| {
        let length = [u8::try_from(properties.len()).unwrap()];
        [before, &length, properties, after].concat()
    };
    let (first, body) = match packet {
        Type::Connect if in_will => {
            let before = b"\0\x04MQTT\x05\x06\0\x3c\0\0\x01c";
            (0x10, section(before, b"\0\x01t\0\x01p"))
        }
        Type::Connect => (
            0x10,
            section(b"\0\x04MQTT\x05\xc2\0\x3c", b"\0\x01c\0\x01u\0\x01p"),
        ),
        Type::Connack => (0x20, section(b"\0\0", b"")),
        Type::Publish => (0x32, section(b"\0\x01t\0\x01", b"payload")),
        Type::Puback => (0x40, section(b"\0\x01\0", b"")),
        Type::Pubrec => (0x50, section(b"\0\x01\0", b"")),
        Type::Pubrel => (0x62, section(b"\0\x01\0", b"")),
        Type::Pubcomp => (0x70, section(b"\0\x01\0", b"")),
        Type::Subscribe => (0x82, section(b"\0\x01", b"\0\x01f\x01")),
        Type::Suback => (0x90, section(b"\0\x01", b"\x01")),
        Type::Unsubscribe => (0xa2, section(b"\0\x01", b"\0\x01f")),
        Type::Unsuback => (0xb0, section(b"\0\x01", b"\0")),
        Type::Disconnect => (0xe0, section(b"\0", b"")),
        Type::Auth => (0xf0, section(b"\x18", b"")),
        Type::Pingreq | Type::Pingresp => (packet.as_u8() << 4, Vec::new()),
    };
    let length = u8::try_from(body.len()).unwrap();
    [&[first, length], &body[..]].concat()
}

/// Packets that have, among them, every field that there is.
fn packets() -> Vec<(ProtocolVersion, Vec<u8>)> {
    let mut all: Vec<(ProtocolVersion, Vec<u8>)> = Vec::new();
    for packet in ControlPacketType::ALL {
        for in_will in [false, true] {
            all.push((V5, packet_of_5_0(packet, in_will, b"")));
            for property in PropertyId::ALL {
                let one = [&[property.as_u8()], value_of(property)].concat();
                all.push((V5, packet_of_5_0(packet, in_will, &one)));
                // Authentication Data is nothing without its method, and AUTH is nothing without it.
                let with_method = [&one[..], b"\x15\0\x01m"].concat();
                all.push((V5, packet_of_5_0(packet, in_will, &with_method)));
            }
        }
    }
    for text in [
        "10 40 0004 4d515454 04 d6 003c 0008 636c69656e742d31 000a 2f68616e732f77696c6c 000f \
         756e65787065637465642065786974 0004 68616e73 0007 6c65746d65696e",
        "20 02 01 00",
        "32 08 0001 74 0005 616263",
        "40 02 0005",
        "50 02 0005",
        "62 02 0005",
        "70 02 0005",
        "82 06 0005 0001 66 01",
        "90 03 0005 01",
        "a2 05 0005 0001 66",
        "b0 02 0005",
        "c0 00",
        "d0 00",
        "e0 00",
        "00 00",
        "f0 00",
        "82 06 0000 0001 66 01",
    ] {
        all.push((V3, hex(text)));
        all.push((V3_1, hex(text)));
    }
    let mut many = hex("90 a2 8d 06 00 01");
    many.resize(6 + 100_000, 0x01);
    all.push((V3, many.clone()));
    // The same of 5.0, whose properties take one byte of it.
    many[6] = 0;
    all.push((V5, many));
    all.extend(vectors());
    all
}

/// The packets of `../shared/conformance/vectors.json`, valid and not; none where they are not at hand.
fn vectors() -> Vec<(ProtocolVersion, Vec<u8>)> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/conformance/vectors.json"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        return Vec::new();
    };
    let vectors: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let vector = |vector: &serde_json::Value| {
        let version = match vector["protocolVersion"].as_str().unwrap() {
            "3.1" => V3_1,
            "3.1.1" => V3,
            _ => V5,
        };
        (version, hex(vector["hex"].as_str().unwrap()))
    };
    vectors.iter().map(vector).collect()
}

/// The fields of a packet with their homes, and the version they are of.
fn homes(version: ProtocolVersion, raw: &[u8]) -> (ProtocolVersion, Vec<(FieldName, Home)>) {
    let dissection = dissect(raw, version);
    let packet = raw
        .first()
        .and_then(|byte| ControlPacketType::from_u8(byte >> 4));
    let mut fields = Vec::new();
    let mut in_will = false;
    for field in &dissection.fields {
        in_will &= field.depth > 0;
        fields.push((field.name, Home { packet, in_will }));
        in_will |= field.name == FieldName::WillMessage;
    }
    let own = dissection
        .fields
        .iter()
        .find_map(|field| match field.value {
            crate::codec::FieldValue::Version(version) => Some(version),
            _ => None,
        });
    (own.unwrap_or(version), fields)
}

#[test]
fn every_field_has_its_words_and_no_words_are_without_a_field() {
    let mut used = BTreeSet::new();
    let mut missing = BTreeSet::new();
    for (version, raw) in packets() {
        let (version, fields) = homes(version, &raw);
        for (field, home) in fields {
            match find(field, home, version) {
                Some((row, place)) => {
                    let is_v5 = version == V5;
                    used.insert((std::ptr::from_ref(row), std::ptr::from_ref(place), is_v5));
                }
                None => {
                    missing.insert(format!("{field:?} in {home:?} of {version}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "without words: {missing:#?}");
    let mut unused = Vec::new();
    for row in TABLE.iter().flat_map(|rows| rows.iter()) {
        assert!(!row.places.is_empty());
        for place in row.places {
            for version in [V3, V5] {
                let entry = (
                    std::ptr::from_ref(row),
                    std::ptr::from_ref(place),
                    version == V5,
                );
                if !place.section(version).is_empty() && !used.contains(&entry) {
                    let home = place.packets;
                    unused.push(format!("{:?} of {version}, {}", row.field, describe(home)));
                }
            }
        }
    }
    assert!(unused.is_empty(), "nothing has these words: {unused:#?}");
}

fn describe(packets: Packets) -> String {
    match packets {
        Packets::Any => "anywhere".to_owned(),
        Packets::One(packet) => packet.to_string(),
        Packets::Will => "will".to_owned(),
    }
}

#[test]
fn the_words_are_sentences_and_the_clauses_are_clauses() {
    for row in TABLE.iter().flat_map(|rows| rows.iter()) {
        let meaning = row.meaning;
        assert!(
            meaning.ends_with('.') && !meaning.contains("  "),
            "{meaning}"
        );
        assert!(meaning.len() <= 220, "too long: {meaning}");
        for place in row.places {
            assert!(
                !place.v3_1_1.is_empty() || !place.v5_0.is_empty(),
                "{meaning}"
            );
            for section in [place.v3_1_1, place.v5_0] {
                let is_section = section.split('.').all(|part| part.parse::<u8>().is_ok());
                assert!(
                    section.is_empty() || section == OURS || is_section,
                    "{section}"
                );
            }
        }
    }
    for packet in ControlPacketType::ALL {
        assert!(packet_words(packet).ends_with('.'), "{packet}");
    }
}

#[test]
fn clauses_are_of_the_packets_own_version() {
    let home = Home {
        packet: Some(ControlPacketType::Connect),
        in_will: false,
    };
    let clause = |field, version| field_words(field, home, version).unwrap().clause;
    assert_eq!(clause(FieldName::UserName, V3), "MQTT 3.1.1, 3.1.3.4");
    assert_eq!(clause(FieldName::UserName, V3_1), "MQTT 3.1.1, 3.1.3.4");
    assert_eq!(clause(FieldName::UserName, V5), "MQTT 5.0, 3.1.3.5");
    assert_eq!(clause(FieldName::NotListed, V5), "");
    assert_eq!(field_words(FieldName::CleanStart, home, V3), None);
}

#[test]
fn the_same_property_means_something_else_elsewhere() {
    let expiry = FieldName::PropertyValue(PropertyId::SessionExpiryInterval);
    let words = |packet| {
        let home = Home {
            packet: Some(packet),
            in_will: false,
        };
        field_words(expiry, home, V5).unwrap()
    };
    let asked = words(ControlPacketType::Connect);
    let told = words(ControlPacketType::Connack);
    assert_ne!(asked.meaning, told.meaning);
    assert_eq!(told.clause, "MQTT 5.0, 3.2.2.3.2");
}

#[test]
fn the_limit_that_the_words_name_is_the_limit() {
    assert_eq!(MAXIMUM_FIELDS, 20_000);
}
