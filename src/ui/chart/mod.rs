//! The Chart pane: numbers found in the payloads of the selected client's messages, over time.

mod draw;
mod legend;
mod numbers;
mod plot;

use leptos::prelude::*;

use crate::lab::chart::{ChartView, ChartWindow};
use crate::lab::{ClientKey, LabClient};
use crate::time::Instant;
use crate::ui::components::{Button, ButtonKind, EmptyState, Icon, dynamic, when};
use crate::ui::element::view;
use crate::ui::handle::{LabHandle, use_lab};
use crate::ui::lazy::lazy_view;
use crate::ui::memo::{Memo, State};
use crate::ui::screen::use_screen;
pub use numbers::{Numbers, chart_number};

lazy_view! {
    /// The pane.
    pub fn view() in chart, "The Chart pane" => view! { <ChartPane /> }.into_any()
}

#[component]
fn ChartPane() -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let client = lab.memo(|lab| lab.selected().map(LabClient::key));
    dynamic(move || match client.get() {
        Some(client) => {
            let source = screen.source(lab, client);
            dynamic(move || view! { <Chart client=source.get() /> }.into_any())
        }
        None => ().into_any(),
    })
}

/// What the parts of the pane share.
#[derive(Clone, Copy)]
struct Shown {
    lab: LabHandle,
    client: ClientKey,
    /// The part of time that is seen.
    window: State<ChartWindow>,
    /// How many columns of pixels the plot has.
    width: State<usize>,
    /// What is drawn.
    chart: Memo<ChartView>,
}

impl Shown {
    /// Changes what part of time is seen; `change` is given the time that a chart goes along with.
    fn move_window(self, change: impl FnOnce(ChartWindow, Instant) -> ChartWindow) {
        let client = self.client;
        let now = self.lab.with_untracked(|lab| lab.chart_now(client));
        self.window.set(change(self.window.get_untracked(), now));
    }
}

/// The chart of one client, or of the file that was read.
#[component]
fn Chart(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let window = State::new(ChartWindow::default());
    let width = State::new(0_usize);
    let chart = lab.memo(move |lab| lab.chart(client, &window.read(), width.get()));
    let shown = Shown {
        lab,
        client,
        window,
        width,
        chart,
    };
    let is_empty = Memo::new(move || chart.with(|chart| chart.series.is_empty()));
    let whose = lab.words(move |lab| match lab.client(client) {
        Some(client) => format!("Chart of {}", client.name()),
        None => "Chart of the file".to_owned(),
    });
    view! {
        <h2 class="panel__title">{move || whose.get()}</h2>
        {when(move || is_empty.get(), || view! {
            <EmptyState
                title="Nothing is drawn yet"
                text="Press a message in the list: its details name the numbers in it, each with a button Chart this. Topics has Draw in chart for the topic that is chosen there."
            />
        }.into_any())}
        {when(move || !is_empty.get(), move || view! {
            <Tools shown=shown />
            <plot::Plot shown=shown />
            <legend::Legend shown=shown />
        }.into_any())}
    }
    .into_any()
}

/// The buttons over the plot.
#[component]
fn Tools(shown: Shown) -> AnyView {
    let lab = use_lab();
    let moves = move |label: &'static str,
                      hint: &'static str,
                      change: fn(ChartWindow, Instant) -> ChartWindow| {
        view! {
            <Button
                label=label
                kind=ButtonKind::Quiet
                small=true
                hint=Signal::stored(hint.to_owned())
                on_press=move |()| shown.move_window(change)
            />
        }
    };
    let follows = Memo::new(move || shown.window.with(|window| window.end.is_none()));
    let all = move |()| {
        if let Some(span) = lab.with_untracked(|lab| lab.chart_span(shown.client)) {
            shown.window.set(span);
        }
    };
    view! {
        <div class="buttons chart__tools">
            {dynamic(move || {
                let (label, picture, hint) = if follows.get() {
                    ("Pause chart", Icon::Pause, "The chart stands still. Points are gathered all the same.")
                } else {
                    ("Resume chart", Icon::Play, "The chart goes along with the time again.")
                };
                view! {
                    <Button
                        label=label
                        picture=picture
                        small=true
                        hint=Signal::stored(hint.to_owned())
                        on_press=move |()| {
                            shown
                                .move_window(|window, now| {
                                    if window.end.is_none() { window.pause(now) } else { window.follow() }
                                });
                        }
                    />
                }
                    .into_any()
            })}
            {moves("Zoom in", "Half as much time.", |window, now| window.zoom(0.5, 0.5, now))}
            {moves("Zoom out", "Twice as much time.", |window, now| window.zoom(2.0, 0.5, now))}
            {moves("Earlier", "Half a width back in time.", |window, now| window.pan(-0.5, now))}
            {moves("Later", "Half a width on.", |window, now| window.pan(0.5, now))}
            <Button
                label="Show all"
                kind=ButtonKind::Quiet
                small=true
                hint="From the first point to the last."
                on_press=all
            />
        </div>
    }
    .into_any()
}
