// Runs in the page of the console.

/** Frames a second while the list of alarms is scrolled by 40 px in each of them. */
window.__benchScroll = (spanMs) => {
  let list = document.querySelector('[data-testid="alarm-list"]');
  while (list && list.scrollHeight <= list.clientHeight) list = list.parentElement;
  if (!list) throw new Error('no list of alarms that scrolls');
  return new Promise((resolve) => {
    const startedAt = performance.now();
    let frames = 0;
    const frame = () => {
      const passed = performance.now() - startedAt;
      if (passed >= spanMs) {
        resolve((frames * 1_000) / passed);
        return;
      }
      frames++;
      list.scrollTop += 40;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
};
