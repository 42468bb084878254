import type { IUnicodeVersionProvider } from '@xterm/headless';
import stringWidth from 'string-width';

// What the character before was, kept by the emulator: https://github.com/xtermjs/xterm.js,
// src/common/services/UnicodeService.ts lays the number out as state, width (2 bits), joins (1 bit).
const states = { other: 0, joiner: 1, flagHalf: 2, picture: 3 };

/**
 * How wide a terminal of today shows a character: CJK and emoji two cells, and an emoji of several code points
 * (a family, a flag, a skin colour) as one. The emulator's own tables are those of Unicode 6.
 */
export const graphemeWidths: IUnicodeVersionProvider = {
  version: 'graphemes',
  wcwidth: widthOf,
  charProperties(codePoint, preceding) {
    const character = String.fromCodePoint(codePoint);
    const before = { state: preceding >> 3, width: (preceding >> 1) & 3 };
    const own = widthOf(codePoint);
    const isFlagHalf = /\p{Regional_Indicator}/u.test(character);
    const isPicture = /\p{Extended_Pictographic}/u.test(character);
    const joins =
      before.width > 0 &&
      (own === 0 ||
        (before.state === states.joiner && isPicture) ||
        (before.state === states.flagHalf && isFlagHalf) ||
        (before.state === states.picture && /\p{Emoji_Modifier}/u.test(character)));
    const becomesPicture = character === '\uFE0F' && before.state === states.picture;
    const pairs = joins && isFlagHalf;
    const width = becomesPicture || isFlagHalf ? 2 : joins ? Math.max(own, before.width) : own;
    let state = joins && !pairs ? before.state : states.other;
    if (character === '\u200D') state = states.joiner;
    else if (isFlagHalf && !pairs) state = states.flagHalf;
    else if (isPicture) state = states.picture;
    return (state << 3) | (width << 1) | (joins ? 1 : 0);
  },
};

function widthOf(codePoint: number): 0 | 1 | 2 {
  if (codePoint < 0x7f) return codePoint < 0x20 ? 0 : 1;
  const width = stringWidth(String.fromCodePoint(codePoint));
  return width === 0 || width === 1 ? width : 2;
}
