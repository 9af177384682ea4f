// MQTT Lab, operated by the names that a person sees. Added to the page from outside; no part of the product.
(() => {
  const named = (element) => element.getAttribute('aria-label') ?? element.textContent.trim();
  const all = (selector) => [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
  const button = (name) => all('button, [role=tab], [role=switch]').find((element) => named(element) === name && !element.disabled);
  const region = (name) => all('[role=region], section, form').find((element) => element.getAttribute('aria-label') === name);
  const until = async (what, probe) => {
    const start = performance.now();
    for (;;) {
      const found = probe();
      if (found) return found;
      if (performance.now() - start > 15000) throw new Error(`waited in vain for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const press = async (name) => (await until(`the button ${name}`, () => button(name))).click();
  const status = (start) => all('[role=status]').find((element) => element.textContent.trim().startsWith(start));
  const fieldOf = (name) => all('input, select').find((element) => named(element) === name || [...(element.labels ?? [])].some((label) => label.textContent.trim() === name));
  const number = (text) => Number(text.replace(/[^0-9]/g, ''));

  const list = () => all('[role=listbox]').find((element) => named(element).startsWith('Messages'));
  const rows = () => [...(list()?.querySelectorAll('[role=option]') ?? [])];

  let counter = null;
  bench.count = () => {
    if (!counter?.isConnected) counter = status('Messages received: ');
    return counter ? number(counter.textContent) : 0;
  };
  bench.typing = () => {
    const panel = [...document.querySelectorAll('[role=region]')].find((element) => document.getElementById(element.getAttribute('aria-labelledby') ?? '')?.textContent.trim() === 'Publish' || element.getAttribute('aria-label') === 'Publish');
    return panel.querySelector('textarea');
  };

  // Connects and subscribes with what the page's address has filled in.
  bench.connect = async () => {
    await press('Connect');
    await until('the state connected', () => status('connected'));
    await press('Add New Topic Subscription');
    await press('Subscribe');
    await until('a granted subscription', () => all('li, [role=listitem]').some((row) => /granted/i.test(row.textContent)));
    return true;
  };

  const tree = () => all('[role=treegrid]')[0];
  const levels = () => [...(tree()?.querySelectorAll('[role=row]') ?? [])];

  // Jumps over all of a list, a place a frame or two, and looks whether rows are there each time.
  const jumpOver = async (steps, scrolled, drawn, place) => {
    const frames = async () => {
      for (let frame = 0; frame < 2; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
    };
    let blank = 0;
    const seen = new Set();
    for (let step = 0; step < steps; step += 1) {
      // Far from each other, and not in order.
      const part = (step * 0.618034) % 1;
      scrolled.scrollTop = part * (scrolled.scrollHeight - scrolled.clientHeight);
      await frames();
      const box = scrolled.getBoundingClientRect();
      const inView = drawn().filter((row) => {
        const own = row.getBoundingClientRect();
        return own.bottom > box.top && own.top < box.bottom;
      });
      if (inView.length === 0) blank += 1;
      inView.forEach((row) => seen.add(row.getAttribute(place)));
    }
    return { blank, seen: seen.size };
  };
  bench.jump = (steps, overTree = false) => overTree
    ? jumpOver(steps, tree(), levels, 'aria-rowindex')
    : jumpOver(steps, list(), rows, 'aria-posinset');

  const packets = () => all('[role=listbox]').find((element) => named(element).startsWith('Packets'));
  bench.jumpPackets = (steps) => jumpOver(steps, packets(), () => [...packets().querySelectorAll('[role=option]')], 'aria-posinset');

  // Opens the Wire; milliseconds until it lists so many.
  bench.listPackets = async (count) => {
    const start = performance.now();
    await press('Wire');
    await until(`${count} packets in the Wire`, () => number(region('Wire')?.textContent.match(/([0-9,]+) listed/)?.[1] ?? '') >= count);
    return performance.now() - start;
  };

  // Opens the ladder; milliseconds until it has an arrow for each of so many messages.
  const diagram = () => document.querySelector("[aria-roledescription='ladder diagram']");
  bench.listArrows = async (count) => {
    const start = performance.now();
    await press('Wire');
    await press('Ladder');
    await until(`${count} arrows`, () => diagram() && number(diagram().getAttribute('aria-label')) >= count);
    return performance.now() - start;
  };
  // What is drawn on its canvas is told by the number of the first row.
  bench.jumpArrows = async (steps) => {
    const drawn = () => [diagram().querySelector('canvas')].filter((canvas) => canvas.dataset.first);
    return jumpOver(steps, diagram(), drawn, 'data-first');
  };

  // Until the chart has every point that there is.
  bench.lookedThrough = () => until('all points', () => all('.legend').length > 0 && !all('.legend__notes').some((notes) => notes.textContent.includes('looking through')) && all('canvas').length > 0);

  // Zooms into the chart and out again, and moves it, a step a frame; how many different pictures that made.
  bench.moveChart = async () => {
    const canvas = all('canvas')[0];
    const box = canvas.getBoundingClientRect();
    const pictures = new Set();
    for (let step = 0; step < 120; step += 1) {
      const [clientX, clientY] = [box.left + box.width * (0.3 + 0.4 * ((step * 0.618034) % 1)), box.top + box.height / 2];
      canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: step % 40 < 20 ? -100 : 100, clientX, clientY, bubbles: true, cancelable: true }));
      if (step % 3 === 0) canvas.dispatchEvent(new KeyboardEvent('keydown', { key: step % 2 ? 'ArrowLeft' : 'ArrowRight', bubbles: true, cancelable: true }));
      await new Promise((resolve) => requestAnimationFrame(resolve));
      pictures.add(canvas.getAttribute('aria-label'));
    }
    return pictures.size;
  };
  bench.focusList = () => list().focus();

  // Opens the details of the newest message; milliseconds until its payload is drawn, and how much of it.
  bench.openNewest = async () => {
    const start = performance.now();
    rows()[0].dispatchEvent(new MouseEvent('mousedown', { bubbles: true }));
    const payload = await until('the payload', () => document.querySelector('[data-testid=payload]'));
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return { milliseconds: performance.now() - start, characters: payload.textContent.length };
  };

  // Types a text into a filter's field; milliseconds until the first row that has it is drawn, and until the number of
  // rows has stood still for a second while nothing says that it is still being looked for.
  bench.filter = async (name, text) => {
    const field = fieldOf(name);
    field.focus();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, text);
    const start = performance.now();
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.dispatchEvent(new Event('change', { bubbles: true }));
    let first = null;
    let matches = 0;
    let changed = start;
    for (;;) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const now = performance.now();
      const shown = rows();
      if (shown.length > 0 && shown.every((row) => row.textContent.includes(text))) {
        first ??= now - start;
        const size = Number(shown[0].getAttribute('aria-setsize'));
        if (size !== matches) [matches, changed] = [size, now];
      }
      const busy = all('[role=progressbar], progress, [aria-busy=true]').length > 0;
      if (busy) changed = now;
      if (first !== null && now - changed > 1000) return { first, all: changed - start, matches };
      if (now - start > 60000) throw new Error(`no matches of ${text} in a minute`);
    }
  };

  // What the list says is kept, as a person reads it.
  bench.kept = () => all('.messages__kept').map((line) => line.textContent.trim()).join(' ');

  // Which of these controls the page has.
  bench.has = (names) => names.filter((name) => button(name) || fieldOf(name) || all('[role=tab], [role=region]').some((element) => named(element) === name));
  bench.press = press;
  bench.unfold = async (name, field) => {
    if (button(name)) await press(name);
    await until(`the field ${field}`, () => fieldOf(field));
    return true;
  };
})();
