// MQTT.js as it comes, and a count.
const parameters = new URLSearchParams(location.search);
const client = mqtt.connect(`ws://127.0.0.1:${parameters.get('port')}/mqtt`, { reconnectPeriod: 0 });
let count = 0;
client.on('connect', () => {
  client.subscribe(parameters.get('filter'), { qos: 0 }, (error) => {
    window.isReady = !error;
  });
});
client.on('message', () => {
  count += 1;
});

const shown = document.getElementById('count');
const show = () => {
  if (shown.textContent !== String(count)) shown.textContent = count;
  requestAnimationFrame(show);
};
requestAnimationFrame(show);
bench.count = () => count;
