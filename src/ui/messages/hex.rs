//! Bytes as hexadecimal and ASCII; only the rows in view are made.

use std::sync::Arc;

use leptos::prelude::*;

use crate::lab::list_view::ListExtent;
use crate::lab::payload::{HexRow, hex_row_count, hex_rows};
use crate::ui::components::{Entry, keyed};
use crate::ui::element::view;
use crate::ui::memo::Memo;
use crate::ui::scroller::Scroller;

/// The payload as rows of 16 bytes.
#[component]
pub fn HexView(payload: Arc<Vec<u8>>) -> AnyView {
    let scroller = Scroller::attach();
    let window = scroller.window();
    let extent = ListExtent {
        list: 1,
        first: 0,
        end: hex_row_count(payload.len()) as u64,
    };
    scroller.on_extent(extent, false);
    // Zeros that every offset of a short payload begins with would only take room.
    let zeros = if payload.len() <= 0x1_0000 { 4 } else { 0 };
    let rows = Memo::new(move || hex_rows(&payload, window.read().rows.clone()));
    view! {
        <div
            class="hex mono"
            tabindex="0"
            role="group"
            aria-label="Bytes"
            data-testid="payload"
            node_ref=scroller.node
            on:scroll=move |_| scroller.on_scroll()
        >
            <div class="hex__content" node_ref=scroller.content>
                <div class="hex__probe" node_ref=scroller.probe></div>
                <div style:transform=scroller.shift(window)>
                    {keyed(move || {
                        let entry = |row: HexRow| Entry::new(row.offset, move || row_view(row, zeros));
                        rows.get().into_iter().map(entry).collect()
                    })}
                </div>
            </div>
        </div>
    }
    .into_any()
}

fn row_view(mut row: HexRow, zeros: usize) -> AnyView {
    row.offset_label.drain(..zeros);
    view! {
        <div class="hex__row">
            <span class="hex__offset">{row.offset_label}</span>
            <span class="hex__bytes">{row.hex}</span>
            <span class="hex__ascii">{row.ascii}</span>
        </div>
    }
    .into_any()
}
