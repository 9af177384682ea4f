//! The form and the bytes, against the codec.

use proptest::prelude::*;

use super::property::properties_of;
use super::*;
use crate::codec::{
    ControlPacket, ControlPacketType, DecodeErrorKind, PropertyId, ProtocolVersion, decode, encode,
};
use ProtocolVersion::{V3_1, V3_1_1, V5_0};

/// The form of these bytes, which must give them back.
#[track_caller]
fn form_of(bytes: &[u8], version: ProtocolVersion) -> PacketForm {
    let form = PacketForm::read(bytes, version).expect("described");
    assert_eq!(form.write().as_deref(), Ok(bytes));
    form
}

#[test]
fn a_new_form_is_what_the_codec_writes() {
    for version in ProtocolVersion::ALL {
        for packet_type in ControlPacketType::ALL {
            if packet_type == ControlPacketType::Auth && !version.has_properties() {
                continue;
            }
            let form = PacketForm::new(packet_type.as_u8(), version);
            let bytes = form.write().expect("an example");
            let packet = decode(&bytes, version).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(packet.packet_type(), packet_type);
            let mut written = Vec::new();
            encode(&packet, version, &mut written).expect("a right packet");
            assert_eq!(bytes, written, "{packet_type} {version}");
            assert_eq!(form_of(&bytes, version), form);
        }
    }
}

#[test]
fn every_packet_of_the_golden_vectors_has_its_form() {
    // A packet of each type with everything in it.
    for (version, hex) in [
        (
            V3_1,
            "10 17 00 06 4d 51 49 73 64 70 03 8e 00 0a 00 01 63 00 01 74 00 01 6d 00 00",
        ),
        (
            V3_1_1,
            "10 14 00 04 4d 51 54 54 04 c2 00 0a 00 01 63 00 01 75 00 02 ff 00",
        ),
        (
            V5_0,
            "10 2d 00 04 4d 51 54 54 05 f6 00 3c 05 11 00 00 00 0a 00 01 63 0c 18 00 00 00 05 26 00 01 6b 00 01 76 \
             00 01 74 00 01 6d 00 01 75 00 01 70",
        ),
        (V5_0, "20 09 01 00 06 21 00 05 22 00 0a"),
        (
            V5_0,
            "33 13 00 03 61 2f 62 00 07 08 23 00 01 03 00 02 61 62 68 69 21",
        ),
        (V5_0, "40 0a 00 07 10 06 1f 00 03 61 62 63"),
        (V5_0, "62 02 00 07"),
        (V5_0, "82 0f 00 07 02 0b 05 00 01 61 2d 00 03 62 2f 23 02"),
        (V3_1_1, "82 0a 00 07 00 01 61 00 00 01 62 02"),
        (V5_0, "90 06 00 07 00 01 87 02"),
        (V3_1_1, "90 04 00 07 01 80"),
        (V5_0, "a2 09 00 07 00 00 01 61 00 01 62"),
        (V5_0, "b0 05 00 07 00 00 11"),
        (V5_0, "e0 07 04 05 11 00 00 00 00"),
        (V3_1_1, "e0 00"),
        (V5_0, "f0 06 18 04 15 00 01 6d"),
    ] {
        let bytes = read_hex(hex).unwrap();
        let mut bytes = bytes;
        // The lengths above are for reading; the form counts them.
        let body = bytes.len() - 2;
        bytes[1] = u8::try_from(body).unwrap();
        let packet = decode(&bytes, version).unwrap_or_else(|error| panic!("{hex}: {error}"));
        let mut written = Vec::new();
        encode(&packet, version, &mut written).unwrap();
        assert_eq!(written, bytes, "{hex}");
        let form = form_of(&bytes, version);
        assert_eq!(form.remaining_length, None);
        assert_eq!(form.kind(), Some(packet.packet_type()));
    }
}

