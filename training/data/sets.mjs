// The picture sets: where each comes from, in which look, under which licence. Order is that of the pack.
export const sets = [
  { name: 'fluent-3d', style: '3d', licence: 'MIT', pictures: '@lobehub/fluent-emoji-3d' },
  { name: 'fluent-emoji', style: 'gradient', licence: 'MIT' },
  { name: 'fluent-emoji-flat', style: 'flat', licence: 'MIT' },
  { name: 'noto', style: 'noto', licence: 'Apache-2.0' },
  { name: 'noto-v1', style: 'blob', licence: 'Apache-2.0' },
  { name: 'fxemoji', style: 'cartoon', licence: 'Apache-2.0' },
  { name: 'twemoji', style: 'twemoji', licence: 'CC-BY-4.0' },
  { name: 'emojione', style: 'emojione', licence: 'CC-BY-4.0' },
  { name: 'streamline-emojis', style: 'outline-cartoon', licence: 'CC-BY-4.0' },
  { name: 'flat-color-icons', style: 'icon', licence: 'MIT' },
  { name: 'meteocons', style: 'weather', licence: 'MIT' },
  { name: 'fluent-color', style: 'gradient-icon', licence: 'MIT' },
  { name: 'glyphs-poly', style: 'poly-icon', licence: 'MIT' },
  { name: 'streamline-freehand-color', style: 'sketch', licence: 'CC-BY-4.0' },
  { name: 'streamline-ultimate-color', style: 'line-color', licence: 'CC-BY-4.0' },
  { name: 'streamline-kameleon-color', style: 'badge', licence: 'CC-BY-4.0' },
  { name: 'openclipart', style: 'clipart', licence: 'Public Domain' },
];

// One skin tone of five for each base is kept, and only in these sets.
export const setsWithSkinTones = ['fluent-3d', 'fluent-emoji', 'fluent-emoji-flat', 'noto', 'twemoji'];
export const setsWithFlags = ['fluent-3d', 'twemoji'];
