import { engineSuite } from '../../../test/conformance/fleet-engine.ts'
import { manualClock } from '../../testing/index.ts'
import { memory } from './memory.ts'

engineSuite('memory', () => {
  const clock = manualClock(1_000)
  const engine = memory({ clock })
  return { engine, second: engine, wait: ms => clock.advance(ms) }
})
