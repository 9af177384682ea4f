// A WebSocket whose server is the test: what the page sends is kept, what it gets is handed in.
class ScriptedWebSocket {
  static opened = [];

  constructor(url, protocol) {
    this.url = url;
    this.asked = protocol;
    this.protocol = "";
    this.bufferedAmount = 0;
    this.sent = [];
    this.closed = false;
    ScriptedWebSocket.opened.push(this);
  }

  send(bytes) {
    this.sent.push(bytes.slice());
  }

  close() {
    this.closed = true;
  }

  // The server's side.
  accept(protocol) {
    this.protocol = protocol;
    this.onopen?.(new Event("open"));
  }

  deliver(bytes) {
    this.onmessage?.(new MessageEvent("message", { data: bytes.slice().buffer }));
  }

  end(code, reason) {
    this.onclose?.(new CloseEvent("close", { code, reason, wasClean: code !== 1006 }));
  }
}
globalThis.ScriptedWebSocket = ScriptedWebSocket;
globalThis.RealWebSocket ??= globalThis.WebSocket;
