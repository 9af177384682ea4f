//! Packets as rows describe them, and whether one that has come fits.

use std::collections::BTreeMap;

use super::packet::{Packet, Value, is_property};
use super::script::bytes_of;

/// Whether a packet fits a pattern, and what is learnt from it.
pub(super) fn matches(
    packet: &Packet,
    words: &[String],
    five: bool,
    variables: &BTreeMap<String, Vec<u8>>,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let wrong = |what: &str| Err(format!("{what} in {packet:?}"));
    let (name, rest) = words.split_first().ok_or("no packet")?;
    if packet.name != name {
        return wrong("another packet");
    }
    let mut captured = BTreeMap::new();
    let mut asked: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for word in rest {
        if let Some(absent) = word.strip_prefix('!') {
            if packet.fields.contains_key(absent) {
                return wrong(word);
            }
            asked.entry(absent).or_default();
            continue;
        }
        if word == "any" {
            continue;
        }
        let (field, value) = word.split_once('=').ok_or("no value")?;
        asked.entry(field).or_default().push(value);
    }
    for (field, values) in &asked {
        let is_of_5 = is_property(field) || *field == "code";
        let is_of_3 = *field == "return";
        if (is_of_5 && !five) || (is_of_3 && five) || values.is_empty() {
            continue;
        }
        if *field == "codes" {
            if name == "unsuback" && !five {
                continue;
            }
            let wanted: Vec<&str> = values[0].split(',').collect();
            let found = packet.fields.get(field).map_or(&[][..], Vec::as_slice);
            let fits = wanted.len() == found.len()
                && wanted.iter().zip(found).all(|(wanted, found)| {
                    wanted.split('|').any(|w| {
                        let code = u32::from_str_radix(w, 16).unwrap_or(999);
                        let code = if !five && code >= 0x80 { 0x80 } else { code };
                        *found == Value::Number(code)
                    })
                });
            if !fits {
                return wrong("other codes");
            }
            continue;
        }
        let found = packet.fields.get(field).map_or(&[][..], Vec::as_slice);
        if found.len() != values.len() {
            return wrong(&format!("{field} {} times", found.len()));
        }
        for (value, found) in values.iter().zip(found) {
            if let Some(variable) = value.strip_prefix('$') {
                let now = match found {
                    Value::Number(number) => number.to_string().into_bytes(),
                    Value::Bytes(bytes) => bytes.clone(),
                };
                let known = captured.get(variable).or(variables.get(variable));
                match known {
                    Some(known) if *known != now => return wrong(field),
                    _ => drop(captured.insert(variable.to_owned(), now)),
                }
                continue;
            }
            if !value_fits(field, value, found)? {
                return wrong(field);
            }
        }
    }
    // A message that is given on must not gain or lose anything.
    if packet.name == "publish" && !rest.iter().any(|word| word == "any") {
        let more = packet
            .fields
            .keys()
            .find(|field| is_property(field) && **field != "alias" && !asked.contains_key(**field));
        if let Some(more) = more {
            return wrong(&format!("unexpected {more}"));
        }
    }
    Ok(captured)
}

fn value_fits(field: &str, value: &str, found: &Value) -> Result<bool, String> {
    match found {
        Value::Bytes(bytes) => Ok(value == "*" || *bytes == bytes_of(value)?),
        Value::Number(number) => {
            let radix = if matches!(field, "code") { 16 } else { 10 };
            let parse = |text: &str| {
                u32::from_str_radix(text, radix).map_err(|_| format!("{text} is no number"))
            };
            for alternative in value.split('|') {
                let fits = if alternative == "*" {
                    true
                } else if let Some((from, to)) = alternative.split_once("..") {
                    (parse(from)?..=parse(to)?).contains(number)
                } else {
                    parse(alternative)? == *number
                };
                if fits {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}
