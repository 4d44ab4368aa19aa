/** The report of a node that nobody can log in to: how it is, in JSON and ASCII, for the people who have ordered it. Pure. */
import { OUTCOME_REPORT_MAX } from "@florenetes/facts";
import type { AgentNews } from "../agent-orders.ts";
import type { ViewLink } from "../door/view.ts";
import { REPORTED_LINKS_MAX, REPORTED_NEWS_MAX } from "./limits.ts";

/** The last things that an agent has told its log, with their times. */
export class RecentNews {
  readonly #all: { readonly at: number; readonly news: AgentNews }[] = [];

  take(news: AgentNews, wall: number): void {
    this.#all.push({ at: wall, news });
    if (this.#all.length > REPORTED_NEWS_MAX) this.#all.shift();
  }

  /** The last one first, with times in milliseconds since 1970. */
  all(): readonly { readonly at: number; readonly code: string; readonly about: AgentNews["about"] }[] {
    return this.#all.map(({ at, news: { code, about } }) => ({ at, code, about })).toReversed();
  }
}

/** The parts of a report. Whatever has no room is left out from the end: first of the news, then of the links. */
export interface ReportParts {
  readonly about: Readonly<Record<string, unknown>>;
  readonly links: readonly ViewLink[];
  readonly news: ReturnType<RecentNews["all"]>;
}

/** Writes a report of at most 8,192 characters. */
export function writeNodeReport({ about, links, news }: ReportParts): string {
  const shown = links
    .toSorted((a, b) => Number(a.state === "up") - Number(b.state === "up"))
    .slice(0, REPORTED_LINKS_MAX)
    .map(({ peer, state, code, overlay }) => ({ peer, state, ...(code !== "" && { code }), overlay }));
  for (let [linksTold, newsTold] = [shown.length, news.length]; ;) {
    const left = { links: links.length - linksTold, news: news.length - newsTold };
    const text = asciiJson({ ...about, links: shown.slice(0, linksTold), news: news.slice(0, newsTold), left });
    if (text.length <= OUTCOME_REPORT_MAX) return text;
    if (newsTold > 0) newsTold = Math.floor(newsTold / 2);
    else if (linksTold > 0) linksTold = Math.floor(linksTold / 2);
    else return asciiJson({ left: "everything: no part has room" });
  }
}

/** JSON has no characters below the space; those above `~` are written by their numbers. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
