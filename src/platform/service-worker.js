// Keeps the page in the browser, so that it can be opened without a network. `cargo xtask finish` puts the page's
// files into FILES, by name ("" is the page itself) and with the hash of what each holds.
//
// The page itself is always asked for at its host first, so nobody sees an old one who can have a new one. All other
// files but a few are named by a hash of their contents: one that has been kept is the right one. A newer version
// of the page brings a newer one of this script, which fetches all of its files, under a name of its own, and takes
// over when no tab shows the older page any more.
const FILES = [/* [name, integrity] of every file of the page */];
const SCOPE = self.registration.scope;
// Other pages of the host, and this page in another folder, have caches beside these.
const FAMILY = `mqtt-lab ${SCOPE} `;
const CACHE = FAMILY + "VERSION";
const files = new Map(FILES.map(([name, integrity]) => [new URL(name, SCOPE).href, integrity]));

addEventListener("install", (event) => event.waitUntil(keepAll()));

addEventListener("activate", (event) => event.waitUntil(takeOver()));

addEventListener("fetch", (event) => {
    const { request } = event;
    if (request.method !== "GET") return;
    const url = new URL(request.url);
    // Its query fills in forms; the page is the same.
    url.search = url.hash = "";
    if (request.mode === "navigate") {
        if ([SCOPE, SCOPE + "index.html"].includes(url.href)) event.respondWith(page(event));
    } else if (files.has(url.href)) {
        event.respondWith(file(request, url.href));
    }
});

// All or nothing: a set of files that do not belong together must never be kept as a page.
async function keepAll() {
    const cache = await caches.open(CACHE);
    for (const [url, integrity] of files) {
        // What an earlier attempt has brought need not come again.
        if (await cache.match(url)) continue;
        const from = isNamedByHash(url) ? "force-cache" : "no-cache";
        const response = await fetch(url, { integrity, cache: from, priority: "low" });
        if (!response.ok) throw new Error(`${url}: ${response.status}`);
        await cache.put(url, response.redirected ? withoutRedirection(response) : response);
    }
}

async function takeOver() {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith(FAMILY) && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    // The host is asked while this script is still being started.
    await self.registration.navigationPreload?.enable();
    // On a first visit, the page that has asked for this script.
    await clients.claim();
}

async function page(event) {
    let answer;
    try {
        answer = (await event.preloadResponse) ?? (await fetch(event.request));
        // What a host says of the page it has or has not is taken; that it is out of order is not.
        if (answer.status < 500) return answer;
    } catch {
        // No network.
    }
    return (await kept(SCOPE)) ?? answer ?? Response.error();
}

async function file(request, url) {
    if (isNamedByHash(url)) return (await kept(url)) ?? fetch(request);
    try {
        return await fetch(request);
    } catch (error) {
        const found = await kept(url);
        if (found) return found;
        throw error;
    }
}

async function kept(url) {
    return (await caches.open(CACHE)).match(url);
}

// A browser does not take an answer that was led elsewhere for a page it has asked for.
function withoutRedirection(response) {
    const { status, statusText, headers } = response;
    return new Response(response.body, { status, statusText, headers });
}

function isNamedByHash(url) {
    return /-[0-9a-f]{12,16}[._][^/]*$/.test(url);
}
