//! What CONNACK said, and what the server allows on this connection.

use leptos::prelude::*;

use crate::lab::{ClientKey, Fact};
use crate::ui::components::{Disclosure, HelpTip, dynamic, when};
use crate::ui::element::view;
use crate::ui::handle::use_lab;

/// What the server answered and what it allows; nothing while there is no connection.
#[component]
pub(super) fn ServerFacts(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let facts = lab.memo(move |lab| lab.connack_facts(client));
    let summary = Signal::derive(move || match facts.with(Vec::len) {
        1 => "1 fact from CONNACK".to_owned(),
        number => format!("{number} facts from CONNACK"),
    });
    when(
        move || facts.with(|facts| !facts.is_empty()),
        move || {
            view! {
                <Disclosure title="What the broker answered" summary=summary>
                    <dl class="facts facts--columns">
                        {dynamic(move || facts.get().into_iter().map(row).collect_view().into_any())}
                    </dl>
                </Disclosure>
            }
            .into_any()
        },
    )
}

fn row(fact: Fact) -> AnyView {
    view! {
        <div class="facts__fact">
            <dt>{fact.name} <HelpTip about=fact.name text=fact.help /></dt>
            <dd>{fact.value}</dd>
        </div>
    }
    .into_any()
}
