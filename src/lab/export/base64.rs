//! Bytes as base64 (RFC 4648, section 4, with padding).

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Appends `bytes` as base64.
pub(in crate::lab) fn write(bytes: &[u8], out: &mut String) {
    for group in bytes.chunks(3) {
        let padded = [0, 1, 2].map(|place| u32::from(group.get(place).copied().unwrap_or(0)));
        let [a, b, c] = padded;
        let word = (a << 16) | (b << 8) | c;
        for place in 0..4 {
            let letter = (word >> (18 - 6 * place)) as usize % 64;
            out.push(match LETTERS.get(letter) {
                Some(letter) if place <= group.len() => char::from(*letter),
                _ => '=',
            });
        }
    }
}

/// The bytes that a text stands for; `None` where it is no base64.
pub(in crate::lab) fn read(text: &str) -> Option<Vec<u8>> {
    let (groups, rest) = text.as_bytes().as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(groups.len() * 3);
    for (place, group) in groups.iter().enumerate() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || (padding > 0 && place + 1 < groups.len()) {
            return None;
        }
        let mut word = 0;
        for &letter in group.iter().take(4 - padding) {
            word = (word << 6) | value(letter)?;
        }
        word <<= 6 * padding;
        let [_, first, second, third] = word.to_be_bytes();
        bytes.extend([first, second, third].iter().take(3 - padding));
    }
    Some(bytes)
}

fn value(letter: u8) -> Option<u32> {
    Some(u32::from(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            let mut out = String::new();
            write(bytes.as_bytes(), &mut out);
            assert_eq!(out, text);
            assert_eq!(read(text).as_deref(), Some(bytes.as_bytes()));
        }
        for wrong in ["Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Z g=", "Zm9v\n"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut out = String::new();
            write(&bytes, &mut out);
            prop_assert_eq!(read(&out), Some(bytes));
        }
    }
}
