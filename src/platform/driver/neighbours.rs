//! The driver's part with the other tabs of this browser.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::PageTransitionEvent;

use super::Inner;
use crate::platform::page;
use crate::platform::tabs::{Tabs, TabsEvent};

/// Looks for the other tabs of this browser: [`open_tabs`], which comes with the lab broker.
pub(in crate::platform) type OpenTabs = fn(&Rc<Inner>);

/// Looks for the other tabs of this browser.
pub(in crate::platform) fn open_tabs(inner: &Rc<Inner>) {
    let weak = Rc::downgrade(inner);
    let own = inner.lab.borrow().tab();
    let tabs = Tabs::open(own, move |event| {
        let Some(inner) = weak.upgrade() else { return };
        let now = inner.now();
        {
            let mut lab = inner.lab.borrow_mut();
            match event {
                TabsEvent::Seat(seat) => lab.handle_seat(seat, now),
                TabsEvent::Letter(letter) => lab.handle_letter(letter, now),
                TabsEvent::Gone(tab) => lab.handle_tab_gone(tab, now),
            }
        }
        inner.settle();
    });
    inner.tabs.replace(Some(tabs));
}

impl Inner {
    /// Takes leave of the other tabs when the page is closed or put aside, and looks for them again when
    /// it is back.
    pub(super) fn listen_to_leaving(self: &Rc<Self>) {
        for (event, is_back) in [("pagehide", false), ("pageshow", true)] {
            let weak = Rc::downgrade(self);
            let listener = Closure::<dyn FnMut(PageTransitionEvent)>::new(
                move |event: PageTransitionEvent| match weak.upgrade() {
                    Some(inner) if !is_back => {
                        let now = inner.now();
                        inner.lab.borrow_mut().handle_leaving(now);
                        inner.settle();
                        drop(inner.tabs.take());
                    }
                    Some(inner) if event.persisted() => {
                        if let Some(open_tabs) = inner.open_tabs.get() {
                            open_tabs(&inner);
                        }
                    }
                    _ => {}
                },
            );
            // As above.
            let _ = page::window()
                .add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
            listener.forget();
        }
    }
}
