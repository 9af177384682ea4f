//! The one check that every text field of a Control Packet goes through.
//!
//! A UTF-8 Encoded String must be well formed (no surrogates, no overlong forms) and must not hold
//! U+0000 [MQTT-1.5.4-1, MQTT-1.5.4-2]; a Topic Name must not hold a wildcard either
//! [MQTT-4.7.0-1]. Both searches run eight bytes at a time, because they stand in the path of
//! every packet.

/// The longest UTF-8 Encoded String, in bytes: its length is sent as two bytes (section 1.5.4).
pub const MAXIMUM_TEXT_LENGTH: usize = 65_535;

/// Why bytes are not a UTF-8 Encoded String.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextFault {
    /// Not well-formed UTF-8 from this byte on.
    NotUtf8 { offset: usize },
    /// U+0000 at this byte.
    NullCharacter { offset: usize },
}

/// The text of a field, when `bytes` are exactly that field without its two length bytes.
pub(crate) fn check_text(bytes: &[u8]) -> Result<&str, TextFault> {
    let text = match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            return Err(TextFault::NotUtf8 {
                offset: error.valid_up_to(),
            });
        }
    };
    if holds_null(bytes) {
        let offset = position(bytes, |byte| byte == 0);
        return Err(TextFault::NullCharacter { offset });
    }
    Ok(text)
}

/// Whether `bytes` hold U+0000.
pub(crate) fn holds_null(bytes: &[u8]) -> bool {
    any_word(bytes, has_zero_byte)
}

/// Whether `bytes` are ASCII without U+0000, `+` and `#`, as nearly all Topic Names are.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn is_plain_topic(bytes: &[u8]) -> bool {
    gather_words(bytes, topic_marks) & TOP_BITS == 0
}

/// The same, word by word without looking ahead: for a few words that is faster.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn is_short_plain_topic(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        if topic_marks(u64::from_ne_bytes(*word)) & TOP_BITS != 0 {
            return false;
        }
    }
    match bytes.last_chunk::<8>() {
        // The last eight bytes overlap those already seen, which costs less than a loop.
        Some(last) => topic_marks(u64::from_ne_bytes(*last)) & TOP_BITS == 0,
        None => is_plain_rest(rest),
    }
}

/// Apart, because few names are so short.
#[inline(never)]
fn is_plain_rest(bytes: &[u8]) -> bool {
    is_plain_topic(bytes)
}

/// Has a top bit set where the eight bytes of `word` are not ASCII without U+0000, `+` and `#`.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
const fn topic_marks(word: u64) -> u64 {
    const WITHOUT_BIT_3: u64 = u64::from_ne_bytes([0xf7; 8]);
    const NUMBER_SIGNS: u64 = u64::from_ne_bytes([b'#'; 8]);
    // In a word of ASCII alone, only a byte of zero makes the subtraction reach a top bit.
    let nulls = word.wrapping_sub(ONES);
    let wildcards = ((word & WITHOUT_BIT_3) ^ NUMBER_SIGNS).wrapping_sub(ONES);
    word | nulls | wildcards
}

/// Whether `bytes` are ASCII without U+0000.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn is_plain_text(bytes: &[u8]) -> bool {
    gather_words(bytes, |word| word | word.wrapping_sub(ONES)) & TOP_BITS == 0
}

/// What `marks` makes of all words, bit by bit together.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn gather_words(bytes: &[u8], marks: impl Fn(u64) -> u64) -> u64 {
    if let Some(last) = bytes.last_chunk::<8>() {
        let (words, _) = bytes.as_chunks::<8>();
        let mut all = marks(u64::from_ne_bytes(*last));
        for word in words {
            all |= marks(u64::from_ne_bytes(*word));
        }
        return all;
    }
    let mut word = u64::from_ne_bytes([b'a'; 8]);
    for &byte in bytes {
        word = (word << 8) | u64::from(byte);
    }
    marks(word)
}

