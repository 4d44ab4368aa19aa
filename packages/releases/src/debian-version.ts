/** Versions of Debian's packages without an epoch, and their order (deb-version(7)). */

/** The last part of a version, behind the last hyphen, is the revision. */
const REVISION = /^(.*)-([^-]*)$/;
/** A run of other characters than digits, and the number behind it. */
const PART = /([^0-9]*)([0-9]*)/y;

/** Below 0: `a` is older than `b`; above 0: it is newer; 0: Debian takes them for the same. */
export function compareVersions(a: string, b: string): number {
  const [upstreamA, revisionA] = splitVersion(a);
  const [upstreamB, revisionB] = splitVersion(b);
  return compareParts(upstreamA, upstreamB) || compareParts(revisionA, revisionB);
}

function splitVersion(version: string): readonly [upstream: string, revision: string] {
  const [, upstream, revision] = REVISION.exec(version) ?? [];
  return upstream === undefined ? [version, ""] : [upstream, revision!];
}

function compareParts(a: string, b: string): number {
  const [partsA, partsB] = [partsOf(a), partsOf(b)];
  for (let at = 0; at < Math.max(partsA.length, partsB.length); at++) {
    const [textA, numberA] = partsA[at] ?? ["", ""];
    const [textB, numberB] = partsB[at] ?? ["", ""];
    const order = compareTexts(textA, textB) || compareNumbers(numberA, numberB);
    if (order !== 0) return order;
  }
  return 0;
}

function partsOf(text: string): readonly (readonly [text: string, digits: string])[] {
  const parts: [string, string][] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const [, other, digits] = PART.exec(text)!;
    parts.push([other!, digits!]);
  }
  return parts;
}

function compareTexts(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const order = rankOf(a[at]) - rankOf(b[at]);
    if (order !== 0) return order;
  }
  return 0;
}

/** A tilde is before the end, the end before letters, and letters before all else. */
function rankOf(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === "~") return -1;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}

/** Numbers may be longer than JavaScript counts exactly. */
function compareNumbers(a: string, b: string): number {
  const [plainA, plainB] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return plainA.length - plainB.length || (plainA < plainB ? -1 : Number(plainA > plainB));
}
