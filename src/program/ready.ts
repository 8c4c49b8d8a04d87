// What a Node program may say of itself. Without a supervisor it is silence.
import { bridge } from './bridge.ts'

/** Tells the supervisor that this program is ready (`ready: 'line'` in its configuration). A no-op when it runs by itself. */
export function ready(): void {
  bridge()?.ready()
}
