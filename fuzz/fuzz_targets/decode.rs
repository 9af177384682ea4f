//! Any bytes as one Control Packet: what is read can be written, and is the same packet then.
//! The first byte chooses the version.

#![no_main]

use mqtt_lab::codec::{ControlPacket, ProtocolVersion, decode, encode, encoded_len};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((choice, raw)) = input.split_first() else {
        return;
    };
    let version = ProtocolVersion::ALL[usize::from(choice % 3)];
    match decode(raw, version) {
        Ok(packet) => {
            let version = match &packet {
                ControlPacket::Connect(connect) => connect.protocol_version,
                _ => version,
            };
            let mut out = Vec::new();
            let length = encode(&packet, version, &mut out).expect("what is read can be written");
            assert_eq!(length, out.len());
            assert_eq!(encoded_len(&packet, version), Ok(length));
            assert!(length <= raw.len());
            assert_eq!(decode(&out, version), Ok(packet));
        }
        Err(error) => {
            assert!(error.offset <= raw.len());
            assert!(error.reason_code().is_error());
            assert!(!error.clause().is_empty() && !error.to_string().is_empty());
        }
    }
});
