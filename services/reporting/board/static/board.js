// Keeps an open board up to date: fetches its numbers when they change, and shows a lost connection.
"use strict";

(() => {
  const SILENCE_MS_MAX = 30000; // three heartbeats of the stream
  const REFRESH_MS_MIN = 1000; // on a busy day the page must not refresh all the time
  const REFRESH_MS_MAX = 30000; // on a quiet day the time in the banner is refreshed so often
  const RETRY_MS_MIN = 1000;
  const RETRY_MS_MAX = 30000;
  const GRACE_MS = 2500; // a stream that ended regularly is connected again before that
  const MARK_MS = 4000;

  const board = document.getElementById("board");
  let source = null;
  let silenceTimer = 0;
  let lossTimer = 0;
  let retryMs = RETRY_MS_MIN;
  let refreshedAt = 0;
  let isRefreshing = false;
  let refreshTimer = 0;

  function showConnection(isLive) {
    document.getElementById("live").hidden = !isLive;
    document.getElementById("lost").hidden = isLive;
  }

  function connect() {
    source = new EventSource(board.dataset.stream);
    source.addEventListener("changed", () => { onEvent(); refreshSoon(); });
    source.addEventListener("heartbeat", () => {
      onEvent();
      if (Date.now() - refreshedAt > REFRESH_MS_MAX) refreshSoon();
    });
    source.onopen = () => { onEvent(); refreshSoon(); }; // numbers may have changed meanwhile
    source.onerror = onLoss;
    expectEvent();
  }

  function expectEvent() {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(onLoss, SILENCE_MS_MAX);
  }

  function onEvent() {
    clearTimeout(lossTimer);
    lossTimer = 0;
    retryMs = RETRY_MS_MIN;
    expectEvent();
  }

  function onLoss() {
    clearTimeout(silenceTimer);
    source.close();
    lossTimer ||= setTimeout(() => showConnection(false), GRACE_MS);
    setTimeout(connect, retryMs * (0.5 + Math.random()));
    retryMs = Math.min(2 * retryMs, RETRY_MS_MAX);
  }

  function refreshSoon() {
    if (refreshTimer) return;
    const waitMs = Math.max(0, refreshedAt + REFRESH_MS_MIN - Date.now());
    refreshTimer = setTimeout(refresh, waitMs);
  }

  async function refresh() {
    refreshTimer = 0;
    if (isRefreshing) { refreshTimer = setTimeout(refresh, REFRESH_MS_MIN); return; }
    isRefreshing = true;
    try {
      const response = await fetch(board.dataset.numbers, { cache: "no-store", signal: AbortSignal.timeout(SILENCE_MS_MAX) });
      if (!response.ok) throw new Error(String(response.status));
      update(new DOMParser().parseFromString(await response.text(), "text/html"));
      showConnection(source.readyState === EventSource.OPEN);
    } catch {
      showConnection(false); // the next heartbeat tries again
    } finally {
      refreshedAt = Date.now();
      isRefreshing = false;
    }
  }

  // Only the parts that differ are replaced, so that open definitions and the scroll position stay.
  function update(numbers) {
    const fresh = new Map([...numbers.querySelectorAll("[data-live]")].map((part) => [part.dataset.live, part]));
    const parts = [...board.querySelectorAll("[data-live]")];
    const assetsVersion = numbers.querySelector("main").dataset.assetsVersion;
    if (assetsVersion !== board.dataset.assetsVersion || !parts.every((part) => fresh.has(part.dataset.live))) {
      location.reload();
      return;
    }
    const changed = parts.filter((part) => replace(part, fresh.get(part.dataset.live)));
    if (changed.length) announce(changed.filter((part) => part.tagName === "TR").length);
  }

  // Returns whether the number has changed, and not only the text next to it.
  function replace(part, other) {
    const isNumber = part.dataset.number !== other.dataset.number;
    if (!isNumber && part.innerHTML === other.innerHTML) return false;
    part.replaceWith(document.adoptNode(other));
    if (isNumber) mark(other);
    return isNumber;
  }

  function mark(part) {
    part.classList.add("is-new");
    setTimeout(() => part.classList.remove("is-new"), MARK_MS);
  }

  function announce(count) {
    const changes = document.getElementById("changes");
    changes.textContent = changes.dataset.message.replace("{count}", count);
  }

  const print = document.getElementById("print");
  print.hidden = false;
  print.addEventListener("click", () => window.print());
  connect();
})();
