// Drives a broker with MQTT.js: mqttjs_client.cjs FOLDER PORT mqtt|ws 3|4|5. Ends with 0 if all went well.
"use strict";

const assert = require("node:assert");
const crypto = require("node:crypto");

const [folder, port, scheme, versionText] = process.argv.slice(2);
const mqtt = require(folder);
const version = Number(versionText);
const isV5 = version === 5;
const id = `mqttjs-${scheme}-${version}`;
const patience = 15_000;

// What takes too long ends everything, with the name of what was waited for.
function within(what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

class Client {
  constructor(name, { clean = true, expiry = 0, will } = {}) {
    this.messages = [];
    this.waiting = [];
    const properties = isV5 ? { sessionExpiryInterval: expiry } : undefined;
    this.client = mqtt.connect(`${scheme}://127.0.0.1:${port}/mqtt`, {
      clientId: `${id}-${name}`.slice(0, 23),
      protocolVersion: version,
      protocolId: version === 3 ? "MQIsdp" : "MQTT",
      clean,
      keepalive: 30,
      reconnectPeriod: 0,
      connectTimeout: patience,
      resubscribe: false,
      properties,
      will,
    });
    this.client.on("message", (topic, payload, packet) => {
      const next = this.waiting.shift();
      if (next) next(packet);
      else this.messages.push(packet);
    });
  }

  // Whether the session was still there.
  async connected() {
    const connack = await within("CONNACK", new Promise((resolve, reject) => {
      this.client.once("connect", resolve);
      this.client.once("error", reject);
    }));
    return connack.sessionPresent;
  }

  async subscribe(filter, options) {
    const granted = await within("SUBACK", this.client.subscribeAsync(filter, options));
    return granted.map((one) => one.qos);
  }

  async publish(topic, payload, options) {
    await within(`${topic} to be published`, this.client.publishAsync(topic, payload, options));
  }

  next() {
    const ready = this.messages.shift();
    return ready ?? within("a message", new Promise((resolve) => this.waiting.push(resolve)));
  }

  async disconnect() {
    await within("the end", this.client.endAsync());
  }

  // The connection ends without DISCONNECT.
  async die() {
    await within("the end", this.client.endAsync(true));
  }
}

function seen({ topic, payload, qos, retain }) {
  return [topic, payload.toString(), qos, retain];
}


async function eachQosAndWildcards() {
  const [publisher, subscriber] = [new Client("p"), new Client("s")];
  await Promise.all([publisher.connected(), subscriber.connected()]);
  assert.deepEqual(await subscriber.subscribe(`${id}/+/x`, { qos: 2 }), [2]);
  assert.deepEqual(await subscriber.subscribe(`${id}/deep/#`, { qos: 1 }), [1]);
  for (const qos of [0, 1, 2]) {
    await publisher.publish(`${id}/${qos}/x`, `at ${qos}`, { qos });
    assert.deepEqual(seen(await subscriber.next()), [`${id}/${qos}/x`, `at ${qos}`, qos, false]);
    await publisher.publish(`${id}/deep/a/${qos}`, "", { qos });
    assert.deepEqual(seen(await subscriber.next()), [`${id}/deep/a/${qos}`, "", Math.min(qos, 1), false]);
  }
  await publisher.publish(`${id}/other/y`, "not wanted", { qos: 2 });
  await within("UNSUBACK", subscriber.client.unsubscribeAsync(`${id}/deep/#`));
  await publisher.publish(`${id}/deep/a/9`, "not wanted any more", { qos: 2 });
  await publisher.publish(`${id}/last/x`, "last", { qos: 2 });
  assert.equal((await subscriber.next()).topic, `${id}/last/x`);
  await publisher.disconnect();
  await subscriber.disconnect();
}

async function manyInOrder() {
  const [publisher, subscriber] = [new Client("p"), new Client("s")];
  await Promise.all([publisher.connected(), subscriber.connected()]);
  await subscriber.subscribe(`${id}/many`, { qos: 2 });
  // MQTT.js keeps to no Receive Maximum by itself; 20 at a time is what every broker allows.
  for (let first = 0; first < 500; first += 20) {
    const sent = [];
    for (let number = first; number < first + 20; number += 1) {
      sent.push(publisher.publish(`${id}/many`, String(number), { qos: 1 + (number % 2) }));
    }
    await Promise.all(sent);
  }
  const last = { 1: -2, 2: -1 };
  for (let count = 0; count < 500; count += 1) {
    const { payload, qos } = await subscriber.next();
    assert.equal(Number(payload), last[qos] + 2);
    last[qos] += 2;
  }
  await publisher.disconnect();
  await subscriber.disconnect();
}

async function retained() {
  const publisher = new Client("p");
  await publisher.connected();
  await publisher.publish(`${id}/kept`, "kept", { qos: 1, retain: true });
  const late = new Client("late");
  await late.connected();
  await late.subscribe(`${id}/+`, { qos: 1 });
  assert.deepEqual(seen(await late.next()), [`${id}/kept`, "kept", 1, true]);
  await publisher.publish(`${id}/kept`, "", { qos: 1, retain: true });
  assert.deepEqual(seen(await late.next()), [`${id}/kept`, "", 1, false]);
  const later = new Client("later");
  await later.connected();
  await later.subscribe(`${id}/+`, { qos: 1 });
  await publisher.publish(`${id}/sign`, "nothing came before", { qos: 1 });
  assert.equal((await later.next()).topic, `${id}/sign`);
  for (const client of [publisher, late, later]) await client.disconnect();
}

async function will() {
  const watcher = new Client("w");
  await watcher.connected();
  await watcher.subscribe(`${id}/will/#`, { qos: 2 });
  const last = (name) => ({ topic: `${id}/will/${name}`, payload: Buffer.from(name), qos: 2, retain: false });
  const polite = new Client("polite", { will: last("polite") });
  await polite.connected();
  await polite.disconnect();
  const doomed = new Client("doomed", { will: last("doomed") });
  await doomed.connected();
  await doomed.die();
  assert.deepEqual(seen(await watcher.next()), [`${id}/will/doomed`, "doomed", 2, false]);
  await watcher.disconnect();
}

async function sessions() {
  const publisher = new Client("p");
  await publisher.connected();
  const absent = new Client("absent", { clean: false, expiry: 600 });
  await absent.connected();
  await absent.subscribe(`${id}/while/away`, { qos: 1 });
  await absent.disconnect();
  for (const number of [0, 1, 2]) await publisher.publish(`${id}/while/away`, String(number), { qos: 1 });
  const back = new Client("absent", { clean: false, expiry: 600 });
  const isPresent = await back.connected();
  // The standard of 3.1 has no such flag; a Server may set it all the same.
  if (version > 3) assert.equal(isPresent, true);
  for (const number of [0, 1, 2]) assert.equal((await back.next()).payload.toString(), String(number));
  await back.disconnect();
  const anew = new Client("absent", { clean: true });
  assert.equal(await anew.connected(), false);
  await anew.disconnect();
  await publisher.disconnect();
}

async function tenMegabytes() {
  const [publisher, subscriber] = [new Client("p"), new Client("s")];
  await Promise.all([publisher.connected(), subscriber.connected()]);
  await subscriber.subscribe(`${id}/large`, { qos: 1 });
  const payload = crypto.randomBytes(10 * 1024 * 1024);
  await publisher.publish(`${id}/large`, payload, { qos: 1 });
  const message = await subscriber.next();
  assert.ok(payload.equals(message.payload), "the payload is another");
  await publisher.disconnect();
  await subscriber.disconnect();
}

async function onlyInV5() {
  const [publisher, subscriber] = [new Client("p"), new Client("s")];
  await Promise.all([publisher.connected(), subscriber.connected()]);
  await subscriber.subscribe(`${id}/v5`, { qos: 1, rap: true, properties: { subscriptionIdentifier: 7 } });
  const userProperties = { b: ["2", "2"], a: "1" };
  await publisher.publish(`${id}/v5`, "hello", {
    qos: 1,
    properties: {
      responseTopic: `${id}/answer`,
      correlationData: Buffer.from([0, 255]),
      contentType: "text/plain",
      payloadFormatIndicator: true,
      messageExpiryInterval: 100,
      userProperties,
    },
  });
  const { properties } = await subscriber.next();
  assert.equal(properties.responseTopic, `${id}/answer`);
  assert.deepEqual([...properties.correlationData], [0, 255]);
  assert.equal(properties.contentType, "text/plain");
  assert.equal(properties.payloadFormatIndicator, true);
  assert.deepEqual({ ...properties.userProperties }, userProperties);
  assert.equal(properties.subscriptionIdentifier, 7);
  assert.ok(properties.messageExpiryInterval >= 98 && properties.messageExpiryInterval <= 100);
  await publisher.disconnect();
  await subscriber.disconnect();
}

async function main() {
  const checks = [eachQosAndWildcards, manyInOrder, retained, will, sessions, tenMegabytes];
  if (isV5) checks.push(onlyInV5);
  for (const check of checks) {
    const started = Date.now();
    await check();
    console.log(`${check.name} ${(Date.now() - started) / 1000} s`);
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