/// Whether `bytes` hold U+0000, `+` or `#`.
pub(crate) fn holds_null_or_wildcard(bytes: &[u8]) -> bool {
    // `#` is 0x23 and `+` is 0x2b: with bit 3 cleared they are the same byte.
    const WITHOUT_BIT_3: u64 = u64::from_ne_bytes([0xf7; 8]);
    const NUMBER_SIGNS: u64 = u64::from_ne_bytes([b'#'; 8]);
    any_word(bytes, |word| {
        has_zero_byte(word) || has_zero_byte((word & WITHOUT_BIT_3) ^ NUMBER_SIGNS)
    })
}

/// The offset of the first byte that `is_wanted`, or the length where there is none.
pub(crate) fn position(bytes: &[u8], is_wanted: impl Fn(u8) -> bool) -> usize {
    let found = bytes.iter().position(|&byte| is_wanted(byte));
    found.unwrap_or(bytes.len())
}

const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
const TOP_BITS: u64 = u64::from_ne_bytes([0x80; 8]);

#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn any_word(bytes: &[u8], is_hit: impl Fn(u64) -> bool) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        if is_hit(u64::from_ne_bytes(*word)) {
            return true;
        }
    }
    if rest.is_empty() {
        return false;
    }
    // The last eight bytes overlap those already seen, which costs less than a loop over the rest.
    if let Some(last) = bytes.last_chunk::<8>() {
        return is_hit(u64::from_ne_bytes(*last));
    }
    // Fewer than eight bytes in all: fill the word up with a byte that is never looked for.
    let mut word = u64::from_ne_bytes([b'a'; 8]);
    for &byte in rest {
        word = (word << 8) | u64::from(byte);
    }
    is_hit(word)
}

/// Whether one of the eight bytes of `word` is zero: subtracting one borrows into the top bit of
/// a byte that was zero, and of no byte under 0x80 that was not, unless a lower byte was zero.
const fn has_zero_byte(word: u64) -> bool {
    word.wrapping_sub(ONES) & !word & TOP_BITS != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_well_formed_utf8_without_null() {
        assert_eq!(check_text(b""), Ok(""));
        assert_eq!(check_text("grüße/😀".as_bytes()), Ok("grüße/😀"));
        // A surrogate, an overlong slash, a lone continuation byte, a cut character.
        for (bytes, offset) in [
            (&b"a\xed\xa0\x80"[..], 1),
            (b"\xc0\xaf", 0),
            (b"ab\x80", 2),
            (b"abc\xf0\x9f\x98", 3),
        ] {
            assert_eq!(check_text(bytes), Err(TextFault::NotUtf8 { offset }));
        }
        // U+FEFF, noncharacters and control characters other than U+0000 are allowed.
        let odd = "\u{feff}\u{ffff}\u{1}\u{7f}";
        assert_eq!(check_text(odd.as_bytes()), Ok(odd));
    }

    #[test]
    fn one_wanted_byte_is_found_at_every_place_in_every_length() {
        for length in 1..40 {
            for fill in [
                b'a', 0x01, 0x22, 0x24, 0x2a, 0x2c, 0x33, 0x7f, 0x80, 0xa3, 0xff,
            ] {
                let clean = vec![fill; length];
                assert!(!holds_null(&clean));
                assert!(!holds_null_or_wildcard(&clean));
                assert_eq!(is_plain_topic(&clean), fill < 0x80);
                assert_eq!(is_plain_text(&clean), fill < 0x80);
                for place in 0..length {
                    for wanted in [0, b'+', b'#'] {
                        let mut bytes = clean.clone();
                        bytes[place] = wanted;
                        assert_eq!(holds_null(&bytes), wanted == 0);
                        assert!(holds_null_or_wildcard(&bytes), "{bytes:?}");
                        assert!(!is_plain_topic(&bytes));
                        assert_eq!(is_plain_text(&bytes), wanted != 0 && bytes.is_ascii());
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_word_search_agrees_with_the_plain_one(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(holds_null(&bytes), bytes.contains(&0));
            let plain = bytes.iter().any(|byte| matches!(byte, 0 | b'+' | b'#'));
            prop_assert_eq!(holds_null_or_wildcard(&bytes), plain);
            prop_assert_eq!(is_plain_topic(&bytes), bytes.is_ascii() && !plain);
            prop_assert_eq!(is_plain_text(&bytes), bytes.is_ascii() && !bytes.contains(&0));
        }
    }
}
