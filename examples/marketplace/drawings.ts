// The things themselves, each a few shapes standing on y = 250 in 400 × 300. Add one here, and it can be chosen when selling.
import type { Colours } from './picture.ts'

const line = (d: string, colour: string, width: number) =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${width}"/>`
const shape = (d: string, colour: string) => `<path d="${d}" fill="${colour}"/>`
const disc = (x: number, y: number, r: number, colour: string) => `<circle cx="${x}" cy="${y}" r="${r}" fill="${colour}"/>`
const ring = (x: number, y: number, r: number, colour: string, width: number) =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="none" stroke="${colour}" stroke-width="${width}"/>`
const box = (x: number, y: number, w: number, h: number, r: number, colour: string) =>
  `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="${r}" fill="${colour}"/>`

export const DRAWINGS: Readonly<Record<string, (c: Colours) => string>> = Object.freeze({
  bicycle: ({ a, b, dark }) =>
    ring(120, 196, 52, dark, 7) +
    ring(284, 196, 52, dark, 7) +
    disc(120, 196, 6, dark) +
    disc(284, 196, 6, dark) +
    line('M120 196 L166 118 L262 118 L196 200 L120 196 M166 118 L196 200 M284 196 L254 96', a, 9) +
    line('M254 96 L272 86 L284 96', dark, 8) +
    line('M166 118 L160 100', dark, 7) +
    box(138, 90, 44, 12, 6, b) +
    disc(196, 200, 12, b) +
    line('M196 200 L206 222 L216 222', dark, 5),
  chair: ({ a, b, dark }) =>
    line('M150 168 L140 248 M252 168 L262 248 M166 168 L164 240 M236 168 L240 240', dark, 8) +
    shape('M140 60 Q200 44 262 60 L254 150 L148 150 Z', a) +
    shape('M132 150 Q200 138 270 150 L264 176 Q200 184 138 176 Z', b) +
    line('M172 66 L176 140 M200 62 L200 140 M230 66 L226 140', dark, 3),
  sofa: ({ a, b, dark }) =>
    line('M98 230 L94 248 M302 230 L306 248', dark, 9) +
    box(86, 104, 228, 106, 26, a) +
    box(104, 160, 96, 44, 12, b) +
    box(202, 160, 94, 44, 12, b) +
    box(62, 142, 50, 92, 22, a) +
    box(288, 142, 50, 92, 22, a) +
    box(92, 200, 216, 34, 10, a) +
    line('M112 204 L288 204', dark, 2),
  table: ({ a, b, dark }) =>
    line('M110 142 L96 248 M290 142 L304 248', a, 12) +
    box(76, 124, 248, 20, 8, a) +
    line('M120 170 L282 170', dark, 5) +
    shape('M176 124 L182 82 L218 82 L224 124 Z', b) +
    line('M192 82 Q176 58 164 54 M200 82 Q202 50 200 40 M208 82 Q224 60 238 58', dark, 4) +
    disc(162, 52, 9, b) +
    disc(200, 38, 10, b) +
    disc(240, 56, 9, b),
  lamp: ({ a, b, dark, light }) =>
    `<path d="M148 130 L252 130 L324 238 L76 238 Z" fill="${light}" opacity=".55"/>` +
    line('M200 130 L200 240', dark, 7) +
    box(150, 236, 100, 14, 7, dark) +
    shape('M164 54 L236 54 L268 134 L132 134 Z', a) +
    line('M132 134 L268 134', b, 7) +
    disc(200, 142, 11, b),
  clock: ({ a, b, dark, light }) =>
    line('M142 232 L128 250 M258 232 L272 250', dark, 10) +
    disc(146, 76, 26, b) +
    disc(254, 76, 26, b) +
    disc(200, 156, 92, a) +
    disc(200, 156, 74, light) +
    line('M200 156 L200 102 M200 156 L240 174', dark, 8) +
    disc(200, 156, 8, dark) +
    line('M200 90 L200 96 M200 216 L200 222 M134 156 L140 156 M260 156 L266 156', dark, 5),
  plant: ({ a, b, dark }) =>
    shape('M146 176 L254 176 L240 250 L160 250 Z', b) +
    box(138, 164, 124, 20, 6, dark) +
    line('M200 164 L200 96 M200 150 Q176 120 150 116 M200 150 Q226 118 252 110', dark, 5) +
    shape('M200 110 Q164 76 200 28 Q236 76 200 110 Z', 'hsl(130 34% 42%)') +
    shape('M172 134 Q118 138 96 90 Q158 80 172 134 Z', 'hsl(140 32% 36%)') +
    shape('M228 132 Q286 130 306 80 Q240 76 228 132 Z', 'hsl(120 30% 48%)') +
    line('M170 200 L230 200', a, 4),
  kettle: ({ a, b, dark }) =>
    line('M140 112 Q200 20 262 112', dark, 11) +
    shape('M262 150 L326 112 L338 124 L280 204 Z', a) +
    shape('M130 120 Q200 92 270 120 L292 226 Q292 248 268 248 L132 248 Q108 248 108 226 Z', a) +
    box(152, 100, 96, 14, 7, b) +
    disc(200, 94, 11, dark) +
    line('M136 170 Q130 200 134 222', b, 6),
  guitar: ({ a, b, dark, light }) =>
    `<g transform="translate(14 26) scale(.9) rotate(28 200 160)">${box(191, 8, 18, 150, 4, dark) + box(184, -14, 32, 34, 6, dark) + disc(200, 136, 44, a) + disc(200, 206, 60, a) + disc(200, 158, 20, dark)}` +
    `${ring(200, 158, 25, b, 3) + box(174, 222, 52, 10, 4, dark) + line('M196 6 L196 224 M204 6 L204 224', light, 1.6)}</g>`,
  vinyl: ({ a, b, dark, light }) =>
    box(84, 84, 232, 162, 12, a) +
    disc(182, 164, 70, dark) +
    ring(182, 164, 56, '#ffffff22', 2) +
    ring(182, 164, 44, '#ffffff22', 2) +
    disc(182, 164, 24, b) +
    disc(182, 164, 4, light) +
    disc(286, 108, 12, dark) +
    line('M286 108 L286 176 L246 200', light, 7) +
    disc(286, 222, 8, dark) +
    disc(104, 226, 8, b),
  camera: ({ a, b, dark, light }) =>
    box(150, 74, 76, 40, 10, dark) +
    box(84, 98, 232, 148, 20, dark) +
    box(84, 132, 232, 78, 0, a) +
    disc(200, 172, 60, light) +
    disc(200, 172, 50, dark) +
    disc(200, 172, 32, a) +
    disc(188, 160, 10, '#ffffff99') +
    box(262, 84, 32, 16, 6, b) +
    box(266, 112, 34, 14, 4, b) +
    disc(106, 116, 7, b),
  laptop: ({ a, b, dark, light }) =>
    box(106, 82, 188, 132, 12, dark) +
    box(118, 94, 164, 108, 4, a) +
    shape('M118 176 L166 134 L200 164 L236 122 L282 168 L282 198 Q282 202 278 202 L122 202 Q118 202 118 198 Z', b) +
    disc(152, 118, 11, light) +
    shape('M84 214 L316 214 L336 242 Q336 250 328 250 L72 250 Q64 250 64 242 Z', light) +
    box(170, 226, 60, 12, 5, dark),
  skateboard: ({ a, b, dark }) =>
    shape('M44 168 Q48 150 66 160 L104 184 L296 184 L334 160 Q352 150 356 168 Q346 202 300 204 L100 204 Q54 202 44 168 Z', a) +
    line('M112 194 L288 194', b, 6) +
    box(116, 204, 40, 12, 4, dark) +
    box(244, 204, 40, 12, 4, dark) +
    disc(136, 228, 21, dark) +
    disc(264, 228, 21, dark) +
    disc(136, 228, 8, b) +
    disc(264, 228, 8, b),
  tent: ({ a, b, dark, light }) =>
    shape('M200 70 L336 248 L64 248 Z', a) +
    shape('M200 70 L200 248 L64 248 Z', b) +
    shape('M200 118 L252 248 L160 248 Z', dark) +
    shape('M200 118 L252 248 L232 248 Z', light) +
    line('M200 70 L200 54 M64 248 L42 250 M336 248 L358 250', dark, 5) +
    shape('M200 44 L226 54 L200 64 Z', a),
  coat: ({ a, b, dark }) =>
    line('M200 56 Q200 34 214 36 Q226 40 214 50', dark, 5) +
    shape('M166 66 L234 66 L286 92 L316 190 L280 202 L268 152 L272 248 L128 248 L132 152 L120 202 L84 190 L114 92 Z', a) +
    shape('M166 66 L200 116 L234 66 L216 58 L184 58 Z', b) +
    line('M200 116 L200 246', dark, 4) +
    disc(212, 144, 6, b) +
    disc(212, 178, 6, b) +
    disc(212, 212, 6, b) +
    line('M146 206 L178 206 M224 206 L256 206', dark, 4),
  boots: ({ a, b, dark }) => {
    const boot =
      shape('M0 0 L58 0 L60 92 Q104 100 112 128 L112 142 L0 142 Z', a) +
      box(-4, 140, 120, 14, 6, dark) +
      box(-2, 0, 62, 16, 6, b) +
      line('M60 44 L38 44 M60 62 L38 62 M60 80 L40 80', b, 5)
    return `<g transform="translate(90 96)">${boot}</g><g transform="translate(198 96)">${boot}</g>`
  },
  books: ({ a, b, dark, light }) =>
    box(104, 212, 192, 38, 5, a) +
    box(116, 220, 180, 22, 2, light) +
    box(92, 176, 180, 36, 5, b) +
    box(92, 184, 168, 20, 2, light) +
    box(116, 142, 170, 34, 5, dark) +
    box(128, 150, 158, 18, 2, light) +
    `<g transform="rotate(-14 190 110)">${box(110, 96, 160, 34, 5, a) + box(122, 104, 148, 18, 2, light)}</g>`,
  train: ({ a, b, dark, light }) =>
    box(74, 136, 170, 76, 12, a) +
    box(212, 84, 92, 128, 10, b) +
    box(230, 102, 56, 44, 6, light) +
    shape('M108 136 L102 88 L146 88 L140 136 Z', dark) +
    box(94, 78, 60, 14, 6, b) +
    box(60, 204, 262, 16, 6, dark) +
    disc(112, 224, 26, dark) +
    disc(182, 224, 26, dark) +
    disc(264, 220, 30, dark) +
    disc(112, 224, 10, b) +
    disc(182, 224, 10, b) +
    disc(264, 220, 12, a) +
    disc(76, 166, 12, light),
})
