// In the bundle stands for string-width, which takes 25 ms to load: what is plainly narrow is measured without it.
// Left out of "narrow" is whatever may combine with its neighbour or be drawn as an emoji.
const SGR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
const NARROW =
  /^[\u0020-\u007e\u00a1-\u00a8\u00aa-\u00ac\u00af-\u00ff\u2013\u2014\u2018-\u201e\u2022\u2026\u2190-\u2193\u2500-\u257f]*$/;

module.exports = function stringWidth(text, options) {
  const bare = !options?.countAnsiEscapeCodes ? text.replace(SGR, '') : text;
  if (options?.ambiguousIsNarrow === false || !NARROW.test(bare)) return require('string-width').default(text, options);
  return bare.length;
};
