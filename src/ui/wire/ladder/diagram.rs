//! The diagram: heads that stay, and a canvas on which only the rows in view are drawn.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::ResizeObserver;

use super::draw::{Frame, draw};
use super::follow::Following;
use super::inks::{Inks, palette};
use crate::lab::list_view::RowStep;
use crate::lab::wire::ladder::{Geometry, Lane};
use crate::ui::components::{Entry, keyed};
use crate::ui::element::view;
use crate::ui::memo::{Memo, State, effect};
use crate::ui::wire::scroller::TailScroller;

/// How far one step of the arrow keys moves the diagram sideways, in CSS pixels.
const SIDEWAYS: i32 = 80;

/// The diagram; arrow keys, Page Up and Down, Home and End move the selection.
pub(super) fn view(following: Following) -> AnyView {
    let screen = following.screen;
    let follows = move || screen.wire_paused.get_untracked().is_none();
    let scroller = TailScroller::attach(follows);
    let canvas = NodeRef::<html::Canvas>::new();
    let inks_node = NodeRef::<html::Div>::new();
    let inks = StoredValue::new(Inks::default());
    let size = follow_size(scroller.node);
    let left = State::new(0.0_f64);
    let hovered = State::new(None::<u64>);
    let lanes = following.lanes;
    let geometry = Memo::new(move || Geometry::new(size.get().0, &lanes.read()));
    effect(move || scroller.on_extent(following.extent.get(), follows()));
    begin_at_selected(following, scroller);
    let window = scroller.window();
    let told = Memo::new(move || scroller.view().extent());
    let picture = Memo::new(move || {
        let (extent, window) = (told.get(), window.read());
        let numbers =
            extent.first + window.rows.start as u64..extent.first + window.rows.end as u64;
        following.picture(numbers.start..numbers.end.min(extent.end))
    });
    // Light or dark: the inks are others then.
    let theme = following.lab.memo(|lab| lab.settings().theme);
    let scheme = follow_scheme();
    // The place of the first drawn row's top in the canvas.
    let top = move || {
        let bar = scroller
            .node
            .get_untracked()
            .map_or(0.0, |node| f64::from(node.scroll_top()));
        window.with(|window| window.padding_top) - bar
    };
    let scrolled = State::new(0_i32);
    effect(move || {
        let (theme, scheme) = (theme.get(), scheme.get());
        let _ = (theme, scheme, scrolled.get());
        let picture = picture.read();
        let geometry = geometry.read();
        let (width, height) = size.get();
        let frame = Frame {
            width,
            height,
            left: left.get(),
            top: top(),
            row_height: scroller.view().row_height(),
            first: told.with(|extent| extent.first)
                + window.with(|window| window.rows.start as u64),
            end: told.with(|extent| extent.end),
            selected: following.selected.get(),
            hovered: hovered.get(),
        };
        let (Some(canvas), Some(palette)) = (canvas.get(), inks_node.get()) else {
            return;
        };
        inks.update_value(|inks| inks.refresh(&palette));
        inks.with_value(|inks| {
            draw(&canvas, inks, &picture, &lanes.read(), &geometry, frame);
        });
    });
    let row_at = move |y: f64| {
        let height = scroller.view_untracked().row_height();
        let extent = told.get_untracked();
        let first = extent.first + window.with_untracked(|window| window.rows.start as u64);
        let row = first + ((y - top()) / height.max(1.0)).max(0.0) as u64;
        (row < extent.end).then_some(row)
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        if let (key @ ("ArrowLeft" | "ArrowRight"), Some(node)) =
            (event.key().as_str(), scroller.node.get_untracked())
        {
            let by = if key == "ArrowLeft" {
                -SIDEWAYS
            } else {
                SIDEWAYS
            };
            node.set_scroll_left(node.scroll_left() + by);
            event.prevent_default();
            return;
        }
        let Some(step) = RowStep::of_key(&event.key()) else {
            return;
        };
        event.prevent_default();
        match step {
            RowStep::Up => following.step(false),
            RowStep::Down => following.step(true),
            step => {
                let here = following.selected.get_untracked();
                if let Some(next) = scroller.view_untracked().step(here, step) {
                    following.select_near(next, !matches!(step, RowStep::PageUp | RowStep::End));
                }
            }
        }
    };
    let name = move || {
        let count = told.read().count();
        format!(
            "Ladder diagram, {count} rows, newest last. The button Table shows the same rows in words."
        )
    };
    view! {
        {palette(inks_node)}
        {heads(lanes, geometry, left)}
        <div
            class="ladder__diagram"
            tabindex="0"
            role="application"
            aria-roledescription="ladder diagram"
            aria-label=name
            node_ref=scroller.node
            on:scroll=move |_| {
                if let Some(node) = scroller.node.get_untracked() {
                    left.set(f64::from(node.scroll_left()));
                    scrolled.set(node.scroll_top());
                }
                // Not where the browser has moved it, because its size is another one.
                let (_, height) = size.get_untracked();
                let node = scroller.node.get_untracked();
                let is_steady = node.is_none_or(|node| f64::from(node.client_height()) == height);
                if !scroller.on_scroll() && follows() && is_steady {
                    screen.pause_wire(following.lab);
                }
            }
            on:keydown=on_key
        >
            <div
                class="ladder__content"
                style:width=move || format!("{}px", geometry.read().width)
                node_ref=scroller.content
            >
                <div class="ladder__probe" node_ref=scroller.probe></div>
                <canvas
                    class="ladder__canvas"
                    aria-hidden="true"
                    node_ref=canvas
                    on:pointermove=move |event| {
                        let row = row_at(f64::from(event.offset_y()));
                        if hovered.get_untracked() != row {
                            hovered.set(row);
                        }
                    }
                    on:pointerleave=move |_| hovered.set(None)
                    // Between press and release the rows may move on.
                    on:mousedown=move |event| {
                        if let Some(row) = row_at(f64::from(event.offset_y())) {
                            following.select(row);
                        }
                    }
                ></canvas>
            </div>
        </div>
    }
    .into_any()
}

