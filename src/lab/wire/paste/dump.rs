//! Dumps: lines of an offset, bytes, and perhaps the same as characters, as Wireshark, `xxd` and
//! `hexdump -C` write them.

/// The most bytes in a line of a dump.
const LINE_MAXIMUM: usize = 64;

/// The bytes of a dump; `None` where a text is none. It is one where every line begins with an offset, and each offset is
/// the one before it and the bytes of that line.
pub(super) fn read(text: &str) -> Option<Vec<u8>> {
    let lines: Vec<(u64, &str)> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(offset_and_rest)
        .collect::<Option<_>>()?;
    let (first, _) = *lines.first()?;
    if first != 0 && lines.len() < 2 {
        return None;
    }
    let mut bytes: Vec<u8> = Vec::new();
    for (place, (offset, rest)) in lines.iter().enumerate() {
        if *offset != first + bytes.len() as u64 {
            return None;
        }
        let next = lines.get(place + 1).map(|(offset, _)| *offset);
        // The next offset tells how many bytes there are, whatever stands behind them.
        let count = match next {
            Some(next) => usize::try_from(next.checked_sub(*offset)?).ok()?,
            None => LINE_MAXIMUM,
        };
        if count > LINE_MAXIMUM {
            return None;
        }
        let line = line_bytes(rest, count)?;
        if next.is_some() && line.len() != count {
            return None;
        }
        bytes.extend(line);
    }
    Some(bytes)
}

/// The offset at the beginning of a line: four to eight digits with a colon or a space behind them.
fn offset_and_rest(line: &str) -> Option<(u64, &str)> {
    let line = line.trim_start();
    let end = line.find(|one: char| !one.is_ascii_hexdigit());
    let (digits, rest) = line.split_at(end.unwrap_or(line.len()));
    if !(4..=8).contains(&digits.len()) {
        return None;
    }
    let offset = u64::from_str_radix(digits, 16).ok()?;
    match rest.strip_prefix(':') {
        Some(rest) => Some((offset, rest)),
        None if rest.is_empty() || rest.starts_with([' ', '\t']) => Some((offset, rest)),
        None => None,
    }
}

/// Up to `count` bytes from the front of a line, up to the column of characters.
fn line_bytes(line: &str, count: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = line;
    while bytes.len() < count {
        let trimmed = rest.trim_start_matches([' ', '\t']);
        let gap = rest.len() - trimmed.len();
        if trimmed.is_empty() || trimmed.starts_with('|') {
            break;
        }
        if gap >= 2 && !bytes.is_empty() && is_as_characters(trimmed, &bytes) {
            break;
        }
        let end = trimmed.find([' ', '\t']).unwrap_or(trimmed.len());
        let (word, behind) = trimmed.split_at(end);
        let Some(pairs) = pairs(word) else {
            // What is no digits can only be the column of characters.
            return (gap >= 2 && !bytes.is_empty()).then_some(bytes);
        };
        bytes.extend(pairs);
        rest = behind;
    }
    (bytes.len() <= count).then_some(bytes)
}

/// Whether a text shows these bytes as characters, with something else for those that have none.
fn is_as_characters(text: &str, bytes: &[u8]) -> bool {
    let text = text.trim_end();
    let shown = text.chars().count();
    // White space at the end may be lost.
    let is_length = shown <= bytes.len()
        && bytes
            .iter()
            .skip(shown)
            .all(|byte| byte.is_ascii_whitespace());
    is_length
        && text.chars().zip(bytes).all(|(character, byte)| match byte {
            b'!'..=b'~' => character == char::from(*byte),
            _ => !character.is_ascii_alphanumeric(),
        })
}

/// The bytes of a word of pairs of digits.
fn pairs(word: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = word.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    pairs
        .iter()
        .map(|[high, low]| Some((digit(*high)? << 4 | digit(*low)?) as u8))
        .collect()
}
