//! From the Connection panel's form to what a connection is made with.

use core::num::{NonZeroU16, NonZeroU32};
use core::time::Duration;

use super::address::{self, Address};
use super::brokers::BrokerList;
use super::client_identifier;
use super::connection_form::ConnectionForm;
use super::destination::Destination;
use super::field::Field;
use super::form_check::FormCheck;
use super::refusal::{FormCause, Refusal, RefusalCause};
use crate::client::{ConnectOptions, Reconnect, WillMessage};
use crate::codec::{PayloadFormat, ProtocolVersion};

/// However often an attempt fails, the next one comes within a minute, or within the period that
/// was asked for where that is longer.
const LONGEST_RECONNECT_DELAY: Duration = Duration::from_secs(60);

impl ConnectionForm {
    /// What of this form cannot be used, in the order of its fields; empty where it can be
    /// connected with. `page_is_https` tells whether the browser refuses `ws://`.
    pub fn errors(&self, page_is_https: bool, brokers: &BrokerList) -> Vec<Refusal> {
        match self.check(page_is_https, brokers) {
            Ok(_) => Vec::new(),
            Err(errors) => errors,
        }
    }

    /// Where to connect to and how; or everything that is wrong with the form.
    pub(super) fn check(
        &self,
        page_is_https: bool,
        brokers: &BrokerList,
    ) -> Result<(Destination, ConnectOptions), Vec<Refusal>> {
        let mut check = FormCheck::default();
        let destination = if self.lab_broker {
            Destination::LabBroker
        } else {
            self.check_server(page_is_https, brokers, &mut check)
        };
        let mut options = ConnectOptions::new(self.version, self.client_id.clone());
        options.clean_start = self.clean_session;
        self.check_identity(&mut check, &mut options);
        let keep_alive = check.number(Field::KeepAlive, &self.keep_alive, 0, 65_535);
        options.keep_alive = u16::try_from(keep_alive).unwrap_or_default();
        let timeout = check.number(Field::ConnectTimeout, &self.connect_timeout, 1, 600);
        options.connect_timeout = Duration::from_secs(timeout);
        let period = check.number(Field::ReconnectPeriod, &self.reconnect_period, 1, 3_600);
        let first_delay = Duration::from_secs(period);
        options.reconnect = self.reconnect.then_some(Reconnect {
            first_delay,
            maximum_delay: first_delay.max(LONGEST_RECONNECT_DELAY),
        });
        options.will = self.check_will(&mut check);
        if self.version == ProtocolVersion::V5_0 {
            self.check_properties(&mut check, &mut options);
        }
        check.finish((destination, options))
    }

    fn check_server(
        &self,
        page_is_https: bool,
        brokers: &BrokerList,
        check: &mut FormCheck,
    ) -> Destination {
        let address = self.check_address(check);
        if page_is_https && !self.ssl && !super::diagnose::is_loopback(&self.host) {
            let sibling = brokers.tls_sibling(self.host.trim());
            let tls_port = sibling.map(|broker| broker.port);
            check.fault(
                Field::Ssl,
                RefusalCause::InForm(FormCause::InsecureFromHttps { tls_port }),
            );
        }
        Destination::Server(address)
    }

    fn check_address(&self, check: &mut FormCheck) -> Address {
        if let Err(error) = address::check_host(&self.host) {
            check.fault(Field::Host, RefusalCause::InForm(FormCause::Host(error)));
        }
        let port = address::parse_port(&self.port).unwrap_or_else(|error| {
            check.fault(Field::Port, RefusalCause::InForm(FormCause::Port(error)));
            0
        });
        if let Err(error) = address::check_path(&self.path) {
            check.fault(Field::Path, RefusalCause::InForm(FormCause::Path(error)));
        }
        Address {
            tls: self.ssl,
            host: self.host.trim().to_owned(),
            port,
            path: self.path.trim().to_owned(),
        }
    }