#[test]
fn wrong_packets_have_forms_too() {
    for (version, hex) in [
        // Remaining Length too long, too short for nothing, in two bytes, in five.
        (V3_1_1, "30 28 00 01 61"),
        (V3_1_1, "c0 80 00"),
        (V3_1_1, "c0 80 80 80 80 01"),
        (V3_1_1, "30"),
        (V3_1_1, "30 80"),
        // No topic, no identifier, no filter.
        (V3_1_1, "30 00"),
        (V3_1_1, "32 03 00 01 61"),
        (V3_1_1, "82 02 00 01"),
        (V5_0, "82 03 00 01 00"),
        // Flags, QoS 3, type 0 and 15, bytes behind the end.
        (V3_1_1, "36 05 00 01 61 00 01"),
        (V3_1_1, "80 06 00 01 00 01 61 00"),
        (V3_1_1, "05 03 01 02 03"),
        (V3_1_1, "f0 02 00 00"),
        (V3_1_1, "c0 01 ff"),
        // No UTF-8.
        (V3_1_1, "30 04 00 02 ff fe"),
        // A property that is unknown, cut off, twice, of another packet.
        (V5_0, "30 06 00 01 61 02 7f 01"),
        (V5_0, "30 06 00 01 61 02 23 00"),
        (V5_0, "30 0a 00 01 61 06 23 00 01 23 00 01"),
        (V5_0, "30 07 00 01 61 03 21 00 01"),
        // The flags tell of what is not there.
        (V3_1_1, "10 0d 00 04 4d 51 54 54 04 c2 00 0a 00 01 63"),
    ] {
        let bytes = read_hex(hex).unwrap();
        assert!(decode(&bytes, version).is_err(), "{hex}");
        form_of(&bytes, version);
    }
    for (hex, error) in [
        ("", NotDescribed::Empty),
        ("c0 00 c0 00", NotDescribed::SeveralPackets { count: 2 }),
        ("30 03 00 09 61", NotDescribed::OtherFields),
        ("40 01 00", NotDescribed::OtherFields),
    ] {
        let bytes = read_hex(hex).unwrap();
        assert_eq!(PacketForm::read(&bytes, V3_1_1), Err(error), "{hex}");
    }
}

#[test]
fn the_flags_and_what_they_tell_of_go_together() {
    let mut form = PacketForm::new(3, V5_0);
    assert!(decode(&form.write().unwrap(), V5_0).is_ok());
    for flags in [0x02, 0x0d, 0x01, 0x04] {
        form.set_flags(flags);
        assert!(decode(&form.write().unwrap(), V5_0).is_ok(), "{flags}");
    }
    let mut form = PacketForm::new(1, V5_0);
    let index = |form: &PacketForm, name| form.parts.iter().position(|part| part.name == name);
    for name in [PartName::UserName, PartName::Password, PartName::WillTopic] {
        let place = index(&form, name).unwrap();
        form.set_present(place, true);
        assert!(decode(&form.write().unwrap(), V5_0).is_ok(), "{name:?}");
    }
    let flags = index(&form, PartName::ConnectFlags).unwrap();
    assert_eq!(form.write().unwrap()[9], 0xc6);
    form.set_number(flags, "0x02".to_owned());
    let bytes = form.write().unwrap();
    let Ok(ControlPacket::Connect(connect)) = decode(&bytes, V5_0) else {
        panic!("a CONNECT");
    };
    assert_eq!(
        (connect.will, connect.username, connect.password),
        (None, None, None)
    );
    // A Reason Code goes before properties.
    let mut form = PacketForm::new(4, V5_0);
    let properties = index(&form, PartName::Properties).unwrap();
    form.set_present(properties, true);
    assert_eq!(form.write().unwrap(), [0x40, 4, 0x03, 0xe8, 0, 0]);
    let code = index(&form, PartName::ReasonCode).unwrap();
    form.set_present(code, false);
    assert_eq!(form.write().unwrap(), [0x40, 2, 0x03, 0xe8]);
}

#[test]
fn another_type_or_version_keeps_what_fits() {
    let mut form = PacketForm::new(3, V5_0);
    form.set_text(PartName::TopicName, "a/b");
    form.set_flags(0x02);
    form.set_text(PartName::PacketId, "77");
    let older = form.with_version(V3_1_1);
    let bytes = older.write().unwrap();
    assert_eq!(bytes, b"\x32\x0c\0\x03a/b\0\x4dhello");
    let acknowledgement = older.with_type(4).write().unwrap();
    assert_eq!(acknowledgement, [0x40, 2, 0, 77]);
    let connect = PacketForm::new(1, V3_1).with_version(V5_0);
    assert!(decode(&connect.write().unwrap(), V5_0).is_ok());
    let mut several = PacketForm::new(8, V3_1_1);
    several.add_item();
    several.add_item();
    assert_eq!(several.with_version(V5_0).items(), 3);
    several.remove_item(1);
    assert_eq!(several.items(), 2);
    several.remove_item(0);
    several.remove_item(0);
    assert_eq!(several.with_version(V5_0).items(), 0);
}

