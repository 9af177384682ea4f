//! Any Control Packet as a form, right or wrong, and the bytes it stands for.

use super::hex_text::{read_hex, write_hex};
use super::layout::{
    Kind, Layout, PASSWORD_FLAG, PartName, Presence, Slot, USER_NAME_FLAG, WILL_FLAG, layout,
};
use super::property::{
    PropertyForm, PropertyList, PropertyPlace, PropertyValue, read_number, read_sized,
    read_variable,
};
use super::value::{Content, LARGEST_VARIABLE, Number, ValueFault, Width, number, write_variable};
use crate::codec::{ConnectReturnCode, ControlPacketType, ProtocolVersion, ReasonCode};
use crate::lab::refusal::as_sentence;

/// A Control Packet as typed. Its fields are those that its type and version have; what stands in
/// them may be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketForm {
    /// The version of MQTT that it is written in.
    pub version: ProtocolVersion,
    /// Its type, 0 to 15. 0 is reserved, and so is 15 before 5.0.
    pub packet_type: u8,
    /// The low four bits of the first byte.
    pub flags: u8,
    /// The Remaining Length by hand: a number, or in hexadecimal the very bytes; `None` counts it.
    pub remaining_length: Option<String>,
    /// The fields behind the fixed header, in their order.
    pub parts: Vec<Part>,
}

/// One field of a [`PacketForm`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub name: PartName,
    /// Whether it is written.
    pub is_present: bool,
    /// What is in it.
    pub value: PartValue,
    /// To which of the repeated fields it belongs, from 0; `None` for one that stands once.
    pub item: Option<usize>,
}

/// What stands in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartValue {
    /// A number.
    Number(Number),
    /// A text or bytes, with their length in front.
    Sized(Content),
    /// Everything to the end.
    Rest(Content),
    /// Properties.
    Properties(PropertyList),
}

/// What was typed and stands for no bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormFault {
    /// Where.
    pub place: FormPlace,
    /// Why.
    pub fault: ValueFault,
}

impl FormFault {
    /// What is wrong, as a sentence.
    pub fn words(&self) -> String {
        as_sentence(&self.fault.to_string())
    }
}

/// A place in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormPlace {
    /// The Remaining Length by hand.
    RemainingLength,
    /// A field, by its index.
    Part(usize),
    /// A property, by the index of its list and its own.
    Property(usize, usize),
}

/// Why a form does not describe bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDescribed {
    /// There are none.
    #[error("there are no bytes")]
    Empty,
    /// More than one packet.
    #[error("there are {count} packets here; the form describes one at a time")]
    SeveralPackets {
        /// How many.
        count: usize,
    },
    /// They end before the Remaining Length is reached, as they do while they are being typed.
    #[error("the bytes end before the remaining length is reached")]
    Unfinished,
    /// They do not go up in the fields of this packet.
    #[error("the bytes do not go up in the fields of this packet")]
    OtherFields,
}

impl PacketForm {
    /// A correct packet of this type, as small as it can be: most fields hold an example.
    pub fn new(packet_type: u8, version: ProtocolVersion) -> Self {
        let kind = ControlPacketType::from_u8(packet_type);
        let mut form = Self {
            version,
            packet_type,
            flags: match kind {
                Some(
                    ControlPacketType::Pubrel
                    | ControlPacketType::Subscribe
                    | ControlPacketType::Unsubscribe,
                ) => 0x02,
                _ => 0,
            },
            remaining_length: None,
            parts: Vec::new(),
        };
        let Layout { fields, repeated } = layout(packet_type, version);
        for slot in fields {
            let part = form.empty_part(slot, None);
            form.parts.push(part);
        }
        for slot in repeated {
            let part = form.empty_part(slot, Some(0));
            form.parts.push(part);
        }
        if kind == Some(ControlPacketType::Auth) && version.has_properties() {
            form.begin_auth();
        }
        form
    }

    /// The same with another type; what fields both have is carried over.
    #[must_use]
    pub fn with_type(&self, packet_type: u8) -> Self {
        self.carried_to(packet_type, self.version)
    }

    /// The same in another version.
    #[must_use]
    pub fn with_version(&self, version: ProtocolVersion) -> Self {
        self.carried_to(self.packet_type, version)
    }

