// The reporter's process, as `selfheal run` wants it: only where there is something to serve or someone to tell.
import { join } from 'node:path'
import type { LoadedConfig } from '../control/index.ts'

const BIN = join(import.meta.dirname, '..', '..', 'bin', 'selfheal.js')

export function reporterAside(folder: string, flags: { readonly metrics?: string }, loaded: LoadedConfig | undefined) {
  const metrics = flags.metrics ?? loaded?.config.metrics
  if (metrics === undefined && loaded?.config.notify === undefined) return []
  const argv = [process.execPath, BIN, 'reporter', '--state', folder]
  if (metrics !== undefined) argv.push('--metrics', metrics)
  if (loaded !== undefined) argv.push('--config', loaded.file)
  return [{ id: 'reporter', argv }]
}
