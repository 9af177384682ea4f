//! AUTH (section 3.15), 5.0 only.

use crate::codec::{ReasonCode, UserProperties};

/// A step of an enhanced authentication exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Auth<'a> {
    /// Success, Continue authentication or Re-authenticate.
    pub reason_code: ReasonCode,
    /// The name of the Authentication Method.
    pub authentication_method: Option<&'a str>,
    /// What the method has to say in this step.
    pub authentication_data: Option<&'a [u8]>,
    /// Words for a human.
    pub reason_string: Option<&'a str>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
}
