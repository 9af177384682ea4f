//! The bytes, as hexadecimal and as characters; only the rows in view are made.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};

use super::Inspected;
use super::pointing::{Pane, Pointed, Pointing, is_resting, number_at};
use crate::lab::wire::TailExtent;
use crate::lab::wire::inspect::{ByteCell, ByteRow, Inspection, byte_row_count};
use crate::ui::components::{Entry, dynamic, keyed};
use crate::ui::element::view;
use crate::ui::memo::{Memo, effect};
use crate::ui::wire::scroller::TailScroller;

/// Rows of sixteen bytes; where there is little room each takes two lines. The arrow keys go from byte to byte.
pub(super) fn view(shown: Inspected, pointing: Pointing) -> AnyView {
    let scroller = TailScroller::attach(|| false);
    let window = scroller.window();
    let count = Memo::new(move || shown.with(|shown| shown.as_deref().map_or(0, byte_row_count)));
    effect(move || {
        let end = count.get() as u64;
        let extent = TailExtent {
            list: 0,
            first: 0,
            end,
        };
        scroller.on_extent(extent, false);
    });
    let rows = Memo::new(move || {
        let rows = window.read().rows.clone();
        let shown = shown.read();
        shown
            .as_ref()
            .map_or_else(Vec::new, |shown| shown.byte_rows(rows))
    });
    let reveal = move |offset: usize| {
        scroller.change(|view| view.reveal(Inspection::row_of(offset) as u64));
    };
    effect(move || {
        let Some(pointed) = pointing.sought_in(Pane::Bytes) else {
            return;
        };
        let start = || {
            let shown = shown.get_untracked()?;
            Some(shown.span(pointed.field)?.start)
        };
        if let Some(byte) = pointed.byte.or_else(start) {
            reveal(byte);
        }
    });
    let at = move |byte: Option<usize>| {
        let byte = byte?;
        let shown = shown.read_untracked();
        let field = shown.as_ref()?.field_at(byte)?;
        Some(Pointed {
            field,
            byte: Some(byte),
            from: Pane::Bytes,
        })
    };
    let step = move |event: KeyboardEvent| {
        let line = bytes_of_a_line(scroller);
        let (Some(by), Some(shown)) = (step_of(&event.key(), line), shown.get_untracked()) else {
            return;
        };
        event.prevent_default();
        let byte = match here(pointing) {
            None if by != isize::MAX => 0,
            here => shown.step_byte(here.unwrap_or_default(), by),
        };
        if let Some(pointed) = at(Some(byte)) {
            pointing.hover(None);
            pointing.select(pointed);
        }
    };
    let told = Memo::new(move || {
        let pointed = pointing
            .selected
            .get()
            .filter(|one| one.from == Pane::Bytes);
        let shown = shown.read();
        let (pointed, shown) = (pointed?, shown.as_ref()?);
        let line = shown.line(pointed.field)?;
        let byte = pointed.byte?;
        let value = shown.bytes().get(byte)?;
        Some(format!(
            "Byte {byte}: {value:02x}, {} {}",
            line.name, line.value
        ))
    });
    view! {
        <section class="inspector__pane inspector__pane--bytes" aria-label="Bytes">
            <h4 class="inspector__title">"Bytes"</h4>
            <div
                class="byte-view mono"
                tabindex="0"
                role="application"
                aria-roledescription="hexadecimal view"
                aria-label="Bytes, arrow keys go from one to the next"
                node_ref=scroller.node
                on:scroll=move |_| {
                    scroller.on_scroll();
                }
                on:keydown=step
                on:pointerover=move |event: PointerEvent| {
                    if is_resting(&event) {
                        pointing.hover(at(number_at(&event, "data-byte")));
                    }
                }
                on:pointerleave=move |_| pointing.hover(None)
                on:click=move |event| {
                    if let Some(pointed) = at(number_at(&event, "data-byte")) {
                        pointing.select(pointed);
                    }
                }
            >
                <div class="byte-view__content" node_ref=scroller.content>
                    <div class="byte-view__probe" node_ref=scroller.probe></div>
                    <div style:transform=move || format!("translateY({}px)", window.read().padding_top)>
                        {keyed(move || {
                            let entry = |row: ByteRow| {
                                let key = key_of(&row);
                                Entry::new(key, move || row_view(row, pointing))
                            };
                            rows.get().into_iter().map(entry).collect()
                        })}
                    </div>
                </div>
            </div>
            <p class="visually-hidden" role="status">{move || told.get()}</p>
        </section>
    }
    .into_any()
}

