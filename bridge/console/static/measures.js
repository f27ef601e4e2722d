// The charts of the page of measures, drawn by uPlot from the page's own figures. Without this file the tables remain.
"use strict";

(() => {
  const host = document.querySelector(".charts");
  if (!host || !window.uPlot) return;
  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const lasted = (seconds) => {
    if (seconds === null || seconds === undefined) return "–";
    const parts = [];
    let left = Math.round(seconds);
    for (const [size, name] of [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]]) {
      if (left >= size && parts.length < 2) parts.push(`${Math.floor(left / size)} ${name}`);
      left %= size;
    }
    return parts.join(" ") || "0 s";
  };
  const count = (number) => (number === null || number === undefined ? "–" : String(number));
  // Steps people think in: seconds, minutes, hours and days rather than powers of ten.
  const spans = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 345600, 604800, 1209600, 2419200];
  const whole = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];
  const line = (label, colour, dash) => ({ label, stroke: ink(colour), width: 2, dash, spanGaps: true, points: { show: true, size: 6, fill: ink("sheet") }, value: (_, value) => lasted(value) });
  const bar = (label, colour, align) => ({ label, stroke: ink(colour), fill: ink(colour), width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.4, 26], align }), value: (_, value) => count(value) });
  const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
  const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const moment = (seconds) => new Date(seconds * 1000);
  const dated = (_, at, _axis, _space, step) => at.map((seconds) => {
    const then = moment(seconds);
    return step >= 86400 || then.getHours() + then.getMinutes() === 0 ? day.format(then) : hour.format(then);
  });
  const axes = (values, incrs) => {
    const base = { stroke: ink("dim"), font: "12px system-ui, sans-serif", grid: { stroke: ink("line"), width: 1 }, ticks: { stroke: ink("line"), width: 1 } };
    return [{ ...base, grid: { show: false }, values: dated, space: 64 }, { ...base, size: 68, incrs, values: (_, at) => at.map(values) }];
  };
  const kinds = {
    claim: (got) => [[got.at, got.claim_p50, got.claim_p90], [line("Half within", "accent"), line("9 in 10 within", "warm", [6, 4])], lasted, spans],
    response: (got) => [[got.at, got.response_p50, got.response_p90], [line("Half within", "accent"), line("9 in 10 within", "warm", [6, 4])], lasted, spans],
    flow: (got) => [[got.at, got.opened, got.closed], [bar("Opened", "accent", -1), bar("Closed", "good", 1)], count, whole],
  };
  const drawn = new Map();

  function draw(node, got) {
    const [columns, series, values, incrs] = kinds[node.dataset.chart](got);
    const step = columns[0].length > 1 ? columns[0][1] - columns[0][0] : 3600;
    const edges = [columns[0][0] - step / 2, columns[0][columns[0].length - 1] + step / 2];
    drawn.get(node)?.destroy();
    drawn.set(node, new uPlot({
      width: node.clientWidth, height: 250, axes: axes(values, incrs), cursor: { drag: { x: false, y: false } },
      scales: { x: { time: true, range: edges }, y: { range: (_, _low, high) => [0, (high || 1) * 1.08] } },
      series: [{ label: "From", value: (_, at) => (at === null || at === undefined ? "–" : full.format(moment(at))) }, ...series],
    }, columns, node));
  }

  // The keyboard reads a chart as the mouse does: left and right, home and end; the sentence below says it aloud.
  function read(event, node, got) {
    const chart = drawn.get(node);
    const last = got.at.length - 1;
    const now = chart?.cursor.idx ?? (event.key === "ArrowLeft" ? last + 1 : -1);
    const next = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
    if (!chart || next === undefined) return;
    event.preventDefault();
    const at = Math.min(last, Math.max(0, next));
    chart.setCursor({ left: chart.valToPos(got.at[at], "x"), top: 10 });
    const [columns, series, values] = kinds[node.dataset.chart](got);
    const when = full.format(moment(got.at[at]));
    const said = series.map((one, index) => `${one.label} ${values(columns[index + 1][at])}`).join(", ");
    document.getElementById(`${node.id}-now`).textContent = `${when}: ${said}`;
  }

  fetch(host.dataset.source, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then((got) => {
      const nodes = [...host.querySelectorAll("[data-chart]")];
      const all = () => nodes.forEach((node) => draw(node, got));
      all();
      nodes.forEach((node) => node.addEventListener("keydown", (event) => read(event, node, got)));
      new ResizeObserver(() => nodes.forEach((node) => drawn.get(node)?.setSize({ width: node.clientWidth, height: 250 }))).observe(host);
      window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
      host.dataset.drawn = "yes";
    })
    .catch(() => host.querySelectorAll(".reading").forEach((node) => { node.textContent = "The chart could not be loaded. Its figures stand in the table below."; }));
})();
