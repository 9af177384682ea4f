//! What the driver does for a lab that works: its sockets, its letters to other tabs, its files. All of it is
//! reached through [`carry_out`], which is fetched together with what the lab works with.

use std::rc::Rc;

use gloo_timers::callback::Timeout;

use super::{Inner, OpenSocket};
use crate::lab::{Effect, LinkEvent, LinkId};
use crate::platform::backlog::Backlog;
use crate::platform::page;
use crate::platform::websocket::Socket;

/// Carries out an effect of a lab that works: [`carry_out`].
pub(in crate::platform) type CarryOut = fn(&Rc<Inner>, Effect);

/// For how long one task hands over what waits in the backlogs, in milliseconds; and in a hidden
/// tab, where timers run once a second and nobody sees the page stand still.
const TASK: f64 = 8.0;
const HIDDEN_TASK: f64 = 200.0;

/// How often a socket that has not sent everything is looked at, in milliseconds.
const BUFFER_CHECK: u32 = 25;

/// The close code that browsers report for a connection that never came about (RFC 6455, 7.1.5).
const NEVER_OPENED: u16 = 1006;

/// Carries out an effect of a lab that works.
pub(in crate::platform) fn carry_out(inner: &Rc<Inner>, effect: Effect) {
    inner.carry_out_here(effect);
}

