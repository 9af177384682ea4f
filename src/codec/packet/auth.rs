//! AUTH (section 3.15), 5.0 only.

use crate::codec::decode_error::{DecodeErrorKind, Fault};
use crate::codec::field::Observer;
use crate::codec::properties::{not_allowed, read_properties};
use crate::codec::reader::Reader;
use crate::codec::sink::{Properties, Sink, Written, put_properties};
use crate::codec::{
    ControlPacketType, EncodeError, FieldName, PropertyId, ProtocolVersion, ReasonCode,
    UserProperties,
};

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

impl<'a> Auth<'a> {
    pub(crate) fn decode<O: Observer<'a>>(reader: &mut Reader<'a, '_, O>) -> Result<Self, Fault> {
        let mut auth = Self::default();
        if reader.is_empty() {
            return Ok(auth);
        }
        let name = FieldName::AuthenticateReasonCode;
        auth.reason_code = reader.reason_code(name, ControlPacketType::Auth)?;
        let start = reader.offset();
        auth.user_properties = read_properties(reader, None, |property, reader| {
            match property {
                PropertyId::AuthenticationMethod => {
                    auth.authentication_method = reader.text_property(property)?;
                }
                PropertyId::AuthenticationData => {
                    auth.authentication_data = reader.binary_property(property)?;
                }
                PropertyId::ReasonString => auth.reason_string = reader.text_property(property)?,
                _ => return not_allowed(property, reader),
            }
            Ok(())
        })?;
        if auth.authentication_method.is_none() {
            return Err(DecodeErrorKind::AuthenticationMethodMissing.at(start));
        }
        Ok(auth)
    }

    pub(crate) fn put(&self, sink: &mut (impl Sink + ?Sized), version: ProtocolVersion) -> Written {
        if version != ProtocolVersion::V5_0 {
            let what = "AUTH";
            return Err(EncodeError::NotInVersion { what, version });
        }
        if !self.reason_code.is_allowed_in(ControlPacketType::Auth) {
            return Err(EncodeError::reason(
                ControlPacketType::Auth,
                self.reason_code,
            ));
        }
        let is_bare = self.authentication_method.is_none()
            && self.authentication_data.is_none()
            && self.reason_string.is_none()
            && self.user_properties.is_empty();
        if is_bare && self.reason_code == ReasonCode::Success {
            return Ok(());
        }
        if self.authentication_method.is_none() {
            return Err(EncodeError::AuthenticationMethodMissing);
        }
        sink.byte(self.reason_code.as_u8())?;
        put_properties(sink, version, self)
    }
}

impl Properties for Auth<'_> {
    fn put(&self, sink: &mut (impl Sink + ?Sized)) -> Written {
        sink.text_property(PropertyId::AuthenticationMethod, self.authentication_method)?;
        sink.binary_property(PropertyId::AuthenticationData, self.authentication_data)?;
        sink.text_property(PropertyId::ReasonString, self.reason_string)?;
        sink.run(PropertyId::UserProperty, &self.user_properties.0)
    }
}
