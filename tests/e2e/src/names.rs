//! Accessible names that the tests rely on, other than those of a field, which stand where they are used. Lab sheets
//! name the panels and most buttons; change one here only together with the page and the documents.

/// Panels: `role=region` (or a landmark) with this name.
pub mod region {
    /// The connection of the selected client.
    pub const CONNECTION: &str = "Connection";
    /// Publishing with the selected client.
    pub const PUBLISH: &str = "Publish";
    /// The subscriptions of the selected client.
    pub const SUBSCRIPTIONS: &str = "Subscriptions";
    /// Messages of the selected client.
    pub const MESSAGES: &str = "Messages";
    /// What can be broken on the selected client's link; and the button that opens it.
    pub const FAULTS: &str = "Break it";
    /// The lab's time.
    pub const TIME: &str = "Time";
    /// The rail with every client.
    pub const CLIENTS: &str = "Clients";
    /// On a narrow screen, the row of tabs: which of the panels is shown.
    pub const PANELS: &str = "Panels";
    /// Inside the subscriptions: the explanation of a match, with a field `Topic` of its own.
    pub const WHY: &str = "Why does it match?";
    /// Details of the selected message.
    pub const DETAILS: &str = "Message details";
    /// Topics with a retained message.
    pub const RETAINED: &str = "Retained";
}

/// Buttons.
pub mod button {
    /// Opens the connection with the form's values.
    pub const CONNECT: &str = "Connect";
    /// Ends the connection with a DISCONNECT packet.
    pub const DISCONNECT: &str = "Disconnect";
    /// Closes the socket without a DISCONNECT packet.
    pub const DIE: &str = "Die without DISCONNECT";
    /// Shows the form again while connected.
    pub const EDIT: &str = "Edit";
    /// Sends the message.
    pub const PUBLISH: &str = "Publish";
    /// Opens the form of a subscription.
    pub const ADD_SUBSCRIPTION: &str = "Add New Topic Subscription";
    /// Sends the SUBSCRIBE.
    pub const SUBSCRIBE: &str = "Subscribe";
    /// Empties the list of messages.
    pub const CLEAR_MESSAGES: &str = "Clear messages";
    /// One more client.
    pub const ADD_CLIENT: &str = "Add client";

    /// Ends a subscription.
    pub fn unsubscribe(filter: &str) -> String {
        format!("Unsubscribe {filter}")
    }

    /// Shows the messages of one subscription alone. A button named by the filter itself serves as well.
    pub fn show_only(filter: &str) -> String {
        format!("Show only {filter}")
    }

    /// Asks for another name of the selected client, in a dialog.
    pub fn rename(client: &str) -> String {
        format!("Rename {client}")
    }

    /// Takes a client away.
    pub fn remove(client: &str) -> String {
        format!("Remove {client}")
    }

    /// Asks to clear the retained message of a topic.
    pub fn clear_retained(topic: &str) -> String {
        format!("Clear retained {topic}")
    }
}

/// Fields beyond those that lab sheets name.
pub mod field {
    /// The new name, in the dialog that asks for it.
    pub const NAME: &str = "Name";
    /// Part of the name of the check box that shows sent messages too.
    pub const SENT: &str = "sent";
    /// Part of the name of the check box that keeps the password.
    pub const KEEP_PASSWORD: &str = "password";
}

/// `data-testid` of the element whose text is the payload of the selected message in the chosen view.
pub const PAYLOAD: &str = "payload";
