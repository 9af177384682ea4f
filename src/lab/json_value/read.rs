//! Reads JSON as RFC 8259 has it.

use super::Json;

/// How deep values may stand in each other: far deeper than those which the lab writes, and not so deep
/// that reading them could take too much of the stack.
const DEPTH_MAXIMUM: u8 = 128;

/// The value that `text` is; `None` where it is none.
pub(super) fn whole(text: &str) -> Option<Json> {
    let mut rest = Rest(text);
    let value = rest.value(DEPTH_MAXIMUM)?;
    rest.skip_space();
    rest.0.is_empty().then_some(value)
}

/// What has not been read yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn value(&mut self, depth: u8) -> Option<Json> {
        self.skip_space();
        match self.0.as_bytes().first()? {
            b'{' => self.object(depth.checked_sub(1)?),
            b'[' => self.list(depth.checked_sub(1)?),
            b'"' => self.text().map(Json::Text),
            b'-' | b'0'..=b'9' => self.number(),
            _ if self.takes("null") => Some(Json::Null),
            _ if self.takes("true") => Some(Json::Flag(true)),
            _ if self.takes("false") => Some(Json::Flag(false)),
            _ => None,
        }
    }

    fn object(&mut self, depth: u8) -> Option<Json> {
        let mut members = Vec::new();
        let mut place = 0;
        while self.is_within("{", place, "}")? {
            self.skip_space();
            let name = self.text()?;
            self.skip_space();
            if !self.takes(":") {
                return None;
            }
            members.push((name, self.value(depth)?));
            place += 1;
        }
        Some(Json::Object(members))
    }

    fn list(&mut self, depth: u8) -> Option<Json> {
        let mut values = Vec::new();
        while self.is_within("[", values.len(), "]")? {
            values.push(self.value(depth)?);
        }
        Some(Json::List(values))
    }

    /// Whether another value follows after so many, or the end; `None` where neither does.
    fn is_within(&mut self, open: &str, place: usize, close: &str) -> Option<bool> {
        if place == 0 {
            self.takes(open);
        }
        self.skip_space();
        if self.takes(close) {
            Some(false)
        } else if place == 0 || self.takes(",") {
            Some(true)
        } else {
            None
        }
    }

    fn text(&mut self) -> Option<String> {
        if !self.takes("\"") {
            return None;
        }
        let mut text = String::new();
        loop {
            match self.character()? {
                '"' => return Some(text),
                '\\' => text.push(self.escaped()?),
                '\0'..='\u{1f}' => return None,
                character => text.push(character),
            }
        }
    }

    /// The character behind a backslash.
    fn escaped(&mut self) -> Option<char> {
        Some(match self.character()? {
            character @ ('"' | '\\' | '/') => character,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let unit = self.unit()?;
                // Beyond U+FFFF there are two, the halves of a surrogate pair.
                let code = match unit {
                    0xd800..=0xdbff if self.takes("\\u") => match self.unit()? {
                        low @ 0xdc00..=0xdfff => {
                            0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                        }
                        _ => return None,
                    },
                    unit => unit,
                };
                char::from_u32(code)?
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + self.character()?.to_digit(16)?;
        }
        Some(unit)
    }

    fn number(&mut self) -> Option<Json> {
        let is_negative = self.takes("-");
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with('0') {
            return None;
        }
        let mut is_whole = !is_negative;
        if self.takes(".") {
            is_whole = false;
            self.digits()?;
        }
        if self.takes("e") || self.takes("E") {
            is_whole = false;
            let _ = self.takes("+") || self.takes("-");
            self.digits()?;
        }
        let number = whole.parse().ok().filter(|_| is_whole);
        Some(number.map_or(Json::OtherNumber, Json::Number))
    }

    /// One digit at the least.
    fn digits(&mut self) -> Option<&'a str> {
        let bytes = self.0.bytes();
        let count = bytes.take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        (count > 0).then_some(digits)
    }

    fn skip_space(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    /// Whether `token` is next, which is then read.
    fn takes(&mut self, token: &str) -> bool {
        let rest = self.0.strip_prefix(token);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn character(&mut self) -> Option<char> {
        let mut characters = self.0.chars();
        let character = characters.next();
        self.0 = characters.as_str();
        character
    }
}
