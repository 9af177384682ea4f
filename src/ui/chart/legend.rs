//! The lines of the chart by name, and the same as a table.

use leptos::prelude::*;

use super::Shown;
use crate::lab::chart::{ChartCommand, SeriesView};
use crate::lab::{SeriesKey, format, wording};
use crate::ui::components::{Button, ButtonKind, Disclosure, Entry, Icon, keyed};
use crate::ui::element::view;
use crate::ui::handle::use_dispatch;
use crate::ui::memo::Memo;

/// How many colours there are; see `style/tokens.css`.
const HUES: u32 = 12;

/// The colour of a line.
pub(super) fn hue(key: SeriesKey) -> usize {
    (key.value().wrapping_sub(1) % HUES) as usize
}

/// The legend.
#[component]
pub(super) fn Legend(shown: Shown) -> AnyView {
    let dispatch = use_dispatch();
    let keys = Memo::new(move || {
        shown.chart.with(|chart| {
            let series = chart.series.iter();
            series.map(|series| series.key).collect::<Vec<_>>()
        })
    });
    let row = move |key: SeriesKey| {
        let words = Memo::new(move || read(shown, key, SeriesView::words));
        let notes = Memo::new(move || read(shown, key, notes));
        let remove = move |()| {
            dispatch.tell(
                ChartCommand::RemoveSeries {
                    client: shown.client,
                    series: key,
                }
                .into(),
            );
        };
        view! {
            <li class="legend__row" data-hue=hue(key).to_string()>
                <span class="legend__mark" aria-hidden="true"></span>
                <span class="legend__words mono">{move || words.get()}</span>
                <Button
                    label=Signal::derive(move || format!("Remove {}", words.get()))
                    kind=ButtonKind::Quiet
                    picture=Icon::Close
                    icon_only=true
                    small=true
                    on_press=remove
                />
                <span class="legend__notes hint" hidden=move || notes.with(String::is_empty)>
                    {move || notes.get()}
                </span>
            </li>
        }
        .into_any()
    };
    view! {
        <ul class="legend" aria-label="Lines of the chart">
            {keyed(move || {
                let entry = |key: SeriesKey| Entry::new(key.value(), move || row(key));
                keys.get().into_iter().map(entry).collect()
            })}
        </ul>
        <Disclosure title="As a table" summary="what is seen, in numbers">
            {table(shown)}
        </Disclosure>
    }
    .into_any()
}

fn read(shown: Shown, key: SeriesKey, read: fn(&SeriesView) -> String) -> String {
    shown.chart.with(|chart| {
        let series = chart.series.iter().find(|series| series.key == key);
        series.map(read).unwrap_or_default()
    })
}

fn notes(series: &SeriesView) -> String {
    if series.is_searching {
        return "looking through older messages".to_owned();
    }
    match series.without {
        0 => String::new(),
        without => wording::messages(without) + " of the topic without such a number",
    }
}

fn table(shown: Shown) -> AnyView {
    let rows = move || {
        shown.chart.with(|chart| {
            let row = |series: &SeriesView| {
                let seen = series.seen();
                let number = |value: Option<f64>| {
                    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
                };
                let name = if series.path.is_empty() {
                    series.topic.clone()
                } else {
                    format!("{} · {}", series.topic, series.path)
                };
                view! {
                    <tr>
                        <th scope="row" class="mono">{name}</th>
                        <td>{number(series.last)}</td>
                        <td>{number(seen.map(|(low, _)| low))}</td>
                        <td>{number(seen.map(|(_, high)| high))}</td>
                        <td>{format::count(series.points)}</td>
                    </tr>
                }
            };
            chart.series.iter().map(row).collect_view()
        })
    };
    view! {
        <table class="chart__table">
            <thead>
                <tr>
                    <th scope="col">"Line"</th>
                    <th scope="col">"Latest"</th>
                    <th scope="col">"Lowest seen"</th>
                    <th scope="col">"Highest seen"</th>
                    <th scope="col">"Points"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}
