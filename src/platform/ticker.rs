//! One timer, kept by a worker so that it also fires in time in a hidden tab.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use web_sys::{Event, MessageEvent, Worker};

use super::page::now_milliseconds;

/// The longest delay that a browser's timer can be given, in milliseconds; it counts in 32 bits.
const LONGEST_DELAY: u128 = i32::MAX as u128;

/// One timer that calls back; arming it again replaces what was armed before.
pub struct Ticker(Rc<Inner>);

struct Inner {
    callback: Rc<dyn Fn()>,
    /// `None` where the browser refuses a worker: the page's own timer is then correct while the
    /// tab is visible, and late when it is hidden.
    worker: RefCell<Option<Worker>>,
    /// The page's own timer.
    pending: RefCell<Option<Timeout>>,
    /// What the worker is armed for, as `performance.now()` counts.
    armed: Cell<Option<f64>>,
    listeners: RefCell<Option<Listeners>>,
}

/// Kept alive because the worker calls them.
struct Listeners {
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Ticker {
    /// A ticker that calls `callback` each time an armed delay has passed.
    pub fn new(callback: Rc<dyn Fn()>) -> Self {
        let inner = Rc::new(Inner {
            callback,
            worker: RefCell::new(None),
            pending: RefCell::new(None),
            armed: Cell::new(None),
            listeners: RefCell::new(None),
        });
        if let Ok(worker) = Worker::new("ticker.js") {
            inner.listen(&worker);
            inner.worker.replace(Some(worker));
        }
        Self(inner)
    }

    /// Calls back after `delay`, rounded up to whole milliseconds so that it is never early.
    pub fn arm(&self, delay: Duration) {
        let milliseconds = delay.as_micros().div_ceil(1_000).min(LONGEST_DELAY) as i32;
        match &*self.0.worker.borrow() {
            Some(worker) => {
                let at = now_milliseconds() + f64::from(milliseconds);
                self.0.armed.set(Some(at));
                post(worker, milliseconds);
            }
            None => self.0.arm_page(milliseconds),
        }
    }

    /// Cancels what is armed.
    pub fn disarm(&self) {
        self.0.armed.set(None);
        self.0.pending.replace(None);
        if let Some(worker) = &*self.0.worker.borrow() {
            post(worker, -1);
        }
    }

    /// Whether a worker keeps the time, as far as is known yet.
    pub fn is_kept_by_worker(&self) -> bool {
        self.0.worker.borrow().is_some()
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // It would run for as long as the page, with nobody to listen to it.
        if let Some(worker) = self.0.worker.take() {
            worker.set_onmessage(None);
            worker.set_onerror(None);
            worker.terminate();
        }
    }
}

impl Inner {
    fn listen(self: &Rc<Self>, worker: &Worker) {
        let weak = Rc::downgrade(self);
        let on_message = Closure::new(move |_: MessageEvent| {
            if let Some(inner) = weak.upgrade() {
                inner.armed.set(None);
                (inner.callback)();
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));

        // Whether its script may be loaded, and can be, is known only later.
        let weak = Rc::downgrade(self);
        let on_error = Closure::new(move |_: Event| {
            if let Some(inner) = weak.upgrade() {
                inner.do_without_worker();
            }
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        self.listeners.replace(Some(Listeners {
            _on_message: on_message,
            _on_error: on_error,
        }));
    }

    fn do_without_worker(&self) {
        if let Some(worker) = self.worker.take() {
            worker.terminate();
        }
        if let Some(at) = self.armed.take() {
            self.arm_page((at - now_milliseconds()).max(0.0).ceil() as i32);
        }
    }

    fn arm_page(&self, milliseconds: i32) {
        let callback = Rc::clone(&self.callback);
        let timeout = Timeout::new(milliseconds.unsigned_abs(), move || callback());
        self.pending.replace(Some(timeout));
    }
}

/// A number can always be cloned to a worker, so there is no failure to report.
fn post(worker: &Worker, milliseconds: i32) {
    let _ = worker.post_message(&JsValue::from(milliseconds));
}
