// Runs before any script of a measured page: the page measures itself, and what it found is read when the load is
// over. A page adds `bench.count`, which says how many messages it has counted, and `bench.typing`, the field in which
// keys are typed.
window.bench = (() => {
  const state = { frames: [], longTasks: [], keys: [], events: [], firstAt: null, reachedAt: null, count: 0 };
  let expected = Infinity;
  let last = null;
  let waiting = [];
  let running = false;
  let changedAt = 0;
  let memory = null;

  const observe = (type, options, take) => {
    if (PerformanceObserver.supportedEntryTypes.includes(type)) {
      new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, ...options });
    }
  };
  observe('longtask', {}, (entry) => state.longTasks.push([entry.startTime, entry.duration]));
  observe('event', { durationThreshold: 16 }, (entry) => {
    if (entry.name === 'keydown') state.events.push([entry.startTime, entry.duration]);
  });
  addEventListener('keydown', (event) => waiting.push(event.timeStamp), true);

  // The memory of the page's WebAssembly, wherever it is made.
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...arguments_) => {
      const made = await original.apply(WebAssembly, arguments_);
      memory = (made.instance ?? made).exports.memory ?? memory;
      return made;
    };
  }

  const frame = () => {
    if (!running) return;
    const now = performance.now();
    if (last !== null) state.frames.push([now, now - last]);
    last = now;
    for (const pressed of waiting) state.keys.push([pressed, now - pressed]);
    waiting = [];
    const count = bench.count();
    if (count !== state.count) changedAt = now;
    state.count = count;
    if (count > 0 && state.firstAt === null) state.firstAt = now;
    if (count >= expected && state.reachedAt === null) state.reachedAt = now;
    requestAnimationFrame(frame);
  };

  return {
    count: () => 0,
    typing: () => document.querySelector('input'),

    // Starts measuring; `wanted` is the count at which everything has come.
    begin(wanted) {
      expected = wanted;
      Object.assign(state, { frames: [], longTasks: [], keys: [], events: [], firstAt: null, reachedAt: null, count: 0 });
      last = null;
      waiting = [];
      running = true;
      changedAt = performance.now();
      requestAnimationFrame(frame);
    },

    // Resolves when everything was counted, or nothing was for `patience` milliseconds.
    finished(patience) {
      return new Promise((resolve) => {
        const look = () => {
          if (state.reachedAt !== null || performance.now() - changedAt > patience) resolve(state.count);
          else setTimeout(look, 100);
        };
        look();
      });
    },

    // Ends measuring. Times are in milliseconds; `origin` is that of the page's clock since 1970.
    result() {
      running = false;
      return { ...state, origin: performance.timeOrigin, count: bench.count(), memory: bench.memory() };
    },

    // Bytes: the page's WebAssembly memory and its JavaScript heap.
    memory: () => ({
      wasm: memory ? memory.buffer.byteLength : 0,
      heap: performance.memory ? performance.memory.usedJSHeapSize : 0,
    }),
  };
})();
