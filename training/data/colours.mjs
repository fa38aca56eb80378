// Names the main colours of a picture, by distance in CIELAB; lightness counts about a third.
const named = {
  red: [220, 40, 40], orange: [245, 140, 30], yellow: [250, 210, 50], green: [60, 170, 70], teal: [40, 170, 170], blue: [50, 110, 220],
  purple: [140, 70, 200], pink: [240, 120, 170], brown: [130, 80, 45], black: [25, 25, 25], gray: [140, 140, 140], white: [245, 245, 245],
};

function lab(r, g, b) {
  const linear = v => (v /= 255) > 0.04045 ? ((v + 0.055) / 1.055) ** 2.4 : v / 12.92;
  const root = t => t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
  [r, g, b] = [linear(r), linear(g), linear(b)];
  const x = root((r * 0.4124 + g * 0.3576 + b * 0.1805) / 0.95047);
  const y = root(r * 0.2126 + g * 0.7152 + b * 0.0722);
  const z = root((r * 0.0193 + g * 0.1192 + b * 0.9505) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const places = Object.entries(named).map(([name, rgb]) => [name, lab(...rgb)]);
const seen = new Map();

function nameOf(r, g, b) {
  const key = (r >> 4) << 8 | (g >> 4) << 4 | (b >> 4);
  if (!seen.has(key)) {
    const [l, a, c] = lab((r >> 4) * 17, (g >> 4) * 17, (b >> 4) * 17);
    const distance = ([, [l2, a2, c2]]) => (l - l2) ** 2 * 0.35 + (a - a2) ** 2 + (c - c2) ** 2;
    seen.set(key, places.reduce((best, place) => distance(place) < distance(best) ? place : best)[0]);
  }
  return seen.get(key);
}

/** The share of the picture that is covered, and up to four colours with their shares of it. `rgba` holds four bytes a pixel. */
export function describeColours(rgba) {
  const counts = {};
  let covered = 0;
  for (let i = 0; i < rgba.length; i += 4) {
    if (rgba[i + 3] <= 128) continue;
    covered++;
    const name = nameOf(rgba[i], rgba[i + 1], rgba[i + 2]);
    counts[name] = (counts[name] || 0) + 1;
  }
  const shares = Object.entries(counts).sort((a, b) => b[1] - a[1]).slice(0, 4).map(([name, count]) => [name, +(count / covered).toFixed(2)]);
  return { covered, cover: +(covered / (rgba.length / 4)).toFixed(3), colors: shares.filter(([, share]) => share >= 0.1) };
}
