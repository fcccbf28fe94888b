// Draws the charts of a page from the JSON beside them. Colours come from the stylesheet, so that themes and print agree.
"use strict";

const DAY = 86400000;
const drawn = new Map();

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const TONES = { brand: "accent", other: "other", worse: "worse", better: "better", neutral: "neutral", quiet: "quiet" };
const tone = (name) => colour(TONES[name] || "quiet");

function text(size = 12, name = "muted") {
  return { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: size, color: colour(name) };
}

const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
const hour = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

function moment(value, points) {
  const isHourly = points.some((point) => Date.parse(point[0]) % DAY !== 0);
  return (isHourly ? hour : weekday).format(new Date(value));
}

function timeAxis(canvas) {
  return {
    type: "time",
    splitNumber: Math.max(2, Math.floor(canvas.clientWidth / 140)),
    axisLine: { lineStyle: { color: colour("line") } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: { ...text(), hideOverlap: true, formatter: (value) => dayFormat.format(new Date(value)) },
  };
}

function valueAxis(extra) {
  return {
    type: "value",
    splitNumber: 4,
    splitLine: { lineStyle: { color: colour("line") } },
    axisLabel: text(),
    ...extra,
  };
}

function range(values, unit) {
  const known = values.filter((value) => value !== null && value !== undefined);
  if (!known.length) return { min: 0, max: unit === "index" ? 0.3 : 100 };
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (unit === "index") return { min: 0, max: Math.max(0.3, Math.ceil(high * 10) / 10), interval: 0.1 };
  const step = high - low > 50 ? 20 : high - low > 12 ? 10 : 5;
  const least = Math.max(0, Math.floor((low - 1) / step) * step);
  return { min: least, max: Math.max(least + 2 * step, Math.ceil((high + 1) / step) * step), interval: step };
}

function tooltip(build) {
  return {
    trigger: "axis",
    confine: true,
    className: "tip",
    backgroundColor: colour("surface"),
    borderColor: colour("line"),
    textStyle: text(12, "ink"),
    axisPointer: { type: "line", lineStyle: { color: colour("line-strong"), type: "solid" } },
    formatter: (params) => {
      const box = document.createElement("div");
      for (const [index, line] of build(params).entries()) {
        const row = document.createElement(index ? "div" : "b");
        row.textContent = line;
        box.append(row);
      }
      return box;
    },
  };
}

function figure(value, unit) {
  if (value === null || value === undefined) return "not shown";
  if (unit === "index") return value.toFixed(2);
  return `${Math.round(value).toLocaleString("en-GB")}${unit === "%" ? " %" : ""}`;
}

function describe(series, index, unit) {
  const point = series.points[index];
  if (!point) return `${series.name}: no tweets`;
  const [, value, low, high, n] = point;
  if (value === null) return `${series.name}: ${n === 0 ? "no tweets" : "fewer than 100 authors"}`;
  const interval = low === null || low === undefined ? "" : ` (${figure(low, unit)} to ${figure(high, unit)})`;
  return `${series.name} ${figure(value, unit)}${interval}${n ? `, ${n.toLocaleString("en-GB")} authors` : ""}`;
}

function band(series, index) {
  const base = { type: "line", stack: `band${index}`, stackStrategy: "all", symbol: "none", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } };
  const known = (point) => point[2] !== null && point[2] !== undefined;
  return [
    { ...base, data: series.points.map((point) => [point[0], known(point) ? point[2] : null]) },
    {
      ...base,
      data: series.points.map((point) => [point[0], known(point) ? point[3] - point[2] : null]),
      areaStyle: { color: tone(series.tone), opacity: series.tone === "brand" ? 0.13 : 0.1 },
    },
  ];
}

function lastKnown(points) {
  for (let place = points.length - 1; place >= 0; place -= 1) if (points[place][1] !== null) return points[place];
  return null;
}

function valueAt(points, at) {
  const found = points.find((point) => Date.parse(point[0]) === Date.parse(at));
  return found && found[1] !== null ? found[1] : null;
}

function endLabel(series, unit, isAlone) {
  const last = lastKnown(series.points);
  if (!last) return [];
  const named = isAlone ? figure(last[1], unit) : `${series.name} ${figure(last[1], unit)}`;
  return [{
    coord: [last[0], last[1]], symbol: "circle", symbolSize: 5, itemStyle: { color: tone(series.tone) },
    label: { show: true, position: "right", distance: 6, formatter: named, ...text(12, "ink"), width: 148, overflow: "truncate" },
  }];
}

