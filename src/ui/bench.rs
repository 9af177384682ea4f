//! The bench: the selected client with its panels, and what the page has to say.

use leptos::prelude::*;

use super::components::{Button, ButtonKind, EmptyState, Icon, Tab, Tabs, Tone, icon, panel_id};
use super::connection::ConnectionPanel;
use super::handle::{use_dispatch, use_lab};
use super::messages::MessagesPanel;
use super::publish::PublishPanel;
use super::retained::RetainedPanel;
use super::screen::{Pane, use_screen};
use super::subscriptions::SubscriptionsPanel;
use crate::lab::{ClientKey, Command, LabClient, Notice, Severity};

/// The selected client with its panels. They are made anew for each client that is selected.
#[component]
pub fn Bench() -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let selected = lab.memo(|lab| lab.selected().map(LabClient::key));
    view! {
        <main
            class="bench"
            id="bench"
            tabindex="-1"
            data-pane=move || screen.pane.get().name()
        >
            <PaneTabs />
            <Notices />
            {move || match selected.get() {
                Some(client) => view! { <ClientView client=client /> }.into_any(),
                None => {
                    view! {
                        <EmptyState
                            title="No client is selected"
                            text="Choose one under Clients, or add one there."
                        />
                    }
                        .into_any()
                }
            }}
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
                <PublishPanel client=client />
                <MessagesPanel client=client />
            </div>
            <div class="bench__right">
                <SubscriptionsPanel client=client />
                <RetainedPanel client=client />
            </div>
        </div>
    }
    .into_any()
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
