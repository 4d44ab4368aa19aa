/** Where values lie on an axis, in pixels from where it begins, and what is written beside it. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From nothing to the greatest value. */
export function linearScale(values: readonly number[], length: number): Scale {
  const most = Math.max(1e-9, ...values);
  const step = niceStep(most / 5);
  const ticks = Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, index) => index * step);
  return { at: (value) => Math.max(0, (value / most) * length), ticks };
}

/** From the power of ten below the least value to the greatest; the same ratio is the same length everywhere. */
export function logarithmicScale(values: readonly number[], length: number): Scale {
  const positive = values.filter((value) => value > 0);
  const most = Math.max(1e-9, ...positive);
  const first = Math.floor(Math.log10(Math.min(most, ...positive)) + 1e-9);
  const decades = Math.max(0.5, Math.log10(most) - first);
  const at = (value: number): number =>
    value <= 0 ? 0 : Math.max(0, ((Math.log10(value) - first) / decades) * length);
  const factors = decades > 2.5 ? [1] : [1, 2, 5];
  const ticks = Array.from({ length: Math.ceil(decades) + 1 }, (_, index) => 10 ** (first + index))
    .flatMap((power) => factors.map((factor) => factor * power))
    .filter((tick) => tick <= most * 1.0001);
  return { at, ticks };
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * 0.999)!;
}

/** As short as it can be told: 0.02, 500, 20k, 3M. */
export function tickText(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (value >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3)));
}

/** Three figures that count. */
export function roundFigure(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number(value.toFixed(Math.min(digits, 3))).toLocaleString("en", { maximumFractionDigits: 3 });
}
