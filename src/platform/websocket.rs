//! One WebSocket as the lab sees it: opened, bytes, closed.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use crate::lab::LinkEvent;

/// An open or opening WebSocket; dropping it closes it and silences its events.
pub(super) struct Socket {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Starts the opening handshake. An error is a URL, port or scheme that the browser refuses to try.
    pub(super) fn open(
        url: &str,
        protocol: &str,
        report: impl Fn(LinkEvent<'_>) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let socket = WebSocket::new_with_str(url, protocol)?;
        socket.set_binary_type(BinaryType::Arraybuffer);

        let on_open = Closure::new({
            let report = report.clone();
            let socket = socket.clone();
            move || {
                report(LinkEvent::Opened {
                    protocol: &socket.protocol(),
                });
            }
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));

        let on_message = Closure::new({
            let report = report.clone();
            // Reused from frame to frame, so that a flood of small frames allocates nothing.
            let mut frame = Vec::new();
            move |event: MessageEvent| match event.data().dyn_into::<ArrayBuffer>() {
                Ok(buffer) => {
                    let bytes = Uint8Array::new(&buffer);
                    frame.resize(bytes.length() as usize, 0);
                    bytes.copy_to(&mut frame);
                    report(LinkEvent::Received(&frame));
                    // One huge frame must not hold its memory for as long as the connection lasts.
                    if frame.capacity() > KEPT_CAPACITY {
                        frame = Vec::new();
                    }
                }
                Err(data) => {
                    let text = data.as_string().unwrap_or_default();
                    report(LinkEvent::ReceivedText(&text));
                }
            }
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));

        let on_close = Closure::new(move |event: CloseEvent| {
            report(LinkEvent::Closed {
                code: event.code(),
                reason: &event.reason(),
                clean: event.was_clean(),
            });
        });
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));

        Ok(Self {
            socket,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
        })
    }

    /// Hands `bytes` over as one binary frame. The browser refuses only while still opening.
    pub(super) fn send(&self, bytes: &[u8]) -> Result<(), JsValue> {
        self.socket.send_with_u8_array(bytes)
    }

    /// Bytes that were handed over and have not left the browser yet.
    pub(super) fn buffered(&self) -> usize {
        self.socket.buffered_amount() as usize
    }

    /// Starts the closing handshake; `Closed` is reported when it is over.
    pub(super) fn close(&self) {
        // Refused only for close codes out of range, and none is given.
        let _ = self.socket.close();
    }
}

/// The largest frame buffer that is kept between frames, in bytes.
const KEPT_CAPACITY: usize = 1 << 20;

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        self.close();
    }
}
