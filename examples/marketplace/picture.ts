// Pictures of things, drawn on the spot: no files, no network, and the same picture for the same seed. 400 × 300, a thing on a ground.
import { DRAWINGS } from './drawings.ts'

export interface Colours {
  /** The thing's own colour. */
  readonly a: string
  /** What stands out on it. */
  readonly b: string
  readonly dark: string
  readonly light: string
}

export const PICTURES: readonly string[] = Object.freeze(Object.keys(DRAWINGS))

export function isPicture(kind: string): boolean {
  return Object.hasOwn(DRAWINGS, kind)
}

export function picture(kind: string, seed: number): string {
  const hue = Math.abs(Math.imul(seed + 11, 137)) % 360
  const other = (hue + 150 + (Math.abs(seed) % 5) * 15) % 360
  const colours: Colours = {
    a: `hsl(${other} 48% 46%)`,
    b: `hsl(${(other + 40) % 360} 66% 62%)`,
    dark: `hsl(${other} 32% 20%)`,
    light: `hsl(${other} 40% 93%)`,
  }
  const flip = seed % 2 === 0 ? '' : ' transform="matrix(-1 0 0 1 400 0)"'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300">
<rect width="400" height="300" fill="hsl(${hue} 34% 87%)"/><rect y="238" width="400" height="62" fill="hsl(${hue} 28% 78%)"/>
<ellipse cx="200" cy="250" rx="128" ry="10" fill="hsl(${hue} 24% 66%)"/>
<g${flip} stroke-linecap="round" stroke-linejoin="round">${DRAWINGS[kind]?.(colours) ?? ''}</g></svg>`
}
