//! From the Connection panel's form to what a connection is made with.

use super::address::{self, Address};
use super::brokers::BrokerList;
use super::client_identifier;
use super::connection_form::ConnectionForm;
use super::field::Field;
use super::form_check::FormCheck;
use super::refusal::{Refusal, RefusalCause};
use crate::codec::ProtocolVersion;

impl ConnectionForm {
    /// What of this form cannot be used, in the order of its fields; empty where it can be
    /// connected with. `page_is_https` tells whether the browser refuses `ws://`.
    pub fn errors(&self, page_is_https: bool, brokers: &BrokerList) -> Vec<Refusal> {
        match self.check(page_is_https, brokers) {
            Ok(_) => Vec::new(),
            Err(errors) => errors,
        }
    }

    pub(super) fn check(
        &self,
        page_is_https: bool,
        brokers: &BrokerList,
    ) -> Result<Address, Vec<Refusal>> {
        let mut check = FormCheck::default();
        let address = self.check_address(&mut check);
        if page_is_https && !self.ssl && !is_loopback(&self.host) {
            let sibling = brokers.tls_sibling(self.host.trim());
            let tls_port = sibling.map(|broker| broker.port);
            check.fault(Field::Ssl, RefusalCause::InsecureFromHttps { tls_port });
        }
        self.check_identity(&mut check);
        check.number(Field::KeepAlive, &self.keep_alive, 0, 65_535);
        check.number(Field::ConnectTimeout, &self.connect_timeout, 1, 600);
        check.number(Field::ReconnectPeriod, &self.reconnect_period, 1, 3_600);
        self.check_will(&mut check);
        if self.version == ProtocolVersion::V5_0 {
            self.check_properties(&mut check);
            self.check_will_properties(&mut check);
        }
        if check.errors.is_empty() {
            Ok(address)
        } else {
            Err(check.errors)
        }
    }

    fn check_address(&self, check: &mut FormCheck) -> Address {
        if let Err(error) = address::check_host(&self.host) {
            check.fault(Field::Host, RefusalCause::Host(error));
        }
        let port = address::parse_port(&self.port).unwrap_or_else(|error| {
            check.fault(Field::Port, RefusalCause::Port(error));
            0
        });
        if let Err(error) = address::check_path(&self.path) {
            check.fault(Field::Path, RefusalCause::Path(error));
        }
        Address {
            tls: self.ssl,
            host: self.host.trim().to_owned(),
            port,
            path: self.path.trim().to_owned(),
        }
    }

    fn check_identity(&self, check: &mut FormCheck) {
        if let Err(error) = client_identifier::check(&self.client_id) {
            check.fault(Field::ClientId, RefusalCause::ClientIdentifier(error));
        }
        match self.version {
            ProtocolVersion::V3_1 if self.client_id.is_empty() => {
                check.fault(Field::ClientId, RefusalCause::Empty);
            }
            ProtocolVersion::V3_1_1 if self.client_id.is_empty() && !self.clean_session => {
                check.fault(Field::ClientId, RefusalCause::EmptyNeedsCleanSession);
            }
            _ => {}
        }
        let username = check.text(Field::Username, &self.username);
        let password = check.bytes(Field::Password, &self.password);
        if self.version != ProtocolVersion::V5_0 && password.is_some() && username.is_none() {
            check.fault(Field::Username, RefusalCause::PasswordNeedsUsername);
        }
    }

    fn check_will(&self, check: &mut FormCheck) {
        let will = &self.will;
        check.optional_topic(Field::WillTopic, &will.topic);
        check.bytes(Field::WillMessage, &will.message);
    }
}

impl ConnectionForm {
    fn check_properties(&self, check: &mut FormCheck) {
        let four_bytes = u64::from(u32::MAX);
        check.optional(
            Field::SessionExpiryInterval,
            &self.session_expiry_interval,
            0,
            four_bytes,
        );
        check.optional(Field::ReceiveMaximum, &self.receive_maximum, 1, 65_535);
        let size = &self.maximum_packet_size;
        check.optional(Field::MaximumPacketSize, size, 1, four_bytes);
        let aliases = &self.topic_alias_maximum;
        check.optional(Field::TopicAliasMaximum, aliases, 0, 65_535);
        check.user_properties(Field::UserProperties, &self.user_properties);
        let method = check.text(Field::AuthenticationMethod, &self.authentication_method);
        let data = check.bytes(Field::AuthenticationData, &self.authentication_data);
        if data.is_some() && method.is_none() {
            check.fault(Field::AuthenticationMethod, RefusalCause::Empty);
        }
    }

    fn check_will_properties(&self, check: &mut FormCheck) {
        let will = &self.will;
        let four_bytes = u64::from(u32::MAX);
        check.optional(
            Field::WillDelayInterval,
            &will.delay_interval,
            0,
            four_bytes,
        );
        let expiry = &will.message_expiry_interval;
        check.optional(Field::WillMessageExpiryInterval, expiry, 0, four_bytes);
        check.text(Field::WillContentType, &will.content_type);
        check.optional_topic(Field::WillResponseTopic, &will.response_topic);
        check.bytes(Field::WillCorrelationData, &will.correlation_data);
        check.user_properties(Field::WillUserProperties, &will.user_properties);
    }
}

/// Whether the browser takes this host for the machine it runs on, to which it allows `ws://` from
/// a page on https.
fn is_loopback(host: &str) -> bool {
    let host = host.trim();
    host.eq_ignore_ascii_case("localhost")
        || host.to_ascii_lowercase().ends_with(".localhost")
        || host.starts_with("127.")
        || matches!(host, "::1" | "[::1]")
}
