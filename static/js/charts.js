// Draws the pictures of common/charts.py: colours come from the style sheet, so they follow light and dark.
(() => {
  const drawn = new Map();
  const language = document.documentElement.lang || "en";

  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = (number) => style(`--chart-${((number - 1) % 6) + 1}`);
  const pale = (number) => `color-mix(in srgb, ${colour(number)} 25%, transparent)`;

  function timeFormat(zone, spanMs) {
    const far = spanMs > 2 * 86400000;
    const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    if (spanMs < 10 * 60000) clock.second = "2-digit";
    const options = far ? { day: "numeric", month: "short" } : clock;
    return new Intl.DateTimeFormat(language, { ...options, timeZone: zone });
  }
  const fullTime = (zone) =>
    new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23", timeZone: zone });
  const number = (data) =>
    new Intl.NumberFormat(language, { minimumFractionDigits: data.decimals, maximumFractionDigits: data.decimals });

  // What a clock and a calendar step by, in seconds: a linear axis by itself would step by 100,000.
  const DAY_S = 86400;
  const STEPS_S = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
    DAY_S, 2 * DAY_S, 7 * DAY_S, 14 * DAY_S, 28 * DAY_S, 91 * DAY_S, 182 * DAY_S, 364 * DAY_S,
  ];
  const MOST_TICKS = 8;

  // How far the zone's clock is ahead of UTC at a moment, in ms.
  function aheadMs(zone, at) {
    const fields = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
    const parts = new Intl.DateTimeFormat("en", { ...fields, hourCycle: "h23", timeZone: zone }).formatToParts(at);
    const { year, month, day, hour, minute, second } = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
  }

  // Whole steps of the zone's own clock, whatever its summer time does between them.
  function timeTicks(zone, first, last) {
    const spanS = (last - first) / 1000;
    const least = spanS > 2 * DAY_S ? DAY_S : 1;
    const stepMs = 1000 * (STEPS_S.find((step) => step >= least && spanS / step <= MOST_TICKS) ?? STEPS_S[STEPS_S.length - 1]);
    const ticks = [];
    for (let wall = Math.ceil((first + aheadMs(zone, first)) / stepMs) * stepMs; ; wall += stepMs) {
      const value = wall - aheadMs(zone, wall - aheadMs(zone, wall));
      if (value > last) return ticks;
      ticks.push({ value });
    }
  }

  function timeAxis(zone, first, last) {
    const format = timeFormat(zone, last - first);
    return {
      type: "linear",
      min: first,
      max: last,
      afterBuildTicks: (axis) => { axis.ticks = timeTicks(zone, first, last); },
      grid: { color: style("--chart-grid") },
      ticks: { color: style("--chart-text"), maxRotation: 0, autoSkipPadding: 16, callback: (value) => format.format(value) },
    };
  }

  function common() {
    return {
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { labels: { color: style("--chart-text"), boxWidth: 12 } } },
    };
  }

  function dataset(data, series) {
    const values = data.times ? series.values.map((y, index) => ({ x: data.labels[index], y })) : series.values;
    return {
      label: series.label,
      data: values,
      borderColor: colour(series.colour),
      backgroundColor: data.kind === "bar" ? colour(series.colour) : pale(series.colour),
      fill: data.kind === "area",
      borderWidth: data.kind === "bar" ? 0 : 2,
      pointRadius: values.length > 60 ? 0 : 2,
      tension: 0,
      spanGaps: false,
    };
  }

  function axes(data) {
    const options = common();
    const value = (item) => `${item.dataset.label}: ${number(data).format(item.parsed.y)} ${data.unit}`;
    options.plugins.legend.display = data.series.length > 1;
    options.plugins.tooltip = { callbacks: { label: value } };
    if (data.times) options.plugins.tooltip.callbacks.title = (items) => fullTime(data.zone).format(items[0].parsed.x);
    options.scales = {
      x: data.times
        ? timeAxis(data.zone, data.labels[0], data.labels[data.labels.length - 1])
        : { grid: { display: false }, ticks: { color: style("--chart-text") } },
      y: { beginAtZero: true, grid: { color: style("--chart-grid") }, ticks: { color: style("--chart-text") } },
    };
    options.scales.x.stacked = options.scales.y.stacked = data.stacked;
    return {
      type: data.kind === "bar" ? "bar" : "line",
      data: { labels: data.times ? undefined : data.labels, datasets: data.series.map((series) => dataset(data, series)) },
      options,
    };
  }

  function pie(data) {
    const options = common();
    options.plugins.legend.position = window.innerWidth < 600 ? "bottom" : "right";
    options.plugins.tooltip = { callbacks: { label: (item) => `${item.label}: ${number(data).format(item.parsed)} ${data.unit}` } };
    // More slices than colours: the second round is paler.
    const paler = (number) => `color-mix(in srgb, ${colour(number)} 55%, ${style("--tblr-bg-surface")})`;
    const colours = data.labels.map((_, index) => (index < 6 ? colour : paler)(index + 1));
    return {
      type: "pie",
      data: { labels: data.labels, datasets: [{ data: data.series[0].values, backgroundColor: colours, borderColor: style("--tblr-bg-surface"), borderWidth: 1 }] },
      options,
    };
  }

  function timeline(data) {
    const options = common();
    const full = fullTime(data.zone);
    const labels = [...new Set(data.spans.map((span) => span.label))];
    options.indexAxis = "y";
    options.interaction = { mode: "nearest", intersect: true };
    options.plugins.legend.display = false;
    options.plugins.tooltip = {
      callbacks: { title: () => "", label: ({ raw }) => `${raw.y}: ${full.format(raw.x[0])} – ${full.format(raw.x[1])}` },
    };
    options.scales = {
      x: timeAxis(data.zone, data.start, data.end),
      y: { grid: { display: false }, ticks: { color: style("--chart-text") } },
    };
    return {
      type: "bar",
      data: {
        labels,
        datasets: [{
          data: data.spans.map((span) => ({ x: [span.start, span.end], y: span.label })),
          backgroundColor: data.spans.map((span) => colour(span.colour)),
          barPercentage: 0.9,
          minBarLength: 1,
        }],
      },
      options,
    };
  }

  const KINDS = { pie, timeline };

  function draw(area) {
    const data = JSON.parse(document.getElementById(area.dataset.chart).textContent);
    const canvas = area.querySelector("canvas");
    drawn.get(canvas)?.destroy();
    drawn.set(canvas, new Chart(canvas, (KINDS[data.kind] ?? axes)(data)));
  }

  function drawAll() {
    for (const canvas of drawn.keys()) {
      if (!canvas.isConnected) {
        drawn.get(canvas).destroy();
        drawn.delete(canvas);
      }
    }
    document.querySelectorAll("[data-chart]").forEach(draw);
  }

  document.addEventListener("cpms:theme", drawAll);
  document.addEventListener("cpms:live", (event) => event.target.querySelectorAll("[data-chart]").forEach(draw));
  document.addEventListener("htmx:afterSettle", (event) => event.target.querySelectorAll("[data-chart]").forEach(draw));
  drawAll();
})();
