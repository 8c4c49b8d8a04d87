// Sizes of memory: parsed once, at the border, from '512MB' or bytes. Inside, every size is a number of bytes.

/** Bytes as a number, or text: `'512KB'`, `'512MB'`, `'1.5GB'`; 1 KB is 1,024 bytes. */
export type Size = number | `${number}${'B' | 'KB' | 'MB' | 'GB'}`

const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1_024, MB: 1_048_576, GB: 1_073_741_824 }

/** The size in bytes, or `undefined` when it is none. */
export function sizeBytes(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined
  if (typeof value !== 'string') return undefined
  const match = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB)$/i.exec(value.trim())
  return match ? Math.round(Number(match[1]) * UNITS[match[2]!.toUpperCase()]!) : undefined
}

/** For people: `340 KB`, `129 MB`, `1.5 GB`. */
export function formatBytes(bytes: number): string {
  const sign = bytes < 0 ? '-' : ''
  const size = Math.abs(bytes)
  if (size < UNITS['MB']!) return `${sign}${Math.round(size / 1_024)} KB`
  if (size < UNITS['GB']!) return `${sign}${Math.round(size / UNITS['MB']!)} MB`
  return `${sign}${(size / UNITS['GB']!).toFixed(1)} GB`
}
