/** Figures of a link, as its two ends tell them. */
import type { LinkFigures } from "@florenetes/facts";

/** The worse one of each figure, so that no captured end makes a link better than the other end finds it. */
export function worseFigures(near: LinkFigures, far: LinkFigures): LinkFigures {
  const [roundTrip, jitter, loss, rate, queue, mtu, breaks] = near;
  const [farRoundTrip, farJitter, farLoss, farRate, farQueue, farMtu, farBreaks] = far;
  return [
    Math.max(roundTrip, farRoundTrip),
    Math.max(jitter, farJitter),
    Math.max(loss, farLoss),
    Math.min(rate, farRate),
    Math.max(queue, farQueue),
    Math.min(mtu, farMtu),
    Math.max(breaks, farBreaks),
  ];
}
