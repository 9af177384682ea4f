// A timer that keeps its promise in a hidden tab: browsers throttle a page's own timers there to
// one a minute, which would break Keep Alive; a worker's timers they leave alone.
// Told a delay in milliseconds it answers once, after that delay; a new delay replaces the old one,
// a negative one only cancels.
let pending;
onmessage = ({ data: delay }) => {
  clearTimeout(pending);
  if (delay >= 0) pending = setTimeout(() => postMessage(0), delay);
};
