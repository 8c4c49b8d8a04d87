// A Vue composable over the page's modes.
import { onScopeDispose, type ShallowRef, shallowReadonly, shallowRef } from 'vue'
import type { ShownFeature } from '../core/index.ts'
import { type PageModes, pageModes } from './modes.ts'

/** `const buy = useFeature('buy')`, then `v-if="buy.mode === 'on'"`. */
export function useFeature(name: string, from: PageModes = pageModes()): Readonly<ShallowRef<ShownFeature>> {
  const feature = shallowRef(from.get(name))
  // On a server nobody would end the stream.
  if (typeof window !== 'undefined') {
    onScopeDispose(
      from.subscribe(() => {
        feature.value = from.get(name)
      }),
    )
  }
  return shallowReadonly(feature)
}
