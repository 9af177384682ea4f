//! One WebSocket as the lab sees it: opened, bytes, closed.
//!
//! Brokers send each packet in a frame of its own, and a call for each frame of a flood costs more
//! than what the lab does with it. So while frames come fast, the browser itself puts them into a
//! queue, and a few milliseconds' worth at a time goes to the lab, joined: MQTT does not depend on
//! where frames begin and end. Whoever sends slower is heard at once.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::{Array, ArrayBuffer, Function, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::backlog::PART;
use super::page::{is_hidden, now_milliseconds};
use crate::lab::LinkEvent;

/// An open or opening WebSocket; dropping it closes it and silences its events.
pub(super) struct Socket {
    receiver: Rc<Receiver>,
    _on_open: Closure<dyn FnMut()>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Starts the opening handshake. An error is a URL, port or scheme that the browser refuses to try.
    pub(super) fn open(
        url: &str,
        protocol: &str,
        report: impl Fn(LinkEvent<'_>) + 'static,
    ) -> Result<Self, JsValue> {
        let socket = WebSocket::new_with_str(url, protocol)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let receiver = Receiver::attach(&socket, Box::new(report))?;

        let on_open = Closure::new({
            let receiver = Rc::clone(&receiver);
            move || {
                (receiver.report)(LinkEvent::Opened {
                    protocol: &receiver.socket.protocol(),
                });
            }
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));

        let on_close = Closure::new({
            let receiver = Rc::clone(&receiver);
            move |event: CloseEvent| {
                receiver.hand_over(f64::INFINITY);
                receiver.tell(LinkEvent::Closed {
                    code: event.code(),
                    reason: &event.reason(),
                    clean: event.was_clean(),
                });
            }
        });
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));

        Ok(Self {
            receiver,
            _on_open: on_open,
            _on_close: on_close,
        })
    }

    /// Hands `bytes` over as one binary frame. The browser refuses only while still opening.
    pub(super) fn send(&self, bytes: &[u8]) -> Result<(), JsValue> {
        self.receiver.socket.send_with_u8_array(bytes)
    }

    /// Bytes that were handed over and have not left the browser yet.
    pub(super) fn buffered(&self) -> usize {
        self.receiver.socket.buffered_amount() as usize
    }

    /// Starts the closing handshake; `Closed` is reported when it is over.
    pub(super) fn close(&self) {
        // Refused only for close codes out of range, and none is given.
        let _ = self.receiver.socket.close();
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let socket = &self.receiver.socket;
        self.receiver.is_silent.set(true);
        socket.set_onopen(None);
        socket.set_onmessage(None);
        socket.set_onclose(None);
        self.receiver.next.replace(None);
        // It is held by the closure that it holds; one that runs just now stays until it is done.
        if let Ok(mut on_message) = self.receiver.on_message.try_borrow_mut() {
            *on_message = None;
        }
        self.close();
    }
}

/// So many frames in so many milliseconds are a flood, and fewer than that at a time are none any more.
const FLOOD_FRAMES: u32 = 16;
const FLOOD_TIME: f64 = 8.0;
const FLOOD_ENDS: u32 = 4;

/// How long one task hands over what is in the queue, in milliseconds.
const TASK: f64 = 8.0;

/// The largest frame buffer that is kept between frames, in bytes.
const KEPT: usize = 1 << 20;

/// What the browser calls for each frame.
type OnMessage = Closure<dyn FnMut(MessageEvent)>;