#[test]
fn what_stands_for_no_bytes_is_told_with_its_place() {
    let mut form = PacketForm::new(3, V5_0);
    form.set_flags(0x02);
    form.set_text(PartName::PacketId, "65536");
    form.remaining_length = Some("many".to_owned());
    form.add_property(PropertyForm::new(PropertyId::TopicAlias));
    form.set_text(PartName::TopicName, &"x".repeat(65_536));
    let mut property = PropertyForm::new(PropertyId::TopicAlias);
    property.value = PropertyValue::Number(Number {
        text: "-1".to_owned(),
        width: Width::Two,
    });
    form.add_property(property);
    let places: Vec<_> = form
        .write()
        .unwrap_err()
        .into_iter()
        .map(|f| f.place)
        .collect();
    assert_eq!(
        places,
        [
            FormPlace::RemainingLength,
            FormPlace::Part(0),
            FormPlace::Part(1),
            FormPlace::Property(2, 1)
        ]
    );
}

#[test]
fn the_table_of_properties_is_the_decoders() {
    for packet in ControlPacketType::ALL {
        let allowed = properties_of(PropertyPlace::Packet(packet));
        if matches!(
            packet,
            ControlPacketType::Pingreq | ControlPacketType::Pingresp
        ) {
            assert_eq!(allowed, []);
            continue;
        }
        for property in PropertyId::ALL {
            let mut form = PacketForm::new(packet.as_u8(), V5_0);
            if let Some(list) = form.part_mut(PartName::Properties) {
                list.value = PartValue::Properties(PropertyList::default());
            }
            for part in &mut form.parts {
                part.is_present |= part.name == PartName::ReasonCode;
            }
            form.add_property(PropertyForm::new(property));
            let bytes = form.write().unwrap();
            let error = decode(&bytes, V5_0).err();
            let is_refused = error
                .is_some_and(|error| error.kind == DecodeErrorKind::PropertyNotAllowed(property));
            assert_eq!(
                is_refused,
                !allowed.contains(&property),
                "{packet} {property}"
            );
        }
    }
    let will = properties_of(PropertyPlace::Will);
    for property in PropertyId::ALL {
        let mut form = PacketForm::new(1, V5_0);
        let place = form
            .parts
            .iter()
            .position(|p| p.name == PartName::WillProperties);
        form.set_present(place.unwrap(), true);
        if let Some(Part {
            value: PartValue::Properties(list),
            ..
        }) = form.part_mut(PartName::WillProperties)
        {
            list.properties.push(PropertyForm::new(property));
        }
        let error = decode(&form.write().unwrap(), V5_0).map(|_| ()).err();
        let is_refused =
            error.is_some_and(|error| error.kind == DecodeErrorKind::PropertyNotAllowed(property));
        assert_eq!(is_refused, !will.contains(&property), "{property}");
    }
}

#[test]
fn what_may_be_left_out_has_a_switch() {
    for version in ProtocolVersion::ALL {
        for packet_type in 0..16 {
            let form = PacketForm::new(packet_type, version);
            for (index, part) in form.parts.iter().enumerate() {
                let goes_along =
                    matches!(part.name, PartName::WillProperties | PartName::WillPayload);
                let switch = form.switch(index);
                assert!(
                    part.is_present || goes_along || switch.is_some(),
                    "{part:?}"
                );
                let mut toggled = form.clone();
                toggled.set_present(index, !part.is_present);
                assert!(toggled.write().is_ok());
            }
        }
    }
}

