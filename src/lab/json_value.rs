//! A JSON value as a tree: what the lab's own files and stored values are read from and written to.
//!
//! One type for all of them keeps one reader and one writer in the page, where deriving them made
//! a pair for every struct and cost several times as much to download.

use core::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value. Numbers are those which the lab itself writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json {
    Null,
    Flag(bool),
    Number(u64),
    /// A number that is negative, too large or no integer: read, so that fields which another
    /// version of the page has written do no harm, and understood by nothing.
    OtherNumber,
    Text(String),
    List(Vec<Self>),
    /// Names in the order in which they stand. Where one repeats, the first is the one found.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// Reads a whole text.
    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// What an object has under `name`.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else {
            return None;
        };
        let found = members.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value)
    }

    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub(super) const fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The values of a list, if it is one.
    pub(super) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(values) => Some(values),
            _ => None,
        }
    }

    /// Appends the value to `out`, without white space.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Null | Self::OtherNumber => out.push_str("null"),
            Self::Flag(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Text(text) => write_text(text, out),
            Self::List(values) => {
                out.push('[');
                for (index, value) in values.iter().enumerate() {
                    separate(index, out);
                    value.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    separate(index, out);
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

fn write_text(text: &str, out: &mut String) {
    // A text has nothing that JSON could refuse.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Flag(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::OtherNumber)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::OtherNumber)
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = values.next_element()? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(name) = members.next_key()? {
            object.push((name, members.next_value()?));
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_what_was_read() {
        let text =
            r#"{"a":[null,true,false,0,18446744073709551615,"q\"\\\n\u0001é"],"b":{},"":[]}"#;
        let mut written = String::new();
        Json::parse(text).unwrap().write(&mut written);
        assert_eq!(written, text);
    }

    #[test]
    fn numbers_that_the_lab_does_not_write_are_read_and_not_understood() {
        for text in ["-1", "1.5", "1e3", "18446744073709551616", "-0"] {
            let json = Json::parse(text).unwrap();
            assert_eq!((json.number(), json), (None, Json::OtherNumber), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let texts = [
            "",
            " ",
            "{",
            "{\"a\" 1}",
            "{\"a\":1,}",
            "{\"a\":}",
            "{,}",
            "[1,]",
            "[,]",
            "[1",
            "[1}",
            "nul",
            "nulll",
            "1 2",
            "{1:2}",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "1e+",
            "+1",
            "0x1",
            "'a'",
            "\"",
            "\"a",
            "\"\\\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\\u+123\"",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "\"\n\"",
            "\"\u{1}\"",
            "true false",
            "\u{a0}1",
            "[1]]",
        ];
        for text in texts {
            assert!(Json::parse(text).is_err(), "{text}");
        }
        assert!(Json::parse(&"[".repeat(1_000_000)).is_err());
    }

    #[test]
    fn white_space_stands_anywhere_and_escapes_are_read() {
        let json =
            Json::parse(" \t\r\n{ \"a\" : [ 1 , \"\\u00e9\\ud83d\\ude00\\/\\b\\f\\r\\t\" ] } ")
                .unwrap();
        let list = json.member("a").unwrap().list().unwrap();
        assert_eq!(list[1].text(), Some("\u{e9}\u{1f600}/\u{8}\u{c}\r\t"));
    }

    #[test]
    fn as_deep_as_anybody_needs() {
        let nested = |depth| ["[".repeat(depth), "]".repeat(depth)].concat();
        assert!(Json::parse(&nested(100)).is_ok());
        assert!(Json::parse(&nested(200)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_json(text in any::<String>()) {
            let mut written = String::new();
            Json::Text(text.clone()).write(&mut written);
            prop_assert_eq!(serde_json::from_str::<String>(&written).ok(), Some(text.clone()));
            prop_assert_eq!(Json::parse(&written).unwrap(), Json::Text(text));
        }
    }

    #[test]
    fn each_value_is_read_as_what_it_is_alone() {
        let json = Json::parse(r#"{"n":1,"t":"x","l":[2],"n":3}"#).unwrap();
        let member = |name| json.member(name).unwrap();
        assert_eq!(member("n").number(), Some(1), "the first counts");
        assert_eq!(member("t").text(), Some("x"));
        assert_eq!(member("l").list(), Some(&[Json::Number(2)][..]));
        assert_eq!(member("n").text().or(member("l").text()), None);
        assert_eq!(member("t").number().or(member("l").number()), None);
        assert_eq!(member("t").list().or(json.list()), None);
        assert_eq!(json.member("m").or(member("t").member("n")), None);
    }
}
