use super::*;
use crate::lab::wire::copy_as::CopyAs;
use proptest::prelude::*;

const V3: ProtocolVersion = ProtocolVersion::V3_1_1;
const V5: ProtocolVersion = ProtocolVersion::V5_0;
const CONNECT: &[u8] = b"\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0";

fn read(text: &str) -> (Vec<u8>, PastedForm) {
    match read_bytes(text) {
        Ok(read) => read,
        Err(error) => panic!("{text:?}: {error}"),
    }
}

fn words(pasted: &Pasted) -> String {
    pasted
        .remarks
        .iter()
        .map(|remark| remark.words.clone() + "\n")
        .collect()
}

#[test]
fn every_usual_form_is_read() {
    use PastedForm::{Base64, Decimal, Dump, Escaped, Hex};
    for (text, form) in [
        ("10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00", Hex),
        ("100C00044D515454 04 0200 3C0000", Hex),
        ("100c00044d5154540402003c0000\n", Hex),
        ("10:0c:00:04:4d:51:54:54:04:02:00:3c:00:00", Hex),
        ("10-0C-00-04-4D-51-54-54-04-02-00-3C-00-00", Hex),
        ("10,0c,00,04,4d,51,54,54,04,02,00,3c,00,00", Hex),
        (
            "0x10, 0x0c, 0x0, 0x4, 0x4d, 0x51, 0x54, 0x54, 0x04, 0x2, 0, 0x3c, 0x0, 0x0",
            Hex,
        ),
        ("0x100c00044d5154540402003c0000", Hex),
        (
            "10h 0ch 00h 04h 4dh 51h 54h 54h 04h 02h 00h 3ch 00h 00h",
            Hex,
        ),
        ("10 c 0 4 4d 51 54 54 4 2 0 3c 0 0", Hex),
        ("1 0 0 c 0 0", Hex),
        (
            "const uint8_t connect[14] = { /* CONNECT */ 0x10, 0x0c, 0x00, 0x04, // header\n 0x4d, 0x51, 0x54, \
          0x54, 0x04, 0x02, 0x00, 0x3c, 0x00, 0x00 };",
            Hex,
        ),
        (
            "let raw: [u8; 14] = [0x10u8, 0x0c_u8, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0x3c, 0, 0];",
            Hex,
        ),
        (
            "bytes.fromhex(\"10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00\")",
            Hex,
        ),
        (
            "{\"time\":\"1970\",\"raw\":\"100c00044d5154540402003c0000\"}",
            Hex,
        ),
        ("[16, 12, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 0]", Decimal),
        (r"\x10\x0c\x00\x04MQTT\x04\x02\x00<\x00\x00", Escaped),
        (r#"b"\x10\x0c\0\x04MQTT\x04\x02\0<\0\0""#, Escaped),
        (r"b'\x10\x0c\x00\x04MQTT\x04\x02\x00<\x00\x00'", Escaped),
        (
            "\"\\x10\\x0c\\x00\\x04\\x4d\\x51\\x54\\x54\" \\\n\"\\x04\\x02\\x00\\x3c\\x00\\x00\"",
            Escaped,
        ),
        (
            "00000000: 100c 0004 4d51 5454 0402 003c 0000       ....MQTT...<..",
            Dump,
        ),
        (
            "00000000  10 0c 00 04 4d 51 54 54  04 02 00 3c 00 00        |....MQTT...<..|\n0000000e\n",
            Dump,
        ),
        (
            "0000   10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00         ....MQTT...<..",
            Dump,
        ),
        (
            "0000   10 0c 00 04 4d 51 54 54\n0008   04 02 00 3c 00 00",
            Dump,
        ),
        ("EAwABE1RVFQEAgA8AAA=", Base64),
        ("EAwABE1RVFQEAgA8AAA", Base64),
    ] {
        let (bytes, got) = read(text);
        let expected: &[u8] = match text {
            "1 0 0 c 0 0" => &[1, 0, 0, 12, 0, 0],
            _ => CONNECT,
        };
        assert_eq!((bytes.as_slice(), got), (expected, form), "{text}");
    }
}

#[test]
fn characters_behind_a_dump_are_no_bytes() {
    // The characters of the last line look like digits.
    let (bytes, _) = read("0000   30 04 00 01 61 31\n0006   30 04 00 01 61 32   0...a2\n");
    assert_eq!(bytes, b"\x30\x04\0\x01a1\x30\x04\0\x01a2");
    let (bytes, _) = read("00000000: 3004 0001 6162  0...ab");
    assert_eq!(bytes, b"\x30\x04\0\x01ab");
    let (bytes, _) = read("0000   61 62 63   abc\n0003   64 65   de");
    assert_eq!(bytes, b"abcde");
    // Offsets that do not fit the bytes are none.
    assert!(
        read_bytes("0000 10 0c\n0010 00 04").is_ok_and(|(bytes, form)| {
            form == PastedForm::Hex && bytes == b"\0\0\x10\x0c\0\x10\0\x04"
        })
    );
}

#[test]
fn what_is_no_hex_says_where() {
    let error = |text: &str| read_bytes(text).unwrap_err();
    assert_eq!(error(" \n "), PasteError::Empty);
    assert_eq!(
        error("10 0c\n00 zz"),
        PasteError::NotHex {
            character: 'z',
            line: 2,
            column: 4
        }
    );
    assert_eq!(
        error("hello world").to_string(),
        "'h' in line 1, column 1 is no hexadecimal digit"
    );
    assert_eq!(
        error("100c0"),
        PasteError::OddDigits {
            digits: "100c0".to_owned(),
            count: 5,
            line: 1
        }
    );
    assert!(matches!(
        error("10 0c 000"),
        PasteError::OddDigits { count: 3, .. }
    ));
    assert_eq!(
        error(r"\x10\q"),
        PasteError::Escape {
            escape: r"\q".to_owned(),
            line: 1
        }
    );
    assert!(matches!(error(r"\x"), PasteError::Escape { .. }));
    assert_eq!(
        error("[16, 300, 4]"),
        PasteError::Number {
            number: "300".to_owned(),
            line: 1
        }
    );
    let length = TEXT_MAXIMUM + 1;
    assert_eq!(error(&"0".repeat(length)), PasteError::TooLong { length });
}

#[test]
fn the_version_is_guessed_and_the_guess_explained() {
    let of = |text: &str| paste(text, None, None, V5).unwrap();
    let pasted = paste("100c00044d5154540402003c0000", None, None, V5).unwrap();
    assert_eq!((pasted.version, pasted.packets.len()), (V3, 1));
    assert_eq!(pasted.version_why, "CONNECT asks for MQTT 3.1.1.");
    assert_eq!(
        pasted.packets[0].direction_why,
        "Only a client sends packets of this type."
    );
    let pasted = of("30 05 00 03 61 2f 62");
    assert_eq!(pasted.version, V3);
    assert!(
        pasted.version_why.contains("MQTT 3.1.1 only"),
        "{}",
        pasted.version_why
    );
    let pasted = of("40 02 10 da");
    assert_eq!(pasted.version, V5);
    assert!(
        pasted.version_why.contains("valid in MQTT 3.1.1 too"),
        "{}",
        pasted.version_why
    );
    let pasted = of("20 03 00 00 00");
    assert_eq!(
        (pasted.version, pasted.packets[0].direction),
        (V5, Direction::Received)
    );
    let pasted = of("10 0e 00 06 4d 51 49 73 64 70 03 02 00 3c 00 01 61");
    assert!(pasted.packets[0].fault.is_some(), "its length is wrong");
    let pasted = of("10 0f 00 06 4d 51 49 73 64 70 03 02 00 3c 00 01 61");
    assert_eq!(pasted.version, ProtocolVersion::V3_1);
    // What only a server may put into a PUBLISH.
    let pasted = of("30 06 00 01 74 02 0b 01");
    assert_eq!(pasted.packets[0].direction, Direction::Received);
}

#[test]
fn packets_of_another_version_are_offered_to_be_read_as_that() {
    let text = "30 06 00 01 74 00 31 32";
    let pasted = paste("20 03 00 00 00", Some(V3), None, V3).unwrap();
    assert_eq!(pasted.packets[0].valid_as, Some(V5));
    let remark = pasted.remarks.last().unwrap();
    assert_eq!(
        (remark.words.as_str(), remark.read_as),
        (
            "The CONNACK at byte 0 is not valid in MQTT 3.1.1, but it is in MQTT 5.0.",
            Some(V5)
        )
    );
    assert!(paste(text, Some(V5), None, V3).unwrap().remarks.is_empty());
}

#[test]
fn several_packets_are_listed_one_behind_the_other() {
    let text = CopyAs::Hex.text(CONNECT) + " 20 02 00 00 c0 00 d0 00 e0 00";
    let pasted = paste(&text, None, None, V5).unwrap();
    let titles: Vec<_> = pasted
        .packets
        .iter()
        .map(|packet| packet.title.as_str())
        .collect();
    assert_eq!(
        titles,
        ["CONNECT", "CONNACK", "PINGREQ", "PINGRESP", "DISCONNECT"]
    );
    assert!(
        pasted
            .packets
            .iter()
            .all(|packet| packet.version == V3 && packet.fault.is_none())
    );
    assert_eq!(words(&pasted), "5 packets stand one behind the other.\n");
    // A CONNECT changes the version of what follows it.
    let v5 = "10 0d 00 04 4d 51 54 54 05 02 00 3c 00 00 00 20 03 00 00 00";
    let pasted = paste(&format!("{text} {v5}"), None, None, V3).unwrap();
    assert!(pasted.packets.iter().all(|packet| packet.fault.is_none()));
    let many = "c000".repeat(PACKETS_MAXIMUM + 1);
    let pasted = paste(&many, None, None, V3).unwrap();
    assert_eq!(pasted.packets.len(), PACKETS_MAXIMUM);
    assert!(words(&pasted).contains("the first 500 are listed"));
}

#[test]
fn what_is_cut_off_says_how_much_is_missing() {
    let of = |text: &str| paste(text, None, None, V3).unwrap();
    let pasted = of("c0 00 30 19 00 07 74 6f 70 69 63");
    assert_eq!(
        words(&pasted),
        "2 packets stand one behind the other.\nThe PUBLISH at byte 2 announces 27 bytes and 9 are there: 18 \
         are missing at the end. It is taken apart as far as it goes.\n"
    );
    // 250 MB, which is allowed, and 300 MB, which is not.
    let pasted = of("30 80 80 80 7d 00 01 61");
    assert!(
        words(&pasted).contains("announces 262,144,005 bytes and 8 are there"),
        "{}",
        words(&pasted)
    );
    let pasted = of("30 80 80 80 96 01 00 01 61");
    assert_eq!(
        words(&pasted),
        "Remaining Length of the PUBLISH at byte 0 goes on after its fourth byte, as if 314,572,800 bytes \
         followed. A packet announces at most 268,435,455 bytes.\n"
    );
    assert!(words(&of("30")).contains("ends within its fixed header"));
    assert!(words(&of("30 80 80")).contains("ends within its fixed header"));
    assert_eq!(of("00 00").packets[0].title, "Reserved type");
}

#[test]
fn what_carried_the_packets_is_taken_off() {
    let of = |bytes: &[u8]| paste(&CopyAs::Hex.text(bytes), None, None, V3).unwrap();
    let masked: Vec<u8> = {
        let key = [1, 2, 3, 4];
        let data = CONNECT
            .iter()
            .zip(key.iter().cycle())
            .map(|(byte, key)| byte ^ key);
        [0x82, 0x8e].into_iter().chain(key).chain(data).collect()
    };
    let pasted = of(&masked);
    assert_eq!(pasted.bytes, CONNECT);
    assert_eq!(
        words(&pasted),
        "The header of a WebSocket frame, 6 bytes in all, stood before the MQTT bytes and was taken off; the \
         mask, which a client's frames have, was undone.\n"
    );
    let pasted = of(b"\x82\x04\x20\x02\0\0\x82\x02\xd0\0");
    assert_eq!(pasted.packets.len(), 2);
    assert!(words(&pasted).contains("The headers of 2 WebSocket frames, 4 bytes"));
    // A SUBSCRIBE begins with the same byte as a frame.
    let pasted = of(b"\x82\x06\0\x01\0\x01a\x01");
    assert_eq!(pasted.packets[0].title, "SUBSCRIBE 1 a");
    assert!(pasted.remarks.is_empty());
    // Also where it is wrong, and what follows could begin another packet: here the last filter has no options.
    let pasted = of(b"\x82\x0a\x10\xd8\0\x03a/b\x01\0\x09");
    assert_eq!(pasted.packets.len(), 1);
    assert!(pasted.packets[0].title.starts_with("SUBSCRIBE"));
    let mut frame = vec![0; 12];
    frame.extend(b"\x08\0\x45\0\0\x2a\0\0\x40\0\x40\x06\0\0\x0a\0\0\x01\xc6\x33\x64\x01");
    frame.extend(b"\xc0\0\x07\x5b\0\0\0\x01\0\0\0\x01\x50\x18\xff\xff\0\0\0\0\xc0\0");
    let pasted = of(&frame);
    assert_eq!(
        (pasted.bytes.as_slice(), pasted.packets.len()),
        (&b"\xc0\0"[..], 1)
    );
    assert!(words(&pasted).contains("54 bytes in all"));
    assert!(words(&of(b"GET /mqtt HTTP/1.1\r\n")).contains("This is HTTP"));
    assert!(words(&of(b"\x16\x03\x01\x02\0\x01")).contains("looks like TLS"));
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,80}", digits in "[0-9a-fx, \\\\\n:]{0,80}") {
        for text in [&text, &digits] {
            if let Ok(pasted) = paste(text, None, None, V3) {
                let covered: usize = pasted.packets.iter().map(|packet| packet.span.len()).sum();
                prop_assert_eq!(covered, pasted.bytes.len());
            }
        }
    }

    #[test]
    fn any_bytes_come_back_in_every_form(bytes in prop::collection::vec(any::<u8>(), 2..100)) {
        for form in CopyAs::ALL {
            let text = form.text(&bytes);
            // A byte string without an escape is only letters.
            if form != CopyAs::RustByteString || text.contains("\\x") {
                prop_assert_eq!(&read_bytes(&text).unwrap().0, &bytes, "{}", text);
            }
        }
        // As xxd writes it.
        let dump: String = bytes.chunks(16).enumerate().map(|(row, bytes)| {
            let hex: String = bytes.chunks(2).map(|pair| {
                pair.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + " "
            }).collect();
            let text: String = bytes.iter().map(|byte| match byte {
                b' '..=b'~' => char::from(*byte),
                _ => '.',
            }).collect();
            format!("{:08x}: {hex:<40} {text}\n", row * 16)
        }).collect();
        prop_assert_eq!(&read_bytes(&dump).unwrap().0, &bytes, "{}", dump);
    }

    #[test]
    fn any_bytes_are_taken_apart(bytes in prop::collection::vec(any::<u8>(), 1..60), level in 0..3_usize) {
        let version = ProtocolVersion::ALL[level];
        for pasted in [
            paste_bytes(bytes.clone(), None, None, version),
            paste_bytes(bytes.clone(), Some(version), Some(Direction::Sent), version),
        ] {
            let mut place = 0;
            for packet in &pasted.packets {
                prop_assert_eq!(packet.span.start, place);
                prop_assert!(packet.span.end > place);
                place = packet.span.end;
            }
            prop_assert_eq!(place, pasted.bytes.len());
        }
    }
}
