//! Control Packets as the scripts write and read them: built and taken apart here, not by the codec
//! under test.

use std::collections::BTreeMap;

use super::script::{bytes_of, number_of};

/// Which protocol a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    V3_1,
    V3_1_1,
    V5_0,
}

impl Version {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "3.1" => Some(Self::V3_1),
            "3.1.1" => Some(Self::V3_1_1),
            "5.0" => Some(Self::V5_0),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::V3_1 => "3.1",
            Self::V3_1_1 => "3.1.1",
            Self::V5_0 => "5.0",
        }
    }

    pub fn is_5(self) -> bool {
        self == Self::V5_0
    }
}

const TYPES: [&str; 16] = [
    "reserved",
    "connect",
    "connack",
    "publish",
    "puback",
    "pubrec",
    "pubrel",
    "pubcomp",
    "subscribe",
    "suback",
    "unsubscribe",
    "unsuback",
    "pingreq",
    "pingresp",
    "disconnect",
    "auth",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Byte,
    Two,
    Four,
    Variable,
    Bytes,
    Pair,
}

const PROPERTIES: [(&str, u8, Form); 27] = [
    ("format", 1, Form::Byte),
    ("expiry", 2, Form::Four),
    ("content-type", 3, Form::Bytes),
    ("response-topic", 8, Form::Bytes),
    ("correlation", 9, Form::Bytes),
    ("subid", 11, Form::Variable),
    ("session-expiry", 17, Form::Four),
    ("assigned-id", 18, Form::Bytes),
    ("server-keep-alive", 19, Form::Two),
    ("auth-method", 21, Form::Bytes),
    ("auth-data", 22, Form::Bytes),
    ("request-problem", 23, Form::Byte),
    ("delay", 24, Form::Four),
    ("request-response", 25, Form::Byte),
    ("response-info", 26, Form::Bytes),
    ("server-reference", 28, Form::Bytes),
    ("reason", 31, Form::Bytes),
    ("receive-maximum", 33, Form::Two),
    ("alias-maximum", 34, Form::Two),
    ("alias", 35, Form::Two),
    ("maximum-qos", 36, Form::Byte),
    ("retain-available", 37, Form::Byte),
    ("user-property", 38, Form::Pair),
    ("maximum-packet-size", 39, Form::Four),
    ("wildcard-available", 40, Form::Byte),
    ("subid-available", 41, Form::Byte),
    ("shared-available", 42, Form::Byte),
];

/// What a field of a packet holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Number(u32),
    Bytes(Vec<u8>),
}

/// A packet from the Server, taken apart.
#[derive(Clone, Debug)]
pub struct Packet {
    pub name: &'static str,
    /// Fields and properties by their names in the scripts, repeated ones in order.
    pub fields: BTreeMap<&'static str, Vec<Value>>,
    pub raw: Vec<u8>,
}

impl Packet {
    pub fn number(&self, field: &str) -> Option<u32> {
        match self.fields.get(field)?.first()? {
            Value::Number(number) => Some(*number),
            Value::Bytes(_) => None,
        }
    }

    /// The packet at the front of `bytes`, taken off; `None` while it is not whole.
    pub fn take(bytes: &mut Vec<u8>, version: Version) -> Result<Option<Self>, String> {
        let Some((header, length)) = whole(bytes)? else {
            return Ok(None);
        };
        let raw: Vec<u8> = bytes.drain(..header + length).collect();
        let packet = Self::parse(&raw, header, version)
            .map_err(|what| format!("the Server sent {raw:02x?}: {what}"))?;
        Ok(Some(packet))
    }