    /// The bytes.
    ///
    /// # Errors
    ///
    /// What was typed and stands for no bytes, all of it.
    pub fn write(&self) -> Result<Vec<u8>, Vec<FormFault>> {
        let mut faults = Vec::new();
        let mut body = Vec::new();
        for (index, part) in self
            .parts
            .iter()
            .enumerate()
            .filter(|(_, part)| part.is_present)
        {
            let place = FormPlace::Part(index);
            let outcome = match &part.value {
                PartValue::Number(number) => number.write(&mut body).map_err(|e| (place, e)),
                PartValue::Sized(content) => content.write_sized(&mut body).map_err(|e| (place, e)),
                PartValue::Rest(content) => content
                    .bytes()
                    .map(|bytes| body.extend_from_slice(&bytes))
                    .map_err(|e| (place, e)),
                PartValue::Properties(list) => list.write(&mut body).map_err(|e| {
                    let place = e.index.map_or(place, |own| FormPlace::Property(index, own));
                    (place, e.fault)
                }),
            };
            faults.extend(
                outcome
                    .err()
                    .map(|(place, fault)| FormFault { place, fault }),
            );
        }
        let mut bytes = vec![self.packet_type << 4 | self.flags & 0x0f];
        if let Err(fault) = self.write_remaining_length(body.len(), &mut bytes) {
            faults.insert(
                0,
                FormFault {
                    place: FormPlace::RemainingLength,
                    fault,
                },
            );
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        bytes.extend_from_slice(&body);
        Ok(bytes)
    }

    /// The form that describes these bytes, which are one packet of `version`, or what should be one.
    /// Written, it gives the same bytes.
    ///
    /// # Errors
    ///
    /// No form does.
    pub fn read(bytes: &[u8], version: ProtocolVersion) -> Result<Self, NotDescribed> {
        let Some((&first, rest)) = bytes.split_first() else {
            return Err(NotDescribed::Empty);
        };
        let (pieces, _) = crate::client::pieces(bytes, crate::client::Framing::Whole);
        if pieces.len() > 1 {
            let count = pieces.len();
            return Err(NotDescribed::SeveralPackets { count });
        }
        let mut form = Self {
            version,
            packet_type: first >> 4,
            flags: first & 0x0f,
            remaining_length: None,
            parts: Vec::new(),
        };
        let body = form.read_remaining_length(rest);
        form.read_body(body).ok_or(NotDescribed::OtherFields)?;
        // What was read is what would be written, or it is not described.
        match form.write() {
            Ok(written) if written == bytes => Ok(form),
            _ => Err(NotDescribed::OtherFields),
        }
    }

    /// The type, where it is none of the reserved ones.
    pub fn kind(&self) -> Option<ControlPacketType> {
        ControlPacketType::from_u8(self.packet_type)
    }

    /// Where the properties of a list stand.
    pub fn property_place(&self, part: PartName) -> Option<PropertyPlace> {
        match part {
            PartName::WillProperties => Some(PropertyPlace::Will),
            _ => self.kind().map(PropertyPlace::Packet),
        }
    }

    /// The first field with this name.
    pub fn part(&self, name: PartName) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }

    /// The first field with this name, to be changed.
    pub fn part_mut(&mut self, name: PartName) -> Option<&mut Part> {
        self.parts.iter_mut().find(|part| part.name == name)
    }

    /// Puts a text into the first field of this name.
    pub fn set_text(&mut self, name: PartName, text: &str) {
        if let Some(part) = self.part_mut(name) {
            part.is_present = true;
            match &mut part.value {
                PartValue::Number(number) => text.clone_into(&mut number.text),
                PartValue::Sized(content) | PartValue::Rest(content) => {
                    *content = Content::text(text);
                }
                PartValue::Properties(_) => {}
            }
        }
    }

    /// Adds a property to the packet's own.
    pub fn add_property(&mut self, property: PropertyForm) {
        if let Some(part) = self.part_mut(PartName::Properties)
            && let PartValue::Properties(list) = &mut part.value
        {
            list.properties.push(property);
            part.is_present = true;
        }
    }

    /// Takes other flags, and what goes with them in PUBLISH: a Packet Identifier with every QoS but
    /// 0.
    pub fn set_flags(&mut self, flags: u8) {
        let has_qos = |flags: u8| flags & 0x06 != 0;
        let changes = has_qos(flags) != has_qos(self.flags);
        self.flags = flags & 0x0f;
        if changes && self.kind() == Some(ControlPacketType::Publish) {
            let is_present = has_qos(flags);
            if let Some(part) = self.part_mut(PartName::PacketId) {
                part.is_present = is_present;
            }
        }
    }

