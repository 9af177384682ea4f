//! The other tabs of this browser: the lock that one of them holds, and the channel between them.
//!
//! Who holds the lock hosts the lab broker. The browser gives it to the next tab in the queue
//! when the one that holds it is closed or crashes, and each tab holds a lock of its own as long as
//! it is there, so that others learn when it is not.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::lab::{AloneBecause, BrokerSeat, TabId};

use super::page;

/// The channel, and the lock of the host.
const NAME: &str = "mqtt-lab-broker";

/// What other tabs bring about.
pub(super) enum TabsEvent<'a> {
    /// Where the broker is.
    Seat(BrokerSeat),
    /// A letter has come.
    Letter(&'a [u8]),
    /// A tab is gone.
    Gone(TabId),
}

/// The connection to the other tabs; dropping it gives the locks back.
pub(super) struct Tabs(Rc<Inner>);

struct Inner {
    report: Box<dyn Fn(TabsEvent<'_>)>,
    /// `None` where the browser refuses one, and when this is over.
    channel: RefCell<Option<Channel>>,
    /// What gives each lock back that is held.
    releases: RefCell<Vec<Function>>,
    is_over: Cell<bool>,
}

/// Kept together because the one calls the other.
struct Channel {
    channel: BroadcastChannel,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Tabs {
    /// Looks for other tabs; `report` is never called before this returns.
    pub(super) fn open(own: TabId, report: impl Fn(TabsEvent<'_>) + 'static) -> Self {
        let inner = Rc::new(Inner {
            report: Box::new(report),
            channel: RefCell::default(),
            releases: RefCell::default(),
            is_over: Cell::new(false),
        });
        let tabs = Self(Rc::clone(&inner));
        wasm_bindgen_futures::spawn_local(async move {
            if !inner.listen() {
                inner.say(BrokerSeat::Alone(AloneBecause::NoChannel));
                return;
            }
            // Nobody is told of this tab before it holds the lock by which its end is noticed.
            let begin = Rc::clone(&inner);
            let is_asked = inner.request(&lock_of(own), false, move |_| {
                begin.say(BrokerSeat::Deciding);
                begin.run_for_host();
                true
            });
            if !is_asked {
                inner.say(BrokerSeat::Deciding);
                inner.say(BrokerSeat::Alone(AloneBecause::NoLocks));
            }
        });
        tabs
    }

    /// Sends a letter to all other tabs.
    pub(super) fn post(&self, letter: &[u8]) {
        if let Some(open) = &*self.0.channel.borrow() {
            // Bytes can always be cloned.
            let _ = open.channel.post_message(&Uint8Array::from(letter));
        }
    }

    /// Has the end of a tab reported.
    pub(super) fn watch(&self, tab: TabId) {
        let inner = Rc::clone(&self.0);
        self.0.request(&lock_of(tab), false, move |_| {
            (inner.report)(TabsEvent::Gone(tab));
            false
        });
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Inner {
    fn say(&self, seat: BrokerSeat) {
        if !self.is_over.get() {
            (self.report)(TabsEvent::Seat(seat));
        }
    }

    /// Opens the channel; `false` where the browser has none.
    fn listen(self: &Rc<Self>) -> bool {
        let Ok(channel) = BroadcastChannel::new(NAME) else {
            return false;
        };
        let weak = Rc::downgrade(self);
        let on_message = Closure::new(move |event: MessageEvent| {
            // What is not bytes is not ours.
            if let Some(inner) = weak.upgrade()
                && let Ok(bytes) = event.data().dyn_into::<Uint8Array>()
                && bytes.length() <= LETTER_MAXIMUM
            {
                (inner.report)(TabsEvent::Letter(&bytes.to_vec()));
            }
        });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        self.channel.replace(Some(Channel {
            channel,
            _on_message: on_message,
        }));
        true
    }

    /// Becomes the host if there is none, and waits in the queue otherwise.
    fn run_for_host(self: &Rc<Self>) {
        let inner = Rc::clone(self);
        self.request(NAME, true, move |is_given| {
            if is_given {
                inner.say(BrokerSeat::Host);
                return true;
            }
            inner.say(BrokerSeat::Guest);
            let next = Rc::clone(&inner);
            inner.request(NAME, false, move |_| {
                next.say(BrokerSeat::Host);
                true
            });
            false
        });
    }

    /// Asks the browser for a lock: `answer` is told whether it was given, which it may not be only
    /// where it was asked for `at_once`, and says whether to keep it. `false` where the browser has
    /// no locks for this page.
    fn request(
        self: &Rc<Self>,
        name: &str,
        at_once: bool,
        answer: impl FnOnce(bool) -> bool + 'static,
    ) -> bool {
        let navigator = page::window().navigator();
        let Ok(locks) = Reflect::get(&navigator, &"locks".into()) else {
            return false;
        };
        let request = Reflect::get(&locks, &"request".into());
        let Some(request) = request.ok().and_then(|it| it.dyn_into::<Function>().ok()) else {
            return false;
        };
        let options = Object::new();
        // A new object takes any property.
        let _ = Reflect::set(&options, &"ifAvailable".into(), &at_once.into());
        let inner = Rc::clone(self);
        let callback = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            if inner.is_over.get() || !answer(!lock.is_null()) {
                return JsValue::UNDEFINED;
            }
            // The lock is held for as long as this promise is open.
            Promise::new(&mut |release, _| inner.releases.borrow_mut().push(release)).into()
        });
        let asked = Array::of3(&name.into(), &options, &callback);
        let promise = Reflect::apply(&request, &locks, &asked);
        let Some(promise) = promise.ok().and_then(|it| it.dyn_into::<Promise>().ok()) else {
            return false;
        };
        let inner = Rc::clone(self);
        wasm_bindgen_futures::spawn_local(async move {
            // A page in a sandbox learns only here that it gets none.
            if JsFuture::from(promise).await.is_err() {
                inner.say(BrokerSeat::Alone(AloneBecause::NoLocks));
            }
        });
        true
    }

    fn end(&self) {
        self.is_over.set(true);
        if let Some(open) = self.channel.take() {
            open.channel.set_onmessage(None);
            open.channel.close();
        }
        for release in self.releases.take() {
            // It is the browser's own function, which does not fail.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// The longest letter that is looked at, in bytes: far longer than any that the lab writes.
const LETTER_MAXIMUM: u32 = 1 << 20;

/// The lock that a tab holds as long as it is there.
fn lock_of(tab: TabId) -> String {
    format!("mqtt-lab-tab-{tab}")
}
