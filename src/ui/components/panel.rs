//! A named region with a heading.

use leptos::prelude::*;

use crate::ui::element::view;

/// What the ids of panels end with below where this is provided, so that no two are the same where
/// panels of one heading stand beside each other.
#[derive(Clone, Copy, Debug)]
pub struct PanelIds(pub &'static str);

/// A panel: a region that is found by its name.
#[component]
pub fn Panel(
    /// Its heading and accessible name.
    title: &'static str,
    /// More class names, for its place in the layout.
    #[prop(optional)]
    class: &'static str,
    /// What stands beside the heading.
    #[prop(optional, into)]
    head: Option<ViewFn>,
    /// What stands in it.
    children: Children,
) -> AnyView {
    let suffix = use_context::<PanelIds>().map_or("", |ids| ids.0);
    let id = panel_id(title) + suffix;
    view! {
        <section id=id class=format!("panel {class}") role="region" aria-label=title>
            <div class="panel__head">
                <h2 class="panel__title">{title}</h2>
                {head.map(|head| head.run())}
            </div>
            {children()}
        </section>
    }
    .into_any()
}

/// The id of the panel with this heading.
pub fn panel_id(title: &str) -> String {
    // No id has a space in it: `aria-controls` takes a space as the end of one.
    format!("panel-{}", title.to_ascii_lowercase().replace(' ', "-"))
}
