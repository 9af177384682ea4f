//! A text of any size, put on the screen piece by piece.

use std::sync::Arc;

use leptos::prelude::*;

use crate::lab::format;
use crate::lab::payload::{Run, first_piece};
use crate::ui::components::{Button, Entry, keyed, when};
use crate::ui::element::view;

/// How many pieces are there at once, and how many each animation frame adds when all are wanted.
const AT_FIRST: usize = 4;
const PER_FRAME: usize = 4;

/// The text of `bytes` with what is invisible marked: its head first, the rest when asked for.
#[component]
pub(super) fn PiecesView(bytes: Arc<Vec<u8>>) -> AnyView {
    let length = bytes.len();
    let bytes = StoredValue::new(bytes);
    let pieces = StoredValue::new(Vec::<Vec<Run>>::new());
    // How many pieces are shown, and how many bytes they stand for.
    let shown = RwSignal::new((0_usize, 0_usize));
    let wants_all = RwSignal::new(false);
    let add = move |wanted: usize| {
        let (mut count, mut offset) = shown.get_untracked();
        for _ in 0..wanted {
            let (runs, taken) =
                bytes.with_value(|bytes| first_piece(bytes.get(offset..).unwrap_or_default()));
            if taken == 0 {
                break;
            }
            pieces.update_value(|pieces| pieces.push(runs));
            count += 1;
            offset += taken;
        }
        shown.set((count, offset));
    };
    add(AT_FIRST);
    let show_all = move |()| {
        wants_all.set(true);
        add_in_frames(shown, length, add);
    };
    let piece = move |index: usize| {
        let runs = pieces.with_value(|pieces| pieces.get(index).cloned().unwrap_or_default());
        view! { <div class="text__piece">{runs.into_iter().map(run_view).collect_view()}</div> }
            .into_any()
    };
    view! {
        <div class="text mono" tabindex="0" role="group" aria-label="Text" data-testid="payload">
            {keyed(move || {
                let entry = |index| Entry::new(index, move || piece(index));
                (0..shown.get().0).map(entry).collect()
            })}
        </div>
        {when(move || { shown.get().1 < length }, move || view! {
            <p class="hint payload__more">
                {move || {
                    let shown = format::bytes(shown.get().1 as u64);
                    format!("{shown} of {} are shown. ", format::bytes(length as u64))
                }}
                {when(
                    move || !wants_all.get(),
                    move || view! { <Button label="Show all" small=true on_press=show_all /> }.into_any(),
                )}
            </p>
        }.into_any())}
    }
    .into_any()
}

/// Adds some pieces in each frame until all are there, or the view is gone.
fn add_in_frames(
    shown: RwSignal<(usize, usize)>,
    length: usize,
    add: impl Fn(usize) + Copy + 'static,
) {
    request_animation_frame(move || {
        let Some((_, offset)) = shown.try_get_untracked() else {
            return;
        };
        if offset < length {
            add(PER_FRAME);
            add_in_frames(shown, length, add);
        }
    });
}

fn run_view(run: Run) -> AnyView {
    if run.is_mark {
        view! { <span class="text__mark">{run.text}</span> }.into_any()
    } else {
        run.text.into_any()
    }
}
