// Runs in the page before anything of the console does: tells of policy violations, and watches when things appear.

document.addEventListener('securitypolicyviolation', (event) => {
  console.error(
    `Content-Security-Policy: ${event.violatedDirective} refused ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`,
  );
});

// Wall-clock milliseconds with fractions, as the test's own Date.now(): both run on this machine.
const wallMs = () => performance.timeOrigin + performance.now();

window.__testWatch = {
  /** Resolves with the moment after the frame in which something fitting `selector` was painted. */
  painted: (selector) =>
    new Promise((resolve) => {
      const look = () => {
        if (document.querySelector(selector) === null) return false;
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
    new Promise((resolve) => {
      const timer = setInterval(() => {
        const sound = window.__gatehouseSound;
        if (sound.playing !== priority || sound.level() < 0.02) return;
        clearInterval(timer);
        resolve(wallMs());
      }, 4);
    }),
};
