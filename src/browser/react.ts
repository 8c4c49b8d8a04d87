// A React hook over the page's modes. On the server it gives the first state, or that everything is on.
import { useCallback, useSyncExternalStore } from 'react'
import type { ShownFeature } from '../core/index.ts'
import { type PageModes, pageModes } from './modes.ts'

/** `const { mode, causes } = useFeature('buy')` */
export function useFeature(name: string, from: PageModes = pageModes()): ShownFeature {
  const get = useCallback(() => from.get(name), [from, name])
  return useSyncExternalStore(from.subscribe, get, get)
}
