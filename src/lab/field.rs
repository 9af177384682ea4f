//! The fields of the forms, by the names they carry on the screen.

/// One field of a form. A refusal names the field it is about, so that the screen can show it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// `Broker`, the picker.
    Broker,
    /// `Host`.
    Host,
    /// `Port`.
    Port,
    /// `Path`.
    Path,
    /// `ClientID`.
    ClientId,
    /// `Username`.
    Username,
    /// `Password`.
    Password,
    /// `Keep Alive`.
    KeepAlive,
    /// `SSL`.
    Ssl,
    /// `Clean Session` (Clean Start in MQTT 5.0).
    CleanSession,
    /// `MQTT version`.
    Version,
    /// `Connect Timeout`.
    ConnectTimeout,
    /// `Reconnect Period`.
    ReconnectPeriod,
    /// `Session Expiry Interval`, MQTT 5.0.
    SessionExpiryInterval,
    /// `Receive Maximum`, MQTT 5.0.
    ReceiveMaximum,
    /// `Maximum Packet Size`, MQTT 5.0.
    MaximumPacketSize,
    /// `Topic Alias Maximum`, MQTT 5.0.
    TopicAliasMaximum,
    /// `Request Response Information`, MQTT 5.0.
    RequestResponseInformation,
    /// `Request Problem Information`, MQTT 5.0.
    RequestProblemInformation,
    /// `Authentication Method`, MQTT 5.0.
    AuthenticationMethod,
    /// `Authentication Data`, MQTT 5.0.
    AuthenticationData,
    /// `User Properties`, MQTT 5.0.
    UserProperties,
    /// `Last-Will Topic`.
    WillTopic,
    /// `Last-Will QoS`.
    WillQos,
    /// `Last-Will Retain`.
    WillRetain,
    /// `Last-Will Message`.
    WillMessage,
    /// `Will Delay Interval`, MQTT 5.0.
    WillDelayInterval,
    /// `Last-Will Message Expiry Interval`, MQTT 5.0.
    WillMessageExpiryInterval,
    /// `Last-Will Content Type`, MQTT 5.0.
    WillContentType,
    /// `Last-Will Response Topic`, MQTT 5.0.
    WillResponseTopic,
    /// `Last-Will Correlation Data`, MQTT 5.0.
    WillCorrelationData,
    /// `Last-Will User Properties`, MQTT 5.0.
    WillUserProperties,
    /// `Topic` of the Publish panel.
    Topic,
    /// `QoS` of the Publish panel.
    Qos,
    /// `Retain`.
    Retain,
    /// `Message`.
    Message,
    /// `Message Expiry Interval`, MQTT 5.0.
    MessageExpiryInterval,
    /// `Content Type`, MQTT 5.0.
    ContentType,
    /// `Response Topic`, MQTT 5.0.
    ResponseTopic,
    /// `Correlation Data`, MQTT 5.0.
    CorrelationData,
    /// `Topic Alias`, MQTT 5.0.
    TopicAlias,
    /// `Topic` of a subscription: a Topic Filter.
    Filter,
    /// `QoS` of a subscription.
    SubscriptionQos,
    /// `No Local`, MQTT 5.0.
    NoLocal,
    /// `Retain As Published`, MQTT 5.0.
    RetainAsPublished,
    /// `Retain Handling`, MQTT 5.0.
    RetainHandling,
    /// `Subscription Identifier`, MQTT 5.0.
    SubscriptionIdentifier,
    /// `Name` of a client or of a profile.
    Name,
    /// `Trace budget`, in megabytes.
    TraceMegabytes,
    /// `Only topics` of the message filter: Topic Filters.
    FilterInclude,
    /// `Not topics` of the message filter: Topic Filters.
    FilterExclude,
    /// `Text` of the message filter.
    FilterText,
    /// `QoS` of the message filter.
    FilterQos,
    /// `From` of the message filter, a time.
    FilterFrom,
    /// `To` of the message filter, a time.
    FilterTo,
}

impl Field {
    /// The name of the control on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broker => "Broker",
            Self::Host => "Host",
            Self::Port => "Port",
            Self::Path => "Path",
            Self::ClientId => "ClientID",
            Self::Username => "Username",
            Self::Password => "Password",
            Self::KeepAlive => "Keep Alive",
            Self::Ssl => "SSL",
            Self::CleanSession => "Clean Session",
            Self::Version => "MQTT version",
            Self::ConnectTimeout => "Connect Timeout",
            Self::ReconnectPeriod => "Reconnect Period",
            Self::SessionExpiryInterval => "Session Expiry Interval",
            Self::ReceiveMaximum => "Receive Maximum",
            Self::MaximumPacketSize => "Maximum Packet Size",
            Self::TopicAliasMaximum => "Topic Alias Maximum",
            Self::RequestResponseInformation => "Request Response Information",
            Self::RequestProblemInformation => "Request Problem Information",
            Self::AuthenticationMethod => "Authentication Method",
            Self::AuthenticationData => "Authentication Data",
            Self::UserProperties => "User Properties",
            Self::WillTopic => "Last-Will Topic",
            Self::WillQos => "Last-Will QoS",
            Self::WillRetain => "Last-Will Retain",
            Self::WillMessage => "Last-Will Message",
            Self::WillDelayInterval => "Will Delay Interval",
            Self::WillMessageExpiryInterval => "Last-Will Message Expiry Interval",
            Self::WillContentType => "Last-Will Content Type",
            Self::WillResponseTopic => "Last-Will Response Topic",
            Self::WillCorrelationData => "Last-Will Correlation Data",
            Self::WillUserProperties => "Last-Will User Properties",
            Self::Topic | Self::Filter => "Topic",
            Self::Qos | Self::SubscriptionQos | Self::FilterQos => "QoS",
            Self::Retain => "Retain",
            Self::Message => "Message",
            Self::MessageExpiryInterval => "Message Expiry Interval",
            Self::ContentType => "Content Type",
            Self::ResponseTopic => "Response Topic",
            Self::CorrelationData => "Correlation Data",
            Self::TopicAlias => "Topic Alias",
            Self::NoLocal => "No Local",
            Self::RetainAsPublished => "Retain As Published",
            Self::RetainHandling => "Retain Handling",
            Self::SubscriptionIdentifier => "Subscription Identifier",
            Self::Name => "Name",
            Self::TraceMegabytes => "Trace budget",
            Self::FilterInclude => "Only topics",
            Self::FilterExclude => "Not topics",
            Self::FilterText => "Text",
            Self::FilterFrom => "From",
            Self::FilterTo => "To",
        }
    }
}
