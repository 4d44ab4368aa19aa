import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { OperatorErrors } from "@florenetes/operator-text";

/**
 * Tests that a program takes the configs of former releases, and that these have every key: the promise of docs/operate/upgrade.md.
 *
 * @param folder has a folder for each release that brought keys, named by its version, with YAML files
 * @param schema the program's zod schema of today
 * @param load reads a config file as the program does
 */
export function testReleasedConfigs(folder: string, schema: unknown, load: (file: string) => Promise<unknown>): void {
  const files = readdirSync(folder)
    .flatMap((version) => readdirSync(join(folder, version)).map((name) => join(version, name)))
    .toSorted();

  test.each(files)("the config %s is good today", async (file) => {
    const problems = await load(join(folder, file)).then(
      () => [],
      (error: unknown) => {
        if (error instanceof OperatorErrors) return error.problems.map(({ where, message }) => [where?.key, message]);
        throw error;
      },
    );
    expect(problems).toEqual([]);
  });

  test("configs of releases have every key, and values that are no defaults", () => {
    const values = files.map((file): unknown => parse(readFileSync(join(folder, file), "utf8")));
    expect(untriedKeys(schema, values)).toEqual([]);
  });
}

/** Parts of a zod schema's definition that lead to other schemas. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly innerType?: unknown;
  readonly element?: unknown;
  readonly valueType?: unknown;
  readonly options?: readonly unknown[];
  readonly defaultValue?: unknown;
}

/**
 * Keys of a zod schema, as `clusters.*.listen`, that no value has or of which all values have the default. Reserved words
 * (keys that take no value) are left out.
 *
 * @param values what config files have where the schema holds
 */
export function untriedKeys(schema: unknown, values: readonly unknown[]): string[] {
  const { shape, innerType, element, valueType, options = [] } = definitionOf(schema);
  const records = values.filter((value) => isRecord(value));
  const ofKeys = Object.entries(shape ?? {}).flatMap(([key, field]): string[] => {
    const written = records.filter((record) => Object.hasOwn(record, key)).map((record) => record[key]);
    if (isReserved(field)) return [];
    if (written.every((value) => isDefault(field, value))) return [key];
    return untriedKeys(field, written).map((below) => `${key}.${below}`);
  });
  const underAny = [
    ...(element === undefined ? [] : untriedKeys(element, values.filter(Array.isArray).flat())),
    ...(valueType === undefined ? [] : untriedKeys(valueType, records.flatMap(Object.values))),
  ].map((below) => `*.${below}`);
  const inPlace = [innerType, ...options].filter((each) => each !== undefined);
  return [...ofKeys, ...underAny, ...inPlace.flatMap((each) => untriedKeys(each, values))];
}

function definitionOf(schema: unknown): Definition {
  return (schema as { readonly _zod: { readonly def: Definition } })._zod.def;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a key is a word that is kept for later: it takes no value. */
function isReserved(field: unknown): boolean {
  const { type, innerType } = definitionOf(field);
  return type === "never" || (innerType !== undefined && isReserved(innerType));
}

function isDefault(field: unknown, value: unknown): boolean {
  const { type, innerType, defaultValue } = definitionOf(field);
  if (type === "default" && JSON.stringify(defaultValue) === JSON.stringify(value)) return true;
  return innerType !== undefined && isDefault(innerType, value);
}
