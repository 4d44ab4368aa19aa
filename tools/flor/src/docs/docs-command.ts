import { untilSignal } from "@florenetes/process-kit";
import { openInBrowser } from "../browser.ts";
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
