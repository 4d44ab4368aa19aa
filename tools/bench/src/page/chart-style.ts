const LINE_COLOURS = ["#c8501e", "#2f6db0", "#3c8c4a", "#8a4fa8", "#b08a1e", "#2a9a9a", "#77808c", "#b03060"];

/** Of the plots, within the page and as files of their own. */
export const CHART_STYLE: string = `
svg text { font: 13px system-ui, sans-serif; fill: #1c2430 } svg .heading { font-weight: 600 } svg .none { fill: #77808c; font-style: italic }
svg .tick, svg .tick text { font-size: 11px; fill: #66707c } .grid { stroke: #dde3ea; fill: none }
.own { fill: #c8501e } .peer { fill: #8aa3c0 } .floor { fill: #c9c29a } .range { stroke: #1c2430; fill: none } .paper { fill: #fff }
.line path { fill: none; stroke-width: 2 }
${LINE_COLOURS.map((colour, index) => `.line${index} path { stroke: ${colour} } .line${index} circle { fill: ${colour} }`).join(" ")}`;
