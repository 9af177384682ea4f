//! Ties a scrolled element to the arithmetic of a windowed list; messages, bytes and retained topics share it.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{HtmlElement, ResizeObserver};

use crate::lab::list_view::{ListExtent, ListView};
use crate::lab::window::Window;
use crate::ui::memo::{Memo, State};

/// A scrolled element that draws only the rows in view. The parts of it are found by these nodes:
/// the element itself, the content whose height is that of all rows, and a row-high probe.
#[derive(Clone, Copy)]
pub struct Scroller {
    view: State<ListView>,
    /// The scrolled element.
    pub node: NodeRef<html::Div>,
    /// In it: as high as all rows.
    pub content: NodeRef<html::Div>,
    /// In that: as high as one row.
    pub probe: NodeRef<html::Div>,
    /// What the content was last given as its height, in CSS pixels.
    height: StoredValue<Option<f64>>,
}

impl Scroller {
    /// One that follows the size of its element from the moment it is on the screen.
    pub fn attach() -> Self {
        let scroller = Self {
            view: State::new(ListView::default()),
            node: NodeRef::new(),
            content: NodeRef::new(),
            probe: NodeRef::new(),
            height: StoredValue::new(None),
        };
        scroller.follow_size();
        scroller
    }

    /// The state of the list; in a view, again when it has changed.
    pub fn view(self) -> ListView {
        self.view.get()
    }

    /// The state of the list, for an event handler.
    pub fn view_untracked(self) -> ListView {
        self.view.get_untracked()
    }

    /// Which rows to draw, and where.
    pub fn window(self) -> Memo<Window> {
        Memo::new(move || self.view.read().window())
    }

    /// How far the drawn rows stand below the top of the content.
    pub fn shift(self, window: Memo<Window>) -> impl Fn() -> String + Copy {
        move || format!("translateY({}px)", window.read().padding_top)
    }

    /// Takes a scroll event.
    pub fn on_scroll(self) {
        if let Some(node) = self.node.get_untracked() {
            let bar = f64::from(node.scroll_top());
            self.change(|view| view.on_scroll(bar));
        }
    }

    /// Takes what the list has now.
    pub fn on_extent(self, extent: ListExtent, keeps_place: bool) {
        self.change(|view| view.on_extent(extent, keeps_place));
    }

    /// Changes the state of the list and brings the element to where it says.
    pub fn change(self, change: impl FnOnce(&mut ListView) -> Option<f64>) {
        let mut view = self.view.get_untracked();
        let before = view;
        let bar = change(&mut view);
        if view != before {
            self.view.set(view);
        }
        let (Some(node), Some(content)) = (self.node.get_untracked(), self.content.get_untracked())
        else {
            return;
        };
        // First the height: the browser lets no bar go further than that.
        let window = view.window();
        let drawn = (window.rows.end - window.rows.start) as f64 * view.row_height();
        let height = window.padding_top + drawn + window.padding_bottom;
        if self.height.get_value() != Some(height) {
            self.height.set_value(Some(height));
            // Fails only for a property that is none.
            let _ = HtmlElement::style(&content).set_property("height", &format!("{height}px"));
        }
        if let Some(bar) = bar {
            node.set_scroll_top(bar as i32);
        }
    }

    fn follow_size(self) {
        let measured = move |row, viewport| self.change(|view| view.on_resize(row, viewport));
        observe_size(self.node, self.probe, Box::new(measured));
    }
}

/// Calls `measured` with the height of a row and of what is seen of the rows, whenever either has changed.
pub fn observe_size(
    node: NodeRef<html::Div>,
    probe: NodeRef<html::Div>,
    measured: Box<dyn Fn(f64, f64)>,
) {
    let on_resize: Closure<dyn FnMut()> = Closure::new(move || {
        if let (Some(node), Some(probe)) = (node.get_untracked(), probe.get_untracked()) {
            let row = probe.get_bounding_client_rect().height();
            measured(row, f64::from(node.client_height()));
        }
    });
    // Refused only for a callback that is none.
    let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) else {
        return;
    };
    let kept = StoredValue::new_local((observer, on_resize));
    node.on_load(move |node| {
        kept.with_value(|(observer, _)| observer.observe(&node));
        if let Some(probe) = probe.get_untracked() {
            kept.with_value(|(observer, _)| observer.observe(&probe));
        }
    });
    on_cleanup(move || {
        let _ = kept.try_with_value(|(observer, _)| observer.disconnect());
    });
}
