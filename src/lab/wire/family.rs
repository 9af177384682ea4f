//! The families of Control Packets, which every pane shows in the same hue.

use crate::codec::ControlPacketType;

/// Control Packets that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PacketFamily {
    /// CONNECT, CONNACK, DISCONNECT and AUTH.
    Connection,
    /// PUBLISH and what acknowledges it.
    Publish,
    /// SUBSCRIBE and UNSUBSCRIBE, and their answers.
    Subscribe,
    /// PINGREQ and PINGRESP.
    Ping,
}

impl PacketFamily {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Connection, Self::Publish, Self::Subscribe, Self::Ping];

    /// The family of a type.
    pub const fn of(packet_type: ControlPacketType) -> Self {
        use ControlPacketType as Type;
        match packet_type {
            Type::Connect | Type::Connack | Type::Disconnect | Type::Auth => Self::Connection,
            Type::Publish | Type::Puback | Type::Pubrec | Type::Pubrel | Type::Pubcomp => {
                Self::Publish
            }
            Type::Subscribe | Type::Suback | Type::Unsubscribe | Type::Unsuback => Self::Subscribe,
            Type::Pingreq | Type::Pingresp => Self::Ping,
        }
    }

    /// The name of its hue: the last part of `--family-…` in the style sheets, and the value of `data-family`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connection => "connect",
            Self::Publish => "publish",
            Self::Subscribe => "subscribe",
            Self::Ping => "ping",
        }
    }

    /// What it is called where one chooses among them.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Connection => "Connecting and leaving",
            Self::Publish => "Messages and their acknowledgements",
            Self::Subscribe => "Subscribing and unsubscribing",
            Self::Ping => "Pings",
        }
    }

    /// Its types, in the order of their numbers.
    pub fn types(self) -> impl Iterator<Item = ControlPacketType> {
        let all = ControlPacketType::ALL.into_iter();
        all.filter(move |packet_type| Self::of(*packet_type) == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_one_family() {
        let types: usize = PacketFamily::ALL
            .map(|family| family.types().count())
            .iter()
            .sum();
        assert_eq!(types, ControlPacketType::ALL.len());
    }
}
