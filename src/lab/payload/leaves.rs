//! The values inside a JSON payload, each with the path that leads to it.

use core::fmt;

use super::json::{self, JsonError};
use super::text::as_text;
use crate::lab::json_value::Json;

/// How many values of one payload are looked at, at most.
pub const LEAVES_MAXIMUM: usize = 10_000;

/// One step from a JSON value into it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JsonStep {
    /// To the member of an object with this name.
    Member(String),
    /// To the item of an array at this place, from 0.
    Item(usize),
}

/// The way to a value inside a JSON value; empty: the whole.
///
/// Shown as `sensor.values[2]`, with names that are no plain words as `["room 3"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JsonPath(pub Vec<JsonStep>);

impl fmt::Display for JsonPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                JsonStep::Member(name) if is_plain(name) => {
                    let dot = if place > 0 { "." } else { "" };
                    write!(formatter, "{dot}{name}")?;
                }
                JsonStep::Member(name) => write!(formatter, "[{name:?}]")?,
                JsonStep::Item(item) => write!(formatter, "[{item}]")?,
            }
        }
        Ok(())
    }
}

fn is_plain(name: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || "_-$@".contains(character);
    !name.is_empty() && name.chars().all(is_part)
}

/// A value that has no others inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf<'a> {
    /// A number, as it is written.
    Number(&'a str),
    /// A string with its quotes and escapes, `true`, `false`, `null`, `[]` or `{}`, as it is written.
    Other(&'a str),
}

impl<'a> Leaf<'a> {
    /// As it is written.
    pub const fn text(self) -> &'a str {
        match self {
            Self::Number(text) | Self::Other(text) => text,
        }
    }
}

/// The values of one payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaves<'a> {
    /// In the order in which they stand.
    pub list: Vec<(JsonPath, Leaf<'a>)>,
    /// Whether there are more than [`LEAVES_MAXIMUM`], which are left out.
    pub is_cut: bool,
}

/// A number in a payload.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberAt {
    /// Where; `None`: the payload is a number and nothing else.
    pub path: Option<JsonPath>,
    /// Which.
    pub value: f64,
}

/// All values in a JSON payload.
///
/// # Errors
///
/// Why it is not JSON, and where.
pub fn leaves(payload: &[u8]) -> Result<Leaves<'_>, JsonError> {
    let mut list = Vec::new();
    let mut is_cut = false;
    walk(payload, &mut |steps, leaf| {
        is_cut = list.len() >= LEAVES_MAXIMUM;
        if !is_cut {
            list.push((JsonPath(steps.to_vec()), leaf));
        }
        !is_cut
    })?;
    Ok(Leaves { list, is_cut })
}

/// The numbers that could be drawn from payloads like this one, at most `maximum`: the payload itself
/// where it is a number, or each number in its JSON.
pub fn numbers_in(payload: &[u8], maximum: usize) -> Vec<NumberAt> {
    if let Some(value) = plain_number(payload) {
        return vec![NumberAt { path: None, value }];
    }
    let mut numbers = Vec::new();
    let visited = walk(payload, &mut |steps, leaf| {
        if let Leaf::Number(text) = leaf
            && let Some(value) = finite(text)
        {
            let path = Some(JsonPath(steps.to_vec()));
            numbers.push(NumberAt { path, value });
        }
        numbers.len() < maximum
    });
    if visited.is_err() {
        numbers.clear();
    }
    numbers
}

/// The number in a payload: at a path of its JSON, or, without one, the payload as a whole. `None`
/// where there is none, or none that can be told from infinity.
pub fn number_at(payload: &[u8], path: Option<&JsonPath>) -> Option<f64> {
    let Some(path) = path else {
        return plain_number(payload);
    };
    let mut number = None;
    walk(payload, &mut |steps, leaf| {
        if let Leaf::Number(text) = leaf
            && *steps == *path.0
        {
            number = finite(text);
            return false;
        }
        true
    })
    .ok()?;
    number
}

/// Longer texts are no numbers that anyone has measured.
const LONGEST_NUMBER: usize = 400;

/// Digits with sign, point and exponent, and blanks around: what Rust's reader takes beside that
/// (`inf`, `nan`) is no number here.
fn plain_number(payload: &[u8]) -> Option<f64> {
    if payload.len() > LONGEST_NUMBER {
        return None;
    }
    let text = str::from_utf8(payload).ok()?.trim_ascii();
    let is_number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    finite(text).filter(|_| text.bytes().all(is_number))
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Called for each value until it says `false`.
type Visit<'v, 'a> = dyn FnMut(&[JsonStep], Leaf<'a>) -> bool + 'v;

fn walk<'a>(payload: &'a [u8], visit: &mut Visit<'_, 'a>) -> Result<(), JsonError> {
    // What follows can rely on it: valid, and not too deep to walk.
    json::check_json(payload)?;
    let mut walker = Walker {
        rest: as_text(payload)?,
        steps: Vec::new(),
    };
    let _ = walker.value(visit);
    Ok(())
}

struct Walker<'a> {
    rest: &'a str,
    steps: Vec<JsonStep>,
}

impl<'a> Walker<'a> {
    /// `None` where nobody wants more.
    fn value(&mut self, visit: &mut Visit<'_, 'a>) -> Option<()> {
        self.blanks();
        match self.rest.as_bytes().first()? {
            b'{' => self.parts(visit, '{', '}'),
            b'[' => self.parts(visit, '[', ']'),
            b'"' => {
                let text = self.string()?;
                self.visit(visit, Leaf::Other(text))
            }
            b'-' | b'0'..=b'9' => {
                let text = self.word();
                self.visit(visit, Leaf::Number(text))
            }
            _ => {
                let text = self.word();
                self.visit(visit, Leaf::Other(text))
            }
        }
    }