    /// Puts a field in or takes it out, with the bit of the Connect Flags that tells of it, and what
    /// cannot be there without it.
    pub fn set_present(&mut self, index: usize, is_present: bool) {
        let Some(part) = self.parts.get_mut(index) else {
            return;
        };
        part.is_present = is_present;
        let name = part.name;
        if let Some(mask) = flag_of(name) {
            for part in &mut self.parts {
                if flag_of(part.name) == Some(mask) {
                    part.is_present = is_present;
                }
            }
            self.set_connect_flag(mask, is_present);
        }
        match (name, is_present) {
            // What is behind it would be read in its place.
            (PartName::ReasonCode, false) => self.take_out(PartName::Properties),
            (PartName::Properties, true) => self.put_in(PartName::ReasonCode),
            _ => {}
        }
    }

    /// Takes over a number that was typed, and what goes with it in the Connect Flags.
    pub fn set_number(&mut self, index: usize, text: String) {
        let Some(part) = self.parts.get_mut(index) else {
            return;
        };
        let PartValue::Number(number) = &mut part.value else {
            return;
        };
        number.text = text;
        if part.name == PartName::ConnectFlags
            && let Ok(flags) = number.value()
        {
            for part in &mut self.parts {
                if let Some(mask) = flag_of(part.name) {
                    part.is_present = flags & u32::from(mask) != 0;
                }
            }
        }
    }