/// Takes the frames of one WebSocket, one by one or in a queue.
struct Receiver {
    socket: WebSocket,
    report: Box<dyn Fn(LinkEvent<'_>)>,
    on_message: RefCell<Option<OnMessage>>,
    /// The events of a flood, oldest first, and what puts them there: the queue's own `push`.
    queue: Array,
    enqueue: Function,
    /// Where small frames of a flood are put one behind the other.
    joined: Uint8Array,
    /// The task that hands over what is in the queue; `None` while every frame is told at once.
    next: RefCell<Option<Timeout>>,
    /// How many frames have come since when, in milliseconds of the page's clock.
    pace: Cell<(u32, f64)>,
    /// Where frames are copied to. It only grows, so that a flood of small ones neither allocates nor clears memory.
    bytes: Cell<Vec<u8>>,
    /// Whether nobody listens any more.
    is_silent: Cell<bool>,
}

impl Receiver {
    fn attach(socket: &WebSocket, report: Box<dyn Fn(LinkEvent<'_>)>) -> Result<Rc<Self>, JsValue> {
        let queue = Array::new();
        let push: Function = Reflect::get(&queue, &"push".into())?.dyn_into()?;
        let receiver = Rc::new(Self {
            socket: socket.clone(),
            report,
            on_message: RefCell::new(None),
            enqueue: push.bind0(&queue),
            queue,
            joined: Uint8Array::new_with_length(PART as u32),
            next: RefCell::new(None),
            pace: Cell::default(),
            bytes: Cell::default(),
            is_silent: Cell::new(false),
        });
        let weak = Rc::downgrade(&receiver);
        let on_message = Closure::new(move |event: MessageEvent| {
            if let Some(receiver) = weak.upgrade() {
                receiver.take(&event);
            }
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        receiver.on_message.replace(Some(on_message));
        Ok(receiver)
    }

    fn tell(&self, event: LinkEvent<'_>) {
        if !self.is_silent.get() {
            (self.report)(event);
        }
    }

    /// Takes a frame at once.
    fn take(self: &Rc<Self>, event: &MessageEvent) {
        self.tell_message(event);
        let (count, since) = self.pace.get();
        if count + 1 < FLOOD_FRAMES {
            return self.pace.set((count + 1, since));
        }
        let now = now_milliseconds();
        self.pace.set((0, now));
        // The timers of a hidden page are slow.
        if now - since < FLOOD_TIME && !self.is_silent.get() && !is_hidden() {
            self.socket.set_onmessage(Some(&self.enqueue));
            self.request_next();
        }
    }

    fn request_next(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        self.next.replace(Some(Timeout::new(0, move || {
            if let Some(receiver) = weak.upgrade() {
                receiver.empty();
            }
        })));
    }

    /// Hands over what is in the queue, and goes back to single frames where that was little.
    fn empty(self: &Rc<Self>) {
        let count = self.queue.length();
        let is_all = self.hand_over(TASK);
        if self.is_silent.get() {
            return;
        }
        if is_all && (count < FLOOD_ENDS || is_hidden()) {
            self.next.replace(None);
            if let Some(on_message) = &*self.on_message.borrow() {
                self.socket
                    .set_onmessage(Some(on_message.as_ref().unchecked_ref()));
            }
        } else {
            self.request_next();
        }
    }

    /// Hands over what is in the queue, for so many milliseconds; whether that was all.
    fn hand_over(&self, limit: f64) -> bool {
        let start = now_milliseconds();
        let count = self.queue.length();
        let mut place = 0;
        while place < count && !self.is_silent.get() {
            place = self.join(place);
            if now_milliseconds() - start > limit {
                break;
            }
        }
        let rest = self.queue.slice(place, count);
        self.queue.set_length(0);
        for event in rest.iter() {
            self.queue.push(&event);
        }
        rest.length() == 0
    }

    /// Tells of the events in the queue from `place` on, as many as are joined. The place after the last.
    fn join(&self, place: u32) -> u32 {
        let (mut next, mut length) = (place, 0);
        while next < self.queue.length() {
            let event: MessageEvent = self.queue.get(next).unchecked_into();
            let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() else {
                break;
            };
            let frame = Uint8Array::new(&buffer);
            let end = length + frame.length();
            if end > self.joined.length() {
                break;
            }
            self.joined.set(&frame, length);
            length = end;
            next += 1;
        }
        if next > place {
            self.tell_frame(&self.joined.subarray(0, length));
            return next;
        }
        // Text, or more at once than is joined.
        self.tell_message(&self.queue.get(place).unchecked_into());
        place + 1
    }

    fn tell_message(&self, event: &MessageEvent) {
        match event.data().dyn_into::<ArrayBuffer>() {
            Ok(buffer) => self.tell_frame(&Uint8Array::new(&buffer)),
            Err(data) => {
                let text = data.as_string().unwrap_or_default();
                self.tell(LinkEvent::ReceivedText(&text));
            }
        }
    }

    fn tell_frame(&self, frame: &Uint8Array) {
        // A report may lead to the next before it is done, and that finds no buffer and makes one.
        let mut bytes = self.bytes.take();
        let length = frame.length() as usize;
        if bytes.len() < length {
            bytes.resize(length, 0);
        }
        if let Some(place) = bytes.get_mut(..length) {
            frame.copy_to(place);
            self.tell(LinkEvent::Received(place));
        }
        // One huge frame must not hold its memory for as long as the connection lasts.
        if bytes.len() <= KEPT {
            self.bytes.set(bytes);
        }
    }
}
