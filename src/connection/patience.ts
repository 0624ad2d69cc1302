/** So many parts a time is waited for in. */
const parts = 10;

/**
 * Calls back after so many milliseconds in which this process was there to listen. While it is busy itself it hears
 * nobody, and whoever answers meanwhile is not late: such a time counts as a tenth of the whole at most, and what has
 * arrived by then is heard first. Gives a way to call it off.
 */
export function patience(ms: number, over: () => void): () => void {
  let left = parts;
  let calledOff = false;
  let timer: NodeJS.Timeout | undefined;
  const next = () => {
    if (calledOff) return;
    if (left === 0) over();
    else timer = setTimeout(listen, ms / parts);
  };
  // A timer that is due goes before what has arrived; an immediate goes after it.
  const listen = () => {
    left -= 1;
    setImmediate(next);
  };
  next();
  return () => {
    calledOff = true;
    clearTimeout(timer);
  };
}
