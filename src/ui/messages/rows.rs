//! The rows that are on the screen. Their elements are written anew when other messages come into
//! view, not made anew: under a flood each of them is another message with every drawing, and to
//! make an element takes the browser many times as long as to change its text.

use core::ops::Range;

use leptos::prelude::*;
use leptos::tachys::view::{Mountable, Render};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, Node};

use crate::lab::RowView;
use crate::lab::explain::{Help, help};
use crate::lab::trace::Sequence;
use crate::ui::components::{Icon, icon};
use crate::ui::element::view;

/// The rows in an element that holds nothing else.
pub(super) struct Rows {
    home: Element,
    /// Top first, as in the element.
    rows: Vec<Row>,
}

/// What is the same for all rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Around {
    /// The number after the newest row's, from which a row's position follows.
    pub(super) end: u64,
    /// How many rows there are.
    pub(super) count: usize,
    pub(super) selected: Option<Sequence>,
}

impl Rows {
    pub(super) fn new(home: Element) -> Self {
        // An element whose list was another one before is used again, with what was put into it.
        while let Some(row) = home.last_element_child() {
            row.remove();
        }
        Self {
            home,
            rows: Vec::new(),
        }
    }

    /// Shows these rows, top first, and no others.
    pub(super) fn show(&mut self, views: &[RowView], around: Around) {
        self.follow(views);
        while self.rows.len() > views.len() {
            if let Some(row) = self.rows.pop() {
                row.element.remove();
            }
        }
        while self.rows.len() < views.len() {
            let Some(row) = Row::new() else { return };
            // Refused only where one would be put into itself.
            let _ = self.home.append_child(&row.element);
            self.rows.push(row);
        }
        for (row, view) in self.rows.iter_mut().zip(views) {
            row.write(view, around);
        }
    }

    /// Has the messages that stay in view keep their elements: those that leave at one end are put
    /// to the other.
    fn follow(&mut self, views: &[RowView]) {
        let number = |row: &Row| row.view.as_ref().map(|view| view.number);
        let (Some(before), Some(now)) = (self.rows.first().and_then(number), views.first()) else {
            return;
        };
        let moved = usize::try_from(now.number.abs_diff(before)).unwrap_or(usize::MAX);
        if moved >= self.rows.len() {
            return;
        }
        let is_up = now.number > before;
        let first = self.home.first_child();
        let turned = if is_up {
            self.rows.rotate_right(moved);
            self.rows.get(..moved)
        } else {
            self.rows.rotate_left(moved);
            self.rows.get(self.rows.len() - moved..)
        };
        for row in turned.unwrap_or_default() {
            let before = first.as_ref().filter(|_| is_up);
            // As above.
            let _ = self.home.insert_before(&row.element, before);
        }
    }
}

/// The message whose row an event came from.
pub(super) fn message_of(event: &Event) -> Option<Sequence> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let row = target.closest("[role=option]").ok()??;
    let number = row.id().strip_prefix(ID)?.parse().ok()?;
    Some(Sequence::new(number))
}

/// The id of a row, for `aria-activedescendant`.
pub(super) fn row_id(sequence: Sequence) -> String {
    format!("{ID}{sequence}")
}

const ID: &str = "message-";

/// One row: time, topic, QoS, flags and the beginning of the payload.
struct Row {
    element: Element,
    time: Cell,
    topic: Cell,
    qos: Cell,
    message: Element,
    payload: Cell,
    /// What it says now.
    view: Option<RowView>,
    around: Option<Around>,
}

impl Row {
    /// An empty one. `None` only where the page can make no elements at all.
    fn new() -> Option<Self> {
        let element = made("div", "message")?;
        set(&element, "role", "option");
        let time = Cell::new("message__time mono", "")?;
        let topic = Cell::new("message__topic mono cut", "Topic: ")?;
        let qos = Cell::new("message__qos", "")?;
        let message = made("span", "message__message")?;
        let payload = Cell::new("message__payload mono cut", "")?;
        message.append_child(&payload.element).ok()?;
        for part in [&time.element, &topic.element, &qos.element, &message] {
            element.append_child(part).ok()?;
        }
        Some(Self {
            element,
            time,
            topic,
            qos,
            message,
            payload,
            view: None,
            around: None,
        })
    }

