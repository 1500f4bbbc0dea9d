// Draws the page's figures. Colours in the figures are names; here they become those of the light or dark page.
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const NAMES = ["paper", "card", "ink", "soft", "line", "accent", "second", "quiet", "good", "bad", "open"];

  const palette = () => {
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  };

  const coloured = (value, colours, key) => {
    if (Array.isArray(value)) return value.map((item) => coloured(item, colours, key));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([inner, item]) => [inner, coloured(item, colours, inner)]));
    }
    return /color(scale)?$/.test(key || "") && colours[value] ? colours[value] : value;
  };

  const axis = (colours, own) => ({
    gridcolor: colours.line, linecolor: colours.line, zerolinecolor: colours.line, tickcolor: colours.line, ...own,
  });

  const draw = (element, figure, colours) => {
    const { data, layout } = coloured(figure, colours);
    const named = Object.keys({ xaxis: 0, yaxis: 0, ...layout }).filter((name) => /^[xy]axis\d*$/.test(name));
    const axes = Object.fromEntries(named.map((name) => [name, axis(colours, layout[name])]));
    const whole = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
      font: { family: getComputedStyle(document.body).fontFamily, size: 12.5, color: colours.soft },
      hoverlabel: { bgcolor: colours.card, bordercolor: colours.line, font: { color: colours.ink } },
      ...layout, ...axes,
    };
    Plotly.react(element, data, whole, { displayModeBar: false });
  };

  const drawn = new Set();
  const fitter = new ResizeObserver((entries) => entries.forEach((entry) => Plotly.Plots.resize(entry.target)));
  const show = (element) => {
    if (!drawn.has(element)) fitter.observe(element);
    drawn.add(element);
    draw(element, figures[Number(element.id.slice("figure-".length))], palette());
  };

  // Each is drawn when it comes near the window, so that a long page opens at once.
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        watcher.unobserve(entry.target);
        show(entry.target);
      }
    }
  }, { rootMargin: "600px" });
  for (const element of document.querySelectorAll(".figure")) watcher.observe(element);
  window.addEventListener("beforeprint", () => document.querySelectorAll(".figure").forEach(show));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach(show));
})();