/// The byte that the keys start from.
fn here(pointing: Pointing) -> Option<usize> {
    let lit = pointing.lit.read_untracked();
    let lit = lit.as_ref()?;
    Some(lit.pointed.byte.unwrap_or(lit.span.start))
}

/// How many bytes stand beside each other: all of a row, or the half of it where there is little room.
fn bytes_of_a_line(scroller: TailScroller) -> isize {
    let node = scroller.node.get_untracked();
    let top = |selector: &str| {
        let half = node.as_ref()?.query_selector(selector).ok()??;
        Some(half.unchecked_into::<HtmlElement>().offset_top())
    };
    match (top(".byte-view__hex"), top(".byte-view__hex--second")) {
        (Some(first), Some(second)) if second > first => 8,
        _ => 16,
    }
}

/// How many bytes further a key leads.
fn step_of(key: &str, line: isize) -> Option<isize> {
    Some(match key {
        "ArrowLeft" => -1,
        "ArrowRight" => 1,
        "ArrowUp" => -line,
        "ArrowDown" => line,
        "PageUp" => -8 * line,
        "PageDown" => 8 * line,
        "Home" => isize::MIN,
        "End" => isize::MAX,
        _ => return None,
    })
}

/// What a row shows, so that one which shows something else is another one.
fn key_of(row: &ByteRow) -> String {
    let mut key = row.label.clone();
    for cell in &row.cells {
        key.push_str(&cell.hex);
        if cell.is_fault {
            key.push('!');
        }
    }
    key
}

/// Which part of a row is lit, and which byte of it is meant.
type Part = Option<(usize, usize, Option<usize>)>;

fn row_view(row: ByteRow, pointing: Pointing) -> AnyView {
    let (start, end) = (row.offset, row.offset + row.cells.len());
    // A row is drawn again only where its own part of what is lit has changed.
    let part: Memo<Part> = Memo::new(move || {
        let lit = pointing.lit.read();
        let lit = lit.as_ref()?;
        let (from, to) = (lit.span.start.max(start), lit.span.end.min(end));
        let byte = lit.pointed.byte.filter(|byte| (start..end).contains(byte));
        (from < to).then_some((from, to, byte))
    });
    let second = format!("{:0width$x}", start + 8, width = row.label.len());
    let has_second = row.cells.len() > 8;
    dynamic(move || {
        let part = part.get();
        let half = |half: usize, class: &'static str, is_hex: bool| {
            let cells = row.cells.iter().skip(half * 8).take(8);
            let cells = cells
                .map(|cell| cell_view(cell, part, is_hex))
                .collect_view();
            view! { <span class=class>{cells}</span> }
        };
        view! {
            <div class="byte-view__row">
                <span class="byte-view__offset">{row.label.clone()}</span>
                {half(0, "byte-view__hex", true)}
                {half(0, "byte-view__text", false)}
                <span class="byte-view__offset byte-view__offset--second">
                    {has_second.then(|| second.clone())}
                </span>
                {half(1, "byte-view__hex byte-view__hex--second", true)}
                {half(1, "byte-view__text byte-view__text--second", false)}
            </div>
        }
        .into_any()
    })
}

fn cell_view(cell: &ByteCell, part: Part, is_hex: bool) -> AnyView {
    let offset = cell.offset;
    let mark = part.filter(|(from, to, _)| (*from..*to).contains(&offset));
    let mark = mark.map(|(_, _, byte)| if byte == Some(offset) { "byte" } else { "lit" });
    let text = if is_hex {
        cell.hex.clone()
    } else {
        cell.character.to_string()
    };
    view! {
        <span
            class="byte"
            class:byte--fault=cell.is_fault
            data-byte=offset.to_string()
            data-mark=mark
        >
            {text}
        </span>
    }
    .into_any()
}
