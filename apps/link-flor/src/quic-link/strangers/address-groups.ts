const mappedPrefix = "::ffff:";

/**
 * The networks that an IP address is in, from the largest to the smallest: /8, /16, /24 and /32 of IPv4; /32, /48, /56 and /64 of
 * IPv6, where a /64 is the least that one host has.
 */
export function addressGroups(host: string): readonly string[] {
  const address = host.toLowerCase();
  if (!address.includes(":")) return groupsOfIpv4(address);
  if (address.startsWith(mappedPrefix) && address.includes("."))
    return groupsOfIpv4(address.slice(mappedPrefix.length));
  const [first = 0, second = 0, third = 0, fourth = 0] = wordsOf(address);
  const provider = `${first.toString(16)}:${second.toString(16)}`;
  const site = `${provider}:${third.toString(16)}`;
  return [provider, site, `${site}:${(fourth >> 8).toString(16)}/56`, smallestGroup(address)];
}

/** The last of the groups, by which known addresses are kept. */
export function smallestGroup(host: string): string {
  const address = host.toLowerCase();
  if (!address.includes(":")) return address;
  if (address.startsWith(mappedPrefix) && address.includes(".")) return address.slice(mappedPrefix.length);
  return wordsOf(address)
    .slice(0, 4)
    .map((word) => word.toString(16))
    .join(":");
}

function groupsOfIpv4(address: string): readonly string[] {
  const first = address.indexOf(".");
  const second = address.indexOf(".", first + 1);
  const third = address.indexOf(".", second + 1);
  return [`${address.slice(0, first)}.`, `${address.slice(0, second)}.`, `${address.slice(0, third)}.`, address];
}

/** The eight numbers of an IPv6 address, without its zone; those of an IPv4 end are not looked at. */
function wordsOf(address: string): number[] {
  const [head = "", tail] = address.split("%")[0]!.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  return [...front, ...Array<string>(zeros).fill("0"), ...back].map((word) => Number.parseInt(word, 16));
}
