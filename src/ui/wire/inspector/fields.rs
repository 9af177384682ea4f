//! The fields as a tree; only the rows in view are made.

use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

use super::Inspected;
use super::bits::bits_view;
use super::pointing::{Pane, Pointed, Pointing, is_resting, number_at};
use crate::lab::wire::TailExtent;
use crate::lab::wire::inspect::{FieldLine, FieldTree, TreeRow, TreeStep};
use crate::ui::components::{Entry, Icon, icon, keyed, unique_id};
use crate::ui::element::view;
use crate::ui::memo::{Memo, State, effect};
use crate::ui::wire::scroller::TailScroller;

/// The tree; arrow keys, Home and End as in any tree.
pub(super) fn view(shown: Inspected, pointing: Pointing) -> AnyView {
    let tree = State::new(FieldTree::default());
    let scroller = TailScroller::attach(|| false);
    let window = scroller.window();
    let all = Memo::new(move || {
        let (tree, shown) = (tree.read(), shown.read());
        shown
            .as_ref()
            .map_or_else(Vec::new, |shown| tree.rows(shown))
    });
    effect(move || {
        let end = all.with(Vec::len) as u64;
        let extent = TailExtent {
            list: 0,
            first: 0,
            end,
        };
        scroller.on_extent(extent, false);
    });
    let rows = Memo::new(move || {
        let rows = window.read().rows.clone();
        let (all, shown) = (all.read(), shown.read());
        let in_view = all.get(rows).unwrap_or_default().iter();
        let line = |row: &TreeRow| Some((*row, shown.as_ref()?.line(row.field)?));
        in_view.filter_map(line).collect::<Vec<_>>()
    });
    let reveal = move |field: usize| {
        let Some(shown) = shown.get_untracked() else {
            return;
        };
        let is_there = |rows: &Vec<TreeRow>| rows.iter().position(|row| row.field == field);
        if all.with_untracked(is_there).is_none() {
            tree.update(|tree| tree.reveal(&shown, field));
        }
        if let Some(row) = all.with_untracked(is_there) {
            scroller.change(|view| view.reveal(row as u64));
        }
    };
    effect(move || {
        if let Some(pointed) = pointing.sought_in(Pane::Fields) {
            reveal(pointed.field);
        }
    });
    let at = |field: usize| Pointed {
        field,
        byte: None,
        from: Pane::Fields,
    };
    let step = move |event: KeyboardEvent| {
        let (Some(step), Some(shown)) = (step_of(&event.key()), shown.get_untracked()) else {
            return;
        };
        event.prevent_default();
        let from = pointing.selected.get_untracked();
        let from = from.map(|pointed| pointed.field);
        if let Some(field) = tree.update(|tree| tree.step(&shown, from, step)) {
            pointing.hover(None);
            pointing.select(at(field));
        }
    };
    let id = unique_id("field");
    let (active, row_ids) = (id.clone(), id);
    view! {
        <section class="inspector__pane inspector__pane--fields" aria-label="Fields">
            <h4 class="inspector__title">"Fields"</h4>
            <div
                class="field-tree"
                role="tree"
                tabindex="0"
                aria-label="Fields of the packet"
                aria-activedescendant=move || {
                    pointing.selected.get().map(|pointed| format!("{active}-{}", pointed.field))
                }
                node_ref=scroller.node
                on:scroll=move |_| {
                    scroller.on_scroll();
                }
                on:keydown=step
                on:pointerover=move |event: PointerEvent| {
                    if is_resting(&event) {
                        pointing.hover(number_at(&event, "data-field").map(at));
                    }
                }
                on:pointerleave=move |_| pointing.hover(None)
                on:click=move |event| {
                    let Some(field) = number_at(&event, "data-field") else {
                        return;
                    };
                    pointing.select(at(field));
                    if let (Some(toggled), Some(shown)) = (
                        number_at(&event, "data-toggle"),
                        shown.get_untracked(),
                    ) {
                        tree.update(|tree| tree.toggle(&shown, toggled));
                    }
                }
            >
                <div class="field-tree__content" role="presentation" node_ref=scroller.content>
                    <div class="field-tree__probe" role="presentation" node_ref=scroller.probe></div>
                    <div
                        role="presentation"
                        style:transform=move || format!("translateY({}px)", window.read().padding_top)
                    >
                        {keyed(move || {
                            let entry = |(row, line): (TreeRow, FieldLine)| {
                                let id = format!("{row_ids}-{}", row.field);
                                Entry::new(
                                    format!("{row:?}{line:?}"),
                                    move || row_view(row, line, id, shown, pointing),
                                )
                            };
                            rows.get().into_iter().map(entry).collect()
                        })}
                    </div>
                </div>
            </div>
        </section>
    }
    .into_any()
}

fn step_of(key: &str) -> Option<TreeStep> {
    Some(match key {
        "ArrowUp" => TreeStep::Up,
        "ArrowDown" => TreeStep::Down,
        "ArrowLeft" => TreeStep::Out,
        "ArrowRight" => TreeStep::In,
        "Home" => TreeStep::First,
        "End" => TreeStep::Last,
        _ => return None,
    })
}

fn row_view(
    row: TreeRow,
    line: FieldLine,
    id: String,
    shown: Inspected,
    pointing: Pointing,
) -> AnyView {
    let field = row.field;
    let span = shown.with_untracked(|shown| shown.as_ref().and_then(|shown| shown.span(field)));
    let span = span.unwrap_or_default();
    let is_selected = move || {
        let selected = pointing.selected.get();
        selected.is_some_and(|pointed| pointed.field == field)
    };
    let toggle = row.is_open.map(|is_open| {
        view! {
            <span
                class="field-row__toggle"
                class:field-row__toggle--open=is_open
                data-toggle=field.to_string()
                aria-hidden="true"
            >
                {icon(Icon::Chevron)}
            </span>
        }
    });
    let is_bits = line.bits.iter().any(Option::is_none);
    // Of a whole byte the bits say all.
    let value = match line.bits.iter().all(Option::is_some) && !line.bits.is_empty() {
        true => String::new(),
        false => line.value,
    };
    view! {
        <div
            class="field-row"
            class:field-row--bits=is_bits
            class:field-row--heading=line.is_heading
            class:field-row--fault=line.is_fault
            role="treeitem"
            id=id
            data-field=field.to_string()
            data-mark=move || pointing.mark(field, &span).name()
            attr:aria-level=(line.depth + 1).to_string()
            aria-posinset=row.place.to_string()
            aria-setsize=row.siblings.to_string()
            aria-expanded=row.is_open.map(|is_open| is_open.to_string())
            aria-selected=move || is_selected().to_string()
            style:--depth=line.depth.to_string()
        >
            {toggle}
            <span class="field-row__name">{line.name}</span>
            {line.is_fault.then(|| view! { <span class="field-row__fault">"fault"</span> })}
            {bits_view(&line.bits)}
            <span class="field-row__value mono">{value}</span>
            <span class="field-row__reading muted">{line.reading}</span>
        </div>
    }
    .into_any()
}