function eventMarks(spec, series) {
  const points = [];
  const lines = [];
  const times = series.points.map((point) => Date.parse(point[0]));
  for (const mark of spec.marks || []) {
    const value = mark.tone ? valueAt(series.points, mark.at) : null;
    if (value === null) {
      lines.push({ xAxis: mark.at, label: { show: true, formatter: mark.text, position: "end", ...text() } });
      continue;
    }
    const share = (Date.parse(mark.at) - times[0]) / Math.max(1, times[times.length - 1] - times[0]);
    const align = share > 0.75 ? "right" : share < 0.25 ? "left" : "center";
    points.push({
      coord: [mark.at, value], symbol: "circle", symbolSize: 8, itemStyle: { color: tone(mark.tone) },
      label: { show: true, position: "bottom", distance: 8, align, formatter: mark.text, ...text(12, "ink") },
    });
  }
  return { points, lines };
}

function areas(spec) {
  const quiet = (spec.hidden || []).map(([start, end]) => [{ xAxis: start }, { xAxis: end }]);
  const gaps = (spec.gaps || []).map(([start, end]) => [
    { xAxis: start, itemStyle: { color: colour("warn-soft") } }, { xAxis: end },
  ]);
  return [...quiet, ...gaps];
}

function seriesOption(spec, canvas) {
  const all = spec.series.flatMap((series) => series.points.flatMap((point) => point.slice(1, 4)));
  const isAlone = spec.series.length === 1;
  const limits = (spec.limits || []).map(([value, words]) => ({ yAxis: value, label: { show: true, formatter: words, position: "insideStartBottom", ...text() } }));
  const lines = spec.series.map((series, index) => {
    const marks = index ? { points: [], lines: [] } : eventMarks(spec, series);
    return {
      type: "line",
      name: series.name,
      data: series.points.map((point) => [point[0], point[1]]),
      symbol: series.points.length < 40 ? "circle" : "none",
      symbolSize: 4,
      showSymbol: series.points.some((point, place) => point[1] !== null && isLonely(series.points, place)),
      connectNulls: false,
      lineStyle: { color: tone(series.tone), width: 2 },
      itemStyle: { color: tone(series.tone) },
      markPoint: { silent: true, animation: false, data: [...endLabel(series, spec.unit, isAlone), ...marks.points] },
      markLine: { silent: true, symbol: "none", animation: false, lineStyle: { color: colour("line-strong"), type: "dashed" }, data: [...marks.lines, ...(index ? [] : limits)] },
      markArea: index ? undefined : { silent: true, itemStyle: { color: colour("sunken") }, data: areas(spec) },
    };
  });
  return {
    grid: { left: 4, right: isAlone ? 44 : 156, top: (spec.marks || []).some((mark) => !mark.tone) ? 28 : 16, bottom: 4, containLabel: true },
    xAxis: timeAxis(canvas),
    yAxis: valueAxis(range(all, spec.unit)),
    tooltip: tooltip((params) => {
      const index = params[0].dataIndex;
      const points = spec.series[0].points;
      return [moment(points[index][0], points), ...spec.series.map((series) => describe(series, sameTime(series, points[index][0]), spec.unit))];
    }),
    series: [...spec.series.flatMap(band), ...lines],
  };
}

function sameTime(series, at) {
  return series.points.findIndex((point) => point[0] === at);
}

function isLonely(points, place) {
  const before = points[place - 1];
  const after = points[place + 1];
  return (!before || before[1] === null) && (!after || after[1] === null);
}

function barsOption(spec, canvas) {
  const isMix = spec.kind === "mix";
  const points = spec.series[0].points;
  return {
    grid: { left: 4, right: 4, top: 8, bottom: 4, containLabel: true },
    xAxis: timeAxis(canvas),
    yAxis: valueAxis(isMix ? { min: 0, max: 100, splitNumber: 2 } : { min: 0, splitNumber: 2 }),
    tooltip: tooltip((params) => {
      const index = params[0].dataIndex;
      const lines = spec.series.map((series) => `${series.name} ${figure(series.points[index][1], spec.unit)}`);
      return [moment(points[index][0], points), ...lines];
    }),
    series: spec.series.map((series) => ({
      type: "bar",
      name: series.name,
      stack: isMix ? "all" : undefined,
      data: series.points.map((point) => [point[0], point[1]]),
      barMaxWidth: 28,
      barCategoryGap: "20%",
      itemStyle: { color: tone(series.tone) },
    })),
  };
}

// Bubbles are numbered, and named in the list below: names in the drawing would cover one another.
function bubblesOption(spec) {
  const most = Math.max(...spec.points.map((point) => point.size), 1);
  const around = (name) => range(spec.points.flatMap((point) => [Math.max(0, point[name] - 6), Math.min(100, point[name] + 6)]), "%");
  const [across, up] = [around("x"), around("y")];
  const axis = (name, label, ends) => valueAxis({ ...ends, name, nameLocation: "middle", nameGap: label, nameTextStyle: text(), axisLine: { show: false }, axisTick: { show: false } });
  return {
    grid: { left: 28, right: 24, top: 16, bottom: 28, containLabel: true },
    xAxis: axis(spec.x, 28, across),
    yAxis: axis(`${spec.y}, %`, 36, up),
    tooltip: {
      ...tooltip((params) => {
        const point = spec.points[params.dataIndex];
        return [point.name, `${point.size.toLocaleString("en-GB")} authors`, `${spec.x} ${figure(point.x, "score")}`, `${spec.y} ${figure(point.y, "%")}`];
      }),
      trigger: "item",
    },
    series: [{
      type: "scatter",
      data: spec.points.map((point) => [point.x, point.y]),
      symbolSize: (value, params) => 12 + 44 * Math.sqrt(spec.points[params.dataIndex].size / most),
      itemStyle: { color: `${colour("accent")}55`, borderColor: colour("accent"), borderWidth: 1 },
      label: { show: true, position: "inside", formatter: (params) => String(params.dataIndex + 1), ...text(12, "ink"), fontWeight: 600 },
      emphasis: { disabled: true },
    }],
  };
}

