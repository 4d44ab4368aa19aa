/** Of the plots, within the page and as files of their own. */
export const CHART_STYLE = `
svg text { font: 13px system-ui, sans-serif; fill: #1c2430 } svg .heading { font-weight: 600 } svg .none { fill: #77808c; font-style: italic }
.own { fill: #c8501e } .peer { fill: #8aa3c0 } .range { stroke: #1c2430; fill: none } .paper { fill: #fff }`;
