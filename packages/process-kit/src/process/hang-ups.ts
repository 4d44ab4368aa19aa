/**
 * Catches SIGHUP from now on, which would otherwise end the process. The returned function is called once, when the
 * process can handle a hang-up: `handle` is then called at every SIGHUP, and at once if one has come before.
 */
export function catchHangUps(): (handle: () => void) => void {
  let isDue = false;
  let act = (): void => {
    isDue = true;
  };
  process.on("SIGHUP", () => act());
  return (handle) => {
    act = handle;
    if (isDue) handle();
  };
}
