/** A console, as a browser shows it: its page, and all that is wrong with that. */
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { obstaclesOf } from "./browser.ts";
import { PATIENCE, PATIENCE_MS } from "./patience.ts";

/** The sizes at which everybody is to be able to use a console, each with a choice of colours. */
export const SIZES = [
  { width: 1_280, height: 800, colorScheme: "light" },
  { width: 360, height: 640, colorScheme: "dark" },
] as const;

const PICTURE = { width: 1_100, height: 800 };

export class ConsolePage implements AsyncDisposable {
  readonly page: Page;
  /** Errors of the page, and requests that leave the console. */
  readonly #troubles: string[] = [];
  #mayBeGone = false;

  private constructor(page: Page, address: string) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => this.#troubles.push(String(error)));
    page.on("console", (message) => void (this.#mayBeGone || this.#troubles.push(message.text())));
    page.on("request", (request) => void (request.url().startsWith(address) || this.#troubles.push(request.url())));
  }

  /** Opens the console at an address. */
  static async open(browser: Browser, address: string): Promise<ConsolePage> {
    const shown = new ConsolePage(await browser.newPage(), address);
    await shown.page.goto(address);
    return shown;
  }

  /** The browser may note from now on that nobody answers. */
  handleGone(): void {
    this.#mayBeGone = true;
  }

  /** The first line of the verdict. */
  verdict(): Promise<string | null> {
    return this.page.textContent("#verdict p");
  }

  /** All of the verdict, with its findings. */
  findings(): Promise<string | null> {
    return this.page.textContent("#verdict");
  }

  /** How new the page is, in its own words. */
  age(): Promise<string | null> {
    return this.page.textContent("#age");
  }

  /** The nodes that the map shows as `good` or `bad`. */
  nodesNamed(state: string): Promise<string[]> {
    return this.page.locator(`svg g.${state} text:last-child`).allTextContents();
  }

  /** The titles of the sections that are there. */
  titles(): Promise<string[]> {
    return this.page.locator("main h2:visible").allTextContents();
  }

  /** Waits for a verdict, and finds nothing that keeps anybody from using the page at this size. */
  async expectUsable({ colorScheme, ...size }: (typeof SIZES)[number], verdict: RegExp): Promise<void> {
    await this.page.setViewportSize(size);
    await this.page.emulateMedia({ colorScheme });
    await expect.poll(() => this.verdict(), PATIENCE).toMatch(verdict);
    expect(await obstaclesOf(this.page)).toEqual([]);
    expect(await this.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(size.width);
  }

  /** Keeps the page from its top, or a part of it, as a picture of the documents: in the folder `FLORENETES_PICTURES` of a run that is to make them. */
  async keepPicture(name: string, part?: Locator): Promise<void> {
    const folder = process.env["FLORENETES_PICTURES"];
    if (folder === undefined) return;
    const path = join(folder, `${name}.png`);
    const former = this.page.viewportSize()!;
    await this.page.setViewportSize(PICTURE);
    await this.page.evaluate("scrollTo(0, 0)");
    await (part ?? this.page).screenshot({ path });
    await this.page.setViewportSize(former);
  }

  /** Closes the page, in which nothing may have been wrong. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close();
    expect(this.#troubles).toEqual([]);
  }
}
