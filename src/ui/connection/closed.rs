//! How the last connection, or the attempt at one, ended: who, why, and what to do next.

use leptos::prelude::*;

use crate::lab::{ClientKey, Closed};
use crate::ui::components::{Callout, Tone};
use crate::ui::handle::use_lab;
use crate::ui::present::state_line;

/// A calm block on how the last connection ended; nothing where there was none, or where it ended
/// as it was asked to.
#[component]
pub(super) fn ClosedReport(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let closed = Memo::new(move |_| {
        let closed = state_line(lab, client)?.closed;
        closed.filter(|closed| !closed.as_asked)
    });
    view! {
        <div aria-live="polite">{move || closed.get().map(report)}</div>
    }
    .into_any()
}

fn report(closed: Closed) -> AnyView {
    view! {
        <Callout tone=Tone::Bad title=format!("Ended by {}", closed.by)>
            <p>{closed.why}</p>
            <ul>
                {closed.advice.into_iter().map(|advice| view! { <li>{advice}</li> }).collect_view()}
            </ul>
        </Callout>
    }
    .into_any()
}