    /// An object or an array.
    fn parts(&mut self, visit: &mut Visit<'_, 'a>, open: char, close: char) -> Option<()> {
        let start = self.rest;
        self.take(open);
        self.blanks();
        if self.take(close) {
            let length = start.len() - self.rest.len();
            return self.visit(visit, Leaf::Other(start.get(..length)?));
        }
        for item in 0.. {
            self.blanks();
            let step = if open == '{' {
                let name = self.string()?;
                self.blanks();
                self.take(':');
                JsonStep::Member(unquoted(name))
            } else {
                JsonStep::Item(item)
            };
            self.steps.push(step);
            self.value(visit)?;
            self.steps.pop();
            self.blanks();
            if !self.take(',') {
                break;
            }
        }
        self.take(close);
        Some(())
    }

    fn visit(&mut self, visit: &mut Visit<'_, 'a>, leaf: Leaf<'a>) -> Option<()> {
        visit(&self.steps, leaf).then_some(())
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    fn take(&mut self, character: char) -> bool {
        let rest = self.rest.strip_prefix(character);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<&'a str> {
        let bytes = self.rest.as_bytes();
        let mut place = 1;
        loop {
            match bytes.get(place)? {
                b'"' => break,
                b'\\' => place += 2,
                _ => place += 1,
            }
        }
        let (string, rest) = self.rest.split_at_checked(place + 1)?;
        self.rest = rest;
        Some(string)
    }

    /// A number or a name such as `true`.
    fn word(&mut self) -> &'a str {
        let is_end =
            |character: char| !(character.is_ascii_alphanumeric() || "+-.".contains(character));
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }
}

/// The characters of a JSON string.
fn unquoted(string: &str) -> String {
    if string.contains('\\')
        && let Ok(Json::Text(text)) = Json::parse(string)
    {
        return text;
    }
    let inner = string
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(string).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn paths(payload: &str) -> Vec<(String, f64)> {
        let numbers = numbers_in(payload.as_bytes(), 100).into_iter();
        numbers
            .map(|number| (number.path.unwrap_or_default().to_string(), number.value))
            .collect()
    }

    #[test]
    fn numbers_are_found_wherever_they_are() {
        assert_eq!(paths(" 21.5\n"), [(String::new(), 21.5)]);
        assert_eq!(paths("-1e3"), [(String::new(), -1_000.0)]);
        let json = r#"{"t":21.5,"room 3":{"x":[1,{"y":-2e1}],"s":"7"},"a\"b":3,"e":{},"n":null}"#;
        let expected = [
            ("t", 21.5),
            ("[\"room 3\"].x[0]", 1.0),
            ("[\"room 3\"].x[1].y", -20.0),
            ("[\"a\\\"b\"]", 3.0),
        ];
        let expected = expected.map(|(path, value)| (path.to_owned(), value));
        assert_eq!(paths(json), expected);
        for none in [
            "", "nan", "inf", "1 2", "0x10", "{\"t\":1", "21,5", "1e999", "\"7\"", "+", "infinity",
        ] {
            assert_eq!(paths(none), [], "{none}");
        }
    }

    #[test]
    fn a_number_is_read_at_its_path() {
        let payload = br#"[{"v":1},{"v":2.5,"w":"3"}]"#;
        for number in numbers_in(payload, 10) {
            assert_eq!(number_at(payload, number.path.as_ref()), Some(number.value));
        }
        let path = |steps: &[JsonStep]| JsonPath(steps.to_vec());
        let name = |name: &str| JsonStep::Member(name.into());
        let w = path(&[JsonStep::Item(1), name("w")]);
        assert_eq!(number_at(payload, Some(&w)), None, "a string");
        assert_eq!(number_at(b"21.5", None), Some(21.5));
        assert_eq!(number_at(b"21.5", Some(&JsonPath::default())), Some(21.5));
        assert_eq!(number_at(payload, None), None);
        assert_eq!(
            number_at(b"[{\"v\":1}", Some(&path(&[JsonStep::Item(0), name("v")]))),
            None
        );
    }

    #[test]
    fn what_is_too_much_is_cut() {
        let payload = format!("[{}1]", "1,".repeat(20_000));
        let leaves = leaves(payload.as_bytes()).unwrap();
        assert_eq!((leaves.list.len(), leaves.is_cut), (LEAVES_MAXIMUM, true));
        assert_eq!(numbers_in(payload.as_bytes(), 3).len(), 3);
        assert!(super::leaves("[".repeat(200).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn the_leaves_are_those_that_serde_sees(
            text in r#"(\[|\{"a\\n": )*("x\\""|1\.5|\[\]|\{ \}|true)(, ?(1|"ü"|-0))*(\]|\})*"#,
        ) {
            let Ok(leaves) = leaves(text.as_bytes()) else { return Ok(()) };
            let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
            for (path, leaf) in leaves.list {
                let mut value = &whole;
                for step in path.0 {
                    value = match step {
                        JsonStep::Member(name) => &value[name],
                        JsonStep::Item(item) => &value[item],
                    };
                }
                let own: serde_json::Value = serde_json::from_str(leaf.text()).unwrap();
                prop_assert_eq!(value, &own);
                prop_assert_eq!(own.is_number(), matches!(leaf, Leaf::Number(_)));
            }
        }
    }
}
