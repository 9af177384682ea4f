// Stands behind the script of a split page that fetches its WebAssembly modules (xtask/src/modules.rs puts it there,
// and the names of those modules into PARTS). A module is fetched when a part of the page is first opened. This
// fetches the rest ahead, when the page has been used for a while and has nothing to do, so that every part can
// still be opened once the network is gone; and has the browser keep the page, so that it can be loaded again then.
const PARTS = [/* the names of all modules that are fetched later */];
// The style sheets of parts (xtask/src/styles.rs puts them there).
const STYLES = [/* of each part with a style sheet, in their order: its module's ending, the sheet, its integrity */];
// The lab broker: a page that has it can be used without a network.
const LAST_NEEDED = "_server.wasm";
// How long the page is left alone behind that, in milliseconds.
const REST = 2500;
// How long the browser may find something better to do before the next module, in milliseconds.
const PATIENCE = 10_000;

const addresses = PARTS.map((name) => new URL(name, import.meta.url).href);
// What has been fetched ahead: compiled when it is opened, not before.
const ahead = new Map();
const asked = new Set();
// Those of STYLES that have been asked for, each with what comes of that.
const sheets = [];
let isStarted = false;

// What the page's loaders fetch a module with. What it draws never stands there without its style sheet.
async function part(url) {
    const style = sheet(STYLES.findIndex(([module]) => url.href.endsWith(module)));
    // Awaited below, where that is told.
    style?.catch(() => {});
    const bytes = ahead.get(url.href);
    const response = bytes ? new Response(bytes) : await fetchOrFind(url);
    await style;
    if (response.ok) {
        asked.add(url.href);
        ahead.delete(url.href);
        if (url.href.endsWith(LAST_NEEDED) && !isStarted) {
            isStarted = true;
            setTimeout(() => fetchAhead().catch(() => {}), REST);
        }
    }
    return response;
}

// Also a page that was loaded past its service worker finds what that one has kept.
async function fetchOrFind(url) {
    try {
        return await fetch(url);
    } catch (error) {
        const kept = await keptAt(url.href);
        if (kept) return kept;
        throw error;
    }
}

async function keptAt(address) {
    // Only a page on https or from this computer has caches, and the browser may refuse them.
    return self.caches?.match(address).catch(() => undefined);
}

// Has the style sheet at this place of STYLES in the page, if there is one; can be asked for again where that failed.
function sheet(place) {
    if (place < 0 || sheets[place]) return sheets[place]?.there;
    const [, name, integrity] = STYLES[place];
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", integrity, href: new URL(name, import.meta.url) });
    const there = new Promise((resolve, reject) => {
        link.onload = resolve;
        link.onerror = async () => {
            link.remove();
            try {
                const kept = await keptAt(link.href);
                const found = new CSSStyleSheet();
                await found.replace(await kept.text());
                document.adoptedStyleSheets.push(found);
                resolve();
            } catch {
                sheets[place] = undefined;
                reject(new Error(link.href));
            }
        };
    });
    // In the order in which they stand in index.html, whichever part is opened first.
    const next = sheets.find((other, at) => other && at > place);
    document.head.insertBefore(link, next?.link ?? null);
    sheets[place] = { link, there };
    return there;
}

async function instantiate(response, imports) {
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    return WebAssembly.instantiate(await response.arrayBuffer(), imports);
}

async function fetchAhead() {
    // Whoever pays for each byte fetches what is opened, when it is opened.
    if (navigator.connection?.saveData) return;
    if (!navigator.onLine) return again();
    await idle();
    await keep();
    for (const [place, [, name]] of STYLES.entries()) {
        if (sheets[place] || (await keptAt(new URL(name, import.meta.url).href))) continue;
        await idle();
        if (!navigator.onLine) return again();
        await sheet(place).catch(() => {});
    }
    for (const address of addresses) {
        if (asked.has(address) || ahead.has(address) || (await keptAt(address))) continue;
        await idle();
        if (!navigator.onLine) return again();
        try {
            const response = await fetch(address, { priority: "low" });
            if (response.ok) ahead.set(address, await response.arrayBuffer());
        } catch {
            return again();
        }
    }
}

function again() {
    addEventListener("online", () => fetchAhead().catch(() => {}), { once: true });
}

function idle() {
    return new Promise((resolve) => {
        // Not every browser says when it is idle.
        if (self.requestIdleCallback) requestIdleCallback(resolve, { timeout: PATIENCE });
        else setTimeout(resolve, 200);
    });
}

// Has the browser keep all files of the page, and waits until it has tried.
async function keep() {
    try {
        const script = new URL("service-worker.js", import.meta.url);
        const registration = await navigator.serviceWorker.register(script);
        const worker = registration.installing;
        if (!worker) return;
        await new Promise((resolve) => {
            const look = () => {
                if (worker.state !== "installing") resolve();
            };
            worker.addEventListener("statechange", look);
            look();
        });
    } catch {
        // The page goes on without: what is fetched ahead is at hand for as long as it is open.
    }
}
