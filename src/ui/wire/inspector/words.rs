//! The packet in words: a few sentences for each field, in the order of the bytes.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};

use super::Inspected;
use super::bits::bits_view;
use super::pointing::{Pane, Pointed, Pointing, is_resting, number_at};
use crate::codec::FieldKind;
use crate::lab::wire::inspect::InspectedField;
use crate::ui::components::{Entry, keyed, unique_id};
use crate::ui::element::view;
use crate::ui::memo::{Memo, effect};

/// How many fields are told about before and after the one that is pointed at; packets have rarely as many.
const AROUND: usize = 60;
/// Only where one points at a field so much further on are others told about.
const STRIDE: usize = 30;

/// The sentences; the arrow keys go from one field to the next.
pub(super) fn view(shown: Inspected, pointing: Pointing) -> AnyView {
    let middle = Memo::new(move || {
        let lit = pointing.lit.read();
        lit.as_ref()
            .map_or(0, |lit| lit.pointed.field / STRIDE * STRIDE)
    });
    let fields = Memo::new(move || {
        let (middle, shown) = (middle.get(), shown.read());
        let shown = shown.as_ref();
        shown.map_or_else(Vec::new, |shown| shown.sentences_around(middle, AROUND))
    });
    let told = Memo::new(move || {
        let (fields, shown) = (fields.read(), shown.read());
        let field = |field: &usize| shown.as_ref()?.field(*field);
        fields.iter().filter_map(field).collect::<Vec<_>>()
    });
    let left_out = Memo::new(move || {
        let (fields, shown) = (fields.read(), shown.read());
        let all = shown.as_ref().map_or(0, |shown| shown.field_count());
        let has_before = fields.first().is_some_and(|first| *first > AROUND);
        let has_after = fields.last().is_some_and(|last| last + 1 < all);
        (has_before, has_after)
    });
    let list = NodeRef::<html::Div>::new();
    let id = unique_id("words");
    let row_ids = id.clone();
    effect(move || {
        let Some(pointed) = pointing.sought_in(Pane::Words) else {
            return;
        };
        // A heading has no sentence of its own: the first that stands in it is shown.
        let is_told = fields.with_untracked(|fields| fields.contains(&pointed.field));
        let first = || {
            let shown = shown.get_untracked()?;
            shown.field_at(shown.span(pointed.field)?.start)
        };
        let field = if is_told {
            Some(pointed.field)
        } else {
            first()
        };
        // After the sentences around it have been drawn.
        request_animation_frame(move || {
            if let (Some(list), Some(field)) = (list.try_get_untracked().flatten(), field) {
                scroll_to(&list, &format!("[data-field=\"{field}\"]"));
            }
        });
    });
    let at = |field: usize| Pointed {
        field,
        byte: None,
        from: Pane::Words,
    };
    let step = move |event: KeyboardEvent| {
        let fields = fields.get_untracked();
        let selected = pointing.selected.get_untracked();
        let here = selected.and_then(|here| fields.iter().position(|field| *field == here.field));
        let last = fields.len().saturating_sub(1);
        let next = match (event.key().as_str(), here) {
            ("ArrowDown" | "ArrowUp", None) | ("Home", _) => 0,
            ("ArrowDown", Some(here)) => (here + 1).min(last),
            ("ArrowUp", Some(here)) => here.saturating_sub(1),
            ("End", _) => last,
            _ => return,
        };
        event.prevent_default();
        if let Some(field) = fields.get(next) {
            pointing.hover(None);
            pointing.select(at(*field));
        }
    };
    view! {
        <section class="inspector__pane inspector__pane--words" aria-label="In words">
            <h4 class="inspector__title">"In words"</h4>
            <div
                class="sentences"
                role="listbox"
                tabindex="0"
                aria-label="The packet in words"
                aria-activedescendant=move || {
                    pointing.selected.get().map(|pointed| format!("{id}-{}", pointed.field))
                }
                node_ref=list
                on:keydown=step
                on:pointerover=move |event: PointerEvent| {
                    if is_resting(&event) {
                        pointing.hover(number_at(&event, "data-field").map(at));
                    }
                }
                on:pointerleave=move |_| pointing.hover(None)
                on:click=move |event| {
                    if let Some(field) = number_at(&event, "data-field") {
                        pointing.select(at(field));
                    }
                }
            >
                {move || left_out.get().0.then(|| more("Fields before these are told about when you point at one of them."))}
                {keyed(move || {
                    let entry = |field: InspectedField| {
                        let id = format!("{row_ids}-{}", field.field);
                        Entry::new(format!("{field:?}"), move || sentence(field, id, pointing))
                    };
                    told.get().into_iter().map(entry).collect()
                })}
                {move || left_out.get().1.then(|| more("Fields behind these are told about when you point at one of them."))}
            </div>
        </section>
    }
    .into_any()
}

fn more(text: &'static str) -> AnyView {
    view! { <p class="sentences__more muted">{text}</p> }.into_any()
}

fn sentence(field: InspectedField, id: String, pointing: Pointing) -> AnyView {
    let (number, span) = (field.field, field.span.clone());
    let is_bits = matches!(field.kind, FieldKind::Bits(_));
    let is_selected = move || {
        let selected = pointing.selected.get();
        selected.is_some_and(|pointed| pointed.field == number)
    };
    view! {
        <div
            class="sentences__field"
            class:sentences__field--bits=is_bits
            class:sentences__field--fault=field.is_fault
            role="option"
            id=id
            data-field=number.to_string()
            data-mark=move || pointing.mark(number, &span).name()
            aria-selected=move || is_selected().to_string()
        >
            <p class="sentences__head">
                <span class="sentences__name">{field.name}</span>
                {bits_view(&field.bits)}
                <span class="sentences__value mono">{field.value}</span>
                <span class="muted">{field.reading}</span>
            </p>
            <p>
                {field.meaning} " " {field.why}
            </p>
            {(!field.arithmetic.is_empty())
                .then(|| view! { <p class="sentences__sum mono">{field.arithmetic}</p> })}
            <p class="sentences__clause muted">
                {field.place} {(!field.clause.is_empty()).then(|| format!(" · {}", field.clause))}
            </p>
        </div>
    }
    .into_any()
}

/// Scrolls the list, and nothing around it, as little as it takes to see an element of it.
fn scroll_to(list: &web_sys::HtmlDivElement, selector: &str) {
    let Ok(Some(element)) = list.query_selector(selector) else {
        return;
    };
    let element: HtmlElement = element.unchecked_into();
    let (top, height) = (element.offset_top(), element.offset_height());
    let (seen, room) = (list.scroll_top(), list.client_height());
    if top < seen {
        list.set_scroll_top(top);
    } else if top + height > seen + room {
        list.set_scroll_top(top.min(top + height - room));
    }
}
