//! The Subscriptions panel: a form for a new one, the list, and why filters match.

mod colour;
mod form;
mod row;
mod why;

use leptos::prelude::*;

use super::components::{Button, EmptyState, Entry, HelpTip, Icon, Panel, keyed, when};
use super::handle::use_lab;
use super::screen::keep_focus;
use crate::lab::explain::Help;
use crate::lab::{ClientKey, SubscriptionKey, SubscriptionRow};
use crate::ui::element::view;

use crate::ui::memo::{Memo, effect};
use form::SubscriptionForm;
use row::SubscriptionItem;
use why::WhyPanel;

/// The Subscriptions panel of one client.
#[component]
pub fn SubscriptionsPanel(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let open = RwSignal::new(false);
    let keys = lab.memo(move |lab| {
        lab.client(client).map_or_else(Vec::new, |client| {
            let rows = client.subscriptions().iter();
            rows.map(|row| row.key).collect::<Vec<SubscriptionKey>>()
        })
    });
    // The form and a row take the focus with them when they go.
    let mut before = (0, false);
    effect(move || {
        let now = (keys.read().len(), open.get());
        if now.0 < before.0 || (before.1 && !now.1) {
            keep_focus(".subscriptions__scroll > .button");
        }
        before = now;
    });
    let row = move |key: SubscriptionKey| {
        let row = lab.memo(move |lab| {
            let rows = lab.client(client)?.subscriptions();
            rows.iter().find(|row| row.key == key).cloned()
        });
        view! { <SubscriptionItem client=client row=row /> }.into_any()
    };
    view! {
        <Panel
            title="Subscriptions"
            class="pane pane--subscriptions panel--fill subscriptions"
            head=|| view! { <HelpTip about="Subscriptions" text=Help::Filter /> }.into_any()
        >
            <div class="subscriptions__scroll">
                <Button
                    label="Add New Topic Subscription"
                    picture=Icon::Add
                    wide=true
                    on_press=move |()| open.update(|open| *open = !*open)
                />
                {when(
                    move || open.get(),
                    move || view! { <SubscriptionForm client=client open=open /> }.into_any(),
                )}
                <ul class="subscriptions__list" role="list" aria-label="Subscriptions">
                    {keyed(move || {
                        let entry = |key: SubscriptionKey| Entry::new(key.value(), move || row(key));
                        keys.get().into_iter().map(entry).collect()
                    })}
                </ul>
                {when(move || keys.read().is_empty() && !open.get(), || view! {
                    <EmptyState
                        title="No subscriptions"
                        text="Add one to receive messages: testtopic/# takes testtopic and everything below it."
                    />
                }.into_any())}
                <WhyPanel client=client />
            </div>
        </Panel>
    }
    .into_any()
}

/// A subscription's row that follows the lab; `None` once it is gone.
type RowSignal = Memo<Option<SubscriptionRow>>;
