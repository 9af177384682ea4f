//! Any bytes taken apart: the same verdict as the decoder's, and spans that tile the packet.
//! The first byte chooses the version.

#![no_main]

use mqtt_lab::codec::{ProtocolVersion, decode, dissect};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((choice, raw)) = input.split_first() else {
        return;
    };
    let version = ProtocolVersion::ALL[usize::from(choice % 3)];
    let dissection = dissect(raw, version);
    assert_eq!(dissection.error, decode(raw, version).err());
    let mut end = 0;
    for field in &dissection.fields {
        assert!(field.span.start <= field.span.end && field.span.end <= raw.len());
        if field.is_leaf() {
            assert_eq!(field.span.start, end);
            end = field.span.end;
        }
    }
    assert_eq!(end, raw.len());
});
