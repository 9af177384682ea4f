//! The Retained panel.

use leptos::prelude::*;

use crate::lab::ClientKey;
use crate::ui::components::Panel;

/// The Retained panel of one client.
#[component]
pub fn RetainedPanel(client: ClientKey) -> AnyView {
    let _ = client;
    view! { <Panel title="Retained" class="pane pane--subscriptions">""</Panel> }.into_any()
}
