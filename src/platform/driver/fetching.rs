//! What the page fetches behind its form: what the lab works with, and the lab broker.

use std::rc::Rc;

use super::Inner;
use crate::platform::{engine, server};

impl Inner {
    pub(super) fn fetch_engine(self: &Rc<Self>) {
        if self.fetching_engine.replace(true) {
            return;
        }
        let inner = Rc::clone(self);
        wasm_bindgen_futures::spawn_local(async move {
            let outcome = engine::fetch().await;
            let now = inner.now();
            match outcome {
                Ok(fetched) => {
                    inner.carry_out.set(Some(fetched.carry_out));
                    inner.lab.borrow_mut().handle_engine(fetched.engine, now);
                }
                Err(engine::Unfetched) => {
                    inner.fetching_engine.set(false);
                    inner.lab.borrow_mut().handle_engine_failed(now);
                }
            }
            inner.settle();
        });
    }

    pub(super) fn fetch_server(self: &Rc<Self>) {
        if self.fetching_server.replace(true) {
            return;
        }
        let inner = Rc::clone(self);
        wasm_bindgen_futures::spawn_local(async move {
            let outcome = server::fetch().await;
            let now = inner.now();
            match outcome {
                Ok(fetched) => {
                    inner.open_tabs.set(Some(fetched.open_tabs));
                    inner.lab.borrow_mut().handle_server(fetched.server, now);
                    (fetched.open_tabs)(&inner);
                }
                Err(server::Unfetched) => {
                    inner.fetching_server.set(false);
                    inner.lab.borrow_mut().handle_server_failed(now);
                }
            }
            inner.settle();
        });
    }
}