impl Inner {
    fn carry_out_here(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::OpenLink {
                link,
                url,
                protocol,
            } => self.open(link, &url, protocol),
            Effect::Send { link, bytes } => self.transmit(link, &bytes),
            Effect::CloseLink { link } => self.forget_socket(link),
            Effect::Post { letter } => {
                if let Some(tabs) = &*self.tabs.borrow() {
                    tabs.post(&letter);
                }
            }
            Effect::WatchTab { tab } => {
                if let Some(tabs) = &*self.tabs.borrow() {
                    tabs.watch(tab);
                }
            }
            Effect::SaveChunk { file, bytes } => {
                if self.downloads.add(file, &bytes).is_err() {
                    self.report_save_failed();
                }
            }
            Effect::SaveFile {
                file,
                name,
                media_type,
            } => {
                if self.downloads.save(file, &name, media_type).is_err() {
                    self.report_save_failed();
                }
            }
            Effect::DropFile { file } => self.downloads.drop_file(file),
            // These a lab has without it, too.
            Effect::Store { .. }
            | Effect::Forget { .. }
            | Effect::FetchEngine
            | Effect::FetchServer => {}
        }
    }

    fn open(self: &Rc<Self>, link: LinkId, url: &str, protocol: &str) {
        let weak = Rc::downgrade(self);
        let socket = Socket::open(url, protocol, move |event| {
            if let Some(inner) = weak.upgrade() {
                inner.handle_link(link, event);
            }
        });
        match socket {
            Ok(socket) => {
                self.sockets.borrow_mut().push(OpenSocket {
                    link,
                    socket: Rc::new(socket),
                    buffered: 0,
                    backlog: Backlog::default(),
                });
            }
            Err(refusal) => {
                let now = self.now();
                let reason = js_sys::Reflect::get(&refusal, &"message".into())
                    .ok()
                    .and_then(|message| message.as_string())
                    .unwrap_or_default();
                let event = LinkEvent::Closed {
                    code: NEVER_OPENED,
                    reason: &reason,
                    clean: false,
                };
                self.lab.borrow_mut().handle_link(link, event, now);
            }
        }
    }

    fn transmit(self: &Rc<Self>, link: LinkId, bytes: &[u8]) {
        let socket = self.place_of(link).and_then(|place| {
            let sockets = self.sockets.borrow();
            sockets.get(place).map(|open| Rc::clone(&open.socket))
        });
        let Some(socket) = socket else { return };
        // The browser throws only while the socket is still opening, and then the lab sends nothing.
        if socket.send(bytes).is_ok() && socket.buffered() > 0 {
            self.watch_buffers();
        }
    }

    fn handle_link(self: &Rc<Self>, link: LinkId, event: LinkEvent<'_>) {
        if let Some(open) = self
            .sockets
            .borrow_mut()
            .iter_mut()
            .find(|open| open.link == link)
            && open.backlog.concerns(&event)
        {
            open.backlog.push(&event);
            if self.catch_up.borrow().is_some() {
                return;
            }
        } else {
            return self.tell_link(link, event);
        }
        self.catch_up();
    }

    /// Tells the lab what waits in the backlogs, for as long as one task may take.
    fn catch_up(self: &Rc<Self>) {
        let start = self.steady.milliseconds();
        let limit = if page::is_hidden() { HIDDEN_TASK } else { TASK };
        let mut place = 0;
        while self.steady.milliseconds() - start < limit {
            // In turns: a flood from one server must not keep another's messages waiting.
            let next = {
                let mut sockets = self.sockets.borrow_mut();
                let count = sockets.len().max(1);
                let waiting = (0..count).map(|step| (place + step) % count);
                waiting
                    .filter_map(|at| {
                        let open = sockets.get_mut(at)?;
                        Some((at, open.link, open.backlog.pop()?))
                    })
                    .next()
            };
            let Some((at, link, part)) = next else { return };
            place = at + 1;
            self.tell_link(link, part.event());
            // Gone, if the lab has closed it.
            if let Some(open) = self
                .sockets
                .borrow_mut()
                .iter_mut()
                .find(|open| open.link == link)
            {
                open.backlog.put_back(part);
            }
        }
        if self
            .sockets
            .borrow()
            .iter()
            .any(|open| !open.backlog.is_empty())
        {
            let weak = Rc::downgrade(self);
            self.catch_up.replace(Some(Timeout::new(0, move || {
                if let Some(inner) = weak.upgrade() {
                    inner.catch_up.replace(None);
                    inner.catch_up();
                }
            })));
        }
    }

    fn tell_link(self: &Rc<Self>, link: LinkId, event: LinkEvent<'_>) {
        let closed = matches!(event, LinkEvent::Closed { .. });
        let now = if matches!(event, LinkEvent::Received(_)) {
            self.now_in_flood()
        } else {
            self.now()
        };
        self.lab.borrow_mut().handle_link(link, event, now);
        if closed {
            self.forget_socket(link);
        }
        self.settle();
    }

    fn forget_socket(&self, link: LinkId) {
        // Released before the last handle goes, because closing a socket is the browser's business.
        let place = self.place_of(link);
        let open = place.map(|place| self.sockets.borrow_mut().remove(place));
        drop(open);
    }

    fn place_of(&self, link: LinkId) -> Option<usize> {
        let sockets = self.sockets.borrow();
        sockets.iter().position(|open| open.link == link)
    }

    fn report_save_failed(&self) {
        let now = self.now();
        self.lab.borrow_mut().handle_save_failed(now);
    }

    fn watch_buffers(self: &Rc<Self>) {
        if self.buffer_check.borrow().is_some() {
            return;
        }
        let weak = Rc::downgrade(self);
        self.buffer_check
            .replace(Some(Timeout::new(BUFFER_CHECK, move || {
                if let Some(inner) = weak.upgrade() {
                    inner.buffer_check.replace(None);
                    inner.report_buffers();
                }
            })));
        self.tell_buffers();
    }

    fn report_buffers(self: &Rc<Self>) {
        if self.tell_buffers() {
            self.watch_buffers();
        }
        self.settle();
    }

    /// Tells the lab each buffer that has changed; true while any holds something.
    fn tell_buffers(&self) -> bool {
        let now = self.now();
        let mut some_waits = false;
        for open in &mut *self.sockets.borrow_mut() {
            let waiting = open.socket.buffered();
            some_waits |= waiting > 0;
            if open.buffered != waiting {
                open.buffered = waiting;
                let event = LinkEvent::Buffered(waiting);
                self.lab.borrow_mut().handle_link(open.link, event, now);
            }
        }
        some_waits
    }
}
