//! The bench: the selected client with its panels, and what the page has to say.

use leptos::context::Provider;
use leptos::prelude::*;

use super::components::{
    Button, ButtonKind, EmptyState, Icon, PanelIds, Tab, Tabs, Tone, dynamic, icon, panel_id,
};
use super::connection::ConnectionPanel;
use super::handle::{LabHandle, use_dispatch, use_lab};
use super::lazy::lazy_view;
use super::memo::{Memo, effect};
use super::messages::MessagesPanel;
use super::publish::PublishPanel;
use super::retained::RetainedPanel;
use super::screen::{Pane, Screen, keep_focus, use_screen};
use super::subscriptions::SubscriptionsPanel;
use crate::lab::{ClientKey, Command, LabClient, Notice, Severity};
use crate::ui::element::view;

/// The selected client with its panels. They are made anew for each client that is selected.
#[component]
pub fn Bench() -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let shown = Memo::new(move || {
        let pair = screen.shown_pair();
        lab.with(|lab| lab.shown_clients(pair))
    });
    keep_pair(lab, screen);
    view! {
        <main
            class="bench"
            class:bench--two=move || shown.with(|shown| shown.len() == 2)
            id="bench"
            tabindex="-1"
            data-pane=move || screen.pane.get().name()
        >
            <PaneTabs />
            <Notices />
            {dynamic(move || {
                match shown.read()[..] {
                    [client] => view! { <ClientView client=client /> }.into_any(),
                    [left, right] => two(left, right),
                    _ => {
                        view! {
                            <EmptyState
                                title="No client is selected"
                                text="Choose one under Clients, or add one there."
                            />
                        }
                            .into_any()
                    }
                }
            })}
        </main>
    }
    .into_any()
}

/// The panels of one client. Below Connection they stand in two columns, 8/12 and 4/12; on narrow
/// screens one at a time.
#[component]
fn ClientView(client: ClientKey) -> AnyView {
    view! {
        <ConnectionPanel client=client />
        <div class="bench__columns">
            <div class="bench__left">
                {publish(client)}
                {messages(client)}
            </div>
            <div class="bench__right">
                {subscriptions(client)}
                {retained(client)}
            </div>
        </div>
    }
    .into_any()
}

// Behind the first frame: without them one can fill in the form and connect.
lazy_view! {
    fn publish(client: ClientKey) in bench, "Publish" as "pane pane--publish publish" => view! {
        <PublishPanel client=client />
    }
    .into_any()
}

lazy_view! {
    fn messages(client: ClientKey)
    in bench, "Messages" as "pane pane--messages panel--fill messages" => view! {
        <MessagesPanel client=client />
    }
    .into_any()
}

lazy_view! {
    fn subscriptions(client: ClientKey)
    in bench, "Subscriptions" as "pane pane--subscriptions panel--fill subscriptions" => view! {
        <SubscriptionsPanel client=client />
    }
    .into_any()
}

lazy_view! {
    fn retained(client: ClientKey)
    in bench, "Retained" as "pane pane--subscriptions retained" => view! {
        <RetainedPanel client=client />
    }
    .into_any()
}

/// Keeps two clients side by side whoever of them is selected, and no longer than there are two.
fn keep_pair(lab: LabHandle, screen: Screen) {
    let selected = lab.memo(|lab| lab.selected().map(LabClient::key));
    let clients = lab.memo(|lab| lab.clients().map(LabClient::key).collect::<Vec<_>>());
    let mut before = None;
    effect(move || {
        clients.read();
        let now = selected.get();
        if let Some(pair) = screen.pair.get_untracked() {
            let after = lab.with_untracked(|lab| lab.pair_after(pair, before));
            if after != Some(pair) {
                screen.pair.set(after);
            }
        }
        before = now;
    });
}

lazy_view! {
    /// Two clients side by side, so that what one publishes is seen arriving at the other.
    fn two(left: ClientKey, right: ClientKey) in bench, "The two clients" => view! {
        <div class="bench__two">
            {one_of_two(left, right, false)}
            {one_of_two(right, left, true)}
        </div>
    }
    .into_any()
}

