// Runs in the page before anything of the console does: tells of policy violations, and watches when things appear.

document.addEventListener('securitypolicyviolation', (event) => {
  console.error(
    `Content-Security-Policy: ${event.violatedDirective} refused ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`,
  );
});

// Wall-clock milliseconds with fractions, as the test's own Date.now(): both run on this machine.
const wallMs = () => performance.timeOrigin + performance.now();

/** What is watched for comes within this time, or the test fails with words. The page's clock may be the test's own by then. */
const patienceMs = 30_000;
const later = setTimeout.bind(window);
const again = setInterval.bind(window);
const stop = clearInterval.bind(window);

let lateMs = 0;

window.__testWatch = {
  /** From now on the worst lateness of a timer is kept, ms: what the machine, not the console, adds to what is measured. */
  measureLateness() {
    const everyMs = 20;
    let due = performance.now() + everyMs;
    lateMs = 0;
    again(() => {
      const now = performance.now();
      lateMs = Math.max(lateMs, now - due);
      due = now + everyMs;
    }, everyMs);
  },
  lateness: () => lateMs,
  /** Resolves with the moment after the frame in which something fitting `selector` and holding `text` was painted. */
  painted: (selector, text = '') =>
    new Promise((resolve, reject) => {
      later(() => reject(new Error(`waited in vain for ${selector} ${text}`)), patienceMs);
      const look = () => {
        if (![...document.querySelectorAll(selector)].some((each) => each.textContent.includes(text)))
          return false;
        observer.disconnect();
        // The first frame comes before the change is painted, the second after.
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(wallMs())));
        return true;
      };
      const observer = new MutationObserver(look);
      if (!look())
        observer.observe(document.documentElement, { subtree: true, childList: true, attributes: true });
    }),
  /** Resolves with the moment at which the loudspeaker's signal was first louder than a whisper. */
  heard: (priority) =>
    new Promise((resolve, reject) => {
      const sound = window.__gatehouseSound;
      later(() => {
        stop(timer);
        const { state, playing } = sound;
        reject(
          new Error(
            `waited in vain for the sound of ${priority}: ${state}, plays ${playing} at ${sound.level()}`,
          ),
        );
      }, patienceMs);
      const timer = again(() => {
        if (sound.playing !== priority || sound.level() < 0.02) return;
        stop(timer);
        resolve(wallMs());
      }, 4);
    }),
};

/** Every word that can be read or is read out: text, labels, titles, placeholders of what is visible. */
window.__testWords = () => {
  const words = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node instanceof Text) {
      const parent = node.parentElement;
      if (parent?.checkVisibility() && !['SCRIPT', 'STYLE'].includes(parent.tagName))
        words.add(node.data.trim());
    } else if (node.checkVisibility()) {
      for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
        words.add(node.getAttribute(name) ?? '');
    }
  }
  words.delete('');
  return [...words];
};

/** To another place of the console without loading it anew, as a link goes there; resolves when it is drawn. */
window.__testGo = (path) => {
  history.pushState(null, '', path);
  dispatchEvent(new PopStateEvent('popstate'));
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))));
};
