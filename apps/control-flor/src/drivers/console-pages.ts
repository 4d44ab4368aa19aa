import type { IncomingMessage, ServerResponse } from "node:http";
import {
  followSections,
  LiveSections,
  PAGE_FILES,
  pageOf,
  POLICY,
  sectionIds,
  type Sections,
  SectionWriter,
} from "@florenetes/console";
import type { Logger } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { Api } from "../api/api.ts";
import { asOfView } from "../api/as-of.ts";
import { type ApiAnswer, ApiError, type ApiRequest } from "../api/exchange.ts";
import { requireRead } from "../api/methods.ts";
import { FABRIC_TABLES, fabricPicture, unknownPicture } from "../console/fabric-picture.ts";
import type { Organizations, ReaderRights } from "../reader-rights.ts";
import { CONSOLE_EVERY_MS } from "./limits.ts";

export interface ConsolePagesOptions {
  readonly cluster: string;
  readonly api: Api;
  readonly time: ProcessTime;
  readonly log: Logger;
}

const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "content-security-policy": POLICY,
  "cache-control": "no-store",
};

/** The console: a page, and its sections as each reader sees them. */
export class ConsolePages implements Disposable {
  readonly #options: ConsolePagesOptions;
  readonly #page: string;
  /** By what their readers see. */
  readonly #sections = new Map<Organizations, LiveSections>();

  constructor(options: ConsolePagesOptions) {
    this.#options = options;
    this.#page = pageOf({
      cluster: options.cluster,
      sectionIds: sectionIds(FABRIC_TABLES),
      elsewhere: "The API at v1/verdict and beside it says the same.",
    });
  }

  /** The page, or a file of it; undefined: the path is none of the console's. @throws ApiError ERR_CONTROL_METHOD */
  answer({ method, path }: Pick<ApiRequest, "method" | "path">): ApiAnswer | undefined {
    const [name = "", ...more] = path;
    if (more.length > 0) return undefined;
    const file = name === "" ? { type: "text/html; charset=utf-8", text: this.#page } : PAGE_FILES.get(name);
    if (file === undefined) return undefined;
    requireRead(method);
    return { status: 200, headers: { ...HEADERS, "content-type": file.type }, text: file.text };
  }

  /** Sends the sections and what changes of them, until the page is closed. */
  follow(
    { organizations }: ReaderRights,
    headers: Readonly<Record<string, string>>,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const sections = this.#sectionsFor(organizations);
    followSections({ sections, everyMs: CONSOLE_EVERY_MS, headers: { ...headers, ...HEADERS } }, request, response);
  }

  /** Forgets what readers saw: others may see it now. */
  handleReaders(): void {
    for (const sections of this.#sections.values()) sections[Symbol.dispose]();
    this.#sections.clear();
  }

  [Symbol.dispose](): void {
    this.handleReaders();
  }

  #sectionsFor(organizations: Organizations): LiveSections {
    let sections = this.#sections.get(organizations);
    if (sections === undefined) {
      const writer = new SectionWriter();
      sections = new LiveSections(() => Promise.resolve(this.#write(writer, organizations)), CONSOLE_EVERY_MS);
      this.#sections.set(organizations, sections);
    }
    return sections;
  }

  #write(writer: SectionWriter, organizations: Organizations): Sections {
    const { api, time } = this.#options;
    try {
      const sight = api.sightOf({ organizations });
      return writer.write(fabricPicture(sight, asOfView(sight.view, time.now())));
    } catch (error) {
      // The process goes on, whatever an agent has told.
      if (!(error instanceof ApiError))
        this.#options.log.error({ code: "API_FAILED", err: error }, "a page cannot be made");
      return writer.write(unknownPicture());
    }
  }
}