    /// Has the row say `view`; what it says already is left alone.
    fn write(&mut self, view: &RowView, around: Around) {
        let before = self.view.as_ref();
        let is_new = before != Some(view);
        if is_new {
            self.element.set_id(&row_id(view.sequence));
            if before.map(|before| &before.time) != Some(&view.time) {
                self.time.write(&view.time, &[]);
            }
            self.topic.write(&view.topic, &view.topic_matches);
            if before.map(|before| before.qos) != Some(view.qos) {
                self.qos.write(&format!("Qos: {}", view.qos), &[]);
            }
            self.payload.write(&view.payload, &view.payload_matches);
            if before.map_or((false, None), looks) != looks(view) {
                let class = if view.is_sent {
                    "message message--sent"
                } else {
                    "message"
                };
                self.element.set_class_name(class);
                match view.colour {
                    Some(colour) => set(&self.element, "data-hue", &colour.to_string()),
                    // Fails only for a name that is none.
                    None => drop(self.element.remove_attribute("data-hue")),
                }
            }
            if before.is_some_and(|before| before.is_empty) != view.is_empty {
                let muted = if view.is_empty { " muted" } else { "" };
                let class = format!("message__payload mono cut{muted}");
                self.payload.element.set_class_name(&class);
            }
            if before.map(marks).unwrap_or_default() != marks(view) {
                self.mark(view);
            }
        }
        let position = |number, around: Around| around.end.saturating_sub(number);
        let had = self
            .around
            .zip(before)
            .map(|(around, before)| (around, before.number, before.sequence));
        if had.map(|(around, number, _)| position(number, around))
            != Some(position(view.number, around))
        {
            let position = position(view.number, around).to_string();
            set(&self.element, "aria-posinset", &position);
        }
        if had.map(|(around, ..)| around.count) != Some(around.count) {
            set(&self.element, "aria-setsize", &around.count.to_string());
        }
        let is_selected = around.selected == Some(view.sequence);
        let was_selected = had.map(|(around, _, sequence)| around.selected == Some(sequence));
        if was_selected != Some(is_selected) {
            let selected = if is_selected { "true" } else { "false" };
            set(&self.element, "aria-selected", selected);
        }
        self.around = Some(around);
        if is_new {
            self.view = Some(view.clone());
        }
    }

    /// Puts the flags before the payload, in place of those that are there.
    fn mark(&self, view: &RowView) {
        while let Some(flag) = self.payload.element.previous_sibling() {
            // Refused only for what is no child.
            let _ = self.message.remove_child(&flag);
        }
        flags(view)
            .build()
            .mount(&self.message, Some(&self.payload.element));
    }
}

/// What the row's own element shows.
fn looks(view: &RowView) -> (bool, Option<u8>) {
    (view.is_sent, view.colour)
}

/// What the flags say.
fn marks(view: &RowView) -> (bool, bool, bool, Option<&String>) {
    (view.is_sent, view.retain, view.dup, view.will_of.as_ref())
}

/// An element with one text in it, after a label that stays.
struct Cell {
    element: Element,
    text: Node,
    /// Whether parts of the text are highlighted: then more stands behind it.
    is_marked: bool,
}

impl Cell {
    fn new(class: &str, label: &str) -> Option<Self> {
        let element = made("span", class)?;
        if !label.is_empty() {
            let before = made("span", "message__label")?;
            before.set_text_content(Some(label));
            element.append_child(&before).ok()?;
        }
        element.append_with_str_1("").ok()?;
        let text = element.last_child()?;
        Some(Self {
            element,
            text,
            is_marked: false,
        })
    }

    /// Shows `text` with these parts of it highlighted: byte ranges, in order.
    fn write(&mut self, text: &str, found: &[Range<usize>]) {
        if self.is_marked {
            while let Some(next) = self.text.next_sibling() {
                // Refused only for what is no child.
                let _ = self.element.remove_child(&next);
            }
        }
        let first = found.first().map_or(text.len(), |first| first.start);
        self.text.set_node_value(text.get(..first));
        self.is_marked = !found.is_empty();
        for (place, part) in found.iter().enumerate() {
            let next = found.get(place + 1).map_or(text.len(), |next| next.start);
            let Some(mark) = made("mark", "found") else {
                return;
            };
            mark.set_text_content(text.get(part.clone()));
            // As above.
            let _ = self.element.append_child(&mark);
            let plain = text.get(part.end..next).unwrap_or_default();
            let _ = self.element.append_with_str_1(plain);
        }
    }
}

/// Flags are few and stand still, so they are views like any other.
fn flags(view: &RowView) -> AnyView {
    view! {
        {view
            .is_sent
            .then(|| {
                view! {
                    <span class="flag flag--accent" title="Sent by this client">
                        {icon(Icon::Up)}
                        "sent"
                    </span>
                }
            })}
        {view.retain.then(|| flag("flag flag--warn", "Retained", const { help(Help::Retained) }))}
        {view.dup.then(|| flag("flag", "DUP", const { help(Help::Dup) }))}
        {view
            .will_of
            .as_ref()
            .map(|name| {
                view! {
                    <span class="flag flag--bad" title=const { help(Help::MatchesWill) }>
                        {format!("matches the will of {name}")}
                    </span>
                }
            })}
    }
    .into_any()
}

fn flag(class: &'static str, word: &'static str, meaning: &'static str) -> AnyView {
    view! {
        <span class=class title=meaning>
            {word}
        </span>
    }
    .into_any()
}

fn made(tag: &str, class: &str) -> Option<Element> {
    let element = document().create_element(tag).ok()?;
    element.set_class_name(class);
    Some(element)
}

fn set(element: &Element, name: &str, value: &str) {
    // Fails only for a name that is none.
    let _ = element.set_attribute(name, value);
}