#[test]
fn codes_have_their_names() {
    let mut form = PacketForm::new(9, V5_0);
    let place = form
        .parts
        .iter()
        .position(|part| part.name == PartName::ReasonCode)
        .unwrap();
    assert_eq!(form.meaning(place).unwrap(), "0x00: Granted QoS 0");
    form.set_number(place, "0x87".to_owned());
    assert_eq!(form.meaning(place).unwrap(), "0x87: Not authorized");
    form.set_number(place, "5".to_owned());
    assert!(
        form.meaning(place)
            .unwrap()
            .starts_with("No code of SUBACK, which has 0x00, ")
    );
    let connack = PacketForm::new(2, V3_1_1);
    let code = connack
        .parts
        .iter()
        .position(|part| part.name == PartName::ReasonCode);
    assert_eq!(
        connack.meaning(code.unwrap()).unwrap(),
        "0x00: Connection accepted"
    );
}

#[test]
fn presets_are_what_they_are_called() {
    for version in ProtocolVersion::ALL {
        for preset in Preset::ALL
            .into_iter()
            .filter(|preset| preset.is_of(version))
        {
            let bytes = preset.bytes(version);
            assert!(!bytes.is_empty(), "{preset:?}");
            assert!(preset.answer(version).ends_with('.'), "{preset:?}");
            let is_right = matches!(
                preset,
                Preset::ValidPublish
                    | Preset::ValidPublishQos2
                    | Preset::PubrelOfIt
                    | Preset::ValidSubscribe
                    | Preset::ValidPingreq
                    | Preset::ValidDisconnect
                    | Preset::FirstConnect
                    // These are wrong at their time, or for their sender.
                    | Preset::SecondConnect
                    | Preset::UnknownPubrel
                    | Preset::FromServer
                    | Preset::TopicAliasUnknown
                    | Preset::AuthWithoutMethod
            );
            assert_eq!(
                decode(&bytes, version).is_ok(),
                is_right,
                "{preset:?} {version}"
            );
            let has_form = !matches!(
                preset,
                Preset::TwoPackets | Preset::LengthTooShort | Preset::LengthOfFiveBytes
            );
            let form = PacketForm::read(&bytes, version);
            assert_eq!(form.is_ok(), has_form, "{preset:?} {version}");
        }
    }
}

#[test]
fn form_and_bytes_follow_each_other() {
    let mut builder = Builder::new(V3_1_1);
    assert_eq!(builder.described(), Described::Yes);
    assert_eq!(builder.preset(), Some(Preset::ValidPublish));
    assert!(!builder.can_undo());
    let mut form = builder.form().clone();
    form.set_text(PartName::Payload, "hi");
    builder.edit(form);
    let written = builder.hex().to_owned();
    assert!(written.ends_with("68 69"), "{written}");
    // Bytes that a form gives.
    builder.type_hex(written.replace("68 69", "6a 69"));
    let payload = builder.form().part(PartName::Payload);
    let value = payload.map(|part| part.value.clone());
    assert_eq!(value, Some(PartValue::Rest(Content::text("ji"))));
    assert_eq!(builder.described(), Described::Yes);
}

#[test]
fn bytes_that_no_form_gives_leave_it_as_it_was() {
    let mut builder = Builder::new(V3_1_1);
    let before = builder.form().clone();
    builder.type_hex("30 03 00 09 61".to_owned());
    assert_eq!(
        builder.described(),
        Described::BytesAreOther(NotDescribed::OtherFields)
    );
    assert_eq!(builder.form(), &before);
    assert_eq!(builder.bytes(), Ok(&b"\x30\x03\0\x09a"[..]));
    builder.type_hex("30 0".to_owned());
    assert_eq!(builder.described(), Described::NotHexadecimal);
    assert!(builder.bytes().is_err());
    builder.reset();
    assert_eq!(builder.described(), Described::Yes);
    assert_eq!(builder.form(), &before);
    // What was overwritten can be had back.
    builder.undo();
    assert_eq!(builder.hex(), "30 0");
    builder.undo();
    assert_eq!(builder.described(), Described::Yes);
    assert_eq!(builder.form(), &before);
    assert!(!builder.can_undo());
}

#[test]
fn the_form_waits_for_the_rest_of_what_is_typed() {
    let mut builder = Builder::new(V3_1_1);
    let before = builder.form().clone();
    for end in ["", "6", "62", "62 0", "62 02", "62 02 00", "62 02 00 0"] {
        builder.type_hex(end.to_owned());
        assert_eq!(builder.form(), &before, "{end}");
        assert_ne!(builder.described(), Described::Yes, "{end}");
    }
    builder.type_hex("62 02 00 07".to_owned());
    assert_eq!(builder.described(), Described::Yes);
    assert_eq!(builder.form().kind(), Some(ControlPacketType::Pubrel));
    builder.undo();
    assert_eq!(builder.form(), &before);
    // A packet that is unfinished on purpose has its form all the same.
    builder.choose(Preset::LengthTooLong);
    assert_eq!(builder.described(), Described::Yes);
    assert_eq!(builder.form().remaining_length.as_deref(), Some("40"));
}

