//! How the codec's enums are written in stored JSON: as the numbers the standard gives them.

macro_rules! as_number {
    ($(#[$meta:meta])* $module:ident, $type:ty, $from:expr, $to:expr) => {
        $(#[$meta])*
        pub(super) mod $module {
            use serde::{Deserialize, Deserializer, Serializer, de::Error};

            #[allow(clippy::trivially_copy_pass_by_ref, reason = "the form serde calls")]
            pub(in crate::lab) fn serialize<S: Serializer>(
                value: &$type,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.serialize_u8($to(*value))
            }

            pub(in crate::lab) fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<$type, D::Error> {
                let number = u8::deserialize(deserializer)?;
                $from(number).ok_or_else(|| D::Error::custom("number without a meaning"))
            }
        }
    };
}

as_number!(
    /// 0, 1 or 2.
    qos,
    crate::codec::Qos,
    crate::codec::Qos::from_u8,
    crate::codec::Qos::as_u8
);

as_number!(
    /// The Protocol Level: 3, 4 or 5.
    version,
    crate::codec::ProtocolVersion,
    |level: u8| crate::codec::ProtocolVersion::ALL
        .into_iter()
        .find(|version| version.level() == level),
    crate::codec::ProtocolVersion::level
);
