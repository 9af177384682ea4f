// As little as a page can do with what a broker sends: walk the fixed headers, and count the PUBLISH packets.
const parameters = new URLSearchParams(location.search);
const filter = new TextEncoder().encode(parameters.get('filter'));
const socket = new WebSocket(`ws://127.0.0.1:${parameters.get('port')}/mqtt`, 'mqtt');
socket.binaryType = 'arraybuffer';

let count = 0;
// What a frame leaves unfinished: bytes of the body that are still to come, or a header cut short.
let missing = 0;
let header = [];

const CONNECT = [0x10, 17, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 5, 0x66, 0x6c, 0x6f, 0x6f, 0x72];
const SUBSCRIBE = [0x82, filter.length + 5, 0, 1, 0, filter.length, ...filter, 0];

const take = (type) => {
  if (type >> 4 === 2) socket.send(new Uint8Array(SUBSCRIBE));
  if (type >> 4 === 3) count += 1;
  if (type >> 4 === 9) window.isReady = true;
};

socket.onopen = () => socket.send(new Uint8Array(CONNECT));
socket.onmessage = (event) => {
  const bytes = new Uint8Array(event.data);
  let at = Math.min(missing, bytes.length);
  missing -= at;
  if (at > 0 && missing === 0) take(header[0]), (header = []);
  while (at < bytes.length) {
    header.push(bytes[at++]);
    if (header.length < 2 || header.at(-1) >= 0x80) continue;
    missing = header.slice(1).reduce((length, byte, place) => length + ((byte & 0x7f) << (7 * place)), 0);
    const here = Math.min(missing, bytes.length - at);
    missing -= here;
    at += here;
    if (missing > 0) return;
    take(header[0]);
    header = [];
  }
};

const shown = document.getElementById('count');
const show = () => {
  if (shown.textContent !== String(count)) shown.textContent = count;
  requestAnimationFrame(show);
};
requestAnimationFrame(show);
bench.count = () => count;