/// Has a list of the ladder's rows begin where the selection is, or at its end, and go there when another record is
/// selected, or when less is seen of the list: the inspector opens with the first selection.
pub(super) fn begin_at_selected(following: Following, scroller: TailScroller) {
    let is_measured = Memo::new(move || scroller.view().row_height() > 0.0);
    let size = follow_size(scroller.node);
    let is_begun = StoredValue::new(false);
    effect(move || {
        let wanted = following.reveal.get();
        size.read();
        if !is_measured.get() {
            return;
        }
        let is_first = !is_begun.get_value();
        is_begun.set_value(true);
        match following.selected.get_untracked().or(wanted) {
            Some(row) => scroller.change(|view| view.reveal(row)),
            None if is_first => scroller.change(crate::lab::wire::TailView::to_end),
            None => {}
        }
    });
}

/// The names over the lanes.
fn heads(lanes: State<Vec<Lane>>, geometry: Memo<Geometry>, left: State<f64>) -> AnyView {
    let all = move || {
        let geometry = geometry.get();
        let lanes = lanes.get().into_iter().enumerate();
        let entry = |(place, lane): (usize, Lane)| {
            let (x, gap) = (geometry.lane(place), geometry.gap);
            let key = format!("{place}.{x}.{gap}.{}.{}", lane.name, lane.title);
            Entry::new(key, move || head(lane, x, gap))
        };
        lanes.map(entry).collect()
    };
    view! {
        <div class="ladder__heads">
            <div
                class="ladder__heads-moved"
                style:transform=move || format!("translateX({}px)", -left.get())
            >
                {keyed(all)}
            </div>
        </div>
    }
    .into_any()
}

fn head(lane: Lane, x: f64, gap: f64) -> AnyView {
    let is_server = lane.is_server();
    view! {
        <span
            class="ladder__head"
            class:ladder__head--server=is_server
            data-hue=lane.hue.map(|hue| hue.to_string())
            style:left=format!("{x}px")
            style:max-width=format!("{}px", gap - 8.0)
            title=lane.title
        >
            {lane.name}
        </span>
    }
    .into_any()
}

/// The size of what is seen of an element, in CSS pixels.
fn follow_size(node: NodeRef<html::Div>) -> State<(f64, f64)> {
    let size = State::new((0.0, 0.0));
    let on_resize: Closure<dyn FnMut()> = Closure::new(move || {
        if let Some(node) = node.get_untracked() {
            size.set((
                f64::from(node.client_width()),
                f64::from(node.client_height()),
            ));
        }
    });
    // Refused only for a callback that is none.
    let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) else {
        return size;
    };
    let kept = StoredValue::new_local((observer, on_resize));
    node.on_load(move |node| {
        kept.with_value(|(observer, _)| observer.observe(&node));
    });
    on_cleanup(move || {
        let _ = kept.try_with_value(|(observer, _)| observer.disconnect());
    });
    size
}

/// Counts how often the system has gone from light to dark or back.
fn follow_scheme() -> State<u32> {
    let changes = State::new(0_u32);
    let Ok(Some(query)) = window().match_media("(prefers-color-scheme: dark)") else {
        return changes;
    };
    let on_change: Closure<dyn FnMut()> =
        Closure::new(move || changes.set(changes.get_untracked() + 1));
    query.set_onchange(Some(on_change.as_ref().unchecked_ref()));
    let kept = StoredValue::new_local((query, on_change));
    on_cleanup(move || {
        let _ = kept.try_with_value(|(query, _)| query.set_onchange(None));
    });
    changes
}
