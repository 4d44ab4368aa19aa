import { spawn } from "node:child_process";

/** Shows a page where there is a display. Without a browser, the address that was told is enough. */
export function openInBrowser(address: string): void {
  if (!process.env["DISPLAY"] && !process.env["WAYLAND_DISPLAY"]) return;
  spawn("xdg-open", [address], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}
