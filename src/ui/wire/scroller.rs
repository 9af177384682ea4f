//! Ties the scrolled element of the packets to the arithmetic of a list that grows at its end.

use leptos::html;
use leptos::prelude::*;
use web_sys::HtmlElement;

use crate::lab::window::Window;
use crate::lab::wire::{TailExtent, TailView};
use crate::ui::memo::{Memo, State};
use crate::ui::scroller::observe_size;

/// A scrolled element that draws only the rows in view: as [`Scroller`](crate::ui::scroller::Scroller), with
/// the newest row last.
#[derive(Clone, Copy)]
pub(in crate::ui::wire) struct TailScroller {
    view: State<TailView>,
    /// The scrolled element.
    pub(in crate::ui::wire) node: NodeRef<html::Div>,
    /// In it: as high as all rows.
    pub(in crate::ui::wire) content: NodeRef<html::Div>,
    /// In that: as high as one row.
    pub(in crate::ui::wire) probe: NodeRef<html::Div>,
}

impl TailScroller {
    /// One that follows the size of its element, and stays at its end while `follows` says so.
    pub(in crate::ui::wire) fn attach(follows: impl Fn() -> bool + 'static) -> Self {
        let scroller = Self {
            view: State::new(TailView::default()),
            node: NodeRef::new(),
            content: NodeRef::new(),
            probe: NodeRef::new(),
        };
        let measured = move |row, viewport| {
            scroller.change(|view| view.on_resize(row, viewport, follows()));
        };
        observe_size(scroller.node, scroller.probe, Box::new(measured));
        scroller
    }

    /// The state of the list; in a view, again when it has changed.
    pub(in crate::ui::wire) fn view(self) -> TailView {
        self.view.get()
    }

    /// The state of the list, for an event handler.
    pub(in crate::ui::wire) fn view_untracked(self) -> TailView {
        self.view.get_untracked()
    }

    /// Which rows to draw, and where.
    pub(in crate::ui::wire) fn window(self) -> Memo<Window> {
        Memo::new(move || self.view.read().window())
    }

    /// Takes a scroll event; `true` where the newest row is in full view.
    pub(in crate::ui::wire) fn on_scroll(self) -> bool {
        if let Some(node) = self.node.get_untracked() {
            let bar = f64::from(node.scroll_top());
            self.change(|view| view.on_scroll(bar));
        }
        self.view_untracked().is_at_end()
    }

    /// Takes what the list has now.
    pub(in crate::ui::wire) fn on_extent(self, extent: TailExtent, follows: bool) {
        self.change(|view| view.on_extent(extent, follows));
    }

    /// Changes the state of the list and brings the element to where it says.
    pub(in crate::ui::wire) fn change(self, change: impl FnOnce(&mut TailView) -> Option<f64>) {
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
        // Fails only for a property that is none.
        let _ = HtmlElement::style(&content).set_property("height", &format!("{height}px"));
        if let Some(bar) = bar {
            node.set_scroll_top(bar as i32);
        }
    }
}