const COMMUNITY_TONES = ["accent", "other", "better", "worse", "quiet", "neutral"];

function graphOption(spec) {
  // On a circle nothing covers anything; neighbours on it are of one community.
  const nodes = [...spec.nodes].sort((one, other) => one.community - other.community || other.size - one.size);
  const most = Math.max(...nodes.map((node) => node.size), 1);
  const heaviest = Math.max(...spec.links.map((link) => link[2]), 1);
  return {
    tooltip: { ...tooltip((params) => (params.dataType === "edge" ? [`${params.data.value} reactions and shared people`] : [params.name, `${params.data.followers.toLocaleString("en-GB")} followers`])), trigger: "item" },
    series: [{
      type: "graph",
      layout: "circular",
      circular: { rotateLabel: true },
      left: 112, right: 112, top: 112, bottom: 112,
      data: nodes.map((node) => ({
        id: node.id, name: `@${node.name}`, followers: node.size, symbolSize: 8 + 28 * Math.sqrt(node.size / most),
        itemStyle: { color: colour(COMMUNITY_TONES[node.community % COMMUNITY_TONES.length]) },
      })),
      links: spec.links.map(([source, target, value]) => ({ source, target, value, lineStyle: { width: 1 + 4 * (value / heaviest) } })),
      lineStyle: { color: colour("line-strong"), opacity: 0.7, curveness: 0.2 },
      label: { show: true, position: "right", width: 96, overflow: "truncate", ...text(12, "ink") },
      emphasis: { disabled: true },
    }],
  };
}

function treeNode(node) {
  return {
    name: node.name,
    lineStyle: { type: node.estimated ? "dashed" : "solid", color: colour(node.estimated ? "neutral" : "line-strong") },
    itemStyle: { color: colour(node.name ? "accent" : "neutral"), borderWidth: 0 },
    symbolSize: node.name ? 8 : 5,
    children: node.children.map(treeNode),
  };
}

function treeOption(spec) {
  return {
    series: [{
      type: "tree",
      data: [treeNode(spec.root)],
      left: 120, right: 120, top: 8, bottom: 8,
      orient: "LR",
      initialTreeDepth: -1,
      expandAndCollapse: false,
      lineStyle: { width: 1, curveness: 0.4 },
      label: { position: "left", distance: 6, ...text(12, "ink") },
      leaves: { label: { position: "right" } },
      emphasis: { disabled: true },
    }],
  };
}

const OPTIONS = { series: seriesOption, mix: barsOption, bars: barsOption, bubbles: bubblesOption, graph: graphOption, tree: treeOption };

function draw(canvas) {
  const spec = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  if (!drawn.has(canvas)) {
    const made = echarts.init(canvas, null, { renderer: "svg" });
    made.on("finished", () => {
      // With a view box the drawing fits whatever width the paper has.
      canvas.querySelector("svg").setAttribute("viewBox", `0 0 ${made.getWidth()} ${made.getHeight()}`);
      canvas.dataset.drawn = "yes";
    });
    drawn.set(canvas, made);
  }
  const chart = drawn.get(canvas);
  chart.setOption({ animation: false, ...OPTIONS[spec.kind](spec, canvas) }, true);
}

function drawAll() {
  for (const [canvas, chart] of drawn) {
    if (!canvas.isConnected) {
      chart.dispose();
      drawn.delete(canvas);
    }
  }
  for (const canvas of document.querySelectorAll("[data-chart]")) draw(canvas);
}

// On paper the drawing is scaled by its view box: its frame has no height of its own to be drawn anew for.
const paper = matchMedia("print");
const resized = new ResizeObserver((entries) => {
  if (paper.matches) return;
  for (const entry of entries) drawn.get(entry.target)?.resize();
});

function start() {
  drawAll();
  for (const canvas of document.querySelectorAll("[data-chart]")) resized.observe(canvas);
}

// Paper has the light colours; the drawing must be there at once.
paper.addEventListener("change", () => {
  drawAll();
  for (const chart of drawn.values()) chart.getZr().flush();
});
document.addEventListener("theme", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
document.addEventListener("htmx:afterSettle", (event) => { if (event.target.querySelector("[data-chart]")) start(); });
start();
