//! The properties of 5.0 (section 2.2.2).

mod property_id;
mod property_run;
mod read;
mod subscription_identifiers;
mod user_properties;

pub use property_id::PropertyId;
pub(crate) use property_id::PropertyType;
pub(crate) use property_run::PropertyRun;
pub(crate) use read::{RunReader, illegal, not_allowed, read_properties};
pub use subscription_identifiers::{SubscriptionIdentifier, SubscriptionIdentifiers};
pub use user_properties::{UserProperties, UserPropertyError};

/// What a payload is (section 3.3.2.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum PayloadFormat {
    /// 0: bytes of any kind, the same as no indicator.
    UnspecifiedBytes = 0,
    /// 1: UTF-8 text.
    Utf8 = 1,
}

impl PayloadFormat {
    /// The value with this number; `None` above 1.
    pub const fn from_u8(value: u8) -> Option<Self> {
        match value {
            0 => Some(Self::UnspecifiedBytes),
            1 => Some(Self::Utf8),
            _ => None,
        }
    }

    /// 0 or 1.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
}