    fn parse(raw: &[u8], header: usize, version: Version) -> Result<Self, String> {
        let name = TYPES[usize::from(raw[0] >> 4)];
        let mut reader = Reader(&raw[header..]);
        let mut packet = Self {
            name,
            fields: BTreeMap::new(),
            raw: raw.to_vec(),
        };
        let flags = raw[0] & 15;
        let usual = match name {
            "pubrel" => 2,
            _ => 0,
        };
        if name != "publish" && flags != usual {
            return Err(format!("flags {flags:#x}"));
        }
        match name {
            "connack" => packet.read_connack(&mut reader, version)?,
            "publish" => packet.read_publish(&mut reader, version, flags)?,
            "puback" | "pubrec" | "pubrel" | "pubcomp" => {
                packet.set("id", u32::from(reader.two()?));
                if version.is_5() {
                    let code = if reader.0.is_empty() {
                        0
                    } else {
                        reader.one()?
                    };
                    packet.set("code", u32::from(code));
                    if !reader.0.is_empty() {
                        packet.read_properties(&mut reader)?;
                    }
                }
            }
            "suback" | "unsuback" => {
                packet.set("id", u32::from(reader.two()?));
                if version.is_5() {
                    packet.read_properties(&mut reader)?;
                }
                while !reader.0.is_empty() {
                    packet.add("codes", Value::Number(u32::from(reader.one()?)));
                }
            }
            "pingresp" => {}
            "disconnect" | "auth" if version.is_5() => {
                let code = if reader.0.is_empty() {
                    0
                } else {
                    reader.one()?
                };
                packet.set("code", u32::from(code));
                if !reader.0.is_empty() {
                    packet.read_properties(&mut reader)?;
                }
            }
            _ => return Err(format!("{name} is not for a Server to send")),
        }
        if reader.0.is_empty() {
            Ok(packet)
        } else {
            Err(format!("{} bytes too many", reader.0.len()))
        }
    }

    fn read_connack(&mut self, reader: &mut Reader<'_>, version: Version) -> Result<(), String> {
        let flags = reader.one()?;
        if flags > 1 {
            return Err(format!("acknowledge flags {flags:#x}"));
        }
        self.set("present", u32::from(flags));
        let code = u32::from(reader.one()?);
        if version.is_5() && !reader.0.is_empty() {
            self.set("code", code);
            self.read_properties(reader)?;
        } else {
            self.set("return", code);
        }
        Ok(())
    }

    fn read_publish(
        &mut self,
        reader: &mut Reader<'_>,
        version: Version,
        flags: u8,
    ) -> Result<(), String> {
        let qos = flags >> 1 & 3;
        self.set("q", u32::from(qos));
        self.set("retain", u32::from(flags & 1));
        self.set("dup", u32::from(flags >> 3));
        if qos == 3 || (qos == 0 && flags & 8 != 0) {
            return Err(format!("flags {flags:#x}"));
        }
        let topic = reader.bytes()?.to_vec();
        self.add("t", Value::Bytes(topic));
        if qos > 0 {
            let id = reader.two()?;
            if id == 0 {
                return Err("Packet Identifier 0".to_owned());
            }
            self.set("id", u32::from(id));
        }
        if version.is_5() {
            self.read_properties(reader)?;
        }
        self.add("p", Value::Bytes(reader.0.to_vec()));
        reader.0 = &[];
        Ok(())
    }

    fn read_properties(&mut self, reader: &mut Reader<'_>) -> Result<(), String> {
        let length = reader.variable()? as usize;
        let mut run = Reader(reader.take(length)?);
        while !run.0.is_empty() {
            let id = run.one()?;
            let (name, _, form) = PROPERTIES
                .iter()
                .find(|(_, known, _)| *known == id)
                .ok_or_else(|| format!("unknown property {id}"))?;
            let value = match form {
                Form::Byte => Value::Number(u32::from(run.one()?)),
                Form::Two => Value::Number(u32::from(run.two()?)),
                Form::Four => Value::Number(run.four()?),
                Form::Variable => Value::Number(run.variable()?),
                Form::Bytes => Value::Bytes(run.bytes()?.to_vec()),
                Form::Pair => {
                    let mut pair = run.bytes()?.to_vec();
                    pair.push(b':');
                    pair.extend(run.bytes()?);
                    Value::Bytes(pair)
                }
            };
            let repeats = matches!(*name, "user-property" | "subid");
            if !repeats && self.fields.contains_key(name) {
                return Err(format!("{name} twice"));
            }
            self.add(name, value);
        }
        Ok(())
    }

    fn set(&mut self, name: &'static str, number: u32) {
        self.add(name, Value::Number(number));
    }

    fn add(&mut self, name: &'static str, value: Value) {
        self.fields.entry(name).or_default().push(value);
    }
}

