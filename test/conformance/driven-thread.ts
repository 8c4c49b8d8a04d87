// The thread of the worker-thread kit: does as it was told at its start, then as it is told.
import { parentPort, workerData } from 'node:worker_threads'
import type { ThreadLife } from '../../src/supervisor/index.ts'

const { fails, stuck } = workerData as { readonly fails: boolean; readonly stuck: boolean }
if (fails) throw new Error('failed to start')

export function start(life: ThreadLife): Promise<void> {
  return new Promise((resolve, reject) => {
    parentPort!.on('message', (what: string) => (what === 'crash' ? reject(new Error('crashed')) : resolve()))
    if (!stuck) life.signal.addEventListener('abort', () => resolve())
  })
}