/// One of two clients: a group that carries its name, with the panels that fit.
fn one_of_two(client: ClientKey, other: ClientKey, is_second: bool) -> AnyView {
    let (lab, dispatch, screen) = (use_lab(), use_dispatch(), use_screen());
    let name = lab.words(move |lab| {
        let client = lab.client(client);
        client.map_or_else(String::new, |client| client.name().to_owned())
    });
    let hue = lab.words(move |lab| {
        let client = lab.client(client);
        client.map_or_else(String::new, |client| client.colour().to_string())
    });
    let panels = move || {
        view! {
            <ConnectionPanel client=client />
            {publish(client)}
            {subscriptions(client)}
            {messages(client)}
        }
        .into_any()
    };
    let panels = if is_second {
        view! { <Provider value=PanelIds("-beside")>{panels()}</Provider> }.into_any()
    } else {
        panels()
    };
    view! {
        <section
            class="bench__client"
            role="group"
            aria-label=move || name.get()
            data-hue=move || hue.get()
            on:focusin=mark_used
        >
            <div class="bench__name">
                <h2>{move || name.get()}</h2>
                <span class="grow"></span>
                <Button
                    label=Signal::derive(move || format!("Close {}", name.get()))
                    kind=ButtonKind::Quiet
                    picture=Icon::Close
                    icon_only=true
                    small=true
                    on_press=move |()| {
                        screen.pair.set(None);
                        dispatch.tell(Command::SelectClient { client: other });
                        keep_focus(".client__beside .button");
                    }
                />
            </div>
            {panels}
        </section>
    }
    .into_any()
}

/// Remembers, on the element, which of two clients had the focus last.
fn mark_used(event: web_sys::FocusEvent) {
    let Some(used) = event.current_target() else {
        return;
    };
    let used: web_sys::Element = wasm_bindgen::JsCast::unchecked_into(used);
    // Both fail only for names that are none.
    for sibling in [used.previous_element_sibling(), used.next_element_sibling()] {
        let _ = sibling.map(|sibling| sibling.remove_attribute("data-used"));
    }
    let _ = used.set_attribute("data-used", "");
}

/// Chooses the panel on a narrow screen.
#[component]
fn PaneTabs() -> AnyView {
    let screen = use_screen();
    let tabs = Pane::ALL.map(|pane| Tab {
        label: pane.title().to_owned(),
        controls: panel_id(pane.title()),
    });
    let place = move || Pane::ALL.iter().position(|pane| *pane == screen.pane.get());
    view! {
        <div class="panes">
            <Tabs
                label="Panels"
                tabs=tabs.to_vec()
                selected=Signal::derive(move || place().unwrap_or_default())
                on_select=move |index: usize| {
                    if let Some(pane) = Pane::ALL.get(index) {
                        screen.pane.set(*pane);
                    }
                }
            />
        </div>
    }
    .into_any()
}

/// What concerns no single control: storage that failed, a profile that could not be read.
#[component]
fn Notices() -> AnyView {
    let lab = use_lab();
    let notices = lab.memo(|lab| lab.notices().iter().cloned().collect::<Vec<Notice>>());
    view! {
        <div class="notices" role="log" aria-label="Notices" hidden=move || notices.with(Vec::is_empty)>
            {move || notices.get().into_iter().rev().map(notice_view).collect_view()}
        </div>
    }
    .into_any()
}

fn notice_view(notice: Notice) -> AnyView {
    let dispatch = use_dispatch();
    let tone = match notice.severity {
        Severity::Information => Tone::Accent,
        Severity::Warning => Tone::Warn,
        Severity::Error => Tone::Bad,
    };
    let times = if notice.times > 1 {
        format!(" ({} times)", notice.times)
    } else {
        String::new()
    };
    let key = notice.key;
    let words = notice.words + &times;
    view! {
        <div class=format!("callout callout--{}", tone.name())>
            {icon(if tone == Tone::Accent { Icon::Info } else { Icon::Warning })}
            <p class="callout__body">{words.clone()}</p>
            <Button
                label=format!("Dismiss: {words}")
                kind=ButtonKind::Quiet
                picture=Icon::Close
                icon_only=true
                small=true
                on_press=move |()| dispatch.tell(Command::DismissNotice { notice: key })
            />
        </div>
    }
    .into_any()
}
