import { spawn } from "node:child_process";
import { untilSignal } from "@florenetes/process-kit";
import type { Output } from "../output.ts";
import { releaseFolder } from "../release-folder.ts";
import { readSite } from "./read-site.ts";
import { openSiteServer } from "./site-server.ts";

const FOLDER = "docs-site";

/** Shows the documents until SIGINT or SIGTERM. */
export async function showDocuments(output: Output): Promise<void> {
  const site = readSite(releaseFolder(FOLDER));
  const stop = untilSignal("SIGINT", "SIGTERM");
  await using server = await openSiteServer(site);
  output.out(`The documents are at ${server.address} until Ctrl-C.`);
  openInBrowser(server.address);
  await stop;
}

/** Shows a page where there is a display. Without a browser, the address that was told is enough. */
function openInBrowser(address: string): void {
  if (!process.env["DISPLAY"] && !process.env["WAYLAND_DISPLAY"]) return;
  spawn("xdg-open", [address], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}
