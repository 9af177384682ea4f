//! What each kind of packet is for.

use crate::codec::ControlPacketType;

/// What a packet of this type is sent for, in one sentence.
pub const fn packet_words(packet: ControlPacketType) -> &'static str {
    use ControlPacketType as Type;
    match packet {
        Type::Connect => {
            "The client's first packet: it asks the broker for a connection and says who it is."
        }
        Type::Connack => "The broker's answer to CONNECT: let in, or why not.",
        Type::Publish => {
            "A message on its way: from a client to the broker, or from the broker to a client that has \
             subscribed to it."
        }
        Type::Puback => "\"I have it\": the answer to a PUBLISH of QoS 1, which ends its exchange.",
        Type::Pubrec => "\"I have it\": the second of the four packets of QoS 2.",
        Type::Pubrel => {
            "\"I know that you have it\": the third of the four packets of QoS 2. The sender lets go of \
             the message."
        }
        Type::Pubcomp => "\"Done\": the last of the four packets of QoS 2.",
        Type::Subscribe => "The client asks for the messages of one or more topic filters.",
        Type::Suback => "The broker's answer to SUBSCRIBE: one code for each filter.",
        Type::Unsubscribe => "The client no longer wants the messages of these filters.",
        Type::Unsuback => "The broker's answer to UNSUBSCRIBE.",
        Type::Pingreq => {
            "\"Are you there?\": the client has had nothing to say for its Keep Alive."
        }
        Type::Pingresp => "\"I am\": the broker's answer to PINGREQ.",
        Type::Disconnect => {
            "The last packet of a connection: whoever sends it closes the connection on purpose."
        }
        Type::Auth => "One step of signing in that takes more than a password, new in MQTT 5.0.",
    }
}