/// The lengths of header and body once the whole packet is there.
fn whole(bytes: &[u8]) -> Result<Option<(usize, usize)>, String> {
    let mut length = 0;
    for at in 0..4 {
        let Some(&byte) = bytes.get(1 + at) else {
            return Ok(None);
        };
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            if at > 0 && byte == 0 {
                return Err("a Remaining Length in more bytes than it needs".to_owned());
            }
            let header = 2 + at;
            return Ok((bytes.len() >= header + length).then_some((header, length)));
        }
    }
    Err("a Remaining Length of five bytes".to_owned())
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or_else(|| format!("ends before {length} more bytes"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn one(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn two(&mut self) -> Result<u16, String> {
        let taken = self.take(2)?;
        Ok(u16::from_be_bytes([taken[0], taken[1]]))
    }

    fn four(&mut self) -> Result<u32, String> {
        let taken = self.take(4)?;
        Ok(u32::from_be_bytes([taken[0], taken[1], taken[2], taken[3]]))
    }

    fn variable(&mut self) -> Result<u32, String> {
        let mut value = 0;
        for at in 0..4 {
            let byte = self.one()?;
            value |= u32::from(byte & 0x7f) << (7 * at);
            if byte < 0x80 {
                if at > 0 && byte == 0 {
                    return Err("a variable byte integer that is not the shortest".to_owned());
                }
                return Ok(value);
            }
        }
        Err("a variable byte integer of five bytes".to_owned())
    }

    fn bytes(&mut self) -> Result<&'a [u8], String> {
        let length = self.two()?;
        self.take(usize::from(length))
    }
}

/// The fields of one step: `name=value`, or a bare word.
#[derive(Clone, Debug, Default)]
pub struct Fields(pub Vec<(String, Vec<u8>)>);

impl Fields {
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let found = self.0.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn number(&self, name: &str) -> Result<Option<u32>, String> {
        self.get(name).map(number_of).transpose()
    }

    fn or(&self, name: &str, otherwise: u32) -> Result<u32, String> {
        Ok(self.number(name)?.unwrap_or(otherwise))
    }

    fn text(&self, name: &str, otherwise: &str) -> Vec<u8> {
        self.get(name)
            .map_or_else(|| otherwise.as_bytes().to_vec(), <[u8]>::to_vec)
    }

    fn properties(&self, prefix: &str) -> Result<Vec<u8>, String> {
        let mut run = Vec::new();
        for (name, value) in &self.0 {
            let Some(name) = name.strip_prefix(prefix) else {
                continue;
            };
            let Some((_, id, form)) = PROPERTIES.iter().find(|(known, ..)| *known == name) else {
                continue;
            };
            run.push(*id);
            match form {
                Form::Byte => run.push(number_of(value)? as u8),
                Form::Two => run.extend((number_of(value)? as u16).to_be_bytes()),
                Form::Four => run.extend(number_of(value)?.to_be_bytes()),
                Form::Variable => run.extend(variable(number_of(value)? as usize)),
                Form::Bytes => run.extend(prefixed(value)),
                Form::Pair => {
                    let at = value.iter().position(|&byte| byte == b':');
                    let at = at.ok_or_else(|| format!("{name} needs name:value"))?;
                    run.extend(prefixed(&value[..at]));
                    run.extend(prefixed(&value[at + 1..]));
                }
            }
        }
        let mut all = variable(run.len());
        all.extend(run);
        Ok(all)
    }
}

/// Whether a field belongs to the properties, which versions before 5.0 do not have.
pub fn is_property(name: &str) -> bool {
    PROPERTIES.iter().any(|(known, ..)| *known == name)
}

fn variable(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value % 128) as u8;
        value /= 128;
        bytes.push(if value > 0 { low | 0x80 } else { low });
        if value == 0 {
            return bytes;
        }
    }
}

fn prefixed(bytes: &[u8]) -> Vec<u8> {
    let mut all = (bytes.len() as u16).to_be_bytes().to_vec();
    all.extend(bytes);
    all
}

fn with_header(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    packet.extend(variable(body.len()));
    packet.extend(body);
    packet
}

