//! What the lines and marks of the diagram mean.

use leptos::prelude::*;

use crate::lab::wire::PacketFamily;
use crate::ui::element::view;

/// The legend.
pub(super) fn view() -> AnyView {
    let family = |family: PacketFamily| {
        view! {
            <li data-family=family.name()>
                <svg class="ladder__sample" viewBox="0 0 40 12" aria-hidden="true">
                    <path d="M2 6H32M32 6l-6-4v8z" />
                </svg>
                {family.label()}
            </li>
        }
    };
    let sample = |class: &'static str, path: &'static str, words: &'static str| {
        view! {
            <li class=class>
                <svg class="ladder__sample" viewBox="0 0 40 12" aria-hidden="true">
                    <path d=path />
                </svg>
                {words}
            </li>
        }
    };
    view! {
        <ul class="ladder__legend" aria-label="Legend">
            {PacketFamily::ALL.map(family).collect_view()}
            {sample("ladder__legend-bad", "M2 6H20M16 2l8 8M24 2l-8 8", "Lost or swallowed on the way")}
            {sample("ladder__legend-plain", "M2 2L34 10M34 10l-7 0l3 -5z", "Slanted: it arrived later than it was sent")}
            {sample("ladder__legend-link", "M2 6h4m3 0h4m3 0h4m3 0h4m3 0h4M36 1v10", "A connection is opened or closed")}
            {sample("ladder__legend-mark", "M30 1h-8v10h8", "Bracket: the packets of one handshake, on one hop")}
            {sample("ladder__legend-open", "M30 1h-8v3m0 2v2m0 2v2", "Open bracket: an answer is still awaited")}
        </ul>
    }
    .into_any()
}