    fn check_identity(&self, check: &mut FormCheck, options: &mut ConnectOptions) {
        if let Err(error) = client_identifier::check(&self.client_id) {
            check.fault(
                Field::ClientId,
                RefusalCause::InForm(FormCause::ClientIdentifier(error)),
            );
        }
        match self.version {
            ProtocolVersion::V3_1 if self.client_id.is_empty() => {
                check.fault(Field::ClientId, RefusalCause::InForm(FormCause::Empty));
            }
            ProtocolVersion::V3_1_1 if self.client_id.is_empty() && !self.clean_session => {
                check.fault(
                    Field::ClientId,
                    RefusalCause::InForm(FormCause::EmptyNeedsCleanSession),
                );
            }
            _ => {}
        }
        options.username = check.text(Field::Username, &self.username);
        options.password = check.bytes(Field::Password, &self.password);
        let lacks_username = options.password.is_some() && options.username.is_none();
        if self.version != ProtocolVersion::V5_0 && lacks_username {
            check.fault(
                Field::Username,
                RefusalCause::InForm(FormCause::PasswordNeedsUsername),
            );
        }
    }

    fn check_will(&self, check: &mut FormCheck) -> Option<WillMessage> {
        let form = &self.will;
        let payload = check.bytes(Field::WillMessage, &form.message);
        let topic = check.optional_topic(Field::WillTopic, &form.topic);
        if topic.is_none() && payload.is_some() {
            check.fault(
                Field::WillTopic,
                RefusalCause::InForm(FormCause::WillNeedsTopic),
            );
        }
        let mut will = WillMessage::new(topic?, payload.unwrap_or_default());
        will.qos = form.qos;
        will.retain = form.retain;
        if self.version == ProtocolVersion::V5_0 {
            let delay = &form.delay_interval;
            will.will_delay_interval = check.optional_u32(Field::WillDelayInterval, delay, 0);
            let expiry = &form.message_expiry_interval;
            will.message_expiry_interval =
                check.optional_u32(Field::WillMessageExpiryInterval, expiry, 0);
            will.content_type = check.text(Field::WillContentType, &form.content_type);
            let response = &form.response_topic;
            will.response_topic = check.optional_topic(Field::WillResponseTopic, response);
            let data = &form.correlation_data;
            will.correlation_data = check.bytes(Field::WillCorrelationData, data);
            will.payload_format_indicator = form.payload_is_utf8.then_some(PayloadFormat::Utf8);
            will.user_properties =
                check.user_properties(Field::WillUserProperties, &form.user_properties);
        }
        Some(will)
    }

