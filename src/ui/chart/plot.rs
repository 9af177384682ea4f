//! The plot: a canvas that is drawn anew when the chart has changed, and how it is moved.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::ResizeObserver;

use super::Shown;
use super::draw::{Frame, draw, plot_place, plot_width};
use super::legend::hue;
use crate::lab::chart::ChartWindow;
use crate::time::Instant;
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::memo::{Memo, State, effect};

/// The plot.
#[component]
pub(super) fn Plot(shown: Shown) -> AnyView {
    let lab = use_lab();
    let canvas = NodeRef::<html::Canvas>::new();
    let inks = NodeRef::<html::Div>::new();
    let size = follow_size(canvas, shown);
    // Where the pointer is over the plot, 0 to 1; and where it was when it was last dragged.
    let pointer = State::new(None::<f64>);
    let dragged = State::new(None::<f64>);
    effect(move || {
        let (chart, (width, height), pointer) = (shown.chart.read(), size.get(), pointer.get());
        if let (Some(canvas), Some(inks)) = (canvas.get(), inks.get()) {
            let hues = chart.series.iter().map(|series| hue(series.key));
            let frame = Frame {
                width,
                height,
                pointer,
            };
            draw(&canvas, &inks, &chart, hues, frame);
        }
    });
    let ends = Memo::new(move || {
        shown.chart.with(|chart| {
            lab.with_untracked(|lab| {
                [0.0, 1.0].map(|place| lab.chart_time(shown.client, chart, place))
            })
        })
    });
    let name = move || {
        let [from, to] = ends.get();
        let count = shown.chart.with(|chart| chart.series.len());
        format!("Chart with {count} lines, from {from} to {to}")
    };
    let words = move || {
        let Some(place) = pointer.get() else {
            let nothing = shown
                .chart
                .with(|chart| chart.series.iter().all(|series| series.seen().is_none()));
            return if nothing {
                "No point in this part of time: Show all goes to where they are.".to_owned()
            } else {
                "Drag to move, turn the wheel to zoom, point to read values.".to_owned()
            };
        };
        shown.chart.with(|chart| {
            let mut words = lab.with_untracked(|lab| lab.chart_time(shown.client, chart, place));
            for (series, value) in chart.series.iter().zip(chart.values_at(place)) {
                let name = if series.path.is_empty() {
                    &series.topic
                } else {
                    &series.path
                };
                let value = value.map_or_else(|| "none yet".to_owned(), |value| value.to_string());
                words.push_str(&format!(" · {name}: {value}"));
            }
            words
        })
    };
    let at = move |x: i32| plot_place(f64::from(x), size.get_untracked().0);
    let on_key = move |key: &str| {
        let change: fn(ChartWindow, Instant) -> ChartWindow = match key {
            "ArrowLeft" => |window, now| window.pan(-0.1, now),
            "ArrowRight" => |window, now| window.pan(0.1, now),
            "+" | "=" => |window, now| window.zoom(0.8, 0.5, now),
            "-" => |window, now| window.zoom(1.25, 0.5, now),
            _ => return false,
        };
        shown.move_window(change);
        true
    };
    view! {
        <div class="chart__inks" node_ref=inks hidden=true>
            {(0..12).map(|hue| view! { <i data-hue=hue.to_string()></i> }).collect_view()}
            <i class="chart__ink--line"></i>
            <i class="chart__ink--text"></i>
        </div>
        <canvas
            class="chart__plot"
            role="img"
            tabindex="0"
            aria-label=name
            node_ref=canvas
            on:pointermove=move |event| {
                let place = at(event.offset_x());
                if let Some(before) = dragged.get_untracked() {
                    dragged.set(Some(place));
                    shown.move_window(|window, now| window.pan(before - place, now));
                }
                pointer.set(Some(place));
            }
            on:pointerleave=move |_| pointer.set(None)
            on:pointerdown=move |event| {
                if let Some(canvas) = canvas.get_untracked() {
                    // Fails only for a pointer that is gone already.
                    let _ = canvas.set_pointer_capture(event.pointer_id());
                }
                dragged.set(Some(at(event.offset_x())));
            }
            on:pointerup=move |_| dragged.set(None)
            on:pointercancel=move |_| dragged.set(None)
            on:wheel=move |event| {
                event.prevent_default();
                let place = at(event.offset_x());
                let factor = if event.delta_y() > 0.0 { 1.25 } else { 0.8 };
                shown.move_window(|window, now| window.zoom(factor, place, now));
            }
            on:keydown=move |event| {
                if on_key(&event.key()) {
                    event.prevent_default();
                }
            }
        ></canvas>
        <p class="hint chart__words mono">{words}</p>
    }
    .into_any()
}

/// The size of the canvas in CSS pixels.
fn follow_size(canvas: NodeRef<html::Canvas>, shown: Shown) -> State<(f64, f64)> {
    let size = State::new((0.0, 0.0));
    let on_resize: Closure<dyn FnMut()> = Closure::new(move || {
        if let Some(canvas) = canvas.get_untracked() {
            let (width, height) = (canvas.client_width(), canvas.client_height());
            shown.width.set(plot_width(f64::from(width)));
            size.set((f64::from(width), f64::from(height)));
        }
    });
    // Refused only for a callback that is none.
    let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) else {
        return size;
    };
    let kept = StoredValue::new_local((observer, on_resize));
    canvas.on_load(move |canvas| {
        kept.with_value(|(observer, _)| observer.observe(&canvas));
    });
    on_cleanup(move || {
        let _ = kept.try_with_value(|(observer, _)| observer.disconnect());
    });
    size
}
