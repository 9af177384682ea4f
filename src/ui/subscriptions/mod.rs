//! The Subscriptions panel.

use leptos::prelude::*;

use crate::lab::ClientKey;
use crate::ui::components::Panel;

/// The Subscriptions panel of one client.
#[component]
pub fn SubscriptionsPanel(client: ClientKey) -> AnyView {
    let _ = client;
    view! { <Panel title="Subscriptions" class="pane pane--subscriptions panel--fill">""</Panel> }
        .into_any()
}
