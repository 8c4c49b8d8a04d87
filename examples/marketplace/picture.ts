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

/** Grounds are a hue and a saturation; the colours of things stay apart from them. */
const PALETTES: readonly (Colours & { readonly ground: string })[] = [
  { ground: '200 34%', a: '#c2563a', b: '#e7b04b', dark: '#3a2420', light: '#f8ecdc' },
  { ground: '38 52%', a: '#2f6f73', b: '#d98a4a', dark: '#1f3335', light: '#eef3ea' },
  { ground: '345 38%', a: '#34566f', b: '#d9a441', dark: '#22303b', light: '#f3ede2' },
  { ground: '150 24%', a: '#b5503c', b: '#f0c27a', dark: '#33221d', light: '#fbf1e2' },
  { ground: '18 44%', a: '#5d7a4a', b: '#c9573f', dark: '#2b3524', light: '#f5f0df' },
  { ground: '225 30%', a: '#cf8a3a', b: '#8c3f46', dark: '#3c2a1d', light: '#faf0dd' },
  { ground: '55 40%', a: '#6b4a73', b: '#df8f5f', dark: '#2e2233', light: '#f5ece8' },
  { ground: '178 24%', a: '#a3455a', b: '#e3b673', dark: '#35202a', light: '#f8ede6' },
  { ground: '280 20%', a: '#3f7a6a', b: '#e0a050', dark: '#20342f', light: '#eff2e6' },
]
export const PICTURES: readonly string[] = Object.freeze(Object.keys(DRAWINGS))

export function isPicture(kind: string): boolean {
  return Object.hasOwn(DRAWINGS, kind)
}

export function picture(kind: string, seed: number): string {
  const { ground, ...colours } = PALETTES[Math.abs(seed * 5 + kind.length) % PALETTES.length]!
  const flip = seed % 2 === 0 ? '' : ' transform="matrix(-1 0 0 1 400 0)"'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300">
<rect width="400" height="300" fill="hsl(${ground} 87%)"/><rect y="238" width="400" height="62" fill="hsl(${ground} 78%)"/>
<ellipse cx="200" cy="250" rx="128" ry="10" fill="hsl(${ground} 67%)"/>
<g${flip} stroke-linecap="round" stroke-linejoin="round">${DRAWINGS[kind]?.(colours) ?? ''}</g></svg>`
}
