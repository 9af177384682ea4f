//! The Publish panel.

use leptos::prelude::*;

use crate::lab::ClientKey;
use crate::ui::components::Panel;

/// The Publish panel of one client.
#[component]
pub fn PublishPanel(client: ClientKey) -> AnyView {
    let _ = client;
    view! { <Panel title="Publish" class="pane pane--publish">""</Panel> }.into_any()
}
