//! A server for one WebSocket, played by the test through the codec.

use js_sys::{Array, Function, Reflect, Uint8Array};
use mqtt_lab::codec::{
    Connack, ConnackCode, ConnackProperties, ConnectReturnCode, ControlPacket, PacketSplitter,
    ProtocolVersion, Publish, decode, encode,
};
use wasm_bindgen::{JsCast, JsValue};

use crate::page::until;

/// The version that the form has chosen from the beginning.
pub(crate) const VERSION: ProtocolVersion = ProtocolVersion::V3_1_1;

/// Puts the scripted WebSocket in the browser's place until it is dropped.
pub(crate) struct Network;

impl Network {
    pub(crate) fn scripted() -> Self {
        js_sys::eval(include_str!("web_socket.js")).expect("the script runs");
        set_global("WebSocket", &global("ScriptedWebSocket"));
        Self
    }

    /// The server's side of the `number`th WebSocket (from 0), once the page has opened it.
    pub(crate) async fn server(&self, number: u32) -> Server {
        let opened = || Array::from(&get(&global("ScriptedWebSocket"), "opened"));
        until("the page opens a WebSocket", || opened().length() > number).await;
        Server(opened().get(number))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        set_global("WebSocket", &global("RealWebSocket"));
    }
}

/// The server's side of one WebSocket.
pub(crate) struct Server(JsValue);

impl Server {
    pub(crate) fn url(&self) -> String {
        get(&self.0, "url").as_string().unwrap_or_default()
    }

    /// The sub-protocol that the page asked for.
    pub(crate) fn asked(&self) -> String {
        get(&self.0, "asked").as_string().unwrap_or_default()
    }

    pub(crate) fn is_closed(&self) -> bool {
        get(&self.0, "closed").is_truthy()
    }

    /// Completes the opening handshake.
    pub(crate) fn accept(&self) {
        call(&self.0, "accept", &[JsValue::from(self.asked())]);
    }

    /// Accepts CONNECT.
    pub(crate) fn connack(&self) {
        self.send(&[ControlPacket::Connack(Box::new(Connack {
            session_present: false,
            code: ConnackCode::V3(ConnectReturnCode::Accepted),
            properties: ConnackProperties::default(),
        }))]);
    }

    /// Sends packets, all in one frame.
    pub(crate) fn send(&self, packets: &[ControlPacket<'_>]) {
        let mut bytes = Vec::new();
        for packet in packets {
            encode(packet, VERSION, &mut bytes).expect("the test writes valid packets");
        }
        call(&self.0, "deliver", &[Uint8Array::from(&bytes[..]).into()]);
    }

    pub(crate) fn publish(&self, messages: &[Publish<'_>]) {
        let packets: Vec<_> = messages
            .iter()
            .cloned()
            .map(ControlPacket::Publish)
            .collect();
        self.send(&packets);
    }

    /// Ends the connection with this close code.
    pub(crate) fn end(&self, code: u16, reason: &str) {
        call(&self.0, "end", &[code.into(), reason.into()]);
    }

    /// Waits until the page has sent `count` packets in all, and has `look` at the last.
    pub(crate) async fn sent<R>(
        &self,
        count: usize,
        look: impl FnOnce(&ControlPacket<'_>) -> R,
    ) -> R {
        until(&format!("the page has sent {count} packets"), || {
            self.packets().len() >= count
        })
        .await;
        let packets = self.packets();
        assert_eq!(packets.len(), count, "packets sent by the page");
        look(&decode(&packets[count - 1], VERSION).expect("the page sends valid packets"))
    }

    fn packets(&self) -> Vec<Vec<u8>> {
        let mut stream = Vec::new();
        for frame in Array::from(&get(&self.0, "sent")) {
            stream.extend(Uint8Array::new(&frame).to_vec());
        }
        let mut input = &stream[..];
        let mut splitter = PacketSplitter::new(PacketSplitter::UNLIMITED);
        let mut packets = Vec::new();
        while let Some(packet) = splitter.next(&mut input).expect("the page sends packets") {
            packets.push(packet.to_vec());
        }
        packets
    }
}

fn global(name: &str) -> JsValue {
    get(&js_sys::global(), name)
}

fn set_global(name: &str, value: &JsValue) {
    Reflect::set(&js_sys::global(), &name.into(), value).expect("globals can be replaced");
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).expect("the script's objects can be read")
}

fn call(object: &JsValue, name: &str, arguments: &[JsValue]) {
    let method: Function = get(object, name)
        .dyn_into()
        .expect("a method of the script");
    let arguments: Array = arguments.iter().collect();
    method
        .apply(object, &arguments)
        .expect("the script answers");
}
