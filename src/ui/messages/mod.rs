//! The Messages panel.

use leptos::prelude::*;

use crate::lab::ClientKey;
use crate::ui::components::Panel;

/// The Messages panel of one client.
#[component]
pub fn MessagesPanel(client: ClientKey) -> AnyView {
    let _ = client;
    view! { <Panel title="Messages" class="pane pane--messages panel--fill">""</Panel> }.into_any()
}
