//! What the screen can ask of the lab.

use core::time::Duration;

use super::ClientKey;
use super::bots::BotKind;
use super::connection_form::{BrokerChoice, ConnectionForm};
use super::diagnose::Remedy;
use super::errand::Errand;
use super::filter::MessageFilter;
use super::keys::{NoticeKey, SubscriptionKey};
use super::lab_broker::{BotSettings, FaultKey};
use super::publish::PublishForm;
use super::settings::Settings;
use super::subscriptions::SubscribeForm;
use super::trace::RefusedAction;
use super::wire::build::ByHand;
use crate::broker::{BrokerOptions, Memory};
use crate::codec::ReasonCode;
use crate::network::Fault;

/// One thing a person does. Given to [`Lab::handle_command`](super::Lab::handle_command).
#[derive(Debug)]
pub enum Command {
    /// Add a client and select it. Its name is the next free one of alice, bob, carol and so on.
    AddClient,
    /// Remove a client with everything it has received. A connection it has is ended with
    /// DISCONNECT first. The screen asks before. The last client stays.
    RemoveClient {
        /// Which.
        client: ClientKey,
    },
    /// Give a client another name, 1 to 40 characters, which no other client has.
    RenameClient {
        /// Which.
        client: ClientKey,
        /// Its new name.
        name: String,
    },
    /// Show this client.
    SelectClient {
        /// Which.
        client: ClientKey,
    },
    /// Take over what was typed into the Connection panel, wrong or not. While the client is
    /// connected this is for its next connection. A whole URL in `host` is distributed over the fields.
    EditConnection {
        /// Whose form.
        client: ClientKey,
        /// All of it.
        form: Box<ConnectionForm>,
    },
    /// Choose an entry of the `Broker` picker. A public broker fills host, port, path and SSL.
    ChooseBroker {
        /// Whose form.
        client: ClientKey,
        /// The entry.
        broker: BrokerChoice,
    },
    /// Put a new random Client Identifier into the form.
    NewClientIdentifier {
        /// Whose form.
        client: ClientKey,
    },
    /// Connect with the form as it is.
    Connect {
        /// Which.
        client: ClientKey,
    },
    /// End the connection with a DISCONNECT packet; or give up an attempt.
    Disconnect {
        /// Which.
        client: ClientKey,
        /// 5.0: why; [`ReasonCode::Success`] is a normal disconnection and the only one before
        /// 5.0. [`ReasonCode::DisconnectWithWillMessage`] has the will published.
        reason_code: ReasonCode,
    },
    /// Close the Network Connection without a DISCONNECT, as a device does that loses power.
    Die {
        /// Which.
        client: ClientKey,
    },
    /// Do not connect again.
    CancelReconnect {
        /// Which.
        client: ClientKey,
    },
    /// Make a change that the state line has offered after a connection failed. All but
    /// [`Remedy::Retry`] change the form only.
    ApplyRemedy {
        /// Which.
        client: ClientKey,
        /// The change.
        remedy: Remedy,
    },
    /// Send a packet that was made by hand, or open a connection for such.
    ByHand(ByHand),
    /// Take over what was typed into the Publish panel, wrong or not.
    EditPublish {
        /// Whose form.
        client: ClientKey,
        /// All of it.
        form: Box<PublishForm>,
    },
    /// Publish what the Publish panel holds.
    Publish {
        /// Who publishes.
        client: ClientKey,
    },
    /// Take over what was typed into the subscription form, wrong or not.
    EditSubscribe {
        /// Whose form.
        client: ClientKey,
        /// All of it.
        form: Box<SubscribeForm>,
    },
    /// Subscribe to what the subscription form holds. The same Topic Filter again replaces the
    /// subscription.
    Subscribe {
        /// Who subscribes.
        client: ClientKey,
    },
    /// Subscribe once more to what a row holds, after it was lost or refused.
    SubscribeAgain {
        /// Whose.
        client: ClientKey,
        /// Which row.
        subscription: SubscriptionKey,
    },
    /// Unsubscribe. The row goes when the server has answered; at once where there is nothing
    /// that the server could be told.
    Unsubscribe {
        /// Whose.
        client: ClientKey,
        /// Which row.
        subscription: SubscriptionKey,
    },
    /// Take a row off the list without telling the server: for refused and inactive ones.
    RemoveSubscription {
        /// Whose.
        client: ClientKey,
        /// Which row.
        subscription: SubscriptionKey,
    },
    /// Give a subscription another colour.
    ColourSubscription {
        /// Whose.
        client: ClientKey,
        /// Which row.
        subscription: SubscriptionKey,
        /// Below [`COLOURS`](super::COLOURS).
        colour: u8,
    },
    /// Publish the empty retained message that clears a topic's retained message. The screen asks
    /// before.
    ClearRetained {
        /// Who publishes it.
        client: ClientKey,
        /// The Topic Name.
        topic: String,
    },
    /// Empty the list of messages. The trace keeps its records.
    ClearMessages {
        /// Whose.
        client: ClientKey,
    },
    /// Show only the messages of one subscription; `None` shows all.
    FilterMessages {
        /// Whose.
        client: ClientKey,
        /// Which row.
        subscription: Option<SubscriptionKey>,
    },
    /// Filter the list of messages; `None`, or a filter that takes all, shows all. Made by
    /// [`Lab::check_message_filter`](super::Lab::check_message_filter).
    FilterMessagesBy {
        /// Whose.
        client: ClientKey,
        /// The filter.
        filter: Option<Box<MessageFilter>>,
    },
    /// Stop looking through older messages for the filter. What was found stays, and new messages
    /// are filtered on.
    StopSearch {
        /// Whose.
        client: ClientKey,
    },
    /// Have the list of messages stand still. Receiving goes on; what comes is counted:
    /// [`Lab::message_pause`](super::Lab::message_pause).
    PauseMessages {
        /// Whose.
        client: ClientKey,
    },
    /// Have the list of messages move again, with all that came meanwhile.
    ResumeMessages {
        /// Whose.
        client: ClientKey,
    },
    /// Gather the messages of one topic, newest first, with what each has changed:
    /// [`Lab::history_rows`](super::Lab::history_rows).
    OpenHistory {
        /// Whose.
        client: ClientKey,
        /// The Topic Name.
        topic: String,
    },
    /// Let go of the history of a topic.
    CloseHistory {
        /// Whose.
        client: ClientKey,
    },
    /// What a pane asks for that is fetched when it is opened: a
    /// [`TopicCommand`](super::topic_tree::TopicCommand), a [`ChartCommand`](super::chart::ChartCommand), a
    /// [`FileCommand`](super::export::FileCommand), a [`ProfileCommand`](super::ProfileCommand) or an
    /// [`AuthenticationCommand`](super::AuthenticationCommand).
    Errand(Errand),
    /// Fetch the lab broker, where the page has begun without it.
    FetchServer,
    /// Stop the lab broker: every connection to it ends, and no new one comes about.
    StopBroker,
    /// Start the lab broker again.
    StartBroker {
        /// Whether it knows its sessions and retained messages.
        memory: Memory,
    },
    /// Have the lab broker refuse the next CONNECT.
    RefuseNextConnect {
        /// With which Reason Code, told as the nearest return code before 5.0; `None` takes it
        /// back.
        code: Option<ReasonCode>,
    },
    /// Have the lab broker end a connection.
    DisconnectAtBroker {
        /// [`ConnectionRow::key`](super::ConnectionRow::key).
        connection: u64,
        /// 5.0: what its DISCONNECT says.
        reason: ReasonCode,
    },
    /// Have the lab broker discard a session, and end its connection.
    DiscardSession {
        /// The Client Identifier.
        client_id: String,
    },
    /// Have the lab broker forget a retained message.
    ClearRetainedAtBroker {
        /// The Topic Name.
        topic: String,
    },
    /// Change the lab broker's options. What a client was told in its CONNACK stays true for its
    /// connection.
    SetBrokerOptions {
        /// All of them.
        options: Box<BrokerOptions>,
    },
    /// Take the options of a preset; users stay as they are. The first preset resets them.
    ApplyPreset {
        /// The position in [`Preset::ALL`](super::Preset::ALL).
        preset: usize,
    },
    /// Break a client's link, wherever it leads. The fault stays for the links that follow it.
    AddFault {
        /// Whose link.
        client: ClientKey,
        /// What.
        fault: Fault,
    },
    /// Take a fault away.
    RemoveFault {
        /// From whose link.
        client: ClientKey,
        /// Which.
        fault: FaultKey,
    },
    /// Cut a client's link: it is gone at once, without a DISCONNECT, and what was on its way is
    /// lost.
    CutNow {
        /// Whose link.
        client: ClientKey,
    },
    /// Take all faults off the links of all clients.
    ClearAllFaults,
    /// Add a bot, switched off, whose home is the lab broker.
    AddBot {
        /// What it is.
        kind: BotKind,
    },
    /// Switch a bot on.
    StartBot {
        /// Which.
        bot: ClientKey,
    },
    /// Switch a bot off: it says farewell, if its kind does, and disconnects.
    StopBot {
        /// Which.
        bot: ClientKey,
    },
    /// Remove a bot, switched off first.
    RemoveBot {
        /// Which.
        bot: ClientKey,
    },
    /// Change how a bot works.
    SetBot {
        /// Which.
        bot: ClientKey,
        /// All of it.
        settings: BotSettings,
    },
    /// Let the lab's time stand still. Only while no client uses a Server outside this page.
    PauseTime,
    /// Let the lab's time go on.
    RunTime,
    /// Move the lab's time forward, running or not. What falls due on the way happens in order,
    /// each at its own instant; a long way takes several slices of [`Lab::work`](super::Lab::work).
    JumpTime {
        /// By how much; at most a week.
        by: Duration,
    },
    /// Move the lab's time to the next instant at which something falls due.
    JumpToNextTimer,
    /// Change the page's settings.
    SetSettings {
        /// All of them.
        settings: Settings,
    },
    /// Take a notice off the screen.
    DismissNotice {
        /// Which.
        notice: NoticeKey,
    },
}

