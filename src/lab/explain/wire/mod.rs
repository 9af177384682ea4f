//! What each field of each Control Packet means: one table of field, meaning and clause.
//!
//! A row is about one field; where it means something else in another packet it has another row there.
//! What a *code* means is said where codes are explained, and why a field has its value where the
//! packet is at hand (`lab::wire::inspect`).

mod clause;
mod connack;
mod connect;
mod fixed;
mod packet;
mod publish;
mod subscribe;
mod will;

#[cfg(test)]
mod tests;

pub use clause::fault_clause;
pub use packet::packet_words;

use crate::codec::{ControlPacketType, FieldName, ProtocolVersion};

/// Where a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// The packet it stands in; `None` where its type is reserved.
    pub packet: Option<ControlPacketType>,
    /// Whether it is a part of the Will Message in a CONNECT.
    pub in_will: bool,
}

/// What the table says about a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldWords {
    /// What the field is for, in one sentence or two.
    pub meaning: &'static str,
    /// Which section describes it: `MQTT 5.0, 3.1.2.10`. Of 3.1.1 for packets of 3.1, whose text has no
    /// numbered statements. Empty for what is the lab's own.
    pub clause: String,
}

/// What a field means in its packet and version; `None` only for a field that this packet cannot have.
pub fn field_words(field: FieldName, home: Home, version: ProtocolVersion) -> Option<FieldWords> {
    let (row, place) = find(field, home, version)?;
    Some(FieldWords {
        meaning: row.meaning,
        clause: match place.section(version) {
            OURS => String::new(),
            section => clause_of(version, section),
        },
    })
}

/// A section or statement with the standard that it is of.
pub(super) fn clause_of(version: ProtocolVersion, section: &str) -> String {
    let standard = match version {
        ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 => "MQTT 3.1.1, ",
        ProtocolVersion::V5_0 => "MQTT 5.0, ",
    };
    [standard, section].concat()
}

/// One row of the table.
struct Row {
    field: FieldName,
    meaning: &'static str,
    places: &'static [Place],
}

/// A packet that has the field, with the section of MQTT 3.1.1 and that of 5.0 which describe it there;
/// empty where the version does not have it.
struct Place {
    packets: Packets,
    v3_1_1: &'static str,
    v5_0: &'static str,
}

/// Which packets a place speaks of.
#[derive(Clone, Copy)]
enum Packets {
    Any,
    One(ControlPacketType),
    Will,
}

/// In place of a section: the standard knows nothing of this.
const OURS: &str = "-";

static TABLE: [&[Row]; 6] = [
    fixed::ROWS,
    connect::ROWS,
    will::ROWS,
    connack::ROWS,
    publish::ROWS,
    subscribe::ROWS,
];

const fn row(field: FieldName, meaning: &'static str, places: &'static [Place]) -> Row {
    Row {
        field,
        meaning,
        places,
    }
}

/// In every packet, with the sections of 3.1.1 and of 5.0.
const fn anywhere(v3_1_1: &'static str, v5_0: &'static str) -> Place {
    Place {
        packets: Packets::Any,
        v3_1_1,
        v5_0,
    }
}

/// In that packet, with the sections of 3.1.1 and of 5.0.
const fn place(packet: ControlPacketType, v3_1_1: &'static str, v5_0: &'static str) -> Place {
    Place {
        packets: Packets::One(packet),
        v3_1_1,
        v5_0,
    }
}

/// In that packet of 5.0.
const fn v5(packet: ControlPacketType, section: &'static str) -> Place {
    place(packet, "", section)
}

/// In a Will Message, with the sections of 3.1.1 and of 5.0.
const fn in_will(v3_1_1: &'static str, v5_0: &'static str) -> Place {
    Place {
        packets: Packets::Will,
        v3_1_1,
        v5_0,
    }
}

impl Place {
    const fn section(&self, version: ProtocolVersion) -> &'static str {
        match version {
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 => self.v3_1_1,
            ProtocolVersion::V5_0 => self.v5_0,
        }
    }

    fn holds(&self, home: Home) -> bool {
        match self.packets {
            Packets::Any => true,
            Packets::One(packet) => home.packet == Some(packet) && !home.in_will,
            Packets::Will => home.in_will,
        }
    }
}

fn find(
    field: FieldName,
    home: Home,
    version: ProtocolVersion,
) -> Option<(&'static Row, &'static Place)> {
    let rows = TABLE.iter().flat_map(|rows| rows.iter());
    rows.filter(|row| row.field == field).find_map(|row| {
        let place = row
            .places
            .iter()
            .find(|place| place.holds(home) && !place.section(version).is_empty())?;
        Some((row, place))
    })
}