    fn check_properties(&self, check: &mut FormCheck, options: &mut ConnectOptions) {
        let expiry = &self.session_expiry_interval;
        options.session_expiry_interval =
            check.optional_u32(Field::SessionExpiryInterval, expiry, 0);
        let maximum = check.optional_u16(Field::ReceiveMaximum, &self.receive_maximum, 1);
        options.receive_maximum = maximum.and_then(NonZeroU16::new);
        let size = check.optional_u32(Field::MaximumPacketSize, &self.maximum_packet_size, 1);
        options.maximum_packet_size = size.and_then(NonZeroU32::new);
        let aliases = &self.topic_alias_maximum;
        options.topic_alias_maximum = check.optional_u16(Field::TopicAliasMaximum, aliases, 0);
        // Left out, they have the values that the form begins with.
        options.request_response_information = self.request_response_information.then_some(true);
        options.request_problem_information = (!self.request_problem_information).then_some(false);
        options.user_properties =
            check.user_properties(Field::UserProperties, &self.user_properties);
        let method = &self.authentication_method;
        options.authentication_method = check.text(Field::AuthenticationMethod, method);
        let data = &self.authentication_data;
        options.authentication_data = check.bytes(Field::AuthenticationData, data);
        if options.authentication_data.is_some() && options.authentication_method.is_none() {
            check.fault(
                Field::AuthenticationMethod,
                RefusalCause::InForm(FormCause::Empty),
            );
        }
        options.topic_aliases = self.use_topic_aliases;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::brokers::public_brokers;

    fn fields(form: &ConnectionForm) -> Vec<Field> {
        let errors = form.errors(false, &public_brokers());
        errors.into_iter().filter_map(|error| error.field).collect()
    }

    fn form() -> ConnectionForm {
        ConnectionForm {
            lab_broker: false,
            client_id: "me".to_owned(),
            ..ConnectionForm::default()
        }
    }

    #[test]
    fn every_field_says_what_is_wrong_with_it() {
        assert_eq!(fields(&form()), []);
        let mut wrong = form();
        wrong.host = "ws://x".to_owned();
        wrong.port = "0".to_owned();
        wrong.path = "#".to_owned();
        wrong.client_id = "a\0".to_owned();
        wrong.password = "p".to_owned();
        wrong.keep_alive = "65536".to_owned();
        wrong.connect_timeout = "0".to_owned();
        wrong.reconnect_period = "soon".to_owned();
        wrong.will.message = "gone".to_owned();
        let expected = [
            Field::Host,
            Field::Port,
            Field::Path,
            Field::ClientId,
            Field::Username,
            Field::KeepAlive,
            Field::ConnectTimeout,
            Field::ReconnectPeriod,
            Field::WillTopic,
        ];
        assert_eq!(fields(&wrong), expected);
        for error in wrong.errors(false, &public_brokers()) {
            let words = error.words();
            assert!(words.ends_with('.') && !words.contains(".."), "{words}");
        }
    }

    #[test]
    fn the_lab_broker_needs_no_address() {
        let mut lab_broker = form();
        lab_broker.lab_broker = true;
        lab_broker.host.clear();
        lab_broker.port.clear();
        let brokers = public_brokers();
        assert_eq!(lab_broker.errors(true, &brokers), []);
        let (destination, _) = lab_broker.check(true, &brokers).unwrap();
        assert_eq!(destination, Destination::LabBroker);
        lab_broker.lab_broker = false;
        assert_eq!(fields(&lab_broker), [Field::Host, Field::Port]);
    }

    #[test]
    fn fields_of_5_0_count_with_5_0_alone() {
        let mut form = form();
        form.receive_maximum = "0".to_owned();
        form.session_expiry_interval = "4294967296".to_owned();
        form.will.topic = "a".to_owned();
        form.will.response_topic = "b/+".to_owned();
        form.authentication_data = "x".to_owned();
        assert_eq!(fields(&form), []);
        form.version = ProtocolVersion::V5_0;
        let expected = [
            Field::WillResponseTopic,
            Field::SessionExpiryInterval,
            Field::ReceiveMaximum,
            Field::AuthenticationMethod,
        ];
        assert_eq!(fields(&form), expected);
    }

    #[test]
    fn a_page_on_https_needs_ssl_but_to_its_own_machine() {
        let brokers = public_brokers();
        let refusal = form().errors(true, &brokers).pop().unwrap();
        let tls_port = Some(8884);
        assert_eq!(
            refusal.cause,
            RefusalCause::InForm(FormCause::InsecureFromHttps { tls_port })
        );
        let local = ConnectionForm {
            host: "localhost".to_owned(),
            ..form()
        };
        assert_eq!(local.errors(true, &brokers), []);
    }

    #[test]
    fn everything_typed_reaches_the_options() {
        let mut form = form();
        form.version = ProtocolVersion::V5_0;
        form.password = "p".to_owned();
        form.reconnect = true;
        form.reconnect_period = "120".to_owned();
        form.receive_maximum = "7".to_owned();
        form.request_problem_information = false;
        form.will.topic = "status".to_owned();
        form.will.delay_interval = "5".to_owned();
        let (destination, options) = form.check(false, &public_brokers()).unwrap();
        assert_eq!(destination.words(), "ws://broker.hivemq.com:8000/mqtt");
        assert_eq!(options.password, Some(b"p".to_vec()));
        assert_eq!(options.receive_maximum, NonZeroU16::new(7));
        assert_eq!(options.request_problem_information, Some(false));
        assert_eq!(options.will.unwrap().will_delay_interval, Some(5));
        let reconnect = options.reconnect.unwrap();
        assert_eq!(reconnect.delay(9), Duration::from_secs(120));
    }
}