    /// What to call the switch that puts a field in or takes it out; `None` where it is always there,
    /// or goes with another one.
    pub fn switch(&self, index: usize) -> Option<&'static str> {
        let part = self.parts.get(index)?;
        let slots = layout(self.packet_type, self.version).fields.iter();
        let slot = slots.copied().find(|slot| slot.name == part.name);
        let is_optional = slot.is_some_and(|slot| slot.presence != Presence::Always);
        Some(match part.name {
            _ if !is_optional && part.is_present => return None,
            PartName::PacketId => "With a Packet Identifier",
            PartName::ReasonCode => "With a Reason Code",
            PartName::Properties => "With properties",
            PartName::WillTopic => "With a will",
            PartName::UserName => "With a User Name",
            PartName::Password => "With a Password",
            PartName::Extra => "With further bytes",
            PartName::WillProperties | PartName::WillPayload => return None,
            // The packet ends before it.
            PartName::ProtocolName => "With a Protocol Name",
            PartName::ProtocolLevel => "With a Protocol Level",
            PartName::ConnectFlags => "With Connect Flags",
            PartName::KeepAlive => "With a Keep Alive",
            PartName::ClientId => "With a Client Identifier",
            PartName::ConnackFlags => "With Acknowledge Flags",
            PartName::TopicName => "With a Topic Name",
            PartName::Payload => "With a payload",
            PartName::TopicFilter => "With a Topic Filter",
            PartName::SubscriptionOptions => "With Subscription Options",
        })
    }

    /// What the number in a field means, where it is a code.
    pub fn meaning(&self, index: usize) -> Option<String> {
        let part = self.parts.get(index)?;
        let (PartName::ReasonCode, PartValue::Number(number)) = (part.name, &part.value) else {
            return None;
        };
        let (packet, code) = (self.kind()?, number.value().ok()?);
        let known = codes_of(packet, self.version);
        if let Some((code, name)) = known.iter().find(|(own, _)| u32::from(*own) == code) {
            return Some(format!("0x{code:02x}: {name}"));
        }
        let known: Vec<_> = known
            .iter()
            .map(|(code, _)| format!("0x{code:02x}"))
            .collect();
        Some(format!(
            "No code of {packet}, which has {}.",
            known.join(", ")
        ))
    }

    /// The items of the repeated fields.
    pub fn items(&self) -> usize {
        let items = self.parts.iter().filter_map(|part| part.item);
        items.max().map_or(0, |last| last + 1)
    }

    /// Whether there are fields that can be repeated.
    pub fn has_items(&self) -> bool {
        !layout(self.packet_type, self.version).repeated.is_empty()
    }

    /// Adds one more of the repeated fields.
    pub fn add_item(&mut self) {
        let item = self.items();
        for slot in layout(self.packet_type, self.version).repeated {
            let part = self.empty_part(slot, Some(item));
            self.parts.push(part);
        }
    }

    /// Takes one of the repeated fields out.
    pub fn remove_item(&mut self, item: usize) {
        self.parts.retain(|part| part.item != Some(item));
        for part in &mut self.parts {
            part.item = part.item.map(|own| own - usize::from(own > item));
        }
    }

    fn empty_part(&self, slot: &Slot, item: Option<usize>) -> Part {
        let value = match slot.kind {
            Kind::Number(width) => {
                PartValue::Number(number_of(slot.name, self.example(slot.name), width))
            }
            Kind::Sized => PartValue::Sized(Content::text(match slot.name {
                PartName::ProtocolName => self.version.protocol_name(),
                PartName::ClientId => "by-hand",
                PartName::TopicName | PartName::TopicFilter | PartName::WillTopic => "testtopic/1",
                _ => "",
            })),
            Kind::Rest => PartValue::Rest(Content {
                text: match slot.name {
                    PartName::Payload => "hello".to_owned(),
                    _ => String::new(),
                },
                is_hexadecimal: slot.name == PartName::Extra,
            }),
            Kind::Properties => PartValue::Properties(PropertyList::default()),
        };
        Part {
            name: slot.name,
            is_present: slot.presence == Presence::Always,
            value,
            item,
        }
    }

    fn example(&self, name: PartName) -> u32 {
        match name {
            PartName::ProtocolLevel => self.version.level().into(),
            PartName::ConnectFlags => 0x02,
            PartName::KeepAlive => 60,
            PartName::PacketId => 1000,
            _ => 0,
        }
    }

    /// The usual first step of a re-authentication.
    fn begin_auth(&mut self) {
        self.set_text(PartName::ReasonCode, "0x19");
        let mut method = PropertyForm::new(crate::codec::PropertyId::AuthenticationMethod);
        method.value = PropertyValue::Sized(Content::text("SCRAM-SHA-1"));
        self.add_property(method);
    }

    fn carried_to(&self, packet_type: u8, version: ProtocolVersion) -> Self {
        let mut form = Self::new(packet_type, version);
        let is_same_type = packet_type == self.packet_type;
        if is_same_type {
            form.flags = self.flags;
            form.remaining_length.clone_from(&self.remaining_length);
            for _ in 1..self.items().max(1) {
                form.add_item();
            }
            if self.items() == 0 && form.has_items() {
                form.remove_item(0);
            }
        }
        for part in &mut form.parts {
            let own = self.parts.iter();
            let mut own = own.filter(|own| own.name == part.name && own.item == part.item);
            let tells_of_version =
                matches!(part.name, PartName::ProtocolName | PartName::ProtocolLevel);
            let is_same_kind = |own: &&Part| {
                core::mem::discriminant(&own.value) == core::mem::discriminant(&part.value)
            };
            if let Some(own) = own
                .next()
                .filter(is_same_kind)
                .filter(|_| !tells_of_version)
                && (is_same_type || own.name != PartName::ReasonCode)
                && (is_same_type || own.name != PartName::Properties)
            {
                part.value = own.value.clone();
                if is_same_type {
                    part.is_present = own.is_present;
                }
            }
        }
        form
    }

    fn write_remaining_length(&self, body: usize, out: &mut Vec<u8>) -> Result<(), ValueFault> {
        let maximum = LARGEST_VARIABLE;
        let too_large = ValueFault::NotANumber { maximum };
        let Some(text) = &self.remaining_length else {
            let length = u32::try_from(body).map_err(|_| too_large)?;
            write_variable(length, out);
            return Ok(());
        };
        let typed = text.trim();
        // Nothing at all is the lack of it.
        if !typed.is_empty() && typed.bytes().all(|digit| digit.is_ascii_digit()) {
            let length = number(text).and_then(|length| u32::try_from(length).ok());
            write_variable(length.filter(|l| *l <= maximum).ok_or(too_large)?, out);
            return Ok(());
        }
        out.extend_from_slice(&read_hex(text).map_err(ValueFault::Hex)?);
        Ok(())
    }

    /// Reads the Remaining Length off the front; the rest is the body, whatever it says.
    fn read_remaining_length<'b>(&mut self, rest: &'b [u8]) -> &'b [u8] {
        match read_variable(rest) {
            Some((length, body)) if length as usize == body.len() => body,
            Some((length, body)) => {
                self.remaining_length = Some(length.to_string());
                body
            }
            None => {
                let length = rest
                    .iter()
                    .take(3)
                    .take_while(|byte| **byte >= 0x80)
                    .count()
                    + 1;
                let (bytes, body) = rest.split_at(length.min(rest.len()));
                // As bytes, not as a number: with 0x in front of each.
                let bytes: Vec<_> = bytes.iter().map(|byte| format!("0x{byte:02x}")).collect();
                self.remaining_length = Some(bytes.join(" "));
                body
            }
        }
    }

    fn read_body(&mut self, mut body: &[u8]) -> Option<()> {
        // A CONNECT says itself in which version it is written.
        if self.kind() == Some(ControlPacketType::Connect)
            && let Some((_, rest)) = read_sized(body)
            && let Some(level) = rest.first()
        {
            let known = ProtocolVersion::ALL.into_iter();
            let mut known = known.filter(|version| version.level() == *level);
            self.version = known.next().unwrap_or(self.version);
        }
        let Layout { fields, repeated } = layout(self.packet_type, self.version);
        let mut connect_flags = 0;
        for slot in fields {
            let is_present = match slot.presence {
                Presence::WithQos => self.flags & 0x06 != 0 && !body.is_empty(),
                Presence::WithFlag(mask) => connect_flags & mask != 0 && !body.is_empty(),
                Presence::Always if slot.kind == Kind::Rest => true,
                Presence::Always | Presence::IfMore => !body.is_empty(),
            };
            let mut part = self.empty_part(slot, None);
            part.is_present = is_present;
            if is_present {
                let value;
                (value, body) = read_part(slot, body)?;
                part.value = value;
            }
            if let (PartName::ConnectFlags, PartValue::Number(number)) = (slot.name, &part.value) {
                connect_flags = number.value().map_or(0, |flags| flags as u8);
            }
            self.parts.push(part);
        }
        let mut item = 0;
        while !body.is_empty() && !repeated.is_empty() {
            for slot in repeated {
                let mut part = self.empty_part(slot, Some(item));
                part.is_present = !body.is_empty();
                if part.is_present {
                    (part.value, body) = read_part(slot, body)?;
                }
                self.parts.push(part);
            }
            item += 1;
        }
        body.is_empty().then_some(())
    }

    fn set_connect_flag(&mut self, mask: u8, is_set: bool) {
        if let Some(part) = self.part_mut(PartName::ConnectFlags)
            && let PartValue::Number(number) = &mut part.value
            && let Ok(flags) = number.value()
        {
            let mask = u32::from(mask);
            let flags = if is_set { flags | mask } else { flags & !mask };
            number.text = format!("0x{flags:02x}");
        }
    }

    fn take_out(&mut self, name: PartName) {
        if let Some(part) = self.part_mut(name) {
            part.is_present = false;
        }
    }

    fn put_in(&mut self, name: PartName) {
        if let Some(part) = self.part_mut(name) {
            part.is_present = true;
        }
    }
}

