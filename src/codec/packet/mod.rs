//! The Control Packets, one file each.

mod acknowledgement;
mod auth;
mod connack;
mod connect;
mod disconnect;
mod publish;
mod suback;
mod subscribe;
mod unsubscribe;

pub use acknowledgement::Acknowledgement;
pub use auth::Auth;
pub use connack::{Connack, ConnackCode, ConnackProperties, ConnectReturnCode};
pub use connect::{Connect, ConnectProperties, Will, WillProperties};
pub use disconnect::Disconnect;
pub(crate) use publish::UsualPublish;
pub use publish::{Publish, PublishProperties};
pub use suback::{Suback, Unsuback};
pub use subscribe::{RetainHandling, Subscribe, Subscription, SubscriptionOptions};
pub use unsubscribe::Unsubscribe;

use super::packet_type::ControlPacketType;

/// One MQTT Control Packet of any version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlPacket<'a> {
    /// A Client asks for a connection.
    Connect(Box<Connect<'a>>),
    /// The Server's answer to CONNECT.
    Connack(Box<Connack<'a>>),
    /// An Application Message.
    Publish(Publish<'a>),
    /// The answer to a QoS 1 PUBLISH.
    Puback(Acknowledgement<'a>),
    /// The first answer to a QoS 2 PUBLISH.
    Pubrec(Acknowledgement<'a>),
    /// The answer to PUBREC.
    Pubrel(Acknowledgement<'a>),
    /// The answer to PUBREL.
    Pubcomp(Acknowledgement<'a>),
    /// A Client asks for subscriptions.
    Subscribe(Subscribe<'a>),
    /// The Server's answer to SUBSCRIBE.
    Suback(Suback<'a>),
    /// A Client ends subscriptions.
    Unsubscribe(Unsubscribe<'a>),
    /// The Server's answer to UNSUBSCRIBE.
    Unsuback(Unsuback<'a>),
    /// A Client asks whether the Server is there.
    Pingreq,
    /// The Server's answer to PINGREQ.
    Pingresp,
    /// The last packet of a Network Connection.
    Disconnect(Disconnect<'a>),
    /// A step of enhanced authentication (5.0 only).
    Auth(Auth<'a>),
}

impl ControlPacket<'_> {
    /// The packet's type.
    pub const fn packet_type(&self) -> ControlPacketType {
        match self {
            Self::Connect(_) => ControlPacketType::Connect,
            Self::Connack(_) => ControlPacketType::Connack,
            Self::Publish(_) => ControlPacketType::Publish,
            Self::Puback(_) => ControlPacketType::Puback,
            Self::Pubrec(_) => ControlPacketType::Pubrec,
            Self::Pubrel(_) => ControlPacketType::Pubrel,
            Self::Pubcomp(_) => ControlPacketType::Pubcomp,
            Self::Subscribe(_) => ControlPacketType::Subscribe,
            Self::Suback(_) => ControlPacketType::Suback,
            Self::Unsubscribe(_) => ControlPacketType::Unsubscribe,
            Self::Unsuback(_) => ControlPacketType::Unsuback,
            Self::Pingreq => ControlPacketType::Pingreq,
            Self::Pingresp => ControlPacketType::Pingresp,
            Self::Disconnect(_) => ControlPacketType::Disconnect,
            Self::Auth(_) => ControlPacketType::Auth,
        }
    }
}
