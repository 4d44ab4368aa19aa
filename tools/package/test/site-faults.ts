import { posix } from "node:path";

const TAG = /<([a-z0-9]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/gi;
const ATTRIBUTE = /([a-z-]+)="([^"]*)"/gi;
/** Attributes by which a browser loads something, without a click. A link of `a` and `form` waits for one. */
const LOADING = new Set(["src", "srcset", "href", "data", "poster"]);
const WAITING = new Set(["a"]);
const FOREIGN = /^(?:[a-z][a-z+.-]*:|\/)/i;
/** How a style asks for something. */
const ASKED = /@import|url\((?!["']?#)/i;
/** Markdown that the generator has not understood. */
const LEFT_OVER = /```|^\s*\|[ -]*-\|| \| --- |\]\([^)\s]*\)|^\s*(?:[-*]|\d+\.) \S/m;

/**
 * Finds faults of a site: links and anchors that lead nowhere, tags and styles that load from elsewhere, scripts and styles within a page,
 * Markdown that is left.
 *
 * @param files texts by their paths in the site
 */
export function siteFaults(files: ReadonlyMap<string, string>): string[] {
  const anchors = new Map(
    [...files].map(([path, text]) => [path, new Set([...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id))]),
  );
  return [...files].flatMap(([path, text]) => {
    if (path.endsWith(".css") && ASKED.test(text)) return [`${path}: the style asks for something`];
    if (!path.endsWith(".html")) return [];
    const faults: string[] = [];
    for (const [tag, name, attributes] of text.matchAll(TAG)) {
      for (const [, key, value] of attributes!.matchAll(ATTRIBUTE)) {
        if (key === "style" || key!.startsWith("on")) faults.push(`${path}: ${tag} has a ${key}`);
        if (!LOADING.has(key!) && key !== "action") continue;
        if (FOREIGN.test(value!)) {
          if (!WAITING.has(name!) || !/^https?:/.test(value!)) faults.push(`${path}: ${tag} leads out of the site`);
          continue;
        }
        const [to = "", anchor] = value!.split("#");
        const target = to === "" ? path : posix.join(posix.dirname(path), to);
        if (!files.has(target)) faults.push(`${path}: ${value} is not there`);
        else if (anchor !== undefined && !anchors.get(target)!.has(anchor))
          faults.push(`${path}: ${value} has no such anchor`);
      }
    }
    if (/<style|<script(?![^>]* src=)|<iframe|<object|<embed|<base/.test(text))
      faults.push(`${path}: it has a tag that the policy refuses`);
    // A cell may begin with a number and a dot.
    const shown = text.replaceAll(/<(pre|code)\b[^>]*>.*?<\/\1>|<td[^>]*>/gs, "…");
    const words = shown.replaceAll(/<[^>]*>/g, "");
    const left = LEFT_OVER.exec(words);
    if (left !== null) faults.push(`${path}: Markdown is left: ${words.slice(left.index, left.index + 60)}`);
    return faults;
  });
}