impl Command {
    /// The client it is for, if it is for one.
    pub fn client(&self) -> Option<ClientKey> {
        match self {
            Self::RemoveClient { client }
            | Self::RenameClient { client, .. }
            | Self::SelectClient { client }
            | Self::EditConnection { client, .. }
            | Self::ChooseBroker { client, .. }
            | Self::NewClientIdentifier { client }
            | Self::Connect { client }
            | Self::Disconnect { client, .. }
            | Self::Die { client }
            | Self::CancelReconnect { client }
            | Self::ApplyRemedy { client, .. }
            | Self::EditPublish { client, .. }
            | Self::Publish { client }
            | Self::EditSubscribe { client, .. }
            | Self::Subscribe { client }
            | Self::SubscribeAgain { client, .. }
            | Self::Unsubscribe { client, .. }
            | Self::RemoveSubscription { client, .. }
            | Self::ColourSubscription { client, .. }
            | Self::ClearRetained { client, .. }
            | Self::ClearMessages { client }
            | Self::FilterMessages { client, .. }
            | Self::FilterMessagesBy { client, .. }
            | Self::StopSearch { client }
            | Self::PauseMessages { client }
            | Self::ResumeMessages { client }
            | Self::OpenHistory { client, .. }
            | Self::CloseHistory { client }
            | Self::AddFault { client, .. }
            | Self::RemoveFault { client, .. }
            | Self::CutNow { client } => Some(*client),
            Self::ByHand(by_hand) => Some(by_hand.client()),
            Self::Errand(errand) => errand.client(),
            Self::AddClient
            | Self::SetSettings { .. }
            | Self::DismissNotice { .. }
            | Self::FetchServer
            | Self::StopBroker
            | Self::StartBroker { .. }
            | Self::RefuseNextConnect { .. }
            | Self::DisconnectAtBroker { .. }
            | Self::DiscardSession { .. }
            | Self::ClearRetainedAtBroker { .. }
            | Self::SetBrokerOptions { .. }
            | Self::ApplyPreset { .. }
            | Self::ClearAllFaults
            | Self::AddBot { .. }
            | Self::StartBot { .. }
            | Self::StopBot { .. }
            | Self::RemoveBot { .. }
            | Self::SetBot { .. }
            | Self::PauseTime
            | Self::RunTime
            | Self::JumpTime { .. }
            | Self::JumpToNextTimer => None,
        }
    }

    /// What it asks for, in the terms of the trace.
    pub(super) fn action(&self) -> RefusedAction {
        match self {
            Self::Connect { .. } => RefusedAction::Connect,
            Self::Errand(errand) => errand.action(),
            Self::Publish { .. } | Self::ClearRetained { .. } => RefusedAction::Publish,
            Self::Subscribe { .. } | Self::SubscribeAgain { .. } => RefusedAction::Subscribe,
            Self::Unsubscribe { .. } => RefusedAction::Unsubscribe,
            Self::Disconnect { .. } | Self::Die { .. } => RefusedAction::Disconnect,
            _ => RefusedAction::Other,
        }
    }
}
