//! How the last connection, or the attempt at one, ended: who, why, and what to do next.

use leptos::prelude::*;

use crate::lab::diagnose::Remedy;
use crate::lab::{ClientKey, Closed, Command};
use crate::ui::components::{Button, Callout, Tone, dynamic};
use crate::ui::element::view;
use crate::ui::handle::{Dispatch, use_dispatch, use_lab};

/// A calm block on how the last connection ended; nothing where there was none, or where it ended
/// as it was asked to.
#[component]
pub(super) fn ClosedReport(client: ClientKey) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let closed = lab.memo(move |lab| {
        let closed = lab.state_line(client)?.closed;
        closed.filter(|closed| !closed.as_asked)
    });
    view! {
        <div aria-live="polite">
            {dynamic(move || {
                closed.get().map(|closed| report(closed, client, dispatch)).into_any()
            })}
        </div>
    }
    .into_any()
}

fn report(closed: Closed, client: ClientKey, dispatch: Dispatch) -> AnyView {
    let heading = closed.heading();
    let advice = closed.advice.into_iter();
    let advice: Vec<_> = advice
        .map(|advice| view! { <li>{advice}</li> }.into_any())
        .collect();
    let remedies = closed.remedies.into_iter();
    let remedies: Vec<_> = remedies
        .map(|remedy| remedy_view(remedy, client, dispatch))
        .collect();
    let is_bare = advice.is_empty();
    view! {
        <Callout tone=Tone::Bad title=heading>
            <p>{closed.why}</p>
            <ul hidden=is_bare>{advice}</ul>
            <div class="buttons">{remedies}</div>
        </Callout>
    }
    .into_any()
}

/// What speaks against the address in the form, before it is tried.
#[component]
pub(super) fn Doubts(client: ClientKey) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let doubts = lab.memo(move |lab| lab.doubts(client));
    dynamic(move || {
        let doubts = doubts.get().into_iter();
        let views = doubts.map(|doubt| {
            let remedy = doubt.remedy;
            let remedy = remedy.map(|remedy| remedy_view(remedy, client, dispatch));
            view! {
                <Callout tone=Tone::Warn title=doubt.name.to_owned()>
                    <p>{doubt.words}</p>
                    <div class="buttons">{remedy}</div>
                </Callout>
            }
            .into_any()
        });
        views.collect::<Vec<_>>().into_any()
    })
}

/// A change that can be made with one click; an address to look at is a link.
fn remedy_view(remedy: Remedy, client: ClientKey, dispatch: Dispatch) -> AnyView {
    let label = remedy.label();
    match remedy {
        Remedy::OpenInTab(address) => view! {
            <a class="button button--small" href=address target="_blank" rel="noopener noreferrer">
                {label}
            </a>
        }
        .into_any(),
        remedy => view! {
            <Button
                label=label
                small=true
                on_press=move |()| {
                    dispatch
                        .tell(Command::ApplyRemedy {
                            client,
                            remedy: remedy.clone(),
                        });
                }
            />
        }
        .into_any(),
    }
}