/// The codes of a packet, with their names.
fn codes_of(packet: ControlPacketType, version: ProtocolVersion) -> Vec<(u8, &'static str)> {
    if version.has_properties() {
        let codes = ReasonCode::ALL.into_iter();
        let codes = codes.filter(|code| code.is_allowed_in(packet));
        return codes
            .map(|code| (code.as_u8(), code.name_in(packet)))
            .collect();
    }
    if packet == ControlPacketType::Connack {
        let codes = ConnectReturnCode::ALL.into_iter();
        return codes.map(|code| (code.as_u8(), code.name())).collect();
    }
    vec![
        (0, "Granted QoS 0"),
        (1, "Granted QoS 1"),
        (2, "Granted QoS 2"),
        (0x80, "Failure"),
    ]
}

/// The bit of the Connect Flags that says whether a field is there.
const fn flag_of(name: PartName) -> Option<u8> {
    match name {
        PartName::WillProperties | PartName::WillTopic | PartName::WillPayload => Some(WILL_FLAG),
        PartName::UserName => Some(USER_NAME_FLAG),
        PartName::Password => Some(PASSWORD_FLAG),
        _ => None,
    }
}

/// A number in the way in which it is read most easily.
fn number_of(name: PartName, value: u32, width: Width) -> Number {
    let mut number = Number::new(value, width);
    if name.is_bits() || (name == PartName::ReasonCode && value > 2) {
        number.text = format!("0x{value:02x}");
    }
    number
}

fn read_part<'b>(slot: &Slot, body: &'b [u8]) -> Option<(PartValue, &'b [u8])> {
    Some(match slot.kind {
        Kind::Number(width) => {
            let (value, rest) = read_number(body, width)?;
            (PartValue::Number(number_of(slot.name, value, width)), rest)
        }
        Kind::Sized => {
            let (content, rest) = read_sized(body)?;
            (PartValue::Sized(Content::of(content)), rest)
        }
        Kind::Rest if slot.name == PartName::Extra => (
            PartValue::Rest(Content {
                text: write_hex(body),
                is_hexadecimal: true,
            }),
            &[],
        ),
        Kind::Rest => (PartValue::Rest(Content::of(body)), &[]),
        Kind::Properties => {
            let (length, rest) = read_number(body, Width::Variable)?;
            let (properties, rest) = rest.split_at_checked(length as usize)?;
            let list = PropertyList::read(properties);
            (PartValue::Properties(list), rest)
        }
    })
}
