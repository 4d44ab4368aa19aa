/** Names of sealed objects, from which holders learn nothing. */
import { randomBytes } from "node:crypto";

/** The first part of the names of all of them. */
export const OBJECTS_PREFIX = "objects/";
const ID = /^[0-9a-f]{32}$/;

/** A name for a new object. */
export function newObjectName(): string {
  return nameOf(randomBytes(16).toString("hex"));
}

/** The name of the object with an id. */
export function nameOf(id: string): string {
  return `${OBJECTS_PREFIX}${id}`;
}

/** Whether a text is the id of an object. */
export function isObjectId(text: string): boolean {
  return ID.test(text);
}

/** The id of a sealed object; undefined: the name is that of another one. */
export function idOf(name: string): string | undefined {
  const id = name.startsWith(OBJECTS_PREFIX) ? name.slice(OBJECTS_PREFIX.length) : "";
  return isObjectId(id) ? id : undefined;
}
