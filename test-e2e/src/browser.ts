import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { areInstalled } from "./installed.ts";

const CHROMIUM = "/usr/bin/chromium";

/** Whether Debian's Chromium is here. Otherwise says which tests are left out. */
export function hasBrowser(tests: string): boolean {
  return areInstalled(tests, CHROMIUM);
}

/** Opens a browser without a window, which the caller closes. Tests run as root, for whom Chromium has no sandbox. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

/** Finds the obstacles of a page for people with a screen reader, a keyboard or weak eyes, by axe's rules. */
export async function obstaclesOf(page: Page): Promise<readonly string[]> {
  // Axe runs in a world of its own, which the page's policy does not bind.
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  await session.send("Runtime.evaluate", { expression: axe.source, contextId: executionContextId });
  const expression =
    "axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)))";
  const { result } = await session.send("Runtime.evaluate", {
    expression,
    contextId: executionContextId,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  return result.value as readonly string[];
}
