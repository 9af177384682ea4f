//! One timer, kept by a worker so that it also fires in time in a hidden tab.

use core::time::Duration;

use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker};

use std::cell::RefCell;
use std::rc::Rc;

/// The longest delay that a browser's timer can be given, in milliseconds; it counts in 32 bits.
const LONGEST_DELAY: u128 = i32::MAX as u128;

/// One timer that calls back; arming it again replaces what was armed before.
pub(super) struct Ticker {
    kind: Kind,
}

enum Kind {
    Worker {
        worker: Worker,
        /// Kept alive because the worker calls it.
        _on_message: Closure<dyn FnMut(MessageEvent)>,
    },
    /// Where the browser refuses a worker: correct while the tab is visible, late when hidden.
    Page {
        callback: Rc<dyn Fn()>,
        pending: RefCell<Option<Timeout>>,
    },
}

impl Ticker {
    /// A ticker that calls `callback` each time an armed delay has passed.
    pub(super) fn new(callback: Rc<dyn Fn()>) -> Self {
        let kind = match Worker::new("ticker.js") {
            Ok(worker) => {
                let on_message = Closure::new(move |_: MessageEvent| callback());
                worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
                Kind::Worker {
                    worker,
                    _on_message: on_message,
                }
            }
            Err(_) => Kind::Page {
                callback,
                pending: RefCell::new(None),
            },
        };
        Self { kind }
    }

    /// Calls back after `delay`, rounded up to whole milliseconds so that it is never early.
    pub(super) fn arm(&self, delay: Duration) {
        let milliseconds = delay.as_micros().div_ceil(1_000).min(LONGEST_DELAY) as i32;
        match &self.kind {
            Kind::Worker { worker, .. } => post(worker, milliseconds),
            Kind::Page { callback, pending } => {
                let callback = Rc::clone(callback);
                let timeout = Timeout::new(milliseconds.unsigned_abs(), move || callback());
                pending.replace(Some(timeout));
            }
        }
    }

    /// Cancels what is armed.
    pub(super) fn disarm(&self) {
        match &self.kind {
            Kind::Worker { worker, .. } => post(worker, -1),
            Kind::Page { pending, .. } => {
                pending.replace(None);
            }
        }
    }
}

/// A number can always be cloned to a worker, so there is no failure to report.
fn post(worker: &Worker, milliseconds: i32) {
    let _ = worker.post_message(&JsValue::from(milliseconds));
}
