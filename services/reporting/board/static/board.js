// Keeps an open board up to date: fetches its numbers when they change, and says when it cannot.
"use strict";

(() => {
  const BEAT_MS_MAX = 30000; // three beats of the stream
  const REFRESH_MS_MIN = 1000; // a busy day must not make a busy page
  const REFRESH_MS_MAX = 30000; // so often the time in the banner moves on a quiet day
  const RETRY_MS_MIN = 1000;
  const RETRY_MS_MAX = 30000;
  const GRACE_MS = 2500; // a stream that ends in good order begins anew before that
  const MARK_MS = 4000;

  const board = document.getElementById("board");
  let source = null;
  let silence = 0;
  let loss = 0;
  let retryMs = RETRY_MS_MIN;
  let refreshedAt = 0;
  let isRefreshing = false;
  let waiting = 0;

  function show(isLive) {
    document.getElementById("live").hidden = !isLive;
    document.getElementById("lost").hidden = isLive;
  }

  function connect() {
    source = new EventSource(board.dataset.stream);
    source.addEventListener("changed", () => { heard(); refreshSoon(); });
    source.addEventListener("beat", () => {
      heard();
      if (Date.now() - refreshedAt > REFRESH_MS_MAX) refreshSoon();
    });
    source.onopen = () => { heard(); refreshSoon(); }; // whatever changed meanwhile
    source.onerror = lose;
    listen();
  }

  function listen() {
    clearTimeout(silence);
    silence = setTimeout(lose, BEAT_MS_MAX);
  }

  function heard() {
    clearTimeout(loss);
    loss = 0;
    retryMs = RETRY_MS_MIN;
    listen();
  }

  function lose() {
    clearTimeout(silence);
    source.close();
    loss ||= setTimeout(() => show(false), GRACE_MS);
    setTimeout(connect, retryMs * (0.5 + Math.random()));
    retryMs = Math.min(2 * retryMs, RETRY_MS_MAX);
  }

  function refreshSoon() {
    if (waiting) return;
    const wait = Math.max(0, refreshedAt + REFRESH_MS_MIN - Date.now());
    waiting = setTimeout(refresh, wait);
  }

  async function refresh() {
    waiting = 0;
    if (isRefreshing) { waiting = setTimeout(refresh, REFRESH_MS_MIN); return; }
    isRefreshing = true;
    try {
      const answer = await fetch(board.dataset.numbers, { cache: "no-store", signal: AbortSignal.timeout(BEAT_MS_MAX) });
      if (!answer.ok) throw new Error(String(answer.status));
      take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      show(source.readyState === EventSource.OPEN);
    } catch {
      show(false); // the next beat tries again
    } finally {
      refreshedAt = Date.now();
      isRefreshing = false;
    }
  }

  // Only what differs is replaced, so that open definitions and the reader's place stay.
  function take(numbers) {
    const fresh = new Map([...numbers.querySelectorAll("[data-live]")].map((part) => [part.dataset.live, part]));
    const parts = [...board.querySelectorAll("[data-live]")];
    const edition = numbers.querySelector("main").dataset.edition;
    if (edition !== board.dataset.edition || !parts.every((part) => fresh.has(part.dataset.live))) {
      location.reload();
      return;
    }
    const changed = parts.filter((part) => replace(part, fresh.get(part.dataset.live)));
    if (changed.length) tell(changed.filter((part) => part.tagName === "TR").length);
  }

  // Whether the number, and not only the time beside it, is another one.
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

  function tell(count) {
    const news = document.getElementById("news");
    news.textContent = news.dataset.words.replace("{count}", count);
  }

  const print = document.getElementById("print");
  print.hidden = false;
  print.addEventListener("click", () => window.print());
  connect();
})();
