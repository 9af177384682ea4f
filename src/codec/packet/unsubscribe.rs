//! UNSUBSCRIBE (section 3.10).

use super::subscribe::UserPropertiesOnly;
use crate::codec::decode_error::{DecodeErrorKind, Fault};
use crate::codec::field::Observer;
use crate::codec::properties::{not_allowed, read_properties};
use crate::codec::reader::Reader;
use crate::codec::sink::{Sink, Written, put_properties};
use crate::codec::{
    EncodeError, FieldName, PacketId, ProtocolVersion, TopicFilter, UserProperties,
};

/// A Client's request to end subscriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// Ties it to its UNSUBACK.
    pub packet_id: PacketId,
    /// User Properties (5.0).
    pub user_properties: UserProperties<'a>,
    /// At least one [MQTT-3.10.3-2].
    pub filters: Vec<TopicFilter<'a>>,
}

impl<'a> Unsubscribe<'a> {
    pub(crate) fn decode<O: Observer<'a>>(
        reader: &mut Reader<'a, '_, O>,
        version: ProtocolVersion,
    ) -> Result<Self, Fault> {
        let packet_id = reader.packet_id()?;
        let is_v5 = version == ProtocolVersion::V5_0;
        let user_properties = match is_v5 {
            true => read_properties(reader, None, |property, reader| {
                not_allowed(property, reader)
            })?,
            false => UserProperties::EMPTY,
        };
        if reader.is_empty() {
            return Err(DecodeErrorKind::NoTopicFilter.at(reader.offset()));
        }
        let mut filters = Vec::new();
        while !reader.is_empty() {
            let name = FieldName::TopicFilter;
            filters.push(reader.topic_filter(name, is_v5)?);
        }
        Ok(Self {
            packet_id,
            user_properties,
            filters,
        })
    }

    pub(crate) fn put(&self, sink: &mut (impl Sink + ?Sized), version: ProtocolVersion) -> Written {
        sink.two_bytes(self.packet_id.value())?;
        put_properties(sink, version, &UserPropertiesOnly(&self.user_properties))?;
        if self.filters.is_empty() {
            return Err(EncodeError::NoTopicFilter);
        }
        for filter in &self.filters {
            super::subscribe::put_filter(sink, *filter, version)?;
        }
        Ok(())
    }
}