#[test]
fn a_form_that_stands_for_no_bytes_leaves_them_as_they_were() {
    let mut builder = Builder::new(V3_1_1);
    let before = builder.hex().to_owned();
    let mut form = builder.form().clone();
    form.set_text(PartName::PacketId, "x");
    builder.edit(form.clone());
    assert_eq!(builder.described(), Described::FormIsWrong);
    assert_eq!(builder.hex(), before);
    assert_eq!(builder.form_faults().len(), 1);
    form.set_text(PartName::PacketId, "7");
    builder.edit(form);
    assert_eq!(builder.described(), Described::Yes);
    assert_eq!(builder.form_faults(), []);
}

#[test]
fn a_packet_from_elsewhere_can_be_taken_and_taken_back() {
    let mut builder = Builder::new(V3_1_1);
    let before = builder.clone();
    builder.take(b"\xe0\x02\x04\x00", V5_0);
    assert_eq!(builder.described(), Described::Yes);
    assert_eq!(builder.form().version, V5_0);
    assert_eq!(builder.form().kind(), Some(ControlPacketType::Disconnect));
    assert_eq!(builder.preset(), None);
    let inspection = builder.inspection(V5_0).unwrap();
    assert_eq!(inspection.packet, Some(ControlPacketType::Disconnect));
    builder.undo();
    assert_eq!(builder, before);
}

/// Bytes that are nearly a packet.
fn nearly_a_packet() -> impl Strategy<Value = Vec<u8>> {
    (
        any::<u8>(),
        proptest::collection::vec(any::<u8>(), 0..40),
        any::<bool>(),
    )
        .prop_map(|(first, mut body, is_right)| {
            let length = if is_right { body.len() } else { body.len() / 2 };
            body.insert(0, u8::try_from(length).unwrap());
            body.insert(0, first);
            body
        })
}

fn version() -> impl Strategy<Value = ProtocolVersion> {
    (0_usize..3).prop_map(|index| ProtocolVersion::ALL[index])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// A form that was read gives the bytes it was read from, and every packet that the codec takes
    /// and would write has one.
    #[test]
    fn what_is_read_is_written(bytes in nearly_a_packet(), version in version()) {
        let form = PacketForm::read(&bytes, version);
        if let Ok(form) = &form {
            prop_assert_eq!(form.write(), Ok(bytes.clone()));
        }
        if decode(&bytes, version).is_ok() {
            prop_assert!(form.is_ok(), "{:02x?}", bytes);
        }
    }

    #[test]
    fn no_typing_breaks_the_builder(
        steps in proptest::collection::vec((0_u8..9, any::<u8>(), ".{0,24}"), 0..30),
        version in version(),
    ) {
        let mut builder = Builder::new(version);
        for (step, number, text) in steps {
            let mut form = builder.form().clone();
            let place = usize::from(number) % form.parts.len().max(1);
            match step {
                0 => builder.type_hex(text),
                1 => builder.undo(),
                2 => builder.reset(),
                3 => builder.choose(Preset::ALL[usize::from(number) % Preset::ALL.len()]),
                4 => builder.edit(form.with_type(number % 16)),
                5 => builder.edit(form.with_version(ProtocolVersion::ALL[usize::from(number % 3)])),
                6 => {
                    form.set_flags(number);
                    form.set_number(place, text);
                    builder.edit(form);
                }
                7 => {
                    form.set_present(place, number % 2 == 0);
                    form.add_item();
                    builder.edit(form);
                }
                _ => {
                    let property = PropertyId::ALL[usize::from(number) % 27];
                    form.add_property(PropertyForm::new(property));
                    form.remove_item(usize::from(number % 3));
                    builder.edit(form);
                }
            }
            if builder.described() == Described::Yes {
                let written = builder.form().write().unwrap();
                prop_assert_eq!(builder.bytes(), Ok(&written[..]));
            }
        }
    }
}