/// The bytes of a packet a script names. `filters` are those of SUBSCRIBE and UNSUBSCRIBE, as
/// written: `filter:qos,nl,rap,rh1`.
pub fn build(
    name: &str,
    fields: &Fields,
    filters: &[String],
    version: Version,
) -> Result<Vec<u8>, String> {
    let number = TYPES.iter().position(|known| *known == name);
    let number = number.ok_or_else(|| format!("there is no packet {name}"))? as u8;
    let usual = if matches!(name, "pubrel" | "subscribe" | "unsubscribe") {
        2
    } else {
        0
    };
    let flags = fields.or("flags", usual)? as u8;
    let five = version.is_5();
    let mut body = Vec::new();
    match name {
        "connect" => return connect(fields, version),
        "publish" => {
            let qos = fields.or("q", 0)? as u8;
            body.extend(prefixed(&fields.text("t", "")));
            if qos > 0 {
                body.extend((fields.or("id", 1)? as u16).to_be_bytes());
            }
            if five {
                body.extend(fields.properties("")?);
            }
            body.extend(fields.text("p", ""));
            let flags =
                u8::from(fields.has("dup")) << 3 | qos << 1 | u8::from(fields.has("retain"));
            return Ok(with_header(0x30 | flags, &body));
        }
        "puback" | "pubrec" | "pubrel" | "pubcomp" => {
            body.extend((fields.or("id", 1)? as u16).to_be_bytes());
            let properties = fields.properties("")?;
            if five && (fields.has("code") || properties.len() > 1) {
                body.push(code(fields)?);
                if properties.len() > 1 {
                    body.extend(properties);
                }
            }
        }
        "subscribe" | "unsubscribe" => {
            body.extend((fields.or("id", 1)? as u16).to_be_bytes());
            if five {
                body.extend(fields.properties("")?);
            }
            for filter in filters {
                let (filter, options) = split_options(filter);
                body.extend(prefixed(&bytes_of(filter)?));
                if name == "subscribe" {
                    body.push(subscription_options(options, five)?);
                }
            }
        }
        "disconnect" | "auth" => {
            let properties = fields.properties("")?;
            if five && (fields.has("code") || properties.len() > 1) {
                body.push(code(fields)?);
                if properties.len() > 1 {
                    body.extend(properties);
                }
            }
        }
        "pingreq" => {}
        _ => return Err(format!("{name} is written as raw bytes")),
    }
    Ok(with_header(number << 4 | flags, &body))
}

fn code(fields: &Fields) -> Result<u8, String> {
    let text = fields.text("code", "00");
    let text = String::from_utf8_lossy(&text).into_owned();
    u8::from_str_radix(&text, 16).map_err(|_| format!("code={text} is not hexadecimal"))
}

/// A filter and what stands behind its last colon.
pub fn split_options(written: &str) -> (&str, &str) {
    written.rsplit_once(':').unwrap_or((written, "0"))
}

fn subscription_options(options: &str, five: bool) -> Result<u8, String> {
    let mut byte = 0;
    for option in options.split(',') {
        byte |= match option {
            "0" => 0,
            "1" => 1,
            "2" => 2,
            "3" => 3,
            _ if !five => 0,
            "nl" => 4,
            "rap" => 8,
            "rh1" => 0x10,
            "rh2" => 0x20,
            "rh3" => 0x30,
            "reserved" => 0x40,
            _ => return Err(format!("unknown subscription option {option}")),
        };
    }
    Ok(byte)
}

fn connect(fields: &Fields, version: Version) -> Result<Vec<u8>, String> {
    let five = version.is_5();
    let (name, level) = match version {
        Version::V3_1 => ("MQIsdp", 3),
        Version::V3_1_1 => ("MQTT", 4),
        Version::V5_0 => ("MQTT", 5),
    };
    let lasting = fields.has("lasting");
    let clean = fields.or("clean", u32::from(!lasting))?;
    let will = fields.get("will");
    let mut flags = (clean as u8) << 1;
    if will.is_some() {
        flags |= 4 | (fields.or("will-qos", 0)? as u8) << 3;
        flags |= u8::from(fields.has("will-retain")) << 5;
    }
    flags |= u8::from(fields.has("password")) << 6 | u8::from(fields.has("user")) << 7;
    flags = fields.or("connect-flags", u32::from(flags))? as u8;
    let mut body = prefixed(&fields.text("protocol-name", name));
    body.push(fields.or("protocol-level", level)? as u8);
    body.push(flags);
    body.extend((fields.or("keep-alive", 0)? as u16).to_be_bytes());
    if five {
        let mut all = fields.clone();
        if lasting && !fields.has("session-expiry") {
            all.0.push(("session-expiry".to_owned(), b"3600".to_vec()));
        }
        body.extend(all.properties("")?);
    }
    body.extend(prefixed(&fields.text("id", "")));
    if let Some(topic) = will {
        if five {
            body.extend(fields.properties("will.")?);
        }
        body.extend(prefixed(topic));
        body.extend(prefixed(&fields.text("will-payload", "")));
    }
    for field in ["user", "password"] {
        if let Some(text) = fields.get(field) {
            body.extend(prefixed(text));
        }
    }
    let flags = fields.or("flags", 0)? as u8;
    Ok(with_header(0x10 | flags, &body))
}
